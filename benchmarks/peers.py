"""The same calls through other tools: wall, CPU, and what each does after kill -9, under 429 and at 402.

    python benchmarks/peers.py --peer curator=PYTHON --peer distilabel=PYTHON --peer data_designer=PYTHON
        --peer naive_langgraph=PYTHON [--functions 300] [--concurrency 64] [--latency 0.5] [--repeat 2] [--json FILE]

``PYTHON`` is the interpreter of an environment that holds the tool (versions in ``peer_programs/``). Every tool gets
the prompts a run of ours really sends, the same server, the same calls in flight. Calls are the server's count.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.floor import floor
from benchmarks.machine import as_installed, median, parser, tell
from benchmarks.model_server import model_server
from benchmarks.synthetic import write_repository

PROJECT = Path(__file__).parents[1]
PROGRAMS = {
    "curator": "with_curator",
    "data_designer": "with_data_designer",
    "distilabel": "with_distilabel",
    "naive_langgraph": "naive_langgraph",
}


class Work:
    """The prompts, and how each tool is started on them."""

    def __init__(self, folder: Path, functions: int, concurrency: int, peers: dict[str, str]) -> None:
        self.folder = folder
        self.functions = functions
        self.concurrency = concurrency
        self.peers = peers
        self.repo = write_repository(folder / "repo", functions)
        self.calls = folder / "calls.jsonl"
        self.prompts = folder / "prompts.jsonl"
        with model_server(0.0, record=self.calls) as server:
            self.run("ours", folder / "recording", server.url)
        self._write_prompts()

    def command(self, tool: str, place: Path, url: str) -> list[str]:
        """Return the command line of a tool."""
        if tool != "ours":
            program = PROJECT / "benchmarks" / "peer_programs" / f"{PROGRAMS[tool]}.py"
            return [self.peers[tool], str(program), str(self.prompts), url, str(self.concurrency), str(place)]
        options = ["--model", "openai-compatible:bench", "--base-url", url, "--concurrency", str(self.concurrency)]
        options += ["--questions", "4", "--requirements", "0", "--context", "relevant"]
        output = ["-o", str(place / "rows.jsonl"), "--run-dir", str(place / "run")]
        return [sys.executable, "-m", "qarepo_graph", "generate", str(self.repo), *output, *options]

    def start(self, tool: str, place: Path, url: str) -> psutil.Popen:
        """Start a tool."""
        place.mkdir(exist_ok=True, parents=True)
        with (place / "said.txt").open("ab") as said:
            return psutil.Popen(
                self.command(tool, place, url),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                env=as_installed(no_proxy="*"),
            )

    def run(self, tool: str, place: Path, url: str, seconds: float = 240.0) -> tuple[int, float, float]:
        """Run a tool; return exit code (-1: no end in time), wall and CPU seconds of the whole process tree."""
        before, started = psutil.Process().cpu_times(), time.monotonic()
        process = self.start(tool, place, url)
        try:
            code = process.wait(seconds)
        except psutil.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = -1
        after = psutil.Process().cpu_times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return code, time.monotonic() - started, cpu

    def _write_prompts(self) -> None:
        found: dict[str, dict[str, Any]] = {}
        for line in self.calls.read_bytes().splitlines():
            messages = json.loads(line)["messages"]
            name = re.search(r"# Function[^`]*`(\w+?_\d+)`", messages[1]["content"])
            assert name
            kind = "paraphrase" if '"questions"' in messages[0]["content"] else "describe"
            found.setdefault(name.group(1), {})[kind] = messages
        lines = [json.dumps(row) + "\n" for row in found.values() if len(row) == 2]
        assert len(lines) == self.functions
        self.prompts.write_text("".join(lines), encoding="utf-8")


def rows_of(place: Path) -> int:
    """Return the rows a tool wrote."""
    file = place / "rows.jsonl"
    return sum(1 for _ in file.open(encoding="utf-8")) if file.is_file() else 0


def last_words(place: Path) -> str:
    """Return the last line a tool said."""
    lines = [line.strip() for line in (place / "said.txt").read_text(encoding="utf-8", errors="replace").splitlines()]
    return next((line[:200] for line in reversed(lines) if line), "")


def clean(work: Work, tools: list[str], latency: float, repeat: int) -> dict[str, Any]:
    """Measure undisturbed runs, the tools in turn within each round."""
    walls: dict[str, list[float]] = {}
    figures: dict[str, Any] = {}
    seen: dict[str, list[dict[str, float]]] = {tool: [] for tool in tools}
    for number in range(repeat):
        with model_server(latency) as server:
            walls.setdefault("floor", []).append(floor(work.calls, server.url, work.concurrency)["wall_s"])
        for tool in tools:
            place = work.folder / f"{tool}-{number}"
            with model_server(latency) as server:
                code, wall, cpu = work.run(tool, place, server.url)
                told = server.stats()
            seen[tool].append({"wall_s": wall, "calls_s": told["seconds"], "cpu_ms": cpu / (2 * work.functions) * 1000})
            figures[tool] = {
                "exit": code,
                "calls": told["calls"],
                "peak_in_flight": told["peak_in_flight"],
                "rows": rows_of(place),
            }
    names = ("wall_s", "calls_s", "cpu_ms")
    for tool in tools:
        for name in names:
            figures[tool][name] = median(round_[name] for round_ in seen[tool])
    best = {name: min(figures[tool][name] for tool in tools if tool != "ours") for name in names}
    ratios = {name: round(figures["ours"][name] / least, 3) for name, least in best.items()}
    return figures | {"floor": {"calls_s": median(walls["floor"])}, "ours_to_best": ratios}


def again(work: Work, tools: list[str], latency: float) -> dict[str, Any]:
    """Kill each tool's process group half way, then run the same command again; count what is bought twice."""
    figures = {}
    for tool in tools:
        place = work.folder / f"{tool}-killed"
        with model_server(latency) as server:
            process = work.start(tool, place, server.url)
            deadline = time.monotonic() + 240
            while server.stats()["calls"] < work.functions * 3 // 2 and process.poll() is None:
                time.sleep(0.05)
                if time.monotonic() > deadline:
                    break
            at_kill = server.stats()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(latency + 0.5)
            code, _, _ = work.run(tool, place, server.url)
            told = server.stats()
        figures[tool] = {
            "answered_at_kill": at_kill["calls"] - at_kill["in_flight"],
            "in_flight_at_kill": at_kill["in_flight"],
            "bought_again": told["bought_again"],
            "exit": code,
            "said": last_words(place),
            "rows": rows_of(place),
        }
    return figures


