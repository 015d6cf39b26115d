"""The languages that are read, and which file belongs to which."""

from __future__ import annotations

from pathlib import PurePosixPath

from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.languages.c.adapter import C
from qarepo_graph.code.languages.cpp.adapter import CPP
from qarepo_graph.code.languages.go.adapter import GO
from qarepo_graph.code.languages.java.adapter import JAVA
from qarepo_graph.code.languages.javascript.adapter import JAVASCRIPT
from qarepo_graph.code.languages.python.adapter import PYTHON
from qarepo_graph.code.languages.typescript.adapter import TYPESCRIPT

__all__ = ["LANGUAGES", "LanguageAdapter", "Source", "language_of"]

LANGUAGES: dict[str, LanguageAdapter] = {
    adapter.name: adapter for adapter in (PYTHON, JAVA, C, CPP, JAVASCRIPT, TYPESCRIPT, GO)
}

_BY_SUFFIX = {suffix: adapter.name for adapter in LANGUAGES.values() for suffix in adapter.suffixes}


def language_of(path: str) -> str:
    """Return the language a file's name stands for, empty if none is supported."""
    return _BY_SUFFIX.get(PurePosixPath(path).suffix.lower(), "")
