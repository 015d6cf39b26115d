"""What a run may spend and what it says it spent: money, requests a minute. The product is a plain subprocess."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.product import OPTIONS, Product, honest, truth
from tests.faults.server import FaultServer, answer

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]  # a busy machine takes a minute to start the product

PRICES = """
["openai-compatible:tiny"]
input = 1.0
cached_input = 1.0
output = 1.0
checked = 2026-11-24
source = "a test"
"""


async def test_48_money_stops_the_run_before_the_next_call(tmp_path: Path) -> None:
    product = Product(tmp_path, options=[*OPTIONS, "--max-usd", "5", "--prices", "prices.toml"])
    (tmp_path / "prices.toml").write_text(PRICES, encoding="utf-8")
    dear = {"prompt_tokens": 10**6, "completion_tokens": 0, "total_tokens": 10**6}  # a dollar a call
    async with FaultServer(lambda _: answer(truth, 0.02, usage=dear)) as server:
        code, said = await product.run(server.url)
        assert code == 4, said
        assert "--max-usd 5.0 is reached" in said
        assert 5 <= len(server.asked) <= 5 + 4 - 1
    huge = {"prompt_tokens": 10**9, "completion_tokens": 10**9, "total_tokens": 2 * 10**9}
    async with FaultServer(lambda _: answer(truth, 0.02, usage=huge)) as server:
        product.options[3] = "9000"
        code, said = await product.run(server.url)
        assert code == 4, said
        assert len(server.asked) <= 5 + 4 - 1


async def test_48_an_unknown_price_is_not_guessed(tmp_path: Path) -> None:
    product = Product(tmp_path, options=[*OPTIONS, "--max-usd", "5"])
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert (code, len(server.asked)) == (2, 0), said
        assert "needs a price for openai-compatible:tiny" in said


async def test_what_each_node_asked_of_its_model_is_told_with_cached_tokens_apart(tmp_path: Path) -> None:
    product = Product(tmp_path, functions=3, options=[*OPTIONS, "--prices", "prices.toml"])
    (tmp_path / "prices.toml").write_text(PRICES, encoding="utf-8")
    told = {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020}
    told |= {"prompt_tokens_details": {"cached_tokens": 640}}  # type: ignore[dict-item]  # as OpenAI nests it
    async with FaultServer(lambda _: answer(truth, usage=told)) as server:
        code, said = await product.run(server.url)
    assert code == 0, said
    lines = [" ".join(line.split()) for line in said.splitlines()]
    of_tiny = "replies of openai-compatible:tiny"
    for node, calls, cost in (
        ("describe", 3, "0.0031"),
        ("paraphrase", 3, "0.0031"),
        ("ideate_requirements", 1, "0.0010"),
    ):
        sent = f"{calls * 1000:,} tokens sent ({calls * 640:,} cached), {calls * 20} answered, ${cost}"
        assert f"{node} {calls} {of_tiny}, {sent}" in lines, said


async def test_49_no_minute_holds_more_requests_than_allowed(tmp_path: Path) -> None:
    product = Product(tmp_path, 8, ["--concurrency", "3", "--rpm", "600"])
    async with FaultServer(lambda _: honest(0.05)) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert server.peak <= 3
        times = [asked.at for asked in server.asked]
        # A tenth of a second apart; an arrival may be late, so the n-th is at least n - 1 gaps after the first's start.
        assert all(at - times[0] >= 0.1 * n - 0.09 for n, at in enumerate(times))
