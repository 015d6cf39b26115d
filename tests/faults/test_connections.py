"""The line to the server: refused, down, unnamed, untrusted, silent, endless.

The product is a plain subprocess. The same faults, in the process and at a quick pace: ``test_outages.py``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from aiohttp import web

from tests.faults.product import OPTIONS, PROJECT, Product, honest, truth, until
from tests.faults.server import Act, Asked, FaultServer, TcpProxy, completion, drip, hang, say

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]  # a busy machine takes a minute to start the product


async def test_12_13_nobody_listening_is_told_at_the_start_with_the_address(tmp_path: Path) -> None:
    product = Product(tmp_path, 2, OPTIONS)
    async with FaultServer(lambda _: honest()) as server:
        url = server.url
    code, said = await product.run(url)
    assert code == 4, said
    assert f"{urlsplit(url).netloc} cannot be reached (connection refused)." in said
    assert "Traceback" not in said


async def test_12_an_outage_in_the_middle_is_waited_for(tmp_path: Path) -> None:
    product = Product(tmp_path, 20, OPTIONS)
    async with FaultServer(lambda _: honest(0.02)) as server, TcpProxy(server.url) as proxy:
        process = await product.start(proxy.url)
        talking = asyncio.create_task(process.communicate())
        await until(lambda: len(server.asked) >= 10)
        await proxy.down()
        before = len(server.asked)
        await asyncio.sleep(3)
        assert len(server.asked) == before
        await proxy.up()
        await talking
        assert process.returncode == 0
        # Answers that were under way when the line broke were written by the server and never arrived.
        assert sum(times - 1 for times in server.billed.values()) <= 4
    assert len(json.loads(product.rows)) == 41


async def test_12_too_long_an_outage_stops_and_the_same_command_goes_on(tmp_path: Path) -> None:
    product = Product(tmp_path, 20, [*OPTIONS, "--max-outage", "2"])
    async with FaultServer(lambda _: honest(0.02)) as server, TcpProxy(server.url) as proxy:
        process = await product.start(proxy.url)
        talking = asyncio.create_task(process.communicate())
        await until(lambda: len(server.asked) >= 10)
        await proxy.down()
        _, said = await talking
        assert process.returncode == 4, said
        assert b"No request succeeded" in said
        await proxy.up()
        code, words = await product.run(proxy.url)
        assert code == 0, words
        assert sum(times - 1 for times in server.billed.values()) <= 4


RESOLVER = """
import socket
real, turn = socket.getaddrinfo, [0]
def flapping(host, *rest, **more):
    if host not in ("flapping.test", b"flapping.test"):
        return real(host, *rest, **more)
    turn[0] += 1
    if turn[0] % 3 == 2:
        raise socket.gaierror(-3, "Temporary failure in name resolution")
    return real("127.0.0.1", *rest, **more)
socket.getaddrinfo = flapping
"""


async def test_13_names_that_resolve_only_sometimes(tmp_path: Path) -> None:
    product = Product(tmp_path / "run", functions=4, options=["--concurrency", "2", "--allow-http", "--yes"])
    (tmp_path / "resolver").mkdir()
    (tmp_path / "resolver" / "sitecustomize.py").write_text(RESOLVER, encoding="utf-8")

    def closing(asked: Asked) -> Act:
        return say(200, completion(truth(asked)), {"Connection": "close"}, billed=True)

    async with FaultServer(closing) as server:
        url = server.url.replace("127.0.0.1", "flapping.test")
        code, said = await product.run(url, PYTHONPATH=f"{tmp_path / 'resolver'}{os.pathsep}{PROJECT}")
        assert code == 0, said
        assert set(server.billed.values()) == {1}


@pytest.mark.parametrize("flaw", ["none", "expired", "wrong host", "unknown authority"])
async def test_14_certificates(flaw: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    name = "elsewhere.test" if flaw == "wrong host" else "127.0.0.1"
    certificate = authority.issue_cert(name, not_after=past) if flaw == "expired" else authority.issue_cert(name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    product = Product(tmp_path, functions=2, options=OPTIONS)
    async with FaultServer(lambda _: honest(), tls=context) as server:
        trusted = {} if flaw == "unknown authority" else {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        code, said = await product.run(server.url, **trusted)
        if flaw == "none":
            assert code == 0, said
            return
        assert code == 4, said
        assert "certificate was refused" in said
        assert server.asked == []


@pytest.mark.parametrize("act", [hang, drip], ids=["silence", "blank lines for ever"])
async def test_16_17_a_request_ends_by_its_deadline(act: object, tmp_path: Path) -> None:
    product = Product(tmp_path, functions=4, options=[*OPTIONS, "--request-seconds", "2"])
    stuck: Act = act()  # type: ignore[operator]  # either maker of an act

    async with FaultServer(lambda asked: stuck if asked.ordinal in (2, 5) else honest()) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        held = [asked.done_at - asked.at for asked in server.asked if not asked.billed]
        assert len(held) == 2
        assert max(held) < 30, "the connection was closed by the deadline, not by the test's end"
        assert set(server.billed.values()) == {1}


PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


async def test_18_a_reply_without_end_is_cut_and_costs_no_memory(tmp_path: Path) -> None:
    sent = {"bytes": 0}

    async def endless(request: web.Request, _entry: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for _ in range(1024):
            await response.write(b"a" * 2**20)
            sent["bytes"] += 2**20
        return response

    def script(asked: Asked) -> Act:
        return endless if asked.ordinal == 3 and name == "endless" else honest()

    peaks = []
    for name, code in (("plain", 0), ("endless", 3)):
        product = Product(tmp_path / name, functions=4, options=["--concurrency", "1"])
        product.under = [sys.executable, "-c", PEAK, str(tmp_path / "peak")]
        async with FaultServer(script) as server:
            ended, said = await product.run(server.url)
        assert ended == code, said
        peaks.append(int((tmp_path / "peak").read_text(encoding="ascii")))
    assert 16 <= sent["bytes"] / 2**20 < 64
    assert peaks[1] - peaks[0] < 64 * 1024  # kibibytes
