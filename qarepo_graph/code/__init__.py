"""Source text to functions, symbols and calls. Knows no model."""

from __future__ import annotations
