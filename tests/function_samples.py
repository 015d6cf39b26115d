"""Builds ``Function`` values from text alone, for tests of what is read out of one function."""

from __future__ import annotations

import hashlib
import textwrap

from qarepo_graph.code.control_flow import ControlFlow, control_flow
from qarepo_graph.schema import Function, Parameter


def function(code: str, language: str = "python", *, parameters: str = "", **fields: object) -> Function:
    text = textwrap.dedent(code).strip("\n")
    values: dict[str, object] = {
        "id": "train/early.py::sample",
        "name": "sample",
        "qualified_name": "sample",
        "language": language,
        "kind": "function",
        "file": "train/early.py",
        "start_line": 10,
        "end_line": 10 + text.count("\n"),
        "name_line": 10,
        "signature": text.split("\n", 1)[0].rstrip(":{ "),
        "docstring": "",
        "code": text,
        "code_hash": hashlib.sha256(text.encode()).hexdigest(),
        "parameters": tuple(Parameter(name) for name in parameters.split()),
    }
    return Function(**{**values, **fields})  # type: ignore[arg-type]  # fields come as keywords of mixed types


def outline(code: str, language: str = "python", **fields: object) -> list[str]:
    """One line a fact: indentation, lines, kind, target, detail, value."""
    flow: ControlFlow = control_flow(function(code, language, **fields))  # type: ignore[arg-type]  # see above
    lines = []
    for fact in flow.facts:
        where = f"{fact.start_line}-{fact.end_line}" if fact.end_line > fact.start_line else str(fact.start_line)
        parts = (fact.target, fact.detail and f"[{fact.detail}]", fact.value.text if fact.value else "")
        lines.append("  " * fact.depth + " ".join([where, fact.kind, *filter(None, parts)]))
    return lines
