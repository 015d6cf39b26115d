"""How typed inputs are worded for a prompt: numbered lines, quoted neighbours, lists."""

from __future__ import annotations

from collections.abc import Iterable

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
    """Return one bullet per line; empty when there is none."""
    return "\n".join(f"- {line}" for line in lines)
