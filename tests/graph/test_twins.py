"""Identical work is bought once: whichever of the twins comes first, and however many are under way."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from qarepo_graph.testing import ScriptedChatModel
from tests.graph.early_stopping import function_in, kind_of
from tests.graph.test_graph import run_graph

CLAMP = "def clamp(value: int) -> int:\n    if value < 0:\n        return 0\n    return value\n"
DOUBLE = "def double(value: int) -> int:\n    value += value\n    return value\n"


def truth(messages: list[BaseMessage]) -> str:
    if kind_of(messages) == "paraphrase":
        path = re.search(r"part\d/limits\.py", str(messages[-1].content))
        assert path
        return json.dumps({"questions": [f"How does `{function_in(messages)}` in {path.group()} work?"]})
    described = {
        "clamp": ("`clamp` cuts `value` off at 0.", ["If `value` is below 0, return 0.", "Otherwise return `value`."]),
        "double": ("`double` adds `value` to itself.", ["Add `value` to itself.", "Return `value`."]),
    }
    name = function_in(messages)
    description, (first, last) = described[name]
    lines = [(2, 3), (4, 4)] if name == "clamp" else [(2, 2), (3, 3)]
    steps = [
        {"text": text, "start_line": start, "end_line": end}
        for text, (start, end) in zip((first, last), lines, strict=True)
    ]
    return json.dumps({"description": description, "logic_steps": steps})


def descriptions_asked(model: ScriptedChatModel) -> Counter[str]:
    return Counter(function_in(asked) for asked in model.asked if kind_of(asked) == "describe")


@pytest.mark.parametrize("concurrency", [1, 2, 16])
async def test_three_copies_are_described_by_one_call(tmp_path: Path, concurrency: int) -> None:
    repository = tmp_path / "twins"
    for number in range(3):
        (repository / f"part{number}").mkdir(parents=True)
        (repository / f"part{number}" / "limits.py").write_text(f"{CLAMP}\n\n{DOUBLE}", encoding="utf-8")
    model = ScriptedChatModel(replies=truth, seconds=0.01)
    state = await run_graph(repository, model, questions=1, requirements=0, concurrency=concurrency)
    assert descriptions_asked(model) == {"clamp": 1, "double": 1}
    assert (state["describe"]["accepted"], state["describe"]["total"]) == (6, 6)
    # A fourth copy, of the next run, finds the reply of the first ones.
    again = ScriptedChatModel(replies=truth)
    (repository / "part3").mkdir()
    (repository / "part3" / "limits.py").write_text(CLAMP, encoding="utf-8")
    state = await run_graph(repository, again, questions=1, requirements=0, concurrency=concurrency)
    assert descriptions_asked(again) == {}
    assert state["describe"]["accepted"] == 7
