"""What a language must supply: its file names, its grammar, and how bytes become an outline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from qarepo_graph.code.outline import Outline


@dataclass(frozen=True, slots=True)
class Source:
    r"""One file's text as an adapter gets it.

    Attributes:
        path: POSIX path relative to the repository's root.
        data: UTF-8 bytes, byte order mark removed, line ends ``\\n``.
        learned: What ``LanguageAdapter.learn`` made of the whole repository, or None.
    """

    path: str
    data: bytes
    learned: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageAdapter:
    """A language as plain functions and values.

    Attributes:
        name: Name used in ``Function.language``.
        suffixes: File name endings, lower case, with the dot.
        grammar: Grammar of the language pack, for the run's record.
        separator: Between the parts of a qualified name.
        local_scope: Name part that stands for "inside this function" (``<locals>`` in Python), may be empty.
        comment: Prefix of a line comment.
        outline: Bytes to outline. May parse several masked copies of the same length and merge.
        module: Module name from the path and the package written in the file (which may be empty).
        survey: First pass over one file's bytes, in a worker: picklable facts for ``learn``. None for most languages.
        learn: Facts of all files to what ``Source.learned`` holds; picklable.
    """

    name: str
    suffixes: tuple[str, ...]
    grammar: str
    separator: str
    outline: Callable[[Source], Outline]
    module: Callable[[str, str], str]
    local_scope: str = ""
    comment: str = "//"
    survey: Callable[[bytes], Any] | None = None
    learn: Callable[[Iterable[Any]], Any] | None = None
