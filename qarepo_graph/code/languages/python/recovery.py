"""Functions of broken Python files: what the parser's own recovery loses is cut out by indentation and read alone.

A syntax error costs tree-sitter the definitions around it. Every ``def`` and ``class`` line that stands in no string
or comment and that no span covers is taken with the lines indented below it, parsed alone, and marked as recovered.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from tree_sitter import Node, Tree

from qarepo_graph.code.outline import FunctionSpan, Outline, ScopeSpan

_DEFINITION = re.compile(rb"^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+([^\W\d]\w*)", re.MULTILINE)
_WRAPPER = b"if 1:\n"
_MAX_SLICES = 2000
"""Definitions cut out of one file at most: a file that needs more is not source code."""


def recover(found: Outline, tree: Tree, data: bytes, read: Callable[[bytes], Outline]) -> None:
    """Add to an outline what its broken tree has lost.

    Args:
        found: The outline of the whole file; changed in place.
        tree: Its tree.
        data: The file's bytes.
        read: Bytes to outline, without recovery.
    """
    quoted = _quoted(tree)
    _bound(found, data, quoted)
    names = {function.name_start for function in found.functions}
    heads = {scope.head_start for scope in found.scopes}
    slices = 0
    for match in _DEFINITION.finditer(data):
        start = match.end(1)
        known = heads if match.group(2) == b"class" else names
        place = start if match.group(2) == b"class" else match.start(3)
        if place in known or _inside(quoted, start) or slices >= _MAX_SLICES:
            continue
        slices += 1
        begin = _with_decorators(data, match.start(), match.group(1))
        end = _block_end(data, match.end(), len(match.group(1).expandtabs()), quoted)
        piece = read(_WRAPPER + data[begin:end]) if match.group(1) else read(data[begin:end])
        _take(found, piece, begin - (len(_WRAPPER) if match.group(1) else 0), names, heads)
    _uncross(found)


def _quoted(tree: Tree) -> list[tuple[int, int]]:
    """Return the spans of strings and comments, found without recursion."""
    spans: list[tuple[int, int]] = []
    stack: list[Node] = [tree.root_node]
    while stack:
        node = stack.pop()
        if node.type in ("string", "comment"):
            spans.append((node.start_byte, node.end_byte))
        elif node.named_child_count:
            stack.extend(node.named_children)
    return sorted(spans)


def _inside(spans: list[tuple[int, int]], offset: int) -> bool:
    position = bisect_right(spans, (offset, 1 << 62)) - 1
    return position >= 0 and spans[position][0] <= offset < spans[position][1]


def _with_decorators(data: bytes, line_start: int, indent: bytes) -> int:
    """Return where the decorators above a definition begin; comments between them belong to it."""
    begin = line_start
    while begin > 0:
        before = data.rfind(b"\n", 0, begin - 1) + 1
        line = data[before : begin - 1]
        if line.startswith(indent + b"@"):
            line_start = before
        elif not line.lstrip().startswith(b"#"):
            break
        begin = before
    return line_start


def _bound(found: Outline, data: bytes, quoted: list[tuple[int, int]]) -> None:
    """End classes and broken functions where their indentation ends, which the parser may have over- or undershot."""
    spans: list[FunctionSpan | ScopeSpan] = [*found.scopes, *(f for f in found.functions if f.has_error)]
    for span in spans:
        line_start = data.rfind(b"\n", 0, span.head_start) + 1
        indent = data[line_start : span.head_start]
        if not indent.strip():
            span.end = _block_end(data, span.head_start, len(indent.expandtabs()), quoted)


def _block_end(data: bytes, offset: int, indent: int, quoted: list[tuple[int, int]]) -> int:
    """Return the end of the lines indented deeper than a definition's first; a longer head is kept whole."""
    end = position = data.find(b"\n", offset)
    if end < 0:
        return len(data)
    depth = _open_brackets(data[offset:end])
    while position < len(data) - 1:
        following = data.find(b"\n", position + 1)
        following = len(data) if following < 0 else following
        line = data[position + 1 : following]
        content = line.lstrip()
        closing = content.startswith((b")", b"]")) and depth > 0
        if content and not content.startswith(b"#") and not _inside(quoted, position):
            column = len(line[: len(line) - len(content)].expandtabs())
            if column <= indent and not closing:
                break
            end = following
        depth = max(0, depth + _open_brackets(line)) if depth else 0
        position = following
    return end


def _open_brackets(line: bytes) -> int:
    return sum(map(line.count, (b"(", b"["))) - sum(map(line.count, (b")", b"]")))


def _take(found: Outline, piece: Outline, shift: int, names: set[int], heads: set[int]) -> None:
    for function in piece.functions:
        _shift(function, shift)
        function.name_start += shift
        function.body_start += shift
        if function.documentation_start >= 0:
            function.documentation_start += shift
            function.documentation_end += shift
        function.has_error = True
        if function.name_start not in names:
            names.add(function.name_start)
            found.functions.append(function)
    for scope in piece.scopes:
        _shift(scope, shift)
        if scope.head_start not in heads:
            heads.add(scope.head_start)
            found.scopes.append(scope)
    known = {(call.start, call.name) for call in found.calls}
    for call in piece.calls:
        call.start += shift
        if (call.start, call.name) not in known:
            found.calls.append(call)
    fields = set(found.fields)
    found.fields += [(at + shift, name) for at, name in piece.fields if (at + shift, name) not in fields]


def _shift(span: FunctionSpan | ScopeSpan, shift: int) -> None:
    span.start += shift
    span.end += shift
    span.head_start += shift
    span.head_end += shift


def _uncross(found: Outline) -> None:
    """Cut spans that end inside a later one: the parser let a broken definition run on into the next."""
    spans: list[FunctionSpan | ScopeSpan] = sorted(
        [*found.functions, *found.scopes], key=lambda span: (span.start, -span.end)
    )
    stack: list[FunctionSpan | ScopeSpan] = []
    for span in spans:
        while stack and stack[-1].end <= span.start:
            stack.pop()
        while stack and stack[-1].end < span.end:
            stack.pop().end = span.start
        stack.append(span)
