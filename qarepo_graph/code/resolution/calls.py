"""One written call to the function it means: by scope, import and written types first, then by a name's rarity."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Sequence

from qarepo_graph.code.resolution.declarations import Declarations, Place, family, fitting
from qarepo_graph.code.symbols import FunctionCard, TypeCard
from qarepo_graph.schema import Call, Function

_SELF = frozenset(("self", "cls", "this", "*this"))
_SUPER = re.compile(r"super(\(.*\))?$|.*\.super$")
_PLAIN = re.compile(r"[\w$]+(?:(?:\.|::|->)[\w$]+)*$")
_CONSTRUCTED = re.compile(r"(?:new\s+)?([A-Z][\w.]*)(?:<[^()]*>)?\([^()]*\)$")
_TYPE = r"([A-Za-z_][\w.:]*)(?:<[^;={}()]*>)?"
_MOST_GUESSED = 1

# Methods that strings, lists, maps and files have everywhere: without the receiver's type the name says nothing.
_BUILTIN_TYPES: tuple[type, ...] = (str, bytes, list, dict, set, tuple, int, float)
_COMMON_WORDS = (
    "read write close open flush seek next get put set add remove size length contains equals hashCode toString "
    "append push pop shift map filter forEach reduce then catch begin end empty clear insert erase find at front back "
    "c_str data run call apply bind String Error Len Less Swap main init log debug info warn error start stop test "
    "entrySet keySet values iterator hasNext matches trim substring stream collect submit execute await"
)
_EVERYWHERE = frozenset(name for kind in _BUILTIN_TYPES for name in dir(kind) if name[0] != "_").union(
    _COMMON_WORDS.split()
)

Targets = tuple[list[FunctionCard], str]
_NOTHING: Targets = ([], "")


class CallResolver:
    """Resolve the calls of one function after the other."""

    def __init__(self, declarations: Declarations) -> None:
        self._known = declarations
        self._attributes: dict[tuple[str, str], dict[str, str]] = {}
        self._locals: dict[str, dict[str, str]] = {}
        self._imported: dict[str, frozenset[str]] = {}

    def learn(self, function: Function) -> None:
        """Note the types that a function's text gives to attributes and local names."""
        self._learn_attributes(function)
        if function.language == "python" and "import " in function.code:
            self._imported[function.id] = frozenset(_LOCAL_IMPORT.findall(function.code))
        written = {parameter.name for parameter in function.parameters}
        receivers = {call.receiver for call in function.calls if call.receiver.isidentifier()} - written - _SELF
        code = _own_code(function.code) if function.language == "python" else function.code
        found = {name: _declared_in(function.language, code, name) for name in receivers}
        if any(found.values()):
            self._locals[function.id] = {name: declared for name, declared in found.items() if declared}

    def _learn_attributes(self, function: Function) -> None:
        if function.enclosing_type and function.language == "python" and "self." in function.code:
            key = (function.file, function.enclosing_type)
            known = self._attributes.setdefault(key, {})
            for name, annotated, constructed in _ATTRIBUTE.findall(function.code):
                known.setdefault(name, annotated or constructed)
            written = {parameter.name: parameter.type for parameter in function.parameters if parameter.type}
            for name, value in _ATTRIBUTE_FROM_PARAMETER.findall(function.code):
                if value in written:
                    known.setdefault(name, written[value].strip("\"'").split("|")[0].strip())

    def targets(self, function: Function, call: Call) -> Targets:
        """Return the functions a call can mean, and ``resolved`` or ``guessed``; nothing for calls to elsewhere."""
        place = self._known.places.get(function.file)
        if place is None:
            return _NOTHING
        receiver = call.receiver
        owner = self._owner(function, place)
        if call.name in ("super", "this") and call.construction:
            return self._constructor_chain(call, owner, place, function)
        if receiver in _SELF or (place.language == "go" and receiver and receiver == _go_receiver(function)):
            return _certain(self._known.method(owner, call.name, call.arguments)) if owner else _NOTHING
        if _SUPER.match(receiver):
            found = self._known.method(owner, call.name, call.arguments, inherited_only=True) if owner else []
            return _certain(found)
        if call.construction:
            return self._construction(call, place, function)
        if not receiver:
            return self._bare(function, call, owner, place)
        return self._through(function, call, owner, place)

    def overridden(self, function: Function) -> list[FunctionCard]:
        """Return the methods of the nearest base that a method overrides or implements."""
        place = self._known.places.get(function.file)
        owner = self._owner(function, place) if place is not None else None
        if owner is None or not owner.bases or function.kind == "constructor" or function.name == "__init__":
            return []
        same = self._known.method(owner, function.name, inherited_only=True)
        return same if len(same) == 1 else []

    def _owner(self, function: Function, place: Place) -> TypeCard | None:
        if not function.enclosing_type:
            return self._enclosing_owner(function, place)
        return self._known.type_of(function.enclosing_type, place, function.enclosing_type)

    def _enclosing_owner(self, function: Function, place: Place) -> TypeCard | None:
        """Return the type of the method a nested function stands in: ``self`` is its method's."""
        outer = function.qualified_name.partition(".<locals>")[0].rpartition(".")[0]
        return self._known.type_of(outer, place, outer) if outer and ".<locals>" in function.qualified_name else None

    def _constructor_chain(self, call: Call, owner: TypeCard | None, place: Place, function: Function) -> Targets:
        if owner is None:
            return _NOTHING
        if call.name == "this":
            others = [card for card in self._known.constructors(owner, call.arguments) if card.id != function.id]
            return _certain(others)
        base = self._known.type_of(owner.bases[0], place, owner.qualified_name) if owner.bases else None
        return _certain(self._known.constructors(base, call.arguments)) if base is not None else _NOTHING

    def _construction(self, call: Call, place: Place, function: Function) -> Targets:
        qualifier = call.receiver
        written = f"{qualifier}.{call.name}" if qualifier and _PLAIN.match(qualifier) else call.name
        declared = self._known.type_of(written, place, function.qualified_name)
        return _certain(self._known.constructors(declared, call.arguments)) if declared is not None else _NOTHING

    def _bare(self, function: Function, call: Call, owner: TypeCard | None, place: Place) -> Targets:
        name, language = call.name, place.language
        # In Java what a type inherits hides what stands around the type; an import in the function hides it too.
        hidden = (language == "java" and owner is not None) or self._imports_itself(function, name)
        if not hidden and (found := self._in_scope(function, call, place)):
            return _certain(found)
        if language in ("java", "c") and owner is not None:
            outer: TypeCard | None = owner
            while outer is not None:
                if found := self._known.method(outer, name, call.arguments):
                    return _certain(found)
                scope = outer.qualified_name.rpartition("::" if language == "c" else ".")[0]
                outer = self._known.type_of(scope, place, scope) if scope else None
        if found := self._by_import(call, place):
            return _certain(found)
        declared = self._known.type_of(name, place, function.qualified_name)
        if declared is not None and (constructors := self._known.constructors(declared, call.arguments)):
            return _certain(constructors)
        everyone = [card for card in self._known.named(language, name) if _is_free(card)]
        if language == "go":
            here = [c for c in everyone if self._known.places[c.file].folder == place.folder]
            return _certain(here) if here else _NOTHING
        if language == "c":
            return (everyone, "resolved") if len(everyone) == 1 else _guess(everyone, place)
        if language == "java" and owner is not None and not self._known.bases_known(owner):
            others = fitting(self._known.named("java", name), call.arguments)
            return _guess(others, place) if name not in _EVERYWHERE else _NOTHING
        return _NOTHING  # a builtin, a parameter, or something brought in from outside

    def _imports_itself(self, function: Function, name: str) -> bool:
        lines = self._imported.get(function.id, ())
        return any(re.search(rf"\b{re.escape(name)}\b", line) for line in lines)

    def _in_scope(self, function: Function, call: Call, place: Place) -> list[FunctionCard]:
        """Search outwards through the functions and namespaces around, then the file's top level."""
        name, arguments = call.name, call.arguments
        separator = "::" if place.language == "c" else "."
        local = ".<locals>" if place.language == "python" else ""
        scope = function.qualified_name
        # What is nested in the function itself, then what stands beside it, and so on outwards.
        if found := self._known.in_file(function.file, f"{scope}{local}{separator}{name}", arguments):
            return found
        while separator in scope:
            scope = scope.rpartition(separator)[0]
            if place.language == "python" and not scope.endswith("<locals>"):
                continue  # a class body is no scope for the methods in it
            if found := self._known.in_file(function.file, f"{scope}{separator}{name}", arguments):
                return found
        return self._known.in_file(function.file, name, arguments)

    def _by_import(self, call: Call, place: Place) -> list[FunctionCard]:
        imports, name = place.imports, call.name
        if name in imports.names:
            module, original = imports.names[name]
            if place.language == "java":  # a static import: the module is the type
                package, _, owner = module.rpartition(".")
                return fitting(self._in_module(package, f"{owner}.{original}", place), call.arguments)
            return self._in_module(module, original or "default", place)
        for module in imports.wildcards:
            if place.language == "java":
                package, _, owner = module.rpartition(".")
                if found := fitting(self._in_module(package, f"{owner}.{name}", place), call.arguments):
                    return found
            elif found := self._in_module(module, name, place):
                return found
        return []

    def _in_module(self, module: str, qualified_name: str, place: Place, depth: int = 0) -> list[FunctionCard]:
        files = self._known.module_files(module, place.language)
        for file in files:
            if found := self._known.in_file(file, qualified_name):
                return found
        if depth < 2:
            # A package hands on what it imports itself: `from .core import run` in its __init__ or index file.
            for file in files:
                names = self._known.places[file].imports.names
                if qualified_name in names and names[qualified_name][1]:
                    inner, original = names[qualified_name]
                    return self._in_module(inner, original, self._known.places[file], depth + 1)
        return []

    def _through(self, function: Function, call: Call, owner: TypeCard | None, place: Place) -> Targets:
        receiver, name, arguments = call.receiver, call.name, call.arguments
        if _PLAIN.match(receiver):
            if receiver in place.imports.names:
                module, original = place.imports.names[receiver]
                inside = f"{module}.{original}" if original and place.language == "python" else module
                if found := self._in_module(inside, name, place):
                    return _certain(found)
            written = self._written_type(function, receiver, owner)
            declared = self._known.type_of(written or receiver, place, function.qualified_name)
            if declared is not None:
                if found := self._known.method(declared, name, arguments):
                    return _certain(found)
                inner = self._known.type_of(f"{declared.name}.{name}", place)
                return _certain(self._known.constructors(inner)) if inner is not None else _NOTHING
            if written:
                return _NOTHING  # a type from outside the repository, or one of several
            if place.language == "c" and "::" not in receiver and "." not in receiver:
                found = [c for c in self._known.named("c", name) if c.qualified_name.endswith(f"{receiver}::{name}")]
                if found:
                    return _certain(found)
            if receiver.split(".", maxsplit=1)[0] in place.imports.names and not self._is_ours(receiver, place):
                return _NOTHING  # a library's
        if constructed := _CONSTRUCTED.match(receiver):
            made = self._known.type_of(constructed.group(1), place, function.qualified_name)
            return _certain(self._known.method(made, name, arguments)) if made is not None else _NOTHING
        if name in _EVERYWHERE or hasattr(builtins, name) or name.startswith("__"):
            return _NOTHING
        named = fitting(self._known.named(place.language, name), arguments)
        methods = [card for card in named if not _is_free(card)]
        return _guess([card for card in methods if card.id != function.id], place)

    def _is_ours(self, receiver: str, place: Place) -> bool:
        module, original = place.imports.names[receiver.split(".", maxsplit=1)[0]]
        return bool(
            self._known.module_files(module, place.language)
            or self._known.module_files(f"{module}.{original}", place.language)
        )

    def _written_type(self, function: Function, receiver: str, owner: TypeCard | None) -> str:
        """Return the type that is written for a parameter, a local name or an attribute; empty where none is."""
        parameter = next((p for p in function.parameters if p.name == receiver), None)
        if parameter is not None:
            return _bare_type(parameter.type)
        head, _, attribute = receiver.partition(".")
        if head == "self" and attribute and owner is not None:
            return _bare_type(self._attributes.get((owner.file, owner.qualified_name), {}).get(attribute, ""))
        return self._locals.get(function.id, {}).get(receiver, "")


