"""Helpers of the parsing tests."""

from __future__ import annotations

from qarepo_graph.code.extract import extract
from qarepo_graph.schema import Function, ParsedFile

PATHS = {
    "python": "m.py",
    "java": "M.java",
    "cpp": "m.cpp",
    "c": "m.c",
    "javascript": "m.js",
    "typescript": "m.ts",
    "go": "m.go",
}


def parsed(language: str, text: str | bytes, **options: object) -> ParsedFile:
    raw = text.encode() if isinstance(text, str) else text
    return extract(PATHS[language], language, raw, **options)  # type: ignore[arg-type]


def functions(language: str, text: str | bytes, **options: object) -> tuple[Function, ...]:
    return parsed(language, text, **options).functions


def names(language: str, text: str | bytes) -> list[str]:
    return [function.qualified_name for function in functions(language, text)]


def only(language: str, text: str | bytes) -> Function:
    found = functions(language, text)
    assert len(found) == 1, [function.qualified_name for function in found]
    return found[0]
