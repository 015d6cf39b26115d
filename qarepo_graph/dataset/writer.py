"""The main job's last step: pairs to one file in the seed's format, beside it each row's provenance and a manifest."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qarepo_graph import __version__
from qarepo_graph.dataset.context import ContextMode, InputBuilder
from qarepo_graph.dataset.functions import FunctionStore
from qarepo_graph.dataset.publish import Publication, check_target, known_hashes
from qarepo_graph.dataset.rows import SeedRows, by_answer, metadata_lines, shared_facts
from qarepo_graph.errors import UsageError
from qarepo_graph.schema import QAPair

LARGE_EXPORT = 1_000_000_000
"""Bytes from which the user is told before they are written."""

_LOG = logging.getLogger(__name__)

_SUFFIXES = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What goes into the rows.

    Attributes:
        repository_description: The user's words, part of every ``input``.
        context: Functions in ``input``; ``auto`` = all while they fit the budget, else the relevant ones.
        context_budget: Tokens of context per row for ``auto`` and ``relevant``.
        code: Keep ``code`` in the records of ``input``.
        answer_code: Close scenario 1 answers with the function's code.
        force: Replace files that are not ours.
    """

    repository_description: str = ""
    context: ContextMode = "auto"
    context_budget: int = 8000
    code: bool = True
    answer_code: bool = True
    force: bool = False

    def inputs(self, functions: FunctionStore) -> InputBuilder:
        """Return what makes the rows' ``input`` by these options."""
        return InputBuilder(
            functions,
            self.repository_description,
            mode=self.context,
            budget=self.context_budget,
            include_code=self.code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What was written.

    Attributes:
        output: The dataset file.
        sidecar: Each row's id, group, question type and provenance, line by line in the order of the rows.
        manifest: Counts and hashes of both.
        rows: Rows written.
        bytes: Size of the dataset file.
        sha256: Its hash.
        context: Context mode in effect.
        context_switched: True when ``auto`` fell back to ``relevant`` because the full list is over the budget.
        scenarios: Rows by scenario.
        languages: Rows by language.
    """

    output: str
    sidecar: str
    manifest: str
    rows: int
    bytes: int
    sha256: str
    context: str
    context_switched: bool
    scenarios: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types, for the graph's state."""
        return asdict(self)


def check_output(output: Path, *, force: bool = False) -> None:
    """Refuse an output that could not be written later: worth calling before any work is done.

    Raises:
        UsageError: Wrong suffix, missing folder, or a file that is not ours.
        StorageError: The folder cannot be written.
    """
    _check_suffix(output)
    known = known_hashes(_manifest_path(output))
    for target in (output, _sidecar_path(output)):
        check_target(target, known.get(target.name, frozenset()), force=force)


def _check_suffix(output: Path) -> None:
    if output.suffix.lower() not in _SUFFIXES:
        msg = f"{output.name} has no known file type; name the output something.json or something.jsonl."
        raise UsageError(msg)


def warn_if_large(inputs: InputBuilder, rows: int, files: int = 1) -> None:
    """Tell of more than :data:`LARGE_EXPORT` bytes before they are written.

    Args:
        inputs: What makes the rows' ``input``; only the full list, which stands in every row, makes such files.
        rows: About how many rows there will be.
        files: Formats they are written in.
    """
    size = inputs.shared_bytes * rows * files
    if size > LARGE_EXPORT:
        _LOG.warning(
            "About %.1f GB are being written: each of about %s rows lists every function; "
            "--context relevant lists only those a row is about.",
            size / 1e9,
            f"{rows:,}",
        )


def write_dataset(
    pairs: Iterable[QAPair], functions: FunctionStore, output: Path, options: ExportOptions, *, rows: int = 0
) -> ExportSummary:
    """Write the pairs as one file in the seed's format: a JSON array, or JSONL when the name ends so.

    The same pairs give the same bytes. Nothing is put in place before everything is written, flushed and read back.

    Args:
        pairs: The pairs in their final order, a group's rows one after another; read once.
        functions: The run's functions.
        output: The file; its suffix chooses the layout.
        options: What goes into the rows.
        rows: About how many pairs there are, so that a large file is told before it is written.

    Raises:
        UsageError: No pair at all, or an output that cannot be replaced.
        StorageError: The disk is full, read-only or failing.
    """
    output = output.absolute()
    _check_suffix(output)
    sidecar = _sidecar_path(output)
    inputs = options.inputs(functions)
    warn_if_large(inputs, rows)
    scenarios: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    with Publication(_manifest_path(output), force=options.force) as publication:
        data = publication.open(output, array=output.suffix.lower() == ".json")
        meta = publication.open(sidecar)
        encoder = SeedRows(functions, inputs, answer_code=options.answer_code)
        for run in by_answer(pairs):
            data.add(*encoder.encode(run))
            meta.add(*metadata_lines([pair.id for pair in run], shared_facts(run[0])))
            scenarios[str(run[0].scenario)] += len(run)
            languages[run[0].language] += len(run)
        if not scenarios:
            msg = "There is no row to export: every result was rejected or nothing was asked; see the run's report."
            raise UsageError(msg)
        manifest = publication.commit(
            {
                "generator": f"qarepo-graph {__version__}",
                "format": "qarepo",
                "context": inputs.mode,
                "scenarios": _sorted(scenarios),
                "languages": _sorted(languages),
            }
        )
    entry = manifest["files"][output.name]
    return ExportSummary(
        output=str(output),
        sidecar=str(sidecar),
        manifest=str(publication.manifest),
        rows=entry["rows"],
        bytes=entry["bytes"],
        sha256=entry["sha256"],
        context=inputs.mode,
        context_switched=inputs.switched,
        scenarios=manifest["scenarios"],
        languages=manifest["languages"],
    )


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))


def _sidecar_path(output: Path) -> Path:
    return output.with_name(output.name + ".meta.jsonl")


def _manifest_path(output: Path) -> Path:
    return output.with_name(output.name + ".manifest.json")
