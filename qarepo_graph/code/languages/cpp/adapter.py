"""C and C++: functions, types, calls and names from the tree.

``outline`` is where masking and merging belong: parse, and only where the tree has errors parse masked copies of the
same length, read an :class:`Outline` from each with the original bytes, and merge them.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from qarepo_graph.code import grammar
from qarepo_graph.code.documentation import from_comment
from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.outline import CallSpan, FunctionSpan, Outline, Readers, ScopeSpan, folded, outline_tree, text
from qarepo_graph.schema.function import FunctionKind, Parameter

_TYPES = {
    "class_specifier": "class",
    "struct_specifier": "struct",
    "union_specifier": "union",
    "enum_specifier": "enum",
}


def outline(source: Source) -> Outline:
    """Parse a C++ file and read its outline."""
    return outline_with("cpp", "cpp", source)


def outline_with(grammar_name: str, folder: str, source: Source) -> Outline:
    """Parse with the named grammar and read the outline with the queries of a language's folder."""
    tree = grammar.parse(grammar_name, source.data)
    return outline_tree(tree, source.data, grammar.query(grammar_name, folder), READERS)


def read_function(node: Node, data: bytes) -> FunctionSpan | None:
    """Read a ``function_definition``; None where its declarator chain holds no function."""
    declarator = _function_declarator(node)
    body = node.child_by_field_name("body")
    if declarator is None:
        return None
    name = declarator.child_by_field_name("declarator")
    while name is not None and name.type == "parenthesized_declarator":
        name = name.named_children[0] if name.named_children else None
    if name is None:
        return None
    written = re.sub(r"\s+", " ", _without_template_arguments(text(name, data)))
    qualifier, _, bare = written.rpartition("::")
    parameters = _parameters(declarator.child_by_field_name("parameters"), data)
    parent = node.parent
    outer = parent if parent is not None and parent.type == "template_declaration" else node
    documentation, documentation_start, documentation_end = _documentation(outer, data)
    return FunctionSpan(
        start=outer.start_byte,
        end=node.end_byte,
        name=bare,
        name_start=name.end_byte - len(bare.encode()),
        kind=_kind(bare, qualifier),
        head_start=outer.start_byte,
        head_end=body.start_byte if body is not None else node.end_byte,
        body_start=body.start_byte if body is not None else node.end_byte,
        has_body=body is not None,
        qualifier=qualifier,
        parameters=parameters,
        return_type=text(node.child_by_field_name("type"), data),
        documentation=documentation,
        documentation_start=documentation_start,
        documentation_end=documentation_end,
        has_error=node.has_error,
        id_suffix="(" + ",".join(p.type for p in parameters) + ")",
    )


def read_scope(node: Node, data: bytes) -> ScopeSpan | None:
    """Read a namespace or a type."""
    name = _without_template_arguments(text(node.child_by_field_name("name"), data)).replace(" ", "")
    body = node.child_by_field_name("body")
    if node.type == "namespace_definition":
        return ScopeSpan(
            start=node.start_byte, end=node.end_byte, name=name or "<anon>", kind="namespace", is_type=False
        )
    if node.type in ("alias_declaration", "type_definition"):
        name = name or text(node.child_by_field_name("declarator"), data)
        return ScopeSpan(
            start=node.start_byte,
            end=node.end_byte,
            name=name,
            kind="type_alias",
            head_start=node.start_byte,
            head_end=node.end_byte,
        )
    if body is None:
        return None
    return ScopeSpan(
        start=node.start_byte,
        end=node.end_byte,
        name=name or "<anon>",
        kind=_TYPES[node.type],
        is_type=bool(name),
        head_start=node.start_byte,
        head_end=body.start_byte,
        documentation=_documentation(node, data)[0],
        bases=_bases(node, data),
    )


