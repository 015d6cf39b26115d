"""Python: functions, classes, calls and names from the tree."""

from __future__ import annotations

from pathlib import PurePosixPath

from tree_sitter import Node

from qarepo_graph.code import grammar
from qarepo_graph.code.documentation import from_literal
from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.languages.python.recovery import recover
from qarepo_graph.code.outline import CallSpan, FunctionSpan, Outline, Readers, ScopeSpan, folded, outline_tree, text
from qarepo_graph.schema.function import FunctionKind, Parameter

_PLAIN_PARAMETERS = frozenset(("identifier", "list_splat_pattern", "dictionary_splat_pattern", "tuple_pattern"))
_DECLARED_PARAMETERS = frozenset(("default_parameter", "typed_parameter", "typed_default_parameter"))
_ACCESSORS = ("setter", "getter", "deleter")


def outline(source: Source) -> Outline:
    """Parse a Python file and read its outline."""
    tree = grammar.parse("python", source.data)
    found = outline_tree(tree, source.data, grammar.query("python", "python"), _READERS)
    if tree.root_node.has_error:
        recover(found, tree, source.data, _outline_alone)
    found.documentation = _documentation(tree.root_node, source.data)[0]
    return found


def _outline_alone(data: bytes) -> Outline:
    return outline_tree(grammar.parse("python", data), data, grammar.query("python", "python"), _READERS)


def read_function(node: Node, data: bytes) -> FunctionSpan | None:
    """Read a ``function_definition``; its span begins at the first decorator."""
    name = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    parameters = node.child_by_field_name("parameters")
    if name is None or body is None or parameters is None:
        return None
    parent = node.parent
    decorators: tuple[str, ...] = ()
    start = node.start_byte
    if parent is not None and parent.type == "decorated_definition":
        start = parent.start_byte
        written = [child.named_children[0] for child in parent.named_children if child.type == "decorator"]
        decorators = tuple("@" + folded(data, d.start_byte, d.end_byte) for d in written)
    keywords = ("async",) if data.startswith(b"async", node.start_byte) else ()
    read = read_parameters(parameters, data)
    returned = node.child_by_field_name("return_type")
    documentation, documentation_start, documentation_end = _documentation(body, data)
    kind, suffix = _kind_and_suffix(decorators, read)
    return FunctionSpan(
        start=start,
        end=node.end_byte,
        name=text(name, data),
        name_start=name.start_byte,
        kind=kind,
        head_start=node.start_byte,
        head_end=_colon(data, (returned or parameters).end_byte, body),
        body_start=body.start_byte,
        modifiers=decorators + keywords,
        parameters=read,
        return_type=text(returned, data),
        documentation=documentation,
        documentation_start=documentation_start,
        documentation_end=documentation_end,
        has_error=node.has_error,
        id_suffix=suffix,
    )


def read_parameters(node: Node, data: bytes) -> tuple[Parameter, ...]:
    """Read a ``parameters`` node; the bare ``*`` and ``/`` are left out."""
    found = []
    for child in node.named_children:
        kind = child.type
        written = data[child.start_byte : child.end_byte].decode()
        if kind in _PLAIN_PARAMETERS:
            found.append(Parameter(written))
        elif kind == "typed_parameter" and "#" not in written:
            name, _, declared = written.partition(":")
            found.append(Parameter(name.rstrip(), declared.lstrip()))
        elif kind == "default_parameter" and "#" not in written:
            name, _, default = written.partition("=")
            found.append(Parameter(name.rstrip(), "", default.lstrip()))
        elif kind in _DECLARED_PARAMETERS:
            first = child.child_by_field_name("name") or child.named_children[0]
            declared = text(child.child_by_field_name("type"), data)
            found.append(Parameter(text(first, data), declared, text(child.child_by_field_name("value"), data)))
    return tuple(found)


