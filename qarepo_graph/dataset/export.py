"""A folder that trainers and the hub read: formats by splits, card, dataset_info.json, metadata, manifest.

::

    folder/README.md            the card; its front matter lets `load_dataset(folder, format)` find the files
    folder/dataset_info.json    for LLaMA-Factory
    folder/<format>/<split>.*   the rows
    folder/metadata/<split>.jsonl
    folder/manifest.json        counts and hashes: what is ours and may be replaced
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.dataset.answers import steps_text
from qarepo_graph.dataset.card import CardFacts, RowTally, render_card
from qarepo_graph.dataset.context import InputBuilder, json_bytes
from qarepo_graph.dataset.formats import FORMATS, TRAIN, Format, Record
from qarepo_graph.dataset.functions import FunctionStore
from qarepo_graph.dataset.leakage import Leakage, LeakageMeter
from qarepo_graph.dataset.mix import read_general_rows, sample_share
from qarepo_graph.dataset.parquet import ParquetFile, load_pyarrow
from qarepo_graph.dataset.publish import OutputFile, Publication
from qarepo_graph.dataset.rows import answer_of, by_answer, encoded_rows, metadata_lines, shared_facts
from qarepo_graph.dataset.splits import SPLIT_MODES, SplitMode, Splits, assign_splits
from qarepo_graph.dataset.writer import ExportOptions, warn_if_large
from qarepo_graph.errors import StorageError, UsageError
from qarepo_graph.schema import QAPair
from qarepo_graph.state import RepoOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOptions:
    """How the folder is made.

    Attributes:
        rows: What goes into a row.
        formats: Names of ``FORMATS``, the first is the hub's default.
        split: How rows are held out.
        ratios: Share of rows per split.
        seed: Of the split and of the sample mixed in.
        system: System message of every row; empty leaves the chat template's own.
        reasoning: Begin answers, but for those of the ``qarepo`` format, with a ``<think>`` block of the logic steps.
        mix: A file of general-instruction rows to mix into training.
        mix_share: Their share of the mixed training rows.
        title: Heading of the card.
    """

    rows: ExportOptions = field(default_factory=ExportOptions)
    formats: Sequence[str] = ("qarepo",)
    split: SplitMode = "none"
    ratios: Mapping[str, float] = field(default_factory=lambda: {"train": 0.8, "validation": 0.1, "test": 0.1})
    seed: int = 0
    system: str = ""
    reasoning: bool = False
    mix: Path | None = None
    mix_share: float = 0.1
    title: str = "Repository questions and answers"

    def checked(self) -> DatasetOptions:
        """Return self, or raise UsageError or MissingExtraError for what cannot work."""
        unknown = [name for name in self.formats if name not in FORMATS]
        if unknown or not self.formats:
            msg = f"--format {','.join(unknown)!r} is unknown; choose from {', '.join(FORMATS)}."
            raise UsageError(msg)
        if self.split not in SPLIT_MODES:
            msg = f"--split {self.split!r} is unknown; choose one of {', '.join(SPLIT_MODES)}."
            raise UsageError(msg)
        if "parquet" in self.formats:
            load_pyarrow()
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """What was written.

    Attributes:
        folder: Where.
        files: Rows, bytes and sha256 by file.
        rows: Rows by split, general ones included.
        mixed: General-instruction rows among them.
        leakage: Counted on the written rows; None where nothing is held out.
        context: Context mode in effect.
        context_switched: True when ``auto`` fell back to ``relevant``.
    """

    folder: Path
    files: dict[str, Any]
    rows: dict[str, int]
    mixed: int
    leakage: Leakage | None
    context: str
    context_switched: bool

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {**asdict(self), "folder": str(self.folder)}


def export_dataset(
    pairs: Iterable[QAPair],
    functions: FunctionStore,
    folder: Path,
    options: DatasetOptions,
    *,
    run: RepoOutput | None = None,
) -> DatasetSummary:
    """Write the pairs in every format asked for, split, with card and metadata. The same pairs give the same bytes.

    Args:
        pairs: The pairs, a group's rows one after another; read more than once, so a list or an object that can start
            again.
        functions: The run's functions.
        folder: Made when only it is missing.
        options: How.
        run: The run's report, for the card.

    Raises:
        UsageError: Unknown format or split, no pair at all, a split that would stay empty, a folder not ours.
        MissingExtraError: Parquet without pyarrow.
        StorageError: The disk is full, read-only or failing.
    """
    options = options.checked()
    splits = assign_splits(pairs, functions, mode=options.split, ratios=options.ratios, seed=options.seed)
    if not any(True for _ in pairs):
        msg = "There is no row to export: every result was rejected or nothing was asked; see the run's report."
        raise UsageError(msg)
    makers = {name: RecordMaker(functions, options, splits, name) for name in splits.names}
    maker = makers[TRAIN]
    general: Sequence[Record] = ()
    if options.mix:
        general = read_general_rows(options.mix)
        trained = sum(splits.of(pair.id) == TRAIN for pair in pairs)
        general = sample_share(general, trained, options.mix_share, options.seed)
        general = [replace(record, system=options.system) for record in general]
    make_folders(folder, [*options.formats, "metadata"])
    if maker.inputs.shared_bytes:
        warn_if_large(maker.inputs, sum(1 for _ in pairs), len(options.formats))
    tally = RowTally()
    meter = LeakageMeter(splits.bodies, splits.places) if splits.mode != "none" else None
    with Publication(folder / "manifest.json", force=options.rows.force) as publication:
        sinks = {split: Sinks(publication, folder, split, options.formats) for split in splits.names}
        for split, records in _records(pairs, splits, makers, general):
            sinks[split].add(*records)
            tally.add(split, records[0], len(records))
            if meter is not None:
                meter.add(split, *records)
        leakage = meter.result() if meter is not None else None
        card = CardFacts(
            title=options.title,
            tally=tally,
            splits=splits,
            leakage=leakage,
            formats=options.formats,
            context=maker.inputs.mode,
            reasoning=options.reasoning,
            run=run,
        )
        write_text(publication, folder / "README.md", render_card(card))
        info = json_bytes(dataset_info(options.formats, splits.names, system=bool(options.system)))
        write_text(publication, folder / "dataset_info.json", info.decode() + "\n")
        manifest = publication.commit(
            {"generator": f"qarepo-graph {__version__}", "split": splits.mode, "seed": splits.seed}
        )
    return DatasetSummary(
        folder=folder,
        files=manifest["files"],
        rows=tally.by_split(),
        mixed=sum(tally.mixed.values()),
        leakage=leakage,
        context=maker.inputs.mode,
        context_switched=maker.inputs.switched,
    )


class RecordMaker:
    """Makes the records of one split: its own view of the functions decides what ``input`` may show.

    Args:
        functions: The run's functions.
        options: How rows are made.
        splits: What is held out; with any mode but ``none`` a row's ``input`` does not tell its own answer.
        split: The split the records go to.
    """

    def __init__(self, functions: FunctionStore, options: DatasetOptions, splits: Splits, split: str) -> None:
        rows = options.rows
        self._functions = functions
        self._options = options
        self.inputs = InputBuilder(
            functions,
            rows.repository_description,
            mode=rows.context,
            budget=rows.context_budget,
            include_code=rows.code,
            hidden=splits.hidden_from(split),
            # Held-out recall means nothing when the answer stands in the question's own input.
            hide_own=splits.mode != "none",
        )

    def records(self, pairs: Sequence[QAPair]) -> list[Record]:
        """Return pairs that share their answer as records; they share everything but id and question."""
        first = pairs[0]
        shown = self.inputs.text(first)
        context = "" if self.inputs.mode == "none" else shown
        output = answer_of(first, self._functions, include_code=self._options.rows.answer_code)
        reasoning = steps_text(first) if self._options.reasoning else ""
        metadata = shared_facts(first)
        return [
            Record(
                id=pair.id,
                instruction=pair.question,
                input=shown,
                context=context,
                output=output,
                system=self._options.system,
                reasoning=reasoning,
                metadata=metadata,
            )
            for pair in pairs
        ]


class Sinks:
    """The files one split is written to.

    Args:
        publication: What puts them in place.
        folder: The dataset's folder.
        split: The split.
        formats: Names of ``FORMATS``.
    """

    def __init__(self, publication: Publication, folder: Path, split: str, formats: Sequence[str]) -> None:
        self._files: list[tuple[Format, OutputFile | ParquetFile]] = []
        for name in formats:
            form = FORMATS[name]
            target = folder / name / f"{split}{form.suffix}"
            if form.suffix == ".parquet":
                publication.check(target)
                columns = ParquetFile(target)
                publication.adopt(columns)
                self._files.append((form, columns))
            else:
                self._files.append((form, publication.open(target, array=form.suffix == ".json")))
        self._metadata = publication.open(folder / "metadata" / f"{split}.jsonl")

    def add(self, *records: Record) -> None:
        """Write rows that share everything but id and question into every file."""
        for form, file in self._files:
            if isinstance(file, ParquetFile):
                for record in records:
                    file.add_row(form.encode(record))
            else:
                file.add(*encoded_rows(form, records))
        self._metadata.add(*metadata_lines([record.id for record in records], records[0].metadata))


def _records(
    pairs: Iterable[QAPair], splits: Splits, makers: Mapping[str, RecordMaker], general: Iterable[Record]
) -> Iterator[tuple[str, Sequence[Record]]]:
    """Yield the records of each split by their answer, then the general ones."""
    for run in by_answer(pairs):
        by_split: dict[str, list[QAPair]] = {}
        for pair in run:
            by_split.setdefault(splits.of(pair.id), []).append(pair)
        for split, mine in by_split.items():
            yield split, makers[split].records(mine)
    for record in general:
        yield TRAIN, [record]


def dataset_info(formats: Sequence[str], splits: Sequence[str], *, system: bool) -> dict[str, Any]:
    """Return LLaMA-Factory's index. Names are ASCII: it opens the file with the platform's default encoding."""
    info = {}
    for name in formats:
        form = FORMATS[name]
        if form.dataset_info:
            block = dict(form.dataset_info)
            if not system:
                block["columns"] = {key: column for key, column in block["columns"].items() if key != "system"}
            for split in splits:
                info[f"{name}_{split}"] = {"file_name": f"{name}/{split}{form.suffix}", **block}
    return info


def write_text(publication: Publication, target: Path, text: str) -> None:
    """Add a text file to a publication."""
    publication.open(target).write(text.encode("utf-8", "replace"))


def make_folders(folder: Path, names: Sequence[str]) -> None:
    """Make a dataset's folders.

    Raises:
        UsageError: When the folder cannot be one.
        StorageError: When it cannot be written.
    """
    if not folder.parent.is_dir():
        msg = f"The folder {folder.parent} does not exist; create it or choose another output."
        raise UsageError(msg)
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file; name a folder for the dataset."
        raise UsageError(msg)
    try:
        for path in (folder, *(folder / name for name in names)):
            path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        msg = f"Cannot write into {folder} ({error.strerror}); choose another output."
        raise StorageError(msg) from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an exported folder.

    Raises:
        UsageError: When the folder is none.
    """
    try:
        manifest: dict[str, Any] = orjson.loads((folder / "manifest.json").read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        msg = f"{folder} is no exported dataset (no manifest.json); make one with `qarepo export`."
        raise UsageError(msg) from error
    return manifest
