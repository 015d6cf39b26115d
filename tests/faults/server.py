"""Servers that misbehave on loopback, and write down what really arrived.

``FaultServer`` speaks the chat-completions interface. A script, a function of the request and its attempt, chooses an
act per request: answer, refuse, hang, drip, cut. Its ledger is the oracle of a test: what was accepted, when, with
which body, how much was billed, how many were in flight at once. ``raw_server`` and ``TcpProxy`` do to the connection
what aiohttp is too polite for. Nothing of the product is patched; a test may run it in-process or as a subprocess.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import random
import socket
import ssl
import struct
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Asked:
    """One request as the oracle saw it.

    Attributes:
        key: Hash of its messages: the same question has the same key.
        attempt: How often this key was asked before, plus one.
        ordinal: Its place among all requests, from 1.
        at: Monotonic time of arrival.
        billed: Whether a complete answer was written, so that a provider would have billed it.
        usage: Tokens to tell instead of the usual ones.
    """

    key: str
    attempt: int
    ordinal: int
    at: float
    body: dict[str, Any]
    headers: dict[str, str]
    done_at: float = 0.0
    billed: bool = False
    act: str = ""
    usage: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """The user's message."""
        return str(self.body["messages"][-1]["content"])


Act = Callable[[web.Request, Asked], Awaitable[web.StreamResponse]]
Script = Callable[[Asked], Act]
Answer = Callable[[Asked], str]


@dataclass
class FaultServer:
    """A chat-completions server that follows a script.

    Attributes:
        script: Chooses the act for each request.
        tls: Makes it an https server.
        models: What ``GET /models`` lists.
        asked: The oracle's ledger, in order of arrival.
        peak: Most requests in flight at once.
    """

    script: Script
    tls: ssl.SSLContext | None = None
    models: list[str] = field(default_factory=lambda: ["tiny"])
    asked: list[Asked] = field(default_factory=list)
    peak: int = 0
    url: str = ""
    _in_flight: int = 0
    _per_key: Counter[str] = field(default_factory=Counter)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> FaultServer:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._list)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def billed(self) -> Counter[str]:
        """How often each key was answered in full."""
        return Counter(entry.key for entry in self.asked if entry.billed)

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        key = request_key(body)
        self._per_key[key] += 1
        entry = Asked(key, self._per_key[key], len(self.asked) + 1, time.monotonic(), body, dict(request.headers))
        self.asked.append(entry)
        self._in_flight += 1
        self.peak = max(self.peak, self._in_flight)
        try:
            act = self.script(entry)
            entry.act = getattr(act, "__name__", "act")
            return await act(request, entry)
        finally:
            entry.done_at = time.monotonic()
            self._in_flight -= 1


def request_key(body: dict[str, Any]) -> str:
    """Name a question by its messages."""
    return hashlib.sha256(json.dumps(body["messages"], sort_keys=True).encode()).hexdigest()[:16]


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


@contextlib.asynccontextmanager
async def raw_server(reply: Callable[[int], bytes], *, close: str = "close") -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve bytes as they are: wrong lengths, bad chunks, half a reply.

    Args:
        reply: From the request's ordinal to the bytes sent.
        close: ``close``, ``reset`` (RST right after the bytes) or ``linger`` (the connection stays open).

    Yields:
        The base URL and the requests' bytes.
    """
    seen: list[bytes] = []
    open_writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            seen.append(await _read_request(reader))
            writer.write(reply(len(seen)))
            await writer.drain()
            if close == "linger":
                return
            if close == "reset":
                await asyncio.sleep(0.02)
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", seen
    finally:
        server.close()
        for writer in open_writers:
            writer.transport.abort()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    return head + await reader.readexactly(length)


def http_bytes(body: bytes, *, status: str = "200 OK", length: int | None = None, headers: str = "") -> bytes:
    """Return an HTTP reply with any Content-Length."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n{headers}\r\n"
    return head.encode() + body


@dataclass
class TcpProxy:
    """Forward a port, and take the line down, slow it, or cut it after some bytes.

    Attributes:
        target: Base URL it forwards to.
        latency: Seconds added to every piece that comes back.
        cut_after: Bytes of the reply after which the connection is reset; 0 = never.
    """

    target: str
    latency: float = 0.0
    cut_after: int = 0
    url: str = ""
    _server: asyncio.Server | None = None
    _port: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> TcpProxy:
        await self.up()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, reuse_address=True)
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/v1"

    async def down(self) -> None:
        """Refuse new connections and reset the open ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self.target.removeprefix("http://").split("/")[0].split(":")
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        await asyncio.gather(
            self._pump(reader, far_writer, 0, 0.0), self._pump(far_reader, writer, self.cut_after, self.latency)
        )
        self._writers -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: int, latency: float) -> None:
        passed = 0
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65536):
                await asyncio.sleep(latency)
                if cut and passed + len(piece) > cut:
                    writer.write(piece[: cut - passed])
                    await writer.drain()
                    writer.transport.abort()
                    return
                passed += len(piece)
                writer.write(piece)
                await writer.drain()
        with contextlib.suppress(ConnectionError, RuntimeError):
            writer.close()
