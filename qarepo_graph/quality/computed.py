"""Questions whose answers are computed from the index and the call graph: nothing in them comes from a model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from qarepo_graph.code.handles import handle_of
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex
from qarepo_graph.schema import Language


@dataclass(frozen=True, slots=True)
class ComputedAnswer:
    """One answer with its questions.

    Attributes:
        functions: Ids of the functions it is about, first the one asked about.
        questions: Wordings of the question.
        answer: The answer, with files and lines.
    """

    functions: tuple[str, ...]
    questions: tuple[str, ...]
    answer: str


def handle(card: FunctionCard, index: SymbolIndex, language: Language) -> str:
    """Return a function's name as a question says it: with its file where another function has the name too."""
    found = handle_of(card, index)
    if not found.path:
        return f"`{found.name}`"
    return f"`{found.path}` 中的 `{found.name}`" if language == "zh" else f"`{found.name}` in `{found.path}`"


def place(card: FunctionCard, language: Language) -> str:
    """Return where a function stands, in brackets."""
    one = card.start_line == card.end_line
    lines = str(card.start_line) if one else f"{card.start_line}-{card.end_line}"
    if language == "zh":
        return f"（`{card.file}`，第 {lines} 行）"
    return f" (`{card.file}`, line{'' if one else 's'} {lines})"


def said(summary: str, language: Language) -> str:
    """Return a documentation sentence as a quotation, or nothing where there is none."""
    if not summary:
        return ""
    return f"文档：“{summary}”" if language == "zh" else f" Its documentation says: “{summary}”"


def turned(templates: Sequence[str], key: str, count: int = 4) -> tuple[str, ...]:
    """Return ``count`` of the templates, other ones for other keys, so that rows do not all open alike."""
    start = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[0]
    return tuple(templates[(start + step) % len(templates)] for step in range(min(count, len(templates))))
