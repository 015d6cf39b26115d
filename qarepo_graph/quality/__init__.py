"""Checks of what models said: gates on one result, comparisons of rows, the judge."""

from __future__ import annotations
