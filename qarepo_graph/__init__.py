"""Turn a local code repository into checked question/answer pairs for fine-tuning a code model.

The public door. Names are loaded at first use, so that ``import qarepo_graph`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.3.0"

if TYPE_CHECKING:
    from qarepo_graph import errors
    from qarepo_graph.engine.runs import open_run
    from qarepo_graph.facade import run
    from qarepo_graph.graph import build_graph
    from qarepo_graph.llm.prompts import read_prompt
    from qarepo_graph.settings import Settings
    from qarepo_graph.state import RepoState

_WHERE = {
    "RepoState": "qarepo_graph.state",
    "Settings": "qarepo_graph.settings",
    "build_graph": "qarepo_graph.graph",
    "errors": "qarepo_graph",
    "open_run": "qarepo_graph.engine.runs",
    "read_prompt": "qarepo_graph.llm.prompts",
    "run": "qarepo_graph.facade",
}

__all__ = ["RepoState", "Settings", "__version__", "build_graph", "errors", "open_run", "read_prompt", "run"]


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("qarepo_graph.errors")
    if name not in _WHERE:
        msg = f"module 'qarepo_graph' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
