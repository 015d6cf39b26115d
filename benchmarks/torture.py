"""Nothing lost, nothing bought twice: many functions, one request in five failing, kill -9 again and again.

The product runs as a plain subprocess against a server on loopback whose own books are the oracle: every complete
answer carries a serial number of its own (as its prompt tokens), so the books say which answer of which question lies
in the ledger, and whether a committed one was ever bought again: by its work key, and, whatever the keys say, by
whether a question whose true answer was committed is ever answered anew. A verdict is not waited for and may be lost in
a kill; it is given again from the stored answer, so it counts for nothing here. The last tenth of the kills falls into
the export. At the end the export is held against that of an undisturbed run, byte for byte.

::

    python benchmarks/torture.py --functions 10000 --kills 50 --json torture.json
    python benchmarks/torture.py --folder work --seconds 330   # a piece of it; the same command goes on
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import platform
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from aiohttp import web

from qarepo_graph.ledger import look_into_ledger
from qarepo_graph.ledger.calls import possibly_billed_twice
from tests.faults.product import Product, truth, until
from tests.faults.server import Act, Asked, FaultServer, answer, chunk, error, hang, reset, say, stream

FAULTS: tuple[Callable[[], Act], ...] = (
    partial(say, 500, "oops"),
    partial(say, 502, "<html>bad gateway</html>", content_type="text/html"),
    partial(error, 503, "overloaded"),
    partial(error, 429, "slow down", headers={"retry-after-ms": "20"}),
    partial(error, 429, "slow down"),
    partial(say, 200, ""),
    partial(say, 200, "<html>busy</html>", content_type="text/html"),
    partial(say, 200, {"error": {"message": "upstream", "code": 502}}),
    partial(say, 200, {"choices": []}),
    partial(reset),
    partial(reset, after=b'{"id": "1", '),
    partial(stream, [chunk("half")]),
    # Complete answers that are no good: paid for, stored, refused, asked for anew.
    partial(answer, '{"description": "cut'),
    partial(answer, "   "),
    partial(answer, lambda asked: truth(asked)[:40], finish_reason="length"),
    partial(answer, lambda asked: json.dumps({"result": json.loads(truth(asked))})),
    partial(answer, lambda asked: truth(asked).replace("value", "invented_value")),
)
HANGS = 0.002
"""Share of requests that never end; each holds a worker for the whole deadline."""


@dataclass
class Books:
    """What the server knows, kept over the pieces of a benchmark.

    Attributes:
        sold: Question by the serial number of each complete answer.
        true: Serial numbers of the complete answers that nothing is wrong with.
        asked: Requests that arrived.
        faults: Requests that were answered badly or not at all.
        kills: Processes killed.
        kills_in_export: Those of them that were writing the export.
        committed: Serial number by work key, as the ledger had it after the last kill.
        lost: Committed answers that a later look did not find.
        rebought: Committed answers that a later look found bought anew.
        unlisted: Answers that were in flight at a kill and not in the list of what may be billed twice.
        repeats: Answers sold and never committed.
        seconds: Time spent.
    """

    sold: dict[str, str] = field(default_factory=dict)
    true: list[int] = field(default_factory=list)
    asked: int = 0
    faults: int = 0
    kills: int = 0
    kills_in_export: int = 0
    committed: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    rebought: int = 0
    unlisted: int = 0
    repeats: int = 0
    seconds: float = 0.0

    def serve(self, seed: int, share: float) -> Callable[[Asked], Act]:
        """Return the server's script: faults by the dice, otherwise the truth with the next serial number."""
        dice = random.Random(f"{seed}:{self.asked}")

        def script(_: Asked) -> Act:
            self.asked += 1
            thrown = dice.random()
            if thrown < share:
                self.faults += 1
                return self._sell(hang() if thrown < HANGS else dice.choice(FAULTS)())
            return self._sell(answer(truth, 0.005), true=True)

        return script

    def _sell(self, inner: Act, *, true: bool = False) -> Act:
        async def act(request: web.Request, entry: Asked) -> web.StreamResponse:
            serial = len(self.sold) + 1
            self.sold[str(serial)] = ""  # taken; it may be cut off before it is complete
            entry.usage = {"prompt_tokens": serial, "completion_tokens": 20, "total_tokens": serial + 20}
            try:
                return await inner(request, entry)
            finally:
                if entry.billed:
                    self.sold[str(serial)] = entry.key
                    if true:
                        self.true.append(serial)
                entry.body = {}  # half a gigabyte at the end otherwise

        return act

    def look(self, run: Path) -> None:
        """Hold the ledger as a kill left it against the books."""
        if not (run / "ledger.db").exists():
            return
        ledger = look_into_ledger(run)
        try:
            found = dict(ledger.run(lambda connection: connection.execute(_COMMITTED).fetchall()))
            listed = len(ledger.run(possibly_billed_twice))
        finally:
            ledger.close()
        self.lost += len(set(self.committed) - set(found))
        self.rebought += sum(found.get(key, serial) != serial for key, serial in self.committed.items())
        self.committed = found
        self.repeats = len({int(serial) for serial, key in self.sold.items() if key} - set(found.values()))
        self.unlisted = max(self.unlisted, self.repeats - listed)

    @property
    def answered_anew(self) -> int:
        """Answers sold of a question after a true one that the ledger holds."""
        true = sorted(set(self.true) & set(self.committed.values()), reverse=True)
        known = {self.sold[str(serial)]: serial for serial in true}  # the first one of each question
        return sum(int(serial) > known.get(key, math.inf) for serial, key in self.sold.items() if key)


_COMMITTED = "SELECT key, prompt_tokens FROM replies"


