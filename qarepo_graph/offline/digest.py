"""A block too long to tell statement by statement: what is checked, called, set, raised and returned in it."""

from __future__ import annotations

from collections.abc import Sequence

from qarepo_graph.code.control_flow import Fact
from qarepo_graph.offline.phrases.phrasebook import quoted
from qarepo_graph.offline.values import quotable, quotable_text
from qarepo_graph.offline.wording import THROWING, Wording

_MOST = 5


def digest(facts: Sequence[Fact], words: Wording) -> str:
    """Return one clause about the facts of a block, in the order: loops, checks, calls, results, errors."""
    raises = "digest.throws" if words.language in THROWING else "digest.raises"
    found: list[tuple[str, list[str]]] = [
        ("digest.loops", [_value(f) for f in facts if f.kind == "loop" and f.detail in {"each", "keys"}]),
        ("digest.while", [_value(f) for f in facts if f.kind == "loop" and f.detail not in {"each", "keys"}]),
        ("digest.checks", [_value(f) for f in facts if f.kind in {"if", "elif"}]),
        ("digest.cases", [_text(f.target) for f in facts if f.kind == "case"]),
        ("digest.calls", [_text(name) for f in facts if f.value for name in f.value.calls]),
        (
            "digest.sets",
            [_text(f.target) for f in facts if f.kind == "assign" and ("." in f.target or "->" in f.target)],
        ),
        ("digest.catches", [_text(f.detail) for f in facts if f.kind == "except"]),
        (raises, [_text(f.target) for f in facts if f.kind == "raise"]),
        ("digest.yields", [_value(f) for f in facts if f.kind == "yield"]),
        ("digest.returns", [_value(f) for f in facts if f.kind == "return"]),
    ]
    parts = []
    for key, items in found:
        named = list(dict.fromkeys(item for item in items if item))
        if named:
            parts.append(words.phrases.say(key, items=words.phrases.listed(named, _MOST)))
    if not parts:
        targets = list(dict.fromkeys(_text(f.target) for f in facts if f.kind == "assign" and _text(f.target)))
        if targets:
            parts = [words.phrases.say("digest.sets", items=words.phrases.listed(targets, _MOST))]
    return words.phrases.say("digest", parts=words.phrases.comma_actions(parts or [words.phrases.say("digest.plain")]))


def _value(fact: Fact) -> str:
    return quoted(fact.value.text) if fact.value is not None and quotable(fact.value) else ""


def _text(text: str) -> str:
    return quoted(text) if quotable_text(text) and "(" not in text else ""
