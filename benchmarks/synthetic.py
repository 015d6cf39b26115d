"""A repository of any size whose functions differ, and a model that tells the truth about each of them.

Everything is computed from the number in a function's name, so a server can answer from the prompt alone, always the
same, and every answer passes the checks.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

PER_FILE = 50
_VERBS = ("scale", "shift", "clip", "blend", "rank", "split", "merge", "count", "trace", "round")
_NOUNS = ("pixel", "tensor", "batch", "label", "frame", "token", "record", "signal", "margin", "window")


def function_name(number: int) -> str:
    """Return the name of a function."""
    return f"{_VERBS[number % 10]}_{_NOUNS[number // 10 % 10]}_{number}"


def function_text(number: int) -> str:
    """Return a function of six lines: a check, a branch, a result."""
    return (
        f"def {function_name(number)}(value: int, limit: int = {number + 1}) -> int:\n"
        "    if value < 0:\n"
        f'        raise ValueError("value {number} is negative")\n'
        "    if value > limit:\n"
        f"        return limit - {number}\n"
        f"    return value * {number + 2}\n"
    )


def write_repository(folder: Path, functions: int) -> Path:
    """Write a Python repository of so many functions, 50 a file, and return its folder."""
    for first in range(0, functions, PER_FILE):
        file = folder / f"part_{first // PER_FILE // 20:03}" / f"module_{first // PER_FILE:05}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        texts = [function_text(number) for number in range(first, min(first + PER_FILE, functions))]
        file.write_text("\n\n".join(texts), encoding="utf-8")
    return folder


def truthful(system: str, user: str) -> str:
    """Answer one prompt: a description, its questions, or a requirement."""
    if '"reuses"' in system:
        return _requirement(user)
    found = re.search(r"# Function[^`]*`(\w+?_(\d+))`", user)
    assert found, user
    name, number = found.group(1), int(found.group(2))
    if '"questions"' in system:
        counted = re.search(r"Number of questions: (\d+)", user)
        assert counted, user
        questions = [template.format(name=name) for template in _WORDINGS]
        new = [question for question in questions if question not in user]  # those kept from before are quoted
        return json.dumps({"questions": new[: int(counted.group(1))]})
    steps = [
        ("If `value` is below 0, raise `ValueError`.", 2, 3),
        (f"If `value` is above `limit`, return `limit - {number}`.", 4, 5),
        (f"Otherwise return `value * {number + 2}`.", 6, 6),
    ]
    return json.dumps(
        {
            "description": f"`{name}` multiplies `value` by {number + 2}, or caps it when it is above `limit`.",
            "logic_steps": [{"text": text, "start_line": start, "end_line": end} for text, start, end in steps],
        }
    )


def _requirement(user: str) -> str:
    found = re.search(r"- (\w+?_(\d+)) \(([\w/.]+)\)", user.partition("# Functions in focus")[2])
    assert found, user
    name, number, file = found.groups()
    return json.dumps(
        {
            "question": f"How to write every result of `{name}` into a CSV report, one line per call?",
            "solution": f"Add `csv_report_{number}` to `{file}`; it calls `{name}` and writes each result as a line.",
            "logic_steps": [
                f"Add `csv_report_{number}` beside `{name}`, with the path of the report as its parameter.",
                f"Call `{name}` for each value and write value and result as one line of the report.",
            ],
            "reuses": [name],
            "adds": [f"csv_report_{number}"],
            "touches": [file],
        }
    )


_WORDINGS = (
    "How does `{name}` work?",
    "Walk me through what happens inside `{name}`, from its first check to its result.",
    "Which values make `{name}` stop early, and what does it give back then?",
    "For a code review, explain the logic of `{name}` step by step.",
)
