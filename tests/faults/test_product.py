"""Money and work under faults: the product as a plain subprocess, the server's own ledger as the oracle."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.faults.product import Product, honest, until
from tests.faults.server import Asked, FaultServer, error, say

CONCURRENCY = 4
OPTIONS = ["--concurrency", str(CONCURRENCY)]
CALLS = 20 + 20 + 1
"""Calls a run over 20 functions needs: a description and questions for each, and a requirement."""


async def clean_rows(folder: Path) -> bytes:
    """Return the rows of an undisturbed run."""
    product = Product(folder / "clean", options=OPTIONS)
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert len(server.asked) == CALLS
        assert server.peak <= CONCURRENCY
    return product.rows


async def test_an_empty_balance_stops_at_once_and_the_same_command_goes_on(tmp_path: Path) -> None:
    clean = await clean_rows(tmp_path)
    product = Product(tmp_path / "run", options=OPTIONS)
    broke = error(402, "Insufficient Balance")
    paid = {"on": False}
    async with FaultServer(lambda asked: honest() if paid["on"] or asked.ordinal <= 15 else broke) as server:
        code, said = await product.run(server.url)
        assert code == 4, said
        assert "balance" in said.lower()
        assert len([asked for asked in server.asked if not asked.billed]) <= CONCURRENCY
        paid["on"] = True
        code, said = await product.run(server.url)
        assert code == 0, said
        assert max(server.billed.values()) == 1
        assert sum(server.billed.values()) == CALLS
    assert product.rows == clean


@pytest.mark.full
async def test_a_revoked_key_names_its_variable_and_never_the_key(tmp_path: Path) -> None:
    product = Product(tmp_path / "run", options=OPTIONS)
    refused = error(401, "Incorrect API key provided: sk-canary-0123456789")
    async with FaultServer(lambda asked: honest() if asked.ordinal <= 10 else refused) as server:
        code, said = await product.run(server.url)
    assert code == 4, said
    assert "QAREPO_API_KEY" in said
    assert "sk-canary-0123456789" not in said
    for path in product.folder.rglob("*"):
        if path.is_file():
            assert b"sk-canary-0123456789" not in path.read_bytes(), path


@pytest.mark.full
async def test_retry_after_is_obeyed_by_every_worker(tmp_path: Path) -> None:
    product = Product(tmp_path / "run", options=OPTIONS)
    limited: list[float] = []

    def script(asked: Asked):
        if asked.ordinal == 12:
            limited.append(asked.at)
            return error(429, "slow down", headers={"Retry-After": "2"})
        return honest(0.01)

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        inside = [asked for asked in server.asked if limited[0] + 0.5 < asked.at < limited[0] + 1.9]
        assert inside == []
        assert max(server.billed.values()) == 1


@pytest.mark.full
async def test_an_item_that_cannot_be_answered_is_named_and_the_rest_is_done(tmp_path: Path) -> None:
    product = Product(tmp_path / "run", options=OPTIONS)
    filtered = error(400, "The input may contain inappropriate content.", "DataInspectionFailed")

    def script(asked: Asked):
        return filtered if "# Function `merge_pixel_6`" in asked.text else honest()

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 3, said
        before = len(server.asked)
        assert (await product.status())["items"]["describe"] == {"accepted": 19, "failed": 1}
        code, said = await product.run(server.url)
        assert (code, len(server.asked)) == (3, before)
    async with FaultServer(lambda _: honest()) as server:
        product.options.append("--retry-failed")
        code, said = await product.run(server.url)
        assert code == 0, said
        # The description, its questions, and the requirement, whose prompt shows its cluster's descriptions.
        assert len(server.asked) == 3


@pytest.mark.full
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX only")
async def test_ctrl_c_finishes_what_is_in_flight_and_the_same_command_goes_on(tmp_path: Path) -> None:
    clean = await clean_rows(tmp_path)
    product = Product(tmp_path / "run", options=OPTIONS)
    async with FaultServer(lambda _: honest(0.05)) as server:
        process = await product.start(server.url)
        await until(lambda: len(server.asked) >= 12)
        process.send_signal(signal.SIGINT)
        _, stderr = await process.communicate()
        assert process.returncode == 130, stderr
        assert b"Go on with: qarepo generate repo" in stderr
        assert all(asked.billed for asked in server.asked)
        assert (await product.status())["possibly_billed_twice"] == []
        code, said = await product.run(server.url)
        assert code == 0, said
        assert max(server.billed.values()) == 1
    assert product.rows == clean


@pytest.mark.full
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX only")
async def test_kill_9_loses_nothing_and_lists_what_was_in_flight(tmp_path: Path) -> None:
    clean = await clean_rows(tmp_path)
    product = Product(tmp_path / "run", options=OPTIONS)
    kills = 0
    async with FaultServer(lambda _: honest(0.03)) as server:
        for requests in (7, 16, 25):
            assert await product.kill_after(server.url, server, requests) == -signal.SIGKILL
            kills += 1
        in_flight = len((await product.status())["possibly_billed_twice"])
        assert in_flight <= kills * CONCURRENCY
        code, said = await product.run(server.url)
        assert code == 0, said
        again = sum(count - 1 for count in server.billed.values())
        assert again <= in_flight
    assert product.rows == clean


@pytest.mark.full
async def test_a_limit_on_requests_stops_before_crossing(tmp_path: Path) -> None:
    product = Product(tmp_path / "run", options=[*OPTIONS, "--max-requests", "11"])
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
    assert code == 4, said
    assert "--max-requests 11 is reached" in said
    assert len(server.asked) <= 11


@pytest.mark.full
async def test_a_second_run_is_refused_at_once_and_names_the_first(tmp_path: Path) -> None:
    product = Product(tmp_path / "run", options=OPTIONS)
    async with FaultServer(lambda asked: honest(0.0 if asked.ordinal < 3 else 60.0)) as server:
        first = await product.start(server.url)
        await until(lambda: len(server.asked) >= 2)
        code, said = await product.run(server.url)
        assert code == 5, said
        assert f"pid {first.pid}" in said
        first.kill()
        await first.communicate()


@pytest.mark.full
@pytest.mark.skipif(os.name != "posix", reason="file size limits are POSIX only")
async def test_a_full_disk_stops_the_buying_and_keeps_the_ledger_whole(tmp_path: Path) -> None:
    clean = await clean_rows(tmp_path)
    product = Product(tmp_path / "run", options=OPTIONS)
    async with FaultServer(lambda _: honest(0.01)) as server:
        product.under = ["bash", "-c", 'ulimit -f 160; trap "" XFSZ; exec "$@"', "limited"]
        code, said = await product.run(server.url)
        product.under = []
        assert code == 6, said
        assert "free some space" in said
        bought = len(server.asked)
        assert bought < CALLS
        code, said = await product.run(server.url)
        assert code == 0, said
        assert sum(count - 1 for count in server.billed.values()) <= CONCURRENCY
    assert product.rows == clean


@pytest.mark.full
async def test_nonsense_and_outages_cost_no_work(tmp_path: Path) -> None:
    clean = await clean_rows(tmp_path)
    product = Product(tmp_path / "run", options=OPTIONS)
    faults = [say(500, "oops"), say(200, "<html>busy</html>", content_type="text/html"), say(503, ""), say(200, "")]

    def script(asked: Asked):
        return faults[asked.ordinal % 4] if asked.attempt == 1 and asked.ordinal % 5 == 0 else honest()

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert set(server.billed.values()) == {1}
    assert product.rows == clean
