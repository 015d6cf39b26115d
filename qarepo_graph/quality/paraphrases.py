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
_HOW_ZH = re.compile(r"是?(?:怎么样|怎样|怎么|如何)(?:去|来)?")


def normalised(question: str) -> str:
    """Return a question without case, marks, spaces and politeness: what two spellings of one wording share."""
    plain = _POLITE.sub(" ", unicodedata.normalize("NFKC", question).casefold())
    return _MARKS.sub("", plain)


def mask_names(question: str, function: Function) -> str:
    """Return a question, case and marks folded, with every form of the function's name and file replaced."""
    text = unicodedata.normalize("NFKC", question)
    dotted = function.qualified_name.replace("::", ".")
    names = {function.qualified_name, dotted, function.file, function.file.rsplit("/", 1)[-1], function.name}
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, _MASK)
    return text.casefold()


def near_copy(left: str, right: str) -> bool:
    """Say whether two masked wordings are copies but for spelling, politeness or a word.

    Args:
        left: A wording after :func:`mask_names`.
        right: Another one.
    """
    left_words, right_words = _words(left), _words(right)
    if not left_words or not right_words:
        return left_words == right_words
    shared = sum((Counter(left_words) & Counter(right_words)).values())
    longer = max(len(left_words), len(right_words))
    if shared / longer >= MAX_SHARED_WORDS and longer > 2:
        return True
    left_grams, right_grams = _grams(left_words), _grams(right_words)
    return len(left_grams & right_grams) >= MAX_SIMILARITY * len(left_grams | right_grams)


def self_bleu(masked: Sequence[str]) -> float:
    """Return the mean BLEU-4 of each wording against the others, 0 to 100; 0 for fewer than two wordings."""
    tokens = [_TOKEN.findall(text) for text in masked]
    if len(tokens) < 2:
        return 0.0
    grams = [[_ngrams(words, n) for n in range(1, 5)] for words in tokens]
    scores = []
    for position, words in enumerate(tokens):
        others = [i for i in range(len(tokens)) if i != position]
        logs = 0.0
        for n in range(4):
            best: Counter[tuple[str, ...]] = Counter()
            for i in others:
                best |= grams[i][n]
            total = sum(grams[position][n].values())
            hits = sum((grams[position][n] & best).values())
            logs += math.log((hits or 0.5) / total) if total else math.log(0.5)
        closest = min((len(tokens[i]) for i in others), key=lambda length: abs(length - len(words)))
        brevity = min(0.0, 1 - closest / len(words)) if words else 0.0
        scores.append(100 * math.exp(logs / 4 + brevity))
    return sum(scores) / len(scores)


def _words(masked: str) -> list[str]:
    """Return a wording's words, politeness dropped and Chinese synonyms of "how" folded into one."""
    return _TOKEN.findall(_HOW_ZH.sub("如何", _POLITE.sub(" ", masked)))


def _ngrams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _grams(words: list[str]) -> frozenset[str]:
    """Return character n-grams: pairs of Chinese characters, threes of other text."""
    text = " ".join(words)
    han = any("㐀" <= character <= "鿿" for character in text)
    if han:
        text = text.replace(" ", "")
    width = 2 if han else 3
    padded = f" {text} "
    return frozenset(padded[i : i + width] for i in range(max(1, len(padded) - width + 1)))
