"""What our code puts on the wire for each profile, against servers that enforce their provider's rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.chat import open_backend
from qarepo_graph.llm.profiles import PROFILES
from qarepo_graph.llm.structured import ReplyError, json_schema, parse_reply
from qarepo_graph.schema import Questions
from tests.llm.asking import MESSAGES, ask, ordered
from tests.llm.providers import KEY, Provider, dashscope, deepseek, ollama, only, openai, openrouter, replied, vllm

pytestmark = pytest.mark.usefixtures("provider_keys")

FULL_SCHEMA = {"name": "Questions", "strict": True, "schema": json_schema(Questions)}
SHORT_SCHEMA = {**FULL_SCHEMA, "schema": json_schema(Questions, without=("minLength", "maxLength"))}

EXPECTED: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "deepseek:deepseek-flash": (
        deepseek,
        "json_mode",
        {
            "model": "deepseek-flash",
            "stream": False,
            "temperature": 0.7,
            "max_tokens": 256,
            "thinking": {"type": "disabled"},
            "response_format": {"type": "json_object"},
        },
    ),
    "qwen:qwen-plus": (
        dashscope,
        "json_mode",
        {
            "model": "qwen-plus",
            "stream": False,
            "temperature": 0.7,
            "max_tokens": 256,
            "enable_thinking": False,
            "response_format": {"type": "json_object"},
        },
    ),
    "siliconflow:vendor/model": (
        only("json_object"),
        "json_mode",
        {
            "model": "vendor/model",
            "stream": False,
            "temperature": 0.7,
            "max_tokens": 256,
            "enable_thinking": False,
            "response_format": {"type": "json_object"},
        },
    ),
    "openai:gpt-any": (
        openai,
        "json_schema",
        {
            "model": "gpt-any",
            "stream": False,
            "temperature": 0.7,
            "max_completion_tokens": 256,
            "response_format": {"type": "json_schema", "json_schema": SHORT_SCHEMA},
        },
    ),
    "openrouter:vendor/model": (
        openrouter,
        "json_schema",
        {
            "model": "vendor/model",
            "stream": False,
            "temperature": 0.7,
            "max_tokens": 256,
            "response_format": {"type": "json_schema", "json_schema": SHORT_SCHEMA},
        },
    ),
    "vllm:served": (
        vllm,
        "json_schema",
        {
            "model": "served",
            "stream": False,
            "temperature": 0.7,
            "max_tokens": 256,
            "response_format": {"type": "json_schema", "json_schema": FULL_SCHEMA},
        },
    ),
    "llamacpp:alias": (
        only("json_schema"),
        "json_schema",
        {
            "model": "alias",
            "stream": False,
            "temperature": 0.7,
            "max_tokens": 256,
            "chat_template_kwargs": {"enable_thinking": False},
            "response_format": {"type": "json_schema", "json_schema": FULL_SCHEMA},
        },
    ),
    "openai-compatible:any": (
        only("json_schema"),
        "json_schema",
        {
            "model": "any",
            "stream": False,
            "temperature": 0.7,
            "max_tokens": 256,
            "response_format": {"type": "json_schema", "json_schema": SHORT_SCHEMA},
        },
    ),
    "ollama:tiny": (
        ollama,
        "json_schema",
        {
            "model": "tiny",
            "stream": False,
            "think": False,
            "tools": [],
            "format": json_schema(Questions),
            "options": {"temperature": 0.7, "num_predict": 256, "num_ctx": 16384},
        },
    ),
}


def test_every_profile_has_a_wire_test() -> None:
    assert {spec.split(":")[0] for spec in EXPECTED} == set(PROFILES)


@pytest.mark.parametrize(("spec", "expected"), EXPECTED.items(), ids=EXPECTED)
async def test_the_request_is_the_one_the_provider_documents(spec: str, expected: Any) -> None:
    rules, method, body = expected
    async with Provider(rules, [spec.split(":", 1)[1]], prefix="" if spec.startswith("ollama") else "/v1") as provider:
        backend = open_backend(spec, base_url=provider.url)
        await backend.check()
        if spec.startswith("ollama"):  # the list of models was enough for the others
            canary = provider.seen.pop()
            assert canary["options"] == {"num_ctx": 16384, "num_predict": 1}
            assert canary["messages"] == [{"role": "user", "content": "word " * 5000}]
        assert provider.seen == []
        reply = await ask(backend)
        await backend.aclose()
        assert len(provider.seen) == 1  # nothing had to be adapted
        assert ordered(provider.seen[0]) == MESSAGES
        assert {name: value for name, value in provider.seen[0].items() if name != "messages"} == body
        assert provider.headers[0]["Authorization"] == f"Bearer {KEY}"
        assert reply.method == method
        assert parse_reply(reply, Questions) == Questions(questions=["How does `f` work?"])
        assert KEY not in repr(backend) + json.dumps(backend.identity)
        assert (backend.spec, backend.host) == (spec, "127.0.0.1")


@pytest.mark.parametrize("spec", EXPECTED)
async def test_a_wrong_key_is_told_before_any_work(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = PROFILES[spec.split(":", maxsplit=1)[0]].key_variable
    monkeypatch.setenv(variable, "sk-wrong-0000000000000000wxyz")
    async with Provider(EXPECTED[spec][0], ["x"], prefix="" if spec.startswith("ollama") else "/v1") as provider:
        backend = open_backend(spec, base_url=provider.url)
        with pytest.raises(ProviderError) as caught:
            await backend.check()
        assert str(caught.value).startswith(f"The key in {variable} (ends in wxyz) was refused by 127.0.0.1 (HTTP 401)")


@pytest.mark.parametrize(
    ("kinds", "method", "sends"),
    [
        (("json_schema",), "json_schema", 1),
        (("tools",), "function_calling", 2),
        (("json_object",), "json_mode", 3),
        (("text",), "text", 4),
    ],
)
async def test_the_ladder_goes_down_to_what_the_server_takes(kinds: tuple[str, ...], method: str, sends: int) -> None:
    async with Provider(only(*kinds), ["m"]) as provider:
        backend = open_backend("openai-compatible:m", base_url=provider.url)
        reply = await ask(backend)
        assert (reply.method, len(provider.seen)) == (method, sends)
        assert parse_reply(reply, Questions)
        await ask(backend)
        assert len(provider.seen) == sends + 1  # remembered


async def test_function_calling_asks_for_a_call_in_the_form_all_servers_know() -> None:
    async with Provider(only("tools"), ["m"]) as provider:
        own = {"mine": {"base_url": provider.url, "methods": ["function_calling"], "key_required": False}}
        await ask(open_backend("mine:m", profiles=own))
        assert provider.seen[0]["tool_choice"] == "required"
        assert provider.seen[0]["tools"][0]["function"]["parameters"] == SHORT_SCHEMA["schema"]


@pytest.mark.parametrize("arguments", ['{"questions": ["a"], "questions": ["b"]}', '["a"]', '{"questions": ["a', ""])
async def test_the_arguments_of_a_forced_call_reach_the_gate_as_they_came(arguments: str) -> None:
    def rules(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        call = {"id": "1", "type": "function", "function": {"name": "Questions", "arguments": arguments}}
        return replied(body, None, tool_calls=[call])

    async with Provider(rules, ["m"]) as provider:
        own = {"mine": {"base_url": provider.url, "methods": ["function_calling"], "key_required": False}}
        reply = await ask(open_backend("mine:m", profiles=own))
        assert (reply.text, reply.method) == (arguments, "function_calling")
        with pytest.raises(ReplyError):
            parse_reply(reply, Questions)
