"""Answers scored against their references, row by row, then summed up with confidence intervals.

Fact recall is the headline; overlap measures stand beside it because others report them. A blank answer scores 0 in
everything: skipping it, as some scripts do, flatters weak models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from qarepo_graph.dataset.read import Example
from qarepo_graph.errors import MissingExtraError
from qarepo_graph.evaluate.facts import facts_of, file_recall, function_recall, step_recall
from qarepo_graph.evaluate.words import identifiers, quoted_names, words

METRICS = ("facts", "function", "file", "steps", "grounded", "rouge_l", "chrf", "exact")
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScore:
    """One answer's scores, each from 0 to 1; None where the row has nothing to score by.

    Attributes:
        id: The row.
        group: Its paraphrase group: rows of one group are not independent.
        scenario: 1 or 2, 0 unknown.
        question_type: As the row says.
        facts: Mean of the three below that apply.
        function: Share of the reference's functions named.
        file: Share of its files named.
        steps: Share of its steps found, in order.
        grounded: Share of the names in backticks that exist; None where there are none.
        rouge_l: ROUGE-L F1 on words, Chinese by character.
        chrf: chrF on characters.
        exact: 1 when the answer is the reference, white space at the ends aside.
    """

    id: str
    group: str
    scenario: int
    question_type: str
    facts: float | None
    function: float | None
    file: float | None
    steps: float | None
    grounded: float | None
    rouge_l: float
    chrf: float
    exact: float


class Scored(Protocol):
    """One answer's scores: what :func:`summarise` needs to know of them besides the metrics."""

    @property
    def group(self) -> str:
        """Its paraphrase group."""

    @property
    def scenario(self) -> int:
        """1 or 2, 0 unknown."""

    @property
    def question_type(self) -> str:
        """As the row says."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % confidence interval (bootstrap over paraphrase groups) and the rows behind it."""

    mean: float
    low: float
    high: float
    rows: int


def known_names(examples: Iterable[Example]) -> set[str]:
    """Return every identifier of the references and of the code shown to the model."""
    names: set[str] = set()
    for example in examples:
        names |= identifiers(example.answer)
        names |= identifiers("\n".join(turn["content"] for turn in example.prompt))
    return names


def score_answers(
    examples: Sequence[Example], answers: Sequence[str], known: set[str] | None = None
) -> list[AnswerScore]:
    """Score one answer per row.

    Args:
        examples: The rows with their references.
        answers: One answer each, in the rows' order.
        known: Names that exist; by default those of the rows themselves.

    Raises:
        MissingExtraError: The packages of the overlap measures are not installed.
    """
    overlap = _Overlap()
    names = known_names(examples) if known is None else known
    return [_score(one, answer, names, overlap) for one, answer in zip(examples, answers, strict=True)]


def summarise(scores: Sequence[Scored], metrics: Sequence[str] = METRICS) -> dict[str, dict[str, Estimate]]:
    """Return each metric's estimate for all rows, per scenario and per question type."""
    parts: dict[str, list[Scored]] = defaultdict(list)
    for score in scores:
        parts["all"].append(score)
        if score.scenario:
            parts[f"scenario {score.scenario}"].append(score)
        if score.question_type:
            parts[score.question_type].append(score)
    return {
        part: {metric: estimate for metric in metrics if (estimate := _estimate(some, metric)) is not None}
        for part, some in parts.items()
    }


def to_record(scores: Sequence[AnswerScore]) -> dict[str, Any]:
    """Return summary and rows as JSON types."""
    summary = {
        part: {metric: asdict(estimate) for metric, estimate in metrics.items()}
        for part, metrics in summarise(scores).items()
    }
    return {"summary": summary, "rows": [asdict(score) for score in scores]}


def _score(example: Example, answer: str, known: set[str], overlap: _Overlap) -> AnswerScore:
    facts, text = facts_of(example), answer.strip()
    found = {
        "function": function_recall(facts, text),
        "file": file_recall(facts, text),
        "steps": step_recall(facts, text),
    }
    present = [value for value in found.values() if value is not None]
    return AnswerScore(
        id=example.id,
        group=str(example.metadata.get("group_id", example.id)),
        scenario=int(example.metadata.get("scenario", 0)),
        question_type=str(example.metadata.get("question_type", "")),
        facts=sum(present) / len(present) if present else None,
        **found,
        grounded=_grounded(text, known),
        rouge_l=overlap.rouge_l(example.answer, text),
        chrf=overlap.chrf(example.answer, text),
        exact=float(text == example.answer.strip()),
    )


def _grounded(answer: str, known: set[str]) -> float | None:
    if not answer:
        return 0.0
    spans = [names for span in quoted_names(answer) if (names := identifiers(span))]
    return sum(names <= known for names in spans) / len(spans) if spans else None


class _Overlap:
    """ROUGE-L and chrF through the packages others use, with a tokenizer that reads Chinese."""

    def __init__(self) -> None:
        try:
            from rouge_score.rouge_scorer import RougeScorer
            from sacrebleu.metrics.chrf import CHRF
        except ImportError as error:
            msg = 'Scoring answers needs rouge-score and sacrebleu: pip install "qarepo-graph[metrics]".'
            raise MissingExtraError(msg) from error
        self._rouge = RougeScorer(["rougeL"], tokenizer=_Tokenizer())
        self._chrf = CHRF()

    def rouge_l(self, reference: str, answer: str) -> float:
        return float(self._rouge.score(reference, answer)["rougeL"].fmeasure)

    def chrf(self, reference: str, answer: str) -> float:
        return float(self._chrf.sentence_score(answer, [reference]).score) / 100 if answer else 0.0


class _Tokenizer:
    def tokenize(self, text: str) -> list[str]:
        return words(text)


def _estimate(scores: Sequence[Scored], metric: str) -> Estimate | None:
    groups: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        value = getattr(score, metric)
        if value is not None:
            groups[score.group].append(value)
    if not groups:
        return None
    sums = np.array([sum(values) for values in groups.values()])
    counts = np.array([len(values) for values in groups.values()])
    chosen = np.random.default_rng(0).integers(len(sums), size=(_RESAMPLES, len(sums)))
    means = sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high), int(counts.sum()))


def compare_table(named: Mapping[str, Sequence[Scored]], metrics: Sequence[str] = METRICS) -> str:
    """Return a Markdown table: a line per part and contender, a column per metric, ``mean [low, high]`` each."""
    summaries = {name: summarise(scores, metrics) for name, scores in named.items()}
    parts = dict.fromkeys(part for summary in summaries.values() for part in summary)
    lines = ["| rows | answers | n | " + " | ".join(metrics) + " |", "|---" * (len(metrics) + 3) + "|"]
    for part in parts:
        for name, summary in summaries.items():
            estimates = summary.get(part, {})
            cells = [_cell(estimates.get(metric)) for metric in metrics]
            rows = max((estimate.rows for estimate in estimates.values()), default=0)
            lines.append(f"| {part} | {name} | {rows} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"{estimate.mean:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
