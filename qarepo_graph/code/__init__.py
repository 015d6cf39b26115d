"""Source text to functions, symbols and calls. Knows no model."""

from __future__ import annotations

from qarepo_graph.code.call_graph import CallEdge, CallGraph
from qarepo_graph.code.languages import LANGUAGES, language_of
from qarepo_graph.code.repository import parse_files, parse_repository
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex

__all__ = [
    "LANGUAGES",
    "CallEdge",
    "CallGraph",
    "FunctionCard",
    "SymbolIndex",
    "language_of",
    "parse_files",
    "parse_repository",
]
