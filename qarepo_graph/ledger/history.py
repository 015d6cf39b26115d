"""What happened in a run, for those who look at it afterwards: verdicts, replies over time, requests."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class GateCounts:
    """How many results the gates saw and what they refused.

    Attributes:
        results: Results that were given a verdict, every attempt counted.
        accepted: Those accepted.
        refused: Refused results by the first gate that objected, most first.
        reasons: Refused results by ``gate: code``, most first; a result with two objections counts in both.
    """

    results: int
    accepted: int
    refused: dict[str, int]
    reasons: dict[str, int]


def count_verdicts(connection: sqlite3.Connection) -> GateCounts:
    """Return what the gates did over the whole life of the run."""
    results = accepted = 0
    refused: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for node, status, gates in connection.execute("SELECT node, status, gates FROM verdicts ORDER BY number"):
        if status in ("skipped", "failed"):
            continue
        results += 1
        if status == "accepted":
            accepted += 1
            continue
        objections = [(gate, code) for gate, code in orjson.loads(gates).items() if code != "ok"] or [(node, node)]
        refused[objections[0][0]] += 1
        reasons.update(gate if code == gate else f"{gate}: {code}" for gate, code in objections)
    return GateCounts(results, accepted, dict(refused.most_common()), dict(reasons.most_common()))


def replies_over_time(connection: sqlite3.Connection, stretches: int = 60) -> list[tuple[float, int]]:
    """Return the replies per equal stretch of time from the first to the last, each with its start in seconds.

    An interrupted run has long idle stretches; they are shown as what they are.
    """
    bounds = connection.execute("SELECT min(answered_at), max(answered_at) FROM replies").fetchone()
    if bounds[0] is None or bounds[1] <= bounds[0]:
        return []
    first, width = bounds[0], (bounds[1] - bounds[0]) / stretches
    filled = dict(
        connection.execute(
            "SELECT min(CAST((answered_at - ?) / ? AS INTEGER), ?), count(*) FROM replies GROUP BY 1",
            (first, width, stretches - 1),
        ).fetchall()
    )
    return [(first + index * width, filled.get(index, 0)) for index in range(stretches)]


def count_requests(connection: sqlite3.Connection) -> int:
    """Return how many requests were sent, failed ones included."""
    return int(connection.execute("SELECT count(*) FROM requests").fetchone()[0])
