"""``switch`` and its cases in Java, C, C++, JavaScript; Java's may also give a value."""

from __future__ import annotations

from tree_sitter import Node

from qarepo_graph.code.control_flow.expression import bare, text_of
from qarepo_graph.code.control_flow.statement import BLOCKS, Part, fact, inside, statements


def switch(node: Node) -> list[Part]:
    """Return the switch and, one level deeper, its cases."""
    subject = node.child_by_field_name("condition") or node.child_by_field_name("value")
    body = node.child_by_field_name("body")
    cases = statements(body.named_children) if body is not None else []
    return [(fact(node, "switch", subject, body=body), 0), *((case, 1) for case in cases)]


def case(node: Node) -> list[Part]:
    """Return one case with its statements; cases that fall through have none of their own."""
    values = node.children_by_field_name("value")
    labels = [child for child in node.named_children if child.type == "switch_label"]
    if labels:  # Java
        text = ", ".join(text_of(label).removeprefix("case").removeprefix("default").strip() for label in labels)
        rest = [child for child in statements(node.named_children) if child not in labels]
    else:
        text = ", ".join(text_of(value) for value in values)
        rest = [child for child in statements(node.named_children) if child not in values]
    default = "" if text.strip(", ") else "default"
    head = labels[-1] if labels else values[-1] if values else node.children[0]
    if len(rest) == 1 and node.type != "switch_rule":
        rest = statements(rest[0].named_children) if rest[0].type in BLOCKS else rest
    arrow = node.type == "switch_rule" and len(rest) == 1 and rest[0].type == "expression_statement"
    if arrow and _in_value_switch(node):
        return [(fact(node, "case", target=text, detail=default, head=head), 0), *_yielded(rest[0])]
    parts: list[Part] = [(fact(node, "case", target=text, detail=default, head=head), 0)]
    for child in rest:
        parts.extend(inside(child) if child.type == "block" else [(child, 1)])
    return parts


def _in_value_switch(node: Node) -> bool:
    """Whether a Java switch is used for its value, so that its arrows give results."""
    outer = node.parent.parent.parent if node.parent is not None and node.parent.parent is not None else None
    return outer is not None and not outer.type.startswith(("expression_statement", "block", "switch", "constructor"))


def _yielded(node: Node) -> list[Part]:
    return [(fact(node, "yield", bare(node), detail="switch"), 1)]


def value_switch(parts: list[Part], value: Node | None) -> list[Part]:
    """Add the cases of a switch that a statement takes its value from."""
    if value is None or bare(value).type != "switch_expression":
        return parts
    return [*parts, *switch(bare(value))]
