"""What one shard is: a repository, or a slice of a big one, and everything that decides its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.errors import StorageError
from qarepo_graph.ledger.directory import make_private, slug
from qarepo_graph.settings import Settings

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
