"""A finished run to a dataset folder: the ledger's pairs, again and in any format, without another model call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from qarepo_graph.dataset.export import DatasetOptions, DatasetSummary, export_dataset
from qarepo_graph.engine.runs import Run, use_run
from qarepo_graph.errors import UsageError
from qarepo_graph.ledger.directory import LEDGER_NAME, default_run_dir
from qarepo_graph.ledger.snapshot import count_files, count_functions, get_meta
from qarepo_graph.ledger.work import count_items
from qarepo_graph.nodes.pairs import PairSource, pair_source
from qarepo_graph.schema import QAPair
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoOutput, RepoState, StageCounts


def export_run(
    source: Path, folder: Path, options: DatasetOptions | None = None, settings: Settings | None = None
) -> DatasetSummary:
    """Write a run's rows as a dataset folder.

    Args:
        source: The run directory, or the repository whose run lies in ``.qarepo/``.
        folder: Where the dataset goes.
        options: Formats, splits and what goes into a row; the repository's description is the run's own.
        settings: Of the run: ``language``, where it is not the description's, and ``question_types``.

    Raises:
        UsageError: There is no run, or the dataset cannot be made as asked.
        StorageError: The disk fails.
    """
    options = (options or DatasetOptions()).checked()
    directory = find_run(source)
    with use_run("", settings or Settings(), str(directory), last=True) as run:
        description = run.ledger.run(partial(get_meta, name="repo_description"))
        state: RepoState = {"repo_description": description, "run_dir": str(directory)}
        options = replace(options, rows=replace(options.rows, repository_description=description))
        pairs = pair_source(run, state)
        return export_dataset(_Pairs(pairs), pairs.functions, folder, options, run=_report(run))


def find_run(source: Path) -> Path:
    """Return the run directory that a path stands for.

    Raises:
        UsageError: When it is neither a run directory nor a repository with a run.
    """
    for directory in (source, default_run_dir(source)):
        if (directory / LEDGER_NAME).is_file():
            return directory
    msg = f"{source} holds no run and none belongs to it; make one with `qarepo generate`, or name its --run-dir."
    raise UsageError(msg)


@dataclass(frozen=True)
class _Pairs:
    """The run's pairs, read anew each time: an export looks at them twice and keeps none."""

    source: PairSource

    def __iter__(self) -> Iterator[QAPair]:
        return self.source.pairs()


def _report(run: Run) -> RepoOutput:
    counts = run.ledger.run(count_items)
    report: RepoOutput = {"files": run.ledger.run(count_files), "functions": run.ledger.run(count_functions)}
    report["describe"] = _counts(counts.get("describe", {}))
    report["paraphrase"] = _counts(counts.get("paraphrase", {}))
    report["ideate_requirements"] = _counts(counts.get("ideate_requirements", {}))
    return report


def _counts(by_status: dict[str, int]) -> StageCounts:
    return {
        "total": sum(by_status.values()),
        "accepted": by_status.get("accepted", 0),
        "rejected": by_status.get("rejected", 0),
        "failed": by_status.get("failed", 0),
    }
