"""Names, parameters and types out of C and C++ declarators, where the name hides inside what is declared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from qarepo_graph.code.outline import folded, text
from qarepo_graph.schema.function import Parameter

_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"\s+")
_PREFIX = re.compile(
    r"\b(?:static|inline|extern|virtual|explicit|friend|constexpr|consteval|constinit|register|thread_local|typedef|"
    r"__inline|__inline__|__forceinline|_Noreturn)\b|\bextern\s*\"C\"|\[\[.*?\]\]|__attribute__\s*\(\(.*?\)\)",
    re.DOTALL,
)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_SUFFIXES = ("type_qualifier", "virtual_specifier", "noexcept", "ref_qualifier")
_PARAMETERS = (
    "parameter_declaration",
    "optional_parameter_declaration",
    "variadic_parameter_declaration",
    "explicit_object_parameter_declaration",
)


_WRAPPED = ("parenthesized_declarator", "template_function", "dependent_name", "template_method")
_NAME_NODES = ("identifier", "field_identifier", "qualified_identifier", "operator_cast", "destructor_name")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a function's declarator chain says.

    Attributes:
        name: Bare name (``~Slice``, ``operator==``, ``operator bool``).
        qualifier: Scopes written before it, template arguments removed.
        start: First byte of the bare name.
        declarator: The ``function_declarator`` with the parameters, or the ``operator_cast``.
    """

    name: str
    qualifier: str
    start: int
    declarator: Node


def declared_function(definition: Node, data: bytes) -> Declared | None:
    """Return what a ``function_definition`` (or another node with a declarator) declares; None if no function."""
    function, innermost = _down_the_chain(definition)
    if function is None:
        parts, name = _unqualified(innermost, data)
        return _cast(name, parts, data) if name is not None and name.type == "operator_cast" else None
    outer = function.parent
    if outer is not None and outer.type == "function_declarator":
        # A function cannot return a function: `value_type(max)() const` is a guarded name behind its type.
        return _guarded_name(function, outer, data)
    if (conversion := _split_conversion(definition, function, data)) is not None:
        return conversion
    name = function.child_by_field_name("declarator")
    if name is not None and name.type == "parenthesized_declarator":
        name = name.named_children[0] if name.named_children else None
    parts, name = _unqualified(name, data)
    while name is not None and name.type in _WRAPPED:
        name = name.child_by_field_name("name") or (name.named_children[0] if name.named_children else None)
    if name is None:
        return None
    if name.type == "operator_cast":
        return _cast(name, parts, data)
    return Declared(_bare_name(name, data), "::".join(parts), name.start_byte, function)


def _down_the_chain(definition: Node) -> tuple[Node | None, Node | None]:
    """Return the innermost ``function_declarator`` of the chain and the node the chain ends in."""
    function: Node | None = None
    last: Node | None = None
    node = definition.child_by_field_name("declarator")
    while node is not None:
        last = node
        if node.type == "function_declarator":
            function = node
        elif node.type in ("qualified_identifier", "operator_cast"):
            break
        inner = node.child_by_field_name("declarator")
        if inner is None and node.type.endswith("declarator"):
            inner = next(
                (c for c in node.named_children if c.type in _NAME_NODES or c.type.endswith("declarator")), None
            )
        node = inner
    return function, last


def _unqualified(node: Node | None, data: bytes) -> tuple[list[str], Node | None]:
    """Return the scopes of a qualified name and the node of its last part."""
    parts: list[str] = []
    while node is not None and node.type == "qualified_identifier":
        scope = node.child_by_field_name("scope")
        if scope is not None:
            parts.append(without_template_arguments(text(scope, data)))
        node = node.child_by_field_name("name")
    return parts, node


def _bare_name(node: Node, data: bytes) -> str:
    name = text(node, data)
    if node.type == "operator_name":
        return operator_spelling(name)
    if node.type == "destructor_name":
        return "~" + without_template_arguments(name[1:]).strip()
    return name


def operator_spelling(written: str) -> str:
    """Return ``operator ==`` as ``operator==``; words (``operator new``, ``operator co_await``) keep one space."""
    sign = _SPACE.sub(" ", written.removeprefix("operator").strip())
    if sign.startswith('""'):
        return "operator" + sign.replace(" ", "")
    if sign[:1].isalpha():
        return "operator " + sign.replace(" [", "[").replace("[ ]", "[]")
    return "operator" + sign.replace(" ", "")


def _cast(node: Node, parts: list[str], data: bytes) -> Declared:
    end = node.end_byte
    declarator = node.child_by_field_name("declarator")
    while declarator is not None:  # the type itself may hold parentheses: `operator Action<R(int)>()`
        if declarator.type == "abstract_function_declarator":
            parameters = declarator.child_by_field_name("parameters")
            end = parameters.start_byte if parameters is not None else end
            break
        declarator = declarator.child_by_field_name("declarator")
    head = data[node.start_byte : end].decode("utf-8", "replace")
    return Declared(
        "operator " + _SPACE.sub(" ", head.removeprefix("operator").strip()), "::".join(parts), node.start_byte, node
    )


def _split_conversion(definition: Node, function: Node, data: bytes) -> Declared | None:
    """Read ``constexpr A::operator bool()``, which the grammar splits into a type ``A::operator`` and a name."""
    declared = definition.child_by_field_name("type")
    parameters = function.child_by_field_name("parameters")
    if declared is None or parameters is None or declared.type != "qualified_identifier":
        return None
    parts, last = _unqualified(declared, data)
    if last is None or text(last, data) != "operator":
        return None
    converted = _SPACE.sub(" ", data[last.end_byte : parameters.start_byte].decode("utf-8", "replace")).strip()
    return Declared("operator " + converted, "::".join(parts), last.start_byte, function)


