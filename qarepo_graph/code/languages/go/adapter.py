"""Go: functions, methods, types, calls and names from the tree."""

from __future__ import annotations

from tree_sitter import Node

from qarepo_graph.code import grammar
from qarepo_graph.code.documentation import Comments, from_comment
from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.outline import CallSpan, FunctionSpan, Outline, Readers, ScopeSpan, folded, outline_tree, text
from qarepo_graph.schema.function import Parameter

_TYPES = {"struct_type": "struct", "interface_type": "interface"}


def outline(source: Source) -> Outline:
    """Parse a Go file and read its outline."""
    tree = grammar.parse("go", source.data)
    found = outline_tree(tree, source.data, grammar.query("go", "go"), _READERS)
    comments = [child for child in tree.root_node.named_children[:50] if child.type == "comment"]
    package = next((child for child in tree.root_node.named_children if child.type == "package_clause"), None)
    if package is not None:
        spans = Comments(source.data, [(child.start_byte, child.end_byte) for child in comments])
        place = spans.lines_before(package.start_byte)
        found.documentation = from_comment(source.data[place[0] : place[1]].decode()) if place else ""
    return found


def read_function(node: Node, data: bytes) -> FunctionSpan | None:
    """Read a function, a method with its receiver's type as scope, or a method an interface asks for."""
    name = node.child_by_field_name("name")
    if name is None:
        return None
    body = node.child_by_field_name("body")
    end = node.end_byte
    return FunctionSpan(
        start=node.start_byte,
        end=end,
        name=text(name, data),
        name_start=name.start_byte,
        kind="function" if node.type == "function_declaration" else "method",
        head_start=node.start_byte,
        head_end=body.start_byte if body is not None else end,
        body_start=body.start_byte if body is not None else end,
        has_body=body is not None,
        qualifier=_receiver_type(node.child_by_field_name("receiver"), data),
        parameters=_parameters(node.child_by_field_name("parameters"), data),
        return_type=text(node.child_by_field_name("result"), data),
        has_error=node.has_error,
    )


def read_scope(node: Node, data: bytes) -> ScopeSpan | None:
    """Read a type; what it embeds counts as its bases."""
    name = node.child_by_field_name("name")
    declared = node.child_by_field_name("type")
    if name is None or declared is None:
        return None
    kind = _TYPES.get(declared.type, "type_alias")
    body = next((child for child in declared.named_children if child.type == "field_declaration_list"), None)
    opening = data.find(b"{", declared.start_byte, declared.end_byte) if kind != "type_alias" else -1
    parent = node.parent
    alone = parent is not None and parent.type == "type_declaration" and parent.named_child_count == 1
    start = parent.start_byte if parent is not None and alone else node.start_byte
    return ScopeSpan(
        start=start,
        end=node.end_byte,
        name=text(name, data),
        kind=kind,
        head_start=start,
        head_end=opening if opening >= 0 else node.end_byte,
        bases=_embedded(body if body is not None else declared, data) if kind != "type_alias" else (),
    )


def read_call(node: Node, data: bytes) -> CallSpan | None:
    """Read a call through a selector, or a composite literal, which constructs its type."""
    if node.type == "selector_expression":
        field = node.child_by_field_name("field")
        operand = node.child_by_field_name("operand")
        if field is None or operand is None:
            return None
        return CallSpan(field.start_byte, text(field, data), folded(data, operand.start_byte, operand.end_byte))
    package, _, name = _type_name(node, data).rpartition(".")
    return CallSpan(node.start_byte, name, package, construction=True)


def module_name(_path: str, written: str) -> str:
    """Return the package written in the file."""
    return written


def _type_name(node: Node, data: bytes) -> str:
    return text(node.child_by_field_name("type") if node.type == "generic_type" else node, data)


def _receiver_type(receiver: Node | None, data: bytes) -> str:
    declared = receiver.named_children[0].child_by_field_name("type") if receiver and receiver.named_children else None
    while declared is not None and declared.type in ("pointer_type", "parenthesized_type"):
        declared = declared.named_children[0] if declared.named_children else None
    return _type_name(declared, data) if declared is not None else ""


def _parameters(node: Node | None, data: bytes) -> tuple[Parameter, ...]:
    found = []
    for child in node.named_children if node is not None else ():
        if child.type not in ("parameter_declaration", "variadic_parameter_declaration"):
            continue
        declared = text(child.child_by_field_name("type"), data)
        if child.type == "variadic_parameter_declaration":
            declared = "..." + declared
        names = child.children_by_field_name("name")
        found += [Parameter(text(name, data), declared) for name in names] or [Parameter("", declared)]
    return tuple(found)


def _embedded(body: Node, data: bytes) -> tuple[str, ...]:
    found = []
    for child in body.named_children:
        if child.type == "field_declaration" and child.child_by_field_name("name") is None:
            found.append(text(child.child_by_field_name("type"), data))
        elif child.type == "type_elem" and child.named_child_count == 1 and not data.startswith(b"~", child.start_byte):
            found.append(text(child, data))
    return tuple(found)


_READERS = Readers(
    function=read_function,
    scope=read_scope,
    call=read_call,
    field=text,
    constant=text,
    documented=Comments.lines_before,
)

GO = LanguageAdapter(
    name="go",
    suffixes=(".go",),
    grammar="go",
    separator=".",
    outline=outline,
    module=module_name,
)
