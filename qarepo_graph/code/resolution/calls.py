"""One written call to the function it means: by scope, import and written types first, then by a name's rarity."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Sequence

from qarepo_graph.code.resolution.declarations import Declarations, Place, fitting
from qarepo_graph.code.resolution.written_types import SELF, WrittenTypes
from qarepo_graph.code.symbols import FunctionCard, TypeCard
from qarepo_graph.schema import Call, Function

_SUPER = re.compile(r"super(\(.*\))?$|.*\.super$")
_PLAIN = re.compile(r"[\w$]+(?:(?:\.|::|->)[\w$]+)*$")
_CONSTRUCTED = re.compile(r"(?:new\s+)?([A-Z][\w.]*)(?:<[^()]*>)?\([^()]*\)$")
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

    def __init__(self, declarations: Declarations, written: WrittenTypes) -> None:
        self._known = declarations
        self._written = written
        self._last_owner: tuple[str, TypeCard | None] = "", None

    def targets(self, function: Function, call: Call) -> Targets:
        """Return the functions a call can mean, and ``resolved`` or ``guessed``; nothing for calls to elsewhere."""
        place = self._known.places.get(function.file)
        if place is None:
            return _NOTHING
        receiver = call.receiver
        owner = self._owner(function, place)
        if call.name in ("super", "this") and call.construction:
            return self._constructor_chain(call, owner, place, function)
        if receiver in SELF or (place.language == "go" and receiver and receiver == _go_receiver(function)):
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
        """Return the type a function belongs to, found once for all its calls."""
        if self._last_owner[0] != function.id:
            written = function.enclosing_type
            owner = self._known.type_of(written, place, written) if written else self._enclosing_owner(function, place)
            self._last_owner = function.id, owner
        return self._last_owner[1]

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
        hidden = (language == "java" and owner is not None) or self._written.imports_itself(function.id, name)
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
            return _bare_type(self._written.of_attribute(owner.file, owner.qualified_name, attribute))
        return self._written.of_local(function.id, receiver)


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
