"""``qarepo fleet``: many repositories as one dataset. The same command again runs the shards that are missing."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qarepo_graph.cli.options import with_settings
from qarepo_graph.errors import InterruptedRunError, UsageError
from qarepo_graph.settings import Settings

if TYPE_CHECKING:
    from qarepo_graph.display import Display
    from qarepo_graph.fleet.drive import FleetResult
    from qarepo_graph.fleet.engine import Engine
    from qarepo_graph.fleet.plan import FleetOptions, FleetPlan

ENGINES = ("local", "ray")

_HELD_BY_THE_BUDGET = frozenset({"rpm", "tpm", "max_requests"})
"""Limits that hold for all workers together, and therefore for no run of its own."""


def _fleet(
    manifest: Annotated[Path, typer.Argument(help="The repositories, a JSON object a line.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the fleet: plan, runs, parts, dataset.")
    ] = Path("fleet"),
    engine: Annotated[str, typer.Option(help="Where the shards run: local or ray.")] = "local",
    address: Annotated[str, typer.Option(help="Ray's address (host:port); empty starts Ray on this machine.")] = "",
    workers: Annotated[int, typer.Option(help="Worker processes; 0 = one per processor.")] = 0,
    shard_functions: Annotated[int, typer.Option(help="Cut a repository of more functions into slices.")] = 500,
    split: Annotated[str, typer.Option(help="none, or by-repository to hold whole repositories out.")] = "none",
    ratios: Annotated[str, typer.Option(help="Shares of train, validation and test.")] = "0.8,0.1,0.1",
    copies: Annotated[
        str, typer.Option(help="skip: a function that an earlier repository holds is asked about only there; or ask.")
    ] = "skip",
    formats: Annotated[str, typer.Option("--format", help="As for export; several with commas.")] = "parquet,qarepo",
    plan_only: Annotated[bool, typer.Option("--plan", help="Write the shards and stop.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="Events and summary as JSON lines.")] = False,
    *,
    settings: Settings,
) -> int:
    """Turn many repositories into one dataset, shard by shard, on this machine or a Ray cluster."""
    from qarepo_graph.dataset.export import DatasetOptions
    from qarepo_graph.dataset.splits import parse_ratios
    from qarepo_graph.display import make_display
    from qarepo_graph.fleet.drive import plan_fleet, run_fleet
    from qarepo_graph.fleet.manifest import read_manifest
    from qarepo_graph.fleet.merge import merge_parts
    from qarepo_graph.fleet.plan import FleetOptions
    from qarepo_graph.fleet.shard import check_knobs
    from qarepo_graph.safety.egress import disable_ambient_tracing

    if engine not in ENGINES:
        msg = f"--engine {engine!r} is unknown; choose one of {', '.join(ENGINES)}."
        raise UsageError(msg)
    repositories = read_manifest(manifest)
    knobs = knobs_of(settings)
    check_knobs(knobs)
    options = FleetOptions(
        folder=str(output.absolute()),
        knobs=knobs,
        shard_functions=shard_functions,
        split=split,  # type: ignore[arg-type]  # checked with its sentence by FleetOptions.checked
        ratios=parse_ratios(ratios),
        seed=settings.seed,
        copies=copies,  # type: ignore[arg-type]  # likewise
    ).checked()
    named = tuple(dict.fromkeys(name.strip() for name in formats.split(",") if name.strip()))
    DatasetOptions(formats=("parquet", *named)).checked()  # parts are Parquet whatever the formats are
    if not output.absolute().parent.is_dir():
        msg = f"The folder {output.absolute().parent} does not exist; create it or choose another output."
        raise UsageError(msg)
    if output.exists() and not output.is_dir():
        msg = f"{output} is a file; name a folder for the fleet with -o."
        raise UsageError(msg)
    if not settings.trace:
        disable_ambient_tracing()
    display = make_display(json_lines=json_lines)
    place = _open_engine(engine, address, workers, settings)
    try:
        with display, _signals(place):
            plan = plan_fleet(repositories, options, place, lambda event: _show(event, display))
            display.finish("survey", {})
            if plan_only:
                _say_plan(plan, options, json_lines=json_lines)
                return 3 if plan.unread else 0
            _consent(settings, plan, display)
            result = run_fleet(plan, options, place, lambda event: _show(event, display))
            display.finish("shards", {})
    finally:
        place.close()
    summary = None if result.ended else merge_parts(plan, options, named, force=settings.force).to_record()
    _say(result, summary, plan, options, json_lines=json_lines)
    return _exit_code(result)


fleet = with_settings(_fleet)


def knobs_of(settings: Settings) -> dict[str, Any]:
    """Return the settings that differ from the defaults, paths made absolute: what a shard on any node needs."""
    knobs: dict[str, Any] = {}
    for knob in fields(Settings):
        value = getattr(settings, knob.name)
        default = getattr(Settings(), knob.name)
        if value != default and knob.name not in _HELD_BY_THE_BUDGET:
            knobs[knob.name] = os.path.abspath(value) if knob.name in ("prompts", "prices") else value  # noqa: PTH100 - no link is to be followed
    return knobs


def _open_engine(name: str, address: str, workers: int, settings: Settings) -> Engine:
    from qarepo_graph.fleet.budget import Limits

    limits = Limits(rpm=settings.rpm, tpm=settings.tpm, usd=settings.max_usd, requests=settings.max_requests)
    if name == "ray":
        from qarepo_graph.fleet.ray_engine import RayEngine

        return RayEngine(address, workers, limits)
    if address:
        msg = "--address names a Ray cluster; add --engine ray."
        raise UsageError(msg)
    from qarepo_graph.fleet.local import LocalEngine

    return LocalEngine(workers or os.cpu_count() or 1, limits)


def _show(event: dict[str, Any], display: Display) -> None:
    """Show an event as the display shows a node's counters."""
    display.show(
        {
            **event,
            "node": event["event"],
            "prompt_tokens": event.get("tokens", 0),
            "completion_tokens": 0,
            "reused": event.get("found", 0),
        }
    )


