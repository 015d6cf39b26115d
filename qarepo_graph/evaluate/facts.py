"""Facts of the reference answer found in another answer: the function, its file, the steps in their order.

An answer can overlap with its reference in every second word and be wrong in all that matters; these are what a
developer would check first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from qarepo_graph.dataset.read import Example
from qarepo_graph.evaluate.words import quoted_names, without_code, words

_STEP = re.compile(r"^\s*\d+[.)、]\s*(.+)$", re.MULTILINE)
_LINES = re.compile(r"^[(（][\d\s,-]+[)）]\s*")

STEP_MATCH = 0.7
"""Share of a step's words that one line of the answer must hold, in order, to count as that step."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the reference says that can be looked up.

    Attributes:
        functions: Qualified names.
        files: Paths.
        steps: Steps in order, without their line numbers.
    """

    functions: tuple[str, ...]
    files: tuple[str, ...]
    steps: tuple[str, ...]


def facts_of(example: Example) -> Facts:
    """Return the facts of a row's reference answer; functions and files come from its provenance."""
    cited = example.metadata.get("provenance", {}).get("functions", [])
    functions = dict.fromkeys(qualified_name(entry["id"]) for entry in cited)
    files = dict.fromkeys(entry["file"] for entry in cited)
    return Facts(tuple(functions), tuple(files), tuple(steps_in(example.answer)))


def qualified_name(function_id: str) -> str:
    """Return the qualified name in an id (``path::Qualified.name(types)#2``)."""
    name = function_id.split("::", 1)[-1]
    return re.sub(r"\(.*\)?$|#\d+$", "", name) or name


def steps_in(answer: str) -> list[str]:
    """Return the numbered lines of an answer, without the lines of code they cite."""
    return [_LINES.sub("", step.strip()) for step in _STEP.findall(without_code(answer))]


def function_recall(facts: Facts, answer: str) -> float | None:
    """Return the share of functions named, by qualified name or by bare name in backticks; None without any."""
    if not facts.functions:
        return None
    quoted = {part for span in quoted_names(answer) for part in re.split(r"\W+", span)}
    named = [one in answer or re.split(r"\W+", one)[-1] in quoted for one in facts.functions]
    return sum(named) / len(named)


def file_recall(facts: Facts, answer: str) -> float | None:
    """Return the share of files named by their path; None without any."""
    return sum(path in answer for path in facts.files) / len(facts.files) if facts.files else None


def step_recall(facts: Facts, answer: str) -> float | None:
    """Return the share of steps found in the answer's lines in the reference's order; None without any."""
    if not facts.steps:
        return None
    lines = [words(_LINES.sub("", line)) for line in without_code(answer).splitlines()]
    return _longest_match([words(step) for step in facts.steps], [line for line in lines if line]) / len(facts.steps)


def _longest_match(steps: Sequence[list[str]], lines: Sequence[list[str]]) -> int:
    """Return how many steps match lines when both go forward (longest common subsequence)."""
    row = [0] * (len(lines) + 1)
    for step in steps:
        before = row
        row = [0]
        for position, line in enumerate(lines, start=1):
            here = before[position - 1] + 1 if _holds(line, step) else 0
            row.append(max(here, before[position], row[-1]))
    return row[-1]


def _holds(line: list[str], step: list[str]) -> bool:
    if not step:
        return False
    blocks = SequenceMatcher(None, step, line, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= STEP_MATCH * len(step)
