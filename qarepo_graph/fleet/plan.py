"""From surveys to shards: splits, copies and slices, all decided before the first call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from qarepo_graph.dataset.formats import SPLITS, TRAIN
from qarepo_graph.dataset.parquet import load_pyarrow
from qarepo_graph.dataset.publish import replace
from qarepo_graph.errors import StorageError, UsageError
from qarepo_graph.fleet.copies import Copies
from qarepo_graph.fleet.manifest import Repository
from qarepo_graph.fleet.shard_spec import ShardSpec
from qarepo_graph.fleet.survey import Survey

SPLIT_MODES = ("none", "by-repository")
PLAN_NAME = "plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """How a fleet is cut.

    Attributes:
        folder: The fleet's folder.
        knobs: Settings of every shard, as ``Settings`` fields that differ from the defaults.
        shard_functions: A repository with more functions than this is cut into slices.
        split: ``none``, or ``by-repository`` for held-out repositories.
        ratios: Share of repositories per split.
        seed: Of the split.
        copies: ``skip`` leaves a function that an earlier repository holds to that one; ``ask`` asks in each.
    """

    folder: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    shard_functions: int = 500
    split: Literal["none", "by-repository"] = "none"
    ratios: Mapping[str, float] = field(default_factory=lambda: dict(zip(SPLITS, (0.8, 0.1, 0.1), strict=True)))
    seed: int = 0
    copies: Literal["skip", "ask"] = "skip"

    def checked(self) -> FleetOptions:
        """Return self, or raise UsageError for what cannot work."""
        if self.split not in SPLIT_MODES:
            msg = f"--split {self.split!r} is unknown; choose one of {', '.join(SPLIT_MODES)}."
            raise UsageError(msg)
        if self.shard_functions < 1:
            msg = f"--shard-functions is {self.shard_functions}; it must be at least 1."
            raise UsageError(msg)
        if self.copies not in ("skip", "ask"):
            msg = f"--copies {self.copies!r} is unknown; choose skip or ask."
            raise UsageError(msg)
        if self.split != "none" and self.copies == "ask":
            msg = "--copies ask with --split by-repository would put one function into two splits; leave one out."
            raise UsageError(msg)
        return self

    def knobs_of(self, repository: Repository) -> dict[str, Any]:
        """Return the settings of one repository's shards."""
        return {**self.knobs, **repository.settings}


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """What is to be run.

    Attributes:
        shards: Files with one :class:`ShardSpec` each, in the order of the manifest.
        unread: Why, by repository that brought nothing.
        functions: Functions to ask about.
        bytes: Characters of code in all repositories.
        copies: Functions left to another repository, by kind.
        splits: Repositories by split.
    """

    shards: tuple[str, ...]
    unread: dict[str, str]
    functions: int
    bytes: int
    copies: dict[str, int]
    splits: dict[str, int]


def split_of(name: str, options: FleetOptions) -> str:
    """Return a repository's split: from a hash of its name, so that a new repository moves no other."""
    if options.split == "none":
        return TRAIN
    digest = hashlib.sha256(f"{options.seed}\0{name}".encode()).digest()
    point = int.from_bytes(digest[:8], "big") / 2**64
    for split in SPLITS:
        point -= options.ratios.get(split, 0.0)
        if point < 0:
            return split
    return TRAIN


def order_of(repositories: Sequence[Repository], options: FleetOptions) -> dict[str, int]:
    """Return each repository's place when copies are looked for: training first, else as the manifest says."""
    rank = {split: place for place, split in enumerate(SPLITS)}
    names = sorted((rank[split_of(one.name, options)], place, one.name) for place, one in enumerate(repositories))
    return {name: place for place, (_, _, name) in enumerate(names)}


