"""Text in a repository that speaks to a model instead of to a reader, and answers that did as it said.

Detection is never complete, so it is the second line: the first is that repository text is fenced as data, that a
request has no tools and one schema, and that every name in an answer must exist. Functions with such text are counted
and named in the report; an answer about one may not repeat what the text asked for.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import re2

from qarepo_graph.safety.injection_patterns import ADDRESS, ADDRESSED, COMMAND

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*|\d+|[\u4e00-\u9fff]")
_MARK = re.compile(r"\b[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)+\b|\b[A-Z]{5,}\b|\b[A-Za-z]+\d{3,}\w*\b")
_CODE_LINE = re.compile(r"[\w.\[\]()\"']+\s*[=({:]|(?:return|if|for|while|def|class|else|try|raise)\b|[})\]]")
_PARAGRAPH_LINES = 12
_SHARED_WORDS = 4
"""Neighbouring words an answer may not share with a flagged passage: three are common by chance, four are a quote."""


@functools.lru_cache(maxsize=64)
def instructions_to_a_model(text: str) -> tuple[str, ...]:
    """Return the passages of a text that read like instructions to a model; none is usual.

    A passage is the paragraph it stands in: comment marks and line breaks of wrapped text are part of it.
    """
    which, expressions = _automaton()
    numbers = which.Match(text.encode("utf-8", "replace"))
    passages: dict[str, None] = {}
    for number in sorted(numbers or ()):
        for match in expressions[number].finditer(text.encode("utf-8", "replace").decode()):
            passages[_paragraph(text, match.start(), match.end())] = None
    return tuple(passages)


def obeyed(answer: str, source: str) -> str:
    """Return a sentence when an answer carries what no code asked for, else an empty string.

    An address or a shell command must stand in the source outside of passages that speak to a model. Where there is
    such a passage, its words and marks must not come back either.

    Args:
        answer: What the model wrote, all fields together.
        source: The repository text it was shown.
    """
    passages = instructions_to_a_model(source)
    honest = source
    for passage in passages:
        honest = honest.replace(passage, "\n")
    for kind, expression in (("address", ADDRESS), ("command", COMMAND)):
        for match in expression.finditer(answer):
            if match.group().rstrip(".,;:") not in honest:
                return f"The text holds the {kind} {match.group()[:60]!r}, which the code does not use; leave it out."
    flagged = "\n".join(passages)
    if not flagged:
        return ""
    for mark in _MARK.findall(answer):
        if mark in flagged and mark not in honest:
            return f"The text repeats {mark[:60]!r} from a comment that speaks to a model; speak of the code alone."
    shared = _shared_run(_words(answer), _words(flagged), _words(honest))
    if shared:
        return f"The text repeats {shared!r} from a comment that speaks to a model; speak of the code alone."
    return ""


@functools.cache
def _automaton() -> tuple[Any, tuple[Any, ...]]:
    options = re2.Options()
    options.max_mem = 256 << 20
    options.log_errors = False
    which = re2.Set.SearchSet(options)
    for pattern in ADDRESSED:
        which.Add(pattern)
    which.Compile()
    return which, tuple(re2.compile(pattern, options) for pattern in ADDRESSED)


def _paragraph(text: str, start: int, end: int) -> str:
    """Return the lines around a match that belong to the same comment, string or paragraph."""
    lines = text.split("\n")
    first = text.count("\n", 0, start)
    last = text.count("\n", 0, max(start, end - 1))
    kind = _kind_of(lines[last])
    low = max(0, first - _PARAGRAPH_LINES)
    while first > low and _kind_of(lines[first - 1]) == kind:
        first -= 1
    high = min(len(lines) - 1, last + _PARAGRAPH_LINES)
    while last < high and _kind_of(lines[last + 1]) == kind:
        last += 1
    return "\n".join(lines[first : last + 1])


def _kind_of(line: str) -> str:
    head = line.lstrip()
    if not head:
        return "blank"
    if head.startswith(("#", "//", "/*", "*", "--", ";")):
        return "comment"
    return "code" if _CODE_LINE.match(head) else "text"


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _shared_run(answer: list[str], flagged: list[str], honest: list[str]) -> str:
    """Return a run of words that the answer shares with the flagged passages and not with the rest of the source."""
    runs = _runs(flagged) - _runs(honest)
    return next((" ".join(run) for run in _runs(answer) if run in runs), "")


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + _SHARED_WORDS]) for at in range(len(words) - _SHARED_WORDS + 1)}