def _consent(settings: Settings, plan: FleetPlan, display: Display) -> None:
    from qarepo_graph.cli.consent import ask, remote_targets

    targets = remote_targets(settings)
    if targets and not settings.yes:
        ask(targets, plan.functions, plan.bytes, display)


@contextmanager
def _signals(engine: Engine) -> Iterator[None]:
    """Turn signals into an end of the fleet: the first lets what is in flight finish, the second ends at once."""
    seen: list[int] = []

    def stop(number: int, _: object) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)
        engine.end("Stopped by a signal; everything answered so far is saved, run the same command again.", number)

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
        if seen:
            msg = "Stopped by a signal; everything answered so far is saved, run the same command again."
            raise InterruptedRunError(msg, seen[0])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_plan(plan: FleetPlan, options: FleetOptions, *, json_lines: bool) -> None:
    if json_lines:
        sys.stdout.write(json.dumps({"event": "plan", "shards": len(plan.shards), **_planned(plan)}) + "\n")
        return
    sys.stdout.write("\n".join([*_plan_lines(plan), f"written     {options.folder}/shards"]) + "\n")


def _planned(plan: FleetPlan) -> dict[str, Any]:
    return {"functions": plan.functions, "copies": plan.copies, "splits": plan.splits, "unread": plan.unread}


def _plan_lines(plan: FleetPlan) -> list[str]:
    splits = ", ".join(f"{count:,} {split}" for split, count in plan.splits.items())
    lines = [
        f"repositories{sum(plan.splits.values()):>8,}  ({splits})",
        f"functions   {plan.functions:>8,}  in {len(plan.shards):,} shards",
    ]
    if any(plan.copies.values()):
        lines.append(f"copies      {plan.copies['exact']:>8,}  exact, {plan.copies['near']:,} near: left to another")
    return lines


def _say(
    result: FleetResult,
    summary: dict[str, Any] | None,
    plan: FleetPlan,
    options: FleetOptions,
    *,
    json_lines: bool,
) -> None:
    if json_lines:
        record = {"event": "summary", **result.to_record(), **_planned(plan), "dataset": summary}
        sys.stdout.write(json.dumps(record, default=str) + "\n")
        return
    lines = _plan_lines(plan)
    lines.append(
        f"shards      {result.found + result.made:>8,}  of {result.shards:,} done, {result.found:,} before now"
    )
    cost = f", ${result.usd:.4f}" if result.usd else ""
    lines.append(f"asked       {result.asked:>8,}  ({result.seconds:.1f} s{cost})")
    if summary:
        rows = summary["rows"]
        told = ", ".join(f"{count:,} {split}" for split, count in rows.items())
        lines.append(f"rows        {sum(rows.values()):>8,}  ({told})")
        if summary["leakage"]:
            lines.append("leakage     " + ", ".join(f"{name} {count}" for name, count in summary["leakage"].items()))
        lines.append(f"written     {summary['folder']}")
    for name, error in list(result.failed.items())[:10]:
        lines.append(f"failed      {name}: {error}")
    if len(result.failed) > 10:
        lines.append(f"            and {len(result.failed) - 10:,} more; --json tells all of them")
    if result.ended:
        lines.append(f"ended       {result.ended}")
        lines.append(f"parts       {options.folder}/parts  (not merged: shards are missing)")
    sys.stdout.write("\n".join(lines) + "\n")


def _exit_code(result: FleetResult) -> int:
    if result.ended:
        return result.exit_code
    return 3 if result.failed else 0
