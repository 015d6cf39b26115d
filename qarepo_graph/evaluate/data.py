"""A dataset's own figures, before any model is trained on it."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qarepo_graph.dataset.read import Example
from qarepo_graph.errors import MissingExtraError, UsageError
from qarepo_graph.evaluate.words import code_in, has_chinese, identifiers, quoted_names, words
from qarepo_graph.quality.duplicates import find_duplicates

_GROUPS = 2000
"""Groups measured at most by the measures that compare every pair (evenly spaced over the dataset)."""


def data_figures(splits: Mapping[str, Sequence[Example]], *, tokenizer: str = "") -> dict[str, Any]:
    """Return the figures of a dataset.

    Args:
        splits: Its rows by split.
        tokenizer: Folder or name of the model whose tokens are counted; empty estimates 4 bytes a token.

    Raises:
        MissingExtraError: sacrebleu, or transformers for a tokenizer, is not installed.
    """
    rows = [row for some in splits.values() for row in some]
    questions = [row.question for row in rows]
    groups = _groups(rows)
    return {
        "rows": {split: len(some) for split, some in splits.items()},
        "groups": len(groups),
        "rows_by_scenario": _count(rows, "scenario"),
        "rows_by_language": _count(rows, "language"),
        "rows_by_type": _count(rows, "question_type"),
        "self_bleu_in_groups": self_bleu(groups),
        "vendi_in_groups": vendi_in_groups(groups),
        "distinct": {str(size): distinct(questions, size) for size in (1, 2, 3)},
        "near_duplicate_questions": near_duplicate_rate(rows),
        "leakage": leakage(splits),
        "grounded_answers": grounded_rate(rows),
        "tokens": _token_lengths(rows, tokenizer),
    }


def self_bleu(groups: Sequence[Sequence[str]]) -> dict[str, float] | None:
    """Return the mean BLEU of each question against its group's others, by group size: it grows with the size.

    High values mean near copies. None where no group has two questions.
    """
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        msg = 'Measuring a dataset needs sacrebleu: pip install "qarepo-graph[metrics]".'
        raise MissingExtraError(msg) from error
    scorers = {zh: BLEU(tokenize="zh" if zh else "13a", effective_order=True) for zh in (True, False)}
    by_size: dict[int, list[float]] = defaultdict(list)
    for group in groups:
        if len(group) > 1:
            scores = [
                scorers[has_chinese(one)].sentence_score(one, [*group[:at], *group[at + 1 :]]).score
                for at, one in enumerate(group)
            ]
            by_size[len(group)].append(statistics.fmean(scores))
    return {str(size): statistics.fmean(scores) for size, scores in sorted(by_size.items())} or None


def distinct(texts: Sequence[str], size: int) -> float:
    """Return the share of different n-grams among all n-grams of words."""
    grams = [gram for text in texts for gram in _ngrams(words(text), size)]
    return len(set(grams)) / len(grams) if grams else 0.0


def vendi(texts: Sequence[str]) -> float:
    """Return the Vendi score of texts: how many effectively different ones there are (1 to their number).

    Similarity is the cosine of TF-IDF vectors over character 3-grams; the score is the exponential of the entropy of
    the similarity matrix' eigenvalues. It overrates near copies; read it beside self-BLEU.
    """
    counts = [Counter(_ngrams(f"  {text.casefold()} ", 3)) for text in texts]
    frequency = Counter(gram for one in counts for gram in one)
    position = {gram: number for number, gram in enumerate(frequency)}
    vectors = np.zeros((len(texts), len(position)))
    for row, one in enumerate(counts):
        for gram, count in one.items():
            vectors[row, position[gram]] = count * (math.log((1 + len(texts)) / (1 + frequency[gram])) + 1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(vectors @ vectors.T / len(texts))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def vendi_in_groups(groups: Sequence[Sequence[str]]) -> dict[str, float] | None:
    """Return the mean Vendi score of the groups, by group size."""
    by_size: dict[int, list[float]] = defaultdict(list)
    for group in groups:
        if len(group) > 1:
            by_size[len(group)].append(vendi(group))
    return {str(size): statistics.fmean(scores) for size, scores in sorted(by_size.items())} or None


def near_duplicate_rate(rows: Sequence[Example]) -> float:
    """Return the share of questions that repeat one of another group (MinHash, confirmed by the true overlap)."""
    texts = {f"{number:08d}": row.question for number, row in enumerate(rows)}
    groups = {f"{number:08d}": _group(row) for number, row in enumerate(rows)}
    return len(find_duplicates(texts, groups=groups)) / len(rows)


def leakage(splits: Mapping[str, Sequence[Example]]) -> dict[str, int]:
    """Return held-out rows whose question, answer or function stands in training, and answers told by their prompt."""
    train = splits.get("train", ())
    held_out = [row for split, some in splits.items() if split != "train" for row in some]
    questions = {_folded(row.question) for row in train}
    answers = {row.answer for row in train}
    functions = {one for row in train for one in row.metadata.get("function_ids", ())}
    rows = [row for some in splits.values() for row in some]
    return {
        "held_out_rows": len(held_out),
        "questions": sum(_folded(row.question) in questions for row in held_out),
        "answers": sum(row.answer in answers for row in held_out),
        "functions": sum(not functions.isdisjoint(row.metadata.get("function_ids", ())) for row in held_out),
        "answer_in_prompt": sum(_opening(row.answer) in row.prompt[-1]["content"] for row in rows),
    }


def grounded_rate(rows: Sequence[Example]) -> float | None:
    """Return the share of names in backticks of the answers that stand in the rows' code, prompts or provenance.

    Requirements are left out: they name what does not exist yet. A lower bound: a real name that none of the rows
    shows counts as unknown. None where no row shows any code.
    """
    rows = [row for row in rows if row.metadata.get("scenario") != 2]
    shown = [code_in(row.answer) + "\n" + row.prompt[-1]["content"].partition("\n")[2] for row in rows]
    if not any(text.strip() for text in shown):
        return None
    known = {name for text in shown for name in identifiers(text)}
    for row in rows:
        known |= identifiers(" ".join(row.metadata.get("function_ids", ())))
    spans = [names for row in rows for span in quoted_names(row.answer) if (names := identifiers(span))]
    return sum(names <= known for names in spans) / len(spans) if spans else None


def _groups(rows: Sequence[Example]) -> list[list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[_group(row)].append(row.question)
    groups = list(found.values())
    return groups[:: math.ceil(len(groups) / _GROUPS)]


def _group(row: Example) -> str:
    return str(row.metadata.get("group_id", row.answer))


def _count(rows: Sequence[Example], key: str) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(row.metadata.get(key, "") for row in rows).items())}


def _ngrams(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(items[start : start + size]) for start in range(len(items) - size + 1)]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _opening(answer: str) -> str:
    """Return the answer's first paragraph: its description."""
    return answer.split("\n\n", 1)[0]


def _token_lengths(rows: Sequence[Example], tokenizer: str) -> dict[str, Any]:
    if tokenizer:
        lengths = _real_lengths(rows, tokenizer)
    else:
        lengths = [len((row.prompt[-1]["content"] + row.answer).encode()) // 4 for row in rows]
    ordered = sorted(lengths)
    return {
        "tokenizer": tokenizer or "estimate: 4 bytes a token",
        "median": ordered[len(ordered) // 2],
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "longest": ordered[-1],
        "total": sum(ordered),
    }


def _real_lengths(rows: Sequence[Example], tokenizer: str) -> list[int]:
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        msg = 'Counting tokens needs transformers: pip install "qarepo-graph[train]".'
        raise MissingExtraError(msg) from error
    from qarepo_graph.train.extra import check_model
    from qarepo_graph.train.sft import token_lengths

    tokenizer = check_model(tokenizer)
    try:
        loaded = AutoTokenizer.from_pretrained(tokenizer)
    except (OSError, ValueError) as error:
        msg = f"No tokenizer could be loaded from {tokenizer}; give a model folder or a name on a hub you can reach."
        raise UsageError(msg) from error
    return token_lengths(rows, loaded)
