"""A fleet on a real two-node Ray cluster: a killed worker and a killed driver lose nothing and buy nothing twice."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.synthetic import function_text
from tests.fleet.killing import check_kills

PROJECT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(900),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the [ray] extra is not installed"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Keep a cluster in a process of its own: Ray finds its address by sockets that tests may not open."""
    command = [sys.executable, "-m", "benchmarks.fleet", "stand"]
    process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("address "):
                break
        else:
            pytest.fail("Ray did not start")
        yield line.split()[1]
    finally:
        process.stdin.close()
        process.wait(120)


def test_kills_lose_nothing_and_rows_are_those_of_one_process(address: str, tmp_path: Path) -> None:
    check_kills(tmp_path, ["--engine", "ray", "--address", address])


def test_ray_plans_what_one_process_plans(address: str, tmp_path: Path) -> None:
    from benchmarks.fleet import command, run

    numbers = {"one": range(12), "two": range(8, 20), "three": range(4)}
    for name, chosen in numbers.items():
        (tmp_path / name).mkdir()
        note = "  # ok" if name == "three" else ""
        texts = [function_text(number).replace("if value < 0:", f"if value < 0:{note}", 1) for number in chosen]
        (tmp_path / name / "module.py").write_text("\n\n".join(texts), encoding="utf-8")
    manifest = tmp_path / "m.jsonl"
    manifest.write_text("\n".join(json.dumps({"path": name}) for name in numbers), encoding="utf-8")
    for engine in (["local"], ["ray", "--address", address]):
        options = ["--plan", "--workers", "1", "--shard-functions", "6", "--engine", *engine]
        told = run(command(manifest, tmp_path / engine[0], "", *options), tmp_path / "log")
        assert told["copies"] == {"exact": 4, "near": 4}
        assert told["functions"] == 20
    # Shards are named by their content, the functions they ask about among it.
    shards = [sorted(path.name for path in (tmp_path / name / "shards").iterdir()) for name in ("local", "ray")]
    assert shards[0] == shards[1]
    assert len(shards[0]) == 2


def test_an_address_where_nothing_listens_is_refused_at_once() -> None:
    from qarepo_graph.errors import UsageError
    from qarepo_graph.fleet.budget import Limits
    from qarepo_graph.fleet.ray_engine import RayEngine

    with pytest.raises(UsageError, match=r"Nothing answers at 127\.0\.0\.1:9"):
        RayEngine("127.0.0.1:9", 1, Limits())
    with pytest.raises(UsageError, match="give the head's own address as host:port"):
        RayEngine("somewhere", 1, Limits())
