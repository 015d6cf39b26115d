"""Statements of Java, C, C++, JavaScript, TypeScript to facts: the grammars name most of them alike."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from qarepo_graph.code.control_flow import declarations, switches
from qarepo_graph.code.control_flow.expression import bare, declared_name, text_of
from qarepo_graph.code.control_flow.facts import Fact, FactKind
from qarepo_graph.code.control_flow.statement import (
    Expand,
    Part,
    evaluated,
    fact,
    first,
    inside,
    last_line,
    only_child,
    raised,
    simple,
    statements,
)

FUNCTIONS = frozenset(
    [
        "method_declaration",
        "constructor_declaration",
        "compact_constructor_declaration",
        "annotation_type_element_declaration",
        "function_definition",
        "inline_method_definition",
        "function_declaration",
        "generator_function_declaration",
        "method_definition",
        "function_expression",
        "generator_function",
        "arrow_function",
    ]
)


def expand(node: Node) -> list[Part]:
    """Return the facts and inner statements of one statement."""
    handler = _HANDLERS.get(node.type)
    return handler(node) if handler is not None else evaluated(node, node)


def _if(node: Node) -> list[Part]:
    parent = node.parent
    chained = parent is not None and (
        parent.type == "else_clause"
        or (parent.type == "if_statement" and parent.child_by_field_name("alternative") == node)
    )
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    start = condition.child_by_field_name("initializer") if condition is not None else None
    parts: list[Part] = [(fact(node, "elif" if chained else "if", condition, body=body), 0)]
    if start is not None:  # if (int n = f(); n > 0)
        parts = [*((child, 0) for child in statements(start.named_children)), *parts]
    parts.extend(inside(body))
    otherwise = node.child_by_field_name("alternative")
    if otherwise is not None:
        inner = only_child(otherwise) if otherwise.type == "else_clause" else otherwise
        if inner is not None and inner.type == "if_statement":
            parts.append((inner, 0))
        else:
            parts.extend([(fact(otherwise, "else", detail="if", body=inner), 0), *inside(inner)])
    return parts


def _each(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    variable = next(
        (found for name in ("name", "declarator", "left") if (found := node.child_by_field_name(name))), None
    )
    target = declared_name(variable)
    over = node.child_by_field_name("value") or node.child_by_field_name("right")
    keys = text_of(node.child_by_field_name("operator")) == "in"
    head = fact(node, "loop", over, target=target, detail="keys" if keys else "each", body=body)
    return [(head, 0), *inside(body)]


def _for(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    condition = node.child_by_field_name("condition")
    starts = node.children_by_field_name("init") or node.children_by_field_name("initializer")
    updates = node.children_by_field_name("update") or node.children_by_field_name("increment")
    update = ", ".join(text_of(part) for part in updates)
    if condition is not None and bare(condition).type in {"empty_statement", ";"}:
        condition = None
    target = ", ".join(text_of(part).rstrip("; ") for part in starts)
    head = fact(node, "loop", condition, target=target, detail=f"count {update}".strip(), body=body)
    if condition is None and not target:
        head = fact(node, "loop", detail="forever", body=body)
    return [(head, 0), *inside(body)]


def _while(node: Node) -> list[Part]:
    body, condition = node.child_by_field_name("body"), node.child_by_field_name("condition")
    if node.type == "do_statement":
        form = "do"
        head = fact(node, "loop", condition, detail=form, body=body, head=node.children[0])
        return [(head, 0), *inside(body)]
    forever = condition is not None and text_of(bare(condition)) in {"true", "1"}
    return [(fact(node, "loop", condition, detail="forever" if forever else "while", body=body), 0), *inside(body)]


def _try(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    resources = node.child_by_field_name("resources")
    parts: list[Part] = [(fact(node, "try", body=body, head=node.children[0]), 0)]
    depth = 1
    for resource in statements(resources.named_children) if resources else []:
        value = resource.child_by_field_name("value") or only_child(resource)
        name = text_of(resource.child_by_field_name("name"))
        parts.append((_resource(node, resource, value, name, body), depth))
        depth += 1
    parts.extend(inside(body, depth))
    clauses = [child for child in node.named_children if child.type in {"catch_clause", "finally_clause"}]
    return [*parts, *((clause, 0) for clause in clauses)]


def _resource(node: Node, resource: Node, value: Node | None, name: str, body: Node | None) -> Fact:
    held = fact(resource, "with", value, target=name)
    end = fact(body or node, "evaluate").end_line
    return Fact("with", held.start_line, end, held.end_line, name, held.value)


def _catch(node: Node) -> list[Part]:
    body = node.child_by_field_name("body") or first(node, "statement_block")
    caught = first(node, "catch_formal_parameter")
    if caught is not None:  # Java
        kind, alias = text_of(first(caught, "catch_type")), text_of(caught.child_by_field_name("name"))
    elif (parameters := node.child_by_field_name("parameters")) is not None:  # C++
        declared = only_child(parameters)
        kind = text_of(declared.child_by_field_name("type")) if declared is not None else ""
        alias = declared_name(declared.child_by_field_name("declarator")) if declared is not None else ""
    else:  # JavaScript names the value, never its type
        kind, alias = "", text_of(node.child_by_field_name("parameter"))
    return [(fact(node, "except", target=alias, detail=kind, body=body), 0), *inside(body)]


def _finally(node: Node) -> list[Part]:
    body = only_child(node)
    return [(fact(node, "finally", body=body), 0), *inside(body)]


def _return(node: Node) -> list[Part]:
    value = only_child(node)
    return switches.value_switch(simple(node, "return", value), value)


def _expression(node: Node) -> list[Part]:
    value = only_child(node)
    if value is None:
        return []  # a lone semicolon
    value = bare(value)
    if value.type in _HANDLERS:
        return _HANDLERS[value.type](value)
    return evaluated(node, value)


def _define(node: Node) -> list[Part]:
    name = text_of(node.child_by_field_name("name"))
    return simple(node, "define", target=name, detail="function" if "function" in node.type else "class")


def _assert(node: Node) -> list[Part]:
    children = statements(node.named_children)
    return simple(node, "assert", children[0], detail=text_of(children[1]) if len(children) > 1 else "")


def _synchronized(node: Node) -> list[Part]:
    body = node.child_by_field_name("body")
    return [(fact(node, "with", only_child(node), detail="lock", body=body), 0), *inside(body)]


def _labelled(node: Node) -> list[Part]:
    return [(child, 0) for child in statements(node.named_children)[1:]]


def _conditional_text(node: Node) -> list[Part]:
    """``#if`` and its alternatives: branches that the build decides, with the directive as their detail."""
    condition = node.child_by_field_name("name") or node.child_by_field_name("condition")
    alternative = node.child_by_field_name("alternative")
    kinds: dict[str, FactKind] = {"preproc_elif": "elif", "preproc_elifdef": "elif", "preproc_else": "else"}
    kind = kinds.get(node.type, "if")
    inner = [child for child in statements(node.named_children) if child not in (condition, alternative)]
    directive = " ".join([text_of(node.children[0]).replace(" ", ""), *([text_of(condition)] if condition else [])])
    head = fact(node, kind, detail=directive, head=condition or node.children[0])
    end = last_line(inner[-1]) if inner else head.header_end
    parts: list[Part] = [(replace(head, end_line=max(end, head.start_line), header_end=head.start_line), 0)]
    parts.extend((child, 1) for child in inner)
    return [*parts, *([(alternative, 0)] if alternative is not None else [])]


