"""JavaScript and TypeScript: functions, types and calls from the tree."""

from __future__ import annotations

from pathlib import PurePosixPath

from tree_sitter import Node

from qarepo_graph.code.documentation import Comments
from qarepo_graph.code.outline import CallSpan, FunctionSpan, Readers, ScopeSpan, folded, text
from qarepo_graph.schema.function import FunctionKind, Parameter

_FUNCTION_EXPRESSIONS = frozenset(("arrow_function", "function_expression", "generator_function"))
_SIGNATURES = frozenset(("function_signature", "method_signature", "abstract_method_signature"))
_METHODS = (_SIGNATURES - {"function_signature"}) | {"method_definition", "field_definition", "public_field_definition"}
_TYPES = {
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "class": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "type_alias_declaration": "type_alias",
}
_NAMESPACES = frozenset(("internal_module", "module"))
_MODIFIER_WORDS = (
    "export default declare abstract async static get set * readonly override public protected private accessor"
)
_MODIFIERS = frozenset(_MODIFIER_WORDS.split())
_DECLARATIONS = frozenset(
    ("export_statement", "lexical_declaration", "variable_declaration", "ambient_declaration", "expression_statement")
)


def read_function(node: Node, data: bytes) -> FunctionSpan | None:
    """Read a declaration, a method, or a function expression together with what names it."""
    function = _function_of(node)
    name, name_start = _name_of(node, data)
    if function is None or not name:
        return None
    body = function.child_by_field_name("body")
    start, head_start, decorators = _beginning(node, data)
    end = _ending(node)
    parameters = _parameters(function, data)
    keywords = data[head_start:name_start].decode().replace("*", " * ").split()
    if function is not node and function.child(0) is not None and text(function.child(0), data) == "async":
        keywords.append("async")
    kind, suffix = _kind_and_suffix(node, name, keywords, parameters)
    returned = function.child_by_field_name("return_type")
    return FunctionSpan(
        start=start,
        end=end,
        name=name,
        name_start=name_start,
        kind=kind,
        head_start=head_start,
        head_end=body.start_byte if body is not None else end,
        body_start=body.start_byte if body is not None else end,
        has_body=body is not None,
        qualifier=_qualifier(node, data),
        modifiers=(*decorators, *(word for word in keywords if word in _MODIFIERS)),
        parameters=parameters,
        return_type=text(returned, data).removeprefix(":").strip(),
        has_error=node.has_error,
        id_suffix=suffix,
    )


def read_scope(node: Node, data: bytes) -> ScopeSpan | None:
    """Read a type, a namespace, or an object literal with a name."""
    if node.type not in _TYPES and node.type not in _NAMESPACES:
        name, _ = _name_of(node, data)
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if value is None or not name:
            return None
        return ScopeSpan(start=value.start_byte, end=value.end_byte, name=name, kind="object", is_type=False)
    body = node.child_by_field_name("body") or node.child_by_field_name("value")
    name = text(node.child_by_field_name("name"), data).strip("\"'")
    if node.type == "class" and not name and node.parent is not None:
        name = _name_of(node.parent, data)[0] or "<anon>"
    if node.type in _NAMESPACES:
        return ScopeSpan(start=node.start_byte, end=node.end_byte, name=name, kind="namespace", is_type=False)
    start, head_start, _ = _beginning(node, data)
    return ScopeSpan(
        start=start,
        end=node.end_byte,
        name=name,
        kind=_TYPES[node.type],
        head_start=head_start,
        head_end=body.start_byte if body is not None and node.type != "type_alias_declaration" else node.end_byte,
        bases=_bases(node, data),
    )


def read_call(node: Node, data: bytes) -> CallSpan | None:
    """Read a method call, a construction, or ``super(...)``."""
    if node.type == "super":
        return CallSpan(node.start_byte, "super", "", construction=True)
    construction = node.type == "new_expression"
    callee = node.child_by_field_name("constructor") if construction else node
    if callee is None:
        return None
    if callee.type == "identifier":
        return CallSpan(callee.start_byte, text(callee, data), "", construction)
    name = callee.child_by_field_name("property")
    receiver = callee.child_by_field_name("object")
    if name is None or receiver is None:
        return None
    return CallSpan(
        name.start_byte, text(name, data), folded(data, receiver.start_byte, receiver.end_byte), construction
    )


def module_name(path: str, _written: str) -> str:
    """Return the path as an import names it: no ending, and no ``index``."""
    pure = PurePosixPath(path)
    stem = pure.name.removesuffix(".d.ts") if pure.name.endswith(".d.ts") else pure.stem
    return str(pure.parent) if stem == "index" and pure.parent.name else str(pure.with_name(stem))


