"""JavaScript, and what TypeScript shares with it."""

from __future__ import annotations