def read_scope(node: Node, data: bytes) -> ScopeSpan | None:
    """Read a class, or a PEP 695 type alias."""
    if node.type == "type_alias_statement":
        left = node.child_by_field_name("left")
        name = text(left, data).split("[")[0].strip()
        if not name.isidentifier():  # the grammar reads `type(self).x = 1` as an alias
            return None
        head_end = node.end_byte
        bases: tuple[str, ...] = ()
        documentation, kind = "", "type_alias"
    else:
        body = node.child_by_field_name("body")
        if body is None:
            return None
        name = text(node.child_by_field_name("name"), data)
        superclasses = node.child_by_field_name("superclasses")
        last = superclasses or node.child_by_field_name("type_parameters") or node.child_by_field_name("name")
        head_end = _colon(data, last.end_byte if last is not None else node.start_byte, body)
        bases = _bases(superclasses, data)
        documentation, kind = _documentation(body, data)[0], "class"
    parent = node.parent
    decorated = parent is not None and parent.type == "decorated_definition"
    return ScopeSpan(
        start=parent.start_byte if decorated and parent is not None else node.start_byte,
        end=node.end_byte,
        name=name,
        kind=kind,
        head_start=node.start_byte,
        head_end=head_end,
        documentation=documentation,
        bases=bases,
    )


def read_call(node: Node, data: bytes) -> CallSpan | None:
    """Read a callee: a name, or an attribute of whatever stands before it."""
    start = node.start_byte
    end = node.end_byte
    written = data[start:end]
    receiver, _, name = written.rpartition(b".")
    if b"\n" in written:
        # The name may stand on a line of its own, behind a comment.
        attribute = node.child_by_field_name("attribute")
        if attribute is None:
            return None
        name = data[attribute.start_byte : attribute.end_byte]
        receiver = b" ".join(written[: -len(name)].rstrip()[:-1].split())
    name = name.lstrip()
    return CallSpan(end - len(name), name.decode(), receiver.strip().decode())


def read_field(node: Node, data: bytes) -> str:
    """Read a class attribute or a ``self.x`` assignment."""
    if node.type == "identifier":
        return text(node, data)
    if text(node.child_by_field_name("object"), data) in ("self", "cls"):
        return text(node.child_by_field_name("attribute"), data)
    return ""


def module_name(path: str, _written: str) -> str:
    """Return the dotted module name that a path stands for."""
    pure = PurePosixPath(path)
    parts = [*pure.parts[:-1], pure.stem] if pure.stem != "__init__" else list(pure.parts[:-1])
    return ".".join(parts)


def _colon(data: bytes, behind: int, body: Node) -> int:
    found = data.find(b":", behind, body.start_byte)
    return found if found >= 0 else body.start_byte


def _documentation(body: Node, data: bytes) -> tuple[str, int, int]:
    try:
        first: Node | None = body.named_child(0)
    except IndexError:  # an empty file
        return "", -1, -1
    kind = first.type if first is not None else ""
    while first is not None and kind == "comment":
        first = first.next_named_sibling
        kind = first.type if first is not None else ""
    if first is None or kind not in ("string", "concatenated_string"):
        return "", -1, -1
    literal = text(first, data)
    if not literal.startswith(('"', "'")) and set(literal[:2].lower()) & set("bft"):
        return "", -1, -1
    return from_literal(literal), first.start_byte, first.end_byte


def _bases(node: Node | None, data: bytes) -> tuple[str, ...]:
    if node is None:
        return ()
    found = []
    for child in node.named_children:
        if child.type == "subscript":
            found.append(text(child.child_by_field_name("value"), data))
        elif child.type in ("identifier", "attribute"):
            found.append(text(child, data))
    return tuple(found)


def _kind_and_suffix(decorators: tuple[str, ...], parameters: tuple[Parameter, ...]) -> tuple[FunctionKind, str]:
    for decorator in decorators:
        name = decorator[1:].split("(")[0].strip()
        last = name.rpartition(".")[2]
        if last in _ACCESSORS and "." in name:
            return "accessor", f".{last}"
        if last in ("property", "cached_property"):
            return "accessor", ""
        if last == "overload":
            return "function", "(" + ",".join(p.type or p.name for p in parameters) + ")"
    return "function", ""


_READERS = Readers(function=read_function, scope=read_scope, call=read_call, field=read_field, constant=text)

PYTHON = LanguageAdapter(
    name="python",
    suffixes=(".py", ".pyi"),
    grammar="python",
    separator=".",
    outline=outline,
    module=module_name,
    local_scope="<locals>",
    comment="#",
)
