"""How typed inputs are worded for a prompt: numbered lines, quoted neighbours, lists, and data between fences.

Everything that comes from a repository, or from a model that has read one, stands between marks it cannot forge; only
a function's name stands in a heading, made inert.
"""

from __future__ import annotations

from collections.abc import Iterable

from qarepo_graph.safety.fence import fence
from qarepo_graph.schema import Neighbour


def numbered(code: str) -> str:
    """Return the code with its lines numbered from 1, so that a step can cite them."""
    return "\n".join(f"{number:>4} | {line}" for number, line in enumerate(code.split("\n"), 1))


def quoted_neighbours(neighbours: Iterable[Neighbour]) -> str:
    """Return one line for each callee or caller: its signature and the first line of its documentation."""
    return bulleted(
        f"{neighbour.name}: {neighbour.signature}" + (f" - {neighbour.summary}" if neighbour.summary else "")
        for neighbour in neighbours
    )


def bulleted(lines: Iterable[str]) -> str:
    """Return one bullet per line, white space folded so that no text begins a line of its own; empty if none."""
    return "\n".join(f"- {' '.join(line.split())}" for line in lines)


def as_data(text: str, language: str = "") -> str:
    """Return the text between fences; empty where there is none, because an empty section has nothing to say."""
    return fence(text, language) if text.strip() else ""


def inert(name: str) -> str:
    """Return a name fit to stand in a heading within backticks: one line of at most 200 characters, no backtick."""
    return " ".join(name.replace("`", "'").split())[:200]
