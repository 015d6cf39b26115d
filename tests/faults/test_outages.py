"""Rows of the fault matrix about the server as a whole: pauses, outages, limits, certificates."""

from __future__ import annotations

import asyncio
import ssl
import time
from email.utils import formatdate

import pytest
import trustme
from aiohttp import web

from qarepo_graph.errors import ProviderError, SettingsError
from qarepo_graph.llm.backend import Fault, Reply
from qarepo_graph.llm.caller import Pace
from qarepo_graph.llm.chat import open_backend
from qarepo_graph.llm.faults import fault_of_response, retry_after
from qarepo_graph.llm.limiter import Limiter
from tests.faults.helpers import GOOD, send
from tests.faults.server import Act, Asked, FaultServer, TcpProxy, answer, at_random, error, in_order, reset, say

OK = answer(GOOD)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_3_retry_after_is_read_or_counts_as_nothing_said(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_1_retry_after_as_a_date() -> None:
    seconds = retry_after({"Retry-After": formatdate(time.time() + 100, usegmt=True)})
    assert seconds is not None
    assert 90 < seconds <= 100


@pytest.mark.parametrize("header", [{"Retry-After": "0.5"}, {"retry-after-ms": "500"}])
async def test_1_everybody_waits_as_long_as_asked(header: dict[str, str]) -> None:
    def script(asked: Asked) -> Act:
        return error(429, "slow down", headers=header) if asked.ordinal == 1 else answer(GOOD, seconds=0.05)

    async with FaultServer(script) as server:
        run = await send(server.url, [f"q{i}" for i in range(12)], concurrency=4)
        assert all(isinstance(end, Reply) for end in run.ends)
        told = server.asked[0].done_at
        # Four were in flight when the complaint came; after it nobody asks before the time is over.
        assert all(asked.at < told + 0.05 or asked.at >= told + 0.5 for asked in server.asked)
        assert len(server.asked) == 13
        assert [event.kind for event in run.events] == ["pause"]


async def test_1_concurrency_is_halved_once_per_round_and_climbs_back() -> None:
    limiter = Limiter(16)
    now = asyncio.get_running_loop().time()
    for _ in range(5):
        limiter.slow_down(now)  # five complaints about requests of one round
    assert limiter.allowed == 8
    limiter.slow_down(asyncio.get_running_loop().time() + 1)
    assert limiter.allowed == 4
    for _ in range(5):  # a round of good replies, a little more
        limiter.speed_up()
    assert limiter.allowed == 6
    for _ in range(1000):
        limiter.speed_up()
    assert limiter.allowed == 16


async def test_1_told_to_wait_now_and_then_everybody_does_and_as_many_go_on() -> None:
    limiter = Limiter(64)
    for _ in range(30):  # every twentieth request is refused
        for _ in range(19):
            limiter.speed_up()
        limiter.slow_down(asyncio.get_running_loop().time() + 1, told_to_wait=True)
    assert limiter.allowed == 64


@pytest.mark.parametrize(("taken", "rounds"), [(32, 1), (48, 2)])
async def test_1_told_to_wait_too_often_fewer_go_on(taken: int, rounds: int) -> None:
    limiter = Limiter(64)
    for number in range(rounds):
        assert limiter.allowed == 64, number
        sent = asyncio.get_running_loop().time()
        for _ in range(64 - taken):  # a server that takes so many at once refuses the others at once
            limiter.slow_down(sent, told_to_wait=True)
        if number + 1 < rounds:
            for _ in range(taken):
                limiter.speed_up()
    assert limiter.allowed == 32


async def test_1_pauses_use_up_no_attempts() -> None:
    # Six complaints in a row are more than QUICK's four attempts.
    async with FaultServer(in_order(*[error(429, "x", headers={"retry-after-ms": "10"})] * 6, OK)) as server:
        run = await send(server.url)
        assert isinstance(run.end, Reply)


async def test_12_an_outage_is_waited_for_with_one_probe_at_a_time() -> None:
    async with FaultServer(in_order(OK)) as server, TcpProxy(server.url) as proxy:
        await proxy.down()

        async def repair() -> None:
            await asyncio.sleep(0.8)
            await proxy.up()

        repairing = asyncio.create_task(repair())
        run = await send(proxy.url, [f"q{i}" for i in range(8)], concurrency=4)
        await repairing
        assert all(isinstance(end, Reply) for end in run.ends), run.ends
        assert len(server.asked) == 8
        kinds = [event.kind for event in run.events]
        assert kinds.count("outage") == 1
        assert kinds.count("back") == 1
        # Four sends meet the closed door at once, then single probes: far fewer than four workers retrying.
        assert len(run.sent) < 8 + 4 + 0.8 / 0.05 + 8


async def test_12_too_long_an_outage_stops_the_run() -> None:
    async with FaultServer(in_order(OK)) as server, TcpProxy(server.url) as proxy:
        await proxy.down()
        run = await send(proxy.url, ["q1", "q2", "q3"], max_outage=0.4)
        assert all(isinstance(end, ProviderError) for end in run.ends)
        assert "No request succeeded" in str(run.ends[0])


async def test_12_endless_complaints_stop_the_run_too() -> None:
    async with FaultServer(in_order(error(503, "busy", headers={"retry-after-ms": "50"}))) as server:
        run = await send(server.url, max_outage=0.3)
        assert isinstance(run.end, ProviderError)


async def test_12_a_poisoned_request_does_not_take_the_run_with_it() -> None:
    def script(asked: Asked) -> Act:
        return say(503, "") if asked.text == "poison" else answer(GOOD, seconds=0.01)

    async with FaultServer(script) as server:
        texts = ["poison", *(f"q{i}" for i in range(40))]
        run = await send(
            server.url, texts, concurrency=4, pace=Pace(attempts=3, first=0.001, longest=0.002, probe=0.01)
        )
        assert isinstance(run.ends[0], Fault)
        assert run.ends[0].code == "unavailable"
        assert all(isinstance(end, Reply) for end in run.ends[1:])


async def test_15_a_line_cut_in_the_middle_is_asked_again() -> None:
    async with FaultServer(in_order(OK)) as server, TcpProxy(server.url, cut_after=200) as proxy:

        async def repair() -> None:
            await asyncio.sleep(0.15)
            proxy.cut_after = 0

        repairing = asyncio.create_task(repair())
        run = await send(proxy.url, ["q1", "q2"], pace=Pace(attempts=50, first=0.02, longest=0.05))
        await repairing
        assert all(isinstance(end, Reply) for end in run.ends)
        assert max(server.billed.values()) > 1  # the oracle saw what a cut line costs


async def test_13_an_unreachable_server_is_told_at_the_start() -> None:
    async with FaultServer(in_order(OK)) as server, TcpProxy(server.url) as proxy:
        await proxy.down()
        backend = open_backend("openai-compatible:tiny", base_url=proxy.url)
        with pytest.raises(ProviderError, match=r"127\.0\.0\.1:\d+ cannot be reached \(connection refused\)"):
            await backend.check()


async def test_13_a_name_that_does_not_exist_is_told_with_the_host() -> None:
    backend = open_backend("openai-compatible:tiny", base_url="https://nowhere.invalid/v1")
    with pytest.raises(ProviderError, match=r"nowhere\.invalid cannot be reached \(no such host name\)"):
        await backend.check()


async def test_14_an_unknown_certificate_stops_the_run_at_once() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    async def never(_request: web.Request) -> web.Response:
        raise AssertionError

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", never)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
    url = f"https://localhost:{runner.addresses[0][1]}/v1"
    try:
        run = await send(url)
        assert isinstance(run.end, ProviderError)
        assert "certificate was refused" in str(run.end)
        assert len(run.sent) == 1
        with pytest.raises(ProviderError, match="certificate was refused"):
            await open_backend("openai-compatible:tiny", base_url=url).check()
    finally:
        await runner.cleanup()


async def test_5_the_balance_ends_in_the_middle() -> None:
    def script(asked: Asked) -> Act:
        return error(402, "Insufficient Balance") if asked.ordinal > 20 else OK

    async with FaultServer(script) as server:
        run = await send(server.url, [f"q{i}" for i in range(50)], concurrency=4)
        assert sum(isinstance(end, Reply) for end in run.ends) == 20
        assert sum(isinstance(end, ProviderError) for end in run.ends) == 30
        assert len(server.asked) <= 24


async def test_49_never_more_in_flight_than_allowed() -> None:
    async with FaultServer(in_order(answer(GOOD, seconds=0.01))) as server:
        run = await send(server.url, [f"q{i}" for i in range(60)], concurrency=5)
        assert all(isinstance(end, Reply) for end in run.ends)
        assert server.peak == 5


async def test_49_starts_are_spread_evenly() -> None:
    limiter = Limiter(100, rpm=600)
    waits = [limiter.start(10) for _ in range(5)]
    assert waits == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4], abs=0.02)


