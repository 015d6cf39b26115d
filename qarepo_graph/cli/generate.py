"""``qarepo generate``: the main job. Running the same command again goes on where the last run stopped."""

from __future__ import annotations

import asyncio
import shlex
import signal
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from qarepo_graph.cli.options import with_settings
from qarepo_graph.settings import Settings

if TYPE_CHECKING:
    from qarepo_graph.display import Display
    from qarepo_graph.state import RepoInput

RULES_NOTE = (
    "These rows are rule-based (model offline:rules); for rows worded by a model add model=deepseek:deepseek-flash "
    "with DEEPSEEK_API_KEY set."
)


def _generate(
    repo: Annotated[Path, typer.Argument(help="The repository: a folder on this machine.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the rows go (.json or .jsonl).", show_default=False)
    ] = Path("dataset.json"),
    description: Annotated[
        str, typer.Option("--description", help="What the repository is about; its language is the data's.")
    ] = "",
    run_dir: Annotated[str, typer.Option("--run-dir", help="Where the run's ledger lies; by default .qarepo/.")] = "",
    json_lines: Annotated[bool, typer.Option("--json", help="Events and summary as JSON lines.")] = False,
    seed_style: Annotated[bool, typer.Option("--seed-style", hidden=True)] = False,
    *,
    settings: Settings,
) -> int:
    """Turn a repository into training rows."""
    from qarepo_graph.ledger.directory import refuse_if_busy, run_directory

    refuse_if_busy(run_directory(repo, run_dir, settings.dry_run))  # before the imports below, which take seconds
    from qarepo_graph.cli.summary import exit_code, say_summary
    from qarepo_graph.dataset.writer import check_output
    from qarepo_graph.display import make_display

    check_output(output, force=settings.force)
    note = RULES_NOTE if seed_style and settings.model == "offline" else ""
    if note:
        typer.echo(note)
    display = make_display(json_lines=json_lines)
    given: RepoInput = {
        "repo_dir": str(repo),
        "repo_description": description,
        "output_file": str(output),
        "run_dir": run_dir,
    }
    started = time.monotonic()
    state = asyncio.run(_run(given, settings, display))
    state["seconds"] = round(time.monotonic() - started, 3)
    say_summary(state, settings, json_lines=json_lines)
    if note:
        typer.echo(note)
    return 0 if settings.dry_run else exit_code(state)


generate = with_settings(_generate)


async def _run(given: RepoInput, settings: Settings, display: Display) -> dict[str, Any]:
    """Stream the graph to its end, show its events, ask for consent after the parse; return the final state."""
    from qarepo_graph.cli.consent import ask_consent, ask_new_prompts
    from qarepo_graph.cli.estimate import say_calibrated, say_plan
    from qarepo_graph.engine.runs import open_run, release
    from qarepo_graph.errors import InterruptedRunError
    from qarepo_graph.facade import RECURSION_LIMIT
    from qarepo_graph.graph import build_graph
    from qarepo_graph.plan import CALIBRATED_AFTER
    from qarepo_graph.safety.egress import disable_ambient_tracing

    if not settings.trace:
        disable_ambient_tracing()
    state: dict[str, Any] = dict(given)
    held = None
    estimate = None
    stream = cast(
        "AsyncGenerator[tuple[str, dict[str, Any]]]",  # LangGraph types the pairs of several modes as dict | Any
        build_graph().astream(
            given, {"recursion_limit": RECURSION_LIMIT}, context=settings, stream_mode=["custom", "updates"]
        ),
    )
    try:
        with display, _signals() as stopper:
            async for mode, event in stream:
                if mode == "custom":
                    if settings.dry_run:  # a request that was written instead of sent has no answer: no failure here
                        event |= {"written": event.get("failed", 0), "failed": 0}
                    display.show(event)
                    if estimate is not None and held is not None and held.meter.replies >= CALIBRATED_AFTER:
                        say_calibrated(estimate, held, display)
                        estimate = None
                    continue
                for node, update in event.items():
                    state |= update or {}
                    display.finish(node, state)
                    if node == "parse":
                        held = open_run(given["repo_dir"], settings, given["run_dir"])
                        stopper.run = held
                        estimate = await say_plan(held, state, display)
                        ask_consent(settings, held, state, display)
                        ask_new_prompts(settings, held, state, display)
    except InterruptedRunError as error:
        again = shlex.join(["qarepo", *sys.argv[1:]])
        raise InterruptedRunError(f"{error} Go on with: {again}", error.signal_number) from error
    finally:
        await stream.aclose()
        if held is not None:
            release(held, close=True)
    return state


class _Stopper:
    """Turns signals into a stop of the run: the first lets what is in flight finish, the second ends at once."""

    run: Any = None

    def __call__(self, number: int, _: object) -> None:
        if self.run is None or self.run.stopping:
            raise KeyboardInterrupt
        self.run.stop(number)


@contextmanager
def _signals() -> Iterator[_Stopper]:
    stopper = _Stopper()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stopper) for number in numbers}
    try:
        yield stopper
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
