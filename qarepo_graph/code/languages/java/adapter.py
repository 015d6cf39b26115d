"""Java: methods, constructors, types, calls and names from the tree."""

from __future__ import annotations

import re
from operator import attrgetter

from tree_sitter import Node

from qarepo_graph.code import grammar
from qarepo_graph.code.documentation import Comments
from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.outline import (
    CallSpan,
    Captures,
    FunctionSpan,
    Outline,
    Readers,
    ScopeSpan,
    folded,
    outline_tree,
    text,
)
from qarepo_graph.schema.function import FunctionKind, Parameter

_KINDS: dict[str, FunctionKind] = {
    "method_declaration": "method",
    "constructor_declaration": "constructor",
    "compact_constructor_declaration": "constructor",
    "annotation_type_element_declaration": "annotation_element",
}
_TYPES = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "record_declaration": "record",
    "annotation_type_declaration": "annotation",
}
_INNERMOST_ARGUMENTS = re.compile(r"<[^<>]*>")
_TYPE_ARGUMENTS = re.compile(rb"<[^.]*>\s*\Z|<[^()]*>\s*\Z")
_COMMENT_BEHIND = re.compile(rb"\s(?://[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)\s*\Z")
_START = attrgetter("start_byte")
_ANNOTATIONS = ("annotation", "marker_annotation")


def outline(source: Source) -> Outline:
    """Parse a Java file and read its outline."""
    tree = grammar.parse("java", source.data)
    return outline_tree(tree, source.data, grammar.query("java", "java"), _READERS)


def read_function(node: Node, data: bytes) -> FunctionSpan | None:
    """Read a method, a constructor or an annotation's element."""
    name = node.child_by_field_name("name")
    if name is None:
        return None
    body = node.child_by_field_name("body")
    modifiers, head_start = _modifiers(node, data)
    parameters = _parameters(node.child_by_field_name("parameters"), data)
    return FunctionSpan(
        start=node.start_byte,
        end=node.end_byte,
        name=text(name, data),
        name_start=name.start_byte,
        kind=_KINDS[node.type],
        head_start=head_start,
        head_end=body.start_byte if body is not None else node.end_byte,
        body_start=body.start_byte if body is not None else node.end_byte,
        has_body=body is not None,
        modifiers=modifiers,
        parameters=parameters,
        return_type=text(node.child_by_field_name("type"), data) + text(node.child_by_field_name("dimensions"), data),
        has_error=node.has_error,
        id_suffix="" if node.type.startswith("compact") else "(" + ",".join(p.type for p in parameters) + ")",
    )


def read_scope(node: Node, data: bytes) -> ScopeSpan | None:
    """Read a type, an enum constant with a body, or an anonymous class."""
    body = node.child_by_field_name("body")
    if node.type == "object_creation_expression":
        body = next(child for child in node.named_children if child.type == "class_body")
        base = _without_type_arguments(text(node.child_by_field_name("type"), data))
        return ScopeSpan(
            start=body.start_byte, end=body.end_byte, name="<anon>", kind="anonymous", is_type=False, bases=(base,)
        )
    if body is None:
        return None
    name = text(node.child_by_field_name("name"), data)
    if node.type == "enum_constant":
        return ScopeSpan(start=node.start_byte, end=node.end_byte, name=name, kind="enum_constant", is_type=False)
    return ScopeSpan(
        start=node.start_byte,
        end=node.end_byte,
        name=name,
        kind=_TYPES[node.type],
        head_start=_modifiers(node, data)[1],
        head_end=body.start_byte,
        bases=_bases(node, data),
    )


def read_invocations(captures: Captures, data: bytes) -> list[CallSpan]:
    """Read the method calls; a name directly precedes its arguments, so by place both captures have one order."""
    starts = {node.end_byte: node.start_byte for node in captures.get("invocation", [])}
    found = []
    names = sorted(captures.get("invoked", []), key=_START)
    for name, arguments in zip(names, sorted(captures.get("invoked_with", []), key=_START), strict=True):
        start = name.start_byte
        before = data[starts[arguments.end_byte] : start]
        if before:
            # `list.<String>of()`: type arguments are no part of the receiver.
            before = before[:-1] if before.endswith(b".") else _TYPE_ARGUMENTS.sub(b"", before).rstrip()[:-1]
            while comment := _COMMENT_BEHIND.search(before):
                before = before[: comment.start()]
        receiver = before.decode("utf-8", "replace").strip()
        if "\n" in receiver:
            receiver = " ".join(receiver.split())
        written = data[start : name.end_byte].decode("utf-8", "replace")
        found.append(CallSpan(start, written, receiver, False, _count(arguments, data)))
    return found


