"""What a body does with its parameters and with values written into it: the facts new requirements start from."""

from __future__ import annotations

from tree_sitter import Node

from qarepo_graph.code.control_flow.expression import CALLS, LAMBDAS, callee, declared_name, text_of
from qarepo_graph.code.control_flow.facts import HardCoded
from qarepo_graph.schema import Function

_NUMBERS = frozenset(
    [
        "integer",
        "float",
        "number",
        "number_literal",
        "decimal_integer_literal",
        "decimal_floating_point_literal",
        "int_literal",
        "float_literal",
    ]
)
_STRINGS = frozenset(["string", "string_literal", "interpreted_string_literal"])
_ORDINARY = frozenset(["0", "1", "2", "-1", "0.0", "1.0", "2.0", "0.5", "10", "100"])  # rarely somebody's setting
_IDENTIFIERS = frozenset(["identifier", "shorthand_property_identifier"])
_TESTS = frozenset(
    [
        "assert_statement",
        "comparison_operator",
        "boolean_operator",
        "not_operator",
        "conditional_expression",
        "ternary_expression",
        "match_statement",
        "switch_expression",
        "switch_statement",
        "expression_switch_statement",
        "type_switch_statement",
        "instanceof_expression",
        "if_clause",
        "while_statement",
        "do_statement",
        "try_statement",
        "try_with_resources_statement",
    ]
)
"""Nodes inside which a parameter counts as looked at. A ``try`` counts: its handlers answer for bad values."""
_CONDITIONED = frozenset(["if_statement", "elif_clause"])
_CHECKERS = frozenset(["isinstance", "issubclass", "len", "hasattr", "callable", "requireNonNull", "checkNotNull"])


def unchecked(function: Function, roots: list[Node]) -> tuple[str, ...]:
    """Return the parameters the body uses without looking at their value first."""
    wanted = [parameter.name.lstrip("*&. ").removesuffix("...") for parameter in function.parameters]
    wanted = [name for name in wanted if name not in {"self", "cls", "this", ""}]
    used: set[str] = set()
    looked_at: set[str] = set()
    pending: list[tuple[Node, bool]] = [(node, False) for node in reversed(roots)]
    while pending:
        node, testing = pending.pop()
        if node.type in _IDENTIFIERS and (text := text_of(node)) in wanted:
            (looked_at if testing else used).add(text)
        checks = node.type in CALLS and callee(node).rsplit(".", 1)[-1] in _CHECKERS
        inner = testing or node.type in _TESTS or checks
        condition = node.child_by_field_name("condition") if node.type in _CONDITIONED else None
        pending.extend((child, inner or child == condition) for child in node.named_children)
    return tuple(name for name in wanted if name in used and name not in looked_at)


def hard_coded(roots: list[Node]) -> tuple[HardCoded, ...]:
    """Return numbers and named texts written into the body, each once, in the order of the text."""
    found: list[HardCoded] = []
    pending = [(node, "", "") for node in reversed(roots)]
    while pending:
        node, name, receiver = pending.pop()
        if node.type in LAMBDAS:
            continue
        if node.type in _NUMBERS or (node.type in _STRINGS and name):
            text = text_of(node)
            if (node.type in _STRINGS or text not in _ORDINARY) and len(text) <= 40:
                found.append(HardCoded(text, node.start_point.row + 1, name, receiver))
            continue
        pending.extend(reversed(_given(node, name, receiver)))
    return tuple(found)


def _given(node: Node, name: str, receiver: str) -> list[tuple[Node, str, str]]:
    """Return the children to look into, with what a value standing directly there would be given to."""
    if node.type == "keyword_argument":
        value = node.child_by_field_name("value")
        return [(value, text_of(node.child_by_field_name("name")), receiver)] if value is not None else []
    if node.type in {"assignment", "variable_declarator", "init_declarator", "short_var_declaration"}:
        target = node.child_by_field_name("left") or node.child_by_field_name("name")
        target = target or node.child_by_field_name("declarator")
        value = node.child_by_field_name("right") or node.child_by_field_name("value")
        return [(value, declared_name(target), "")] if value is not None else []
    if node.type in CALLS:
        return [(child, "", callee(node)) for child in node.named_children]
    if node.type in {"argument_list", "arguments", "parenthesized_expression", "expression_list", "unary_operator"}:
        return [(child, name, receiver) for child in node.named_children]
    return [(child, "", "") for child in node.named_children]
