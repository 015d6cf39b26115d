"""The whole product as a subprocess against a server of ours: what it said, what it left behind, what it was billed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.synthetic import truthful, write_repository
from tests.faults.server import Act, Asked, answer

PROJECT = Path(__file__).parents[2]
OPTIONS = ["--concurrency", "4"]
"""How a test runs the product unless it is about something else."""

_started: list[asyncio.subprocess.Process] = []


def honest(seconds: float = 0.0) -> Act:
    """Answer truthfully about the synthetic repository."""
    return answer(truth, seconds)


def truth(asked: Asked) -> str:
    """Return the true answer to a prompt about the synthetic repository."""
    system, user = (str(message["content"]) for message in asked.body["messages"][:2])
    return truthful(system, user)


def number_of(asked: Asked, node: str = "describe") -> int | None:
    """Return the number of the function that a node's request is about, None for requests of other nodes."""
    system = str(asked.body["messages"][0]["content"])
    asking = "paraphrase" if '"questions"' in system else "ideate_requirements" if '"reuses"' in system else "describe"
    found = re.search(r"# Function[^`]*`\w+?_(\d+)`", asked.text)
    return int(found[1]) if found and asking == node else None


@dataclass
class Product:
    """``qarepo generate`` on a synthetic repository in a folder of its own.

    Attributes:
        folder: Where it runs; the run directory and the rows lie in it.
        functions: Size of the repository.
        options: Further options of ``generate``.
        under: A command that starts it: ``strace``, a shell with limits.
    """

    folder: Path
    functions: int = 20
    options: list[str] = field(default_factory=list)
    under: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not (self.folder / "repo").exists():
            write_repository(self.folder / "repo", self.functions)

    @property
    def rows(self) -> bytes:
        """The dataset file's bytes."""
        return (self.folder / "rows.json").read_bytes()

    def arguments(self, url: str) -> list[str]:
        """Return the command line."""
        return [
            *self.under,
            *(sys.executable, "-m", "qarepo_graph", "generate", "repo", "-o", "rows.json", "--run-dir", "run"),
            *("--model", "openai-compatible:tiny", "--base-url", url, "--questions", "2", "--requirements", "1"),
            *self.options,
        ]

    async def start(self, url: str, **environment: str) -> asyncio.subprocess.Process:
        """Start the product."""
        variables = {**os.environ, "PYTHONPATH": str(PROJECT), "QAREPO_API_KEY": "sk-canary-0123456789", **environment}
        process = await asyncio.create_subprocess_exec(
            *self.arguments(url),
            cwd=self.folder,
            env=variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        _started.append(process)
        return process

    async def run(self, url: str, seconds: float = 300, **environment: str) -> tuple[int, str]:
        """Run the product to its end; return exit code and everything it said."""
        process = await self.start(url, **environment)
        try:
            out, error = await asyncio.wait_for(process.communicate(), seconds)
        finally:
            _kill(process)
        assert process.returncode is not None
        return process.returncode, out.decode() + error.decode()

    async def kill_after(self, url: str, server: Any, requests: int) -> int:
        """Start the product and kill its process group once the server saw so many requests; return its code."""
        process = await self.start(url)
        await until(lambda: len(server.asked) >= requests or process.returncode is not None)
        _kill(process)
        await process.communicate()
        assert process.returncode is not None
        return process.returncode

    async def status(self) -> dict[str, Any]:
        """Return ``qarepo status --json``."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "qarepo_graph", "status", "run", "--json"),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        found: dict[str, Any] = json.loads(out)
        return found


def kill_what_was_started() -> None:
    """End every product that a test started and did not see end, with all that it started itself."""
    while _started:
        _kill(_started.pop())


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):  # it ended, and nobody has asked yet
            os.killpg(process.pid, signal.SIGKILL)


async def until(condition: Any, seconds: float = 60.0) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: When it does not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.01)
