"""Who calls whom, as far as the text says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import networkx as nx

from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.schema import Call, Function


@dataclass(frozen=True, slots=True)
class CallEdge:
    """One function calls another.

    Attributes:
        caller: Function id.
        callee: Function id.
        certainty: ``resolved`` by scope, or by a name only one function has; ``guessed`` among several.
        line: Line of the first such call in the caller's file.
    """

    caller: str
    callee: str
    certainty: str
    line: int


@dataclass(slots=True)
class CallGraph:
    """Edges between the repository's functions. Use :meth:`build`."""

    edges: list[CallEdge] = field(default_factory=list)
    _callees: dict[str, list[CallEdge]] = field(default_factory=dict)
    _callers: dict[str, list[CallEdge]] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)

    @classmethod
    def build(cls, functions: Iterable[Function], index: SymbolIndex) -> CallGraph:
        """Resolve every call to the functions it can mean."""
        graph = cls()
        for function in functions:
            graph._order.append(function.id)
            seen: set[str] = set()
            for call in function.calls:
                for target, certainty in _targets(function, call, index):
                    if target not in seen:
                        seen.add(target)
                        graph._add(CallEdge(function.id, target, certainty, call.line))
        return graph

    def callees(self, function_id: str) -> tuple[CallEdge, ...]:
        """Return the calls a function makes inside the repository, in the order of the text."""
        return tuple(self._callees.get(function_id, ()))

    def callers(self, function_id: str) -> tuple[CallEdge, ...]:
        """Return the calls made to a function, in the order of path and line."""
        return tuple(self._callers.get(function_id, ()))

    def clusters(self, count: int) -> list[list[str]]:
        """Return at most ``count`` groups of functions that belong together, largest first, most called first."""
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self._order)
        graph.add_edges_from((edge.caller, edge.callee) for edge in self.edges)
        by_file: dict[str, str] = {}
        for function_id in self._order:
            file = function_id.split("::", 1)[0]
            if file in by_file:
                graph.add_edge(by_file[file], function_id)
            by_file.setdefault(file, function_id)
        groups = nx.community.louvain_communities(graph, seed=0)
        rank = {function_id: position for position, function_id in enumerate(self._order)}
        ordered = [sorted(group, key=lambda f: (-len(self._callers.get(f, ())), rank[f])) for group in groups]
        ordered.sort(key=lambda group: (-len(group), min(rank[f] for f in group)))
        return ordered[:count]

    def _add(self, edge: CallEdge) -> None:
        self.edges.append(edge)
        self._callees.setdefault(edge.caller, []).append(edge)
        self._callers.setdefault(edge.callee, []).append(edge)


def _targets(function: Function, call: Call, index: SymbolIndex) -> list[tuple[str, str]]:
    named = [target for target in index.functions_named(call.name) if target != function.id or not call.receiver]
    named = [target for target in named if (card := index.card(target)) and card.language == function.language]
    if not named:
        return []
    own = [
        t
        for t in named
        if call.receiver in ("self", "cls", "this", "super()", "super") and _same_type(function, t, index)
    ]
    if own:
        return [(own[0], "resolved")]
    if not call.receiver:
        here = [t for t in named if (card := index.card(t)) and card.file == function.file]
        if len(here) == 1:
            return [(here[0], "resolved")]
    return [(named[0], "resolved" if len(named) == 1 else "guessed")]


def _same_type(function: Function, target: str, index: SymbolIndex) -> bool:
    card = index.card(target)
    if card is None or not function.enclosing_type:
        return False
    return card.file == function.file and card.qualified_name.startswith(function.enclosing_type)
