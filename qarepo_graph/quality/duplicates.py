"""Rows and functions that say the same across groups: every pair above a threshold, found without comparing all.

Character n-grams work for Chinese and for code; words do not. Inside one paraphrase group likeness is wanted within
bounds (``paraphrases.py``), so only different groups are compared.

Two sets whose Jaccard similarity reaches t share an element among the rarest 1 - t of each (prefix filtering, Chaudhuri
et al. 2006), so an index over those few finds them all. MinHash did it approximately, and its library loads scipy:
51 MB and 0.8 s of CPU in every run.
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qarepo_graph.schema import Function

THRESHOLD = 0.9
"""Jaccard similarity of character n-grams from which two texts of different groups are duplicates."""

_SHORTEST_BODY = 40
"""Characters, spacing apart, from which equal bodies are a copy; getters and empty constructors are alike anyway."""

_WIDTH_HAN = 3
_WIDTH_OTHER = 5


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One text that another one already says.

    Attributes:
        key: The text that is marked.
        kept: The text that stays: the smallest key of the cluster.
        similarity: Jaccard similarity of the two.
    """

    key: str
    kept: str
    similarity: float


def find_duplicates(
    texts: Mapping[str, str], *, groups: Mapping[str, str] | None = None, threshold: float = THRESHOLD
) -> list[Duplicate]:
    """Return every text that repeats another one, in the order of their keys.

    Args:
        texts: Text by key.
        groups: Group of each key; texts of one group are never compared. None compares all.
        threshold: Similarity from which two texts are duplicates.
    """
    grams = {key: _grams(text) for key, text in texts.items()}
    frequency = Counter(gram for hashes in grams.values() for gram in hashes)
    holders: dict[int, list[str]] = {}
    found: list[Duplicate] = []
    for key in sorted(texts):
        own = sorted(grams[key], key=lambda gram: (frequency[gram], gram))
        rarest = own[: len(own) - math.ceil(threshold * len(own) - 1e-9) + 1]
        match = None
        for other in sorted({other for gram in rarest for other in holders.get(gram, ())}):
            if groups is not None and groups.get(key) == groups.get(other):
                continue
            similarity = _similarity(grams[key], grams[other])
            if similarity >= threshold:
                match = Duplicate(key, other, similarity)
                break
        if match is not None:
            found.append(match)
            continue
        for gram in rarest:
            holders.setdefault(gram, []).append(key)
    return found


def same_bodies(functions: Iterable[Function]) -> dict[str, str]:
    """Return the functions whose text an earlier one has, up to spacing and its own name, and that one's id.

    The earlier one stands; the later ones keep their rows (each is asked about by its own name) and are marked.
    """
    first: dict[str, str] = {}
    repeated: dict[str, str] = {}
    for function in functions:
        body = "".join(function.code.replace(function.name, "_").split())
        if len(body) < _SHORTEST_BODY:
            continue
        kept = first.setdefault(body, function.id)
        if kept != function.id:
            repeated[function.id] = kept
    return repeated


def _similarity(one: array[int], other: array[int]) -> float:
    """Return the Jaccard similarity of two sets of hashes, both without repeats."""
    shared = len(set(one).intersection(other))
    return shared / (len(one) + len(other) - shared)


def _grams(text: str) -> array[int]:
    """Return a text's different n-grams as 32-bit hashes: a tenth of the memory; chance collisions do not matter."""
    folded = " ".join(text.casefold().split())
    if not folded:
        return array("I")
    width = _WIDTH_HAN if any("㐀" <= character <= "鿿" for character in folded) else _WIDTH_OTHER
    runs = {folded[i : i + width] for i in range(max(1, len(folded) - width + 1))}
    return array("I", {zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs})
