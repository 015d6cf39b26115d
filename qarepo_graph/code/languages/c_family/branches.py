"""Keeping one branch of every ``#if``, so that braces split over branches balance.

A parser without preprocessor reads ``if (a) {`` and the ``if (b) {`` of its ``#else`` as two open blocks, and every
function behind them is lost. Two more passes, one with the first branch and one with the last, see each function whole;
what they find is merged. Offsets stay true: what is left out becomes spaces.
"""

from __future__ import annotations

import re
from typing import Literal

from qarepo_graph.code.languages.c_family.shadow import blank

_CONDITIONAL = re.compile(
    rb"^[ \t]*#[ \t]*(?P<word>ifdef|ifndef|if|elifdef|elifndef|elif|else|endif)\b"
    rb"(?P<test>(?:[^\\\n]|\\[\s\S])*)",
    re.MULTILINE,
)
_NEVER = re.compile(rb"\s*(?:0|false)\s*(?://.*|/\*.*)?\Z")
_CPLUSPLUS = re.compile(rb"\s*(?:defined\s*\(?\s*)?__cplusplus\b")


def has_alternatives(data: bytes) -> bool:
    """Say whether some ``#if`` has an ``#else`` or ``#elif``, so that the first and the last branch differ."""
    return any(match["word"].startswith(b"el") for match in _CONDITIONAL.finditer(data))


def has_conditionals(data: bytes) -> bool:
    """Say whether there is any ``#if`` at all."""
    return _CONDITIONAL.search(data) is not None


def keep_branches(data: bytes, which: Literal["first", "last"], *, plain_c: bool) -> bytes:
    """Return a copy of equal length with one branch of every conditional kept and the conditionals blanked.

    Args:
        data: UTF-8 text.
        which: The branch to keep. Of ``#if 0`` the alternative is kept, and nothing if there is none.
        plain_c: The text is read as C: ``#ifdef __cplusplus`` counts as false. Else it counts as true.
    """
    edited = bytearray(data)
    stack: list[_Open] = []
    for match in _CONDITIONAL.finditer(data):
        word = match["word"]
        if word.startswith(b"if"):
            stack.append(_Open([], word, match["test"]))
        if stack:
            stack[-1].marks.append((match.start(), match.end()))
        if word == b"endif" and stack:
            _keep_one(edited, stack.pop(), which, plain_c)
    return bytes(edited)


class _Open:
    """One conditional from its ``#if`` on: the places of its directives and its first test."""

    __slots__ = ("marks", "test", "word")

    def __init__(self, marks: list[tuple[int, int]], word: bytes, test: bytes) -> None:
        self.marks = marks
        self.word = word
        self.test = test

    def first_is_dead(self, plain_c: bool) -> bool | None:
        """Say whether the first branch is never (True) or always (False) compiled; None if that is open."""
        if self.word == b"if" and _NEVER.match(self.test):
            return True
        if _CPLUSPLUS.match(self.test):
            return plain_c != (self.word == b"ifndef")
        return None


def _keep_one(edited: bytearray, conditional: _Open, which: Literal["first", "last"], plain_c: bool) -> None:
    marks = conditional.marks
    branches = [(marks[i][1], marks[i + 1][0]) for i in range(len(marks) - 1)]
    dead = conditional.first_is_dead(plain_c)
    if dead is None:
        kept = 0 if which == "first" else len(branches) - 1
    elif dead:
        kept = -1 if len(branches) == 1 else (1 if which == "first" else len(branches) - 1)
    else:
        kept = 0
    for number, (start, end) in enumerate(branches):
        if number != kept:
            edited[start:end] = blank(bytes(edited[start:end]))
    for start, end in marks:
        edited[start:end] = blank(bytes(edited[start:end]))
