"""One small request before any work: wrong keys, names and addresses become one sentence.

An Ollama server gets a second one, longer than its default window: it cuts what does not fit without a word.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from qarepo_graph.llm.backend import Fault
from qarepo_graph.llm.clients import Client
from qarepo_graph.llm.completion import read_completion
from qarepo_graph.llm.faults import fault_of_exception, fault_of_response
from qarepo_graph.llm.wire import Answer

SECONDS = 8.0
"""Deadline of the check: at start-up an unreachable host is told within ten seconds."""

CANARY_WORDS = 5000
"""Words, a token each, of the prompt that shows how much Ollama reads; its default window is 4,096 tokens."""

CANARY_SECONDS = 20.0
"""A machine too slow to read the canary in this time is not held up; every reply's own count is looked at as well."""

_SHOWN = 12


async def check_model(client: Client) -> None:
    """Ask the server for its models; where ours is not among them, ask it for one token.

    Raises:
        Fault: ``stop``, with a sentence for the user.
    """
    try:
        offered = await _offered(client)
        if offered is None or client.name not in offered:
            await _ask_one_token(client, offered)
        if client.profile.client == "ollama":
            await _read_whole(client)
    except TimeoutError:
        slow = Fault("retry", "deadline", f"The server did not answer within {SECONDS:.0f} seconds.")
        raise _final(slow, client) from None
    except (Fault, aiohttp.ClientError, OSError) as error:
        raise _final(fault_of_exception(error), client) from None


def _final(fault: Fault, client: Client) -> Fault:
    """Name the server with its port, which is what is wrong most often on one's own machine."""
    text = str(fault)[:300].replace("The server", urlsplit(client.base_url).netloc, 1)
    if fault.action != "stop":
        text += " Check that it runs and that its address is right, then run the same command."
    return Fault("stop", fault.code, text, status=fault.status)


async def _offered(client: Client) -> list[str] | None:
    """Return the names the server lists; None where it keeps no list."""
    native = client.profile.client == "ollama"
    answer = await _http(client, "GET", "/api/tags" if native else "/models")
    if answer.status in (401, 403):
        raise fault_of_response(answer.status, answer.headers, answer.body)
    if answer.status != 200:
        return None
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    entries = value.get("models" if native else "data") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        return None
    names = [str(entry.get("name" if native else "id")) for entry in entries if isinstance(entry, dict)]
    return names + [name.removesuffix(":latest") for name in names if native]


async def _ask_one_token(client: Client, offered: list[str] | None) -> None:
    messages = [{"role": "user", "content": "Say ok."}]
    if client.profile.client == "ollama":
        path, body = "/api/chat", {"stream": False, "options": {"num_predict": 1}}
    else:
        path, body = "/chat/completions", {**client.profile.body, client.profile.limit_parameter: 16}
    answer = await _http(client, "POST", path, {"model": client.name, "messages": messages, **body})
    try:
        read_completion(answer, streamed=False, native=client.profile.client == "ollama")
    except Fault as fault:
        if fault.action == "adapt" or fault.code in ("rate_limit", "too_long"):
            return  # it knows the model; the ladder will find what it takes
        if fault.code != "model":
            raise
        if offered:
            names = ", ".join(sorted(set(offered))[:_SHOWN]) + (", …" if len(set(offered)) > _SHOWN else "")
            msg = f"The server has no model {client.name!r}; it offers {names}."
        else:
            msg = (
                f"The server has no model {client.name!r}, or nothing at {client.base_url}{path} "
                f"(HTTP {fault.status}); check the name and --base-url."
            )
        raise Fault("stop", "model", msg, status=fault.status) from None


async def _read_whole(client: Client) -> None:
    """Send a long prompt, or one that just fits the window the profile asks for, and refuse a server that cuts it."""
    window = int(client.profile.body.get("num_ctx", CANARY_WORDS))
    words = min(CANARY_WORDS, window * 4 // 5)
    options = {"num_ctx": window, "num_predict": 1}
    messages = [{"role": "user", "content": "word " * words}]
    body = {"model": client.name, "messages": messages, "stream": False, "think": False, "options": options}
    try:
        answer = await _http(client, "POST", "/api/chat", body, seconds=CANARY_SECONDS)
        read = orjson.loads(answer.body).get("prompt_eval_count") if answer.status == 200 else None
    except (TimeoutError, orjson.JSONDecodeError):
        return
    if isinstance(read, int) and 0 < read < 0.9 * words:
        msg = (
            f"The server read only {read} of {words} tokens of a prompt, though num_ctx {window} was asked for; "
            "raise its context length (OLLAMA_CONTEXT_LENGTH) or name a model with a longer one."
        )
        raise Fault("stop", "truncated_input", msg)


async def _http(client: Client, method: str, path: str, body: Any = None, *, seconds: float = SECONDS) -> Answer:
    headers = {"content-type": "application/json"}
    if secret := client.key.get_secret_value():
        headers["authorization"] = f"Bearer {secret}"
    data = orjson.dumps(body) if body is not None else b""
    assert client.wire is not None  # a model object, whose connections are its own, is not checked
    async with asyncio.timeout(seconds):
        return await client.wire.exchange(method, client.base_url + path, data, headers)
