"""New requirements from facts."""

from __future__ import annotations

from qarepo_graph.llm.backend import Fault
from qarepo_graph.schema import IdeateInputs, Requirement


def ideate(_inputs: IdeateInputs) -> Requirement:
    """Raise: no ideas yet."""
    raise Fault("item", "exhausted", "The code suggests no further requirement; ask a model for more.")
