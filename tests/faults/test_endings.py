"""How a run ends: signals, closed outputs, strange clocks and names, damaged ledgers, limits; every exit code.

The product is a plain subprocess; what misbehaves is around it. Rows of the fault matrix are named in the tests.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import shutil
import signal
import ssl
import sys
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from benchmarks.synthetic import function_text
from tests.faults.product import PROJECT, Product, honest, truth, until
from tests.faults.server import Act, Asked, FaultServer, answer, completion, drip, error, hang, say

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]  # a busy machine takes a minute to start the product
OPTIONS = ["--concurrency", "4"]
posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX only")


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["SIGTERM", "SIGHUP"])
async def test_42_a_signal_finishes_what_is_in_flight(number: signal.Signals, code: int, tmp_path: Path) -> None:
    product = Product(tmp_path, options=OPTIONS)
    async with FaultServer(lambda _: honest(0.05)) as server:
        process = await product.start(server.url)
        await until(lambda: len(server.asked) >= 12)
        process.send_signal(number)
        _, said = await process.communicate()
        assert process.returncode == code, said
        assert b"Go on with: qarepo generate repo" in said
        assert all(asked.billed for asked in server.asked)
        assert (await product.status())["possibly_billed_twice"] == []


@posix
async def test_42_a_second_ctrl_c_ends_at_once_and_the_same_command_goes_on(tmp_path: Path) -> None:
    product = Product(tmp_path, options=OPTIONS)
    patience = {"seconds": 3600.0}
    async with FaultServer(lambda asked: honest(0.0 if asked.ordinal <= 8 else patience["seconds"])) as server:
        process = await product.start(server.url)
        await until(lambda: len(server.asked) >= 12)
        process.send_signal(signal.SIGINT)
        await asyncio.sleep(1)
        assert process.returncode is None, "the first one waits for what is in flight"
        process.send_signal(signal.SIGINT)
        _, said = await process.communicate()
        assert process.returncode == 130, said
        assert b"Traceback" not in said, said
        listed = (await product.status())["possibly_billed_twice"]
        assert len(listed) == 4
        patience["seconds"] = 0.0
        code, words = await product.run(server.url)
        assert code == 0, words
        assert set(server.billed.values()) == {1}


@posix
async def test_42_ctrl_c_before_anything_is_asked(tmp_path: Path) -> None:
    product = Product(tmp_path, functions=4000, options=OPTIONS)
    async with FaultServer(lambda _: honest()) as server:
        process = await product.start(server.url)
        await until((tmp_path / "run" / "ledger.db").exists)
        process.send_signal(signal.SIGINT)
        _, said = await process.communicate()
        assert (process.returncode, server.asked) == (130, []), said
        assert b"Traceback" not in said, said


@posix
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace (Linux), which is not installed")
@pytest.mark.parametrize("times", [1, 2])
async def test_42_ctrl_c_in_the_export_leaves_a_whole_file_or_none(times: int, tmp_path: Path) -> None:
    product = Product(tmp_path, functions=4, options=OPTIONS)
    # The disk takes five seconds to sync the rows.
    product.under = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync"]
    product.under += ["-e", "inject=fsync:delay_enter=5000000:when=1"]
    async with FaultServer(lambda _: honest()) as server:
        process = await product.start(server.url)
        await until(lambda: any(tmp_path.glob(".rows.json.*")), 240)
        traced = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        for _ in range(times):
            os.kill(int(traced[0]), signal.SIGINT)
            await asyncio.sleep(0.5)
        _, said = await process.communicate()
        assert process.returncode in (0, 130), said
        assert b"Traceback" not in said, said
        if (tmp_path / "rows.json").exists():
            assert len(json.loads(product.rows)) == 9
        bought = len(server.asked)
        product.under = []
        assert (await product.run(server.url))[0] == 0
        assert len(server.asked) == bought
    assert len(json.loads(product.rows)) == 9


async def test_50_a_reader_that_goes_away_does_not_end_the_run(tmp_path: Path) -> None:
    product = Product(tmp_path, options=OPTIONS)
    product.under = ["bash", "-c", '"$@" | head -c 1', "piped"]
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url, LANG="C", LC_ALL="C", PYTHONUTF8="0")
        assert code == 0, said
        assert "Traceback" not in said
    assert len(json.loads(product.rows.decode("utf-8"))) == 41


async def test_50_every_output_closed(tmp_path: Path) -> None:
    product = Product(tmp_path, options=OPTIONS)
    product.under = ["bash", "-c", 'exec "$@" >&- 2>&-', "closed"]
    async with FaultServer(lambda _: honest()) as server:
        code, _ = await product.run(server.url)
    assert code == 0
    assert len(json.loads(product.rows)) == 41


async def test_40_replies_given_to_the_wrong_caller_reach_no_row(tmp_path: Path) -> None:
    product = Product(tmp_path, options=[*OPTIONS, "--attempts", "6", "--no-answer-code"])
    last: dict[str, str] = {}
    swapped: list[str] = []

    def other(asked: Asked) -> str:
        kind = str(asked.body["messages"][0]["content"])
        mine, before = truth(asked), last.get(kind)
        last[kind] = mine
        if asked.ordinal % 4 == 0 and before:
            swapped.append(kind)
            return before
        return mine

    async with FaultServer(lambda _: answer(other)) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
    assert len(swapped) >= 10
    rows = [row for row in json.loads(product.rows) if "CSV" not in row["instruction"]]
    assert len(rows) == 40
    for row in rows:
        found = re.search(r"`\w+_(\d+)`", row["instruction"])
        assert found
        assert f"value * {int(found[1]) + 2}`" in row["output"], row


async def test_40_of_several_choices_the_first_is_taken(tmp_path: Path) -> None:
    product = Product(tmp_path, functions=2, options=OPTIONS)

    def several(asked: Asked) -> Act:
        body = completion(truth(asked))
        body["choices"].append({**completion('{"questions": []}')["choices"][0], "index": 1})
        return say(200, body, billed=True)

    async with FaultServer(several) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert all("n" not in asked.body for asked in server.asked)
        assert len(server.asked) == 5


JUMPING = """
import time
real, turn = time.time, [0]
def jumping():
    turn[0] += 1
    return real() + 86400 * (turn[0] % 3 - 1)
