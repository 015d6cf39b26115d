"""``qarepo plan``: calls, tokens, cost and time of a run before anything is sent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qarepo_graph.cli.options import with_settings
from qarepo_graph.settings import Settings

if TYPE_CHECKING:
    from qarepo_graph.plan import Plan


def _plan(
    repo: Annotated[Path, typer.Argument(help="The repository: a folder on this machine.", show_default=False)],
    description: Annotated[str, typer.Option("--description", help="What the repository is about.")] = "",
    run_dir: Annotated[str, typer.Option("--run-dir", help="Where the run's ledger lies; by default .qarepo/.")] = "",
    tokenizer: Annotated[
        str, typer.Option("--tokenizer", help="A tokenizer.json, to count exactly instead of 4 characters a token.")
    ] = "",
    json_output: Annotated[bool, typer.Option("--json", help="The plan as JSON.")] = False,
    *,
    settings: Settings,
) -> None:
    """Count what a run would ask and cost. Nothing is sent."""
    from dataclasses import asdict

    from qarepo_graph.ledger.directory import refuse_if_busy, run_directory

    refuse_if_busy(run_directory(repo, run_dir, settings.dry_run))  # before the imports below, which take seconds
    from langgraph.runtime import Runtime

    from qarepo_graph.engine.node_models import check_models
    from qarepo_graph.engine.runs import use_run
    from qarepo_graph.nodes.parse import take_snapshot
    from qarepo_graph.plan import make_plan
    from qarepo_graph.state import RepoState

    check_models(settings, needs_key=False)  # what a run would cost is asked before there is an account
    state: RepoState = {"repo_dir": str(repo), "repo_description": description, "run_dir": run_dir}
    with_context: Runtime[Settings] = Runtime(context=settings)
    state.update(take_snapshot(state, with_context))  # type: ignore[typeddict-item]  # it returns keys of the state
    with use_run(str(repo), settings, run_dir, last=True) as run:
        plan = asyncio.run(make_plan(run, state, tokenizer))
    if json_output:
        typer.echo(json.dumps(asdict(plan)))
        return
    typer.echo("\n".join(lines(plan, settings)))


plan = with_settings(_plan)


def lines(plan: Plan, settings: Settings) -> list[str]:
    """Return the plan in words."""
    found = ", ".join(f"{count:,} {language}" for language, count in plan.functions.items())
    said = [f"functions   {sum(plan.functions.values()):,} ({found}), {plan.reused:,} already described"]
    skipped = {status: count for status, count in plan.files.items() if ":" in status}
    if skipped:
        said.append("left out    " + ", ".join(f"{count:,} files {status}" for status, count in skipped.items()))
    models = dict.fromkeys(node.model for node in plan.nodes if node.calls)
    if models:
        said.append(f"model       {', '.join(models)}")
    for node in plan.nodes:
        if node.calls:
            tokens = f"{node.prompt_tokens:,} tokens sent, about {node.completion_tokens:,} answered"
            said.append(f"{node.node:<20}{node.calls:,} calls, {tokens}")
    return [*said, *cost_lines(plan, settings)]


def cost_lines(plan: Plan, settings: Settings) -> list[str]:
    """Return cost and time in words."""
    if all(node.model == "offline" for node in plan.nodes if node.calls):
        return [
            "cost        nothing is sent: the rules answer on this machine; the tokens are what a model would be sent"
        ]
    said = []
    low, likely, high = (plan.usd(case) for case in ("low", "likely", "high"))
    if low is None or likely is None or high is None:
        said.append("cost        unknown: no price is listed for this model; add one with --prices FILE")
    else:
        said.append(f"cost        ${likely:.2f} likely (${low:.2f} with a warm prefix cache, ${high:.2f} without any)")
    rate = f"{settings.rpm} requests a minute" if settings.rpm else f"{settings.concurrency} at a time, 5 s each"
    said.append(f"time        about {_duration(plan.seconds)} at {rate}, repeats not counted")
    return said


def _duration(seconds: float) -> str:
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"
