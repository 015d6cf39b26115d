"""Measurements of what the README claims, each a command; see README.md."""

from __future__ import annotations
