"""The rule-based backend: control flow, docstrings and names to sentences, in English and Chinese."""

from __future__ import annotations

from qarepo_graph.offline.backend import OfflineBackend

__all__ = ["OfflineBackend"]
