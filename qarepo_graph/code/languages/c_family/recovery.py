"""Functions that every parse of the whole file lost: each is sliced by its braces and parsed alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from qarepo_graph.code import grammar
from qarepo_graph.code.languages.c_family.shadow import shadow_of
from qarepo_graph.code.outline import FunctionSpan

_HEAD_END = re.compile(rb"\)\s*(?:(?:const|noexcept|override|final|volatile|&&?)\s*)*\Z")
_LONGEST_HEAD = 2000
_LONGEST_TAIL = 80
_CONTROL = re.compile(rb"\s*(?:\}|else\b|if\b|for\b|while\b|switch\b|catch\b|do\b|return\b)")


def lost_definitions(dialect: str, parsed: bytes, braces: dict[int, int], found: list[FunctionSpan]) -> Iterator[Node]:
    """Yield the ``function_definition`` of each block behind a parameter list that no function found covers.

    Args:
        dialect: Grammar to parse with.
        parsed: The text with macros blanked.
        braces: Offset of the closing brace per opening one.
        found: Functions already taken.
    """
    shadow = shadow_of(parsed)
    covered = sorted((span.start, span.end) for span in found)
    at, last = 0, -1
    for opening in sorted(braces):
        while at < len(covered) and covered[at][0] <= opening:
            last = max(last, covered[at][1])
            at += 1
        if opening < last or _HEAD_END.search(shadow, max(0, opening - _LONGEST_TAIL), opening) is None:
            continue
        window = max(0, opening - _LONGEST_HEAD)
        start = max(window, *(shadow.rfind(sign, window, opening) + 1 for sign in (b";", b"{", b"}")))
        start += len(shadow[start:opening]) - len(shadow[start:opening].lstrip())
        if _CONTROL.match(shadow, start):
            continue
        for node in grammar.parse_slice(dialect, parsed, start, braces[opening] + 1).root_node.named_children:
            if node.type == "function_definition":
                last = max(last, node.end_byte)
                yield node
