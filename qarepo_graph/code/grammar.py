"""Grammars and queries: the only module that imports the language pack."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

from tree_sitter import Language, Parser, Point, Query, Range, Tree
from tree_sitter_language_pack import SupportedLanguage, get_language

LANGUAGES_FOLDER = Path(__file__).parent / "languages"


@cache
def grammar(name: str) -> Language:
    """Return the grammar of that name in the language pack."""
    return get_language(cast("SupportedLanguage", name))


@cache
def _parser(name: str) -> Parser:
    return Parser(grammar(name))


def parse(name: str, data: bytes) -> Tree:
    """Parse UTF-8 bytes with the named grammar; errors become nodes of the tree, never exceptions."""
    return _parser(name).parse(data)


def parse_slice(name: str, data: bytes, start: int, end: int) -> Tree:
    """Parse only the bytes from ``start`` to ``end``; byte offsets stay those of ``data``, points do not."""
    only = Range(Point(0, 0), Point(0, end - start), start, end)
    return Parser(grammar(name), included_ranges=[only]).parse(data)


@cache
def query(name: str, folder: str) -> Query:
    """Return the ``.scm`` files of a language's folder as one query, so that one pass over the tree answers all.

    Args:
        name: Grammar the query is compiled for.
        folder: Folder under ``languages/`` whose ``queries/*.scm`` are read.
    """
    files = sorted((LANGUAGES_FOLDER / folder / "queries").glob("*.scm"))
    return Query(grammar(name), "\n".join(file.read_text(encoding="utf-8") for file in files))
