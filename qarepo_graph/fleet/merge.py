"""All parts to one dataset: the formats of ``qarepo export``, one card, and the leakage counted on the rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.dataset.card import CardFacts, RowTally, render_card
from qarepo_graph.dataset.context import json_bytes
from qarepo_graph.dataset.export import DatasetOptions, DatasetSummary, Sinks, dataset_info, make_folders, write_text
from qarepo_graph.dataset.formats import SPLITS, TRAIN, Record
from qarepo_graph.dataset.leakage import Leakage
from qarepo_graph.dataset.parquet import load_pyarrow
from qarepo_graph.dataset.publish import Publication
from qarepo_graph.dataset.splits import SplitMode, Splits
from qarepo_graph.errors import UsageError
from qarepo_graph.fleet.parts import part_facts
from qarepo_graph.fleet.plan import FleetOptions, FleetPlan, read_spec
from qarepo_graph.fleet.survey import body_hash

DATASET = "dataset"
"""Folder of the merged dataset inside the fleet's."""


def merge_parts(
    plan: FleetPlan, options: FleetOptions, formats: Sequence[str], *, force: bool = False
) -> DatasetSummary:
    """Write the rows of all finished parts as one dataset folder, in the order of the plan.

    The same parts give the same bytes. Shards without a part are left out; the caller knows them.

    Args:
        plan: The fleet's plan.
        options: How it was cut.
        formats: Names of ``FORMATS``, the first is the hub's default.
        force: Replace files that are not ours.

    Raises:
        UsageError: When there is no row, or the folder is not ours.
        StorageError: When the disk fails.
    """
    formats = DatasetOptions(formats=formats).checked().formats
    parts = [spec.part for spec in map(read_spec, plan.shards) if spec.part.is_file()]
    folder = Path(options.folder) / DATASET
    context = str(options.knobs.get("context", "auto"))
    tally, meter = RowTally(), FleetLeakage()
    present = [split for split in SPLITS if any(True for _ in read_records(parts, split))]
    if not present:
        msg = "There is no row to merge: every result was rejected or nothing was asked; see the shards' runs."
        raise UsageError(msg)
    make_folders(folder, [*formats, "metadata"])
    with Publication(folder / "manifest.json", force=force) as publication:
        sinks = {split: Sinks(publication, folder, split, formats) for split in present}
        for split in present:
            for record in read_records(parts, split):
                sinks[split].add(record)
                tally.add(split, record)
                meter.add(split, record)
        held_out = options.split != "none"
        mode: SplitMode = "by-repository" if held_out else "none"
        card = CardFacts(
            title="Questions and answers about many repositories",
            tally=tally,
            splits=Splits(mode, options.seed, dict(zip(present, present, strict=True))),  # names the splits, no rows
            leakage=meter.result() if held_out else None,
            formats=formats,
            context=context,
            reasoning=False,
            run=_report(parts),
        )
        write_text(publication, folder / "README.md", render_card(card))
        info = json_bytes(dataset_info(formats, present, system=False))
        write_text(publication, folder / "dataset_info.json", info.decode() + "\n")
        facts = {"generator": f"qarepo-graph {__version__}", "split": mode, "seed": options.seed, "parts": len(parts)}
        manifest = publication.commit(facts)
    return DatasetSummary(
        folder=folder,
        files=manifest["files"],
        rows=tally.by_split(),
        mixed=0,
        leakage=card.leakage,
        context=context,
        context_switched=False,
    )


def read_records(parts: Sequence[Path], split: str = "") -> Iterator[Record]:
    """Yield the rows of parts, in order, of one split or of all."""
    pa = load_pyarrow()
    for part in parts:
        for batch in pa.parquet.ParquetFile(part).iter_batches(batch_size=1024):
            for row in batch.to_pylist():
                if not split or row["split"] == split:
                    yield _record(row)


def _record(row: dict[str, Any]) -> Record:
    metadata = orjson.loads(row["metadata"])
    del metadata["id"]
    shown = row["input"]
    context = "" if shown.startswith('{"function_list":[],') else shown
    return Record(
        id=row["id"],
        instruction=row["instruction"],
        input=shown,
        context=context,
        output=row["output"],
        metadata=metadata,
    )


@dataclass
class FleetLeakage:
    """Counts, on the rows as they are written, what training gives away about held-out rows.

    Rows are taken training first. Bodies are compared by their text with white space folded; what a row's own
    ``input`` shows of its function tells that text.
    """

    _trained: dict[str, set[bytes | str]] = field(
        default_factory=lambda: {name: set() for name in ("question", "answer", "function", "shown")}
    )
    _counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("rows", "questions", "answers", "functions", "bodies", "shown", "own_answer"), 0
        )
    )
    _last: tuple[str, list[dict[str, Any]]] = ("", [])

    def add(self, split: str, record: Record) -> None:
        """Take one row."""
        question = _digest(" ".join(record.instruction.casefold().split()))
        answer = _digest(record.output)
        cited = {one["code_hash"] for one in record.metadata["provenance"]["functions"]}
        shown = self._shown(record.input)
        bodies = {body_hash(one["code"]) for one in shown if one.get("code")}
        if split == TRAIN:
            self._trained["question"].add(question)
            self._trained["answer"].add(answer)
            self._trained["function"] |= cited
            self._trained["shown"] |= bodies
            return
        names = {one.rpartition("::")[2].split(" ")[0] for one in record.metadata["function_ids"]}
        own = [one for one in shown if one["name"] in names]
        mine = {body_hash(one["code"]) for one in own if one.get("code")}
        self._counts["rows"] += 1
        self._counts["questions"] += question in self._trained["question"]
        self._counts["answers"] += answer in self._trained["answer"]
        self._counts["functions"] += not self._trained["function"].isdisjoint(cited)
        self._counts["bodies"] += not self._trained["shown"].isdisjoint(mine)
        self._counts["shown"] += not self._trained["shown"].isdisjoint(mine)
        self._counts["own_answer"] += record.metadata["scenario"] == 1 and any(
            one["metadata"]["description"] and record.output.startswith(one["metadata"]["description"]) for one in own
        )

    def result(self) -> Leakage:
        """Return the counts."""
        return Leakage(**self._counts)

    def _shown(self, text: str) -> list[dict[str, Any]]:
        if text != self._last[0]:
            self._last = (text, orjson.loads(text)["function_list"])
        return self._last[1]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()


def _report(parts: Sequence[Path]) -> Any:
    """Return the sum of all runs' reports, for the card."""
    total: dict[str, dict[str, int]] = {}
    counted: set[tuple[str, str]] = set()
    for part in parts:
        facts = part_facts(part)
        for name, counts in facts["run"].items():
            if name in ("files", "functions"):  # every slice of a repository parses all of it
                if (facts["repository"], name) in counted:
                    continue
                counted.add((facts["repository"], name))
            into = total.setdefault(name, {})
            for key, count in counts.items():
                into[key] = into.get(key, 0) + count
    return total
