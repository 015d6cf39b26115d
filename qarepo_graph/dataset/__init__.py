"""Pairs to files: rows, formats, splits, card, report."""

from __future__ import annotations
