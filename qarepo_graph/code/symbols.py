"""The symbol index: which names, types, fields and paths a repository has. Never its code.

Gates ask it whether something an answer names exists; prompts quote its cards. Built once per run; 100,000 functions
take well under 150 MB because a card holds one-line texts only.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from sys import intern

from qarepo_graph.code.prose import first_sentence
from qarepo_graph.schema import Function, ParsedFile, SourceFile, TypeDeclaration
from qarepo_graph.schema.lean import lean_dataclass

_COMPARED = 40
"""Names compared letter by letter in a search for the nearest one: those that share the most runs of three letters."""
# A pattern that begins with plain letters is found at the speed of ``in``; the word's start is checked behind it.
_THROWN = r"\s+(?:new\s+)?([A-Za-z_][\w.]*(?:::\w+)*)"
_RAISED = tuple(re.compile(rf"{word}(?<!\w{word}){_THROWN}") for word in ("raise", "throw"))
_RAISES_TAG = re.compile(r"(?:[@\\](?:throws|exception)|:raises?)\s+([A-Za-z_][\w.]*)")
_THROWS = re.compile(r"\bthrows\s+([\w.,\s]+)")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_SCOPE_MARK = re.compile(r"\.|::")


@lean_dataclass(frozen=True, slots=True)
class FunctionCard:
    """A function without its code.

    Attributes:
        id: The function's id.
        name: Bare name.
        qualified_name: Name with its scopes.
        file: POSIX path.
        signature: As written, one line.
        summary: First sentence of its documentation, may be empty.
        start_line: First line in the file.
        end_line: Last line, inclusive.
        language: Its language.
        raises: Bare names of the exceptions its text raises, declares or documents by a tag.
    """

    id: str
    name: str
    qualified_name: str
    file: str
    signature: str
    summary: str
    start_line: int
    end_line: int
    language: str
    raises: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TypeCard:
    """A type and where it is declared."""

    name: str
    qualified_name: str
    kind: str
    file: str
    head: str
    summary: str
    bases: tuple[str, ...]
    fields: tuple[str, ...]
    start_line: int
    end_line: int


@dataclass(slots=True)
class SymbolIndex:
    """Names to where they are declared. Use :meth:`build`; the attributes are read-only by convention.

    Attributes:
        cards: Card by function id, in the order of path and line.
        types: Cards of types, in the order of path and line.
        files: Every file of the repository that was walked, with its language.
    """

    cards: dict[str, FunctionCard] = field(default_factory=dict)
    types: list[TypeCard] = field(default_factory=list)
    files: dict[str, SourceFile] = field(default_factory=dict)
    _functions: dict[str, list[str]] = field(default_factory=dict)
    _types: dict[str, list[int]] = field(default_factory=dict)
    _others: set[str] = field(default_factory=set)
    _paths: dict[str, list[str]] = field(default_factory=dict)
    _modules: dict[str, str] = field(default_factory=dict)
    _raises: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)
    _scopes: set[str] = field(default_factory=set)
    _trigrams: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def build(cls, files: Iterable[SourceFile | ParsedFile], functions: Iterable[Function] = ()) -> SymbolIndex:
        """Build the index.

        Args:
            files: Files of the run; the functions of a ``ParsedFile`` are taken too.
            functions: The functions, where ``files`` holds none.
        """
        index = cls()
        for entry in files:
            if isinstance(entry, ParsedFile):
                index._add_file(entry.file)
                for function in entry.functions:
                    index._add_function(function)
            else:
                index._add_file(entry)
        for function in functions:
            index._add_function(function)
        return index

    def has_name(self, name: str) -> bool:
        """Return whether any function, type, field, constant, parameter or module has this bare or qualified name."""
        key = _canonical(name)
        return key in self._functions or key in self._types or key in self._others or key in self._modules

    def mentions(self, name: str) -> bool:
        """Return whether any function's text, docstrings apart, holds this identifier: local, keyword, in a string."""
        return name in self._words

    def raised_by(self, function_id: str) -> frozenset[str]:
        """Return the bare names of the exceptions a function's text raises, declares or documents by a tag."""
        card = self.cards.get(function_id)
        return frozenset() if card is None else card.raises

    def has_scope(self, name: str) -> bool:
        """Return whether functions are declared inside a namespace, module or type of this bare name."""
        return name in self._scopes

    def functions_named(self, name: str) -> tuple[str, ...]:
        """Return the ids of the functions with this bare name, qualified name, or end of a qualified name."""
        return tuple(self._functions.get(_canonical(name), ()))

    def card(self, function_id: str) -> FunctionCard | None:
        """Return a function's card, or None for an unknown id."""
        return self.cards.get(function_id)

    def types_named(self, name: str) -> tuple[TypeCard, ...]:
        """Return the types with this bare name, qualified name, or end of a qualified name."""
        return tuple(self.types[position] for position in self._types.get(_canonical(name), ()))

    def has_path(self, path: str) -> bool:
        """Return whether a file or folder of the repository has this path, or a path that ends in it."""
        return bool(self.paths_named(path))

    def paths_named(self, path: str) -> tuple[str, ...]:
        """Return the files and folders with this path or ending (``early.py`` finds ``train/early.py``)."""
        wanted = path.replace("\\", "/").strip("/")
        wanted = wanted[2:] if wanted.startswith("./") else wanted
        found = self._paths.get(wanted.rpartition("/")[2], ())
        return tuple(candidate for candidate in found if candidate == wanted or candidate.endswith("/" + wanted))

    def nearest(self, name: str, count: int = 5) -> tuple[str, ...]:
        """Return the names of the repository most like a name that does not exist, best first."""
        bare = _canonical(name).rpartition(".")[2]
        if not self._trigrams:
            for known in sorted({*self._functions, *self._types}):
                if "." not in known:
                    for gram in _trigrams(known):
                        self._trigrams.setdefault(gram, []).append(known)
        shared = Counter(known for gram in _trigrams(bare) for known in self._trigrams.get(gram, ()))
        likely = [known for known, _ in shared.most_common(_COMPARED)]
        return tuple(difflib.get_close_matches(bare, likely, n=count, cutoff=0.6))

    def _add_function(self, function: Function) -> None:
        # As read from a ledger, each function has copies of its own of texts that many share, or that it has twice.
        qualified_name = function.qualified_name
        name = qualified_name if function.name == qualified_name else function.name
        raises = frozenset(_raised_names(function))
        self.cards[function.id] = FunctionCard(
            id=function.id,
            name=name,
            qualified_name=qualified_name,
            file=intern(function.file),
            signature=function.signature,
            summary=first_sentence(function.docstring),
            start_line=function.start_line,
            end_line=function.end_line,
            language=intern(function.language),
            raises=self._raises.setdefault(raises, raises),
        )
        self._scopes.update(_SCOPE_MARK.split(qualified_name)[:-1])
        for key in _endings(qualified_name):
            if key in self._functions:
                self._functions[key].append(function.id)
            else:
                self._functions[key] = [function.id]  # a list begun empty would have room for four
        words = set(_IDENTIFIER.findall(_without_docstring(function)))
        if name in words:
            words.remove(name)
            self._words.add(name)  # the card's own text, not a copy
        self._words |= words
        for parameter in function.parameters:
            self._others.add(parameter.name.strip("*&. "))

    def _add_file(self, file: SourceFile) -> None:
        self.files[file.path] = file
        path = file.path.rstrip("/")
        while path and path not in self._paths.get(path.rpartition("/")[2], ()):
            self._paths.setdefault(path.rpartition("/")[2], []).append(path)
            path = path.rpartition("/")[0]
        if file.module:
            self._modules.setdefault(file.module, file.path)
            for ending in _endings(file.module):
                self._modules.setdefault(ending, file.path)
        for line in file.imports:
            self._others.update(_IDENTIFIER.findall(line))
        self._others.update(file.constants)
        for declaration in file.types:
            self._add_type(file.path, declaration)

    def _add_type(self, path: str, declaration: TypeDeclaration) -> None:
        summary = first_sentence(declaration.docstring)
        self.types.append(
            TypeCard(
                name=declaration.name,
                qualified_name=declaration.qualified_name,
                kind=declaration.kind,
                file=path,
                head=declaration.head,
                summary=summary,
                bases=declaration.bases,
                fields=declaration.fields,
                start_line=declaration.start_line,
                end_line=declaration.end_line,
            )
        )
        for key in _endings(declaration.qualified_name):
            self._types.setdefault(key, []).append(len(self.types) - 1)
        for name in declaration.fields:
            self._others.update((name, f"{declaration.name}.{name}"))


