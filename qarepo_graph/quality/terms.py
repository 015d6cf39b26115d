"""Content words of a text in English, Chinese or code, for comparing what two texts are about."""

from __future__ import annotations

import re

from qarepo_graph.quality.words import word_list

_TOKEN = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|[a-z]+|\d+|[㐀-鿿]+")
_STOP = word_list("english_stop")
_HAN_STOP = word_list("chinese_stop")


def content_terms(text: str) -> frozenset[str]:
    """Return a text's content words: English ones lower-cased and stemmed, code names split, Chinese in pairs."""
    found: set[str] = set()
    for token in _TOKEN.findall(text):
        if token[0] >= "㐀":
            found.update(pair for pair in _pairs(token) if pair not in _HAN_STOP)
        else:
            word = token.lower()
            if len(word) > 1 and word not in _STOP:
                found.add(stem(word))
    return frozenset(found)


def stem(word: str) -> str:
    """Return a word without its plural, past and progressive endings; crude, but the same on both sides."""
    for ending in ("ations", "ation", "ings", "ing", "ions", "ion", "ers", "ies", "ied", "es", "ed", "er", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]
