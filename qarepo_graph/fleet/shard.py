"""One shard: a repository, or a slice of a big one, through the compiled graph to one Parquet part.

Nothing here knows an engine: a Slurm array, Spark, Dask or a shell loop can call :func:`run_shard` as it is. A part is
written beside its place and then renamed, and named by the hash of everything that decides its rows; so running a
shard again makes no call, whoever runs it, and a changed function makes another shard.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.errors import StorageError, UsageError
from qarepo_graph.facade import RECURSION_LIMIT, run
from qarepo_graph.fleet.parts import part_rows, write_part
from qarepo_graph.graph import build_graph
from qarepo_graph.ledger.directory import make_private, slug
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoOutput

NOT_IN_THE_ROWS = frozenset(
    {"concurrency", "rpm", "tpm", "request_seconds", "max_outage", "max_usd", "max_requests", "prices", "retry_failed"}
    | {"yes", "dry_run", "allow_http", "use_proxy", "keep_prompts", "force", "review", "ask_only", "base_url"}
    | {"trace", "trace_sample", "trace_functions", "trace_hide_code"}
)
"""Settings that say how a run is done and not what its rows are; two shards that differ only here are one."""


@dataclass(frozen=True, kw_only=True)
class ShardSpec:
    """One shard, as JSON types: written by the plan, read by whoever runs it.

    Attributes:
        repository: Its name in the fleet, unique there; every id in its rows begins with it.
        repo_dir: The folder.
        folder: The fleet's folder; the part, the run directory and the list of ids lie in it.
        description: What the repository is about.
        knobs: Fields of ``Settings``.
        content: Hash of the repository's functions as the survey saw them; empty for shards made by hand, whose part
            then stands for whatever the folder held when it was made.
        functions: Ids to ask about; empty = all.
        piece: ``0/1`` for a whole repository, ``3/8`` for the fourth of eight slices.
        split: The split its rows belong to.
    """

    repository: str
    repo_dir: str
    folder: str
    description: str = ""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    content: str = ""
    functions: tuple[str, ...] = ()
    piece: str = "0/1"
    split: str = "train"

    @cached_property
    def id(self) -> str:
        """Name of the shard: 24 hexadecimal digits of a hash over everything that decides its rows."""
        knobs = {name: value for name, value in self.knobs.items() if name not in NOT_IN_THE_ROWS}
        parts = [__version__, self.repository, self.description, knobs, self.content, self.functions, self.piece]
        parts.append(self.split)
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]

    @property
    def part(self) -> Path:
        """Where the part goes."""
        return Path(self.folder) / "parts" / f"part-{self.id}.parquet"

    @property
    def run_dir(self) -> Path:
        """The shard's own run directory.

        It is named by place, not by content: after a change the new shard finds in it what was bought for the old.
        """
        digest = hashlib.sha256(f"{self.repository}\0{self.piece}".encode()).hexdigest()[:8]
        return Path(self.folder) / "runs" / f"{slug(self.repository)}-{digest}"

    def settings(self) -> Settings:
        """Return the settings the graph runs with."""
        only = str(self._ids_file) if self.functions else ""
        return Settings(**{**self.knobs, "ask_only": only})

    @property
    def _ids_file(self) -> Path:
        return self.run_dir / "ask-only.txt"

    def write_ids(self) -> None:
        """Make the run directory and write the list of functions to ask about into it."""
        make_private(self.run_dir)
        if self.functions:
            try:
                self._ids_file.write_text("\n".join(self.functions) + "\n", encoding="utf-8")
            except OSError as error:
                msg = f"{self._ids_file} could not be written ({error.strerror}); free some space and start again."
                raise StorageError(msg) from error

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ShardSpec:
        """Rebuild a spec from :meth:`to_record`'s result."""
        return cls(**{**record, "functions": tuple(record.get("functions", ()))})


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