_ATTRIBUTE = re.compile(r"self\.(\w+)\s*(?::\s*[\"']?([A-Za-z_][\w.]*)[^=\n]*)?=\s*([A-Z]\w*(?:\.\w+)*)?(?=\()")
_ATTRIBUTE_FROM_PARAMETER = re.compile(r"self\.(\w+)\s*=\s*(\w+)\s*$", re.MULTILINE)

# A name on the left of " = ", alone or among others (without a blank it is an argument's name), behind "as" or "for",
# or in a walrus.
_BOUND = (
    r"(?m)^[ \t(]*(?:[\w.]+\s*,\s*)*{0}(?:\s*:[^=\n]+)?(?:\s+=[^=]|\s*,[^=\n(]*=[^=])"
    r"|\bas\s+\(?{0}\b|\bfor\s+[^\n]*?\b{0}\b[^\n]*\bin\b|\b{0}\s*:="
)
_LOCAL_IMPORT = re.compile(r"^[ \t]+(?:from[ \t]+\S+[ \t]+)?import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)
_NESTED = re.compile(r"\s+(?:async\s+)?(?:def|class)\b")


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


def _declared_in(written_in: str, code: str, name: str) -> str:
    """Return the type a local variable is declared with or constructed from, where exactly one is written."""
    escaped = re.escape(name)
    language = family(written_in)
    if language in ("java", "c"):
        pattern = rf"\b{_TYPE}[\s&*]+{escaped}\s*(?:[=;:,){{]|\()"
    elif language == "go":
        pattern = rf"\b{escaped}\s*:?=\s*&?{_TYPE}\{{"
    else:
        pattern = rf"\b{escaped}\s*(?::[^=\n]+)?=\s*(?:new\s+)?([A-Z]\w*(?:\.[A-Z]\w*)*)\("
    written = re.findall(pattern, code)
    if language == "python" and len(written) != len(re.findall(_BOUND.format(escaped), code)):
        return ""  # bound in some other way too
    found = set(written) - {"return", "new", "throw", "else", "auto", "var", "const"}
    return found.pop() if len(found) == 1 else ""


def _bare_type(written: str) -> str:
    """Return a type's name without qualifiers, arguments and marks: ``const ns::Cart<T>&`` is ``ns::Cart``."""
    name = re.sub(r"<.*|\[.*", "", written.strip("\"' "))
    name = re.sub(r"\b(const|final|struct|class|volatile|mut|readonly|typename)\b", "", name)
    return name.replace("...", "").strip("&* ?")


def _go_receiver(function: Function) -> str:
    match = re.match(r"func\s*\(\s*(\w+)\s", function.signature)
    return match.group(1) if match else ""


def _is_free(card: FunctionCard) -> bool:
    return "." not in card.qualified_name.replace(".<locals>", "") and not (
        "::" in card.qualified_name and card.qualified_name.split("::")[-2][:1].isupper()
    )


def _certain(found: Iterable[FunctionCard]) -> Targets:
    """All candidates belong to one declaration; overloads among them can only be told apart by argument types."""
    cards = list(found)
    if len(cards) > 1 and cards[0].language == "python":
        # `@overload` only tells type checkers; what is called is the one whose id names no parameters.
        cards = [card for card in cards if not card.id.endswith(")")] or cards
    return cards[:1], ("resolved" if len(cards) == 1 else "guessed") if cards else ""


def _guess(candidates: Sequence[FunctionCard], place: Place) -> Targets:
    here = [card for card in candidates if card.file == place.file]
    chosen = here if len(here) == 1 else list(candidates)
    return (chosen, "guessed") if 0 < len(chosen) <= _MOST_GUESSED else _NOTHING
