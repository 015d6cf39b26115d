"""The types that functions' texts give to attributes and local names, noted before any call is resolved."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from qarepo_graph.code.resolution.declarations import family
from qarepo_graph.schema import Function

SELF = frozenset(("self", "cls", "this", "*this"))
"""Receivers that are the object itself."""

_TYPE = r"([A-Za-z_][\w.:]*)(?:<[^;={}()]*>)?"
# Each finds all local names of a function at once, with the type each is declared with or constructed from. What
# follows the first of the two is only looked at, so that no match hides another.
_TYPE_FIRST = re.compile(rf"\b{_TYPE}(?=[\s&*]+(\w+)\s*[=;:,){{(])")
_GO_LITERAL = re.compile(rf"\b(\w+)(?=\s*:?=\s*&?{_TYPE}\{{)")
_CONSTRUCTION = re.compile(r"=\s*(?:new\s+)?[A-Z]\w*(?:\.[A-Z]\w*)*\(")
_CONSTRUCTED = re.compile(r"\b(\w+)(?=\s*(?::[^=\n]+)?=\s*(?:new\s+)?([A-Z]\w*(?:\.[A-Z]\w*)*)\()")
_NO_TYPES = frozenset(("return", "new", "throw", "else", "auto", "var", "const"))

_ATTRIBUTE = re.compile(r"self\.(\w+)\s*(?::\s*[\"']?([A-Za-z_][\w.]*)[^=\n]*)?=\s*([A-Z]\w*(?:\.\w+)*)?(?=\()")
_ATTRIBUTE_FROM_PARAMETER = re.compile(r"self\.(\w+)\s*=\s*(\w+)\s*$", re.MULTILINE)

# A name on the left of " = ", alone or among others (without a blank it is an argument's name), behind "as" or "for",
# or in a walrus.
_BOUND = (
    r"(?m)^[ \t(]*(?:[\w.]+\s*,\s*)*{0}(?:\s*:[^=\n]+)?(?:\s+=[^=]|\s*,[^=\n(]*=[^=])"
    r"|\bas\s+\(?{0}\b|\bfor\s+[^\n]*?\b{0}\b[^\n]*\bin\b|\b{0}\s*:="
)
_LOCAL_IMPORT = re.compile(r"^[ \t]+(?:from[ \t]+\S+[ \t]+)?import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)
_WORD = re.compile(r"\w+")
_NESTED = re.compile(r"\s+(?:async\s+)?(?:def|class)\b")


class WrittenTypes:
    """What functions' texts say; each must be noted before the first question."""

    def __init__(self) -> None:
        self._attributes: dict[tuple[str, str], dict[str, str]] = {}
        self._locals: dict[str, dict[str, str]] = {}
        self._imported: dict[str, frozenset[str]] = {}

    def noting(self, functions: Iterable[Function]) -> Iterator[Function]:
        """Yield the functions, each noted as it passes."""
        for function in functions:
            self.note(function)
            yield function

    def note(self, function: Function) -> None:
        """Note the types that a function's text gives to attributes and local names."""
        if function.language == "python":
            self._note_attributes(function)
            if "import " in function.code:
                lines = _LOCAL_IMPORT.findall(function.code)
                self._imported[function.id] = frozenset(word for line in lines for word in _WORD.findall(line))
        receivers = {call.receiver for call in function.calls if call.receiver.isidentifier()} - SELF
        receivers.difference_update(parameter.name for parameter in function.parameters)
        found = _types_of(receivers, function) if receivers else {}
        if found:
            self._locals[function.id] = found

    def of_attribute(self, file: str, owner: str, name: str) -> str:
        """Return the type written for ``self.name`` in a class, empty where none is."""
        return self._attributes.get((file, owner), {}).get(name, "")

    def of_local(self, function_id: str, name: str) -> str:
        """Return the one type a function gives to a local name, empty where there is none or more."""
        return self._locals.get(function_id, {}).get(name, "")

    def imports_itself(self, function_id: str, name: str) -> bool:
        """Return whether a function's own import lines hold a name."""
        return name in self._imported.get(function_id, ())

    def _note_attributes(self, function: Function) -> None:
        if function.enclosing_type and "self." in function.code:
            key = (function.file, function.enclosing_type)
            known = self._attributes.setdefault(key, {})
            for name, annotated, constructed in _ATTRIBUTE.findall(function.code):
                known.setdefault(name, annotated or constructed)
            written = {parameter.name: parameter.type for parameter in function.parameters if parameter.type}
            for name, value in _ATTRIBUTE_FROM_PARAMETER.findall(function.code):
                if value in written:
                    known.setdefault(name, written[value].strip("\"'").split("|")[0].strip())


def _types_of(names: set[str], function: Function) -> dict[str, str]:
    """Return the type of each local name that is declared with or constructed from exactly one."""
    language = family(function.language)
    written: dict[str, list[str]] = defaultdict(list)
    code = _own_code(function.code) if language == "python" else function.code
    for name, declared in _declarations_in(code, language):
        if name in names:
            written[name].append(declared)
    found = {}
    for name, types in written.items():
        if language == "python" and len(types) != len(re.findall(_BOUND.format(re.escape(name)), code)):
            continue  # bound in some other way too
        distinct = set(types) - _NO_TYPES
        if len(distinct) == 1:
            found[name] = distinct.pop()
    return found


def _declarations_in(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield local names, each with a type it is declared with or constructed from."""
    if language in ("java", "c"):
        for declared, name in _TYPE_FIRST.findall(code):
            yield name, declared
    elif language == "go":
        yield from _GO_LITERAL.findall(code)
    else:  # the right side, which is rare, is sought first: many times faster than each word with what follows it
        end = 0
        for construction in _CONSTRUCTION.finditer(code):
            start = max(end, code.rfind("\n", 0, construction.start()))
            end = construction.end()
            yield from _CONSTRUCTED.findall(code, start, end)


def _own_code(code: str) -> str:
    """Return a Python function's text without the functions and classes nested in it, whose names are their own."""
    kept: list[str] = []
    nested = -1
    for line in code.split("\n"):
        indent = len(line) - len(line.lstrip())
        if 0 <= nested < indent or not line.strip():
            continue
        nested = indent if kept and _NESTED.match(line) else -1
        if nested < 0:
            kept.append(line)
    return "\n".join(kept)
