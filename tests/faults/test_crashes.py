"""Rows 41 and 43: killed, or refused by the disk, at the n-th write, sync and rename, for every n.

``strace`` does it from outside: nothing of the product is patched. The small worker is taken through every call of
every kind until there is no n-th one (of its two hundred page writes the full tier takes every tenth, or all with
``QAREPO_EVERY=1``); the whole product through a sample.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.faults.ledger_worker import ITEMS, finish
from tests.faults.product import PROJECT, Product, honest
from tests.faults.server import FaultServer

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not shutil.which("strace"), reason="needs strace (Linux), which is not installed"),
]
EVERY = int(os.environ.get("QAREPO_EVERY", "10"))
CALLS = ("pwrite64", "fdatasync", "fsync", "write", "rename", "unlink", "ftruncate", "mkdir")
"""Calls that change the disk, as SQLite, the lock and the publication make them."""


def numbers(call: str) -> Iterator[int]:
    """Return which calls of a kind are hit: SQLite writes some two hundred pages, of the others there are few."""
    return count(1, EVERY if call == "pwrite64" else 1)


def under(call: str, what: str, number: int, log: Path = Path(os.devnull)) -> list[str]:
    """Return the command that does something to a process at its n-th call of a kind."""
    traced = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}"]
    return [*traced, "-e", f"inject={call}:{what}:when={number}"]


def run_worker(folder: Path, call: str, what: str, number: int) -> subprocess.CompletedProcess[str]:
    command = [
        *under(call, what, number, folder / "calls"),
        sys.executable,
        "-m",
        "tests.faults.ledger_worker",
        str(folder),
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def bought(folder: Path) -> Counter[str]:
    """Return how often each item was paid for, by the seller's books."""
    books = folder / "bought"
    return Counter(books.read_text().split() if books.exists() else ())


def committed(folder: Path) -> tuple[set[str], set[str]]:
    """Return the items whose reply is in the ledger, and those listed as possibly billed twice."""
    path = folder / "run" / "ledger.db"
    if not path.exists() or not path.stat().st_size:
        return set(), set()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'replies'").fetchone()[0]:
            return set(), set()
        replies = {row[0].removeprefix("key of ") for row in connection.execute("SELECT key FROM replies")}
        sent = {row[0] for row in connection.execute("SELECT item FROM requests WHERE state = 'sent'")}
    connection.close()
    return replies, sent


def check_and_finish(folder: Path, clean: bytes) -> None:
    """Hold a folder that was cut short against the promises, then finish it and hold the end against a clean run."""
    paid, (saved, listed) = bought(folder), committed(folder)
    assert set(paid) - saved <= listed, "a paid answer is neither saved nor listed"
    assert len(set(paid) - saved) <= 1, "more was lost than was in flight"
    assert saved <= set(paid)
    rows = folder / "rows.jsonl"
    assert not rows.exists() or rows.read_bytes() == clean, "a torn file stands in the place of the whole one"
    finish(folder)
    again = bought(folder)
    assert set(again) == set(ITEMS)
    assert all(again[item] == 1 for item in saved), "a committed answer was bought again"
    assert sum(again.values()) <= len(ITEMS) + 1
    assert rows.read_bytes() == clean
    assert committed(folder)[0] == set(ITEMS)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("clean")
    finish(folder)
    return (folder / "rows.jsonl").read_bytes()


@pytest.mark.parametrize("call", CALLS)
def test_41_killed_at_every_call(call: str, clean: bytes, tmp_path: Path) -> None:
    for number in numbers(call):
        folder = tmp_path / str(number)
        folder.mkdir()
        ended = run_worker(folder, call, "signal=SIGKILL", number)
        if ended.returncode == 0:
            break  # there is no n-th call any more
        assert ended.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), ended.stderr
        check_and_finish(folder, clean)
    assert number > 1


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("call", CALLS)
def test_43_a_disk_that_refuses_ends_in_6_with_one_sentence(
    call: str, error: str, clean: bytes, tmp_path: Path
) -> None:
    refusals = 0
    for number in numbers(call):
        folder = tmp_path / str(number)
        folder.mkdir()
        ended = run_worker(folder, call, f"error={error}", number)
        if "(INJECTED)" not in (folder / "calls").read_text():
            break  # there is no n-th call any more
        refusals += ended.returncode == 6
        assert ended.returncode in (0, 6), (number, ended.stderr)
        assert ended.stderr.count("\n") == (ended.returncode == 6), (number, ended.stderr)
        check_and_finish(folder, clean)
    # SQLite goes on without removing or cutting a file; what cannot be written or synced is always told.
    assert refusals or call in ("unlink", "ftruncate")


CONCURRENCY = 2
WHOLE = {"pwrite64": (40, 120, 200), "fdatasync": (12,), "fsync": (2,), "rename": (3,)}
"""A sample of the calls a run over four functions makes: some 300 page writes, 40 syncs, and those of the export."""


@pytest.mark.parametrize(("call", "number"), [(call, n) for call, numbers in WHOLE.items() for n in numbers])
async def test_41_the_product_killed_at_a_call_goes_on(call: str, number: int, tmp_path: Path) -> None:
    product = Product(tmp_path, functions=4, options=["--concurrency", str(CONCURRENCY)])
    async with FaultServer(lambda _: honest()) as server:
        product.under = under(call, "signal=SIGKILL", number)
        code, said = await product.run(server.url)
        assert code in (-signal.SIGKILL, 128 + signal.SIGKILL), said
        listed = len((await product.status())["possibly_billed_twice"]) if server.asked else 0
        product.under = []
        code, said = await product.run(server.url)
        assert code == 0, said
        assert sum(times - 1 for times in server.billed.values()) <= listed <= CONCURRENCY
        assert len(server.billed) == 4 + 4 + 1
    assert len(json.loads(product.rows)) == 4 * 2 + 1
    assert not list(tmp_path.glob(".*.tmp")), "a killed export's file was left"


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
async def test_43_nothing_is_bought_that_cannot_be_saved(error: str, tmp_path: Path) -> None:
    product = Product(tmp_path, functions=4, options=["--concurrency", str(CONCURRENCY)])
    async with FaultServer(lambda _: honest()) as server:
        product.under = under("pwrite64", f"error={error}", 90)
        product.under[-1] += "+"  # from here on the disk stays as it is
        code, said = await product.run(server.url)
        assert code == 6, said
        assert "Traceback" not in said
        assert "run the same command again" in said
        saved = sum(usage["replies"] for usage in (await product.status())["usage"].values())
        assert saved <= len(server.asked) <= saved + CONCURRENCY
        product.under = []
        code, said = await product.run(server.url)
        assert code == 0, said
        assert sum(times - 1 for times in server.billed.values()) <= CONCURRENCY
