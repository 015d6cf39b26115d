"""Source text to functions, symbols and calls. Knows no model.

Names are imported when they are first used: a worker process must start fast and needs neither the graph library nor
the index.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qarepo_graph.code.call_graph import CallEdge, CallGraph
    from qarepo_graph.code.languages import LANGUAGES, language_of
    from qarepo_graph.code.repository import parse_files, parse_repository
    from qarepo_graph.code.symbols import FunctionCard, SymbolIndex, TypeCard

__all__ = [
    "LANGUAGES",
    "CallEdge",
    "CallGraph",
    "FunctionCard",
    "SymbolIndex",
    "TypeCard",
    "language_of",
    "parse_files",
    "parse_repository",
]

_HOMES = {
    "CallEdge": "call_graph",
    "CallGraph": "call_graph",
    "FunctionCard": "symbols",
    "LANGUAGES": "languages",
    "SymbolIndex": "symbols",
    "TypeCard": "symbols",
    "language_of": "languages",
    "parse_files": "repository",
    "parse_repository": "repository",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
