"""Rows and functions that say the same across groups, found by MinHash and confirmed by the true overlap.

Character n-grams work for Chinese and for code; words do not. Inside one paraphrase group likeness is wanted within
bounds (``paraphrases.py``), so only different groups are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datasketch import MinHash, MinHashLSH

THRESHOLD = 0.9
"""Jaccard similarity of character n-grams from which two texts of different groups are duplicates."""

_PERMUTATIONS = 128
_WIDTH_HAN = 3
_WIDTH_OTHER = 5
_SEED = 1


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
    lsh = MinHashLSH(threshold=max(0.3, threshold - 0.1), num_perm=_PERMUTATIONS)
    found: list[Duplicate] = []
    for key in sorted(texts):
        if not grams[key]:
            continue
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        sketch.update_batch([gram.encode() for gram in grams[key]])
        match = None
        for other in sorted(lsh.query(sketch)):
            if groups is not None and groups.get(key) == groups.get(other):
                continue
            similarity = len(grams[key] & grams[other]) / len(grams[key] | grams[other])
            if similarity >= threshold:
                match = Duplicate(key, other, similarity)
                break
        if match is None:
            lsh.insert(key, sketch)
        else:
            found.append(match)
    return found


def _grams(text: str) -> frozenset[str]:
    folded = " ".join(text.casefold().split())
    width = _WIDTH_HAN if any("㐀" <= character <= "鿿" for character in folded) else _WIDTH_OTHER
    return frozenset(folded[i : i + width] for i in range(max(1, len(folded) - width + 1))) if folded else frozenset()
