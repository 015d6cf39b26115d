"""The driver: surveys, plan and shards in order, on whatever engine, and what became of all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph.errors import StorageError
from qarepo_graph.fleet.copies import Copies
from qarepo_graph.fleet.engine import Engine, Outcome
from qarepo_graph.fleet.manifest import Repository
from qarepo_graph.fleet.plan import FleetOptions, FleetPlan, order_of, read_spec, write_plan
from qarepo_graph.fleet.survey import Survey
from qarepo_graph.ledger.directory import make_private

Watch = Callable[[dict[str, Any]], None]
"""Told of progress: ``{"event": "survey" | "shards", "done": …, "total": …, …}``."""

FAILED_NAME = "failed.jsonl"


@dataclass(slots=True, kw_only=True)
class FleetResult:
    """What a fleet did.

    Attributes:
        shards: Shards of the plan.
        found: Parts that an earlier command had finished.
        made: Parts made now.
        rows: Rows in the parts made now.
        failed: Sentence by repository that failed or could not be read.
        failed_file: Where the failed shards are listed.
        ended: The sentence that ended all of it early; empty if nothing did.
        exit_code: Of ``ended``.
        signal_number: Of ``ended``.
        asked: Replies received.
        usd: What they cost.
        copies: Functions left to another repository, by kind.
        seconds: Time taken.
    """

    shards: int = 0
    found: int = 0
    made: int = 0
    rows: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    failed_file: str = ""
    ended: str = ""
    exit_code: int = 0
    signal_number: int = 0
    asked: int = 0
    usd: float = 0.0
    copies: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


def plan_fleet(repositories: Sequence[Repository], options: FleetOptions, engine: Engine, watch: Watch) -> FleetPlan:
    """Survey every repository, find the copies and write the shards.

    Raises:
        UsageError: When nothing is left to ask about.
        StorageError: When the folder cannot be written.
    """
    options = options.checked()
    folder = Path(options.folder)
    make_private(folder)
    jobs = [(repository, options.knobs_of(repository)) for repository in repositories]
    surveys: list[Survey | None] = [None] * len(jobs)
    functions = 0
    for done, (place, survey) in enumerate(engine.survey(jobs, options.folder), start=1):
        surveys[place] = survey
        functions += survey.functions
        watch({"event": "survey", "done": done, "total": len(jobs), "functions": functions})
    complete = [survey for survey in surveys if survey is not None]
    tables = [survey.file for survey in complete if not survey.error]
    copies = Copies()
    if options.copies == "skip" and len(tables) > 1:
        copies = engine.find_copies(tables, order_of(repositories, options))
    return write_plan(repositories, complete, copies, options)


def run_fleet(plan: FleetPlan, options: FleetOptions, engine: Engine, watch: Watch) -> FleetResult:
    """Run the shards that have no part yet.

    Raises:
        StorageError: When the list of failures cannot be written.
    """
    started = time.monotonic()
    result = FleetResult(shards=len(plan.shards), copies=plan.copies, failed=dict(plan.unread))
    todo = []
    for file in plan.shards:
        if read_spec(file).part.is_file():
            result.found += 1
        else:
            todo.append(file)
    lost: list[Outcome] = []

    def tell() -> None:
        watch(
            {
                "event": "shards",
                "done": result.found + result.made,
                "total": result.shards,
                "found": result.found,
                "failed": len(lost),
                "seconds": time.monotonic() - started,
                **engine.totals(),
            }
        )

    tell()
    for outcome in engine.run(todo):
        if outcome is not None:
            _take(outcome, result, lost, engine)
        tell()
    for outcome in lost:
        result.failed.setdefault(outcome.repository or outcome.shard, outcome.error)
    result.failed_file = _write_failed(Path(options.folder), lost)
    totals = engine.totals()
    result.usd = totals["usd"]
    result.seconds = time.monotonic() - started
    return result


def _take(outcome: Outcome, result: FleetResult, lost: list[Outcome], engine: Engine) -> None:
    if outcome.part is not None:
        result.made += 1
        result.rows += outcome.part.rows
        result.asked += outcome.part.asked
    elif outcome.ends_all:
        if not result.ended:
            result.ended, result.exit_code = outcome.error, outcome.exit_code
            result.signal_number = outcome.signal_number
            engine.end(outcome.error, outcome.signal_number)
    else:
        lost.append(outcome)


def _write_failed(folder: Path, lost: Sequence[Outcome]) -> str:
    path = folder / FAILED_NAME
    lines = [
        orjson.dumps({"repository": one.repository, "shard": Path(one.shard).stem, "error": one.error}) for one in lost
    ]
    try:
        path.unlink(missing_ok=True)
        if not lost:
            return ""
        path.write_bytes(b"\n".join(lines) + b"\n")
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}); make room and run the same command again."
        raise StorageError(msg) from error
    return str(path)
