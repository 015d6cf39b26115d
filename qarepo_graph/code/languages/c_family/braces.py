"""Scopes and function ends by counting braces, for text the grammar could not follow.

One branch of every ``#if`` is kept first, so that braces split over branches balance. This finds less than a tree
(no names inside declarators), but an error elsewhere in the file does not disturb it.
"""

from __future__ import annotations

import re

from qarepo_graph.code.languages.c_family.branches import keep_branches
from qarepo_graph.code.languages.c_family.shadow import shadow_of
from qarepo_graph.code.outline import ScopeSpan

_BRACE = re.compile(rb"[{}]")
# In `template <class T> struct A {` only the last of the words heads the block.
_SIGN = rb"(?:(?!\b(?:namespace|class|struct|union)\b)[^;{}()=])"
_HEAD = re.compile(
    rb"\b(?P<word>namespace|class|struct|union)\b"
    rb"(?P<between>" + _SIGN + rb"*?(?:\([^(){};]*\)" + _SIGN + rb"*?)?)(?P<brace>\{)"
)
_NAME = re.compile(rb"([A-Za-z_][\w:]*)\s*(?:<[^{}]*>\s*)?(?:final\s*)?(?:\Z|:(?!:))")


def matching_braces(data: bytes, *, plain_c: bool) -> dict[int, int]:
    """Return the offset of the closing brace for each opening one that has a partner."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for match in _BRACE.finditer(shadow_of(keep_branches(data, "first", plain_c=plain_c))):
        if match.group() == b"{":
            stack.append(match.start())
        elif stack:
            found[stack.pop()] = match.start()
    return found


def scopes_by_braces(data: bytes, braces: dict[int, int]) -> list[ScopeSpan]:
    """Return the namespaces and types whose heads stand in the text.

    Args:
        data: The text, macros blanked.
        braces: Result of :func:`matching_braces`.
    """
    found = []
    shadow = shadow_of(data)
    for match in _HEAD.finditer(shadow):
        if shadow[max(0, match.start() - 200) : match.start()].rstrip().endswith((b"<", b",")):
            continue  # the `class` of a template's parameter: the brace is that of a function
        close = braces.get(match.start("brace"), -1)
        name = _NAME.search(match["between"].strip())
        if close < 0 or (name is None and match["word"] != b"namespace"):
            continue
        namespace = match["word"] == b"namespace"
        inline = namespace and data[max(0, match.start() - 8) : match.start()].rstrip().endswith(b"inline")
        written = name.group(1).decode() if name is not None else "<anon>"
        found.append(
            ScopeSpan(
                start=match.start(),
                end=close + 1,
                name="" if inline else written,
                kind=match["word"].decode(),
                is_type=not namespace,
                head_start=match.start(),
                head_end=match.start("brace"),
            )
        )
    return found
