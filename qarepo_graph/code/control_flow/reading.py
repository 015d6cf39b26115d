"""One function's text to a syntax tree again, lines kept, and from there to its facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from tree_sitter import Node, Tree

from qarepo_graph.code.control_flow import braces, go, python
from qarepo_graph.code.control_flow.facts import ControlFlow, Fact, body_ends
from qarepo_graph.code.control_flow.statement import COMMENTS, Expand, fact, first_line, statements
from qarepo_graph.code.control_flow.values import hard_coded, unchecked
from qarepo_graph.code.grammar import parse
from qarepo_graph.schema import Function


@dataclass(frozen=True, slots=True)
class _Grammar:
    """How a language's functions are read when they stand alone.

    Attributes:
        parser: The grammar's name.
        functions: Node types that are functions.
        expand: Statement to facts.
        frames: Text put around a function, tried in order: members only parse inside a type. No frame holds a line
            break, so lines stay what they are.
    """

    parser: str
    functions: frozenset[str]
    expand: Expand
    frames: tuple[tuple[str, str], ...]


_PLAIN = ("", "")
_GRAMMARS: dict[str, _Grammar] = {
    "python": _Grammar("python", python.FUNCTIONS, python.expand, (_PLAIN,)),
    "java": _Grammar(
        "java",
        braces.FUNCTIONS,
        braces.expand,
        (("class W { ", "\n}"), ("@interface W { ", "\n}"), ("record W() { ", "\n}"), ("interface W { ", "\n}")),
    ),
    "c": _Grammar("c", braces.FUNCTIONS, braces.expand, (_PLAIN,)),
    "cpp": _Grammar("cpp", braces.FUNCTIONS, braces.expand, (_PLAIN, ("struct W { ", "\n};"))),
    "javascript": _Grammar(
        "javascript",
        braces.FUNCTIONS,
        braces.expand,
        (_PLAIN, ("class W { ", "\n}"), ("({ ", "\n})"), ("(", "\n)")),
    ),
    "typescript": _Grammar(
        "typescript",
        braces.FUNCTIONS,
        braces.expand,
        (_PLAIN, ("class W { ", "\n}"), ("({ ", "\n})"), ("interface W { ", "\n}"), ("(", "\n)")),
    ),
    "go": _Grammar("go", go.FUNCTIONS, go.expand, (_PLAIN,)),
}
_MACRO = re.compile(r"(^[ \t]*|[{};][ \t]*)([A-Z][A-Z0-9]*_[A-Z0-9_]*)(?=[ \t]+[A-Za-z_~{:]|[ \t]*$)", re.MULTILINE)
_BODIES = frozenset(["block", "compound_statement", "statement_block", "constructor_body", "try_statement"])


@lru_cache(maxsize=256)
def control_flow(function: Function) -> ControlFlow:
    """Return the ordered facts of a function's own control flow.

    The function's text is parsed alone; nothing outside it takes part, so the facts of a text never change with its
    neighbours. Bodies of nested functions and lambdas are theirs, not the outer function's.

    Args:
        function: A function of any supported language.

    Returns:
        The facts, with lines relative to the function. Empty where it has no body.
    """
    grammar = _GRAMMARS[function.language]
    last = function.code.count("\n") + 1 - function.code.endswith("\n")
    tree, node = _find(grammar, function)
    if node is None:
        return ControlFlow((), 0, last, complete=not function.has_body)
    body = _body(node) if function.has_body else None
    roots = _roots(node, body)
    facts: tuple[Fact, ...]
    if body is not None and body.type not in _BODIES:  # an arrow function's expression is its result
        facts = (fact(body, "return", body),)
    else:
        facts = _flatten(roots, grammar.expand)
    is_async = any(child.type == "async" for child in node.children) or "async" in function.modifiers
    return ControlFlow(
        facts,
        first_line(roots[0]) if roots else first_line(body) if body is not None else 0,
        last,
        unchecked(function, roots),
        hard_coded(roots),
        is_async=is_async,
        complete=not node.has_error and tree.root_node.child_count > 0,
        _ends=body_ends(facts),
    )


def _find(grammar: _Grammar, function: Function) -> tuple[Tree, Node | None]:
    """Parse in each frame until the function comes out whole; else keep the frame with the fewest errors.

    C and C++ are tried once more without the macros that stand where a statement or declaration starts (they expand
    to keywords, attributes or nothing, which no parser of single functions can know), and with a plain head before
    the body, for heads that are macros themselves (``TEST_CASE("name") {``).
    """
    best: tuple[int, Tree, Node | None] | None = None
    texts = [function.code]
    if grammar.parser in {"c", "cpp"}:
        texts = list(dict.fromkeys([function.code, _MACRO.sub(_blank, function.code), _headless(function.code)]))
    for text, (before, after) in product(texts, grammar.frames):
        tree = parse(grammar.parser, (before + text + after).encode("utf-8", "replace"))
        node = _function_node(tree, grammar.functions, function.has_body)
        if node is not None and not tree.root_node.has_error:
            return tree, node
        errors = sum(1 for found in _preorder(tree.root_node) if found.is_error or found.is_missing)
        rank = errors + (1_000_000 if node is None else 0)
        if best is None or rank < best[0]:
            best = (rank, tree, node)
    assert best is not None
    return best[1], best[2]


def _headless(code: str) -> str:
    head, brace, body = code.partition("{")
    return "void w() " + "\n" * head.count("\n") + brace + body


def _blank(match: re.Match[str]) -> str:
    return match.group(1) + " " * len(match.group(2))


def _function_node(tree: Tree, kinds: frozenset[str], has_body: bool) -> Node | None:
    for node in _preorder(tree.root_node):
        if node.type in kinds and (not has_body or _body(node) is not None):
            return node
    return None


def _body(node: Node) -> Node | None:
    body = node.child_by_field_name("body")
    if body is None:
        body = next((child for child in node.named_children if child.type in _BODIES), None)
    return body


def _roots(node: Node, body: Node | None) -> list[Node]:
    """Member initialisers and the body's statements, a docstring left out; an expression body is its one statement."""
    roots = [child for child in node.named_children if child.type == "field_initializer_list"]
    if body is None:
        return roots
    if body.type not in _BODIES:
        return [*roots, body]
    if body.type == "try_statement":
        return [*roots, body]
    inner = statements(body.named_children)
    if len(inner) == 1 and inner[0].type == "statement_list":
        inner = statements(inner[0].named_children)
    if node.type == "function_definition" and inner and inner[0].type in {"string", "expression_statement"}:
        lead = inner[0] if inner[0].type == "string" else (inner[0].named_children or [inner[0]])[0]
        if lead.type in {"string", "concatenated_string"}:
            inner = inner[1:]
    return [*roots, *inner]


def _flatten(roots: list[Node], expand: Expand) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    pending: list[tuple[Fact | Node, int]] = [(node, 0) for node in reversed(roots)]
    while pending:
        part, depth = pending.pop()
        if isinstance(part, Fact):
            facts.append(replace(part, depth=depth))
            continue
        if part.is_error:
            facts.append(Fact("unread", first_line(part), part.end_point.row + 1, part.end_point.row + 1, depth=depth))
            continue
        pending.extend((inner, depth + extra) for inner, extra in reversed(expand(part)))
    return tuple(facts)


def _preorder(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if node.type not in COMMENTS:
            stack.extend(reversed(node.named_children))