async def kill_somewhere(product: Product, server: FaultServer, books: Books, dice: random.Random, calls: int) -> bool:
    """Start the product and kill it: now and then by the clock, mostly some calls later; False if it ended before."""
    process = await product.start(server.url)
    draining = asyncio.create_task(_drain(process))
    if dice.random() < 0.1:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), dice.uniform(0.0, 4.0 + product.functions / 1000))
    else:
        target = books.asked + dice.randint(1, max(2, 2 * calls))
        await until(lambda: books.asked >= target or process.returncode is not None, 600)
    return await _kill(process, draining, product, books)


async def kill_in_export(product: Product, server: FaultServer, books: Books, dice: random.Random) -> bool:
    """Start the product, let it buy what is left and kill it while it writes the export; False if it ended before."""
    before = set(leftovers(product))
    process = await product.start(server.url)
    draining = asyncio.create_task(_drain(process))
    await until(lambda: set(leftovers(product)) - before or process.returncode is not None, 1800)
    await asyncio.sleep(dice.uniform(0.0, product.functions / 10_000))
    killed = await _kill(process, draining, product, books)
    books.kills_in_export += killed
    return killed


def leftovers(product: Product) -> list[Path]:
    """Return the files of exports under way or killed."""
    return list(product.folder.glob(".rows.json*.tmp"))


async def _kill(
    process: asyncio.subprocess.Process, draining: asyncio.Task[None], product: Product, books: Books
) -> bool:
    if process.returncode is not None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    draining.cancel()
    await asyncio.sleep(0.05)  # what the dead process had asked for is written or refused by now
    books.kills += 1
    books.look(product.folder / "run")
    return True


async def _drain(process: asyncio.subprocess.Process) -> None:
    for stream_ in (process.stdout, process.stderr):
        assert stream_ is not None
        while await stream_.read(65536):
            pass


async def torture(
    folder: Path,
    *,
    functions: int,
    kills: int,
    concurrency: int = 32,
    share: float = 0.2,
    seed: int = 1,
    seconds: float = float("inf"),
) -> dict[str, Any] | None:
    """Run the whole benchmark, or a piece of it.

    Args:
        folder: Where it works; a later call with the same folder goes on.
        functions: Functions of the repository.
        kills: Processes to kill.
        concurrency: Requests in flight.
        share: Share of requests that fail.
        seed: Of everything that is thrown by dice.
        seconds: After so many seconds no further process is started.

    Returns:
        The figures, or None when the time was up before the end.
    """
    started = time.monotonic()
    options = ["--concurrency", str(concurrency), "--attempts", "8", "--request-seconds", "5"]
    product = Product(folder / "tortured", functions, options)
    clean = Product(folder / "clean", functions, options)
    notes = folder / "books.json"
    books = Books(**json.loads(notes.read_text())) if notes.exists() else Books()
    dice = random.Random(f"{seed}:{books.kills}:kills")
    in_calls = kills - max(1, kills // 10)
    ended = False
    async with FaultServer(books.serve(seed, share)) as server:
        while books.kills < kills and not ended and time.monotonic() - started < seconds:
            if books.kills < in_calls:
                left = max(1, round(2.1 * functions) - len(books.committed))
                ended = not await kill_somewhere(product, server, books, dice, left // (in_calls - books.kills + 1))
            else:
                ended = not await kill_in_export(product, server, books, dice)
            sys.stderr.write(f"{books.kills} kills, {books.asked} requests, {len(books.committed)} committed\n")
            _save(notes, books, started)
            started, seconds = time.monotonic(), seconds - (time.monotonic() - started)
        if seconds < 0:
            return None
        code, said = await product.run(server.url, seconds=1800)
        books.look(product.folder / "run")
    _save(notes, books, started)
    if not (clean.folder / "rows.json").exists():
        async with FaultServer(lambda _: answer(truth)) as server:
            clean_code, clean_said = await clean.run(server.url, seconds=1800)
        assert clean_code == 0, clean_said
    rows = json.loads(product.rows) if code == 0 else []
    questions = Counter(row["instruction"] for row in rows)
    return {
        "functions": functions,
        "concurrency": concurrency,
        "kills": books.kills,
        "kills_in_export": books.kills_in_export,
        "requests": books.asked,
        "failing_requests": books.faults,
        "answers_sold": sum(1 for key in books.sold.values() if key),
        "answers_committed": len(books.committed),
        "exit_code": code,
        "rows": len(rows),
        "rows_missing": functions * 2 + 1 - len(rows),
        "rows_twice": sum(count - 1 for count in questions.values()),
        "committed_answers_lost": books.lost,
        "committed_answers_bought_again": books.rebought,
        "answered_questions_asked_again": books.answered_anew,
        "sold_but_never_committed": books.repeats,
        "bound_kills_times_concurrency": books.kills * concurrency,
        "of_these_not_listed": books.unlisted,
        "export_as_clean": code == 0 and product.rows == clean.rows,
        "files_left_by_killed_exports": len(leftovers(product)),
        "seconds": round(books.seconds),
        "said": "" if code == 0 else said[-500:],
    }


def _save(notes: Path, books: Books, started: float) -> None:
    books.seconds += time.monotonic() - started
    notes.write_text(json.dumps(asdict(books)))


def main() -> None:
    """Parse the command line, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--functions", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("torture"))
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="A piece of this length; run again to go on."
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    figures = asyncio.run(
        torture(
            given.folder,
            functions=given.functions,
            kills=given.kills,
            concurrency=given.concurrency,
            seed=given.seed,
            seconds=given.seconds,
        )
    )
    if figures is None:
        sys.stdout.write("not done yet: run the same command again\n")
        sys.exit(75)
    figures |= {"python": platform.python_version(), "cpus": os.cpu_count()}
    text = json.dumps(figures, indent=1)
    sys.stdout.write(text + "\n")
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
