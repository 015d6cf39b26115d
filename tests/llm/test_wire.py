"""What our code puts on the wire for each profile, against servers that enforce their provider's rules."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_openai import ChatOpenAI

from qarepo_graph.errors import MissingExtraError, ProviderError, SettingsError
from qarepo_graph.llm.backend import Fault, Message, Reply, Request, Usage
from qarepo_graph.llm.caller import Caller
from qarepo_graph.llm.chat import ChatBackend, open_backend
from qarepo_graph.llm.limiter import Limiter
from qarepo_graph.llm.profiles import PROFILES
from qarepo_graph.llm.structured import ReplyError, json_schema, parse_reply
from qarepo_graph.schema import Questions
from qarepo_graph.testing import ScriptedChatModel
from tests.faults.helpers import request_for
from tests.llm.providers import (
    KEY,
    Provider,
    dashscope,
    deepseek,
    ollama,
    only,
    openai,
    openrouter,
    replied,
    vllm,
)

SYSTEM, USER = "Answer in json.", "What is `f`?"
MESSAGES = [{"content": SYSTEM, "role": "system"}, {"content": USER, "role": "user"}]
FULL_SCHEMA = {"name": "Questions", "strict": True, "schema": json_schema(Questions)}
SHORT_SCHEMA = {**FULL_SCHEMA, "schema": json_schema(Questions, without=("minLength", "maxLength"))}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for profile in PROFILES.values():
        if profile.key_variable:
            monkeypatch.setenv(profile.key_variable, KEY)


def ordered(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"content": message["content"], "role": message["role"]} for message in body["messages"]]


async def ask(backend: ChatBackend, request: Request | None = None) -> Reply:
    async def before(_ordinal: int) -> None:
        return

    try:
        return await Caller(backend, Limiter(4)).call(request or request_for(USER, SYSTEM), before)
    finally:
        await backend.aclose()


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


async def test_a_retired_model_name_is_told_with_the_names_on_offer() -> None:
    async with Provider(deepseek, ["deepseek-flash", "deepseek-v4-flash"]) as provider:
        backend = open_backend("deepseek:deepseek-chat", base_url=provider.url)
        with pytest.raises(ProviderError) as caught:
            await backend.check()
        place = urlsplit(provider.url).netloc
        assert str(caught.value) == (
            f"{place} has no model 'deepseek-chat'; it offers deepseek-flash, deepseek-v4-flash."
        )


async def test_a_wrong_port_or_path_is_told_before_any_work() -> None:
    async def welcome(_request: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/v1/models", welcome)
    app.router.add_post("/v1/chat/completions", welcome)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    place = f"127.0.0.1:{runner.addresses[0][1]}"
    told = []
    for url in (f"http://{place}/v1", f"http://{place}/api", f"https://{place}/v1"):
        backend = open_backend("vllm:served", base_url=url)
        with pytest.raises(ProviderError) as caught:
            await backend.check()
        await backend.aclose()
        told.append(str(caught.value))
    await runner.cleanup()
    assert told == [
        f"{place}'s reply is not JSON. Check that it runs and that its address is right, then run the same command.",
        (
            f"{place} has no model 'served', or nothing at http://{place}/api/chat/completions (HTTP 404); "
            "check the name and --base-url."
        ),
        f"{place} does not speak https at this port; write http:// or its port.",
    ]


async def test_a_list_of_models_longer_than_one_packet_is_read_whole() -> None:
    async with Provider(openrouter, [f"vendor/model-{number}" * 20 for number in range(2000)] + ["last"]) as provider:
        backend = open_backend("openrouter:last", base_url=provider.url)
        await backend.check()
        await backend.aclose()
        assert provider.paths == ["GET /models"]


async def test_an_alias_the_server_does_not_list_passes() -> None:
    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        await open_backend("deepseek:deepseek-v4-flash", base_url=provider.url).check()
        assert provider.seen[0]["max_tokens"] == 16


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


async def test_ollama_that_ignores_the_window_asked_for_is_told_before_any_work() -> None:
    def deaf(body: dict[str, Any]) -> Any:
        status, reply = ollama({**body, "options": {}})  # reads 4,096 tokens, whatever num_ctx says
        return status, reply

    async with Provider(deaf, ["tiny:latest"], prefix="") as provider:
        with pytest.raises(ProviderError, match=r"read only 4096 of 5000 tokens.*num_ctx 16384.*OLLAMA_CONTEXT_LENGTH"):
            await open_backend("ollama:tiny", base_url=provider.url).check()
        own = {"ollama": {"body": {"num_ctx": 4096, "think": False}}}
        await open_backend("ollama:tiny", base_url=provider.url, profiles=own).check()  # it asks for no more


async def test_ollama_without_the_model_names_those_it_has() -> None:
    async with Provider(ollama, ["tiny:latest"], prefix="") as provider:
        with pytest.raises(ProviderError, match=r"has no model 'big'; it offers tiny, tiny:latest"):
            await open_backend("ollama:big", base_url=provider.url).check()


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


async def test_a_chat_model_object_keeps_its_parameters_and_loses_its_retries() -> None:
    calls = 0

    def rules(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        nonlocal calls
        calls += 1
        return (500, {"error": {"message": "boom"}}) if calls == 1 else replied(body)

    async with Provider(rules, ["m"]) as provider:
        model = ChatOpenAI(
            model="m", base_url=provider.url, api_key=KEY, temperature=0.1, max_tokens=77, extra_body={"top_k": 5}
        )
        backend = open_backend(model)
        assert (backend.spec, backend.host) == ("openai:m", "127.0.0.1")
        with pytest.raises(Fault) as caught:
            await backend.ask(request_for(USER, SYSTEM))
        assert (caught.value.action, calls) == ("retry", 1)
        reply = await backend.ask(request_for(USER, SYSTEM))
        assert parse_reply(reply, Questions)
        body = provider.seen[-1]
        assert (body["temperature"], body["top_k"]) == (0.1, 5)
        assert body["max_completion_tokens"] == 77
        assert "max_tokens" not in body
        assert KEY not in json.dumps(backend.identity)


async def test_any_chat_model_is_sent_the_messages_alone() -> None:
    model = ScriptedChatModel(replies=['{"questions": ["a"]}'])
    backend = open_backend(model)
    await backend.check()
    reply = await backend.ask(request_for(USER, SYSTEM))
    assert (backend.host, reply.method, reply.usage.estimated) == ("", "text", True)
    assert [(message.type, message.content) for message in model.asked[0]] == [("system", SYSTEM), ("human", USER)]


async def test_the_identity_changes_with_what_changes_a_reply_and_with_nothing_else() -> None:
    def identity(spec: str = "vllm:m", **options: Any) -> str:
        return json.dumps(open_backend(spec, **options).identity, sort_keys=True)

    same = identity(base_url="http://127.0.0.1:8000/v1")
    assert identity(base_url="http://127.0.0.1:8001/v1", concurrency=3, request_seconds=5) == same
    assert len({same, identity("vllm:other"), identity(temperature=0.1), identity(max_tokens=9)}) == 4
    assert identity(profiles={"vllm": {"body": {"seed": 1}}}) != same


@pytest.mark.parametrize(
    ("spec", "options", "words"),
    [
        ("gpt-4", {}, "provider 'gpt-4' is unknown"),
        ("nobody:x", {}, "provider 'nobody' is unknown"),
        ("deepseek", {}, "names no model; write deepseek:NAME"),
        ("openai-compatible:x", {}, "needs --base-url"),
        ("openai-compatible:x", {"base_url": "ftp://h"}, "cannot be used"),
        ("openai-compatible:x", {"base_url": "http://example.com/v1"}, "plain http"),
        ("openai-compatible:x", {"base_url": "https://u:p@example.com"}, "user name or password"),
        ("vllm:x", {"profiles": {"vllm": {"methods": ["magic"]}}}, "choose from json_schema"),
        ("vllm:x", {"profiles": {"vllm": {"colour": 1}}}, "unknown field 'colour'"),
    ],
)
def test_names_and_addresses_that_cannot_work(spec: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        open_backend(spec, **options)


def test_a_key_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "“sk-pasted”")
    with pytest.raises(SettingsError, match="DEEPSEEK_API_KEY holds something that is not a key"):
        open_backend("deepseek:deepseek-flash")


def test_messages_of_every_role_reach_the_model() -> None:
    roles = (Message("system", "s"), Message("user", "u"), Message("assistant", "a"), Message("user", "again"))
    request = Request(name="n", messages=roles, output=Questions, inputs=request_for().inputs)
    backend = open_backend(ScriptedChatModel(replies=[]))
    assert [message.type for message in backend._messages(request, backend._ladder.plan(Questions, 1))] == [
        "system",
        "human",
        "ai",
        "human",
    ]


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


@pytest.mark.parametrize("spec", ["deepseek:deepseek-flash", "openai:gpt-any", "ollama:tiny"])
def test_the_blocking_client_is_closed(spec: str) -> None:
    model = open_backend(spec, base_url="http://127.0.0.1:9")._client.model
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each SDK wraps it its own way
        model.invoke("hello")
    told = [str(caught.value), str(caught.value.__cause__)]
    assert any("asked asynchronously only" in text for text in told), told


@pytest.mark.parametrize("told", [{"prompt_cache_hit_tokens": 896}, {"prompt_tokens_details": {"cached_tokens": 896}}])
async def test_a_named_model_needs_no_sdk(monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]) -> None:
    for module in ("openai", "langchain_openai", "langchain_deepseek"):
        monkeypatch.setitem(sys.modules, module, None)
    usage = {"prompt_tokens": 1024, "completion_tokens": 20, "total_tokens": 1044, **told}

    def rules(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return deepseek(body)[0], {**deepseek(body)[1], "usage": usage}

    async with Provider(rules, ["deepseek-flash"]) as provider:
        reply = await ask(open_backend("deepseek:deepseek-flash", base_url=provider.url))
        assert reply.usage == Usage(prompt_tokens=1024, completion_tokens=20, cached_tokens=896)
        assert {name.lower(): text for name, text in provider.headers[0].items()}["user-agent"] == "qarepo-graph"


def test_without_the_ollama_client_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_ollama", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'qarepo-graph\[ollama\]'"):
        open_backend("ollama:tiny")


async def test_a_provider_without_a_profile_is_opened_by_langchain(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Provider(openai, ["tiny"], needs_key=False, prefix="/openai/deployments/tiny") as provider:
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", provider.url.partition("/openai")[0])
        monkeypatch.setenv("OPENAI_API_VERSION", "2026-01-01")
        backend = open_backend("azure_openai:tiny", temperature=0.5)
        reply = await ask(backend)
        assert parse_reply(reply, Questions) == Questions(questions=["How does `f` work?"])
        assert (backend.spec, reply.method) == ("azure_openai:tiny", "json_schema")
        (body,) = provider.seen
        assert ordered(body) == MESSAGES
        assert (body["temperature"], body["max_completion_tokens"]) == (0.5, 4096)
        assert provider.headers[0]["api-key"] == KEY


@pytest.mark.parametrize(
    ("spec", "kind", "words"),
    [
        ("mistralai:mistral-small", MissingExtraError, r"run: pip install langchain-mistralai\."),
        ("azure_openai:tiny", SettingsError, "cannot be opened: Missing credentials"),
    ],
)
def test_what_langchain_needs_is_told(
    spec: str, kind: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(kind, match=words):
        open_backend(spec)


async def test_whoever_listens_to_langchain_hears_of_a_call_and_whoever_does_not_gets_the_same_reply() -> None:
    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        unheard = await ask(open_backend("deepseek:deepseek-flash", base_url=provider.url))
        with get_usage_metadata_callback() as heard:
            reply = await ask(open_backend("deepseek:deepseek-flash", base_url=provider.url))
    (usage,) = heard.usage_metadata.values()
    assert (usage["input_tokens"], usage["output_tokens"]) == (reply.usage.prompt_tokens, reply.usage.completion_tokens)
    assert replace(unheard, seconds=0.0) == replace(reply, seconds=0.0)
    assert provider.seen[0] == provider.seen[1]
