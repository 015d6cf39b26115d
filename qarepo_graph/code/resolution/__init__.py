"""Which declaration a written name stands for: imports, types, scopes."""

from __future__ import annotations
