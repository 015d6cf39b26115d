"""What an answer may speak of: the names, paths and lines in front of the model, and the repository behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from qarepo_graph.quality.claims import identifiers
from qarepo_graph.quality.language_names import language_names
from qarepo_graph.schema import DescribeInputs, Function, IdeateInputs, Neighbour, ParaphraseInputs

_FEW = 4
"""Functions of one bare name, of which a call that nothing resolves may mean any."""


class KnownFunction(Protocol):
    """What a symbol index says of a function without its code."""

    @property
    def name(self) -> str:
        """Bare name."""

    @property
    def qualified_name(self) -> str:
        """Name with its scopes."""

    @property
    def file(self) -> str:
        """POSIX path."""

    @property
    def summary(self) -> str:
        """First sentence of its documentation, may be empty."""


class KnownType(Protocol):
    """What a symbol index says of a type."""

    @property
    def bases(self) -> tuple[str, ...]:
        """Names it inherits from, as written."""


class RepositoryNames(Protocol):
    """What the gates ask of a symbol index; ``code.symbols.SymbolIndex`` answers it."""

    @property
    def cards(self) -> Mapping[str, KnownFunction]:
        """Every function by its id."""

    def has_name(self, name: str) -> bool:
        """Say whether a function, type, field, constant, parameter or module has this bare or qualified name."""

    def mentions(self, name: str) -> bool:
        """Say whether any function's text holds this identifier."""

    def has_scope(self, name: str) -> bool:
        """Say whether functions are declared inside a namespace, module or type of this bare name."""

    def raised_by(self, function_id: str) -> frozenset[str]:
        """Return the bare names of the exceptions a function raises."""

    def has_path(self, path: str) -> bool:
        """Say whether a path, or the end of one, is a file of the repository."""

    def functions_named(self, name: str) -> Sequence[str]:
        """Return the ids of the functions with this bare name, qualified name, or end of a qualified name."""

    def types_named(self, name: str) -> Sequence[KnownType]:
        """Return the types with this bare or qualified name."""

    def nearest(self, name: str) -> Sequence[str]:
        """Return the declared names most like this one, best first."""


