"""Rows about what an answer says: refused by the gate, asked again in its words, never mended by us, never in a row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import Act, Asked, answer
from tests.faults.whole_graph import run_against, truthful

Change = Callable[[dict[str, Any]], Any]


def questions(*texts: str) -> Change:
    return lambda said: {**said, "questions": list(texts)}


def described(text: str) -> Change:
    return lambda said: {**said, "description": text}


GOOD = ("How does `EarlyStopping.step` work in pkg/early.py?", "Say how `EarlyStopping.step` decides.")
DESCRIBE: dict[str, tuple[Change | str, str]] = {
    "33 trailing comma": ('{"description": "x",}', "not one json object"),
    "33 NaN": ('{"description": NaN, "logic_steps": []}', "NaN is not a json value"),
    "34 wrapped": (lambda said: {"result": said}, "does not fit the schema"),
    "34 a field too many": (lambda said: said | {"note": "x"}, "note: Extra inputs"),
    "34 wrong type": (lambda said: said | {"logic_steps": "none"}, "valid list"),
    "37 Chinese where English was asked for": (
        described("`EarlyStopping.step` 记录一轮的损失并判断是否应该停止训练。"),
        "English",
    ),
    "37 only a name": (described("`EarlyStopping.step`"), "0 words of prose"),
    "38 an invented name": (described("`EarlyStopping.step` hands `loss` to `loss_watcher`."), "`loss_watcher`"),
    "40 another function": (described("`EarlyStopping.__init__` keeps the `loss` of an epoch."), "not of"),
}
PARAPHRASE: dict[str, tuple[Change | str, str]] = {
    "35 none": (questions(), "at least 1 item"),
    "35 one of two": (questions(GOOD[0]), "1 of 2 questions are missing"),
    "35 five hundred": (questions(*[GOOD[0]] * 500), "at most 200 items"),
    "36 the same twice": (questions(GOOD[0], GOOD[0]), "only respells"),
    "36 the same but for spelling": (questions(GOOD[0], GOOD[0].replace("How does", "how  does")), "only respells"),
    "37 nobody knows which function": (questions(GOOD[0], "What does this function do?"), "this function"),
}
CASES = [("describe", name, *case) for name, case in DESCRIBE.items()]
CASES += [("paraphrase", name, *case) for name, case in PARAPHRASE.items()]


def is_about(asked: Asked, node: str) -> bool:
    system = str(asked.body["messages"][0]["content"])
    schema = {"describe": '"start_line"', "paraphrase": '"questions"'}[node]
    return schema in system and "# Function `EarlyStopping.step`" in asked.text


@pytest.mark.parametrize(("node", "name", "change", "objection"), CASES, ids=[case[1] for case in CASES])
async def test_a_bad_answer_is_asked_again_with_what_was_wrong(
    node: str, name: str, change: Change | str, objection: str, tmp_path: Path
) -> None:
    seen: list[Asked] = []

    def script(asked: Asked) -> Act:
        if not is_about(asked, node):
            return answer(truthful)
        seen.append(asked)
        if len(seen) > 1:
            return answer(truthful)
        if isinstance(change, str):
            return answer(change)
        return answer(json.dumps(change(json.loads(truthful(asked)))))

    state, _ = await run_against(tmp_path, script)
    assert len(seen) == 2, name
    assert objection in seen[1].text.rpartition("# Objections")[2]
    assert state["export"]["rejected"] == 0
    assert len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))) == 5


async def test_35_more_than_asked_are_cut_without_another_request(tmp_path: Path) -> None:
    more = (*GOOD, "In pkg/early.py, which checks and updates does `EarlyStopping.step` go through?")

    def script(asked: Asked) -> Act:
        return answer(json.dumps({"questions": more})) if is_about(asked, "paraphrase") else answer(truthful)

    state, asked = await run_against(tmp_path, script)
    assert len(asked) == 5
    assert state["paraphrase"]["accepted"] == 2
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert [row["instruction"] for row in rows][2:4] == list(GOOD)


async def test_24_a_cut_reply_is_asked_for_with_more_room_and_never_mended(tmp_path: Path) -> None:
    sizes: list[int] = []

    def script(asked: Asked) -> Act:
        if not is_about(asked, "describe"):
            return answer(truthful)
        sizes.append(asked.body["max_tokens"])
        return answer(truthful(asked)[:-2], finish_reason="length") if len(sizes) == 1 else answer(truthful)

    state, _ = await run_against(tmp_path, script)
    assert sizes == [4096, 8192]
    assert state["describe"]["accepted"] == 2


async def test_29_31_fences_and_thinking_around_an_answer_cost_no_second_request(tmp_path: Path) -> None:
    def script(asked: Asked) -> Act:
        return answer(f"<think>`step` is easy</think>\n```json\n{truthful(asked)}\n```")

    _, asked = await run_against(tmp_path, script)
    assert len(asked) == 5
    assert "is easy" not in (tmp_path / "rows.json").read_text(encoding="utf-8")
