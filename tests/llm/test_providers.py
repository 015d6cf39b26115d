"""What each provider does in its own way: thinking, refusals, errors in a success, cut prompts, another model."""

from __future__ import annotations

from typing import Any

import pytest

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.backend import Fault
from qarepo_graph.llm.chat import open_backend
from qarepo_graph.llm.structured import parse_reply
from qarepo_graph.schema import Questions
from tests.faults.helpers import request_for
from tests.llm.asking import USER, ask
from tests.llm.providers import Provider, dashscope, deepseek, ollama, openai, openrouter, replied, vllm

pytestmark = pytest.mark.usefixtures("provider_keys")


async def test_deepseek_thinks_unless_told_otherwise_and_the_reasoning_is_counted_not_kept() -> None:
    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        own = {"deepseek": {"body": {}}}
        reply = await ask(open_backend("deepseek:deepseek-flash", base_url=provider.url, profiles=own))
        assert reply.reasoning_chars == len("Let me think.")
        assert "think" not in reply.text
        assert (reply.usage.prompt_tokens, reply.usage.cached_tokens) == (1000, 896)


async def test_deepseek_without_the_word_json_in_the_users_own_prompt() -> None:
    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        reply = await ask(open_backend("deepseek:deepseek-flash", base_url=provider.url), request_for(USER, "Answer."))
        assert reply.method == "json_mode"
        assert provider.seen[0]["messages"][-1]["content"] == "Answer in json."


async def test_deepseek_asked_as_an_unknown_server_finds_its_own_way() -> None:
    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        backend = open_backend("openai-compatible:deepseek-flash", base_url=provider.url)
        replies = [await ask(backend), await ask(backend)]
        assert [reply.method for reply in replies] == ["json_mode", "json_mode"]
        kinds = [body.get("response_format", {}).get("type") or "tools" for body in provider.seen]
        assert kinds == ["json_schema", "tools", "json_object", "json_object"]


async def test_dashscope_asked_as_an_unknown_server_gets_thinking_switched_off() -> None:
    async with Provider(dashscope, ["qwen-plus"]) as provider:
        reply = await ask(open_backend("openai-compatible:qwen-plus", base_url=provider.url))
        assert parse_reply(reply, Questions)
        assert provider.seen[-1]["enable_thinking"] is False


@pytest.mark.parametrize(
    ("text", "kind", "code"), [("forbidden words", Fault, "filtered"), ("no money", ProviderError, "")]
)
async def test_dashscope_refusals(text: str, kind: type[Exception], code: str) -> None:
    async with Provider(dashscope, ["qwen-plus"]) as provider:
        with pytest.raises(kind) as caught:
            await ask(open_backend("qwen:qwen-plus", base_url=provider.url), request_for(text))
        assert getattr(caught.value, "code", "") == code
        assert len(provider.seen) == 1


async def test_openai_reasoning_models_lose_the_temperature_once() -> None:
    async with Provider(openai, ["gpt-reasoning"]) as provider:
        backend = open_backend("openai:gpt-reasoning", base_url=provider.url)
        replies = [await ask(backend), await ask(backend)]
        assert ["temperature" in body for body in provider.seen] == [True, False, False]
        assert replies[0].method == "json_schema"
        assert (replies[0].usage.cached_tokens, replies[0].usage.reasoning_tokens) == (768, 30)


async def test_openai_refusals_are_filtered_not_blank() -> None:
    async with Provider(openai, ["gpt-any"]) as provider:
        reply = await ask(open_backend("openai:gpt-any", base_url=provider.url), request_for("refuse me"))
        assert reply.finish_reason == "refusal"


async def test_vllm_reasoning_field_is_counted_and_long_prompts_are_the_items_own() -> None:
    async with Provider(vllm, ["served"]) as provider:
        backend = open_backend("vllm:served", base_url=provider.url)
        assert (await ask(backend)).reasoning_chars == len("Thinking aloud.")
        with pytest.raises(Fault) as caught:
            await ask(backend, request_for("x" * 13_000))
        assert (caught.value.action, caught.value.code) == ("item", "too_long")


@pytest.mark.parametrize("text", ["no money", "upstream"])
async def test_openrouter_errors_in_a_refusal_and_in_a_success(text: str) -> None:
    async with Provider(openrouter, ["vendor/model"]) as provider:
        with pytest.raises(ProviderError, match="balance or quota"):
            await ask(open_backend("openrouter:vendor/model", base_url=provider.url), request_for(text))


async def test_ollama_that_cuts_the_prompt_silently_is_caught() -> None:
    async with Provider(ollama, ["tiny:latest"], prefix="") as provider:
        own = {"ollama": {"body": {"num_ctx": 2048, "think": False}}}
        backend = open_backend("ollama:tiny", base_url=provider.url, profiles=own)
        await backend.check()
        with pytest.raises(Fault) as caught:
            await ask(backend, request_for("word " * 6000))
        assert (caught.value.action, caught.value.code) == ("item", "truncated_input")
        assert parse_reply(await ask(backend), Questions)


@pytest.mark.parametrize(
    ("answering", "words"),
    [
        (["m", "m"], ""),
        (["m-2026-03-17", "m-2026-03-17"], ""),
        (["other"], "answered as 'other' instead of 'm'"),
        (["m-mini"], "answered as 'm-mini' instead of 'm'"),
        (["m-2026-03-17", "m-2026-10-01"], "answered as 'm-2026-10-01' instead of 'm-2026-03-17'"),
        ([""], "answered as '' instead of 'm'"),
    ],
)
async def test_39_another_model_than_asked_for_is_noted_and_refused_if_strict(answering: list[str], words: str) -> None:
    names = iter(answering * 2)

    def rules(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return replied({**body, "model": next(names)})

    async with Provider(rules, ["m"]) as provider:
        easy = open_backend("openai-compatible:m", base_url=provider.url)
        assert [(await ask(easy)).model for _ in answering] == answering
        strict = open_backend("openai-compatible:m", base_url=provider.url, strict_model=True)
        told = ""
        try:
            for _ in answering:
                await ask(strict)
        except ProviderError as error:
            told = str(error)
        assert words in told
        assert bool(told) == bool(words)
