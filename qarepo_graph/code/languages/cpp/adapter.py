"""C++, and headers of either language: a ``.h`` file is read with the grammar that understands more of it."""

from __future__ import annotations

from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.languages.c_family.macros import learn, survey
from qarepo_graph.code.languages.c_family.passes import outline_file, outline_header
from qarepo_graph.code.outline import Outline


def outline(source: Source) -> Outline:
    """Read a C++ file's outline; a ``.h`` file with errors is tried as C too and the better reading is kept."""
    return outline_header(source) if source.path.endswith(".h") else outline_file(source, "cpp")


def module_name(_path: str, written: str) -> str:
    """Return the C++20 module the file names, if it does."""
    return written


CPP = LanguageAdapter(
    name="cpp",
    suffixes=(".cpp", ".cc", ".cxx", ".c++", ".h", ".hpp", ".hh", ".hxx", ".ipp", ".inl", ".tpp"),
    grammar="cpp",
    separator="::",
    outline=outline,
    module=module_name,
    survey=survey,
    learn=learn,
)
