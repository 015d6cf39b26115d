"""The dataset card: what is in the files, where it came from and what its numbers may be read as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qarepo_graph.dataset.formats import FORMATS, Record
from qarepo_graph.dataset.leakage import Leakage
from qarepo_graph.dataset.splits import Splits
from qarepo_graph.safety.licences import output_notice
from qarepo_graph.state import RepoOutput

_STAGES = ("describe", "paraphrase", "ideate_requirements", "critique")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass
class RowTally:
    """Counts over the rows as they are written."""

    rows: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    gates: Counter[tuple[str, str]] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    repositories: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    mixed: Counter[str] = field(default_factory=Counter)

    def add(self, split: str, record: Record, rows: int = 1) -> None:
        """Count a row, or so many that differ from it in id and question alone."""
        facts, source = record.metadata, record.metadata["provenance"]
        self.rows[split, facts["scenario"], facts["language"], facts["question_type"]] += rows
        if facts["scenario"] == 0:
            self.mixed[source["source"]] += rows
            return
        self.sources[source["model"], source["generator"]] += rows
        for outcome in source["gates"].items():
            self.gates[outcome] += rows
        self.licences[source["licence"] or "none found"] += rows
        self.repositories[source["repository"]] = source["commit"]
        self.prompts[source["prompt"]] = source["prompt_sha256"]
        if source["question_prompt"]:
            self.prompts[source["question_prompt"]] = source["question_prompt_sha256"]
        self.functions.update(facts["function_ids"])

    def by_split(self) -> dict[str, int]:
        """Return rows per split."""
        totals: Counter[str] = Counter()
        for (split, *_), count in self.rows.items():
            totals[split] += count
        return dict(totals)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Everything a card tells.

    Attributes:
        title: Its heading.
        tally: Counts over the rows.
        splits: How rows were split.
        leakage: What training gives away about the held-out rows; None where nothing is held out.
        formats: Formats written.
        context: Context mode in effect.
        reasoning: True when answers carry a ``<think>`` block.
        run: The run's own report, where there is one: files, functions and what became of each stage's items.
    """

    title: str
    tally: RowTally
    splits: Splits
    leakage: Leakage | None
    formats: Sequence[str]
    context: str
    reasoning: bool
    run: RepoOutput | None = None


def render_card(facts: CardFacts) -> str:
    """Return the card as Markdown with the hub's front matter; the same facts give the same text."""
    sections = [_front_matter(facts), f"# {facts.title}\n", _summary(facts), _rows(facts), _split(facts)]
    sections += [_provenance(facts), _checks(facts), _loading(facts)]
    return "\n".join(section for section in sections if section)


def _front_matter(facts: CardFacts) -> str:
    languages = sorted({language for _, _, language, _ in facts.tally.rows if language})
    total = sum(facts.tally.rows.values())
    size = next((name for limit, name in _SIZES if total < limit), "n>1M")
    lines = ["---", "language:"]
    lines += [f"- {language}" for language in languages]
    lines += ["task_categories:", "- text-generation", "- question-answering", "tags:", "- code", "- qarepo-graph"]
    lines += ["size_categories:", f"- {size}", "configs:"]
    for name in _loadable_by_name(facts.formats):
        lines.append(f"- config_name: {name}")
        if name == facts.formats[0]:
            lines.append("  default: true")
        lines.append("  data_files:")
        for split in facts.splits.names:
            lines += [f"  - split: {split}", f"    path: {name}/{split}{FORMATS[name].suffix}"]
    return "\n".join([*lines, "---", ""])


def _loadable_by_name(formats: Sequence[str]) -> list[str]:
    """Return the formats of the first one's kind: `datasets` reads a folder with one reader, JSON or Parquet."""
    kind = FORMATS[formats[0]].suffix == ".parquet"
    return [name for name in formats if (FORMATS[name].suffix == ".parquet") == kind]


def _summary(facts: CardFacts) -> str:
    repositories = ", ".join(
        f"{_cell(name)} at {commit[:12]}" if commit else _cell(name)
        for name, commit in facts.tally.repositories.items()
    )
    rules = sum(count for (_, generator), count in facts.tally.sources.items() if generator == "rules")
    total = sum(facts.tally.sources.values())
    written = "every answer and question was written by rules, no model took part" if rules == total else ""
    if rules and not written:
        written = f"{rules} of {total} rows were written by rules, the others by the models below"
    lines = [
        f"Questions and answers about the source code of {repositories}, made by qarepo-graph.",
        "Scenario 1 asks how existing functions work; scenario 2 asks how to build something new on them.",
    ]
    if written:
        lines.append(f"Note: {written}.")
    if facts.context == "full" and facts.splits.mode == "none":
        lines.append(
            "Every row's `input` lists all functions with their descriptions, the asked one included: the original "
            "layout, meant for an unsplit file; it shows a model the answer."
        )
    if facts.reasoning:
        lines.append("Answers begin with a `<think>` block of the logic steps, but for those of the `qarepo` format.")
    return "\n".join(lines) + "\n"


