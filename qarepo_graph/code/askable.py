"""Which functions are worth a question, and why the others are not."""

from __future__ import annotations

from qarepo_graph.schema import Function

LONGEST_CODE = 48_000
"""Characters of code a prompt shows at most: about 12,000 tokens, which fits a 16k window with the rest."""


def why_not_asked(function: Function) -> str:
    """Return why nothing is asked about a function, empty if it is asked.

    ``no_body``: an abstract method or a declaration says nothing of how it works. ``stub``: neither does a typing
    overload or a stub file's function. ``too_long``: its prompt would fit no ordinary context window.
    """
    if not function.has_body:
        return "no_body"
    if function.file.endswith(".pyi") or any(
        modifier.removeprefix("@").rpartition(".")[2] == "overload" for modifier in function.modifiers
    ):
        return "stub"
    return "too_long" if len(function.code) > LONGEST_CODE else ""
