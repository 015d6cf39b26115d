"""Row 9: a prompt longer than the model's window is sent again with less context, and given up only when bare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.server import Act, Asked, answer, error
from tests.faults.whole_graph import run_against, truthful

TOO_LONG = error(400, "This model's maximum context length is 4096 tokens.", "context_length_exceeded")


def step_prompts(asked: list[Asked]) -> list[str]:
    """Return the prompts that ask for the description of ``EarlyStopping.step``, in order."""
    mine = [entry for entry in asked if '"logic_steps"' in entry.body["messages"][0]["content"]]
    return [entry.text for entry in mine if "# Function `EarlyStopping.step`" in entry.text]


async def test_context_is_left_out_part_by_part_until_it_fits(tmp_path: Path) -> None:
    def script(asked: Asked) -> Act:
        long = "import math" in asked.text or "class EarlyStopping" in asked.text
        return TOO_LONG if long else answer(truthful)

    state, asked = await run_against(tmp_path, script)
    parts = ("import math", "class EarlyStopping", "\nearly stopping\n", "if math.isnan(loss):")
    assert [[part in prompt for part in parts] for prompt in step_prompts(asked)] == [
        [True, True, True, True],
        [False, True, True, True],
        [False, False, False, True],
    ]
    assert state["describe"]["accepted"] == 2
    assert len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))) == 5


async def test_a_bare_function_that_is_still_too_long_is_given_up_and_named(tmp_path: Path) -> None:
    def script(asked: Asked) -> Act:
        return TOO_LONG if "math.isnan(loss)" in asked.text else answer(truthful)

    state, asked = await run_against(tmp_path, script)
    assert len(step_prompts(asked)) == 3
    assert (state["describe"]["accepted"], state["describe"]["failed"]) == (1, 1)


VLLM = (
    (
        "This model's maximum context length is 4096 tokens. However, you requested 5096 tokens (1000 in the messages, "
        "4096 in the completion). Please reduce the length of the messages or completion."
    ),
    (
        "'max_tokens' or 'max_completion_tokens' is too large: 4096. The maximum context length is 4096 tokens "
        "and your request has 1000 input tokens (4096 > 4096 - 1000)."
    ),
    (
        "This model's maximum context length is 4096 tokens. However, you requested 4096 output tokens and your prompt "
        "contains at least 1000 input tokens."
    ),
)


@pytest.mark.parametrize("words", VLLM)
async def test_a_window_shared_by_prompt_and_reply_gets_a_shorter_reply_first(words: str, tmp_path: Path) -> None:
    def script(asked: Asked) -> Act:
        return error(400, words) if asked.body["max_tokens"] > 1500 else answer(truthful)

    state, asked = await run_against(tmp_path, script)
    about_one = [entry for entry in asked if entry.text == asked[0].text]  # nothing of the prompt was given up
    assert [entry.body["max_tokens"] for entry in about_one] == [4096, 2048, 1024]
    assert state["describe"]["accepted"] == 2
