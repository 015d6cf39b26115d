"""Whether the wordings of one question are really different wordings.

Measured on a tiny model: 1, 2, 4 and 8 real paraphrases bring held-out recall .02, .12, .69 and .98, eight near copies
of one wording .05. So a near copy is worse than a missing question: it counts as one and teaches nothing. The
function's own name is masked before wordings are compared, because it is long and in nearly all of them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qarepo_graph.quality.screening import screen
from qarepo_graph.schema import Function

MAX_SIMILARITY = 0.72
"""Jaccard similarity of character n-grams from which two wordings are near copies."""
MAX_SHARED_WORDS = 0.86
"""Share of the longer wording's words found in the other from which two wordings are near copies."""
MAX_SELF_BLEU = 60.0
"""Mean self-BLEU of a group; measured, eight real paraphrases score 32, eight near copies 81."""

_MARKS = re.compile(r"[\W_]+")
_TOKEN = re.compile(r"[a-z0-9]+|[㐀-鿿]")
_MASK = " qname "
_POLITE = re.compile(
    r"\b(?:please|kindly|exactly|actually|precisely|just|basically|really|simply|"
    r"could you|can you|would you|i wonder|hey|hi)\b|"
    r"请问|请|麻烦|究竟|到底|具体|一下|呢|吗|啊|呀",
    re.IGNORECASE,
)
_MAY_BE_POLITE = screen(_POLITE)
_HOW_ZH = re.compile(r"是?(?:怎么样|怎样|怎么|如何)(?:去|来)?")


def normalised(question: str) -> str:
    """Return a question without case, marks, spaces and politeness: what two spellings of one wording share."""
    plain = _impolite(_folded(question).casefold())
    return _MARKS.sub("", plain)


def mask_names(question: str, function: Function) -> str:
    """Return a question, case and marks folded, with every form of the function's name and file replaced."""
    text = _folded(question)
    for name in _forms_of(function.id, function.file, function.qualified_name, function.name):
        text = text.replace(name, _MASK)
    return text.casefold()


def _folded(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=16)
def _forms_of(function_id: str, file: str, qualified_name: str, bare: str) -> tuple[str, ...]:
    """Return the ways in which a question may name a function, longest first."""
    handle = function_id[len(file) + 2 :].replace(",", ", ")  # an overload goes by its parameter types
    names = {handle, qualified_name, qualified_name.replace("::", "."), file, file.rsplit("/", 1)[-1]}
    # A bare name may be an ordinary word of the sentence (``get``); then only its marked form is the name.
    names |= {f"`{bare}`", f"{bare}()"} if bare.isalpha() and bare.islower() else {bare}
    return tuple(sorted((name for name in names if len(name) > 1), key=lambda name: (-len(name), name)))


@dataclass(frozen=True, slots=True)
class Wording:
    """A question taken apart for comparison, its function's name masked.

    Attributes:
        words: Its words in order, politeness dropped.
        bag: How often each word stands in it.
        grams: Its character n-grams: pairs of Chinese characters, threes of other text.
    """

    words: tuple[str, ...]
    bag: Counter[str]
    grams: frozenset[str]

    @classmethod
    def of(cls, question: str, function: Function) -> Wording:
        """Take a question apart."""
        words = _words(mask_names(question, function))
        return cls(tuple(words), Counter(words), _grams(words))


def near_copy(left: Wording, right: Wording) -> bool:
    """Say whether two wordings are copies but for spelling, politeness or a word."""
    longer = max(len(left.words), len(right.words))
    if not left.words or not right.words:
        return left.words == right.words
    if longer > 2 and min(len(left.words), len(right.words)) >= MAX_SHARED_WORDS * longer:
        shared = sum(min(count, right.bag[word]) for word, count in left.bag.items())
        if shared >= MAX_SHARED_WORDS * longer:
            return True
    both = len(left.grams & right.grams)
    return both >= MAX_SIMILARITY * (len(left.grams) + len(right.grams) - both)


def too_alike(group: Sequence[Wording]) -> bool:
    """Say whether a group's wordings repeat each other more than :data:`MAX_SELF_BLEU` allows."""
    return self_bleu(group, enough=MAX_SELF_BLEU) > MAX_SELF_BLEU


def self_bleu(group: Sequence[Wording], *, enough: float = 0.0) -> float:
    """Return the mean BLEU-4 of each wording against the others, 0 to 100; 0 for fewer than two wordings.

    Args:
        group: The wordings.
        enough: A score at or below which it is enough to know that: any bound of it is then returned. The longest
            n-grams are counted first, and what shorter ones say can only lower the score.
    """
    if len(group) < 2:
        return 0.0
    brevity = [_brevity(position, [len(wording.words) for wording in group]) for position in range(len(group))]
    logs = [0.0] * len(group)
    score = 100.0
    for n in (4, 3, 2, 1):
        grams = [_ngrams(wording.words, n) for wording in group]
        best = _two_best(grams)
        for position, own in enumerate(grams):
            hits = sum([min(count, _of_others(best, gram, position)) for gram, count in own.items()])
            total = sum(own.values())
            logs[position] += math.log((hits or 0.5) / total) if total else math.log(0.5)
        score = (
            100 * sum(map(math.exp, [log / 4 + short for log, short in zip(logs, brevity, strict=True)])) / len(group)
        )
        if score <= enough:
            break
    return score


def _brevity(position: int, lengths: Sequence[int]) -> float:
    """Return the logarithm of BLEU's penalty for a wording shorter than the one closest to it in length."""
    length = lengths[position]
    others = [other for i, other in enumerate(lengths) if i != position]
    closest = min(others, key=lambda other: abs(other - length))
    return min(0.0, 1 - closest / length) if length else 0.0


_Gram = tuple[str, ...]


def _two_best(counts: Sequence[Counter[_Gram]]) -> dict[_Gram, tuple[int, int, int]]:
    """Return for each n-gram who has most of it, how many, and how many the next one has."""
    best: dict[_Gram, tuple[int, int, int]] = {}
    for position, counter in enumerate(counts):
        for gram, count in counter.items():
            holder, most, second = best.get(gram, (-1, 0, 0))
            best[gram] = (position, count, most) if count > most else (holder, most, max(second, count))
    return best


def _of_others(best: dict[_Gram, tuple[int, int, int]], gram: _Gram, position: int) -> int:
    holder, most, second = best[gram]
    return second if holder == position else most


def _words(masked: str) -> list[str]:
    """Return a wording's words, politeness dropped and Chinese synonyms of "how" folded into one."""
    return _TOKEN.findall(_HOW_ZH.sub("如何", _impolite(masked)))


def _impolite(text: str) -> str:
    return _POLITE.sub(" ", text) if _MAY_BE_POLITE(text) else text


def _ngrams(words: Sequence[str], n: int) -> Counter[_Gram]:
    return Counter([tuple(words[i : i + n]) for i in range(len(words) - n + 1)])


def _grams(words: list[str]) -> frozenset[str]:
    text = " ".join(words)
    han = not text.isascii() and any("㐀" <= character <= "鿿" for character in text)
    if han:
        text = text.replace(" ", "")
    width = 2 if han else 3
    padded = f" {text} "
    return frozenset([padded[i : i + width] for i in range(max(1, len(padded) - width + 1))])
