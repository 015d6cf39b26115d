"""Questions about how the repository hangs together: what a function calls and is called by, what a file holds."""

from __future__ import annotations

from collections.abc import Iterator

from qarepo_graph.code.call_graph import CallEdge, CallGraph
from qarepo_graph.code.handles import handle_of
from qarepo_graph.code.repository_map import is_test
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex, TypeCard
from qarepo_graph.quality.computed import ComputedAnswer, handle, place, turned
from qarepo_graph.schema import Language

MOST_LISTED = 15
"""Entries of one list in an answer; longer ones say how many more there are."""

_DEPENDENCIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Which functions of the repository does {name} call, and which ones call it?",
        "What does {name} depend on, and who depends on it?",
        "Before I change {name}: which functions does it use, and where is it used?",
        "Show the callers and callees of {name}.",
        "Where does {name} sit in the call graph?",
        "If {name} changes, which callers are affected, and what does it rely on itself?",
    ),
    "zh": (
        "{name} 调用了仓库里的哪些函数，又被哪些函数调用？",
        "{name} 依赖什么，又有谁依赖它？",
        "改动 {name} 之前想确认：它用到哪些函数，哪些地方用到它？",
        "请列出 {name} 的调用者和被调用者。",
        "{name} 在调用关系中处于什么位置？",
    ),
}
_ARCHITECTURE: dict[Language, tuple[str, ...]] = {
    "en": (
        "What does `{file}` hold: which types and functions, and in what order?",
        "Give me an overview of `{file}`.",
        "How is `{file}` structured?",
        "Which types and functions are defined in `{file}`?",
        "I open `{file}` for the first time. What will I find there?",
    ),
    "zh": (
        "`{file}` 里有哪些类型和函数，顺序如何？",
        "请概述 `{file}` 的内容。",
        "`{file}` 的结构是怎样的？",
        "`{file}` 定义了哪些类型和函数？",
        "第一次打开 `{file}`，里面都有什么？",
    ),
}


def dependencies(index: SymbolIndex, graph: CallGraph, language: Language) -> Iterator[ComputedAnswer]:
    """Yield for each function what it certainly calls and what certainly calls it, in the order of the code.

    Args:
        index: The symbol index.
        graph: The call graph; only edges resolved by scope, import or a written type are told.
        language: Language of questions and answers.
    """
    for card in index.cards.values():
        callees = [edge for edge in graph.callees(card.id) if edge.certainty == "resolved" and edge.callee != card.id]
        callers = [edge for edge in graph.callers(card.id) if edge.certainty == "resolved" and edge.caller != card.id]
        if is_test(card.file) or not callees or not callers:
            continue
        name = handle(card, index, language)
        questions = tuple(text.format(name=name) for text in turned(_DEPENDENCIES[language], card.id))
        answer = _dependencies(card, callees, callers, index, language)
        # Only the function itself: tied to all its neighbours, every row would land in the same split.
        yield ComputedAnswer((card.id,), questions, answer)


def architecture(index: SymbolIndex, language: Language) -> Iterator[ComputedAnswer]:
    """Yield for each file with at least two types or functions what it holds, in the order of paths."""
    types: dict[str, list[TypeCard]] = {}
    for declaration in index.types:
        types.setdefault(declaration.file, []).append(declaration)
    functions: dict[str, list[FunctionCard]] = {}
    for card in index.cards.values():
        if "<" not in card.qualified_name:  # closures and anonymous classes are parts of their functions
            functions.setdefault(card.file, []).append(card)
    for file, cards in functions.items():
        declared = types.get(file, [])
        if is_test(file) or len(cards) + len(declared) < 2:
            continue
        questions = tuple(text.format(file=file) for text in turned(_ARCHITECTURE[language], file))
        answer = _architecture(file, declared, cards, index, language)
        yield ComputedAnswer(tuple(card.id for card in cards), questions, answer)


def _dependencies(
    card: FunctionCard, callees: list[CallEdge], callers: list[CallEdge], index: SymbolIndex, language: Language
) -> str:
    zh = language == "zh"
    down, up = [], []
    for edge in callees:
        callee = index.cards[edge.callee]
        line = f"第 {edge.line} 行：" if zh else f"line {edge.line}: "
        down.append(f"- {line}`{callee.qualified_name}`{place(callee, language)}")
    for edge in callers:
        caller = index.cards[edge.caller]
        line = f"，第 {edge.line} 行" if zh else f", in line {edge.line}"
        up.append(f"- `{caller.qualified_name}`{place(caller, language)}{line}")
    head = f"`{card.qualified_name}`{place(card, language)}"
    calls = f"{head}按文本先后调用：" if zh else f"{head} calls, as they stand in its text:"
    called = "调用它的有：" if zh else "It is called by:"
    return "\n".join([calls, "", *_shortened(down, language), "", called, "", *_shortened(up, language)])


def _architecture(
    file: str, types: list[TypeCard], cards: list[FunctionCard], index: SymbolIndex, language: Language
) -> str:
    zh = language == "zh"
    entries: list[tuple[int, str]] = []
    for declaration in types:
        lines = f"{declaration.start_line}-{declaration.end_line}"
        entries.append((declaration.start_line, _entry(declaration.qualified_name, lines, declaration.summary, zh=zh)))
    for card in cards:
        lines = f"{card.start_line}-{card.end_line}" if card.end_line > card.start_line else str(card.start_line)
        entries.append((card.start_line, _entry(handle_of(card, index).name, lines, card.summary, zh=zh)))
    counted = (
        f"`{file}` 定义了 {len(types)} 个类型和 {len(cards)} 个函数（方法计入函数）。"
        if zh
        else f"`{file}` defines {_count(len(types), 'type')} and {_count(len(cards), 'function')}, methods included."
    )
    summary = next(iter(index.files[file].docstring.splitlines()), "").strip() if file in index.files else ""
    if summary:
        counted += f"文件说明：“{summary}”" if zh else f" It says of itself: “{summary}”"
    lines_ = [text for _, text in sorted(entries, key=lambda entry: entry[0])]
    return "\n".join([counted, "", *_shortened(lines_, language)])


def _entry(name: str, lines: str, summary: str, *, zh: bool) -> str:
    where = f"（第 {lines} 行）" if zh else f" (line{'s' * ('-' in lines)} {lines})"
    return f"- `{name}`{where}" + ((f"：{summary}" if zh else f": {summary}") if summary else "")


def _shortened(lines: list[str], language: Language) -> list[str]:
    more = len(lines) - MOST_LISTED
    if more <= 0:
        return lines
    return [*lines[:MOST_LISTED], f"- 另有 {more} 个" if language == "zh" else f"- and {more} more"]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
