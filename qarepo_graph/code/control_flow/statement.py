"""Shared by the grammars: how a handler says which facts a statement is and which statements stand inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tree_sitter import Node

from qarepo_graph.code.control_flow.expression import LAMBDAS, bare, express, text_of
from qarepo_graph.code.control_flow.facts import Fact, FactKind

Part = tuple[Fact | Node, int]
"""A fact, or a statement to be expanded in its turn, and how much deeper than its statement it stands."""
Expand = Callable[[Node], list[Part]]

BLOCKS = frozenset(["block", "compound_statement", "statement_block", "switch_block", "constructor_body"])
COMMENTS = frozenset(["comment", "line_comment", "block_comment"])


def first_line(node: Node) -> int:
    """Return the node's first line, counted from 1."""
    return node.start_point.row + 1


def last_line(node: Node) -> int:
    """Return the node's last line, counted from 1; a line break that ends it is not a line of it."""
    row, column = node.end_point
    return max(first_line(node), row + 1 if column else row)


def fact(
    node: Node,
    kind: FactKind,
    value: Node | None = None,
    *,
    target: str = "",
    detail: str = "",
    body: Node | None = None,
    head: Node | None = None,
) -> Fact:
    """Return the fact ``node`` is; with a body its head ends at ``head``, or before the body's first line."""
    start, end = first_line(node), last_line(node)
    if body is not None and node.type != "do_statement":
        end = max(start, last_line(body))  # a clause ends with its own body, not with its `else`
    header_end = end
    if head is not None:
        header_end = last_line(head)
    elif body is not None:
        header_end = max(start, min(first_line(body), last_line(value) if value is not None else start))
    return Fact(kind, start, end, header_end, target, express(value) if value is not None else None, detail)


def simple(node: Node, kind: FactKind, value: Node | None = None, *, target: str = "", detail: str = "") -> list[Part]:
    """Return a statement without a body as its one part."""
    return [(fact(node, kind, value, target=target, detail=detail), 0)]


def inside(node: Node | None, extra: int = 1) -> list[Part]:
    """Return the statements of a block, one level deeper; a single statement without braces counts as a block."""
    if node is None:
        return []
    if node.type in BLOCKS:
        return [(child, extra) for child in statements(node.named_children)]
    return [(node, extra)]


def statements(nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes that are not comments."""
    return [node for node in nodes if node.type not in COMMENTS]


def first(node: Node, kind: str) -> Node | None:
    """Return the first named child of a type."""
    return next((child for child in node.named_children if child.type == kind), None)


def only_child(node: Node) -> Node | None:
    """Return the first named child that is no comment."""
    return next(iter(statements(node.named_children)), None)


def assigned(node: Node, target: str, value: Node, detail: str = "=") -> list[Part]:
    """Return an assignment; ``a = lambda: …`` is a definition of ``a``."""
    value = bare(value)
    if value.type in LAMBDAS and detail == "=":
        return simple(node, "define", target=target, detail="function")
    return simple(node, "assign", value, target=target, detail=detail)


def raised(node: Node, value: Node | None, cause: str = "") -> list[Part]:
    """Return a raise or throw; its type is known only where the statement constructs the exception or names it so."""
    if value is None:
        return simple(node, "raise")
    thrown = express(value)
    kind = ""
    if thrown.shape in {"call", "new"}:
        kind = thrown.operator
    elif thrown.shape == "name":
        kind = thrown.text
    last = kind.rsplit(".", 1)[-1].rsplit("::", 1)[-1]
    built = thrown.shape in {"call", "new"}
    named = last[:1].isupper() and (built or not last.isupper())  # `raise ERROR` may name a value
    target = kind if named or thrown.shape == "new" or (built and kind.startswith("std::")) else ""
    return [(replace(fact(node, "raise", value, detail=cause), target=target), 0)]


def evaluated(node: Node, value: Node) -> list[Part]:
    """Return an expression that stands as a statement."""
    value = bare(value)
    what = express(value)
    kinds: dict[str, FactKind] = {"call": "call", "new": "call", "await": "call", "yield": "yield"}
    kind = kinds.get(what.shape, "evaluate")
    inner = only_child(value) if what.shape == "yield" else value
    if what.shape == "yield":
        return simple(node, "yield", inner, detail="from" if text_of(value).startswith("yield from") else "")
    return simple(node, kind, inner, target=what.operator if what.shape in {"call", "new"} else "")
