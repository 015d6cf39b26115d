"""Lines that a merge left behind (``<<<<<<< HEAD`` to ``>>>>>>> branch``), blanked so that both sides can be parsed."""

from __future__ import annotations

import re

_MARKER = re.compile(rb"^(?P<sign><{7}|\|{7}|={7}|>{7})(?: [^\n]*)?$", re.MULTILINE)


def blank_markers(data: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Return the text with the markers of whole conflicts made spaces, and where these stood.

    A row of ``=`` outside a conflict is a heading and stays. Length and line ends are kept, so offsets stay true.

    Args:
        data: UTF-8 text.
    """
    if b"<<<<<<<" not in data or b">>>>>>>" not in data:
        return data, ()
    blanked = bytearray(data)
    places: list[int] = []
    conflict: list[tuple[int, int]] = []
    for match in _MARKER.finditer(data):
        sign = match["sign"][:1]
        if sign == b"<":
            conflict = [match.span()]
        elif conflict:
            conflict.append(match.span())
        if sign == b">" and len(conflict) > 2:
            for start, end in conflict:
                blanked[start:end] = b" " * (end - start)
                places.append(start)
            conflict = []
    return bytes(blanked), tuple(places)
