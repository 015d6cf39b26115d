"""One HTTP exchange under every client: one request, one bounded reply, nothing followed.

The clients of model servers have no total deadline and no size limit, follow redirects with the source code in the
body and obey proxy variables. Here a request has one deadline from start to last byte and a reply a largest size; what
is refused is raised as a ``Fault``.
"""

from __future__ import annotations

import hashlib
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from qarepo_graph.llm.backend import Fault
from qarepo_graph.safety.private_files import write_private

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""Largest reply after decompression. The longest honest one (65,536 tokens with reasoning) is below 1 MB."""


DRY_RUN = "dry_run"
"""Code of the fault that stands for a request not sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply of a server, whatever it says.

    Attributes:
        status: HTTP status.
        headers: Its headers, names in any case.
        body: Its body, decoded.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """What the server says the body is."""
        return self.headers.get("content-type", "")


class Wire:
    """Connections to one server.

    Args:
        seconds: Deadline of one request, from start to last byte.
        connections: Connections kept open.
        use_proxy: Follow the ``*_PROXY`` variables.
        dry_run: Folder that bodies are written into instead of being sent; empty sends them.
    """

    def __init__(self, *, seconds: float, connections: int, use_proxy: bool = False, dry_run: str = "") -> None:
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(10.0, seconds))
        self._connections = connections
        self.use_proxy = use_proxy
        self._dry_run = dry_run
        self._session: aiohttp.ClientSession | None = None

    async def exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request and return its whole reply.

        Args:
            method: HTTP method.
            url: Where to.
            body: What to send; empty sends none.
            headers: Headers beside the length, which is set here.

        Raises:
            Fault: When the reply is too large or damaged, the proxy is none of http, or this is a dry run.
            aiohttp.ClientError: When the connection fails.
        """
        if self._dry_run:
            raise kept_instead_of_sent(body, self._dry_run)
        proxy = _proxy_for(url) if self.use_proxy else None
        sent = self._open().request(method, url, data=body or None, headers=headers, allow_redirects=False, proxy=proxy)
        async with sent as reply:
            read = _decoded(await _read(reply), reply.headers.get("content-encoding", ""))
            return Answer(reply.status, reply.headers, read)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                trust_env=False,  # would send what ~/.netrc holds for the host, beside our key or in its place
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"accept-encoding": "identity", "user-agent": "qarepo-graph"},
            )
        return self._session


def kept_instead_of_sent(body: bytes, folder: str) -> Fault:
    """Write a request's exact body into a folder, named by its hash, and return the fault that says so.

    Raises:
        StorageError: When it cannot be written.
    """
    write_private(Path(folder) / f"{hashlib.sha256(body).hexdigest()[:16]}.json", body)
    return Fault("item", DRY_RUN, "The request was written, not sent.")


def _proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for an address; None where it names none or excepts the host.

    Raises:
        Fault: When it is no http proxy.
    """
    parts = urlsplit(url)
    named = urllib.request.getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    if urlsplit(proxy).scheme not in ("http", "https"):
        msg = f"The proxy for {parts.scheme} is not one of http; name one as http://host:port, or drop --use-proxy."
        raise Fault("stop", "proxy", msg)
    return proxy


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
