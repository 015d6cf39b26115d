"""Connections that aiohttp is too polite for: bytes as they are, and a line that is cut, slow or down."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field


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
