"""Captured nodes of the C and C++ queries to spans."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from qarepo_graph.code.languages.c_family.comments import comment_above
from qarepo_graph.code.languages.c_family.declarators import (
    declared_function,
    modifiers,
    parameters,
    return_type,
    without_template_arguments,
)
from qarepo_graph.code.outline import CallSpan, FunctionSpan, ScopeSpan, folded, text
from qarepo_graph.schema.function import FunctionKind

_TYPES = {
    "class_specifier": "class",
    "struct_specifier": "struct",
    "union_specifier": "union",
    "enum_specifier": "enum",
}
_KEYWORDS = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "do",
        "else",
        "return",
        "case",
        "goto",
        "sizeof",
        "noexcept",
        "alignas",
        "alignof",
        "decltype",
        "static_assert",
        "catch",
        "throw",
        "requires",
        "typeid",
        "asm",
        "defined",
        "__attribute__",
        "__declspec",
        "__except",
        "__try",
        "__finally",
    ]
)
_CPP_KEYWORDS = frozenset(["delete", "new", "class", "namespace", "template", "using", "try"])
_CAPITALS = re.compile(r"_*[A-Z][A-Z0-9_]*\Z")
_TEST = re.compile(r"TEST|SCENARIO|BENCHMARK|FUZZ|SPEC\b|\ASPEC|\ADESCRIBE")
_PLAIN_NAME = re.compile(r"\w+")
_OPERATOR_PREFIX = re.compile(r"operator\w")
_OPERATOR_WORD = re.compile(r"(?:new|delete|co_await)\b")
_STATEMENTS = ("compound_statement", "case_statement", "labeled_statement", "if_statement", "else_clause")


def read_definition(node: Node, data: bytes, parsed: bytes, *, plain_c: bool) -> FunctionSpan | None:
    """Read a ``function_definition`` or a pure virtual ``field_declaration``.

    None where no function is declared: a class head read as one, a keyword after split braces, a statement macro.

    Args:
        node: The captured node.
        data: The original text.
        parsed: The text the tree was made of; macros may be blanked in it.
        plain_c: C keeps ``delete`` and ``new`` as names.
    """
    declared = declared_function(node, data)
    if declared is None and plain_c:
        return _macro_definition(node, data)
    if declared is None or declared.name in _KEYWORDS or (not plain_c and declared.name in _CPP_KEYWORDS):
        return None
    if not (declared.name[:1].isalnum() or declared.name[:1] in ("_", "~", "$")):
        return None
    body = _body(node)
    if node.type == "field_declaration":
        default = node.child_by_field_name("default_value")
        if default is None or _is_variable(node):
            return None
        if default.type == "initializer_list":  # `void f() override {};` looks like a field with braces behind it
            body = default
        elif text(default, data).strip() != "0":
            return None
    elif body is None and not any(c.type.endswith("_clause") for c in node.named_children[-1:]):
        return None
    name = declared.name
    typed = node.child_by_field_name("type") is not None
    untyped_macro = not typed and not declared.qualifier and _CAPITALS.match(name) is not None
    parent = node.parent
    in_class = parent is not None and _class_around(parent) is not None
    kind = _kind(name, declared.qualifier)
    if untyped_macro and len(name) > 1 and (not in_class or _class_name(parent, data) != name):
        if _is_statement(node):
            return None
        kind = "test" if _TEST.search(name) else "function"
        name += folded(data, *_argument_range(declared.declarator))
    outer = node
    while (above := outer.parent) is not None and above.type in ("template_declaration", "friend_declaration"):
        outer = above
    start = outer.start_byte
    if len(declared.qualifier.split()) > 1:  # a broken head swallowed what stands before it: only the name is sure
        declared = replace(declared, qualifier="")
        start = declared.start
    found = parameters(declared, node, data)
    head_end = _head_end(node, body)
    documentation, documentation_start, documentation_end = comment_above(data, start)
    written_type = return_type(node, declared, parsed) if typed or declared.declarator.type == "operator_cast" else ""
    return FunctionSpan(
        start=start,
        end=body.end_byte if body is not None and node.type == "field_declaration" else node.end_byte,
        name=name,
        name_start=declared.start,
        kind=kind,
        head_start=start,
        head_end=head_end,
        body_start=head_end,
        has_body=body is not None,
        qualifier=declared.qualifier,
        modifiers=modifiers(node, declared, parsed),
        parameters=found,
        return_type=written_type,
        documentation=documentation,
        documentation_start=documentation_start,
        documentation_end=documentation_end,
        has_error=node.has_error,
        beside_type=outer.type == "friend_declaration" or (parent is not None and parent.type == "friend_declaration"),
        id_suffix="" if plain_c or untyped_macro else "(" + ",".join(p.type for p in found) + ")",
    )


def read_statement(node: Node, data: bytes) -> FunctionSpan | None:
    """Read a statement outside every function that is a definition in disguise; None for any other."""
    following = node.next_sibling
    if following is not None and following.type == "compound_statement":
        return _test_case(node, following, data)
    return _defaulted(node, data)


def _macro_definition(node: Node, data: bytes) -> FunctionSpan | None:
    """Read ``TEST_IMPL(name) { … }`` in C, where the grammar takes the macro for a type and its argument for a name."""
    macro = node.child_by_field_name("type")
    argument = node.child_by_field_name("declarator")
    body = node.child_by_field_name("body")
    if macro is None or argument is None or body is None or argument.type != "parenthesized_declarator":
        return None
    if not _CAPITALS.match(text(macro, data)) or _is_statement(node):
        return None
    return _made_by_macro(node.start_byte, macro, argument.end_byte, body, data)


def _test_case(node: Node, block: Node, data: bytes) -> FunctionSpan | None:
    """Read ``TEST_CASE("name") { … }``: the grammar sees a call without its semicolon, then a block."""
    call = node.named_children[0] if node.named_children else None
    function = call.child_by_field_name("function") if call is not None else None
    if call is None or function is None:
        return None
    if not node.children[-1].is_missing or not _CAPITALS.match(text(function, data)) or _is_statement(node):
        return None
    return _made_by_macro(node.start_byte, function, call.end_byte, block, data)


def _is_statement(node: Node) -> bool:
    """Say whether the node stands in a function's body, conditionals looked through."""
    around = node.parent
    while around is not None and around.type.startswith("preproc_"):
        around = around.parent
    return around is not None and around.type in _STATEMENTS


