"""Which code may be used: SPDX expressions against a list of allowed ids, and whose terms model output falls under."""

from __future__ import annotations

import re
from collections.abc import Collection

_TOKEN = re.compile(r"\(|\)|[A-Za-z0-9.:+-]+")


def permitted(expression: str, allowed: Collection[str]) -> bool:
    """Return whether an SPDX expression can be met with the allowed licences alone.

    ``A OR B`` needs one of them, ``A AND B`` both; an exception (``WITH x``) only widens a licence and is ignored, and
    so is the case of ids. ``GPL-2.0+`` is the old spelling of ``GPL-2.0-or-later``.

    Args:
        expression: As found in the file; empty or unreadable means unknown, which is not permitted.
        allowed: SPDX ids; ``unknown`` among them admits code whose licence is not known.
    """
    ids = {_id(name) for name in allowed}
    tokens = _TOKEN.findall(expression)
    if not tokens or re.sub(r"\s+", "", expression) != "".join(tokens):
        return "unknown" in ids
    try:
        result, rest = _either(tokens, ids)
    except IndexError:
        return "unknown" in ids
    return result and not rest


def output_notice(provider: str) -> str:
    """Return the one sentence about a provider's terms; said at the end of a run and kept in the dataset card.

    It makes no legal claim: the terms change, and which ones hold depends on the contract.
    """
    return f"Rows are output of {provider}, whose terms of use say which models may be trained on them."


def _either(tokens: list[str], ids: set[str]) -> tuple[bool, list[str]]:
    result, rest = _both(tokens, ids)
    while rest and rest[0].upper() == "OR":
        other, rest = _both(rest[1:], ids)
        result = result or other
    return result, rest


def _both(tokens: list[str], ids: set[str]) -> tuple[bool, list[str]]:
    result, rest = _one(tokens, ids)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:], ids)
        result = result and other
    return result, rest


def _one(tokens: list[str], ids: set[str]) -> tuple[bool, list[str]]:
    if tokens[0] == "(":
        result, rest = _either(tokens[1:], ids)
        return result and rest[0] == ")", rest[1:]
    rest = tokens[1:]
    if rest and rest[0].upper() == "WITH":
        rest = rest[2:]
    return _id(tokens[0]) in ids, rest


def _id(name: str) -> str:
    lowered = name.lower()
    return lowered[:-1] + "-or-later" if lowered.endswith("+") else lowered
