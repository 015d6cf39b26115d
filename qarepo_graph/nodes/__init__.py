"""The graph's nodes, one file each: the only place where code, models, checks and files meet."""

from __future__ import annotations
