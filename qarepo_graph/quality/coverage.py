"""Whether logic steps walk through the function: inside it, forward, and past every branch, loop, raise and return.

Lines are relative: 1 is the first line of the function as the prompt shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from qarepo_graph.schema import LogicStep


def lines_outside(steps: Sequence[LogicStep], lines: int) -> str:
    """Return a sentence when a step's lines are not lines of the function, else an empty string.

    Args:
        steps: The logic steps.
        lines: Lines the function has.
    """
    for number, step in enumerate(steps, 1):
        if step.start_line > step.end_line:
            return f"Step {number} ends at line {step.end_line}, before its start {step.start_line}; swap them."
        if step.end_line > lines:
            return f"Step {number} cites lines {step.start_line}-{step.end_line}; the function has lines 1 to {lines}."
    return ""


def out_of_order(steps: Sequence[LogicStep]) -> str:
    """Return a sentence when a step starts before the one it follows, else an empty string."""
    for number, (before, step) in enumerate(pairwise(steps), 2):
        if (step.start_line, step.end_line) < (before.start_line, before.start_line):
            return (
                f"Step {number} (line {step.start_line}) comes after step {number - 1} (line {before.start_line}); "
                "give the steps in the order of the code."
            )
    return ""


def repeated_step(steps: Sequence[LogicStep]) -> str:
    """Return a sentence when two steps say the same, else an empty string."""
    seen: dict[str, int] = {}
    for number, step in enumerate(steps, 1):
        key = "".join(step.text.split()).casefold()
        if key in seen and (step.start_line, step.end_line) == (
            steps[seen[key] - 1].start_line,
            steps[seen[key] - 1].end_line,
        ):
            return f"Step {number} repeats step {seen[key]}; say each step once."
        seen.setdefault(key, number)
    return ""
