"""Whether logic steps walk through the function: inside it, forward, in the right lines, past every landmark.

Lines are relative: 1 is the first line of the function as the prompt shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qarepo_graph.code.control_flow import control_flow
from qarepo_graph.quality.claims import IDENTIFIER
from qarepo_graph.quality.landmarks import Landmark, landmarks_of
from qarepo_graph.quality.language_names import language_names
from qarepo_graph.schema import Function, LogicStep

LEAST_COVERED = 0.75
"""Share of a function's landmarks that stand in the lines of some step."""
MOST_IN_ONE_STEP = 8
"""Landmarks one step may stand for; a step over more of them is a summary, not a step. Cases of a switch are free."""
_MOST_NAMED = 6
_ANONYMOUS = re.compile(r"\bnew\s+[\w.]+(?:<[^;{}()]*>)?\s*\([^;{}]*?\)\s*\{")
_WHERE = re.compile(
    r"^\s*(?:still )?(?:in|inside|within) (?:the|that|this) (?:\w+ )?(?:branch|loop|case|block)\b(?:`[^`]*`|[^,`])*,|"
    r"^\s*在(?:`[^`]*`|[^，,`])*(?:分支|循环|情况)(?:下|中)?[，,]",
    re.IGNORECASE,
)
"""A step's opening that says in which block it stands: the block's head stands in other lines than the step."""
_SPAN = re.compile(r"`([^`\n]+)`")


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
        if step.start_line < before.start_line:
            return (
                f"Step {number} (line {step.start_line}) comes after step {number - 1} (line {before.start_line}); "
                "give the steps in the order of the code."
            )
    return ""


def repeated_step(steps: Sequence[LogicStep]) -> str:
    """Return a sentence when two steps say the same of the same lines, else an empty string."""
    seen: dict[tuple[str, int, int], int] = {}
    for number, step in enumerate(steps, 1):
        key = ("".join(step.text.split()).casefold(), step.start_line, step.end_line)
        if key in seen:
            return f"Step {number} repeats step {seen[key]}; say each step once."
        seen[key] = number
    return ""


def passed_over(steps: Sequence[LogicStep], function: Function) -> str:
    """Return a sentence naming the landmarks no step speaks of when they are too many, else an empty string."""
    landmarks = landmarks_of(function.code, function.language)
    missed = _missed(steps, landmarks)
    if len(missed) > (1 - LEAST_COVERED) * len(landmarks):
        landmarks = _without_nested(landmarks, function)
        missed = _missed(steps, landmarks)
    if len(missed) <= (1 - LEAST_COVERED) * len(landmarks):
        return ""
    named = ", ".join(f"line {mark.line} (`{mark.word}`)" for mark in missed[:_MOST_NAMED])
    more = f" and {len(missed) - _MOST_NAMED} more" if len(missed) > _MOST_NAMED else ""
    return f"No step of its own speaks of {named}{more}; add steps for them."


def _missed(steps: Sequence[LogicStep], landmarks: Sequence[Landmark]) -> list[Landmark]:
    narrow = [step for step in steps if _weight(step, landmarks) <= MOST_IN_ONE_STEP]
    return [mark for mark in landmarks if not any(s.start_line <= mark.line <= s.end_line for s in narrow)]


def _without_nested(landmarks: Sequence[Landmark], function: Function) -> list[Landmark]:
    """Drop the landmarks of functions and classes defined inside, nameless ones too: they have rows of their own.

    Needs the control flow, 30 times the cost of the scan, so it is asked only when an objection is near.
    """
    inner = [(fact.start_line, fact.end_line) for fact in control_flow(function).of("define")]
    inner += list(_anonymous_classes(function.code)) if function.language == "java" else []
    return [mark for mark in landmarks if not any(first <= mark.line <= last for first, last in inner)]


def _anonymous_classes(code: str) -> Iterator[tuple[int, int]]:
    """Yield first and last line of each body of an anonymous class, whose methods are functions of their own."""
    for match in _ANONYMOUS.finditer(code):
        depth, position = 1, match.end()
        while depth and position < len(code):
            depth += {"{": 1, "}": -1}.get(code[position], 0)
            position += 1
        yield code.count("\n", 0, match.end()) + 1, code.count("\n", 0, position) + 1