def write_plan(
    repositories: Sequence[Repository], surveys: Sequence[Survey], copies: Copies, options: FleetOptions
) -> FleetPlan:
    """Cut the repositories into shards and write each into the fleet's folder.

    Args:
        repositories: The manifest.
        surveys: Their surveys, in the same order.
        copies: What is left to another repository.
        options: How.

    Raises:
        UsageError: When no repository is left, or a held-out split would be empty.
        StorageError: When the folder cannot be written.
    """
    shards: list[str] = []
    unread: dict[str, str] = {}
    splits: dict[str, int] = dict.fromkeys(SPLITS if options.split != "none" else (TRAIN,), 0)
    functions = 0
    for repository, survey in zip(repositories, surveys, strict=True):
        if survey.error:
            unread[repository.name] = survey.error
            continue
        specs = list(cut(repository, survey, copies.of(repository.name), options))
        splits[split_of(repository.name, options)] += 1
        functions += survey.asked - len(copies.of(repository.name))
        shards += [_write_spec(spec) for spec in specs]
    empty = [split for split, count in splits.items() if not count and options.ratios.get(split, 1.0)]
    if shards and empty and options.split != "none":
        msg = f"The {empty[0]} split would hold no repository; use other --ratios or --seed, or --split none."
        raise UsageError(msg)
    if not shards:
        why = next(iter(unread.values()), "every function is a copy")
        msg = f"No repository of the manifest has a function to ask about; the first one says: {why}"
        raise UsageError(msg)
    size = sum(survey.bytes for survey in surveys)
    plan = FleetPlan(
        shards=tuple(shards), unread=unread, functions=functions, bytes=size, copies=copies.counts(), splits=splits
    )
    _write(Path(options.folder) / PLAN_NAME, asdict(plan))
    return plan


def cut(repository: Repository, survey: Survey, left_out: frozenset[str], options: FleetOptions) -> Iterator[ShardSpec]:
    """Yield a repository's shards; none where every function is left to others.

    A slice holds whole files, chosen by a hash of their path, and there are 2, 4, 8 … of them: a repository that grows
    keeps its slices, and their ledgers, until it has doubled.
    """
    asked = [(one, file) for one, file in _asked(survey.file) if one not in left_out]
    count = 1
    while count * options.shard_functions < len(asked):
        count *= 2
    slices: list[list[str]] = [[] for _ in range(count)]
    for function_id, file in asked:
        slices[_hash(file) % count].append(function_id)
    knobs = options.knobs_of(repository)
    wanted = int(knobs.get("requirements", 3))
    filled = [number for number, ids in enumerate(slices) if ids]
    for place, number in enumerate(filled):
        mine = {**knobs}
        if len(filled) > 1:  # the repository's requirements, shared out
            mine["requirements"] = wanted // len(filled) + (place < wanted % len(filled))
            if not mine["requirements"] and knobs.get("questions") == 0:
                continue
        yield ShardSpec(
            repository=repository.name,
            repo_dir=repository.path,
            folder=options.folder,
            description=repository.description,
            knobs=mine,
            content=survey.content,
            functions=tuple(slices[number]) if len(slices[number]) < survey.asked else (),
            piece=f"{number}/{count}",
            split=split_of(repository.name, options),
        )


def read_spec(file: str | Path) -> ShardSpec:
    """Read one shard of a plan."""
    return ShardSpec.from_record(orjson.loads(Path(file).read_bytes()))


def read_plan(folder: str | Path) -> FleetPlan:
    """Read a fleet's plan.

    Raises:
        UsageError: When there is none.
    """
    try:
        record = orjson.loads((Path(folder) / PLAN_NAME).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        msg = f"{folder} holds no plan; make one with `qarepo fleet MANIFEST -o {folder} --plan`."
        raise UsageError(msg) from error
    return FleetPlan(**{**record, "shards": tuple(record["shards"])})


def _asked(table: str) -> Iterator[tuple[str, str]]:
    pa = load_pyarrow()
    for batch in pa.parquet.ParquetFile(table).iter_batches(columns=["id", "file", "asked"]):
        for row in batch.to_pylist():
            if row["asked"]:
                yield row["id"], row["file"]


def _hash(file: str) -> int:
    return int.from_bytes(hashlib.sha256(file.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _write_spec(spec: ShardSpec) -> str:
    target = Path(spec.folder) / "shards" / f"{spec.id}.json"
    _write(target, spec.to_record())
    return str(target)


def _write(target: Path, record: Mapping[str, Any]) -> None:
    temporary = target.with_suffix(".tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))
        temporary.chmod(0o600)
        replace(temporary, target)
    except OSError as error:
        msg = f"{target} cannot be written ({error.strerror}); make room or choose another folder."
        raise StorageError(msg) from error
