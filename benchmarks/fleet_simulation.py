"""Ten thousand repositories on a simulated cluster: time, calls lost to deaths, and what the tail costs.

A discrete simulation with the figures measured on this project: processor time per call, seconds per function parsed,
the actor's start, shards per second of the driver. Everything else is an assumption and a parameter. Nothing of the
product runs here; what was really run is in ``benchmarks/fleet.py``.

    python -m benchmarks.fleet_simulation --json simulation.json
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What the simulation takes for granted.

    Attributes:
        repositories: How many.
        median_functions: Of a repository; sizes are log-normal.
        sigma: Spread of the sizes: 1.6 makes the largest of 10,000 about 400 times the median.
        calls_per_function: A description and its questions, some asked twice.
        latency: Seconds of a call, mean; drawn log-normal.
        latency_sigma: Its spread.
        workers: Actors.
        shards_at_once: Of an actor.
        concurrency: Requests in flight of a shard.
        shard_functions: Size of a slice.
        rps: Requests per second of the endpoint, all workers together; 0 = no limit.
        cpu_per_call: Seconds of processor per call (measured 6.0 to 8.9 ms).
        parse_per_function: Seconds of processor per function, parse, screen and export.
        deaths_per_hour: Of one worker.
        restart: Seconds until a dead actor works again (measured 5 to 25 on a busy machine).
        schedule: Seconds of the driver per shard (measured 0.016 on a busy machine).
    """

    repositories: int = 10_000
    median_functions: float = 300.0
    sigma: float = 1.6
    calls_per_function: float = 2.2
    latency: float = 5.0
    latency_sigma: float = 0.5
    workers: int = 200
    shards_at_once: int = 2
    concurrency: int = 16
    shard_functions: int = 500
    rps: float = 0.0
    cpu_per_call: float = 0.008
    parse_per_function: float = 0.004
    deaths_per_hour: float = 0.01
    restart: float = 15.0
    schedule: float = 0.016


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A shard's size."""

    functions: int


def cut(assumed: Assumed, chance: random.Random) -> list[Shard]:
    """Draw the repositories and cut them as the plan does: 1, 2, 4 … slices."""
    shards = []
    for _ in range(assumed.repositories):
        functions = max(1, round(chance.lognormvariate(0, assumed.sigma) * assumed.median_functions))
        slices = 1
        while slices * assumed.shard_functions < functions:
            slices *= 2
        shards += [Shard(functions=max(1, functions // slices)) for _ in range(slices)]
    return shards


def seconds_of(shard: Shard, assumed: Assumed, chance: random.Random) -> float:
    """Return how long one shard takes on one of an actor's places.

    Calls run ``concurrency`` at a time: the mean of so many draws, and one slow call at the end of each of the two
    stages, which nothing hides. The endpoint's limit and the actor's one core stretch it.
    """
    calls = max(1, round(shard.functions * assumed.calls_per_function))
    mean = assumed.latency
    flow = calls * mean / min(assumed.concurrency, calls)
    tail = 2 * max(
        chance.lognormvariate(0, assumed.latency_sigma) * mean for _ in range(min(assumed.concurrency, calls))
    )
    core = calls * assumed.cpu_per_call * assumed.shards_at_once + shard.functions * assumed.parse_per_function
    limit = 0.0
    if assumed.rps:
        limit = calls * assumed.workers * assumed.shards_at_once / assumed.rps
    return max(flow, core, limit) + tail


def simulate(assumed: Assumed, seed: int = 0) -> dict[str, float]:
    """Run the fleet on a clock of events and return its figures."""
    chance = random.Random(seed)
    shards = cut(assumed, chance)
    places = assumed.workers * assumed.shards_at_once
    free = [(0.0, place) for place in range(places)]
    heapq.heapify(free)
    busy = repeats = 0.0
    calls = deaths = 0
    end = driver = 0.0
    for shard in shards:
        at, place = heapq.heappop(free)
        driver = max(driver, at) + assumed.schedule if at <= driver else at
        begin = max(at, driver)
        takes = seconds_of(shard, assumed, chance)
        asked = max(1, round(shard.functions * assumed.calls_per_function))
        calls += asked
        # A death hits this place in proportion to its time; what was answered is in the ledger, the rest goes again.
        if chance.random() < takes / 3600 * assumed.deaths_per_hour:
            deaths += 1
            repeats += min(assumed.concurrency, asked)
            takes += assumed.restart + assumed.latency
        busy += takes
        end = max(end, begin + takes)
        heapq.heappush(free, (begin + takes, place))
    return {
        "shards": len(shards),
        "functions": sum(shard.functions for shard in shards),
        "calls": calls,
        "hours": round(end / 3600, 2),
        "calls_per_second": round(calls / end, 1),
        "places_busy": round(busy / (end * places), 3),
        "deaths": deaths,
        "calls_repeated": int(repeats),
        "share_repeated": round(repeats / calls, 7),
    }


CASES = {
    "200 workers, no limit": Assumed(),
    "200 workers, endpoint of 500 a second": Assumed(rps=500),
    "200 workers, one death an hour each": Assumed(deaths_per_hour=1.0),
    "50 workers": Assumed(workers=50),
    "slices of 5,000 functions": Assumed(shard_functions=5_000),
    "whole repositories, never cut": Assumed(shard_functions=10_000_000),
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    started = time.monotonic()
    figures = {name: {**simulate(case, given.seed), "assumed": asdict(case)} for name, case in CASES.items()}
    for name, found in figures.items():
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in found.items() if key != "assumed"))
    print(f"simulated in {time.monotonic() - started:.1f} s")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
