"""One shard: a repository, or a slice of a big one, through the compiled graph to one Parquet part.

Nothing here knows an engine: a Slurm array, Spark, Dask or a shell loop can call :func:`run_shard` as it is. A part is
written beside its place and then renamed, and named by the hash of everything that decides its rows; so running a
shard again makes no call, whoever runs it, and a changed function makes another shard.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qarepo_graph.errors import UsageError
from qarepo_graph.facade import RECURSION_LIMIT, run
from qarepo_graph.fleet.parts import part_rows, write_part
from qarepo_graph.fleet.shard_spec import ShardSpec
from qarepo_graph.graph import build_graph
from qarepo_graph.state import RepoOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A finished shard.

    Attributes:
        shard: Its id.
        repository: Its repository.
        file: The Parquet file.
        rows: Rows in it.
        asked: Replies received in this call; 0 where the part was there already.
        usd: What they cost.
        seconds: Time this call took.
        found: True when the part was there already.
    """

    shard: str
    repository: str
    file: str
    rows: int
    asked: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    found: bool = False


def run_shard(spec: ShardSpec) -> Part:
    """Run one shard to its part, from synchronous code; a part that is there is returned at once.

    Args:
        spec: The shard.

    Raises:
        QarepoError: See :mod:`qarepo_graph.errors`; what was answered before is kept and not asked again.
    """
    if (found := _found(spec)) is not None:
        return found
    started = time.monotonic()
    spec.write_ids()
    state = run(
        spec.repo_dir,
        settings=spec.settings(),
        repo_description=spec.description,
        run_dir=spec.run_dir,
        output_file=spec.run_dir / "rows.json",
    )
    return _finished(spec, state, started)


async def arun_shard(spec: ShardSpec) -> Part:
    """Do as :func:`run_shard` does inside a running event loop, beside other shards of the same process."""
    found = await asyncio.to_thread(_found, spec)
    if found is not None:
        return found
    started = time.monotonic()
    await asyncio.to_thread(spec.write_ids)
    given: Any = {
        "repo_dir": spec.repo_dir,
        "repo_description": spec.description,
        "run_dir": str(spec.run_dir),
        "output_file": str(spec.run_dir / "rows.json"),
    }
    limit: Any = {"recursion_limit": RECURSION_LIMIT}
    state: Any = await build_graph().ainvoke(given, limit, context=spec.settings())
    return await asyncio.to_thread(_finished, spec, state, started)


def _found(spec: ShardSpec) -> Part | None:
    if not spec.part.is_file():
        return None
    return Part(shard=spec.id, repository=spec.repository, file=str(spec.part), rows=part_rows(spec.part), found=True)


def _finished(spec: ShardSpec, state: RepoOutput, started: float) -> Part:
    rows = write_part(spec, state)
    usage = state.get("usage", {}).values()
    return Part(
        shard=spec.id,
        repository=spec.repository,
        file=str(spec.part),
        rows=rows,
        asked=int(sum(node["replies"] for node in usage)),
        usd=float(sum(node["usd"] for node in usage)),
        seconds=time.monotonic() - started,
    )


def check_knobs(knobs: Mapping[str, Any]) -> None:
    """Refuse settings a shard cannot run with, before any shard is made.

    Raises:
        UsageError: Something that waits for a person, asks nothing, chooses functions, or is no JSON value.
    """
    if knobs.get("ask_only"):
        msg = "A fleet chooses each shard's functions itself: leave --ask-only out, or use `qarepo generate`."
        raise UsageError(msg)
    if knobs.get("review") or knobs.get("dry_run"):
        msg = "A fleet runs without stopping: leave --review and --dry-run out, or use `qarepo generate`."
        raise UsageError(msg)
    if not isinstance(knobs.get("model", ""), str):
        msg = "A shard names its model as provider:name, because a model object cannot be sent to another machine."
        raise UsageError(msg)
