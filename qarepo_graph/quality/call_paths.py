"""Questions over several functions: what happens from A to Z, along calls the code resolves.

The order of calls is computed from the call graph and the answer quotes it with files and lines; nothing in it comes
from a model.
"""

from __future__ import annotations

from collections.abc import Iterator

from qarepo_graph.code.call_graph import CallEdge, CallGraph
from qarepo_graph.code.handles import handle_of
from qarepo_graph.code.repository_map import is_test
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex
from qarepo_graph.quality.computed import ComputedAnswer, handle, place, said, turned
from qarepo_graph.schema import Language

SHORTEST = 3
"""Functions on a path at least; two are a plain call."""
LONGEST = 6
"""Functions on a path at most."""

_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "What happens from {first} to {last}: which functions are called on the way, and in what order?",
        "By which chain of calls does {first} end up in {last}?",
        "Trace the calls that lead from {first} to {last}.",
        "How does a call of {first} get as far as {last}?",
        "{last} is reached from {first}: through which functions does that go?",
        "Starting at {first}, which calls have to be followed to arrive at {last}?",
        "I set a breakpoint in {last} and came in through {first}. What does the call stack in between look like?",
        "List, step by step, the functions between {first} and {last}.",
    ),
    "zh": (
        "从 {first} 到 {last} 依次调用了哪些函数？",
        "{first} 是经过怎样的调用链到达 {last} 的？",
        "请跟踪 {first} 到 {last} 的调用过程",
        "调用 {first} 之后，程序是怎么一步步走到 {last} 的？",
        "在 {last} 打断点、由 {first} 进入时，中间的调用栈是什么样的？",
        "请按顺序列出 {first} 与 {last} 之间经过的函数。",
    ),
}


def call_paths(index: SymbolIndex, graph: CallGraph, language: Language) -> Iterator[ComputedAnswer]:
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
        if card.qualified_name == cards[-1].qualified_name:
            continue
        ends = {"first": handle(card, index, language), "last": handle(cards[-1], index, language)}
        questions = tuple(question.format(**ends) for question in turned(_QUESTIONS[language], card.id))
        names = [handle_of(one, index).name for one in cards]
        yield ComputedAnswer(tuple(c.id for c in cards), questions, _answer(cards, names, edges, language))


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


def _answer(cards: list[FunctionCard], names: list[str], edges: list[CallEdge], language: Language) -> str:
    lines = []
    for number, (card, edge) in enumerate(zip(cards, [*edges, None], strict=True), 1):
        here = f"{number}. `{names[number - 1]}`{place(card, language)}"
        if edge is None:
            here += "是终点。" if language == "zh" else " is where it ends."
        elif language == "zh":
            here += f"在第 {edge.line} 行调用 `{names[number]}`。"
        else:
            here += f" calls `{names[number]}` in line {edge.line}."
        lines.append(here + said(card.summary, language))
    chain = " → ".join(f"`{name}`" for name in names)
    head = f"经过这些调用可以到达：{chain}。" if language == "zh" else f"These calls lead there: {chain}."
    return "\n".join([head, "", *lines])
