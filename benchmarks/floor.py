"""The least any program needs for a run's calls: the same bodies to the same server from a bare pool, then nothing.

    python benchmarks/floor.py CALLS --url URL --concurrency 64 [--client httpx2]

``CALLS`` is what ``model_server.py --record`` wrote of a real run. The stages keep their order: a stage starts when the
one it needs is over, as in the graph. Prints CPU of this process, wall from first to last call and number of calls.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

Send = Callable[[bytes], Awaitable[bytes]]


def stages_of(calls: Path) -> list[list[bytes]]:
    """Return the bodies by stage: descriptions first, then questions and requirements together."""
    first: list[bytes] = []
    then: list[bytes] = []
    for body in calls.read_bytes().splitlines():
        system = json.loads(body)["messages"][0]["content"]
        (then if '"questions"' in system or '"reuses"' in system else first).append(body)
    return [first, then]


async def replay(stages: list[list[bytes]], concurrency: int, send: Send) -> float:
    """Send every body, so many at a time, one stage after the other; return the wall seconds."""
    started = time.monotonic()

    async def work(bodies: Iterator[bytes]) -> None:
        for body in bodies:
            text = json.loads(await send(body))["choices"][0]["message"]["content"]
            assert isinstance(json.loads(text), dict)

    for stage in stages:
        bodies = iter(stage)
        await asyncio.gather(*(work(bodies) for _ in range(concurrency)))
    return time.monotonic() - started


@contextlib.asynccontextmanager
async def aiohttp_client(url: str, concurrency: int) -> Any:
    """Yield a sender over one aiohttp session, the leanest client there is."""
    import aiohttp

    headers = {"content-type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency), headers=headers) as session:

        async def send(body: bytes) -> bytes:
            async with session.post(f"{url}/chat/completions", data=body) as reply:
                return await reply.read()

        yield send


@contextlib.asynccontextmanager
async def httpx_client(url: str, concurrency: int) -> Any:
    """Yield a sender over one httpx2 client, what the model SDKs stand on."""
    import httpx2

    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    headers = {"content-type": "application/json"}
    async with httpx2.AsyncClient(limits=limits, timeout=60, headers=headers, trust_env=False) as client:

        async def send(body: bytes) -> bytes:
            return bytes((await client.post(f"{url}/chat/completions", content=body)).content)

        yield send


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Replay and measure."""
    stages = stages_of(given.calls)
    client = httpx_client if given.client == "httpx2" else aiohttp_client
    async with client(given.url, given.concurrency) as send:
        cpu = time.process_time()
        wall = await replay(stages, given.concurrency, send)
        cpu = time.process_time() - cpu
    calls = sum(map(len, stages))
    return {"calls": calls, "wall_s": wall, "cpu_s": cpu, "cpu_ms_per_call": cpu / calls * 1000}


def floor(calls: Path, url: str, concurrency: int, client: str = "aiohttp") -> dict[str, Any]:
    """Run this file in a fresh process and return what it measured."""
    command = [sys.executable, str(Path(__file__)), str(calls), "--url", url]
    command += ["--concurrency", str(concurrency), "--client", client]
    return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--client", choices=("aiohttp", "httpx2"), default="aiohttp")
    print(json.dumps(asyncio.run(run(parser.parse_args()))))
