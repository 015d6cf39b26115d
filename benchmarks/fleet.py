"""A fleet on a two-node Ray cluster of this machine: kills survived, rows compared, rate, throughput, scheduling.

    python -m benchmarks.fleet kills --packages 40 --functions 50 --json kills.json
    python -m benchmarks.fleet rate --json rate.json
    python -m benchmarks.fleet schedule --shards 10000 --json schedule.json

``kills`` makes its repositories from the packages installed beside it (or synthetic ones, ``--synthetic``), has the
rule-based model answer them once, and serves those answers on loopback from a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import pyarrow.parquet as pq

from benchmarks.fleet_server import Diary, model_server
from benchmarks.synthetic import function_text
from qarepo_graph.fleet.engine import Outcome, run_file
from qarepo_graph.fleet.plan import read_plan, read_spec
from qarepo_graph.fleet.shard import Part

PROJECT = Path(__file__).parents[1]
CONCURRENCY = 8
WORKERS = 2
IN_FLIGHT = CONCURRENCY * 2 * WORKERS
"""Requests of all workers at once at most: each runs two shards beside each other."""


@contextlib.contextmanager
def cluster(nodes: int = 2, processors: int = 2) -> Iterator[str]:
    """Start Ray nodes on this machine and yield the head's address."""
    os.environ |= {"PYTHONPATH": str(PROJECT), "RAY_USAGE_STATS_ENABLED": "0"}
    # Ray's own 15 starves its workers on a machine that others use too.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - Ray's spelling
    from ray.cluster_utils import Cluster

    node = {"num_cpus": processors, "object_store_memory": 200_000_000, "include_dashboard": False}
    ray = Cluster(initialize_head=True, head_node_args=node)
    try:
        for _ in range(nodes - 1):
            ray.add_node(num_cpus=processors, object_store_memory=200_000_000)
        yield str(ray.address)
    finally:
        ray.shutdown()


def write_synthetic(folder: Path, repositories: int, functions: int) -> Path:
    """Write repositories that share no function, and return their manifest."""
    lines = []
    for number in range(repositories):
        own = folder / f"repository-{number:03}"
        own.mkdir(parents=True)
        first = number * functions
        texts = [function_text(at) for at in range(first, first + functions)]
        (own / "module.py").write_text("\n\n".join(texts), encoding="utf-8")
        lines.append(json.dumps({"path": own.name}))
    return _manifest(folder, lines)


def write_packages(folder: Path, repositories: int, functions: int) -> Path:
    """Copy the Python files of installed packages, a repository each, and return their manifest."""
    lines: list[str] = []
    folder.mkdir(parents=True)
    site = Path(importlib.metadata.distribution("aiohttp").locate_file(""))
    for package in sorted(site.iterdir()):
        files = sorted(package.rglob("*.py")) if package.is_dir() and (package / "__init__.py").is_file() else []
        if len(lines) >= repositories or package.name.startswith("_"):
            continue
        if sum(file.read_bytes().count(b"def ") for file in files) < functions * 2:
            continue  # too small to fill its share
        kept = 0
        for file in files:
            if kept < functions * 3 and "test" not in file.as_posix().removeprefix(str(site)):
                target = folder / package.name / file.relative_to(package)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
                kept += file.read_bytes().count(b"def ")
        lines.append(json.dumps({"path": package.name, "settings": {"max_functions": functions}}))
    return _manifest(folder, lines)


def _manifest(folder: Path, lines: list[str]) -> Path:
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "manifest.jsonl"


def command(manifest: Path, output: Path, url: str, *options: str) -> list[str]:
    """Return a fleet's command line; without a URL the rule-based model answers."""
    model = ["--model", "openai-compatible:tiny", "--base-url", url] if url else ["--keep-prompts"]
    asked = ["--questions", "2", "--requirements", "1", "--concurrency", str(CONCURRENCY), "--json"]
    return [sys.executable, "-m", "qarepo_graph", "fleet", str(manifest), "-o", str(output), *model, *asked, *options]


