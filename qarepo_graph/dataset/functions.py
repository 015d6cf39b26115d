"""What the dataset asks of a run's functions: a door small enough for a ledger or a plain table to stand behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from qarepo_graph.schema import DescriptionInFile, Function, ShownFunction


class FunctionStore(Protocol):
    """A run's functions with what is known of them. Texts are as they may leave the machine: secrets replaced."""

    def all(self) -> Iterable[ShownFunction]:
        """Return every function in the order of the repository; called more than once."""

    def get(self, function_id: str) -> ShownFunction:
        """Return one function.

        Raises:
            KeyError: When there is none of that id.
        """

    def description(self, function_id: str) -> DescriptionInFile | None:
        """Return its accepted description, or None."""

    def neighbours(self, function_id: str) -> Sequence[str]:
        """Return ids of the functions it calls, then of those that call it, nearest first."""


@dataclass(frozen=True)
class FunctionTable:
    """A function store held in memory, for small runs and for callers without a ledger.

    Attributes:
        functions: Functions by id, in the order of the repository.
        descriptions: Accepted descriptions by function id.
        calls: Ids of neighbours by function id.
    """

    functions: Mapping[str, Function]
    descriptions: Mapping[str, DescriptionInFile] = field(default_factory=dict)
    calls: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def all(self) -> Iterable[Function]:
        """Return every function in the order given."""
        return self.functions.values()

    def get(self, function_id: str) -> Function:
        """Return one function; KeyError when there is none of that id."""
        return self.functions[function_id]

    def description(self, function_id: str) -> DescriptionInFile | None:
        """Return its accepted description, or None."""
        return self.descriptions.get(function_id)

    def neighbours(self, function_id: str) -> Sequence[str]:
        """Return ids of its neighbours, nearest first."""
        return self.calls.get(function_id, ())
