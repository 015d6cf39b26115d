"""Plan before spend: the counts are those of the run, and the limits hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.synthetic import write_repository
from qarepo_graph.cli.app import app
from tests.faults.product import Product, honest
from tests.faults.server import Asked, FaultServer

PRICES = """
["openai-compatible:tiny"]
input = 1.0
cached_input = 0.1
output = 2.0
checked = 2026-11-24
source = "invented for this test"
"""


def events(said: str, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [event for event in found if event.get("event") == kind]


def messages_of(asked: Asked, node: str) -> list[dict[str, Any]]:
    """Return a request's messages if it is of a node, else none."""
    messages: list[dict[str, Any]] = asked.body["messages"]
    marks = {"paraphrase": '"questions"', "ideate_requirements": '"reuses"'}
    kind = next((name for name, mark in marks.items() if mark in messages[0]["content"]), "describe")
    return messages if kind == node else []


def priced(folder: Path, functions: int, *options: str) -> Product:
    product = Product(folder, functions=functions, options=["--prices", "prices.toml", "--json", *options])
    (folder / "prices.toml").write_text(PRICES, encoding="utf-8")
    return product


async def test_the_plan_comes_first_counts_what_is_asked_and_is_calibrated(tmp_path: Path) -> None:
    product = priced(tmp_path, 30, "--concurrency", "4")
    async with FaultServer(lambda _: honest(0.02)) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        (plan,) = events(said, "plan")
        assert {node["node"]: node["calls"] for node in plan["nodes"]} == {
            "describe": 30,
            "paraphrase": 30,
            "ideate_requirements": 1,
        }
        assert len(server.asked) == 61
        for node in plan["nodes"]:  # four characters a token, as planned
            texts = [message["content"] for asked in server.asked for message in messages_of(asked, node["node"])]
            assert node["prompt_tokens"] == pytest.approx(sum(map(len, texts)) / 4, rel=0.2), node
        (estimate,) = events(said, "estimate")
        assert 50 <= estimate["replies"] <= 61  # said at the first event after the fiftieth reply
        spent = events(said, "summary")[0]["usage"]
        described = next(node for node in estimate["nodes"] if node["node"] == "describe")
        # Every description was in: the estimate of that node is what it really took.
        assert described["prompt_tokens"] == spent["describe"]["prompt_tokens"]
        assert described["completion_tokens"] == spent["describe"]["completion_tokens"]
        assert round(described["usd"]["likely"], 9) == round(spent["describe"]["usd"], 9)
        code, said = await product.run(server.url)
        assert (code, len(server.asked)) == (0, 61)
        assert events(said, "plan") == []


def test_a_plan_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_repository(tmp_path / "repo", 3)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    command = ["plan", "repo", "--model", "deepseek:deepseek-flash", "--requirements", "1"]
    told = CliRunner().invoke(app, [*command, "--json"])
    assert told.exit_code == 0, told.output
    assert [node["calls"] for node in json.loads(told.output)["nodes"]] == [3, 3, 1]
    assert "time        about 2 seconds at 16 at a time" in CliRunner().invoke(app, command).output


@pytest.mark.full
async def test_the_plan_of_a_stopped_run_counts_only_what_is_left(tmp_path: Path) -> None:
    product = priced(tmp_path, 20, "--concurrency", "4", "--max-requests", "25")
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert code == 4, said
        assert "--max-requests 25 is reached" in said
        assert len(server.asked) == 25
        product.options = [option for option in product.options if option not in ("--max-requests", "25")]
        code, said = await product.run(server.url)
        assert code == 0, said
        (plan,) = events(said, "plan")
        assert sum(node["calls"] for node in plan["nodes"]) == 41 - 25
        assert len(server.asked) == 41
        assert set(server.billed.values()) == {1}


@pytest.mark.full
async def test_max_usd_oversteps_by_no_more_than_what_is_in_flight(tmp_path: Path) -> None:
    product = priced(tmp_path, 20, "--concurrency", "4")
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        whole = sum(node["usd"] for node in events(said, "summary")[0]["usage"].values())
    limit = whole / 2
    limited = priced(tmp_path / "limited", 20, "--concurrency", "4", "--max-usd", str(limit))
    async with FaultServer(lambda _: honest(0.02)) as server:
        code, said = await limited.run(server.url)
        assert code == 4, said
        spent = sum(node["usd"] for node in (await limited.status())["usage"].values())
        dearest = whole / len(server.asked)
        assert limit <= spent <= limit + 4 * dearest


async def test_max_functions_asks_about_exactly_so_many(tmp_path: Path) -> None:
    product = priced(tmp_path, 20, "--max-functions", "5")
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert len(server.asked) == 5 + 5 + 1
