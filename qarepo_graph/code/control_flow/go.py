"""Go's statements to facts."""

from __future__ import annotations

from tree_sitter import Node

from qarepo_graph.code.control_flow.expression import LAMBDAS, arguments, bare, callee, express, text_of
from qarepo_graph.code.control_flow.facts import Fact
from qarepo_graph.code.control_flow.statement import (
    Expand,
    Part,
    assigned,
    evaluated,
    fact,
    first,
    only_child,
    simple,
    statements,
)

FUNCTIONS = frozenset(["function_declaration", "method_declaration", "func_literal"])
_CLAUSES = frozenset(["expression_case", "type_case", "communication_case", "default_case"])


def expand(node: Node) -> list[Part]:
    """Return the facts and inner statements of one Go statement."""
    handler = _HANDLERS.get(node.type)
    return handler(node) if handler is not None else evaluated(node, node)


def _inside(node: Node | None, extra: int = 1) -> list[Part]:
    if node is None:
        return []
    listed = first(node, "statement_list") if node.type == "block" else node
    return [(child, extra) for child in statements(listed.named_children)] if listed is not None else []


def _if(node: Node) -> list[Part]:
    parent = node.parent
    chained = parent is not None and parent.type == "if_statement" and parent.child_by_field_name("alternative") == node
    body, condition = node.child_by_field_name("consequence"), node.child_by_field_name("condition")
    start = node.child_by_field_name("initializer")
    head = fact(node, "elif" if chained else "if", condition, detail=text_of(start), body=body)
    # An `else if x := f(); …` runs its first half only when the branches before it failed: it stays in the head.
    parts: list[Part] = [(start, 0)] if start is not None and not chained else []
    parts.extend([(head, 0), *_inside(body)])
    otherwise = node.child_by_field_name("alternative")
    if otherwise is not None and otherwise.type == "if_statement":
        parts.append((otherwise, 0))
    elif otherwise is not None:
        parts.extend([(fact(otherwise, "else", detail="if", body=otherwise), 0), *_inside(otherwise)])
    return parts


def _for(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    head = next((child for child in statements(node.named_children) if child != body), None)
    if head is None:
        return [(fact(node, "loop", detail="forever", body=body), 0), *_inside(body)]
    if head.type == "range_clause":
        target, over = text_of(head.child_by_field_name("left")), head.child_by_field_name("right")
        return [(fact(node, "loop", over, target=target, detail="each", body=body), 0), *_inside(body)]
    if head.type == "for_clause":
        update = text_of(head.child_by_field_name("update"))
        condition, start = head.child_by_field_name("condition"), text_of(head.child_by_field_name("initializer"))
        counted = fact(node, "loop", condition, target=start, detail=f"count {update}".strip(), body=body)
        return [(counted, 0), *_inside(body)]
    return [(fact(node, "loop", head, detail="while", body=body), 0), *_inside(body)]


def _switch(node: Node) -> list[Part]:
    cases = [child for child in node.named_children if child.type in _CLAUSES]
    start, value = node.child_by_field_name("initializer"), node.child_by_field_name("value")
    detail = {"type_switch_statement": "type", "select_statement": "select"}.get(node.type, "")
    alias = text_of(node.child_by_field_name("alias"))
    head: Fact = fact(node, "switch", value, target=alias, detail=detail, head=node.children[0])
    return [*([(start, 0)] if start is not None else []), (head, 0), *((case, 1) for case in cases)]


def _case(node: Node) -> list[Part]:
    listed = first(node, "statement_list")
    labels = [child for child in statements(node.named_children) if child != listed]
    text = ", ".join(text_of(label) for label in labels)
    default = "default" if node.type == "default_case" else ""
    head = fact(node, "case", target=text, detail=default, head=labels[-1] if labels else node.children[0])
    return [(head, 0), *_inside(listed)]


def _assignment(node: Node) -> list[Part]:
    left, value = text_of(node.child_by_field_name("left")), node.child_by_field_name("right")
    sign = text_of(node.child_by_field_name("operator")) or ":="
    return assigned(node, left, value, "=" if sign == ":=" else sign) if value is not None else []


def _declaration(node: Node) -> list[Part]:
    listed = first(node, "var_spec_list") or node
    parts: list[Part] = []
    for spec in [child for child in listed.named_children if child.type in {"var_spec", "const_spec"}]:
        names = ", ".join(text_of(name) for name in spec.children_by_field_name("name"))
        value = spec.child_by_field_name("value")
        parts.extend(assigned(spec, names, value) if value is not None else simple(spec, "declare", target=names))
    return parts


def _expression(node: Node) -> list[Part]:
    value = only_child(node)
    if value is None:
        return []
    value = bare(value)
    if value.type == "call_expression" and callee(value) == "panic":
        return simple(node, "raise", next(iter(arguments(value)), None), target="panic")
    return evaluated(node, value)


def _spawned(node: Node) -> list[Part]:
    """``go f()`` and ``defer f()``."""
    value = only_child(node)
    how = node.type.removesuffix("_statement")
    function = value.child_by_field_name("function") if value is not None else None
    if function is not None and function.type in LAMBDAS:
        return simple(node, "define", detail=f"{how} function")
    called = express(value).operator if value is not None else ""
    return simple(node, "call", value, target=called, detail=how)


def _step(node: Node) -> list[Part]:
    return simple(
        node, "assign", target=text_of(only_child(node)), detail="++" if node.type == "inc_statement" else "--"
    )


def _jump(node: Node) -> list[Part]:
    label = text_of(only_child(node))
    if node.type == "break_statement":
        return simple(node, "break", target=label)
    return simple(node, "continue" if node.type == "continue_statement" else "goto", target=label)


_HANDLERS: dict[str, Expand] = {
    "if_statement": _if,
    "for_statement": _for,
    "expression_switch_statement": _switch,
    "type_switch_statement": _switch,
    "select_statement": _switch,
    **dict.fromkeys(sorted(_CLAUSES), _case),
    "return_statement": lambda node: simple(node, "return", only_child(node)),
    "short_var_declaration": _assignment,
    "assignment_statement": _assignment,
    "inc_statement": _step,
    "dec_statement": _step,
    "var_declaration": _declaration,
    "const_declaration": _declaration,
    "go_statement": _spawned,
    "defer_statement": _spawned,
    "break_statement": _jump,
    "continue_statement": _jump,
    "goto_statement": _jump,
    "expression_statement": _expression,
    "labeled_statement": lambda node: [(child, 0) for child in statements(node.named_children)[1:]],
    "block": lambda node: _inside(node, 0),
    "statement_list": lambda node: _inside(node, 0),
    **dict.fromkeys(["comment", "empty_statement", "type_declaration", "fallthrough_statement", ";"], lambda _: []),
    "ERROR": lambda node: simple(node, "unread"),
}
