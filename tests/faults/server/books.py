"""A chat-completions server that follows a script and writes down what really arrived: the oracle of a test."""

from __future__ import annotations

import hashlib
import json
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable
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
