"""What a phrase book is: sentence patterns by key, and how its language lists, capitalises and ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qarepo_graph.schema import Language

_HAN_GAP = re.compile(r"(?<=[\u4e00-\u9fff”]) (?=[\u4e00-\u9fff“])")
_QUOTED = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentence patterns of one language.

    Attributes:
        language: Which language.
        patterns: Format strings by key; values are inserted once and never formatted again.
        comma: Between the members of a list.
        last: Before the last member of a list.
        semicolon: Between clauses that hold commas themselves.
        stop: Ends a sentence.
        gap: Between sentences.
    """

    language: Language
    patterns: Mapping[str, str]
    comma: str
    last: str
    semicolon: str
    stop: str
    gap: str

    def say(self, key: str, **values: object) -> str:
        """Return the pattern with its values."""
        return self.patterns[key].format(**values)

    def listed(self, items: Sequence[str], most: int = 6) -> str:
        """Return ``a, b and c``; more than ``most`` items end in how many there are besides."""
        shown = list(items)
        if len(shown) > most:
            shown = [*shown[: most - 1], self.say("more", count=len(items) - most + 1)]
        if len(shown) < 2:
            return "".join(shown)
        return self.comma.join(shown[:-1]) + self.last + shown[-1]

    def either(self, items: Sequence[str]) -> str:
        """Return ``a, b or c``."""
        return self.comma.join(items[:-1]) + (self.say("or") if len(items) > 1 else "") + items[-1]

    def in_order(self, clauses: Sequence[str]) -> str:
        """Return actions one after the other; semicolons where a clause has commas of its own."""
        bare = [_QUOTED.sub("", clause) for clause in clauses]
        if len(clauses) > 1 and any("," in clause or "，" in clause or ";" in clause for clause in bare):
            return self.semicolon.join(clauses)
        return self.comma_actions(clauses)

    def comma_actions(self, clauses: Sequence[str]) -> str:
        """Return ``a, b and c`` for actions."""
        if len(clauses) < 2:
            return "".join(clauses)
        separator, last = (", ", " and ") if self.language == "en" else ("，", "，")
        return separator.join(clauses[:-1]) + last + clauses[-1]

    def sentence(self, clause: str) -> str:
        """Return a clause as a sentence: capital first letter, one final stop, spaces around quoted code."""
        text = clause.strip()
        if self.language == "zh":
            text = spaced(text)
        text = text[:1].upper() + text[1:]
        return text if text.endswith((self.stop, ".", "!", "?", "。", "！", "？", "”。")) else text + self.stop

    def paragraph(self, sentences: Iterable[str]) -> str:
        """Return sentences side by side, empty ones left out."""
        return self.gap.join(sentence for sentence in sentences if sentence)


def spaced(text: str) -> str:
    """Put one space between Chinese characters and quoted code, and none inside the quotes."""
    pieces = re.split(r"(`[^`]+`)", text)
    result = ""
    for found in pieces:
        piece = found if found.startswith("`") else _HAN_GAP.sub("", found)
        if piece and result and _needs_gap(result[-1], piece[0]):
            result += " "
        result += piece
    return result


def _needs_gap(before: str, after: str) -> bool:
    return (before == "`" and "\u4e00" <= after <= "\u9fff") or (after == "`" and "\u4e00" <= before <= "\u9fff")


def quoted(text: str) -> str:
    """Return code between back quotes."""
    return f"`{text}`"