@dataclass(frozen=True)
class Evidence:
    """What one answer is checked against.

    Attributes:
        language: Programming language of the code.
        code: The code the answer is about.
        surroundings: Everything else the prompt showed: imports, neighbours, the user's description.
        imports: The import lines among them.
        declared: Documentation and signatures among them: those of the code itself and of its neighbours.
        callees: Bare names of the functions it calls and of those that these call.
        raised: Bare names of the exceptions that the functions it calls, and those that these call, raise.
        bases: Names the enclosing type inherits from, directly or not; None when that is not known.
        file: File of the code; empty when there are several.
        files: Files the answer may name beside the repository's own.
        lines: Lines of the function shown, 0 when none is.
        added: Names the answer itself introduces.
    """

    language: str
    code: str
    surroundings: str = ""
    imports: str = ""
    declared: str = ""
    callees: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()
    bases: frozenset[str] | None = None
    file: str = ""
    files: frozenset[str] = frozenset()
    lines: int = 0
    added: frozenset[str] = frozenset()

    @cached_property
    def own(self) -> frozenset[str]:
        """Identifiers of the code itself."""
        return identifiers(self.code)

    @cached_property
    def around(self) -> frozenset[str]:
        """Identifiers of everything else that was shown, file names included."""
        return identifiers(self.surroundings) | identifiers(self.file) | self.added | self.callees

    @cached_property
    def spoken(self) -> frozenset[str]:
        """Identifiers of what was shown of the code beside its own text, imports left out: they raise nothing."""
        return identifiers(self.declared) | self.callees | self.added

    @cached_property
    def imported(self) -> frozenset[str]:
        """Names the file imports, and the packages they come from."""
        return identifiers(self.imports)

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Lower-cased identifier to the spelling the code uses."""
        return {name.lower(): name for names in (self.around, self.own) for name in names}

    def knows(self, name: str) -> bool:
        """Say whether a bare name stands in what was shown or belongs to the language."""
        return name in self.own or name in self.around or name in language_names(self.language)


def describing(inputs: DescribeInputs, callees: Iterable[str], index: RepositoryNames) -> Evidence:
    """Return the evidence for a function's description.

    Args:
        inputs: What the prompt showed.
        callees: Ids of the functions of the repository it calls, and of those that these call.
        index: The symbol index.
    """
    function = inputs.function
    called = list(callees)
    declared = [function.docstring, function.signature]
    declared.extend(_quoted(neighbour) for neighbour in (*inputs.callees, *inputs.callers))
    around = [*inputs.imports, inputs.type_head, inputs.repository_description, *declared]
    return Evidence(
        language=function.language,
        code=function.code,
        surroundings="\n".join([*around, function.qualified_name]),
        imports="\n".join(inputs.imports),
        declared="\n".join(declared),
        callees=_called_names(function, (index.cards[callee] for callee in called)),
        raised=frozenset(
            name for callee in (*called, *_namesakes(function, index)) for name in index.raised_by(callee)
        ),
        bases=inherited_names(function.enclosing_type, index),
        file=function.file,
        lines=function.end_line - function.start_line + 1,
    )


def asking(inputs: ParaphraseInputs) -> Evidence:
    """Return the evidence for questions about one described function."""
    function = inputs.function
    steps = "\n".join(step.text for step in inputs.description.logic_steps)
    declared = [inputs.description.description, steps, function.docstring, function.signature]
    return Evidence(
        language=function.language,
        code=function.code,
        surroundings="\n".join([*declared, function.qualified_name]),
        declared="\n".join(declared),
        callees=_called_names(function, ()),
        file=function.file,
        lines=function.end_line - function.start_line + 1,
    )


def ideating(inputs: IdeateInputs, added: Iterable[str], new_files: Iterable[str]) -> Evidence:
    """Return the evidence for a requirement: its focus, the map, and the names it says it adds."""
    names = [function.qualified_name for function in inputs.focus]
    around = [
        inputs.repository_map,
        inputs.repository_description,
        *inputs.files,
        *inputs.descriptions.values(),
        *names,
    ]
    return Evidence(
        language=inputs.focus[0].language if inputs.focus else "",
        code="\n".join(function.code for function in inputs.focus),
        surroundings="\n".join(around),
        declared="\n".join(around),
        files=frozenset(new_files),
        added=identifiers("\n".join(added)) | identifiers("\n".join(new_files)),
    )


def inherited_names(type_name: str, index: RepositoryNames) -> frozenset[str] | None:
    """Return the bare names a type inherits from, directly or not, or None for an unknown type."""
    declarations = list(index.types_named(type_name)) if type_name else []
    if not declarations:
        return None
    found: set[str] = set()
    pending = [base for declaration in declarations for base in declaration.bases]
    while pending:
        base = re.split(r"\.|::", pending.pop())[-1].strip()
        if base and base not in found:
            found.add(base)
            pending.extend(more for declaration in index.types_named(base) for more in declaration.bases)
    return frozenset(found)


def _namesakes(function: Function, index: RepositoryNames) -> Iterator[str]:
    """Yield the functions that a call may mean where the call graph may not know: by a bare name few have, by super."""
    for name in {call.name for call in function.calls}:
        named = index.functions_named(name)
        if len(named) <= _FEW:
            yield from named
    if "super" in function.code:
        own = function.enclosing_type.rpartition(".")[2]
        for base in inherited_names(function.enclosing_type, index) or ():
            yield from index.functions_named(f"{base}.{base if function.name == own else function.name}")


def _called_names(function: Function, callees: Iterable[KnownFunction]) -> frozenset[str]:
    return frozenset({call.name for call in function.calls} | {callee.name for callee in callees})


def _quoted(neighbour: Neighbour) -> str:
    return f"{neighbour.name} {neighbour.signature} {neighbour.summary}"