def _made_by_macro(start: int, macro: Node, arguments_end: int, block: Node, data: bytes) -> FunctionSpan:
    """Return the function that a macro with its arguments heads; it is named like its head."""
    documentation, documentation_start, documentation_end = comment_above(data, start)
    return FunctionSpan(
        start=start,
        end=block.end_byte,
        name=folded(data, macro.start_byte, arguments_end),
        name_start=macro.start_byte,
        kind="test" if _TEST.search(text(macro, data)) else "function",
        head_start=start,
        head_end=block.start_byte,
        body_start=block.start_byte,
        documentation=documentation,
        documentation_start=documentation_start,
        documentation_end=documentation_end,
        has_error=block.has_error,
    )


def _defaulted(node: Node, data: bytes) -> FunctionSpan | None:
    """Read ``A::A() = default;`` outside the class, which the grammar sees as an assignment to a call."""
    assignment = node.named_children[0] if node.named_children else None
    if (
        assignment is None
        or assignment.type != "assignment_expression"
        or text(assignment.child_by_field_name("right"), data) not in ("default", "delete")
    ):
        return None
    call = assignment.child_by_field_name("left")
    callee = call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
    if callee is None or callee.type != "qualified_identifier":
        return None
    qualifier, _, name = without_template_arguments(text(callee, data)).rpartition("::")
    documentation, documentation_start, documentation_end = comment_above(data, node.start_byte)
    return FunctionSpan(
        start=node.start_byte,
        end=node.end_byte,
        name=name,
        name_start=callee.end_byte - len(name.encode()),
        kind=_kind(name, qualifier),
        head_start=node.start_byte,
        head_end=node.end_byte,
        body_start=node.end_byte,
        has_body=False,
        qualifier=qualifier,
        documentation=documentation,
        documentation_start=documentation_start,
        documentation_end=documentation_end,
        id_suffix="()",
    )


def read_scope(node: Node, data: bytes) -> ScopeSpan | None:
    """Read a namespace, a type with a body or an alias; inline namespaces give no name, as nobody writes it."""
    name_node = node.child_by_field_name("name")
    if node.type == "namespace_definition":
        inline = node.children[0].type == "inline"
        name = "" if inline else "::".join(text(name_node, data).replace("inline ", "").replace(" ", "").split("::"))
        return ScopeSpan(
            start=node.start_byte,
            end=node.end_byte,
            name=name or ("" if inline else "<anon>"),
            kind="namespace",
            is_type=False,
        )
    name = without_template_arguments(text(name_node, data))
    if node.type in ("alias_declaration", "type_definition"):
        return _alias(node, name, data)
    body = node.child_by_field_name("body")
    if body is None:
        return None
    parent = node.parent
    if not name and parent is not None and parent.type == "type_definition":
        name = text(parent.child_by_field_name("declarator"), data)
    outer = parent if parent is not None and parent.type in ("template_declaration", "type_definition") else node
    return ScopeSpan(
        start=node.start_byte,
        end=node.end_byte,
        name=name or "<anon>",
        kind=_TYPES[node.type],
        is_type=bool(name),
        head_start=node.start_byte,
        head_end=body.start_byte,
        documentation=comment_above(data, outer.start_byte)[0],
        bases=_bases(node, data),
    )