def _rows(facts: CardFacts) -> str:
    lines = ["## Rows\n", "| split | scenario | language | question type | rows |", "|---|---|---|---|---|"]
    for (split, scenario, language, question_type), count in sorted(facts.tally.rows.items()):
        lines.append(f"| {split} | {scenario or '-'} | {language or '-'} | {question_type} | {count} |")
    lines.append(f"\n{len(facts.tally.functions)} functions are cited. Context in `input`: {facts.context}.")
    for source, count in sorted(facts.tally.mixed.items()):
        total = facts.tally.by_split().get("train", 0)
        lines.append(f"\n{count} general-instruction rows ({count / total:.1%} of training) come from {_cell(source)}.")
    return "\n".join(lines) + "\n"


def _split(facts: CardFacts) -> str:
    meaning = {
        "none": "Nothing is held out.",
        "by-function": "Held-out rows are about functions that training never cites, shows, or holds a near copy of: "
        "scores on them measure generalisation, not recall.",
        "by-paraphrase": "Held-out rows ask trained questions in other words: scores on them measure recall. "
        "A requirement has one wording, so held-out rows of scenario 2 are requirements training never saw.",
        "by-repository": "Held-out rows are about repositories that training never shows, and about no function that a "
        "training repository holds a copy or near copy of: scores on them measure generalisation, not recall.",
    }[facts.splits.mode]
    lines = ["## Split\n", f"`{facts.splits.mode}`, seed {facts.splits.seed}. {meaning}"]
    if facts.leakage is not None:
        leak = facts.leakage
        lines += [
            f"\nMeasured on the written rows, of {leak.rows} held-out rows:\n",
            "| their | stands in training |",
            "|---|---|",
            f"| question | {leak.questions} |",
            f"| answer | {leak.answers} |",
            f"| function, cited | {leak.functions} |",
            f"| function, by a near-identical body | {leak.bodies} |",
            f"| function, shown in an `input` | {leak.shown} |",
            f"| own answer, in their own `input` | {leak.own_answer} |",
        ]
    return "\n".join(lines) + "\n"


def _provenance(facts: CardFacts) -> str:
    tally = facts.tally
    lines = ["## Provenance\n", "| model | generator | rows |", "|---|---|---|"]
    lines += [f"| {_cell(model)} | {kind} | {count} |" for (model, kind), count in sorted(tally.sources.items())]
    providers = sorted({model.partition(":")[0] for (model, kind) in tally.sources if kind == "model"})
    lines += [f"\n{output_notice(_cell(provider))}" for provider in providers]
    lines += ["\n| prompt | sha256 |", "|---|---|"]
    lines += [f"| {_cell(name)} | {sha256} |" for name, sha256 in sorted(tally.prompts.items())]
    lines += ["\n| licence of the source file | rows |", "|---|---|"]
    lines += [f"| {_cell(name)} | {count} |" for name, count in sorted(tally.licences.items())]
    lines.append("\n`metadata/` has a line per row, in the order of the rows: id, functions, file, lines, gates.")
    return "\n".join(lines) + "\n"


def _checks(facts: CardFacts) -> str:
    lines = []
    if facts.tally.gates:
        lines += ["## Gates passed by the rows\n", "| gate | result | rows |", "|---|---|---|"]
        lines += [f"| {_cell(gate)} | {_cell(code)} | {n} |" for (gate, code), n in sorted(facts.tally.gates.items())]
        lines.append("")
    if facts.run:
        lines += ["## Coverage\n"]
        found = facts.run.get("functions", {})
        total = sum(found.values())
        if total:
            languages = ", ".join(f"{count} {name}" for name, count in sorted(found.items()))
            lines.append(f"{len(facts.tally.functions)} of {total} functions ({languages}) are cited by a row.\n")
        if files := facts.run.get("files", {}):
            lines.append("Files: " + ", ".join(f"{count} {name}" for name, count in sorted(files.items())) + ".\n")
        lines += ["| stage | items | accepted | rejected | rejected share |", "|---|---|---|---|---|"]
        lines += [_stage_line(name, facts.run.get(name)) for name in _STAGES if facts.run.get(name)]
        lines.append("")
    return "\n".join(lines)


def _stage_line(name: str, counts: Any) -> str:
    total, accepted, rejected = (counts.get(key, 0) for key in ("total", "accepted", "rejected"))
    share = f"{rejected / total:.1%}" if total else "-"
    return f"| {name} | {total} | {accepted} | {rejected} | {share} |"


def _loading(facts: CardFacts) -> str:
    first = facts.formats[0]
    apart = [name for name in facts.formats if name not in _loadable_by_name(facts.formats)]
    also = "".join(
        f'rows = load_dataset("{FORMATS[name].suffix.removeprefix(".").replace("jsonl", "json")}", '
        f'data_files="{name}/train{FORMATS[name].suffix}")\n'
        for name in apart
    )
    return (
        "## Loading\n\n"
        "```python\n"
        "from datasets import load_dataset\n\n"
        f'rows = load_dataset("path/to/this/folder", "{first}")\n'
        f"{also}"
        "```\n\n"
        "LLaMA-Factory reads `dataset_info.json` (`dataset_dir` is this folder).\n"
    )


def _cell(text: str) -> str:
    """Return text that cannot break a table or start markup."""
    return "".join(f"\\{sign}" if sign in "|`<>*_[]" else sign for sign in " ".join(text.split()))
