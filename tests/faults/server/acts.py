"""What a server may do with a request: answer, refuse, hang, drip, flood, reset; and scripts that choose among them."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import zlib
from typing import Any

from aiohttp import web

from tests.faults.server.books import Act, Answer, Asked, Script


def completion(
    text: str | None,
    *,
    finish_reason: str | None = "stop",
    model: str = "tiny",
    usage: dict[str, Any] | None = None,
    **message: Any,
) -> dict[str, Any]:
    """Return a chat completion as OpenAI's interface describes it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": usage or {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def answer(text: str | Answer | None, seconds: float = 0.0, **parts: Any) -> Act:
    """Answer properly, after some time."""

    async def act(request: web.Request, entry: Asked) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        said = text(entry) if callable(text) else text
        told = {"model": entry.body["model"]} | ({"usage": entry.usage} if entry.usage else {})
        response = web.json_response(completion(said, **(told | parts)))
        await response.prepare(request)
        await response.write_eof()
        entry.billed = True
        return response

    act.__name__ = "answer"
    return act


def say(
    status: int,
    body: Any = "",
    headers: dict[str, str] | None = None,
    *,
    content_type: str = "application/json",
    billed: bool = False,
) -> Act:
    """Answer with a status, a body (bytes, text, or JSON types) and headers."""
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

    async def act(_request: web.Request, entry: Asked) -> web.StreamResponse:
        entry.billed = billed
        return web.Response(status=status, body=data, headers={"Content-Type": content_type, **(headers or {})})

    act.__name__ = f"say {status}"
    return act


def error(
    status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None, **more: Any
) -> Act:
    """Refuse in OpenAI's error format."""
    inner = {"message": message, "type": "invalid_request_error", "param": None, "code": code, **more}
    return say(status, {"error": inner}, headers)


def hang() -> Act:
    """Accept and never answer."""

    async def act(_request: web.Request, _entry: Asked) -> web.StreamResponse:
        await asyncio.sleep(3600)
        raise AssertionError

    act.__name__ = "hang"
    return act


def drip(piece: bytes = b"\n", every: float = 0.05, content_type: str = "application/json") -> Act:
    """Send headers, then a little of nothing for ever, as a busy provider keeps a connection alive."""

    async def act(request: web.Request, _entry: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        while True:
            await response.write(piece)
            await asyncio.sleep(every)

    act.__name__ = "drip"
    return act


def keep_alive_then(text: str, lines: int = 5, every: float = 0.02) -> Act:
    """Send blank lines, then a proper answer."""

    async def act(request: web.Request, entry: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for _ in range(lines):
            await response.write(b"\n")
            await asyncio.sleep(every)
        await response.write(json.dumps(completion(text)).encode())
        await response.write_eof()
        entry.billed = True
        return response

    act.__name__ = "keep_alive_then"
    return act


def flood(megabytes: int) -> Act:
    """Send a body of many megabytes."""

    async def act(request: web.Request, _entry: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for _ in range(megabytes):
            await response.write(b"a" * 2**20)
        await response.write_eof()
        return response

    act.__name__ = "flood"
    return act


def gzip_bomb(megabytes: int) -> Act:
    """Send zeros that unpack to a thousand times their size."""
    packer = zlib.compressobj(wbits=31)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(megabytes)) + packer.flush()
    return say(200, packed, {"Content-Encoding": "gzip"})


def reset(*, after: bytes | None = None) -> Act:
    """Reset the connection (RST), before the headers or after part of a body."""

    async def act(request: web.Request, _entry: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "4096"})
        if after is not None:
            await response.prepare(request)
            await response.write(after)
            await asyncio.sleep(0.02)
        assert request.transport is not None
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
        return response

    act.__name__ = "reset"
    return act


def stream(events: list[str]) -> Act:
    """Send server-sent events and close cleanly, whether or not they came to an end."""
    body = "".join(f"data: {event}\n\n" for event in events)
    return say(200, body, content_type="text/event-stream")


def chunk(text: str | None, finish_reason: str | None = None) -> str:
    """Return one streamed event."""
    delta = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    return json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny", "choices": [delta]})


def in_order(*acts: Act) -> Script:
    """Follow a list by the attempt at each question; the last act repeats."""
    return lambda asked: acts[min(asked.attempt, len(acts)) - 1]


def at_random(seed: int, share: float, faults: list[Act], otherwise: Act) -> Script:
    """Misbehave for a share of the requests, the same ones for the same seed, key and attempt."""

    def script(asked: Asked) -> Act:
        dice = random.Random(f"{seed}:{asked.key}:{asked.attempt}")
        return dice.choice(faults) if dice.random() < share else otherwise

    return script
