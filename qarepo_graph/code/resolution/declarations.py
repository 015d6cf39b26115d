"""The repository's declarations by the ways a name can reach them: own file, package, import, type."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from qarepo_graph.code.resolution.imports import Imports, imports_of
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex, TypeCard
from qarepo_graph.schema import SourceFile

_FAMILY = {"cpp": "c", "typescript": "javascript"}
_MOST_BASES = 64


def family(language: str) -> str:
    """Return the group of languages that call each other."""
    return _FAMILY.get(language, language)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name is written: its file, that file's folder, package and imports."""

    file: str
    folder: str
    module: str
    language: str
    imports: Imports


class Declarations:
    """Look-ups over a symbol index, made once per call graph."""

    def __init__(self, index: SymbolIndex) -> None:
        self.places: dict[str, Place] = {}
        self._functions: dict[str, dict[str, list[FunctionCard]]] = defaultdict(dict)
        self._types: dict[tuple[str, str], list[TypeCard]] = defaultdict(list)
        self._bases: dict[int, list[TypeCard | None]] = {}
        self._files_of: dict[str, list[str]] = defaultdict(list)
        self._members: dict[str, dict[str, list[FunctionCard]]] = defaultdict(dict)
        for file in index.files.values():
            if file.language and file.status in ("parsed", "recovered"):
                self._add_file(file)
        for card in index.cards.values():
            self._functions[family(card.language)].setdefault(card.name, []).append(card)
            self._members[card.file].setdefault(card.qualified_name, []).append(card)
        for declared in index.types:
            place = self.places.get(declared.file)
            if place is not None:
                self._types[place.language, declared.name].append(declared)

    def named(self, language: str, name: str) -> list[FunctionCard]:
        """Return all functions of a language's family with this bare name."""
        return self._functions.get(family(language), {}).get(name, [])

    def in_file(self, file: str, qualified_name: str, arguments: int = -1) -> list[FunctionCard]:
        """Return the functions of a file with exactly this qualified name that take so many arguments."""
        found = self._members.get(file, {}).get(qualified_name, [])
        return found if arguments < 0 else fitting(found, arguments)

    def files_of_module(self, module: str) -> list[str]:
        """Return the files of the module with this name, or whose name ends in it where only one does."""
        return self._files_of.get(module, [])

    def type_of(self, written: str, place: Place, scope: str = "") -> TypeCard | None:
        """Return the type a written name stands for, or None where that is not certain.

        Args:
            written: As written, type arguments removed.
            place: Where.
            scope: Qualified name of the type or function it is written in, searched outwards.
        """
        parts = written.replace("::", ".").strip("&* ").split(".")
        if len(parts) == 1 and parts[0] in place.imports.names:
            return self._imported_type(parts[0], place)
        candidates = self._types.get((place.language, parts[-1]), [])
        if len(parts) > 1:
            ending = ".".join(parts)
            named = [c for c in candidates if ("." + c.qualified_name.replace("::", ".")).endswith("." + ending)]
            if not named and parts[0] in place.imports.names:
                files = self.module_files(place.imports.names[parts[0]][0], place.language)
                candidates = [c for c in candidates if c.file in files]
            else:
                candidates = named
        if not candidates:
            return None
        here = [c for c in candidates if c.file == place.file]
        if here:
            return _innermost(here, scope)
        return self._neighbour(candidates, place)

    def method(
        self, owner: TypeCard, name: str, arguments: int = -1, *, inherited_only: bool = False
    ) -> list[FunctionCard]:
        """Return the methods of a type that a call can mean, or those of the nearest base that has one.

        Args:
            owner: The type.
            name: Of the method.
            arguments: How many the call has; -1 where that is not counted.
            inherited_only: Begin with the bases.
        """
        seen = {id(owner)}
        queue = [owner]
        while queue and len(seen) <= _MOST_BASES:
            current = queue.pop(0)
            separator = "::" if self._language(current) == "c" else "."
            if not (inherited_only and current is owner):
                found = self._methods_of(current, f"{current.qualified_name}{separator}{name}", arguments)
                if found:
                    return found
            for declared in self._bases_of(current):
                if declared is not None and id(declared) not in seen:
                    seen.add(id(declared))
                    queue.append(declared)
        return []

    def bases_known(self, owner: TypeCard) -> bool:
        """Return whether every base of a type is declared in the repository."""
        return None not in self._bases_of(owner)

    def _bases_of(self, owner: TypeCard) -> list[TypeCard | None]:
        """Return the declarations of a type's bases, None for one from elsewhere; found once for all calls."""
        if id(owner) not in self._bases:
            place = self.places[owner.file]
            self._bases[id(owner)] = [self.type_of(base, place, owner.qualified_name) for base in owner.bases]
        return self._bases[id(owner)]

    def constructors(self, owner: TypeCard, arguments: int = -1) -> list[FunctionCard]:
        """Return what runs when a type is constructed: its constructors, or the nearest base's in Python."""
        language = self._language(owner)
        if language == "python":
            return self.method(owner, "__init__")
        separator = "::" if language == "c" else "."
        name = "constructor" if language == "javascript" else owner.name
        return self._methods_of(owner, f"{owner.qualified_name}{separator}{name}", arguments)

    def _methods_of(self, owner: TypeCard, qualified_name: str, arguments: int) -> list[FunctionCard]:
        found = self.in_file(owner.file, qualified_name, arguments)
        if found or self._language(owner) not in ("c", "go"):
            return found
        # C++ and Go define members elsewhere than in the type: another file, the same qualified name.
        name = qualified_name.replace("::", ".").rpartition(".")[2]
        cards = self.named(self._language(owner), name)
        if self._language(owner) == "go":
            folder = self.places[owner.file].folder
            cards = [card for card in cards if card.file in self.places and self.places[card.file].folder == folder]
        return [card for card in cards if card.qualified_name == qualified_name]

    def _language(self, owner: TypeCard) -> str:
        return self.places[owner.file].language

    def _imported_type(self, local: str, place: Place, depth: int = 0) -> TypeCard | None:
        """Return the type an import binds to a name; None where it comes from outside the repository."""
        module, original = place.imports.names[local]
        files = self.module_files(module, place.language)
        found = [c for c in self._types.get((place.language, original or local), []) if c.file in files]
        if found:
            return found[0] if len(found) == 1 else None
        for file in files if depth < 2 else ():
            # A package hands on what it imports itself.
            inner = self.places[file]
            if original in inner.imports.names:
                return self._imported_type(original, inner, depth + 1)
        return None

    def _neighbour(self, candidates: list[TypeCard], place: Place) -> TypeCard | None:
        """Return the one type visible without a name of its own in the imports: same package, wildcard, include."""
        if place.language == "java":
            modules = {place.module, *place.imports.wildcards}
            candidates = [c for c in candidates if self.places[c.file].module in modules]
        elif place.language == "go":
            candidates = [c for c in candidates if self.places[c.file].folder == place.folder]
        elif place.language != "c":
            files = {file for module in place.imports.wildcards for file in self.files_of_module(module)}
            candidates = [c for c in candidates if c.file in files]
        return candidates[0] if len(candidates) == 1 else None

    def _add_file(self, file: SourceFile) -> None:
        language = family(file.language)
        folder = file.path.rpartition("/")[0]
        self.places[file.path] = Place(file.path, folder, file.module, language, imports_of(file))
        names = {file.module} if file.module else set()
        if language == "python":
            # The repository's root need not be the import root (src/, lib/python): endings reach the module too.
            parts = file.module.split(".")
            names |= {".".join(parts[start:]) for start in range(len(parts))}
        elif language == "go" and folder:
            parts = folder.split("/")
            names = {"/".join(parts[start:]) for start in range(len(parts))} | {folder}
        elif language == "java" and file.module:
            # `import a.B.C` names a nested type: the module of C is then a.B.
            names |= {f"{file.module}.{declared.qualified_name}" for declared in file.types}
        for name in names:
            self._files_of[name].append(file.path)

    def module_files(self, module: str, language: str) -> list[str]:
        """Return a module's files; a Go import path is matched by its longest ending that is a folder here."""
        files = self.files_of_module(module)
        while not files and language == "go" and "/" in module:
            module = module.partition("/")[2]
            files = self.files_of_module(module)
        return files


