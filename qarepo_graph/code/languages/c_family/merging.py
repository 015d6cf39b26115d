"""One outline out of what several passes over copies of the same file found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node, Tree

from qarepo_graph.code.languages.c_family.braces import matching_braces, scopes_by_braces
from qarepo_graph.code.languages.c_family.declarators import declared_names
from qarepo_graph.code.languages.c_family.macros import defined_names
from qarepo_graph.code.languages.c_family.masking import Mask
from qarepo_graph.code.languages.c_family.readers import (
    read_call,
    read_definition,
    read_scope,
    read_statement,
)
from qarepo_graph.code.languages.c_family.recovery import lost_definitions
from qarepo_graph.code.outline import CallSpan, FunctionSpan, Outline, ScopeSpan, folded, text

_NONE: list[Node] = []


@dataclass(frozen=True, slots=True)
class Pass:
    """One parse of one copy.

    Attributes:
        tree: The tree.
        parsed: The bytes it was made of.
        mask: Where macros were blanked in them.
        captures: What the language's queries found.
    """

    tree: Tree
    parsed: bytes
    mask: Mask
    captures: dict[str, list[Node]]


def merge(passes: Sequence[Pass], data: bytes, *, plain_c: bool) -> Outline:
    """Merge the passes, the best first.

    A function without an error in its text goes before one with; the earlier pass goes before the later. What shares
    its name's place or its body with a function already taken, or overlaps one in part, is the same or a wrong one.

    Args:
        passes: The parses, best first.
        data: The original text.
        plain_c: The text was read as C.
    """
    braces = matching_braces(passes[0].parsed, plain_c=plain_c) if passes[0].tree.root_node.has_error else {}
    taken: list[tuple[FunctionSpan, int]] = []
    names: set[int] = set()
    bodies: set[int] = set()
    seen: set[tuple[int, int, bool]] = set()
    waiting: list[tuple[Node, str, int]] = []
    for number, one in enumerate(passes):
        for capture in ("function", "statement", "field"):
            for node in one.captures.get(capture, _NONE):
                if capture == "field" and node.child_by_field_name("default_value") is None:
                    continue
                if node.has_error:
                    waiting.append((node, capture, number))
                elif (key := (node.start_byte, node.end_byte, False)) not in seen:
                    seen.add(key)
                    _take(_read(node, capture, data, one, plain_c), number, taken, names, bodies)
    for node, capture, number in waiting:
        if (key := (node.start_byte, node.end_byte, True)) not in seen:
            seen.add(key)
            span = _read(node, capture, data, passes[number], plain_c)
            _take(span and _cut(span, taken, braces), number, taken, names, bodies)
    if passes[0].tree.root_node.has_error:
        for node in lost_definitions("c" if plain_c else "cpp", passes[0].parsed, braces, [span for span, _ in taken]):
            lost = _read(node, "function", data, passes[0], plain_c)
            if lost is not None:
                _take(replace(lost, has_error=True), 0, taken, names, bodies)
    outline = Outline(functions=[span for span, _ in taken])
    outline.scopes = _scopes(passes, data, braces)
    _calls(outline, taken, passes, data)
    _names(outline, passes[0], data)
    return outline


def _read(node: Node, capture: str, data: bytes, one: Pass, plain_c: bool) -> FunctionSpan | None:
    if capture == "statement":
        return read_statement(node, data)
    span = read_definition(node, data, one.parsed, plain_c=plain_c)
    if span is not None and one.mask.leading:
        _widen(span, one.mask, data)
    return span


def _widen(span: FunctionSpan, mask: Mask, data: bytes) -> None:
    """Let the function begin at the blanked macros directly before it (``FMT_API``, ``ZEXTERN``)."""
    from qarepo_graph.code.languages.c_family.comments import comment_above

    start = span.start
    at = bisect_left(mask.leading, (start, 0)) - 1
    while at >= 0:
        first, end = mask.leading[at]
        between = data[end:start]
        if between.strip() or between.count(b"\n") > 1:
            break
        start = first
        at -= 1
    if start != span.start:
        if span.head_start == span.start:
            span.head_start = start
        span.start = start
        span.documentation, span.documentation_start, span.documentation_end = comment_above(data, start)


def _cut(span: FunctionSpan, taken: list[tuple[FunctionSpan, int]], braces: dict[int, int]) -> FunctionSpan:
    """End a function at the brace that matches its own where the tree let it swallow its neighbours."""
    close = braces.get(span.body_start, -1) + 1
    if 0 < close < span.end and any(close <= other.start < span.end for other, _ in taken):
        span.end = close
    return span


def _take(
    span: FunctionSpan | None, number: int, taken: list[tuple[FunctionSpan, int]], names: set[int], bodies: set[int]
) -> None:
    if span is None or span.name_start in names or (span.has_body and span.body_start in bodies):
        return
    if number or span.has_error:
        for other, _ in taken:
            if _cross(span, other):
                return
            if span.name.endswith(")") and span.kind != "operator" and other.start < span.start < other.end:
                return  # a statement macro inside a function that another pass read as a whole
    names.add(span.name_start)
    bodies.add(span.body_start)
    taken.append((span, number))


def _scopes(passes: Sequence[Pass], data: bytes, braces: dict[int, int]) -> list[ScopeSpan]:
    """Return the scopes: those the trees are sure of, then those the braces show, then what is left."""
    sure: list[ScopeSpan] = []
    unsure: list[ScopeSpan] = []
    for one in passes:
        for node in one.captures.get("scope", _NONE):
            scope = read_scope(node, data)
            if scope is not None:
                (unsure if node.has_error else sure).append(scope)
        for start, end, name in one.mask.namespaces:
            sure.append(ScopeSpan(start=start, end=end, name=name, kind="namespace", is_type=False))
    if unsure or len(passes) > 1:
        details = {scope.start: scope for scope in reversed(unsure)}
        sure += [_with_details(scope, details.get(scope.start)) for scope in scopes_by_braces(passes[0].parsed, braces)]
    kept: dict[tuple[int, str], ScopeSpan] = {}
    for scope in (*sure, *unsure):
        if (scope.start, scope.name) not in kept and not any(_cross(scope, other) for other in kept.values()):
            kept[scope.start, scope.name] = scope
    return list(kept.values())


def _with_details(scope: ScopeSpan, read: ScopeSpan | None) -> ScopeSpan:
    """Give a scope found by its braces what the tree read of its head."""
    if read is None or read.kind != scope.kind:
        return scope
    return replace(read, end=scope.end)


def _cross(one: FunctionSpan | ScopeSpan, other: FunctionSpan | ScopeSpan) -> bool:
    return other.start < one.start < other.end < one.end or one.start < other.start < one.end < other.end


def _calls(outline: Outline, taken: list[tuple[FunctionSpan, int]], passes: Sequence[Pass], data: bytes) -> None:
    for number, one in enumerate(passes):
        spans = sorted((span.body_start, span.end) for span, owner in taken if owner == number)
        if not spans:
            continue
        at, last = 0, -1
        calls = [(node.start_byte, order, node) for order, node in enumerate(one.captures.get("call", _NONE))]
        for start, _, node in sorted(calls):
            while at < len(spans) and spans[at][0] <= start:
                last = max(last, spans[at][1])
                at += 1
            if start < last:
                call = read_call(node, data)
                if call is not None:
                    outline.calls.append(call)
    if len(passes) > 1:
        unique: dict[tuple[int, str], CallSpan] = {(call.start, call.name): call for call in outline.calls}
        outline.calls = list(unique.values())


def _names(outline: Outline, one: Pass, data: bytes) -> None:
    none = _NONE
    fields = [pair for node in one.captures.get("field", none) for pair in declared_names(node, data)]
    constants = [pair for node in one.captures.get("constant", none) for pair in declared_names(node, data)]
    outline.fields = fields
    outline.constants = constants + defined_names(data)
    outline.imports = [
        (node.start_byte, folded(data, node.start_byte, node.end_byte)) for node in one.captures.get("import", none)
    ]
    outline.module = "".join(text(node, data) for node in one.captures.get("module", none)[:1])
