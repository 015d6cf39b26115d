"""Java."""

from __future__ import annotations