def read_call(callee: Node, data: bytes) -> CallSpan | None:
    """Read a call or a ``new`` expression."""
    if callee.type == "call_expression":
        called = callee.child_by_field_name("function")
        if called is None:
            return None
        callee = called
    kind = callee.type
    start, end = callee.start_byte, callee.end_byte
    if kind == "identifier":
        return CallSpan(start, data[start:end].decode("utf-8", "replace"), "")
    if kind == "field_expression":
        field = callee.child_by_field_name("field")
        if field is None:
            return None
        before = folded(data, start, field.start_byte).removesuffix("->").removesuffix(".").rstrip()
        name = without_template_arguments(text(field, data)).removeprefix("template ")
        return CallSpan(field.start_byte, name, before) if name else None
    if kind in ("qualified_identifier", "template_function"):
        qualifier, _, name = without_template_arguments(text(callee, data)).rpartition("::")
        return CallSpan(start, name, qualifier) if name else None
    if kind == "new_expression":
        written = without_template_arguments(text(callee.child_by_field_name("type"), data))
        qualifier, _, name = written.rpartition("::")
        return CallSpan(start, name, qualifier, construction=True) if name else None
    return None


def _alias(node: Node, name: str, data: bytes) -> ScopeSpan | None:
    name = name or text(node.child_by_field_name("declarator"), data)
    kind = node.child_by_field_name("type")
    if _PLAIN_NAME.fullmatch(name) is None or (kind is not None and kind.child_by_field_name("body") is not None):
        return None
    return ScopeSpan(
        start=node.start_byte,
        end=node.end_byte,
        name=name,
        kind="type_alias",
        head_start=node.start_byte,
        head_end=node.end_byte,
    )


def _body(node: Node) -> Node | None:
    body = node.child_by_field_name("body")
    if body is not None:
        return body
    last = node.named_children[-1] if node.named_children else None
    return last if last is not None and last.type in ("try_statement", "compound_statement") else None


def _head_end(node: Node, body: Node | None) -> int:
    """Return where the signature ends: before initialisers, body or ``= default``."""
    for child in node.named_children:
        if child.type in ("field_initializer_list", "default_method_clause", "delete_method_clause"):
            return child.start_byte
    return body.start_byte if body is not None else node.end_byte


def _is_variable(node: Node) -> bool:
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type in ("pointer_declarator", "reference_declarator"):
        inner = declarator.child_by_field_name("declarator")
        declarator = inner or (declarator.named_children[-1] if declarator.named_children else None)
    return declarator is None or declarator.type != "function_declarator"


def _argument_range(declarator: Node) -> tuple[int, int]:
    holder = declarator.child_by_field_name("parameters")
    return (holder.start_byte, holder.end_byte) if holder is not None else (declarator.end_byte, declarator.end_byte)


def _class_around(node: Node | None) -> Node | None:
    """Return the type whose member list holds this node directly, conditionals and templates looked through."""
    while node is not None and (node.type.startswith("preproc_") or node.type == "template_declaration"):
        node = node.parent
    return node.parent if node is not None and node.type == "field_declaration_list" else None


def _class_name(parent: Node | None, data: bytes) -> str:
    around = _class_around(parent)
    return without_template_arguments(text(around.child_by_field_name("name"), data)) if around is not None else ""


def _kind(name: str, qualifier: str) -> FunctionKind:
    if name.startswith("~"):
        return "destructor"
    if name.startswith("operator") and _OPERATOR_PREFIX.match(name) is None:
        word = name[9:] if name.startswith("operator ") else ""
        return "conversion" if word and _OPERATOR_WORD.match(word) is None else "operator"
    if qualifier:
        return "constructor" if qualifier.rpartition("::")[2] == name else "method"
    return "function"


def _bases(node: Node, data: bytes) -> tuple[str, ...]:
    clause = next((child for child in node.named_children if child.type == "base_class_clause"), None)
    if clause is None:
        return ()
    kinds = ("type_identifier", "qualified_identifier", "template_type")
    return tuple(without_template_arguments(text(c, data)) for c in clause.named_children if c.type in kinds)
