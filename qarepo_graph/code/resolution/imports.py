"""Import lines to what a name in the file stands for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from qarepo_graph.schema import SourceFile

_PYTHON_FROM = re.compile(r"from\s+(\.*)\s*([\w.]*)\s+import\s+\(?\s*([^)]*)")
_JAVA = re.compile(r"import\s+(static\s+)?([\w.]+?)(\.\*)?\s*;")
_SCRIPT = re.compile(r"""import\s+(?:type\s+)?(.*?)\s*from\s*["']([^"']+)["']""")
_REQUIRE = re.compile(r"""(?:const|let|var)\s+(.*?)\s*=\s*require\(\s*["']([^"']+)["']\s*\)""")
_GO = re.compile(r'(?:([\w.]+)\s+)?["`]([^"`]+)["`]')
_ITEM = re.compile(r"([\w$*]+)(?:\s+as\s+|\s*:\s*)?([\w$]+)?$")


@dataclass(slots=True)
class Imports:
    """What a file brings in.

    Attributes:
        names: Local name to the module it comes from and its name there; an empty name is the module itself.
        wildcards: Modules whose names are all brought in.
    """

    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    wildcards: list[str] = field(default_factory=list)


def imports_of(file: SourceFile) -> Imports:
    """Return what a file's import lines bring in; nothing for languages that include text instead."""
    found = Imports()
    read = _READERS.get(file.language)
    if read is not None:
        for line in file.imports:
            read(line, file, found)
    return found


def _python(line: str, file: SourceFile, found: Imports) -> None:
    if match := _PYTHON_FROM.match(line):
        dots, module, items = match.groups()
        if dots:
            package = file.module.split(".")
            # A package's own __init__ counts as inside it, a module as beside its siblings.
            up = len(dots) - (1 if file.path.endswith("__init__.py") else 0)
            base = package[: len(package) - up] if up else package
            module = ".".join([*base, *([module] if module else [])])
        for item in items.split(","):
            _take_item(item.split("#")[0].strip(), module, found)
    elif line.startswith("import "):
        for item in line.removeprefix("import ").split(","):
            module, _, alias = (part.strip() for part in item.partition(" as "))
            # `import a.b` binds `a`, but a.b.f() is written in full: both spellings are known.
            found.names[alias or module] = (module, "")


def _java(line: str, _file: SourceFile, found: Imports) -> None:
    if match := _JAVA.match(line):
        _static, path, wildcard = match.groups()
        if wildcard:
            found.wildcards.append(path)
        else:
            module, _, name = path.rpartition(".")
            found.names[name] = (module, name)


def _script(line: str, file: SourceFile, found: Imports) -> None:
    match = _SCRIPT.match(line) or _REQUIRE.match(line)
    if match is None:
        return
    clause, source = match.groups()
    if not source.startswith("."):
        return  # a package, which is not in the repository
    module = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), source))
    for ending in (".d.ts", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts"):
        module = module.removesuffix(ending)
    module = module.removesuffix("/index")
    default, _, braces = clause.partition("{")
    default = default.strip().rstrip(",").strip()
    if default.startswith("*"):
        found.names[default.rpartition(" ")[2]] = (module, "")
    elif default:
        # A default import or require() may be the module's object or its one function: both are tried.
        found.names[default] = (module, "")
    for item in braces.rstrip("} ").split(","):
        _take_item(item.strip().removeprefix("type "), module, found)


def _go(line: str, _file: SourceFile, found: Imports) -> None:
    if match := _GO.match(line):
        alias, path = match.groups()
        if alias == ".":
            found.wildcards.append(path)
        else:
            found.names[alias or path.rpartition("/")[2]] = (path, "")


def _take_item(item: str, module: str, found: Imports) -> None:
    if item == "*":
        found.wildcards.append(module)
    elif match := _ITEM.match(item):
        name, alias = match.groups()
        found.names[alias or name] = (module, name)


_READERS: dict[str, Callable[[str, SourceFile, Imports], None]] = {
    "python": _python,
    "java": _java,
    "javascript": _script,
    "typescript": _script,
    "go": _go,
}