def fitting(cards: list[FunctionCard], arguments: int) -> list[FunctionCard]:
    """Return the overloads that take so many arguments, those with a variable number last."""
    if arguments < 0:
        return cards
    exact: list[FunctionCard] = []
    variable: list[FunctionCard] = []
    for card in cards:
        types = _parameter_types(card.id, len(card.file) + len("::") + len(card.qualified_name))
        if types and types[-1].endswith("..."):
            if arguments >= len(types) - 1:
                variable.append(card)
        elif len(types) == arguments or not card.id.endswith(")"):
            exact.append(card)
    return exact + variable


@lru_cache(maxsize=4096)  # of the names a file calls, each is looked up many times
def _parameter_types(function_id: str, start: int) -> tuple[str, ...]:
    """Return the types an id ends in, behind its name: ``(Map<K, V>,int...)`` holds two."""
    written = function_id[start:].partition("#")[0]
    types: list[str] = []
    depth = 0
    start = 1
    for position, sign in enumerate(written):
        depth += (sign in "(<[") - (sign in ")>]")
        if (sign == "," and depth == 1) or (sign == ")" and depth == 0 and position > 1):
            types.append(written[start:position].strip())
            start = position + 1
    return tuple(types)


def _innermost(candidates: list[TypeCard], scope: str) -> TypeCard:
    def shared(card: TypeCard) -> int:
        outer = card.qualified_name.rpartition("::" if "::" in card.qualified_name else ".")[0]
        return len(outer) if scope == outer or scope.startswith((outer + ".", outer + "::")) else -1

    return max(candidates, key=shared)