def _raised_names(function: Function) -> Iterator[str]:
    for raised in _RAISED:
        for name in raised.findall(function.code):
            yield _SCOPE_MARK.split(name)[-1]
    for name in _RAISES_TAG.findall(function.docstring):
        yield _SCOPE_MARK.split(name)[-1]
    if "throws" in function.signature:
        for clause in _THROWS.findall(function.signature):
            yield from _IDENTIFIER.findall(clause)


def _without_docstring(function: Function) -> str:
    """Return a function's text without its docstring, which may speak of names that do not exist."""
    if function.doc_start_line < function.start_line or not function.docstring:
        return function.code
    lines = function.code.split("\n")
    first, last = function.doc_start_line - function.start_line, function.doc_end_line - function.start_line
    return "\n".join(lines[:first] + lines[last + 1 :])


def _trigrams(name: str) -> dict[str, None]:
    """Return the runs of three letters of a name, each once, in order, so that every run ranks equal names alike."""
    folded = f"^{name.lower()}$"
    return dict.fromkeys(folded[i : i + 3] for i in range(len(folded) - 2))


def _canonical(name: str) -> str:
    """Return a name as the index keys it: ``::`` and ``#`` read as ``.``, calls and module paths stripped."""
    return name.strip().removesuffix("()").replace("::", ".").replace("#", ".").strip(".")


def _endings(qualified_name: str) -> list[str]:
    """Return a qualified name and every ending of it: ``a.b.c``, ``b.c``, ``c``."""
    whole = qualified_name.replace("::", ".")  # the text itself where nothing is replaced
    parts = whole.split(".")
    return [whole, *(".".join(parts[position:]) for position in range(1, len(parts)))]
