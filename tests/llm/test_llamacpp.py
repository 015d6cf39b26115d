"""A real engine: llama.cpp's own server with a tiny random model. Nonsense in content, real in everything else."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("xllamacpp", reason="the llama.cpp server comes with the xllamacpp wheel")

from qarepo_graph import Settings, build_graph
from qarepo_graph.errors import ProviderError, UsageError
from qarepo_graph.llm.backend import Fault, Reply
from qarepo_graph.llm.caller import Caller
from qarepo_graph.llm.chat import open_backend
from qarepo_graph.llm.limiter import Limiter
from qarepo_graph.llm.prompts import NODE_INPUTS, read_prompt
from qarepo_graph.llm.structured import ReplyError, parse_reply
from qarepo_graph.schema import Description, Judgement, Questions, Requirement
from tests.faults.helpers import request_for, send
from tests.graph.early_stopping import write_repository
from tests.llm.llamacpp import SLOT_TOKENS, LlamaServer, llama_server

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaServer]:
    with llama_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _key(server: LlamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_API_KEY", server.key)


async def test_the_preflight_passes_and_names_what_is_wrong(
    server: LlamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_backend("llamacpp:tiny", base_url=server.url).check()
    monkeypatch.setenv("LLAMA_API_KEY", "llama-wrong-00000000wxyz")
    with pytest.raises(ProviderError, match=r"LLAMA_API_KEY \(ends in wxyz\) was refused"):
        await open_backend("llamacpp:tiny", base_url=server.url).check()


async def test_32_calls_at_once_all_fill_the_schema(server: LlamaServer) -> None:
    run = await send(
        server.url, [f"What is `f{n}`?" for n in range(32)], model="llamacpp:tiny", concurrency=32, seconds=100
    )
    replies = [end for end in run.ends if isinstance(end, Reply)]
    assert len(replies) == 32, run.ends
    for reply in replies:
        assert (reply.method, reply.finish_reason, reply.model) == ("json_schema", "stop", "tiny")
        assert len(parse_reply(reply, Questions).questions) >= 1
        assert not reply.usage.estimated
        assert reply.usage.completion_tokens > 3


@pytest.mark.parametrize("node", list(NODE_INPUTS))
async def test_every_prompt_is_answered_in_its_schema(server: LlamaServer, node: str) -> None:
    prompt = read_prompt(node)
    messages = prompt.render({name: f"sample {name}" for name in NODE_INPUTS[node] if name != "schema"})
    base = request_for(max_tokens=6000)
    request = type(base)(name=node, messages=messages, output=prompt.output, inputs=base.inputs, max_tokens=6000)
    backend = open_backend("llamacpp:tiny", base_url=server.url)
    try:
        replies = await asyncio.gather(*(backend.ask(request) for _ in range(4)))
    finally:
        await backend.aclose()
    # A random model may ramble until its limit; whatever it finishes fills the schema.
    finished = [reply for reply in replies if reply.finish_reason == "stop"]
    assert {reply.finish_reason for reply in replies} <= {"stop", "length"}
    assert finished
    assert all(isinstance(parse_reply(reply, prompt.output), prompt.output) for reply in finished)


async def test_a_prompt_over_the_window_is_that_items_own_fault(server: LlamaServer) -> None:
    run = await send(server.url, ["word " * SLOT_TOKENS * 2], model="llamacpp:tiny", seconds=60)
    assert isinstance(run.end, Fault)
    assert (run.end.action, run.end.code) == ("item", "too_long")


async def test_a_cut_reply_is_told_as_cut(server: LlamaServer) -> None:
    base = request_for(max_tokens=6)
    request = type(base)(name="n", messages=base.messages, output=Judgement, inputs=base.inputs, max_tokens=6)
    backend = open_backend("llamacpp:tiny", base_url=server.url)
    reply = await backend.ask(request)
    await backend.aclose()
    assert (reply.finish_reason, reply.usage.completion_tokens) == ("length", 6)
    with pytest.raises(ReplyError) as caught:
        parse_reply(reply, Judgement)
    assert caught.value.code == "truncated"


async def test_the_same_server_answers_a_stream(server: LlamaServer) -> None:
    backend = open_backend("llamacpp:tiny", base_url=server.url)
    backend._ladder.adapt("stream", backend._ladder.plan(Questions, 256))
    reply = await backend.ask(request_for())
    await backend.aclose()
    assert reply.finish_reason == "stop"
    assert parse_reply(reply, Questions)
    assert reply.usage.completion_tokens > 3
    assert not reply.usage.estimated


async def test_json_mode_and_plain_text_on_a_real_server(server: LlamaServer) -> None:
    for method in ("json_mode", "text"):
        own = {"llamacpp": {"methods": [method]}}
        backend = open_backend("llamacpp:tiny", base_url=server.url, profiles=own)
        reply = await Caller(backend, Limiter(1)).call(request_for(max_tokens=60), _nothing)
        await backend.aclose()
        assert reply.method == method
        assert reply.usage.prompt_tokens > 5


async def test_the_whole_graph_asks_it_and_the_gates_refuse_its_nonsense(server: LlamaServer, tmp_path: Path) -> None:
    repository = write_repository(tmp_path / "repo")
    settings = Settings(
        model="llamacpp:tiny", base_url=server.url, questions=2, requirements=1, attempts=2, max_tokens=6000
    )
    given = {"repo_dir": str(repository), "run_dir": str(tmp_path / "run"), "repo_description": "early stopping"}
    with pytest.raises(UsageError, match="no row to export"):
        await build_graph().ainvoke(given, context=settings)
    connection = sqlite3.connect(tmp_path / "run" / "ledger.db")
    replies = connection.execute("SELECT node, text, reply FROM replies").fetchall()
    connection.close()
    assert {node for node, _, _ in replies} == {"describe", "ideate_requirements"}
    for node, text, record in replies:
        told = json.loads(record)
        assert (told["method"], told["model"], told["usage"]["estimated"]) == ("json_schema", "tiny", False)
        assert told["usage"]["prompt_tokens"] > 500
        if told["finish_reason"] == "stop":
            parse_reply(Reply(text=text), Description if node == "describe" else Requirement)
    assert sum(json.loads(record)["finish_reason"] == "stop" for _, _, record in replies) >= len(replies) / 2


async def _nothing(_ordinal: int) -> None:
    return
