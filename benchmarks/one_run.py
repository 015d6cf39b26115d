"""One whole run of the product in a fresh process, with CPU and wall by node: what the speed benchmarks measure with.

    python benchmarks/one_run.py REPO --url URL | --faked LATENCY [--no-gates] [--checkpoint FILE] …

Prints one JSON object. CPU is this process's, so neither the parser's workers nor the server count; what the parser
cost is told apart, and so is what a faked model spends on making up its answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))


def options() -> argparse.ArgumentParser:
    """Return the options of a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", type=Path)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--url", default="", help="a model server's address")
    parser.add_argument("--faked", type=float, help="no HTTP: a model in this process that answers after so long")
    parser.add_argument("--no-gates", action="store_true", help="accept every answer that parses")
    parser.add_argument("--checkpoint", default="", help="attach a SQLite checkpointer in this file")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--questions", type=int, default=4)
    parser.add_argument("--requirements", type=int, default=3)
    return parser


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Run the graph; return CPU seconds, wall seconds and counts by node."""
    from qarepo_graph.engine.runs import open_run, release
    from qarepo_graph.facade import RECURSION_LIMIT
    from qarepo_graph.graph import build_graph
    from qarepo_graph.settings import Settings

    settings = Settings(
        model="openai-compatible:bench",
        base_url=given.url or "http://127.0.0.1:1/v1",
        concurrency=given.concurrency,
        questions=given.questions,
        requirements=given.requirements,
        context="relevant",
    )
    if given.url:  # start-up is measured by itself; here it would count as the first calls' cost
        import_module("qarepo_graph.llm.chat")
    async with AsyncExitStack() as stack:
        checkpointer = None
        if given.checkpoint:
            from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

            checkpointer = await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(given.checkpoint))
        graph = build_graph(checkpointer=checkpointer)
        held = open_run(given.repo, settings, given.run_dir)
        if given.faked is not None:
            held._models["openai-compatible:bench"] = faked_model(held, given.faked)
        if given.no_gates:
            accept_everything()
        nodes: dict[str, dict[str, Any]] = {}
        state: dict[str, Any] = {}
        cpu, wall = time.process_time(), time.monotonic()
        started = (cpu, wall)
        async for update in graph.astream(
            {"repo_dir": str(given.repo), "output_file": str(given.output), "run_dir": str(given.run_dir)},
            {"recursion_limit": RECURSION_LIMIT, "configurable": {"thread_id": "bench"}},
            context=settings,
            stream_mode="updates",
        ):
            for node, told in update.items():
                state |= told or {}
                now = (time.process_time(), time.monotonic())
                spent = nodes.setdefault(node, {"cpu_s": 0.0, "wall_s": 0.0})
                spent["cpu_s"] += now[0] - cpu
                spent["wall_s"] += now[1] - wall
                cpu, wall = now
        held_calls = held.meter.requests
        thinking = sum(getattr(model.backend, "cpu_s", 0.0) for model in held._models.values())
        release(held, close=True)
    return {
        "nodes": nodes,
        "calls": held_calls,
        "rows": state["export"]["rows"],
        "functions": sum(state["functions"].values()),
        "items": {
            name: state[name] for name in ("describe", "paraphrase", "ideate_requirements", "critique") if name in state
        },
        "cpu_s": cpu - started[0],
        "faked_model_cpu_s": thinking,
        "wall_s": wall - started[1],
        "parser_cpu_s": sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "ledger_mb": sum(file.stat().st_size for file in given.run_dir.glob("ledger.db*")) / 2**20,
        "checkpoint_bytes": sum(file.stat().st_size for file in Path(given.checkpoint).parent.glob("checkpoint.db*"))
        if given.checkpoint
        else 0,
    }


def faked_model(held: Any, latency: float) -> Any:
    """Return a model of this process: the truth after ``latency`` seconds, no HTTP, no client library."""
    from benchmarks.synthetic import truthful
    from qarepo_graph.engine.node_models import NodeModel
    from qarepo_graph.llm.backend import Reply, Request, Usage
    from qarepo_graph.llm.caller import Caller

    class Faked:
        spec = "openai-compatible:bench"
        identity: Mapping[str, Any] = {"model": "bench"}
        cpu_s = 0.0

        async def check(self) -> None:
            return

        async def ask(self, request: Request) -> Reply:
            await asyncio.sleep(latency)
            began = time.thread_time()
            text = truthful(request.messages[0].content, request.messages[1].content)
            self.cpu_s += time.thread_time() - began
            return Reply(text=text, finish_reason="stop", usage=Usage(prompt_tokens=900, completion_tokens=100))

        async def aclose(self) -> None:
            return

    backend: Any = Faked()
    return NodeModel(backend, Caller(backend, held.limiter), lambda _: None)


def accept_everything() -> None:
    """Switch the gates off, so that what is left is the engine's own cost."""
    from qarepo_graph.nodes import describe, ideate_requirements, paraphrase
    from qarepo_graph.schema import Verdict

    for node in (describe, paraphrase, ideate_requirements):
        node._check = lambda *_: Verdict(accepted=True)  # type: ignore[attr-defined,assignment]  # the same signature


def measured(repo: Path, folder: Path, *arguments: str) -> dict[str, Any]:
    """Run this file in a fresh process over a repository and return what it measured.

    Args:
        repo: The repository.
        folder: Run directory, output and checkpoint go here.
        arguments: Further options.
    """
    from benchmarks.machine import as_installed

    command = [sys.executable, str(Path(__file__)), str(repo), "--run-dir", str(folder / "run")]
    command += ["--output", str(folder / "rows.jsonl"), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env=as_installed())
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(options().parse_args()))))
