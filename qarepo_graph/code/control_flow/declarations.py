"""Declarations and assignments of Java, C, C++, JavaScript, TypeScript to facts."""

from __future__ import annotations

from tree_sitter import Node

from qarepo_graph.code.control_flow.expression import declared_name, text_of
from qarepo_graph.code.control_flow.statement import Part, assigned, first, only_child, simple, statements
from qarepo_graph.code.control_flow.switches import value_switch


def declaration(node: Node) -> list[Part]:
    """Return one assignment per declared name that gets a value."""
    parts: list[Part] = []
    declarators = [child for child in node.named_children if child.type in {"variable_declarator", "init_declarator"}]
    for declarator in declarators:
        name = declarator.child_by_field_name("name") or declarator.child_by_field_name("declarator")
        value = declarator.child_by_field_name("value")
        target = declared_name(name)
        if value is None:
            continue
        where = node if len(declarators) == 1 else declarator
        if value.type in {"argument_list", "initializer_list"}:  # Foo foo(1, 2);
            parts.extend(simple(where, "assign", value, target=target, detail="construct"))
        else:
            parts.extend(value_switch(assigned(where, target, value), value))
    return parts or simple(node, "declare", target=_declared(node))


def _declared(node: Node) -> str:
    name = node.child_by_field_name("declarator") or first(node, "variable_declarator")
    if name is not None and name.type == "variable_declarator":
        name = name.child_by_field_name("name")
    return declared_name(name)


def assignment(node: Node) -> list[Part]:
    """Return ``a = b``, ``a += b`` and ``a = b = c``."""
    left, value = node.child_by_field_name("left"), node.child_by_field_name("right")
    targets = [text_of(left)]
    while value is not None and value.type == "assignment_expression":
        targets.append(text_of(value.child_by_field_name("left")))
        value = value.child_by_field_name("right")
    sign = text_of(node.child_by_field_name("operator")) or next(
        (text_of(child) for child in node.children if not child.is_named), "="
    )
    if value is None:
        return []
    return value_switch(assigned(node, " = ".join(targets), value, sign), value)


def update(node: Node) -> list[Part]:
    """Return ``i++`` and its like."""
    operand = node.child_by_field_name("argument") or only_child(node)
    return simple(node, "assign", target=text_of(operand), detail=text_of(node).replace(text_of(operand), ""))


def initialisers(node: Node) -> list[Part]:
    """C++ member initialisers: each is an assignment, or a call of the base's constructor."""
    parts: list[Part] = []
    for initialiser in [child for child in node.named_children if child.type == "field_initializer"]:
        children = statements(initialiser.named_children)
        values = statements(children[-1].named_children) if len(children) > 1 else []
        value = values[0] if len(values) == 1 else children[-1] if values else None
        parts.extend(simple(initialiser, "assign", value, target=text_of(children[0]), detail="initialise"))
    return parts
