"""Questions over several functions: what happens from A to Z, along calls the code resolves.

The order of calls is computed from the call graph and the answer quotes it with files and lines; nothing in it comes
from a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qarepo_graph.code.call_graph import CallEdge, CallGraph
from qarepo_graph.code.repository_map import is_test
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex
from qarepo_graph.schema import Language

SHORTEST = 3
"""Functions on a path at least; two are a plain call."""
LONGEST = 6
"""Functions on a path at most."""

_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "What happens from `{first}` to `{last}`: which functions are called on the way, and in what order?",
        "By which chain of calls does `{first}` end up in `{last}`?",
        "Trace the calls that lead from `{first}` to `{last}`.",
    ),
    "zh": (
        "从 `{first}` 到 `{last}` 依次调用了哪些函数？",
        "`{first}` 是经过怎样的调用链到达 `{last}` 的？",
        "请跟踪 `{first}` 到 `{last}` 的调用过程",
    ),
}


@dataclass(frozen=True, slots=True)
class CallPath:
    """One chain of calls with its questions and its answer.

    Attributes:
        functions: Ids from first to last.
        questions: Wordings of the question.
        answer: The calls in order, with files and lines.
    """

    functions: tuple[str, ...]
    questions: tuple[str, ...]
    answer: str


def call_paths(index: SymbolIndex, graph: CallGraph, language: Language) -> Iterator[CallPath]:
    """Yield the longest chain of certain calls from every function that nothing calls, in the order of the code.

    Args:
        index: The symbol index.
        graph: The call graph; only edges resolved by scope, import or a written type are followed.
        language: Language of questions and answers.
    """
    for card in index.cards.values():
        if is_test(card.file) or any(edge.certainty == "resolved" for edge in graph.callers(card.id)):
            continue
        edges = _longest(card.id, graph, (card.id,))
        if len(edges) + 1 < SHORTEST:
            continue
        cards = [card, *(index.cards[edge.callee] for edge in edges)]
        names = {"first": card.qualified_name, "last": cards[-1].qualified_name}
        if names["first"] != names["last"]:
            questions = tuple(question.format(**names) for question in _QUESTIONS[language])
            yield CallPath(tuple(c.id for c in cards), questions, _answer(cards, edges, language))


def _longest(start: str, graph: CallGraph, before: tuple[str, ...]) -> list[CallEdge]:
    """Return the longest chain of certain calls from a function; of equals the first in the text."""
    best: list[CallEdge] = []
    if len(before) == LONGEST:
        return best
    for edge in graph.callees(start):
        if edge.certainty == "resolved" and edge.callee not in before:
            chain = [edge, *_longest(edge.callee, graph, (*before, edge.callee))]
            if len(chain) > len(best):
                best = chain
            if len(best) + len(before) == LONGEST:
                break
    return best


def _answer(cards: list[FunctionCard], edges: list[CallEdge], language: Language) -> str:
    lines = []
    for number, (card, edge) in enumerate(zip(cards, [*edges, None], strict=True), 1):
        place = f"`{card.file}`"
        if language == "zh":
            said = f"{number}. `{card.qualified_name}`（{place}，第 {card.start_line}-{card.end_line} 行）"
            said += f"在第 {edge.line} 行调用 `{cards[number].qualified_name}`。" if edge else "是这条调用链的终点。"
            said += f"文档：“{card.summary}”" if card.summary else ""
        else:
            said = f"{number}. `{card.qualified_name}` ({place}, lines {card.start_line}-{card.end_line}) "
            said += f"calls `{cards[number].qualified_name}` in line {edge.line}." if edge else "ends the chain."
            said += f" Its documentation says: “{card.summary}”" if card.summary else ""
        lines.append(said)
    chain = " → ".join(f"`{card.qualified_name}`" for card in cards)
    head = f"调用链：{chain}。" if language == "zh" else f"The chain of calls is {chain}."
    return "\n".join([head, "", *lines])
