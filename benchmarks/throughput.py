"""How close a run comes to the bare calls it makes: wall against the same calls from a bare pool, CPU per call, start.

    python benchmarks/throughput.py [--case 64:0.5:320 …] [--repeat 3] [--json FILE]

A case is concurrency:latency:functions. Floor and run alternate against fresh servers of the same latency; a ratio is
taken within each round and the median of the rounds is told.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.floor import floor
from benchmarks.machine import as_installed, median, parser, tell
from benchmarks.model_server import model_server
from benchmarks.one_run import measured
from benchmarks.synthetic import write_repository

PROJECT = Path(__file__).parents[1]
ASKING = ("describe", "paraphrase", "ideate_requirements")
CASES = ("64:0.5:600", "64:2:320", "256:1:1500")


def asking_cpu(run: dict[str, Any]) -> float:
    """Return the CPU milliseconds per call of the nodes that ask a model; a faked model's own thinking is no part."""
    spent = sum(run["nodes"][node]["cpu_s"] for node in ASKING) - run["faked_model_cpu_s"]
    return float(spent / run["calls"] * 1000)


def over_http(case: str, repeat: int, folder: Path) -> dict[str, Any]:
    """Measure one case against the floor."""
    concurrency, latency, functions = (float(part) for part in case.split(":"))
    repo = write_repository(folder / f"repo-{functions:.0f}", int(functions))
    recording = folder / f"recording-{case.replace(':', '-')}"
    calls = folder / f"{recording.name}.jsonl"
    common = ("--concurrency", f"{concurrency:.0f}", "--requirements", "1")
    with model_server(0.0, record=calls) as server:
        measured(repo, recording, "--url", server.url, *common)
    walls, cpus, clients, bare, ratios, cpu_ratios, nodes = [], [], [], [], [], [], []
    for number in range(repeat):
        with model_server(latency) as server:
            least = floor(calls, server.url, int(concurrency))
        with model_server(latency) as server:
            httpx = floor(calls, server.url, int(concurrency), "httpx2")
        with model_server(latency) as server:
            run = measured(repo, folder / f"run-{case}-{number}", "--url", server.url, *common)
            seen = server.stats()
        with model_server(latency) as server:
            ungated = measured(repo, folder / f"ungated-{case}-{number}", "--url", server.url, "--no-gates", *common)
        assert seen["calls"] == least["calls"] == run["calls"], (seen, least, run["calls"])
        assert seen["peak_in_flight"] <= concurrency
        walls.append(seen["seconds"])
        ratios.append(seen["seconds"] / least["wall_s"])
        cpus.append(asking_cpu(run))
        clients.append(asking_cpu(ungated))
        bare.append(httpx["cpu_ms_per_call"])
        cpu_ratios.append(clients[-1] / bare[-1])
        nodes.append({node: round(spent["wall_s"], 2) for node, spent in run["nodes"].items()})
    return {
        "case": case,
        "calls": seen["calls"],
        "wall_s": median(walls),
        "wall_to_floor": median(ratios),
        "wall_to_floor_each": [round(ratio, 3) for ratio in ratios],
        "cpu_ms_per_call_with_client": median(clients),
        "cpu_ms_per_call_with_client_and_gates": median(cpus),
        "cpu_ms_per_call_bare_httpx": median(bare),
        "cpu_with_client_to_bare_httpx": median(cpu_ratios),
        "peak_in_flight": seen["peak_in_flight"],
        "node_walls": nodes,
    }


def own_cost(repeat: int, folder: Path) -> dict[str, Any]:
    """Measure the engine alone: no HTTP, no gates; then what the gates add."""
    repo = write_repository(folder / "repo-own", 500)
    runs: dict[str, list[float]] = {"engine": [], "with_gates": []}
    for number in range(repeat):
        for name, options in (("engine", ("--no-gates",)), ("with_gates", ())):
            run = measured(repo, folder / f"own-{name}-{number}", "--faked", "0.02", "--requirements", "1", *options)
            runs[name].append(asking_cpu(run))
    engine, both = median(runs["engine"]), median(runs["with_gates"])
    return {"cpu_ms_per_call_engine": engine, "cpu_ms_per_call_gates": median([both - engine]), "each": runs}


def start_up(repeat: int, folder: Path) -> dict[str, Any]:
    """Measure CPU of ``qarepo --help``, and of ``qarepo generate`` until its first request."""
    repo = write_repository(folder / "repo-small", 20)
    product = [sys.executable, "-m", "qarepo_graph"]
    helps, firsts = [], []
    subprocess.run(
        [*product, "plan", str(repo)], stdout=subprocess.DEVNULL, check=True, cwd=PROJECT, env=as_installed()
    )
    for number in range(repeat):
        before = psutil.Process().cpu_times()
        subprocess.run([*product, "--help"], stdout=subprocess.DEVNULL, check=True, cwd=PROJECT, env=as_installed())
        after = psutil.Process().cpu_times()
        helps.append(sum(after[2:4]) - sum(before[2:4]))
        with model_server(60.0) as server:
            options = ["--model", "openai-compatible:bench", "--base-url", server.url, "--yes"]
            options += ["-o", str(folder / "start.jsonl"), "--run-dir", str(folder / f"start-{number}")]
            command = [*product, "generate", str(repo), *options]
            process = psutil.Popen(command, stdout=subprocess.DEVNULL, cwd=PROJECT, env=as_installed())
            while not server.stats()["calls"]:
                time.sleep(0.02)
            spent = process.cpu_times()
            for child in process.children(recursive=True):
                child.kill()
            process.kill()
            process.wait()
        firsts.append(sum(spent[:4]))
    return {"help_cpu_s": median(helps), "first_request_cpu_s": median(firsts)}


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--case", action="append", help="concurrency:latency:functions; repeatable")
    options.add_argument("--part", choices=("wall", "own", "start"), action="append", help="only these; repeatable")
    given = options.parse_args()
    parts = given.part or ("wall", "own", "start")
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        if "start" in parts:
            figures["start"] = start_up(given.repeat, Path(name))
        if "own" in parts:
            figures["own"] = own_cost(given.repeat, Path(name))
        if "wall" in parts:
            figures["wall"] = [over_http(case, given.repeat, Path(name)) for case in given.case or CASES]
    tell(figures, given.json)


if __name__ == "__main__":
    main()
