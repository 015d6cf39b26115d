"""What stops a run and what only changes how it asks: accounts, models, parameters, windows, streams.

The product is a plain subprocess.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.product import OPTIONS, Product, honest, number_of, truth
from tests.faults.server import Act, Asked, FaultServer, answer, chunk, error, stream
from tests.llm.providers import Provider, ollama

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]  # a busy machine takes a minute to start the product

STOPS: dict[str, tuple[Act, str]] = {
    "3 Retry-After of a day": (error(429, "x", headers={"Retry-After": "86400"}), "24.0 hours"),
    "4 insufficient_quota": (error(429, "You exceeded your current quota", "insufficient_quota"), "balance or quota"),
    "4 spend limit": (error(429, "limit", "project_spend_limit_exceeded"), "balance or quota"),
    "5 Arrearage": (error(400, "Access denied, make sure your account is in good standing", "Arrearage"), "top it up"),
    "6 403": (error(403, "forbidden"), "was refused"),
    "7 the model is gone": (error(404, "The model `tiny` does not exist", "model_not_found"), "does not know this"),
    "39 another model answers": (answer(truth, model="cheap"), "answered as 'cheap' instead of 'tiny'"),
}


@pytest.mark.parametrize(("act", "words"), STOPS.values(), ids=STOPS)
async def test_a_stop_sends_nothing_more_and_the_same_command_goes_on(act: Act, words: str, tmp_path: Path) -> None:
    product = Product(tmp_path, 8, [*OPTIONS, "--strict-model"])
    well = {"now": False}

    def script(asked: Asked) -> Act:
        return honest(0.02) if well["now"] or asked.ordinal <= 4 else act

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 4, said
        assert words in said
        assert "Traceback" not in said
        assert "sk-canary" not in said
        assert len(server.asked) <= 4 + 4
        well["now"] = True
        stopped = server.billed
        code, said = await product.run(server.url)
        assert code == 0, said
        again = {key for key, times in server.billed.items() if times > 1}
        assert again <= set(stopped)
        # What another model answered was paid for and is not taken.
        assert len(again) <= (4 if act.__name__ == "answer" else 0)


async def test_7_a_model_that_is_not_on_offer_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    product = Product(tmp_path, 2, OPTIONS)
    unknown = error(404, "The model `tiny` does not exist", "model_not_found")
    async with FaultServer(lambda _: unknown, models=["large", "small"]) as server:
        code, said = await product.run(server.url)
    assert code == 4, said
    assert "has no model 'tiny'; it offers large, small." in said
    assert [asked.text for asked in server.asked] == ["Say ok."], "a name that is not listed may be an alias"


REFUSED: dict[str, tuple[Callable[[Asked], bool], Act, int]] = {
    "8 no json_schema, no tools": (
        lambda asked: asked.body.get("response_format", {}).get("type") == "json_schema" or "tools" in asked.body,
        error(400, "response_format or tool_choice is not supported"),
        2,
    ),
    "8 max_tokens by another name": (
        lambda asked: "max_tokens" in asked.body,
        error(400, "Unsupported parameter: 'max_tokens' is not supported with this model."),
        1,
    ),
    "23 blank in JSON mode": (
        lambda asked: "response_format" in asked.body or "tools" in asked.body,
        answer("  "),
        8,
    ),
}


@pytest.mark.parametrize(("refused", "act", "steps"), REFUSED.values(), ids=REFUSED)
async def test_8_23_what_a_server_does_not_take_is_left_out_for_the_rest_of_the_run(
    refused: Callable[[Asked], bool], act: Act, steps: int, tmp_path: Path
) -> None:
    product = Product(tmp_path, 12, OPTIONS)
    async with FaultServer(lambda asked: act if refused(asked) else honest()) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        # Those in flight when it was first refused learn it by themselves; nobody after them asks that way again.
        assert [asked.ordinal for asked in server.asked if refused(asked)][-1] <= 4 * steps + 4
    assert len(json.loads(product.rows)) == 25


async def test_32_a_server_that_only_streams_is_asked_for_streams(tmp_path: Path) -> None:
    product = Product(tmp_path, 8, OPTIONS)

    def script(asked: Asked) -> Act:
        if not asked.body.get("stream"):
            return error(400, "This model only support stream mode, please enable the stream parameter.")
        return stream([chunk(truth(asked)), chunk(None, "stop"), "[DONE]"])

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert [asked.ordinal for asked in server.asked if not asked.body.get("stream")][-1] <= 8
    assert len(json.loads(product.rows)) == 17


async def test_9_a_window_too_small_for_the_context_gets_less_of_it(tmp_path: Path) -> None:
    product = Product(tmp_path, 4, [*OPTIONS, "--description", "word " * 400])

    def script(asked: Asked) -> Act:
        if number_of(asked) is not None and len(asked.text) > 2000:
            return error(400, "This model's maximum context length is 2048 tokens.", "context_length_exceeded")
        return honest()

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        refused = [asked.key for asked in server.asked if not asked.billed]
        assert refused
        assert max(Counter(refused).values()) == 1, "a prompt that does not fit is never sent again unchanged"
    assert len(json.loads(product.rows)) == 9


async def test_10_a_server_that_cuts_prompts_silently_is_told_before_any_work(tmp_path: Path) -> None:
    product = Product(tmp_path, 2, [*OPTIONS, "--model", "ollama:tiny"])

    def deaf(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return ollama({**body, "options": {}})  # reads 4,096 tokens, whatever window was asked for

    async with Provider(deaf, ["tiny:latest"], needs_key=False, prefix="") as provider:
        code, said = await product.run(provider.url)
    assert code == 4, said
    assert "read only 4096 of 5000 tokens" in said
    assert "OLLAMA_CONTEXT_LENGTH" in said
    assert len(provider.seen) == 1
