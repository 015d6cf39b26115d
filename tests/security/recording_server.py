"""An OpenAI-style server on loopback that keeps every byte it is sent and answers as a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], str]
"""From a request's body to the text of the reply."""


@dataclass
class Recording:
    """What arrived.

    Attributes:
        url: Base URL of the server.
        port: Its port.
        requests: ``METHOD path`` in the order of arrival.
        headers: Header lines of all requests.
        bodies: Raw bodies.
    """

    url: str = ""
    port: int = 0
    requests: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def recording_server(answer: Answer, *, redirect_to: str = "", status: int = 307) -> Iterator[Recording]:
    """Serve until the block ends.

    Args:
        answer: Makes the reply's text.
        redirect_to: Where chat requests are sent on to, with ``status``; empty answers them.
        status: Kind of redirect.
    """
    recording = Recording()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _note(self) -> bytes:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            recording.requests.append(f"{self.command} {self.path}")
            recording.headers.append(str(self.headers))
            recording.bodies.append(body)
            return body

        def _reply(self, code: int, value: Any, **headers: str) -> None:
            data = json.dumps(value).encode()
            self.send_response(code)
            for name, text in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._note()
            self._reply(200, {"object": "list", "data": [{"id": "m"}]})

        def do_CONNECT(self) -> None:
            self._note()
            self._reply(502, {})

        def do_POST(self) -> None:
            body = self._note()
            if redirect_to:
                self._reply(status, {}, Location=redirect_to + self.path)
                return
            try:
                text = answer(json.loads(body))
            except (ValueError, KeyError):  # not a chat request: something was posted here that should not be
                self._reply(404, {"error": {"message": "no such route"}})
                return
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
            self._reply(
                200, {"id": "1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}
            )

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    recording.port = server.server_address[1]
    recording.url = f"http://127.0.0.1:{recording.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield recording
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
