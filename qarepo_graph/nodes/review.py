"""A person's turn before ``export``: LangGraph's own interrupt, decisions through the ledger.

The run's lock is not held while the graph waits, so ``qarepo review`` can work on the run in the meantime.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langgraph.config import get_config
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from qarepo_graph.errors import UsageError
from qarepo_graph.ledger.decisions import Decision, DecisionVerdict
from qarepo_graph.nodes.context import opened, settings_of
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState


class GivenDecision(BaseModel):
    """One decision as a caller resumes the graph with it: ``Command(resume=[{"row": …, "verdict": "rejected"}])``."""

    model_config = ConfigDict(extra="forbid")

    row: str
    verdict: DecisionVerdict
    reason: str = ""
    edit: dict[str, Any] | None = None
    who: str = ""


_DECISIONS = TypeAdapter(list[GivenDecision])


def check_review(settings: Settings) -> None:
    """Refuse a review that could not be resumed, before anything is asked of a model.

    Raises:
        UsageError: When ``Settings(review=True)`` meets a graph without a checkpointer.
    """
    if settings.review and get_config()["configurable"].get("__pregel_checkpointer") is None:
        msg = (
            "Settings(review=True) stops before export and needs build_graph(checkpointer=...) to go on; "
            "on the command line leave --review out, use `qarepo review` and generate again."
        )
        raise UsageError(msg)


def wait_for_decisions(state: RepoState, runtime: Runtime[Settings]) -> Sequence[Decision]:
    """Stop the graph until somebody resumes it; return the decisions it was resumed with.

    Resume with a list of decisions, or with ``True`` when they were made in ``qarepo review``.

    Raises:
        UsageError: When it was resumed with something else.
    """
    if not settings_of(runtime).review:
        return ()
    with opened(state, runtime, last=True):
        pass  # closes the run that lingers between nodes, so that another process can take its lock
    given = interrupt(
        {
            "run_dir": state.get("run_dir", ""),
            "review": f"qarepo review {state.get('run_dir', '')}",
            "resume": 'Command(resume=True), or Command(resume=[{"row": id, "verdict": "rejected", "reason": why}])',
        }
    )
    if given is True:
        return ()
    try:
        decisions = _DECISIONS.validate_python(given)
    except ValidationError as error:
        where = error.errors()[0]
        msg = f"The graph was resumed with {where['loc']}: {where['msg']}; resume with True or a list of decisions."
        raise UsageError(msg) from error
    return [Decision(row_id=one.row, **one.model_dump(exclude={"row"})) for one in decisions]
