"""Requests to models and validated replies. Knows no repository."""

from __future__ import annotations