def limited(work: Work, tools: list[str], latency: float) -> dict[str, Any]:
    """Answer every 20th request with 429 and ``Retry-After: 2``."""
    figures = {}
    for tool in tools:
        place = work.folder / f"{tool}-limited"
        with model_server(latency, limit_every=20) as server:
            code, wall, _ = work.run(tool, place, server.url)
            told = server.stats()
        figures[tool] = {
            "wall_s": round(wall, 1),
            "calls_s": round(told["seconds"], 1),
            "limited": told["limited"],
            "asked_again_too_early": told["before_retry_after"],
            "others_asked_meanwhile": told["within_retry_after"],
            "exit": code,
            "rows": rows_of(place),
        }
    return figures


def broke(work: Work, tools: list[str], latency: float) -> dict[str, Any]:
    """Answer 402 after half the descriptions; then top up and run the same command again."""
    figures = {}
    for tool in tools:
        place = work.folder / f"{tool}-broke"
        with model_server(latency, broke_after=work.functions // 2) as server:
            code, _, _ = work.run(tool, place, server.url)
            told, said = server.stats(), last_words(place)
        # The same address as before: to some tools another one is another piece of work.
        with model_server(latency, port=urlsplit(server.url).port) as server:
            after, _, _ = work.run(tool, place, server.url)
            topped_up = server.stats()
        figures[tool] = {
            "requests_after_402": told["refused"],
            "exit": code,
            "said": said,
            "calls_after_top_up": topped_up["calls"],
            "exit_after_top_up": after,
            "rows": rows_of(place),
        }
    return figures


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    options.add_argument("--functions", type=int, default=300)
    options.add_argument("--concurrency", type=int, default=64)
    options.add_argument("--latency", type=float, default=0.5)
    options.add_argument("--part", choices=("clean", "kill", "429", "402"), action="append")
    given = options.parse_args()
    parts = given.part or ("clean", "kill", "429", "402")
    peers = dict(entry.split("=", 1) for entry in given.peer)
    if not peers or not set(peers) <= set(PROGRAMS):
        options.error(f"name at least one --peer NAME=PYTHON; there are programs for {', '.join(PROGRAMS)}")
    folder = Path(tempfile.mkdtemp())
    try:
        work = Work(folder, given.functions, given.concurrency, peers)
        tools = ["ours", *peers]
        figures: dict[str, Any] = {"functions": given.functions, "calls_needed": 2 * given.functions}
        if "clean" in parts:
            figures["clean"] = clean(work, tools, given.latency, given.repeat)
        if "kill" in parts:
            figures["kill"] = again(work, tools, given.latency)
        if "429" in parts:
            figures["429"] = limited(work, tools, given.latency)
        if "402" in parts:
            figures["402"] = broke(work, tools, given.latency)
        tell(figures, given.json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
