"""What changes around a run: the clock, the files, the prompts, the ledger it finds.

The product is a plain subprocess.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from benchmarks.synthetic import function_text
from tests.faults.product import OPTIONS, PROJECT, Product, honest, until
from tests.faults.server import FaultServer, error

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]  # a busy machine takes a minute to start the product

JUMPING = """
import time
real, turn = time.time, [0]
def jumping():
    turn[0] += 1
    return real() + 86400 * (turn[0] % 3 - 1)
time.time = jumping
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX only")
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