def _jump(node: Node) -> list[Part]:
    kind = node.type.removesuffix("_statement")
    target = text_of(only_child(node))
    if kind == "break":
        return simple(node, "break", target=target)
    return simple(node, "continue", target=target) if kind == "continue" else simple(node, "goto", target=target)


_HANDLERS: dict[str, Expand] = {
    "if_statement": _if,
    "enhanced_for_statement": _each,
    "for_range_loop": _each,
    "for_in_statement": _each,
    "for_statement": _for,
    "while_statement": _while,
    "do_statement": _while,
    "try_statement": _try,
    "try_with_resources_statement": _try,
    "catch_clause": _catch,
    "finally_clause": _finally,
    "switch_statement": switches.switch,
    "switch_expression": switches.switch,
    "switch_block_statement_group": switches.case,
    "switch_rule": switches.case,
    "case_statement": switches.case,
    "switch_case": switches.case,
    "switch_default": switches.case,
    "return_statement": _return,
    "co_return_statement": _return,
    "throw_statement": lambda node: raised(node, only_child(node)),
    "yield_statement": lambda node: simple(node, "yield", only_child(node), detail="switch"),
    "co_yield_statement": lambda node: simple(node, "yield", only_child(node)),
    "break_statement": _jump,
    "continue_statement": _jump,
    "goto_statement": _jump,
    "assert_statement": _assert,
    "synchronized_statement": _synchronized,
    "labeled_statement": _labelled,
    "expression_statement": _expression,
    "assignment_expression": declarations.assignment,
    "augmented_assignment_expression": declarations.assignment,
    "update_expression": declarations.update,
    "delete_expression": lambda node: simple(node, "delete", only_child(node)),
    "local_variable_declaration": declarations.declaration,
    "declaration": declarations.declaration,
    "lexical_declaration": declarations.declaration,
    "variable_declaration": declarations.declaration,
    "field_initializer_list": declarations.initialisers,
    **dict.fromkeys(
        [
            "class_declaration",
            "record_declaration",
            "interface_declaration",
            "enum_declaration",
            "function_declaration",
            "function_definition",
            "generator_function_declaration",
            "struct_specifier",
            "class_specifier",
        ],
        _define,
    ),
    **dict.fromkeys(
        ["preproc_if", "preproc_ifdef", "preproc_elif", "preproc_elifdef", "preproc_else"], _conditional_text
    ),
    **dict.fromkeys(
        ["block", "compound_statement", "statement_block", "constructor_body"], lambda node: inside(node, 0)
    ),
    # These say nothing about what the function does.
    **dict.fromkeys(
        [
            "comment",
            "line_comment",
            "block_comment",
            "using_declaration",
            "alias_declaration",
            "type_definition",
            "namespace_alias_definition",
            "static_assert_declaration",
            "empty_statement",
            "preproc_def",
            "preproc_call",
            "preproc_include",
            "preproc_function_def",
            "attributed_declarator",
            "friend_declaration",
            ";",
        ],
        lambda _: [],
    ),
    "attributed_statement": lambda node: [(child, 0) for child in statements(node.named_children)[1:]],
    "ERROR": lambda node: simple(node, "unread"),
}
