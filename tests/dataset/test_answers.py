"""Answers are the record as Markdown, word for word, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qarepo_graph.dataset.answers import answer_text, code_span, fenced, steps_text
from qarepo_graph.dataset.functions import FunctionTable
from qarepo_graph.schema import DescriptionInFile, QAPair, StepInFile

EN_HEAD = """`EarlyStopping.step` records one epoch's loss and returns whether training should stop.

**Where:** `train/early.py`, lines 17-22, method of `EarlyStopping`.

**Logic steps**
1. (19-21) If `loss` is below `self.best`, keep it and return `False`.
2. (22) Otherwise return `True`."""


def step_of(table: FunctionTable):
    return table.get("train/early.py::EarlyStopping.step")


def test_english_answer_closes_with_the_code(step_pair: QAPair, table: FunctionTable) -> None:
    function = step_of(table)
    expected = EN_HEAD + "\n\n**Code**\n```python\n" + function.code + "```"
    assert answer_text(step_pair, function) == expected
    assert answer_text(step_pair, function, include_code=False) == EN_HEAD


def test_chinese_answer(step_pair: QAPair, table: FunctionTable) -> None:
    says = DescriptionInFile(
        description="`EarlyStopping.step` 记录一个 epoch 的损失，并返回是否应停止训练。",
        logic_steps=(StepInFile(text="返回 `True`。", start_line=22, end_line=22),),
    )
    pair = replace(step_pair, language="zh", description=says)
    assert answer_text(pair, step_of(table), include_code=False) == (
        "`EarlyStopping.step` 记录一个 epoch 的损失，并返回是否应停止训练。\n\n"
        "**位置：**`train/early.py`，第 17-22 行，`EarlyStopping` 的方法。\n\n"
        "**逻辑步骤**\n1. （22）返回 `True`。"
    )


def test_requirement_in_both_languages(requirement_pair: QAPair) -> None:
    assert answer_text(requirement_pair, None) == (
        "**Solution:** Keep a copy of the weights in `EarlyStopping.step` and load it in `fit`.\n\n"
        "**Reuses:** `EarlyStopping.step`, `fit`. **Adds:** `EarlyStopping.best_state`. "
        "**Touches:** `train/early.py`, `train/restore.py` (new).\n\n"
        "**Logic steps**\n"
        "1. Add `best_state` to `EarlyStopping`.\n2. Load it in `fit` before leaving the loop."
    )
    bare = requirement_pair.requirement.model_copy(
        update={"solution": "保留一份权重。", "logic_steps": ["保存。"], "reuses": [], "touches": ["a.py（新文件）"]}
    )
    chinese = replace(requirement_pair, language="zh", requirement=bare)
    assert answer_text(chinese, None) == (
        "**方案：**保留一份权重。\n\n**新增：**`EarlyStopping.best_state`。 **改动：**`a.py`（新文件）。\n\n"
        "**逻辑步骤**\n1. 保存。"
    )


def test_nothing_in_the_code_can_close_its_fence() -> None:
    code = 'text = """\n````python\n"""\n'
    assert fenced(code, "python") == '`````python\ntext = """\n````python\n"""\n`````'
    assert fenced("x = 1", "python") == "```python\nx = 1\n```"
    assert code_span("plain") == "`plain`"
    assert code_span("a`b``c") == "``` a`b``c ```"


def test_a_line_break_in_a_step_stays_inside_its_list_item(step_pair: QAPair) -> None:
    says = DescriptionInFile(
        description="d", logic_steps=(StepInFile(text="First\nthen more", start_line=17, end_line=18),)
    )
    assert steps_text(replace(step_pair, description=says)) == "1. (17-18) First\n   then more"


def test_a_ready_answer_is_left_as_it_is_and_no_answer_is_an_error(step_pair: QAPair) -> None:
    ready = replace(step_pair, description=None, answer="There is no such function.")
    assert answer_text(ready, None) == "There is no such function."
    with pytest.raises(ValueError, match="step-1 has no answer"):
        answer_text(replace(step_pair, description=None), None)
