"""Questions about names the repository does not have, with answers that say so and name the nearest real one.

A negative starts at the question: a name one step from a real one is made up, its absence is proved in the symbol
index, and only then it is asked about. Drawn at answer time instead (as a rival does), "not in this repository" lands
on questions that have an answer and teaches a model to refuse.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from qarepo_graph.code.repository_map import is_test
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex
from qarepo_graph.quality.computed import place, said
from qarepo_graph.quality.language_names import language_names
from qarepo_graph.schema import Language

NEGATIVE = "negative"
"""A row's ``question_type`` for a question about an absent name."""

_SIBLINGS = {
    "get": ("set", "fetch", "reset"),
    "set": ("get", "unset", "reset"),
    "add": ("remove", "insert", "replace"),
    "remove": ("add", "restore", "replace"),
    "load": ("save", "reload", "unload"),
    "save": ("load", "restore", "discard"),
    "read": ("write", "reread", "peek"),
    "write": ("read", "rewrite", "flush"),
    "open": ("close", "reopen"),
    "close": ("open", "reopen"),
    "start": ("stop", "restart", "pause"),
    "stop": ("start", "resume", "pause"),
    "push": ("pop", "peek"),
    "pop": ("push", "peek"),
    "encode": ("decode", "reencode"),
    "decode": ("encode", "redecode"),
    "parse": ("format", "reparse", "validate"),
    "create": ("destroy", "clone", "recreate"),
    "update": ("revert", "reset"),
    "enable": ("disable", "toggle"),
    "first": ("last",),
    "min": ("max",),
    "is": ("ensure",),
    "to": ("from",),
    "from": ("to",),
}
_SUFFIXES = ("all", "async", "batch", "safe", "lazy")
_WORD = re.compile(r"[A-Za-z][a-z0-9]*|[A-Z]+(?![a-z])|\d+")
_MEMBERS_NAMED = 6

_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "What does `{name}` do?",
        "How is `{name}` implemented?",
        "Where is `{name}` defined, and what does it return?",
        "Walk me through the logic of `{name}`.",
    ),
    "zh": (
        "`{name}` 是做什么的？",
        "`{name}` 的功能是如何实现的？",
        "`{name}` 定义在哪里，返回什么？",
        "请说明 `{name}` 的处理流程。",
    ),
}


@dataclass(frozen=True, slots=True)
class Negative:
    """One question about a name that does not exist.

    Attributes:
        name: The absent name.
        nearest: Id of the real function it is one step from.
        question: The question.
        answer: The answer: that there is no such name, and what there is.
    """

    name: str
    nearest: str
    question: str
    answer: str


def negatives(index: SymbolIndex, count: int, language: Language, seed: int) -> list[Negative]:
    """Return at most ``count`` negatives, spread over the repository; fewer when fewer can be proved.

    Args:
        index: The symbol index: its word on what exists is the proof.
        count: Negatives wanted.
        language: Language of question and answer.
        seed: The run's seed.
    """
    draw = random.Random(f"negatives {seed}")
    cards = [card for card in index.cards.values() if _worth_missing(card, index)]
    draw.shuffle(cards)
    found: list[Negative] = []
    seen: set[str] = set()
    for card in cards:
        if len(found) == count:
            break
        name = next((name for name in _near_misses(card, draw) if _absent(name, card, index)), "")
        if not name or name in seen:
            continue
        seen.add(name)
        question = draw.choice(_QUESTIONS[language]).format(name=name)
        found.append(Negative(name, card.id, question, _answer(name, card, index, language)))
    return found


def _worth_missing(card: FunctionCard, index: SymbolIndex) -> bool:
    """Say whether a near miss of a function can be proved absent: no test, no operator, no inheritance from outside."""
    if is_test(card.file) or not card.name.isidentifier() or card.name.startswith("_") or "<" in card.qualified_name:
        return False
    owner = _owner(card)
    if not owner:
        return True
    declared = index.types_named(owner)
    bases = [base for declaration in declared for base in declaration.bases]
    return bool(declared) and card.name != owner and all(base in ("object", "Object") for base in bases)


def _near_misses(card: FunctionCard, draw: random.Random) -> Iterator[str]:
    """Yield names one word from a function's, in its own spelling, with its owner before them."""
    words = _WORD.findall(card.name)
    siblings = list(_SIBLINGS.get(words[0].lower(), ())) if words else []
    draw.shuffle(siblings)
    suffixes = list(_SUFFIXES)
    draw.shuffle(suffixes)
    changed = [[sibling, *words[1:]] for sibling in siblings] + [[*words, suffix] for suffix in suffixes]
    prefix = card.qualified_name[: len(card.qualified_name) - len(card.name)]
    for parts in changed:
        if "_" in card.name or (card.name.islower() and card.language in ("python", "c", "cpp")):
            yield prefix + "_".join(part.lower() for part in parts)
        else:
            joined = "".join(part[:1].upper() + part[1:] for part in parts)
            yield prefix + (joined if card.name[0].isupper() else joined[0].lower() + joined[1:])


def _absent(name: str, card: FunctionCard, index: SymbolIndex) -> bool:
    """Prove that neither the name nor its last part is declared anywhere, nor belongs to the language."""
    bare = name[len(card.qualified_name) - len(card.name) :]
    known = index.has_name(name) or index.has_name(bare) or index.mentions(bare) or index.has_path(bare)
    return not known and bare not in language_names(card.language)


def _answer(name: str, card: FunctionCard, index: SymbolIndex, language: Language) -> str:
    owner = _owner(card)
    siblings = [
        other.name for other in index.cards.values() if other.file == card.file and owner and _owner(other) == owner
    ]
    members = [f"`{member}`" for member in dict.fromkeys(siblings)][:_MEMBERS_NAMED]
    more = len(set(siblings)) > _MEMBERS_NAMED
    nearest = f"`{card.qualified_name}`{place(card, language)}"
    if language == "zh":
        told = f"本仓库中没有 `{name}`。最接近的是 {nearest}。{said(card.summary, language)}"
        return told + (f"`{owner}` 的成员有 {'、'.join(members)}{' 等' if more else ''}。" if members else "")
    told = f"This repository has no `{name}`. The nearest is {nearest}.{said(card.summary, language)}"
    return f"{told} `{owner}` has {', '.join(members)}{' and others' if more else ''}." if members else told


def _owner(card: FunctionCard) -> str:
    parts = re.split(r"\.|::", card.qualified_name)
    return parts[-2] if len(parts) > 1 else ""
