"""A LangSmith endpoint on loopback that keeps what it is sent."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_INFO = {
    "version": "0.12.0",
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20 * 2**20,
        "scale_up_nthreads_limit": 1,
        "scale_up_qsize_trigger": 1000,
        "scale_down_nempty_trigger": 4,
    },
    "instance_flags": {"zstd_compression_enabled": False, "gzip_body_enabled": False},
}


@dataclass
class Receiver:
    """What arrived.

    Attributes:
        runs: Runs by id, creation and update merged.
        bodies: The raw bodies, for searching for text that must not be there.
        keys: The API keys requests came with.
    """

    url: str = ""
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, content_type: str, body: bytes) -> None:
        """Merge one multipart body: parts are named ``post.<id>``, ``post.<id>.inputs``, ``patch.<id>.outputs`` …"""
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        with self.lock:
            self.bodies.append(body)
            for part in message.iter_parts():
                _, run_id, *rest = str(part.get_param("name", header="content-disposition")).split(".")
                value = json.loads(part.get_payload(decode=True))
                run = self.runs.setdefault(run_id, {"id": run_id})
                run.update({rest[0]: value} if rest else {name: v for name, v in value.items() if v is not None})

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the runs of a name."""
        return [run for run in self.runs.values() if run["name"] == name]

    def roots(self) -> list[dict[str, Any]]:
        """Return the runs without a parent."""
        return [run for run in self.runs.values() if not run.get("parent_run_id")]

    def path(self, run: dict[str, Any]) -> list[str]:
        """Return the names from the root to a run."""
        parent = self.runs.get(run.get("parent_run_id") or "")
        return [*(self.path(parent) if parent else []), run["name"]]


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """Serve until the block ends."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            self._say(200, _INFO)

        def do_POST(self) -> None:
            body = self._body()
            kept.keys.add(self.headers.get("x-api-key", ""))
            if "multipart" in self.headers.get("content-type", ""):
                kept.take(self.headers["content-type"], body)
            self._say(202, {})

        do_PATCH = do_POST

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding", "") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            pieces = []
            while size := int(self.rfile.readline().strip(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def _say(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