async def test_49_tokens_are_paced_and_corrected() -> None:
    limiter = Limiter(100, tpm=60_000)  # a thousand a second
    assert limiter.start(500) == pytest.approx(0.0, abs=0.02)
    assert limiter.start(500) == pytest.approx(0.5, abs=0.02)
    limiter.correct(1000)  # a reply was longer than thought
    assert limiter.start(500) == pytest.approx(2.0, abs=0.02)
    limiter.correct(-500)
    assert limiter.start(1) == pytest.approx(2.0, abs=0.02)


async def test_49_no_window_holds_more_requests_than_allowed() -> None:
    async with FaultServer(in_order(OK)) as server:
        await send(server.url, [f"q{i}" for i in range(12)], concurrency=12, rpm=1200)
        first = server.asked[0].at
        # 50 ms apart; arrivals may be late, never early, so the n-th is at least (n-1) gaps after the first's start.
        for n, asked in enumerate(server.asked):
            assert asked.at - first >= 0.05 * n - 0.045, n


async def test_a_cancelled_waiter_gives_its_place_back() -> None:
    limiter = Limiter(1)
    async with limiter.slot():
        waiting = asyncio.create_task(_hold(limiter))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(1), limiter.slot():
        assert limiter.in_flight == 1
    assert limiter.in_flight == 0


