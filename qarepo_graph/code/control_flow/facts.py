"""What the control flow of one function is made of: statements in order, their expressions, values written into it.

Line numbers are relative to the function: 1 is its first line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Shape = Literal[
    "name",
    "literal",
    "text",
    "call",
    "new",
    "await",
    "compare",
    "and",
    "or",
    "not",
    "operation",
    "choice",
    "collection",
    "comprehension",
    "lambda",
    "assignment",
    "yield",
    "switch",
    "other",
]

FactKind = Literal[
    "if",
    "elif",
    "else",
    "loop",
    "try",
    "except",
    "finally",
    "with",
    "switch",
    "case",
    "raise",
    "return",
    "yield",
    "assert",
    "break",
    "continue",
    "goto",
    "assign",
    "declare",
    "delete",
    "call",
    "define",
    "evaluate",
    "unread",
]

BRANCHES: frozenset[FactKind] = frozenset({"if", "elif", "else", "case", "except"})
"""Kinds that open an alternative way through the function."""

HEADERS: frozenset[FactKind] = frozenset({*BRANCHES, "loop", "try", "finally", "with", "switch"})
"""Kinds whose following, deeper facts are their body."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as written, and as much of its structure as a sentence about it needs.

    Attributes:
        text: The source text; white space folded and comments dropped where it spans lines.
        shape: What it is.
        operator: The operator of a comparison or operation, the callee of a call or construction.
        operands: Its parts: both sides of a comparison, all members of an ``and``/``or`` chain, arguments of a call,
            then/condition/else of a ``choice``; empty below the depth anybody looks at.
        calls: Callees of the calls in it as written, in the order of the text; lambdas left out.
        names: Identifiers in it, each once, in the order of the text.
        verbatim: False where folding changed a string literal, so that ``text`` must not be quoted.
    """

    text: str
    shape: Shape
    operator: str = ""
    operands: tuple[Expression, ...] = ()
    calls: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    verbatim: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement, or one clause of a statement (``elif``, ``except``, ``case`` …).

    Facts come in the order of the text; a fact's body is the run of deeper facts behind it.

    Attributes:
        kind: What it is.
        start_line: First line, relative to the function.
        end_line: Last line of it with its body.
        header_end: Last line of its head (condition, loop line); equals ``end_line`` for simple statements.
        target: What it writes or names: assigned name, loop variable, exception type, alias, label, defined name.
        value: The expression it is about: condition, iterable, value, subject.
        detail: Which form: ``each``/``count``/``while``/``do``/``forever`` for loops, the operator of an assignment,
            the owner (``if``, ``loop``, ``try``) of an ``else``, ``default`` or the guard of a case, the type of an
            ``except``, ``from`` cause of a raise.
        depth: How many bodies it is inside; 0 is the function's own.
    """

    kind: FactKind
    start_line: int
    end_line: int
    header_end: int
    target: str = ""
    value: Expression | None = None
    detail: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class HardCoded:
    """A number or text written into the body where a setting could be.

    Attributes:
        text: As written.
        line: Line, relative to the function.
        name: What it is given to: keyword argument or assigned name; empty where it has none.
        receiver: The callee it is passed to, empty if none.
    """

    text: str
    line: int
    name: str
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class ControlFlow:
    """The facts of one function.

    Attributes:
        facts: Statements in the order of the text, bodies by ``depth``.
        body_line: First line of the body's first statement (docstring apart), 0 without a body.
        last_line: The function's last line.
        unchecked: Parameters the body uses and no condition, assertion or handler looks at.
        hard_coded: Numbers and texts written into the body.
        is_async: Whether the function is a coroutine.
        complete: False where the text has syntax errors, so that facts may be missing.
    """

    facts: tuple[Fact, ...]
    body_line: int
    last_line: int
    unchecked: tuple[str, ...] = ()
    hard_coded: tuple[HardCoded, ...] = ()
    is_async: bool = False
    complete: bool = True
    _ends: tuple[int, ...] = field(default=(), repr=False, compare=False)

    def body(self, index: int) -> range:
        """Return the indices of the facts inside fact ``index``."""
        return range(index + 1, self._ends[index])

    def blocks(self, indices: range) -> Iterator[int]:
        """Yield the indices of the outermost facts among ``indices``, which must be a body or all facts."""
        index = indices.start
        while index < indices.stop:
            yield index
            index = self._ends[index]

    def of(self, *kinds: FactKind) -> tuple[Fact, ...]:
        """Return the facts of these kinds in order."""
        return tuple(fact for fact in self.facts if fact.kind in kinds)

    @property
    def raises(self) -> tuple[str, ...]:
        """Exception types the function's own text raises, each once, in order."""
        return tuple(dict.fromkeys(fact.target for fact in self.of("raise") if fact.target))

    @property
    def calls(self) -> tuple[str, ...]:
        """Callees as written, each once, in the order of the text.

        Those of nested functions and lambdas are left out, and those of an ``#if 0``, which no build has.
        """
        off = {i for i, fact in enumerate(self.facts) if fact.detail == "#if 0" for i in self.body(i)}
        live = (fact for i, fact in enumerate(self.facts) if i not in off)
        found = (call for fact in live if fact.value is not None for call in fact.value.calls)
        return tuple(dict.fromkeys(found))


def body_ends(facts: tuple[Fact, ...]) -> tuple[int, ...]:
    """Return for each fact the index behind its body."""
    ends = [len(facts)] * len(facts)
    open_facts: list[int] = []
    for index, fact in enumerate(facts):
        while open_facts and facts[open_facts[-1]].depth >= fact.depth:
            ends[open_facts.pop()] = index
        open_facts.append(index)
    return tuple(ends)
