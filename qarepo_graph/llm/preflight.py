"""One small request before any work: wrong keys, names and addresses become one sentence.

An Ollama server gets a second one, longer than its default window: it cuts what does not fit without a word.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import orjson

from qarepo_graph.llm.backend import Fault
from qarepo_graph.llm.clients import Client
from qarepo_graph.llm.faults import fault_of_exception, fault_of_response

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
    except Fault as fault:
        raise _final(fault) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _final(fault_of_exception(error)) from None


def _final(fault: Fault) -> Fault:
    if fault.action == "stop":
        return fault
    msg = f"The server is not ready: {str(fault)[:300]} Check the address and run the same command."
    return Fault("stop", fault.code, msg, status=fault.status)


async def _offered(client: Client) -> list[str] | None:
    """Return the names the server lists; None where it keeps no list."""
    native = client.profile.client == "ollama"
    status, headers, body = await _http(client, "GET", "/api/tags" if native else "/models")
    if status in (401, 403):
        raise fault_of_response(status, headers, body)
    if status != 200:
        return None
    try:
        value = orjson.loads(body)
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
    status, headers, reply = await _http(client, "POST", path, {"model": client.name, "messages": messages, **body})
    if status < 300:
        return
    fault = fault_of_response(status, headers, reply)
    if fault.action == "adapt" or fault.code in ("rate_limit", "too_long"):
        return  # it knows the model; the ladder will find what it takes
    if fault.code == "model" and offered:
        names = ", ".join(sorted(set(offered))[:_SHOWN]) + (", …" if len(set(offered)) > _SHOWN else "")
        msg = f"The server has no model {client.name!r}; it offers {names}."
        raise Fault("stop", "model", msg, status=status)
    raise fault


async def _read_whole(client: Client) -> None:
    """Send a long prompt, or one that just fits the window the profile asks for, and refuse a server that cuts it."""
    window = int(client.profile.body.get("num_ctx", CANARY_WORDS))
    words = min(CANARY_WORDS, window * 4 // 5)
    options = {"num_ctx": window, "num_predict": 1}
    messages = [{"role": "user", "content": "word " * words}]
    body = {"model": client.name, "messages": messages, "stream": False, "think": False, "options": options}
    try:
        status, _, reply = await _http(client, "POST", "/api/chat", body, seconds=CANARY_SECONDS)
        read = orjson.loads(reply).get("prompt_eval_count") if status == 200 else None
    except (TimeoutError, orjson.JSONDecodeError):
        return
    if isinstance(read, int) and 0 < read < 0.9 * words:
        msg = (
            f"The server read only {read} of {words} tokens of a prompt, though num_ctx {window} was asked for; "
            "raise its context length (OLLAMA_CONTEXT_LENGTH) or name a model with a longer one."
        )
        raise Fault("stop", "truncated_input", msg)


async def _http(
    client: Client, method: str, path: str, body: Any = None, *, seconds: float = SECONDS
) -> tuple[int, dict[str, str], bytes]:
    headers = {"content-type": "application/json", "accept-encoding": "identity"}
    if secret := client.key.get_secret_value():
        headers["authorization"] = f"Bearer {secret}"
    timeout = aiohttp.ClientTimeout(total=seconds)
    trust = client.wire is not None and client.wire.use_proxy
    async with aiohttp.ClientSession(timeout=timeout, trust_env=trust) as session:
        data = orjson.dumps(body) if body is not None else None
        async with session.request(
            method, client.base_url + path, data=data, headers=headers, allow_redirects=False
        ) as reply:
            return reply.status, dict(reply.headers), await reply.content.read(2_000_000)
