"""Python's statements to facts."""

from __future__ import annotations

from tree_sitter import Node

from qarepo_graph.code.control_flow.expression import bare, text_of
from qarepo_graph.code.control_flow.statement import (
    Expand,
    Part,
    assigned,
    evaluated,
    fact,
    first,
    inside,
    only_child,
    raised,
    simple,
    statements,
)

FUNCTIONS = frozenset(["function_definition"])


def expand(node: Node) -> list[Part]:
    """Return the facts and inner statements of one Python statement."""
    handler = _HANDLERS.get(node.type)
    return handler(node) if handler is not None else evaluated(node, node)


def _if(node: Node) -> list[Part]:
    body = node.child_by_field_name("consequence")
    condition = node.child_by_field_name("condition")
    parts: list[Part] = [
        (fact(node, "elif" if node.type == "elif_clause" else "if", condition, body=body), 0),
        *inside(body),
    ]
    parts.extend((clause, 0) for clause in node.children_by_field_name("alternative"))
    return parts


def _else(node: Node) -> list[Part]:
    owners = {"if_statement": "if", "for_statement": "loop", "while_statement": "loop", "try_statement": "try"}
    owner = owners.get(node.parent.type if node.parent else "", "if")
    body = node.child_by_field_name("body")
    return [(fact(node, "else", detail=owner, body=body), 0), *inside(body)]


def _loop(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    if node.type == "for_statement":
        target = text_of(node.child_by_field_name("left"))
        head = fact(node, "loop", node.child_by_field_name("right"), target=target, detail="each", body=body)
    else:
        condition = node.child_by_field_name("condition")
        forever = condition is not None and text_of(bare(condition)) in {"True", "1"}
        head = fact(node, "loop", condition, detail="forever" if forever else "while", body=body)
    otherwise = node.child_by_field_name("alternative")
    return [(head, 0), *inside(body), *([(otherwise, 0)] if otherwise else [])]


def _try(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    clauses = [child for child in node.named_children if child.type.endswith("_clause")]
    return [(fact(node, "try", body=body), 0), *inside(body), *((clause, 0) for clause in clauses)]


def _except(node: Node) -> list[Part]:
    caught = node.child_by_field_name("value")
    body = next((child for child in reversed(node.named_children) if child.type == "block"), None)
    alias = ""
    if caught is not None and caught.type == "as_pattern":
        alias = text_of(caught.child_by_field_name("alias"))
        caught = caught.named_children[0]
    elif caught is not None:
        alias = text_of(node.child_by_field_name("alias"))
    return [(fact(node, "except", caught, target=alias, detail=text_of(caught), body=body), 0), *inside(body)]


def _finally(node: Node) -> list[Part]:
    body = first(node, "block")
    return [(fact(node, "finally", body=body), 0), *inside(body)]


def _with(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    clause = first(node, "with_clause")
    items = [child for child in (clause.named_children if clause else []) if child.type == "with_item"]
    parts: list[Part] = []
    for depth, item in enumerate(items):
        value, alias = item.child_by_field_name("value"), ""
        if value is not None and value.type == "as_pattern":
            alias = text_of(value.child_by_field_name("alias"))
            value = value.named_children[0]
        parts.append((fact(node, "with", value, target=alias, head=item), depth))
    return [*parts, *inside(body, max(1, len(items)))]


def _match(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    subjects = node.children_by_field_name("subject")
    cases = statements(body.named_children) if body else []
    head = fact(node, "switch", subjects[0] if len(subjects) == 1 else None, body=body)
    return [(head, 0), *((case, 1) for case in cases)]


def _case(node: Node) -> list[Part]:
    body = node.child_by_field_name("consequence")
    patterns = [child for child in node.named_children if child.type == "case_pattern"]
    text = ", ".join(text_of(pattern) for pattern in patterns)
    guard = node.child_by_field_name("guard")
    condition = only_child(guard) if guard else None
    detail = "default" if text == "_" and guard is None else "if" if guard else ""
    head = patterns[-1] if patterns else None
    return [(fact(node, "case", condition, target=text, detail=detail, head=guard or head), 0), *inside(body)]


def _assignment(node: Node) -> list[Part]:
    targets = [text_of(node.child_by_field_name("left"))]
    value = node.child_by_field_name("right")
    while value is not None and value.type == "assignment":
        targets.append(text_of(value.child_by_field_name("left")))
        value = value.child_by_field_name("right")
    if value is None:
        return simple(node, "declare", target=targets[0])
    return assigned(node, " = ".join(targets), value)


def _augmented(node: Node) -> list[Part]:
    value = node.child_by_field_name("right")
    sign = text_of(node.child_by_field_name("operator"))
    target = text_of(node.child_by_field_name("left"))
    return assigned(node, target, value, sign) if value is not None else []


def _raise(node: Node) -> list[Part]:
    cause = node.child_by_field_name("cause")
    value = only_child(node)
    return raised(node, None if value == cause else value, text_of(cause))


def _assert(node: Node) -> list[Part]:
    children = statements(node.named_children)
    return simple(node, "assert", children[0], detail=text_of(children[1]) if len(children) > 1 else "")


def _define(node: Node) -> list[Part]:
    inner = node.child_by_field_name("definition") or node
    kind = "class" if inner.type == "class_definition" else "function"
    return simple(node, "define", target=text_of(inner.child_by_field_name("name")), detail=kind)


def _statement(node: Node) -> list[Part]:
    children = statements(node.named_children)
    if len(children) == 1:
        return expand(children[0]) if children[0].type in _HANDLERS else evaluated(node, children[0])
    return simple(node, "evaluate", node)  # a, b = … has its own node; this is a bare tuple


_HANDLERS: dict[str, Expand] = {
    "if_statement": _if,
    "elif_clause": _if,
    "else_clause": _else,
    "for_statement": _loop,
    "while_statement": _loop,
    "try_statement": _try,
    "except_clause": _except,
    "except_group_clause": _except,
    "finally_clause": _finally,
    "with_statement": _with,
    "match_statement": _match,
    "case_clause": _case,
    "assignment": _assignment,
    "augmented_assignment": _augmented,
    "raise_statement": _raise,
    "assert_statement": _assert,
    "return_statement": lambda node: simple(node, "return", only_child(node)),
    "delete_statement": lambda node: simple(node, "delete", only_child(node)),
    "break_statement": lambda node: simple(node, "break"),
    "continue_statement": lambda node: simple(node, "continue"),
    "function_definition": _define,
    "class_definition": _define,
    "decorated_definition": _define,
    "expression_statement": _statement,
    "block": lambda node: inside(node, 0),
    # These say nothing about what the function does.
    "pass_statement": lambda _: [],
    "import_statement": lambda _: [],
    "import_from_statement": lambda _: [],
    "future_import_statement": lambda _: [],
    "global_statement": lambda _: [],
    "nonlocal_statement": lambda _: [],
    "type_alias_statement": lambda _: [],
    "string": lambda _: [],
    "ellipsis": lambda _: [],
    "comment": lambda _: [],
    "ERROR": lambda node: simple(node, "unread"),
}