async def _hold(limiter: Limiter) -> None:
    async with limiter.slot():
        pass


async def test_one_in_five_requests_fails_and_nothing_is_lost() -> None:
    faults = [say(500, ""), say(200, ""), reset(), error(429, "x", headers={"retry-after-ms": "5"}), say(502, "<html>")]
    async with FaultServer(at_random(7, 0.2, faults, OK)) as server:
        patient = Pace(attempts=8, first=0.002, longest=0.02, probe=0.01)
        run = await send(server.url, [f"q{i}" for i in range(120)], concurrency=16, pace=patient)
        assert all(isinstance(end, Reply) for end in run.ends)
        assert len(server.billed) == 120
        assert set(server.billed.values()) == {1}  # nothing answered was asked again


def test_html_is_never_quoted() -> None:
    fault = fault_of_response(502, {}, b"<html>" + b"x" * 2_000_000)
    assert str(fault) == "The server is unavailable (HTTP 502)."


async def test_6_a_missing_key_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="DEEPSEEK_API_KEY is not set"):
        open_backend("deepseek:deepseek-flash")


async def test_a_providers_key_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-secret-0123456789abcd")
    monkeypatch.delenv("QAREPO_API_KEY")
    with pytest.raises(SettingsError, match=r"DEEPSEEK_API_KEY is not sent to example\.com; set QAREPO_API_KEY"):
        open_backend("deepseek:deepseek-flash", base_url="https://example.com/v1")


async def test_proxies_and_addresses_of_the_environment_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "DEEPSEEK_API_BASE"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789abcd")
    async with FaultServer(in_order(OK)) as server:
        for model in ("openai:tiny", "openai-compatible:tiny"):
            run = await send(server.url, model=model)
            assert isinstance(run.end, Reply), run.end
