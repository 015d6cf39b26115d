"""How a run ends: signals, closed outputs, a command that cannot be run; every exit code.

The product is a plain subprocess; what misbehaves is around it. Rows of the fault matrix are named in the tests.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.faults.product import OPTIONS, Product, honest, until
from tests.faults.server import FaultServer

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]  # a busy machine takes a minute to start the product
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