def read_call(node: Node, data: bytes) -> CallSpan | None:
    """Read a call or a ``new`` expression."""
    if node.type == "new_expression":
        created = node.child_by_field_name("type")
        written = _without_template_arguments(text(created, data))
        qualifier, _, name = written.rpartition("::")
        return CallSpan(node.start_byte, name, qualifier, construction=True) if name else None
    callee = node.child_by_field_name("function")
    if callee is None:
        return None
    if callee.type == "field_expression":
        field = callee.child_by_field_name("field")
        argument = callee.child_by_field_name("argument")
        if field is None:
            return None
        before = folded(data, argument.start_byte, argument.end_byte) if argument is not None else ""
        return CallSpan(field.start_byte, _without_template_arguments(text(field, data)), before)
    if callee.type not in ("identifier", "qualified_identifier", "template_function"):
        return None
    qualifier, _, name = _without_template_arguments(text(callee, data)).rpartition("::")
    return CallSpan(callee.start_byte, name.strip(), qualifier)


def read_declared_name(node: Node, data: bytes) -> str:
    """Return the name a declarator declares, empty for function declarations."""
    current: Node | None = node
    while current is not None and current.type not in ("identifier", "field_identifier"):
        if current.type == "function_declarator":
            return ""
        current = current.child_by_field_name("declarator") or (
            current.named_children[0] if current.type == "reference_declarator" and current.named_children else None
        )
    return text(current, data)


def _function_declarator(node: Node) -> Node | None:
    current = node.child_by_field_name("declarator")
    while current is not None and current.type != "function_declarator":
        current = current.child_by_field_name("declarator") or next(
            (child for child in current.named_children if child.type.endswith("declarator")), None
        )
    return current


def _parameters(node: Node | None, data: bytes) -> tuple[Parameter, ...]:
    if node is None:
        return ()
    found = []
    for child in node.named_children:
        if "parameter" not in child.type:
            continue
        declarator = child.child_by_field_name("declarator")
        name = read_declared_name(declarator, data) if declarator is not None else ""
        default = child.child_by_field_name("default_value")
        whole = folded(data, child.start_byte, child.end_byte)
        if default is not None:
            whole = whole[: whole.rfind("=")].rstrip()
        declared = re.sub(rf"\b{re.escape(name)}\b(?!.*\b{re.escape(name)}\b)", "", whole).strip() if name else whole
        found.append(Parameter(name, declared, text(default, data)))
    return tuple(found)


def _documentation(node: Node, data: bytes) -> tuple[str, int, int]:
    last = first = node.prev_sibling
    if last is None or last.type != "comment" or b"\n" in data[last.end_byte : node.start_byte].strip(b" \t")[1:]:
        return "", -1, -1
    if data.startswith(b"//", last.start_byte):
        while first is not None and (before := first.prev_sibling) is not None:
            adjacent = before.end_point.row + 1 == first.start_point.row
            if before.type != "comment" or not adjacent or not data.startswith(b"//", before.start_byte):
                break
            first = before
    assert first is not None
    return (
        from_comment(data[first.start_byte : last.end_byte].decode("utf-8", "replace")),
        first.start_byte,
        last.end_byte,
    )


def _bases(node: Node, data: bytes) -> tuple[str, ...]:
    clause = next((child for child in node.named_children if child.type == "base_class_clause"), None)
    if clause is None:
        return ()
    kinds = ("type_identifier", "qualified_identifier", "template_type")
    return tuple(_without_template_arguments(text(c, data)) for c in clause.named_children if c.type in kinds)


def _kind(name: str, qualifier: str) -> FunctionKind:
    if name.startswith("~"):
        return "destructor"
    if name.startswith("operator"):
        return "operator"
    if qualifier and qualifier.rpartition("::")[2] == name:
        return "constructor"
    return "function"


def _without_template_arguments(name: str) -> str:
    if "operator" in name:
        return name
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    return name


READERS = Readers(
    function=read_function, scope=read_scope, call=read_call, field=read_declared_name, constant=read_declared_name
)


def module_name(_path: str, _written: str) -> str:
    """C and C++ have no modules that a path or a file names."""
    return ""


CPP = LanguageAdapter(
    name="cpp",
    suffixes=(".cpp", ".cc", ".cxx", ".c++", ".h", ".hpp", ".hh", ".hxx", ".ipp", ".inl", ".tpp"),
    grammar="cpp",
    separator="::",
    outline=outline,
    module=module_name,
)
