"""An expression node to its text and as much structure as a sentence needs. The node names of seven grammars."""

from __future__ import annotations

import re

from tree_sitter import Node

from qarepo_graph.code.control_flow.facts import Expression, Shape

_DEPTH = 3  # conditions are worded two operators deep; below that the text is quoted

_NODES: dict[Shape, str] = {
    "name": "identifier attribute field_access field_expression member_expression selector_expression subscript"
    " subscript_expression index_expression array_access this self super qualified_identifier scoped_identifier"
    " scoped_type_identifier type_identifier keyword_identifier property_identifier field_identifier"
    " pointer_expression dotted_name",
    "literal": "integer float number number_literal true false none null nil undefined nullptr null_literal"
    " decimal_integer_literal hex_integer_literal decimal_floating_point_literal int_literal float_literal"
    " char_literal character_literal rune_literal ellipsis class_literal user_defined_literal",
    "text": "string concatenated_string string_literal raw_string_literal template_string interpreted_string_literal",
    "call": "call call_expression method_invocation explicit_constructor_invocation",
    "new": "object_creation_expression new_expression array_creation_expression",
    "await": "await await_expression co_await_expression",
    "compare": "comparison_operator instanceof_expression",
    "not": "not_operator",
    "choice": "conditional_expression ternary_expression",
    "collection": "list tuple dictionary set expression_list array object array_initializer initializer_list"
    " composite_literal",
    "comprehension": "list_comprehension set_comprehension dictionary_comprehension generator_expression",
    "lambda": "lambda lambda_expression arrow_function function_expression func_literal method_reference"
    " generator_function",
    "assignment": "assignment assignment_expression named_expression compound_assignment",
    "yield": "yield yield_expression",
    "switch": "switch_expression",
    "operation": "binary_operator unary_operator unary_expression update_expression cast_expression",
}
_SHAPES: dict[str, Shape] = {name: shape for shape, names in _NODES.items() for name in names.split()}

_COMPARISONS = frozenset(
    ["<", ">", "<=", ">=", "==", "!=", "===", "!==", "in", "not in", "is", "is not", "instanceof"]
)  # `<=>` yields no truth value, so it is an operation
_AND = frozenset(["&&", "and"])
_OR = frozenset(["||", "or"])
_COMMENTS = frozenset(["comment", "line_comment", "block_comment"])
_STRINGS = frozenset(name for name, shape in _SHAPES.items() if shape == "text")
_NAMES = frozenset(["identifier", "type_identifier", "field_identifier", "property_identifier", "namespace_identifier"])
LAMBDAS = frozenset(name for name, shape in _SHAPES.items() if shape == "lambda")
"""Node types of functions written inside an expression: their insides are not the function's own control flow."""
CALLS = frozenset(name for name, shape in _SHAPES.items() if shape in {"call", "new"})
"""Node types of calls and constructions."""


def express(node: Node, depth: int = _DEPTH) -> Expression:
    """Return the expression at ``node``, its parts down to ``depth`` levels."""
    node = bare(node)
    shape = _shape(node)
    text, verbatim = folded(node)
    text = text.rstrip(";")  # Java's super(x); is an expression with its semicolon
    calls, names = _mentions(node)
    operator, parts = _structure(node, shape)
    operands = tuple(express(part, depth - 1) for part in parts) if depth > 1 else ()
    return Expression(text, shape, operator, operands, calls, names, verbatim)


def bare(node: Node) -> Node:
    """Return the node without parentheses and one-member wrappers around it."""
    while True:
        inner = [child for child in node.named_children if child.type not in _COMMENTS]
        value = node.child_by_field_name("value") if node.type == "condition_clause" else None
        if value is not None:
            node = value
        elif len(inner) == 1 and _wraps(node):
            node = inner[0]
        else:
            return node


def _wraps(node: Node) -> bool:
    if node.type == "expression_list":
        return all(child.type != "," for child in node.children)  # `return x,` is a tuple
    return node.type in {"parenthesized_expression", "expression_statement"}


def text_of(node: Node | None) -> str:
    """Return a node's folded text, empty for no node."""
    return folded(node)[0] if node is not None else ""


def declared_name(declarator: Node | None) -> str:
    """Return what a declarator declares, without the signs and qualifiers before it (``p`` of ``* const p``)."""
    signs = {"pointer_declarator", "reference_declarator"}
    while declarator is not None and declarator.type in signs and declarator.named_children:
        declarator = declarator.named_children[-1]
    return text_of(declarator).lstrip("&* ")


