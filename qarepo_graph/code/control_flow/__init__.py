"""The control flow of one function as an ordered tree of facts, for seven languages.

Says what the text shows and nothing else: branches, loops, raised and handled errors, results, assignments, calls,
each with its lines. The rule-based backend words these facts; the coverage gate checks answers against them.
"""

from __future__ import annotations

from qarepo_graph.code.control_flow.facts import (
    BRANCHES,
    HEADERS,
    ControlFlow,
    Expression,
    Fact,
    FactKind,
    HardCoded,
    Shape,
)
from qarepo_graph.code.control_flow.reading import control_flow

__all__ = [
    "BRANCHES",
    "HEADERS",
    "ControlFlow",
    "Expression",
    "Fact",
    "FactKind",
    "HardCoded",
    "Shape",
    "control_flow",
]
