"""A chat-completions server on loopback, in a process of its own, that answers the same to the same and keeps a diary.

It tells the truth about synthetic functions; with ``--replay`` it says word for word what another model said to the
same messages (the ledgers of runs with ``--keep-prompts``). The diary, a line per request, is what kills are judged by.

    python benchmarks/fleet_server.py --diary diary.jsonl --seconds 0.5 [--replay fleet/runs]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.synthetic import truthful

PROJECT = Path(__file__).parents[1]


def key_of(messages: list[dict[str, str]]) -> str:
    """Name a question by its messages."""
    pairs = [(message["role"], message["content"]) for message in messages]
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()[:24]


def replayed(runs: Path) -> dict[str, str]:
    """Return what was answered, by question, from the ledgers below a folder."""
    found: dict[str, str] = {}
    for ledger in sorted(runs.rglob("ledger.db")):
        with contextlib.closing(sqlite3.connect(ledger)) as connection:
            asked = connection.execute("SELECT prompts.*, replies.text FROM prompts JOIN replies USING (key)")
            for _, messages, text in asked:
                pairs = json.loads(messages)
                found[key_of([{"role": role, "content": content} for role, content in pairs])] = text
    return found


async def serve(diary: Path, seconds: float, replay: Path | None) -> None:
    """Serve for ever; the first line of standard output is the base URL."""
    table = replayed(replay) if replay else {}
    book = diary.open("a", buffering=1, encoding="utf-8")

    async def chat(request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        key = key_of(body["messages"])
        book.write(json.dumps({"key": key, "at": time.time()}) + "\n")
        text = table.get(key)
        if text is None and table:
            text = "{}"  # asked otherwise than the model that is replayed: refused, by a fleet and by one process
        elif text is None:
            text = truthful(*(str(message["content"]) for message in body["messages"][:2]))
        # The same question always takes as long, between 0.7 and 1.3 times the mean.
        await asyncio.sleep(seconds * (0.7 + 0.6 * int(key[:4], 16) / 0xFFFF))
        message = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 600, "completion_tokens": 120, "total_tokens": 720}
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": body["model"],
                "choices": [message],
                "usage": usage,
            }
        )

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "tiny", "object": "model"}]})

    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


class Diary:
    """What a server was asked.

    Attributes:
        url: Its base URL.
    """

    def __init__(self, url: str, file: Path) -> None:
        self.url = url
        self._file = file

    def entries(self) -> list[dict[str, Any]]:
        """Return every request so far."""
        return [json.loads(line) for line in self._file.read_text(encoding="utf-8").splitlines()]

    def asked(self) -> int:
        """Return how many requests arrived."""
        return self._file.read_bytes().count(b"\n")

    def repeats(self) -> int:
        """Return how many requests asked what had been asked before."""
        counts = Counter(entry["key"] for entry in self.entries())
        return sum(count - 1 for count in counts.values())

    def forget(self) -> None:
        """Begin a new diary."""
        self._file.write_text("", encoding="utf-8")


@contextlib.contextmanager
def model_server(folder: Path, seconds: float, replay: Path | None = None) -> Iterator[Diary]:
    """Start a server in its own process and yield its diary."""
    file = folder / "diary.jsonl"
    file.write_text("", encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.fleet_server", "--diary", str(file), "--seconds", str(seconds)]
    command += ["--replay", str(replay)] if replay else []
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Diary(process.stdout.readline().strip(), file)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--diary", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--replay", type=Path)
    given = parser.parse_args()
    asyncio.run(serve(given.diary, given.seconds, given.replay))
