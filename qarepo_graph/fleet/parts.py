"""A shard's rows as one Parquet file, and what the file says of itself.

A part is whole or not there: it is written under another name, flushed, read back and renamed. Ids begin with the
repository's name, because two repositories may both have a ``setup.py::main``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph.dataset.export import DatasetOptions, RecordMaker
from qarepo_graph.dataset.formats import FORMATS, TRAIN, Record
from qarepo_graph.dataset.parquet import ParquetFile, load_pyarrow
from qarepo_graph.dataset.publish import replace
from qarepo_graph.dataset.rows import by_answer
from qarepo_graph.dataset.splits import Splits
from qarepo_graph.dataset.writer import ExportOptions
from qarepo_graph.engine.runs import use_run
from qarepo_graph.errors import StorageError
from qarepo_graph.fleet.shard_spec import ShardSpec
from qarepo_graph.nodes.pairs import pair_source
from qarepo_graph.schema import QAPair
from qarepo_graph.state import RepoOutput

COLUMNS = ("repository", "split", "metadata")
"""Text columns beside those of ``qarepo export --format parquet``; ``metadata`` is the sidecar's line as JSON."""

_REPORTED = ("files", "functions", "describe", "paraphrase", "ideate_requirements", "critique")


def write_part(spec: ShardSpec, state: RepoOutput) -> int:
    """Write a finished run's rows as the shard's part and return their number.

    Args:
        spec: The shard.
        state: The final state of its run.

    Raises:
        StorageError: When the part cannot be written.
    """
    settings = spec.settings()
    shown = ExportOptions(
        repository_description=spec.description,
        context=settings.context,
        context_budget=settings.context_budget,
        code=settings.code,
        answer_code=settings.answer_code,
    )
    report = {name: state.get(name, {}) for name in _REPORTED}
    facts = {"shard": spec.id, "repository": spec.repository, "run": orjson.dumps(report).decode()}
    with use_run(spec.repo_dir, settings, str(spec.run_dir), last=True) as run:
        source = pair_source(run, {"repo_description": spec.description})
        # Parts are made for training: no row's input tells its own answer, whether or not something is held out.
        maker = RecordMaker(source.functions, DatasetOptions(rows=shown), Splits("by-function", 0, {}), spec.split)
        asked = frozenset(spec.functions)
        encode = FORMATS["parquet"].encode
        with _part_file(spec, facts) as file:
            for run_of_rows in by_answer(pair for pair in source.pairs() if _is_ours(pair, spec.split, asked)):
                for record in (renamed(each, spec.repository) for each in maker.records(run_of_rows)):
                    metadata = orjson.dumps({"id": record.id, **record.metadata}).decode()
                    mine = {"repository": spec.repository, "split": spec.split, "metadata": metadata}
                    file.add_row(encode(record) | mine)
        return file.rows


def _is_ours(pair: QAPair, split: str, asked: frozenset[str]) -> bool:
    """Say whether a row belongs to this shard.

    A row about code belongs to the shard that was given its first function: what is computed from the index alone is
    computed in every slice. A held-out requirement cites no function that was left to another repository.
    """
    if not asked:
        return True
    if pair.scenario == 1:
        return pair.function_ids[0] in asked
    return split == TRAIN or asked.issuperset(pair.function_ids)


def renamed(record: Record, repository: str) -> Record:
    """Return the record with the repository's name before every id."""
    facts: dict[str, Any] = dict(record.metadata)
    facts["group_id"] = f"{repository}/{facts['group_id']}"
    facts["function_ids"] = [f"{repository}/{one}" for one in facts["function_ids"]]
    facts["provenance"] = facts["provenance"] | {"repository": repository}
    return Record(
        id=f"{repository}/{record.id}",
        instruction=record.instruction,
        input=record.input,
        context=record.context,
        output=record.output,
        system=record.system,
        reasoning=record.reasoning,
        metadata=facts,
    )


@contextmanager
def _part_file(spec: ShardSpec, facts: Mapping[str, str]) -> Iterator[ParquetFile]:
    try:
        spec.part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = ParquetFile(spec.part, COLUMNS, facts)
    except OSError as error:
        msg = f"{spec.part} cannot be written ({error.strerror}); make room or choose another folder."
        raise StorageError(msg) from error
    try:
        yield file
        file.finish()
        replace(file.temporary, spec.part)
    except OSError as error:
        msg = f"{spec.part} cannot be written ({error.strerror}); make room and run the same command again."
        raise StorageError(msg) from error
    finally:
        file.discard()


def part_rows(part: Path) -> int:
    """Return the number of rows of a part.

    Raises:
        StorageError: When the file is damaged.
    """
    return int(_metadata(part).num_rows)


def part_facts(part: Path) -> dict[str, Any]:
    """Return what a part says of itself: ``shard``, ``repository`` and the ``run``'s counts.

    Raises:
        StorageError: When the file is damaged.
    """
    kept = _metadata(part).metadata
    return {name: kept[name.encode()].decode() for name in ("shard", "repository")} | {
        "run": orjson.loads(kept[b"run"])
    }


def _metadata(part: Path) -> Any:
    pa = load_pyarrow()
    try:
        return pa.parquet.read_metadata(part)
    except (OSError, pa.ArrowException) as error:
        msg = f"{part} is no readable part; delete it and run the same command again (its answers are kept)."
        raise StorageError(msg) from error
