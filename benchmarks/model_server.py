"""A model behind a chat-completions address on loopback, in a process of its own so that its CPU is not counted.

    python benchmarks/model_server.py --latency 0.5 [--limit-every 20] [--broke-after 500] [--record FILE]

It answers after a fixed time with what ``synthetic.truthful`` says, prints its address as its first line, and tells
at ``GET /stats`` what it saw: the ground truth of every benchmark.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.synthetic import truthful

_LIMITED = {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}
_BROKE = {"error": {"message": "Insufficient Balance", "code": "insufficient_balance"}}
WAIT = 2.0
"""Seconds a refused request is told to wait."""
ON_THE_WAY = 0.1
"""Seconds after a refusal in which others' requests may still arrive that left before they could know of it."""


class Model:
    """What all connections share: the answers and the counts."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.first = self.last = 0.0
        self.calls = self.in_flight = self.peak = self.limited = self.refused = self.early = self.within = 0
        self.answered: Counter[bytes] = Counter()
        self._open_after: dict[bytes, float] = {}
        self._closed = (0.0, 0.0)
        self.record = Path(options.record).open("wb") if options.record else None  # noqa: SIM115 - open to the end

    def reply(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Return status and body of the reply to one request."""
        self.calls += 1
        self.last = time.monotonic()
        self.first = self.first or self.last
        asked = orjson.loads(body)
        messages = asked["messages"] or [{"role": "user", "content": ""}]
        key = hashlib.sha256(orjson.dumps([message["content"] for message in messages])).digest()
        self.early += self.last < self._open_after.pop(key, 0.0)
        self.within += self._closed[0] < self.last < self._closed[1]
        if self.options.broke_after and self.calls > self.options.broke_after:
            self.refused += 1
            return 402, _BROKE
        if self.options.limit_every and self.calls % self.options.limit_every == 0:
            self.limited += 1
            self._open_after[key] = self.last + WAIT
            self._closed = (self.last + ON_THE_WAY, self.last + WAIT)
            return 429, _LIMITED
        if self.record:
            self.record.write(body + b"\n")
        self.answered[key] += 1
        text = _content(messages, asked.get("response_format", {}).get("json_schema", {}).get("schema", {}))
        size = sum(len(message["content"]) for message in messages)
        usage = {
            "prompt_tokens": size // 4,
            "completion_tokens": len(text) // 4,
            "total_tokens": (size + len(text)) // 4,
            "prompt_tokens_details": {"cached_tokens": min(size // 4, len(messages[0]["content"]) // 4)},
        }
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if asked.get("tools"):
            call = {"name": asked["tools"][0]["function"]["name"], "arguments": text}
            message = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": call}]}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if asked.get("tools") else "stop"}
        reply = {"id": "1", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": [choice]}
        return 200, reply | {"usage": usage}

    def stats(self) -> dict[str, Any]:
        """Return what was seen so far."""
        return {
            "calls": self.calls,
            "answered": sum(self.answered.values()),
            "bought_again": sum(count - 1 for count in self.answered.values()),
            "limited": self.limited,
            "before_retry_after": self.early,
            "within_retry_after": self.within,
            "refused": self.refused,
            "peak_in_flight": self.peak,
            "in_flight": self.in_flight,
            "seconds": self.last + self.options.latency - self.first if self.first else 0.0,
        }


def _content(messages: list[dict[str, Any]], schema: dict[str, Any]) -> str:
    """Answer the benchmark's prompts; anything else (a peer's probe) gets the smallest object of its schema."""
    system = "\n".join(str(message["content"]) for message in messages if message["role"] == "system")
    user = "\n".join(str(message["content"]) for message in messages if message["role"] == "user")
    try:
        return truthful(system, user)
    except AssertionError:
        smallest = {"string": "x", "integer": 1, "number": 1, "boolean": True, "array": []}
        fields = schema.get("properties", {})
        return json.dumps({name: smallest.get(field.get("type"), {}) for name, field in fields.items()})


class Connection(asyncio.Protocol):
    """One keep-alive connection: requests in, replies out after the latency."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write to."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take every whole request that has arrived."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            self._take(head, body)

    def _take(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"post") and b"/chat/completions" in head.split(b"\r\n", 1)[0]:
            self.model.in_flight += 1
            self.model.peak = max(self.model.peak, self.model.in_flight)
            status, reply = self.model.reply(body)
            wait = self.model.options.latency if status == 200 else 0.0
            asyncio.get_running_loop().call_later(wait, self._answer, status, orjson.dumps(reply), True)
        elif b"/stats" in head.split(b"\r\n", 1)[0]:
            self._answer(200, orjson.dumps(self.model.stats()), False)
        else:
            self._answer(200, b'{"object":"list","data":[{"id":"bench","object":"model"}]}', False)

    def _answer(self, status: int, body: bytes, counted: bool) -> None:
        self.model.in_flight -= counted
        if self.transport is None or self.transport.is_closing():
            return
        extra = b"retry-after: %d\r\n" % WAIT if status == 429 else b""
        head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n"
        self.transport.write(head % (status, extra, len(body)) + body)


async def serve(options: argparse.Namespace) -> None:
    """Serve until the process is ended."""
    model = Model(options)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(model), "127.0.0.1", options.port, backlog=1024
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    async with server:
        await server.serve_forever()


class Served:
    """A model server started for one measurement."""

    def __init__(self, url: str) -> None:
        self.url = url

    def stats(self) -> dict[str, Any]:
        """Return what it saw."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=30) as reply:
            return dict(json.load(reply))


@contextlib.contextmanager
def model_server(latency: float, **options: Any) -> Iterator[Served]:
    """Run a model server in a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--latency", str(latency)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Served(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()


def _run(main: Callable[[], Any]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.5, help="seconds from a request's last byte to its reply")
    parser.add_argument("--limit-every", type=int, default=0, help="429 with Retry-After: 2 on every n-th request")
    parser.add_argument("--broke-after", type=int, default=0, help="402 on every request after the n-th")
    parser.add_argument("--record", default="", help="write each answered request's body here, one a line")
    os.environ["no_proxy"] = "*"
    with contextlib.suppress(KeyboardInterrupt):
        _run(lambda: serve(parser.parse_args()))