def environment() -> dict[str, str]:
    """Return what a fleet's driver is started with."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "QAREPO_API_KEY": "sk-none"}


def run(arguments: list[str], log: Path) -> dict[str, Any]:
    """Run a command to its end and return its summary."""
    with log.open("w") as errors:
        done = subprocess.run(
            arguments, env=environment(), stdout=subprocess.PIPE, stderr=errors, text=True, check=False
        )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    assert done.returncode in (0, 3), (done.returncode, log.read_text()[-2000:])
    return told


def survive_kills(folder: Path, manifest: Path, diary: Diary, engine: list[str], calls: int) -> dict[str, Any]:
    """Kill a worker at a third of the calls and the driver at two thirds, run again, and say what was lost.

    Args:
        folder: Where the fleet goes.
        manifest: Its repositories.
        diary: Of the server it asks.
        engine: Options that choose the engine.
        calls: Requests that a run without kills makes.
    """
    arguments = command(manifest, folder / "killed", diary.url, *engine, "--workers", str(WORKERS), "--copies", "ask")
    diary.forget()
    with (folder / "killed.log").open("w") as log:
        driver = subprocess.Popen(arguments, env=environment(), stdout=subprocess.DEVNULL, stderr=log)
        _wait(lambda: diary.asked() >= calls // 3, driver)
        undisturbed = _rate(diary, calls // 3)
        workers(driver.pid)[0].send_signal(signal.SIGKILL)
        _wait(lambda: diary.asked() >= calls * 2 // 3, driver)
        left = workers(driver.pid)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    before = len(list((folder / "killed" / "parts").glob("*.parquet")))
    psutil.wait_procs(left, timeout=120)
    again = run(arguments, folder / "again.log")
    return {
        "parts_before_the_rerun": before,
        "asked": diary.asked(),
        "repeats": diary.repeats(),
        "repeats_allowed": CONCURRENCY * 2 + IN_FLIGHT,
        "failed": again["failed"],
        "requests_per_second_fleet": round(undisturbed, 1),
    }


def workers(driver: int) -> list[psutil.Process]:
    """Return a fleet's worker processes: the driver's own, or those that Ray names so."""
    own = [child for child in psutil.Process(driver).children() if "spawn_main" in " ".join(child.cmdline())]
    rays = [one for one in psutil.process_iter(["cmdline"]) if "ray::_Worker" in " ".join(one.info["cmdline"] or ())]
    return rays or own


def _wait(condition: Any, driver: subprocess.Popen[bytes] | None, seconds: float = 540.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert driver is None or driver.poll() is None, "the fleet ended before it could be killed"
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def compare_with_one_process(folder: Path, fleet: str) -> dict[str, int]:
    """Run the same shards one after another in this process, and compare row by row.

    Returns:
        Rows of the single process, and how many of them the fleet lost, has twice or has otherwise.
    """
    rows = lost = doubled = other = 0
    for file in read_plan(folder / fleet).shards:
        spec = read_spec(file)
        single = type(spec).from_record({**spec.to_record(), "folder": str(folder / "single")})
        (folder / "single.json").write_text(json.dumps(single.to_record()), encoding="utf-8")
        with mock.patch.dict(os.environ, {"QAREPO_API_KEY": "sk-none"}):
            outcome = run_file(str(folder / "single.json"))
        assert outcome.part is not None, outcome.error
        mine, theirs = (pq.read_table(one.part).to_pylist() for one in (single, spec))
        ids = [row["id"] for row in theirs]
        rows += len(mine)
        lost += sum(row["id"] not in set(ids) for row in mine)
        doubled += len(ids) - len(set(ids))
        other += sum(one != two for one, two in zip(mine, theirs, strict=False)) + abs(len(mine) - len(theirs))
    return {"rows": rows, "lost": lost, "doubled": doubled, "different": other}


def kills(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Kill a worker and the driver, compare with one process, and take the throughput of both."""
    if given.synthetic:
        manifest, replay = write_synthetic(folder / "repositories", given.packages, given.functions), None
        calls = given.packages * (given.functions * 2 + 1)
    else:
        manifest = write_packages(folder / "repositories", given.packages, given.functions)
        offline = run(command(manifest, folder / "offline", "", "--copies", "ask"), folder / "offline.log")
        calls, replay = offline["asked"], folder / "offline" / "runs"
    with model_server(folder, given.seconds, replay) as diary, cluster() as address:
        engine = ["--engine", "ray", "--address", address]
        started = time.monotonic()
        result = survive_kills(folder, manifest, diary, engine, calls)
        seconds = time.monotonic() - started
        print(json.dumps({"calls": calls, **result}), flush=True)
        diary.forget()
        result |= compare_with_one_process(folder, "killed")
        single = _rate(diary, calls // 3)
        # Packages hold the same function twice: asked in both with --copies ask, which no kill has to do with.
        result["repeats_of_one_process"] = diary.repeats()
    return {
        "repositories": len(manifest.read_text().splitlines()),
        "functions": read_plan(folder / "killed").functions,
        "calls": calls,
        "seconds_with_kills": round(seconds, 1),
        **result,
        "requests_per_second_one_process": round(single, 1),
        "fleet_by_one_process": round(result["requests_per_second_fleet"] / single, 2),
    }


def _rate(diary: Diary, first: int) -> float:
    """Return the requests per second over the first so many."""
    times = [entry["at"] for entry in diary.entries()][:first]
    return (len(times) - 1) / (times[-1] - times[0])


def rate(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure the rate that workers together keep, and the largest count in any window against the limit."""
    manifest = write_synthetic(folder / "repositories", 8, given.functions)
    with contextlib.ExitStack() as stack:
        diary = stack.enter_context(model_server(folder, 0.2))
        engine = ["local"] if given.local else ["ray", "--address", stack.enter_context(cluster())]
        options = ["--engine", *engine, "--workers", str(WORKERS), "--rpm", str(given.rpm)]
        run(command(manifest, folder / "rate", diary.url, *options, "--copies", "ask"), folder / "rate.log")
        times = [entry["at"] for entry in diary.entries()]
    # The steady part: all shards but the first and last parse and export while others ask.
    tenth = len(times) // 10
    steady = times[tenth:-tenth]
    per_second = (len(steady) - 1) / (steady[-1] - steady[0])
    allowed = given.rpm / 60
    over = 0.0
    at = 0
    for end in range(len(times)):
        while times[end] - times[at] > 10:
            at += 1
        over = max(over, end - at + 1 - allowed * (times[end] - times[at]) - 1)
    return {
        "engine": engine[0],
        "rpm": given.rpm,
        "requests": len(times),
        "steady_by_limit": round(per_second / allowed, 4),
        "most_over_the_limit_in_10_s": round(over, 1),
        "a_lease": min(20, max(1, int(allowed))),
        "workers": WORKERS,
    }


async def nothing(file: str) -> Outcome:
    """A shard that does nothing: what is left is scheduling."""
    return Outcome(shard=file, repository=file, part=Part(shard=file, repository=file, file=file, rows=0))


def schedule(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Schedule shards that do nothing and take time and the driver's memory."""
    from qarepo_graph.fleet.budget import Limits
    from qarepo_graph.fleet.ray_engine import RayEngine

    with cluster() as address:
        engine = RayEngine(address, WORKERS, Limits(), work="benchmarks.fleet:nothing")
        list(engine.run([f"warm-{number}" for number in range(100)]))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        blocks, done = [], 0
        started = last = time.monotonic()
        for outcome in engine.run([f"shard-{number}" for number in range(given.shards)]):
            done += outcome is not None
            if outcome is not None and done % 1000 == 0:
                blocks.append(time.monotonic() - last)
                last = time.monotonic()
        seconds = time.monotonic() - started
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        engine.close()
    assert done == given.shards
    return {
        "shards": done,
        "seconds": round(seconds, 1),
        "seconds_per_1000": round(statistics.median(blocks), 2),
        "driver_mb_before": round(before),
        "driver_mb_after": round(after),
    }


def stand(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Keep a cluster until standard input ends; the first line of standard output is its address."""
    with cluster() as address:
        print(f"address {address}", flush=True)
        sys.stdin.read()
    return {}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("kills", "rate", "schedule", "stand"))
    parser.add_argument("--packages", type=int, default=40)
    parser.add_argument("--functions", type=int, default=50)
    parser.add_argument("--synthetic", action="store_true")
    parser.add_argument("--local", action="store_true", help="rate on this machine's processes instead of Ray")
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--rpm", type=int, default=1200)
    parser.add_argument("--shards", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fleet-") as place:
        figures = {"kills": kills, "rate": rate, "schedule": schedule, "stand": stand}[chosen.part](chosen, Path(place))
    print(json.dumps(figures, indent=2))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