def _guarded_name(inner: Node, outer: Node, data: bytes) -> Declared | None:
    parameters = inner.child_by_field_name("parameters")
    only = parameters.named_children if parameters is not None else []
    if len(only) != 1:
        return None
    return Declared(text(only[0], data), "", only[0].start_byte, outer)


def without_template_arguments(name: str) -> str:
    """Return a name without ``<…>`` and without white space around ``::``."""
    while (shorter := _TEMPLATE_ARGUMENTS.sub("", name)) != name:
        name = shorter
    return _SPACE.sub("", name) if "::" in name else name.strip()


def return_type(definition: Node, declared: Declared, parsed: bytes) -> str:
    """Return the type before the name, or behind ``->``, as written but without storage words and attributes."""
    for child in declared.declarator.named_children:
        if child.type == "trailing_return_type":
            return folded(parsed, child.start_byte, child.end_byte).removeprefix("->").strip()
    if declared.declarator.type == "operator_cast" or declared.start < declared.declarator.start_byte:
        return declared.name.removeprefix("operator ")
    before = parsed[definition.start_byte : declared.declarator.start_byte].decode("utf-8", "replace")
    return " ".join(_PREFIX.sub(" ", _COMMENT.sub(" ", before)).split())


def modifiers(definition: Node, declared: Declared, parsed: bytes) -> tuple[str, ...]:
    """Return the words around type and parameters (``static``, ``[[nodiscard]]``, ``const``, ``override``)."""
    before = parsed[definition.start_byte : declared.declarator.start_byte].decode("utf-8", "replace")
    found = [" ".join(match.split()) for match in _PREFIX.findall(before)]
    behind = [c for c in declared.declarator.named_children if c.type in _SUFFIXES]
    return (*found, *(folded(parsed, child.start_byte, child.end_byte) for child in behind))


def parameters(declared: Declared, definition: Node, data: bytes) -> tuple[Parameter, ...]:
    """Return the parameters as written; K&R definitions take the types from the declarations before the body."""
    holder = declared.declarator.child_by_field_name("parameters")
    if holder is None and declared.declarator.type == "operator_cast":
        return ()
    found: list[Parameter] = []
    for child in holder.children if holder is not None else []:
        if child.type in _PARAMETERS:
            found.append(_parameter(child, data))
        elif child.type in ("variadic_parameter", "..."):
            found.append(Parameter("..."))
        elif child.type == "identifier":
            found.append(Parameter(text(child, data)))
    if found and not found[0].name and len(found) == 1 and found[0].type == "void":
        return ()
    if any(not p.type and p.name != "..." for p in found):
        types = _old_style_types(definition, data)
        found = [Parameter(p.name, types.get(p.name, p.type), p.default) for p in found]
    return tuple(found)


def _parameter(node: Node, data: bytes) -> Parameter:
    default = node.child_by_field_name("default_value")
    end = default.start_byte if default is not None else node.end_byte
    name = _declared_name(node.child_by_field_name("declarator"))
    if name is None:
        declared = folded(data, node.start_byte, end)
    else:
        declared = folded(data, node.start_byte, name.start_byte) + folded(data, name.end_byte, end)
    written = text(name, data)
    if node.type == "variadic_parameter_declaration" and written:
        written = f"...{written}"
        declared = declared.replace("...", "").rstrip()
    return Parameter(written, declared.rstrip("= "), text(default, data))


def _declared_name(node: Node | None) -> Node | None:
    while node is not None and node.type not in ("identifier", "field_identifier"):
        inner = node.child_by_field_name("declarator")
        if inner is None and node.type.endswith("declarator") and not node.type.startswith("abstract"):
            inner = next((c for c in node.named_children if "declarator" in c.type or c.type == "identifier"), None)
        node = inner
    return node


def _old_style_types(definition: Node, data: bytes) -> dict[str, str]:
    types: dict[str, str] = {}
    for child in definition.named_children:
        if child.type != "declaration":
            continue
        base = child.child_by_field_name("type")
        for declarator in child.children_by_field_name("declarator"):
            name = _declared_name(declarator)
            if name is not None and base is not None:
                around = text(declarator, data).replace(text(name, data), "", 1).strip()
                types[text(name, data)] = f"{folded(data, child.start_byte, base.end_byte)} {around}".strip()
    return types


def declared_names(node: Node, data: bytes) -> list[tuple[int, str]]:
    """Return offset and name of the variables a declaration or an enumerator declares; functions are left out."""
    if node.type == "enumerator":
        name = node.child_by_field_name("name")
        return [(name.start_byte, text(name, data))] if name is not None else []
    found = (_variable(declarator) for declarator in node.children_by_field_name("declarator"))
    return [(name.start_byte, text(name, data)) for name in found if name is not None]


def _variable(node: Node) -> Node | None:
    current: Node | None = node
    while current is not None and current.type not in ("identifier", "field_identifier"):
        if current.type == "function_declarator":
            inner = current.child_by_field_name("declarator")
            if inner is None or inner.type != "parenthesized_declarator":
                return None  # a prototype; `void (*callback)(int)` has the parentheses
        following = current.child_by_field_name("declarator")
        if following is None and current.type in ("reference_declarator", "parenthesized_declarator"):
            following = current.named_children[0] if current.named_children else None
        current = following
    return current
