"""Whether outputs repeat the prompt's own wording instead of speaking of the code.

Measured on a rival's released rows: all 39 designs claim a framework that only the prompt's example named, and 96 of
279 answers open with the example's sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

LEAK_WORDS = 8
"""Words in a row shared with a prompt's example from which an answer counts as copied."""
LEAK_HAN = 14
"""The same for Chinese characters, which say about half as much each."""

_TOKEN = re.compile(r"[^\W㐀-鿿]+|[㐀-鿿]")
_PLACEHOLDER = re.compile(r"\{[A-Za-z_]\w*\}")


@dataclass(frozen=True)
class PromptShingles:
    """Every run of words of a set of prompt texts, for finding them again in outputs."""

    shingles: frozenset[tuple[str, ...]]

    @cached_property
    def _first_words(self) -> frozenset[str]:
        return frozenset(run[0] for run in self.shingles)

    @classmethod
    def of(cls, texts: Iterable[str]) -> PromptShingles:
        """Collect the runs of words; template slots end a run."""
        found: set[tuple[str, ...]] = set()
        for text in texts:
            for piece in _PLACEHOLDER.split(text):
                found.update(_runs(piece))
        return cls(frozenset(found))

    def copied(self, text: str, allowed: str = "") -> str:
        """Return the first run of words a text shares with the prompts and not with ``allowed``, or an empty string."""
        if not self.shingles:
            return ""
        for run in _runs(text, self._first_words):
            if run in self.shingles and not set(_runs(allowed)).intersection((run,)):
                separator = "" if run[0] >= "㐀" else " "
                return separator.join(run)
        return ""


@dataclass(frozen=True, slots=True)
class LeakAudit:
    """How much of a run's output repeats its prompts or itself.

    Attributes:
        outputs: Texts looked at.
        leaking: Those that share a run of words with a prompt.
        examples: The most frequent shared runs, with how often each came.
        openings: Repeated openings (first six words), with how often each came.
    """

    outputs: int
    leaking: int
    examples: tuple[tuple[str, int], ...]
    openings: tuple[tuple[str, int], ...]


def audit_leaks(outputs: Sequence[str], prompts: Iterable[str], *, top: int = 10) -> LeakAudit:
    """Compare every output of a run with its prompt files and with the others' openings."""
    shingles = PromptShingles.of(prompts)
    copied = Counter(found for text in outputs if (found := shingles.copied(text)))
    openings = Counter(opening for text in outputs if (opening := _opening(text)))
    repeated = [(opening, count) for opening, count in openings.most_common(top) if count > 1]
    return LeakAudit(len(outputs), sum(copied.values()), tuple(copied.most_common(top)), tuple(repeated))


def _runs(text: str, first_words: Container[str] | None = None) -> list[tuple[str, ...]]:
    """Return a text's runs of words, or only those that start with one of ``first_words``."""
    tokens = _TOKEN.findall(text.lower())
    runs = []
    for i in range(len(tokens) - LEAK_WORDS + 1):
        if first_words is not None and tokens[i] not in first_words:
            continue
        width = LEAK_HAN if tokens[i] >= "㐀" else LEAK_WORDS
        if i + width <= len(tokens):
            runs.append(tuple(tokens[i : i + width]))
    return runs


def _opening(text: str) -> str:
    tokens = _TOKEN.findall(text.lower())
    if not tokens:
        return ""
    width = 10 if tokens[0] >= "㐀" else 6
    return ("" if tokens[0] >= "㐀" else " ").join(tokens[:width]) if len(tokens) >= width else ""