def read_call(node: Node, data: bytes) -> CallSpan | None:
    """Read a construction, or ``this(...)``/``super(...)``."""
    if node.type == "explicit_constructor_invocation":
        constructor = node.child_by_field_name("constructor")
        receiver = node.child_by_field_name("object")
        if constructor is None:
            return None
        written, before = text(constructor, data), text(receiver, data)
        count = _argument_count(node, data)
        return CallSpan(constructor.start_byte, written, before, construction=True, arguments=count)
    created = node.child_by_field_name("type")
    if created is None:
        return None
    qualifier, _, name_text = _without_type_arguments(text(created, data)).rpartition(".")
    bare, count = name_text.split()[-1], _argument_count(node, data)
    return CallSpan(created.start_byte, bare, qualifier.strip(), construction=True, arguments=count)


def _argument_count(node: Node, data: bytes) -> int:
    arguments = node.child_by_field_name("arguments")
    return _count(arguments, data) if arguments is not None else -1


def _count(arguments: Node, data: bytes) -> int:
    written = data[arguments.start_byte : arguments.end_byte]
    if b"//" in written or b"/*" in written:
        return sum("comment" not in child.type for child in arguments.named_children)
    return arguments.named_child_count


def module_name(_path: str, written: str) -> str:
    """Return the package written in the file."""
    return written


def _modifiers(node: Node, data: bytes) -> tuple[tuple[str, ...], int]:
    """Return annotations and keywords, and the byte where the declaration goes on behind the last annotation."""
    first = node.child(0)  # a declaration has at least its name
    if first.type != "modifiers":
        return (), node.start_byte
    written = text(first, data)
    if "(" not in written and "/" not in written:
        words = written.split()
        head = next((word for word in words if word[0] != "@"), "")
        follower = None if head else first.next_sibling
        start = data.find(head.encode(), first.start_byte) if words[0] != head else node.start_byte
        return tuple(words), follower.start_byte if follower is not None else start
    found = []
    head_start = -1
    for child in first.children:
        if "comment" in child.type:
            continue
        found.append(folded(data, child.start_byte, child.end_byte))
        if child.type not in _ANNOTATIONS and head_start < 0:
            head_start = child.start_byte
    follower = first.next_sibling
    return tuple(found), head_start if head_start >= 0 or follower is None else follower.start_byte


def _parameters(node: Node | None, data: bytes) -> tuple[Parameter, ...]:
    if node is None:
        return ()
    found = []
    for child in node.named_children:
        if child.type == "formal_parameter":
            name = child.child_by_field_name("name")
            declared = text(child.child_by_field_name("type"), data)
            if name is not None and name.end_byte < child.end_byte:
                declared += text(child.child_by_field_name("dimensions"), data)
            found.append(Parameter(text(name, data), declared))
        elif child.type == "spread_parameter":
            parts = [part for part in child.named_children if part.type != "modifiers" and "comment" not in part.type]
            if len(parts) >= 2:
                found.append(Parameter(text(parts[-1], data), text(parts[0], data) + "..."))
    return tuple(found)


def _bases(node: Node, data: bytes) -> tuple[str, ...]:
    found: list[str] = []
    for child in node.named_children:
        if child.type in ("superclass", "super_interfaces", "extends_interfaces"):
            found.extend(_types_in(child, data))
    return tuple(found)


def _types_in(node: Node, data: bytes) -> list[str]:
    found = []
    for child in node.named_children:
        if child.type == "type_list":
            found.extend(_types_in(child, data))
        elif "comment" not in child.type:
            found.append(_without_type_arguments(text(child, data)))
    return found


def _without_type_arguments(name: str) -> str:
    if "<" not in name and "@" not in name:
        return name.strip()
    while (shorter := _INNERMOST_ARGUMENTS.sub("", name)) != name:
        name = shorter
    return name.strip()


_READERS = Readers(
    function=read_function,
    scope=read_scope,
    call=read_call,
    field=text,
    constant=text,
    documented=Comments.block_before,
    calls=read_invocations,
)

JAVA = LanguageAdapter(
    name="java",
    suffixes=(".java",),
    grammar="java",
    separator=".",
    outline=outline,
    module=module_name,
)
