"""Shards in processes of this machine: the engine that needs nothing but Python."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_sentinels
from multiprocessing.managers import BaseManager
from typing import Any

from qarepo_graph.engine.runs import share_limits
from qarepo_graph.errors import StorageError
from qarepo_graph.fleet.budget import Budget, Lease, Leases, Limits, Spent
from qarepo_graph.fleet.copies import Copies, find_copies
from qarepo_graph.fleet.engine import Outcome, failed, run_file
from qarepo_graph.fleet.manifest import Repository
from qarepo_graph.fleet.survey import Survey, survey_repository

TICK_SECONDS = 0.5
"""Longest silence of :meth:`LocalEngine.run`."""

LOST_IN_A_ROW = 3
"""Times the workers may die with no shard finished between before the shards under way are given up."""


class _BudgetServer(BaseManager):
    """Serves the driver's budget to its workers over a local socket."""


class _BudgetClient(BaseManager):
    """A worker's connection to it."""


_BudgetClient.register("budget")


class LocalEngine:
    """A pool of processes.

    Args:
        workers: How many.
        limits: What all together keep to.
    """

    def __init__(self, workers: int, limits: Limits) -> None:
        self._workers = workers
        self._budget = Budget(limits)
        self._ended = False
        _BudgetServer.register("budget", callable=lambda: self._budget)
        manager = _BudgetServer()
        server = manager.get_server()
        self._address = server.address
        threading.Thread(target=server.serve_forever, name="qarepo-budget", daemon=True).start()
        self._pool = self._new_pool()

    def survey(self, jobs: Sequence[tuple[Repository, Mapping[str, Any]]], folder: str) -> Iterator[tuple[int, Survey]]:
        """Survey repositories as workers come free."""
        futures = {self._pool.submit(survey_repository, *job, folder): place for place, job in enumerate(jobs)}
        pending: set[Future[Survey]] = set(futures)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield futures[future], future.result()

    def find_copies(self, tables: Sequence[str], order: Mapping[str, int]) -> Copies:
        """Find the copies in this process."""
        return find_copies(tables, order)

    def run(self, shards: Sequence[str]) -> Iterator[Outcome | None]:
        """Run shards as workers come free; a worker that dies takes its shard's requests in flight, no more."""
        left = list(reversed(shards))
        under_way: dict[Future[Outcome], str] = {}
        lost_in_a_row = 0
        while left or under_way:
            if self._ended:
                left.clear()
            while left and len(under_way) < self._workers:
                file = left.pop()
                under_way[self._pool.submit(_run, file)] = file
            done, _ = wait(under_way, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
            broken: list[str] = []
            for future in done:
                file = under_way.pop(future)
                try:
                    yield future.result()
                    lost_in_a_row = 0
                except BrokenProcessPool:
                    broken.append(file)
                except Exception as error:  # a mistake of ours in one shard is not to cost the others
                    yield failed(file, error)
            if broken:
                broken += under_way.values()
                under_way.clear()
                lost_in_a_row += 1
                self._pool.shutdown(wait=True)
                self._pool = self._new_pool()
                if lost_in_a_row > LOST_IN_A_ROW:
                    for file in broken:
                        yield failed(file, StorageError("Its worker was killed each time; look for lack of memory."))
                else:
                    left += broken
            yield None

    def end(self, refusal: str, signal_number: int = 0) -> None:
        """Begin no shard and send no request any more."""
        self._ended = True
        self._budget.end(refusal, signal_number)

    def totals(self) -> dict[str, Any]:
        """Return what the budget granted and was told."""
        return self._budget.totals()

    def close(self) -> None:
        """End the workers; those that still work are ended at once."""
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.join(timeout=5)
            if process.is_alive():
                process.terminate()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(self._address,),
        )


def _start_worker(address: Any) -> None:
    """Begin a worker: limits by the driver's budget, signals by the driver's word, and no life after the driver."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    client = _BudgetClient(address)
    client.connect()
    _worker["budget"] = client.budget()  # type: ignore[attr-defined]  # registered by name above


_worker: dict[str, Any] = {}
"""What this worker process holds: its connection to the budget."""


def _run(file: str) -> Outcome:
    """Run one shard, its requests leased from the driver's budget."""
    budget = _worker["budget"]

    async def ask(tokens: int, spent: Spent) -> Lease:
        lease: Lease = await asyncio.to_thread(budget.lease, tokens, spent)
        return lease

    async def tell(spent: Spent) -> None:
        await asyncio.to_thread(budget.report, spent)

    leases = Leases(ask, tell)  # one per shard: each has an event loop of its own
    share_limits(leases)
    try:
        return run_file(file)
    finally:
        asyncio.run(leases.settle())


def _end_with(sentinel: int) -> None:
    """End this process when its driver is gone: the run directory's lock must be free for the next one."""
    wait_for_sentinels([sentinel])
    os._exit(1)
