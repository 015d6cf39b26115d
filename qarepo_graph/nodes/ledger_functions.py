"""The run's functions as the dataset asks for them, read from the ledger a page at a time beside the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from qarepo_graph.engine.runs import CodeMap
from qarepo_graph.ledger import Database
from qarepo_graph.ledger.snapshot import excerpt_of, excerpts_after, item_name
from qarepo_graph.ledger.work import Accepted, accepted_of
from qarepo_graph.schema import DescriptionInFile, FunctionExcerpt

_PAGE = 64
"""Functions read at a time. Few enough that a page is gone before Python's collector counts it among the objects to
stay: with hundreds it went through the whole code map again and again, a tenth of an export."""

_KEPT = 1024
"""Functions kept at hand that are not of the page under way: a row's neighbours are the next row's too."""


_Told = tuple[FunctionExcerpt | None, Accepted | None]
"""A function, if there is one of that id, and what was said of it."""


class Page(NamedTuple):
    """Functions that follow one another, and what was said of each."""

    functions: list[FunctionExcerpt]
    described: Mapping[str, Accepted]
    worded: Mapping[str, Accepted]


@dataclass(frozen=True, eq=False)
class LedgerFunctions:
    """The run's functions as the dataset asks for them (``dataset.functions.FunctionStore``).

    A page of them is at hand while :meth:`pages` is on it and on the next one, for rows are written one behind the
    pairs; what lies elsewhere is read one by one and kept a while.
    """

    ledger: Database
    code: CodeMap
    _at_hand: dict[str, _Told] = field(default_factory=dict)
    _elsewhere: dict[str, _Told] = field(default_factory=dict)
    _said: dict[str, DescriptionInFile | None] = field(default_factory=dict)

    def pages(self, kinds: Sequence[str] = ()) -> Iterator[Page]:
        """Yield every function in the order of the repository, a page at a time.

        Args:
            kinds: Kinds of questions to read with them.
        """
        position, before = -1, Page([], {}, {})
        while read := self.ledger.run(partial(_page_after, position=position, kinds=kinds)):
            position, page = read
            self._at_hand.clear()
            self._said.clear()
            for one in (before, page):
                self._at_hand.update((each.id, (each, one.described.get(each.id))) for each in one.functions)
            yield page
            before = page

    def all(self) -> Iterator[FunctionExcerpt]:
        """Yield every function in the order of the repository."""
        for page in self.pages():
            yield from page.functions

    def get(self, function_id: str) -> FunctionExcerpt:
        """Return one function; KeyError when there is none of that id."""
        function = self._told(function_id)[0]
        if function is None:
            raise KeyError(function_id)
        return function

    def description(self, function_id: str) -> DescriptionInFile | None:
        """Return its accepted description, or None."""
        if function_id not in self._said:
            function, said = self._told(function_id)
            self._said[function_id] = (
                DescriptionInFile.of(said.result, function.start_line) if function and said else None
            )
        return self._said[function_id]

    def _told(self, function_id: str) -> _Told:
        return self._at_hand.get(function_id) or self._from_elsewhere(function_id)

    def _from_elsewhere(self, function_id: str) -> _Told:
        if function_id not in self._elsewhere:
            if len(self._elsewhere) >= _KEPT:
                self._elsewhere.clear()
                self._said.clear()
            self._elsewhere[function_id] = self.ledger.run(partial(_one_of, function_id=function_id))
        return self._elsewhere[function_id]

    def neighbours(self, function_id: str) -> list[str]:
        """Return ids of the functions it calls, then of those that call it."""
        graph = self.code.graph
        callees = [edge.callee for edge in graph.callees(function_id)]
        return [*callees, *(edge.caller for edge in graph.callers(function_id))]


def _page_after(connection: sqlite3.Connection, position: int, kinds: Sequence[str]) -> tuple[int, Page] | None:
    """Return the next page and the position it ends at, in one visit to the ledger's thread."""
    numbered = excerpts_after(connection, position, _PAGE)
    if not numbered:
        return None
    functions = [function for _, function in numbered]
    described = accepted_of(connection, "describe", [function.id for function in functions])
    names = [item_name(function.id, kind) for function in functions for kind in kinds]
    return numbered[-1][0], Page(functions, described, accepted_of(connection, "paraphrase", names))


def _one_of(connection: sqlite3.Connection, function_id: str) -> _Told:
    """Return a function and what was said of it, in one visit to the ledger's thread."""
    said = accepted_of(connection, "describe", [function_id])
    return excerpt_of(connection, function_id), said.get(function_id)
