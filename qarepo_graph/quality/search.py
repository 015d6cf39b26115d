"""Which functions of the repository are about the same thing as a text, by the rarity of the words they share."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from qarepo_graph.quality.evidence import KnownFunction
from qarepo_graph.quality.terms import content_terms

_TELLING = 4
"""Content words a function's documentation needs before its words can be counted."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A function found.

    Attributes:
        function: The function.
        share: Share of the text's words it holds, weighed by rarity, 0 to 1.
        told: Share of the words of the function's own documentation that the text holds.
        terms: The words they share.
        whole: Whether the text holds exactly the words of its name or of its documentation.
    """

    function: KnownFunction
    share: float
    told: float
    terms: frozenset[str]
    whole: bool


class FunctionSearch:
    """An inverted index over function names and first sentences of documentation. Built once a run, then only read."""

    def __init__(self, functions: Iterable[KnownFunction]) -> None:
        self._functions = list(functions)
        self._holders: dict[str, list[int]] = defaultdict(list)
        self._sizes: list[int] = []
        for position, function in enumerate(self._functions):
            own = content_terms(f"{function.qualified_name} {function.summary}")
            self._sizes.append(len(own))
            for term in own:
                self._holders[term].append(position)

    def nearest(self, terms: frozenset[str], limit: int = 5) -> list[Hit]:
        """Return the functions that hold most of the words, best first; of equals the one that holds least besides."""
        weights = {term: self._rarity(term) for term in terms}
        total = sum(weights.values())
        if not total:
            return []
        scores: dict[int, float] = defaultdict(float)
        for term, weight in weights.items():
            for position in self._holders.get(term, ()):
                scores[position] += weight
        best = sorted(scores.items(), key=lambda item: (-item[1], self._sizes[item[0]], item[0]))[:limit]
        return [self._hit(position, score / total, terms) for position, score in best]

    def _rarity(self, term: str) -> float:
        return math.log(1 + len(self._functions) / (1 + len(self._holders.get(term, ()))))

    def _hit(self, position: int, share: float, terms: frozenset[str]) -> Hit:
        shared = frozenset(term for term in terms if position in self._holders.get(term, ()))
        function = self._functions[position]
        summary = content_terms(function.summary)
        told = len(summary & terms) / len(summary) if len(summary) >= _TELLING else 0.0
        whole = len(terms) > 1 and terms in (summary, content_terms(function.name))
        return Hit(function, share, told, shared, whole)