def _function_of(node: Node) -> Node | None:
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    return value if value is not None and value.type in _FUNCTION_EXPRESSIONS else node


def _name_of(node: Node, data: bytes) -> tuple[str, int]:
    """Return what names a function, class or object, and where."""
    field = next((f for f in ("name", "property", "key", "left") if node.child_by_field_name(f) is not None), "")
    name = node.child_by_field_name(field) if field else None
    if name is not None and name.type == "member_expression":
        name = name.child_by_field_name("property")
    if name is None:
        return ("default", node.start_byte) if node.type == "export_statement" else ("", -1)
    if name.type == "computed_property_name":
        return folded(data, name.start_byte, name.end_byte), name.start_byte
    return text(name, data).strip("\"'"), name.start_byte


def _qualifier(node: Node, data: bytes) -> str:
    """Return the object in ``Object.prototype.name = function ...``; exports and ``this`` are no scope."""
    left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
    owner = left.child_by_field_name("object") if left is not None else None
    written = folded(data, owner.start_byte, owner.end_byte).removesuffix(".prototype") if owner is not None else ""
    plain = written.replace(".", "").replace("$", "").replace("_", "").isalnum()
    return written if plain and written not in ("exports", "module.exports", "this", "window") else ""


def _beginning(node: Node, data: bytes) -> tuple[int, int, tuple[str, ...]]:
    """Return where a declaration begins with and without its decorators, and the decorators."""
    start = head_start = node.start_byte
    outer = node.parent
    while outer is not None and outer.type in _DECLARATIONS and _only_declaration(outer):
        start = head_start = outer.start_byte
        outer = outer.parent
    decorators = [child for child in node.children if child.type == "decorator"]
    if decorators:
        head_start = next((c.start_byte for c in node.children if c.type not in ("decorator", "comment")), head_start)
    if data.rfind(b"@", max(0, start - 4096), start) >= 0:
        before = node.prev_named_sibling
        while before is not None and before.type in ("decorator", "comment"):
            if before.type == "decorator":
                decorators.insert(0, before)
                start = before.start_byte
            before = before.prev_named_sibling
    return start, head_start, tuple(folded(data, d.start_byte, d.end_byte) for d in decorators)


def _only_declaration(outer: Node) -> bool:
    return outer.named_child_count == 1 or outer.type in ("export_statement", "expression_statement")


def _ending(node: Node) -> int:
    outer = node.parent
    while outer is not None and outer.type in _DECLARATIONS and _only_declaration(outer):
        node, outer = outer, outer.parent
    return node.end_byte


def _parameters(function: Node, data: bytes) -> tuple[Parameter, ...]:
    single = function.child_by_field_name("parameter")
    if single is not None:
        return (Parameter(text(single, data)),)
    listed = function.child_by_field_name("parameters")
    found = []
    for child in listed.named_children if listed is not None else ():
        kind = child.type
        if kind == "comment":
            continue
        name = child.child_by_field_name("pattern") or child.child_by_field_name("left")
        default = child.child_by_field_name("value") or child.child_by_field_name("right")
        declared = text(child.child_by_field_name("type"), data).removeprefix(":").strip()
        shown = name if name is not None else child
        found.append(Parameter(folded(data, shown.start_byte, shown.end_byte), declared, text(default, data)))
    return tuple(found)


def _kind_and_suffix(
    node: Node, name: str, keywords: list[str], parameters: tuple[Parameter, ...]
) -> tuple[FunctionKind, str]:
    if node.type == "method_definition" and ("get" in keywords or "set" in keywords):
        return "accessor", ".set" if "set" in keywords else ""
    suffix = "(" + ",".join(p.type or p.name for p in parameters) + ")" if node.type in _SIGNATURES else ""
    if node.type in _METHODS:
        return ("constructor" if name == "constructor" else "method"), suffix
    return "function", suffix


def _bases(node: Node, data: bytes) -> tuple[str, ...]:
    found: list[str] = []
    stack = [child for child in node.named_children if child.type in ("class_heritage", "extends_type_clause")]
    while stack:
        child = stack.pop(0)
        if child.type in ("class_heritage", "extends_type_clause", "extends_clause", "implements_clause"):
            stack = [*child.named_children, *stack]
        elif child.type not in ("type_arguments", "comment"):
            found.append(text(child.child_by_field_name("name") if child.type == "generic_type" else child, data))
    return tuple(found)


READERS = Readers(
    function=read_function,
    scope=read_scope,
    call=read_call,
    field=text,
    constant=text,
    documented=Comments.block_before,
)
