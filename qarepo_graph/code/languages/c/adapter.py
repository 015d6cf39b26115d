"""C: ``.c`` files, and the headers of repositories that have no C++."""

from __future__ import annotations

from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.languages.c_family.macros import learn, survey
from qarepo_graph.code.languages.c_family.passes import outline_file
from qarepo_graph.code.outline import Outline


def outline(source: Source) -> Outline:
    """Read a C file's outline."""
    return outline_file(source, "c")


def module_name(_path: str, _written: str) -> str:
    """C has no modules that a path or a file names."""
    return ""


C = LanguageAdapter(
    name="c",
    suffixes=(".c",),
    grammar="c",
    separator="::",
    outline=outline,
    module=module_name,
    survey=survey,
    learn=learn,
)