def misplaced(steps: Sequence[LogicStep], function: Function) -> str:
    """Return a sentence when a step names things that stand in other lines than it cites, else an empty string.

    A step counts as misplaced when none of the names it gives that stand in the function stands in or beside its
    lines, or when it and another step would both fit better with their lines exchanged.
    """
    lines = function.code.split("\n")
    where: dict[str, list[int]] = {}
    everywhere = language_names(function.language)
    for number, line in enumerate(lines, 1):
        for name in set(IDENTIFIER.findall(line)) - everywhere:
            where.setdefault(name, []).append(number)
    steps = [_without_place(step) for step in steps]
    named = [_own_names(step.text, where) for step in steps]
    for number, (step, names) in enumerate(zip(steps, named, strict=True), 1):
        quoted = _quoted(step, lines)
        if any(all(_near([line], step) for line in places) for places in quoted.values()):
            continue  # an expression that stands in its lines only places a step, whatever else it names
        if quoted and not any(_near(places, step) for places in quoted.values()):
            expression, places = next(iter(quoted.items()))
            return (
                f"Step {number} cites lines {step.start_line}-{step.end_line}, but `{expression}` stands in line "
                f"{places[0]}; cite the lines the step speaks of."
            )
        if names and not any(_near(where[name], step) for name in names):
            name = min(names, key=lambda name: (len(where[name]), name))
            stands = ", ".join(str(line) for line in where[name][:4])
            return (
                f"Step {number} cites lines {step.start_line}-{step.end_line}, but `{name}` stands in line {stands}; "
                "cite the lines the step speaks of."
            )
    for left, right in _exchangeable(len(steps)):
        if _better_exchanged(steps[left], named[left], steps[right], named[right], where):
            return f"Steps {left + 1} and {right + 1} fit each other's lines; cite the lines each speaks of."
    return ""


def _without_place(step: LogicStep) -> LogicStep:
    text = _WHERE.sub("", step.text)
    return step if text == step.text else step.model_copy(update={"text": text})


def _exchangeable(count: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of steps that are exchanged when two neighbours, or all of them, change places."""
    yield from pairwise(range(count))
    yield from ((left, count - 1 - left) for left in range(count // 2))


def _quoted(step: LogicStep, lines: Sequence[str]) -> dict[str, list[int]]:
    """Return the expressions, no mere names, that a step quotes from the function, each with its lines."""
    spans = dict.fromkeys(span for span in _SPAN.findall(step.text) if not IDENTIFIER.fullmatch(span))
    places = {span: [number for number, line in enumerate(lines, 1) if span in line] for span in spans}
    return {span: numbers for span, numbers in places.items() if numbers}


def _weight(step: LogicStep, landmarks: Sequence[Landmark]) -> int:
    return sum(mark.kind != "case" and step.start_line <= mark.line <= step.end_line for mark in landmarks)


def _own_names(text: str, where: dict[str, list[int]]) -> frozenset[str]:
    names = (name for span in _SPAN.findall(text) for name in IDENTIFIER.findall(span))
    return frozenset(name for name in names if name in where)


def _near(lines: Sequence[int], step: LogicStep) -> bool:
    return any(step.start_line - 1 <= line <= step.end_line + 1 for line in lines)


def _better_exchanged(
    left: LogicStep,
    left_names: frozenset[str],
    right: LogicStep,
    right_names: frozenset[str],
    where: dict[str, list[int]],
) -> bool:
    apart = left.end_line < right.start_line or right.end_line < left.start_line
    if not apart or not left_names or not right_names:
        return False

    def fit(names: frozenset[str], step: LogicStep) -> float:
        first, last = step.start_line, step.end_line
        return sum(1 / len(where[name]) for name in names if any(first <= line <= last for line in where[name]))

    kept = (fit(left_names, left), fit(right_names, right))
    exchanged = (fit(left_names, right), fit(right_names, left))
    return exchanged[0] > kept[0] and exchanged[1] > kept[1]
