"""Who calls, constructs and overrides whom, as far as the text says it."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from qarepo_graph.code.resolution.calls import CallResolver
from qarepo_graph.code.resolution.declarations import Declarations
from qarepo_graph.code.resolution.written_types import WrittenTypes
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.schema import Function
from qarepo_graph.schema.lean import lean_dataclass

if TYPE_CHECKING:
    import networkx as nx

Certainty = Literal["resolved", "guessed"]
EdgeKind = Literal["call", "construction", "override"]


@lean_dataclass(frozen=True, slots=True)
class CallEdge:
    """One function reaches another.

    Attributes:
        caller: Function id; for an override the overriding method.
        callee: Function id; for an override the method of the base.
        certainty: ``resolved`` by scope, import or a written type; ``guessed`` by a name that only one method has, or
            among overloads, which argument types would tell apart.
        line: Line of the first such call in the caller's file.
        kind: ``call``, ``construction`` or ``override``.
    """

    caller: str
    callee: str
    certainty: Certainty
    line: int
    kind: EdgeKind = "call"


@dataclass(slots=True)
class CallGraph:
    """Edges between the repository's functions. Use :meth:`build`; overrides are kept apart from calls."""

    edges: list[CallEdge] = field(default_factory=list)
    overrides: list[CallEdge] = field(default_factory=list)
    _callees: dict[str, list[CallEdge]] = field(default_factory=dict)
    _callers: dict[str, list[CallEdge]] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)
    _clusters: list[list[str]] = field(default_factory=list)
    _clustering: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def build(cls, functions: Iterable[Function], index: SymbolIndex, written: WrittenTypes | None = None) -> CallGraph:
        """Resolve every call of the functions.

        Args:
            functions: All functions; no generator: without ``written`` they are gone through twice, and kept in memory
                they would be half of it.
            index: The symbol index of the same run.
            written: The types their texts give to names, where they were noted while the index was built.
        """
        assert iter(functions) is not functions, "functions can be gone through only once"
        graph = cls()
        if written is None:
            written = WrittenTypes()
            for function in functions:
                written.note(function)
        resolver = CallResolver(Declarations(index), written)
        for function in functions:
            caller = index.cards[function.id].id  # the index's own text: as read from a ledger, this one is a copy
            graph._order.append(caller)
            graph._take(caller, function, resolver)
        return graph

    def callees(self, function_id: str) -> tuple[CallEdge, ...]:
        """Return the calls a function makes inside the repository, in the order of the text."""
        return tuple(self._callees.get(function_id, ()))

    def callers(self, function_id: str) -> tuple[CallEdge, ...]:
        """Return the calls made to a function, in the order of path and line."""
        return tuple(self._callers.get(function_id, ()))

    def clusters(self, count: int) -> list[list[str]]:
        """Return at most ``count`` groups of functions whose files call each other, largest first, most called first.

        Communities are sought among files, not functions: a file's functions stay together, a function more does not
        deal all groups anew, and there are many times fewer of them. Louvain with a fixed seed, so the same graph gives
        the same groups. Sizes count by powers of two, so that a function more does not change the order either. Sought
        once; may be asked from several threads.
        """
        with self._clustering:
            if not self._clusters:
                self._clusters = self._clustered()
        return self._clusters[:count]

    def _clustered(self) -> list[list[str]]:
        import networkx as nx

        members: dict[str, list[str]] = defaultdict(list)
        for function_id in self._order:
            members[_file_of(function_id)].append(function_id)
        place = {file: position for position, file in enumerate(members)}
        # One direction, so that calls there and back add up.
        pairs = ((place[_file_of(edge.caller)], place[_file_of(edge.callee)]) for edge in self.edges)
        calls = Counter((min(pair), max(pair)) for pair in pairs)
        files: nx.Graph[int] = nx.Graph()
        files.add_nodes_from(place.values())
        files.add_weighted_edges_from((*pair, weight) for pair, weight in calls.items() if pair[0] != pair[1])
        of_file = list(members.values())
        found = sorted(sorted(group) for group in nx.community.louvain_communities(files, seed=0))
        groups = [[function_id for file in group for function_id in of_file[file]] for group in found]
        for group in groups:
            group.sort(key=lambda function_id: -len(self._callers.get(function_id, ())))
        groups.sort(key=lambda group: len(group).bit_length(), reverse=True)
        return groups

    def cycles(self) -> list[list[str]]:
        """Return the groups of functions that call each other in a circle (recursion), in the order of the text."""
        import networkx as nx

        graph = self._directed(guessed=False)
        rank = {function_id: position for position, function_id in enumerate(self._order)}
        groups = [
            sorted(group, key=rank.__getitem__)
            for group in nx.strongly_connected_components(graph)
            if len(group) > 1 or any(graph.has_edge(one, one) for one in group)
        ]
        return sorted(groups, key=lambda group: rank[group[0]])

    def path(self, caller: str, callee: str, *, guessed: bool = False) -> list[str]:
        """Return the shortest chain of calls from one function to another, both included; empty if there is none."""
        import networkx as nx

        graph = self._directed(guessed=guessed)
        if caller not in graph or callee not in graph:
            return []
        try:
            return list(nx.shortest_path(graph, caller, callee))
        except nx.NetworkXNoPath:
            return []

    def paths(self, length: int, *, guessed: bool = False) -> Iterator[list[str]]:
        """Yield chains of exactly ``length`` different functions, each calling the next, in the order of the text."""
        stack = [[start] for start in reversed(self._order)]
        while stack:
            chain = stack.pop()
            if len(chain) == length:
                yield chain
                continue
            following = [e.callee for e in self.callees(chain[-1]) if guessed or e.certainty == "resolved"]
            stack += [[*chain, callee] for callee in reversed(following) if callee not in chain]

    def _directed(self, *, guessed: bool) -> nx.DiGraph[str]:
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self._order)
        graph.add_edges_from((e.caller, e.callee) for e in self.edges if guessed or e.certainty == "resolved")
        return graph

    def _take(self, caller: str, function: Function, resolver: CallResolver) -> None:
        seen: set[str] = set()
        for call in function.calls:
            found, certainty = resolver.targets(function, call)
            for card in found:
                if card.id not in seen:
                    seen.add(card.id)
                    kind: EdgeKind = "construction" if call.construction else "call"
                    sure: Certainty = "resolved" if certainty == "resolved" else "guessed"
                    self._add(CallEdge(caller, card.id, sure, call.line, kind))
        for card in resolver.overridden(function):
            self.overrides.append(CallEdge(caller, card.id, "resolved", function.name_line, "override"))

    def _add(self, edge: CallEdge) -> None:
        self.edges.append(edge)
        self._callees.setdefault(edge.caller, []).append(edge)
        self._callers.setdefault(edge.callee, []).append(edge)


def _file_of(function_id: str) -> str:
    return function_id.partition("::")[0]
