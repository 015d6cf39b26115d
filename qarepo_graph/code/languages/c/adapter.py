"""C: the readers of C++ over the C grammar, which also knows K&R definitions."""

from __future__ import annotations

from dataclasses import replace

from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.languages.cpp.adapter import module_name, outline_with
from qarepo_graph.code.outline import Outline


def outline(source: Source) -> Outline:
    """Parse a C file and read its outline; C has no overloads, so names need no parameter types."""
    found = outline_with("c", "c", source)
    found.functions = [replace(function, id_suffix="") for function in found.functions]
    return found


C = LanguageAdapter(
    name="c",
    suffixes=(".c",),
    grammar="c",
    separator="::",
    outline=outline,
    module=module_name,
)
