"""One fleet whose worker is killed, then its driver, on any engine."""

from __future__ import annotations

from pathlib import Path

from benchmarks.fleet import compare_with_one_process, survive_kills, write_synthetic
from benchmarks.fleet_server import model_server

CALLS = 6 * (20 * 2 + 1)
"""Six repositories of twenty functions: a description and its questions each, and one requirement."""


def check_kills(folder: Path, engine: list[str]) -> None:
    """Kill, run again, and compare: nothing lost, nothing twice, no more bought again than was in flight."""
    manifest = write_synthetic(folder / "repositories", 6, 20)
    with model_server(folder, 0.3) as diary:
        result = survive_kills(folder, manifest, diary, engine, CALLS)
        assert result["failed"] == {}
        assert result["asked"] - result["repeats"] == CALLS
        assert result["repeats"] <= result["repeats_allowed"]
        diary.forget()
        compared = compare_with_one_process(folder, "killed")
    # Two questions a function and one requirement make as many rows as there are calls.
    assert compared == {"rows": CALLS, "lost": 0, "doubled": 0, "different": 0}