time.time = jumping
"""


@posix
async def test_45_a_clock_that_jumps_a_day_and_a_suspended_machine_cost_nothing(tmp_path: Path) -> None:
    clean = Product(tmp_path / "clean", options=OPTIONS)
    async with FaultServer(lambda _: honest()) as server:
        assert (await clean.run(server.url))[0] == 0
    product = Product(tmp_path / "run", options=[*OPTIONS, "--rpm", "1200"])
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(JUMPING, encoding="utf-8")
    slow = error(429, "slow down", headers={"Retry-After": "1"})
    async with FaultServer(lambda asked: slow if asked.ordinal == 6 else honest(0.02)) as server:
        process = await product.start(server.url, PYTHONPATH=f"{tmp_path / 'clock'}{os.pathsep}{PROJECT}")
        await until(lambda: len(server.asked) >= 20)
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2)
        process.send_signal(signal.SIGCONT)
        _, said = await process.communicate()
        assert process.returncode == 0, said
        assert set(server.billed.values()) == {1}
    assert product.rows == clean.rows


@pytest.mark.parametrize("damage", ["torn", "cut", "foreign", "newer"])
async def test_47_a_damaged_ledger_is_refused_and_nothing_is_bought(damage: str, tmp_path: Path) -> None:
    product = Product(tmp_path, options=OPTIONS)
    async with FaultServer(lambda _: honest()) as server:
        assert (await product.run(server.url))[0] == 0
        ledger = tmp_path / "run" / "ledger.db"
        whole = bytearray(ledger.read_bytes())
        if damage == "torn":
            whole[4096 : 4096 * 3] = os.urandom(4096 * 2)
        elif damage == "cut":
            del whole[len(whole) // 2 :]
        elif damage == "foreign":
            whole[68:72] = b"ELSE"
        else:
            whole[60:64] = (99).to_bytes(4, "big")
        ledger.write_bytes(whole)
        bought = len(server.asked)
        code, said = await product.run(server.url)
        assert code == 6, said
        assert {
            "torn": ".recover",
            "cut": ".recover",
            "foreign": "was not made by qarepo-graph",
            "newer": "use the version that wrote it",
        }[damage] in said
        assert "Traceback" not in said
        assert len(server.asked) == bought
        assert ledger.read_bytes() == whole


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


async def test_48_an_unknown_price_is_not_guessed(tmp_path: Path) -> None:
    product = Product(tmp_path, options=[*OPTIONS, "--max-usd", "5"])
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert (code, len(server.asked)) == (2, 0), said
        assert "needs a price for openai-compatible:tiny" in said


async def test_44_46_a_file_edited_while_the_run_goes_on_and_an_export_beside_it(tmp_path: Path) -> None:
    product = Product(tmp_path, options=OPTIONS)
    gate = asyncio.Event()
    edited = tmp_path / "repo" / "part_000" / "module_00000.py"

    async with FaultServer(lambda asked: honest(0.0 if asked.ordinal < 25 or gate.is_set() else 3.0)) as server:
        process = await product.start(server.url)
        await until(lambda: len(server.asked) >= 25)
        text = edited.read_text(encoding="utf-8")
        edited.write_text(text.replace(function_text(3), function_text(3).replace("value < 0", "value < 1")), "utf-8")
        export = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "qarepo_graph", "status", "run"),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await export.communicate()
        assert (export.returncode, b"20 accepted" in out) == (0, True), out
        gate.set()
        await process.communicate()
        assert process.returncode == 0
        before = len(server.asked)
        code, said = await product.run(server.url)
        # The function edited during the run is described anew (truthfully of its old text, so the gate asks again).
        anew = {
            asked.text for asked in server.asked[before:] if '"logic_steps"' in asked.body["messages"][0]["content"]
        }
        assert all("value < 1" in text or "csv" in text.lower() or "blend_pixel_3" in text for text in anew)
        assert code in (0, 3), said


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


PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


async def test_2_usage_errors_and_nothing_to_do_send_nothing(tmp_path: Path) -> None:
    product = Product(tmp_path, functions=1)
    (tmp_path / "repo" / "part_000" / "module_00000.py").write_text("# nothing here\n", encoding="utf-8")
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert (code, server.asked) == (2, []), said
        product.options = ["--concurrency", "many"]
        assert (await product.run(server.url))[0] == 2


async def test_43_an_output_folder_that_cannot_be_written_ends_in_6(tmp_path: Path) -> None:
    product = Product(tmp_path, functions=2, options=["--run-dir", "/proc/qarepo-run"])
    async with FaultServer(lambda _: honest()) as server:
        code, said = await product.run(server.url)
        assert (code, server.asked) == (6, []), said
        assert "choose one with --run-dir" in said


async def test_46_another_prompt_is_told_and_goes_on_only_with_a_yes(tmp_path: Path) -> None:
    product = Product(tmp_path, options=OPTIONS)
    mine = tmp_path / "mine" / "describe"
    mine.mkdir(parents=True)
    text = (PROJECT / "prompts" / "describe" / "v1.en.md").read_text(encoding="utf-8")
    changed = text.replace("version: v1", "version: v2").replace("You explain source code", "You explain code")
    (mine / "v2.en.md").write_text(changed, encoding="utf-8")
    async with FaultServer(lambda _: honest()) as server:
        assert (await product.run(server.url))[0] == 0
        rows, before = product.rows, len(server.asked)
        product.options = [*OPTIONS, "--prompts", "mine", "--prompt", "describe=v2"]
        code, said = await product.run(server.url)
        assert (code, len(server.asked) - before) == (2, 0), said
        assert "20 of describe by describe@v1, now describe@v2 (en)" in said
        assert "--yes" in said
        product.options.append("--yes")
        code, said = await product.run(server.url)
        assert code == 0, said
        anew = server.asked[before:]
        assert len(anew) == 20  # the same descriptions come back, so that no question is bought again
        assert all("You explain code" in asked.body["messages"][0]["content"] for asked in anew)
        assert product.rows == rows
