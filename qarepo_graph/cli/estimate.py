"""The first lines of a run that asks a model: what it will ask and cost, said again once real answers are in."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any, cast

from qarepo_graph.cli.plan import cost_lines, lines
from qarepo_graph.display import Display
from qarepo_graph.engine.runs import Run
from qarepo_graph.ledger.calls import usage_by_node
from qarepo_graph.plan import Plan, calibrated, make_plan
from qarepo_graph.state import RepoState


async def say_plan(run: Run, state: dict[str, Any], display: Display) -> Plan | None:
    """Say what the run will ask; None where that is nothing, or the rules answer it for free."""
    settings = run.settings
    if settings.dry_run or (settings.model == "offline" and not settings.models):
        return None
    plan = await make_plan(run, cast("RepoState", state), rough=True)
    if not plan.calls:
        return None
    display.say("plan", lines(plan, settings), asdict(plan))
    return plan


def say_calibrated(plan: Plan, run: Run, display: Display) -> None:
    """Say the estimate anew, each node's cost a call now as its answers so far say it."""
    usage = run.ledger.run(partial(usage_by_node, session=run.session))
    replies = round(sum(node["replies"] for node in usage.values()))
    known = calibrated(plan, usage)
    tokens = sum(node.prompt_tokens + node.completion_tokens for node in known.nodes)
    said = [f"estimate    {tokens:,} tokens in all, by what the first {replies} answers took"]
    display.say("estimate", [*said, cost_lines(known, run.settings)[0]], {**asdict(known), "replies": replies})
