"""What a name, an address, a key or a LangChain object becomes, and what is told when it can become nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from qarepo_graph.errors import MissingExtraError, SettingsError
from qarepo_graph.llm.backend import Fault, Message, Request, Usage
from qarepo_graph.llm.chat import open_backend
from qarepo_graph.llm.structured import parse_reply
from qarepo_graph.schema import Questions
from qarepo_graph.testing import ScriptedChatModel
from tests.faults.helpers import request_for
from tests.llm.asking import MESSAGES, SYSTEM, USER, ask, ordered
from tests.llm.providers import KEY, Provider, deepseek, openai, replied

pytestmark = pytest.mark.usefixtures("provider_keys")


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


async def test_the_identity_changes_with_what_changes_a_reply_and_with_nothing_else() -> None:
    def identity(spec: str = "vllm:m", **options: Any) -> str:
        return json.dumps(open_backend(spec, **options).identity, sort_keys=True)

    same = identity(base_url="http://127.0.0.1:8000/v1")
    assert identity(base_url="http://127.0.0.1:8001/v1", concurrency=3, request_seconds=5) == same
    assert len({same, identity("vllm:other"), identity(temperature=0.1), identity(max_tokens=9)}) == 4
    assert identity(profiles={"vllm": {"body": {"seed": 1}}}) != same


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


async def test_whoever_listens_to_langchain_hears_of_a_call_and_whoever_does_not_gets_the_same_reply() -> None:
    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        unheard = await ask(open_backend("deepseek:deepseek-flash", base_url=provider.url))
        with get_usage_metadata_callback() as heard:
            reply = await ask(open_backend("deepseek:deepseek-flash", base_url=provider.url))
    (usage,) = heard.usage_metadata.values()
    assert (usage["input_tokens"], usage["output_tokens"]) == (reply.usage.prompt_tokens, reply.usage.completion_tokens)
    assert replace(unheard, seconds=0.0) == replace(reply, seconds=0.0)
    assert provider.seen[0] == provider.seen[1]


async def test_the_listeners_of_a_node_hear_each_of_its_calls_and_none_of_another_node() -> None:
    class Listener(BaseCallbackHandler):
        heard = 0

        def on_chat_model_start(self, *_: Any, **__: Any) -> None:
            self.heard += 1

    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        backend = open_backend("deepseek:deepseek-flash", base_url=provider.url)

        async def work(_: str) -> None:
            await backend.ask(request_for(USER, SYSTEM))
            await backend.ask(request_for(USER, SYSTEM))

        listener, node = Listener(), RunnableLambda(work)
        heard = []
        for callbacks in ([], [listener], [], [listener]):
            await node.ainvoke("", config={"callbacks": callbacks})
            heard.append(listener.heard)
        await backend.aclose()
    assert heard == [0, 2, 2, 4]
    assert len(provider.seen) == 8
