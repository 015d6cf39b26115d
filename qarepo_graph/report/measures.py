"""The figures of the report's overview, as plain functions over pairs."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

DIVERSITY_BINS = 20
LENGTH_BINS = 24


def diversity(likenesses: Sequence[float]) -> dict[str, Any]:
    """Return a histogram of how different groups' wordings are.

    Args:
        likenesses: Self-BLEU of each group's questions with the names masked: 1 = copies, 0 = nothing shared.
    """
    bins = [0] * DIVERSITY_BINS
    for likeness in likenesses:
        bins[min(DIVERSITY_BINS - 1, int((1 - likeness) * DIVERSITY_BINS))] += 1
    median = 1 - statistics.median(likenesses) if likenesses else 0.0
    return {"count": len(likenesses), "median": median, "bins": bins}


def lengths(sizes: Sequence[int], tokenizer: str) -> dict[str, Any]:
    """Return a histogram of row lengths.

    Args:
        sizes: Tokens of each row.
        tokenizer: What counted them, as the page names it.
    """
    if not sizes:
        return {"count": 0, "tokenizer": tokenizer, "median": 0, "max": 0, "edges": [], "bins": []}
    width = _round_width(max(sizes) / LENGTH_BINS)
    bins = [0] * (max(sizes) // width + 1)
    for size in sizes:
        bins[size // width] += 1
    return {
        "count": len(sizes),
        "tokenizer": tokenizer,
        "median": int(statistics.median(sizes)),
        "max": max(sizes),
        "edges": [index * width for index in range(len(bins))],
        "bins": bins,
    }


def coverage(files_and_status: Iterable[tuple[str, str]]) -> list[tuple[str, int, int]]:
    """Return ``(file, functions, functions with an accepted answer)`` in path order."""
    counts: dict[str, list[int]] = {}
    for file, status in files_and_status:
        count = counts.setdefault(file, [0, 0])
        count[0] += 1
        count[1] += status == "accepted"
    return [(file, total, covered) for file, (total, covered) in sorted(counts.items())]


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has: four UTF-8 bytes each, what the exporter's budget counts with."""
    return -(-len(text.encode("utf-8", "replace")) // 4)


def token_counter(tokenizer_file: str) -> tuple[Callable[[str], int], str]:
    """Return a function that counts tokens, and its name.

    Args:
        tokenizer_file: A Hugging Face ``tokenizer.json``; empty for the estimate.

    Raises:
        UsageError: When the file cannot be read as one, or the ``tokenizers`` package is missing.
    """
    if not tokenizer_file:
        return estimated_tokens, "≈ tokens (4 bytes each)"
    from qarepo_graph.errors import MissingExtraError, UsageError

    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        msg = "--tokenizer needs the tokenizers package; install it with: pip install tokenizers"
        raise MissingExtraError(msg) from error
    try:
        tokenizer = Tokenizer.from_file(tokenizer_file)
    except Exception as error:  # the Rust side raises bare Exception
        msg = f"{tokenizer_file!r} cannot be read as a tokenizer; give the tokenizer.json of the model you will tune."
        raise UsageError(msg) from error

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return count, f"tokens ({tokenizer_file})"


def _round_width(width: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 … that is not below ``width``."""
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if factor * unit >= width:
                return factor * unit
        unit *= 10