def folded(node: Node) -> tuple[str, bool]:
    """Return the text on one line, and whether it is still what the source says."""
    raw = (node.text or b"").decode("utf-8", "replace")
    if "\n" not in raw:
        return raw, True
    pieces: list[str] = []
    verbatim = True
    position, data = node.start_byte, node.text or b""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in _COMMENTS:
            pieces.append(data[position - node.start_byte : current.start_byte - node.start_byte].decode())
            position = current.end_byte
        elif current.type in _STRINGS:
            inside = (current.text or b"").decode("utf-8", "replace")
            verbatim = verbatim and inside == " ".join(inside.split())
        else:
            stack.extend(reversed(current.children))
    pieces.append(data[position - node.start_byte :].decode("utf-8", "replace"))
    text = " ".join("".join(pieces).split())
    text = re.sub(r"([(\[{]) ", r"\1", text)
    text = re.sub(r",? ([)\]}])", r"\1", text)
    return re.sub(r" (\.|->|\?\.)(?=\w)", r"\1", text), verbatim


def callee(node: Node) -> str:
    """Return what a call or construction names, as written (``self.cart.total``), type arguments left out."""
    if node.type == "method_invocation":
        receiver, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("name"))
        if receiver is None:
            return name
        return f"{text_of(receiver)}.{name}"
    for field in ("function", "constructor", "type"):
        target = node.child_by_field_name(field)
        if target is not None:
            text = text_of(target)
            return text if field != "type" else re.sub(r"<.*>$", "", text)
    return text_of(node.named_children[0]) if node.named_children else ""


def arguments(node: Node) -> list[Node]:
    """Return the argument nodes of a call or construction."""
    holder = node.child_by_field_name("arguments")
    if holder is None:
        return []
    if holder.type not in {"argument_list", "arguments"}:
        return [holder]  # f(x for x in y)
    return [child for child in holder.named_children if child.type not in _COMMENTS]


def _shape(node: Node) -> Shape:
    if node.type in {"binary_expression", "boolean_operator"}:
        sign = _operator(node)
        if sign in _AND:
            return "and"
        if sign in _OR:
            return "or"
        return "compare" if sign in _COMPARISONS else "operation"
    if node.type in {"unary_expression", "not_operator"} and _operator(node) in {"!", "not"}:
        return "not"
    if node.type == "comparison_operator" and len(node.named_children) != 2:
        return "operation"  # a < b < c
    return _SHAPES.get(node.type, "other")


def _operator(node: Node) -> str:
    for field in ("operator", "operators"):
        found = node.child_by_field_name(field)
        if found is not None:
            return " ".join(text_of(found).split())
    signs = [text_of(child) for child in node.children if not child.is_named]
    return " ".join(sign for sign in signs if sign not in {"(", ")"})


def _structure(node: Node, shape: Shape) -> tuple[str, list[Node]]:
    children = [child for child in node.named_children if child.type not in _COMMENTS]
    if shape in {"call", "new"}:
        return callee(node), arguments(node)
    if shape in {"and", "or"}:
        return shape, _chain(node, shape)
    if shape == "compare":
        return _operator(node), children[:2]
    if shape == "not":
        return "not", children[:1]
    if shape == "await":
        return "await", children[:1]
    if shape == "collection":
        return node.type, children
    if shape == "operation" and len(children) == 2:
        return _operator(node), children
    if shape == "choice":
        condition = node.child_by_field_name("condition")
        if condition is not None:
            then, other = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
            return "choice", [part for part in (then, condition, other) if part is not None]
        return "choice", children[:3]
    return "", []


def _chain(node: Node, shape: Shape) -> list[Node]:
    """Members of ``a and b and c``, however they nest to the left."""
    members: list[Node] = []
    stack = [node]
    while stack:
        current = bare(stack.pop())
        if current == node or (_shape(current) == shape and len(members) < 64):
            sides = [child for child in current.named_children if child.type not in _COMMENTS]
            stack.extend(reversed(sides))
        else:
            members.append(current)
    return members


def _mentions(node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    calls: list[str] = []
    names: list[str] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in LAMBDAS:
            continue
        if current.type in CALLS:
            calls.append(callee(current))
        if current.type in _NAMES:
            names.append((current.text or b"").decode("utf-8", "replace"))
        stack.extend(reversed(current.named_children))
    return tuple(dict.fromkeys(calls)), tuple(dict.fromkeys(names))
