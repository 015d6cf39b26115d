"""Names that belong to a programming language and its standard library, which no repository needs to declare."""

from __future__ import annotations

import builtins
import keyword
import sys
import typing
from functools import cache

from qarepo_graph.quality.words import word_list

_LISTS = {"java": "java", "c": "cpp", "cpp": "cpp"}
_PYTHON_TYPES = (str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset, object, BaseException)

PROSE_NAMES = word_list("prose_names")
"""Words shaped like code that prose uses as ordinary names."""


@cache
def language_names(language: str) -> frozenset[str]:
    """Return the keywords, built-in names and standard library names of a programming language.

    Args:
        language: As in ``Function.language``. Languages without a list of their own get an empty set.
    """
    if language == "python":
        return _python_names()
    return word_list(_LISTS[language]) if language in _LISTS else frozenset()


@cache
def _python_names() -> frozenset[str]:
    members = {name for kind in _PYTHON_TYPES for name in dir(kind)}
    special = {f"__{name}__" for name in word_list("python_special")} | {"self", "cls", "args", "kwargs"}
    words = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names, *typing.__all__}
    return frozenset(words | members | special | word_list("python"))
