"""The HTTP transport under the LangChain clients: one request, one bounded reply, nothing followed.

The SDKs have no total deadline, no size limit, follow redirects with the source code in the body, obey proxy
variables, and let a cut or wrongly shaped success pass (measured: an HTML page comes back as ``str``). This transport
is given to them as their HTTP client's; what it refuses it raises as a ``Fault``, which the SDKs carry as a cause.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import orjson

from qarepo_graph.llm.backend import Fault
from qarepo_graph.safety.private_files import write_private

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""Largest reply after decompression. The longest honest one (65,536 tokens with reasoning) is below 1 MB."""


DRY_RUN = "dry_run"
"""Code of the fault that stands for a request not sent."""


class Transport:
    """An asynchronous HTTPX-style transport over one aiohttp session.

    Args:
        http: The HTTPX generation of the client that will use it (``httpx2`` for openai 3, ``httpx`` for ollama).
        seconds: Deadline of one request, from start to last byte.
        connections: Connections kept open.
        use_proxy: Follow the ``*_PROXY`` variables.
        dry_run: Folder that bodies are written into instead of being sent; empty sends them.
    """

    def __init__(
        self, http: ModuleType, *, seconds: float, connections: int, use_proxy: bool = False, dry_run: str = ""
    ) -> None:
        self._http = http
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(10.0, seconds))
        self._connections = connections
        self.use_proxy = use_proxy
        self._dry_run = dry_run
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: Any) -> Any:
        """Send a request and return its whole reply.

        Raises:
            Fault: When the reply is too large, or a success without the shape of a chat completion.
            aiohttp.ClientError: When the connection fails.
        """
        headers = {**request.headers, "accept-encoding": "identity"}
        for name in ("content-length", "transfer-encoding", "connection"):
            headers.pop(name, None)  # aiohttp's own business
        url, method = str(request.url), request.method
        if self._dry_run:
            raise kept_instead_of_sent(await request.aread(), self._dry_run)
        sent = await request.aread()
        async with self._open().request(
            method, url, data=sent or None, headers=headers, allow_redirects=False
        ) as reply:
            body = _decoded(await _read(reply), reply.headers.get("content-encoding", ""))
            if reply.status < 300 and method == "POST":
                _refuse_strange(body, reply.headers.get("content-type", ""), sent)
            kept = {"content-type": reply.headers.get("content-type", "")}
            kept |= {name: value for name, value in reply.headers.items() if name.lower().startswith("retry-after")}
            return self._http.Response(reply.status, headers=kept, content=body, request=request)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Transport:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                trust_env=self.use_proxy,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def kept_instead_of_sent(body: bytes, folder: str) -> Fault:
    """Write a request's exact body into a folder, named by its hash, and return the fault that says so.

    Raises:
        StorageError: When it cannot be written.
    """
    write_private(Path(folder) / f"{hashlib.sha256(body).hexdigest()[:16]}.json", body)
    return Fault("item", DRY_RUN, "The request was written, not sent.")


class NoTransport:
    """Stands where an SDK's blocking client would open connections of its own, past our limits."""

    def handle_request(self, request: Any) -> Any:
        """Refuse.

        Raises:
            RuntimeError: Always; the engine asks asynchronously.
        """
        msg = f"This model is asked asynchronously only; use ainvoke (refused: {request.method} {request.url.host})."
        raise RuntimeError(msg)

    def close(self) -> None:
        """Do nothing: nothing was opened."""

    def __enter__(self) -> NoTransport:
        return self

    def __exit__(self, *_exc: object) -> None:
        return


async def _read(reply: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in reply.content.iter_any():
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            raise _too_big()
    return bytes(body)


def _decoded(body: bytes, encoding: str) -> bytes:
    """Undo a compression we did not ask for, within the same limit."""
    if encoding.lower() in ("", "identity"):
        return body
    if encoding.lower() not in ("gzip", "deflate"):
        msg = f"The server sent the encoding {encoding[:20]!r}, which was not asked for."
        raise Fault("retry", "body", msg)
    try:
        plain = zlib.decompressobj(wbits=47).decompress(body, MAX_REPLY_BYTES + 1)
    except zlib.error:
        raise Fault("retry", "body", "The server's reply is damaged.") from None
    if len(plain) > MAX_REPLY_BYTES:
        raise _too_big()
    return plain


def _too_big() -> Fault:
    return Fault("item", "too_big", f"The reply is larger than {MAX_REPLY_BYTES // 2**20} MB.")


def _refuse_strange(body: bytes, content_type: str, sent: bytes) -> None:
    """Refuse a success that is none. Streams that were asked for are judged by the client that reads them."""
    if "event-stream" in content_type or "ndjson" in content_type:
        if "event-stream" in content_type and not orjson.loads(sent).get("stream"):
            # Once is a gateway's slip: asking for streams from then on would break the run with one that has none.
            raise Fault("retry", "body", "The server sent a stream that was not asked for.", status=200)
        return
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        what = "is empty" if not body.strip() else "is not JSON"
        raise Fault("retry", "body", f"The server's reply {what}.", status=200) from None
    if isinstance(value, Mapping) and value.get("error"):
        from qarepo_graph.llm.faults import fault_of_response

        status = _status_inside(value["error"])
        raise fault_of_response(status, {}, body)
    if not _is_completion(value):
        raise Fault("retry", "body", "The server's reply holds no answer.", status=200)


def _status_inside(error: Any) -> int:
    code = error.get("code") if isinstance(error, Mapping) else None
    return int(code) if isinstance(code, int) and 300 <= code < 600 else 500


def _is_completion(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("message"), Mapping) and "choices" not in value:
        return True  # Ollama's native shape
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return False
    return isinstance(choices[0].get("message"), Mapping)
