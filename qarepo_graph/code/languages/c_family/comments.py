"""The comment that documents a function or a type: what stands directly above it."""

from __future__ import annotations

from qarepo_graph.code.documentation import from_comment


def comment_above(data: bytes, start: int) -> tuple[str, int, int]:
    """Return text, first byte and end of the comment above a declaration; empty with -1, -1 where none is.

    Plain comments count too, because many C and C++ projects document with nothing else, but only without an empty
    line between; a ``/** … */`` or ``///`` block may have one.

    Args:
        data: The original text.
        start: First byte of the declaration.
    """
    line = data.rfind(b"\n", 0, start) + 1
    if data[line:start].strip():
        return "", -1, -1
    end = line - 1
    if end <= 0:
        return "", -1, -1
    above = _line_ending(data, end)
    spaced = not above
    if spaced:
        end -= len(data[data.rfind(b"\n", 0, end) + 1 : end]) + 1
        if end <= 0:
            return "", -1, -1
        above = _line_ending(data, end)
    if above.endswith(b"*/"):
        first = data.rfind(b"/*", 0, end)
        if first < 0 or data[data.rfind(b"\n", 0, first) + 1 : first].strip():
            return "", -1, -1
        if b"*/" in data[first : end - 2].rstrip()[:-2] or (spaced and not data.startswith((b"/**", b"/*!"), first)):
            return "", -1, -1
        last = data.rfind(b"*/", 0, end) + 2
        return from_comment(data[first:last].decode("utf-8", "replace")), first, last
    if not above.startswith(b"//") or (spaced and not above.startswith((b"///", b"//!"))):
        return "", -1, -1
    first, last = end, end
    while first > 0 and _line_ending(data, first).startswith(b"//"):
        begin = data.rfind(b"\n", 0, first) + 1
        first = begin - 1
    begin = first + 1
    begin += len(data[begin:last]) - len(data[begin:last].lstrip())
    return from_comment(data[begin:last].decode("utf-8", "replace")), begin, last


def _line_ending(data: bytes, end: int) -> bytes:
    """Return the line that ends at ``end``, stripped."""
    return data[data.rfind(b"\n", 0, max(end, 0)) + 1 : end].strip()
