"""Shards on Ray: async actors that survive a killed worker, one budget actor, global stages on Ray Data.

Extra ``[ray]``. A worker's actor runs a few shards at a time in one event loop: it waits for a model nearly always, so
it asks for half a processor. A killed actor is started again by Ray and its shards with it; what they had answered is
in their ledgers, so only the requests in flight are sent twice.
"""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from qarepo_graph.engine.runs import share_limits
from qarepo_graph.errors import MissingExtraError, StorageError, UsageError
from qarepo_graph.fleet.budget import Budget, Lease, Leases, Limits, Spent
from qarepo_graph.fleet.copies import Copies
from qarepo_graph.fleet.engine import Outcome, Work, failed
from qarepo_graph.fleet.manifest import Repository
from qarepo_graph.fleet.survey import Survey, survey_repository

CPUS_PER_WORKER = 0.5
"""A worker waits for its model; measured at 110-165 requests a second for a whole core."""

SHARDS_AT_ONCE = 2
"""Per worker: while one parses or writes its part, the other asks."""

RETRIES = 3
"""Times a shard is begun again after its worker was killed."""

TICK_SECONDS = 0.5
CONNECT_SECONDS = 5.0


def load_ray() -> ModuleType:
    """Return ray, its usage reports switched off.

    Raises:
        MissingExtraError: When it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray of 2026 warns on every start that it will stop hiding accelerators from tasks that ask for none.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        msg = 'The ray engine needs Ray: pip install "qarepo-graph[ray]".'
        raise MissingExtraError(msg) from error
    return ray  # type: ignore[no-any-return]  # ray is not checked: it may or may not be installed


class _Worker:
    """One actor: runs shards beside each other, its requests leased from the budget actor.

    Args:
        budget: Name of the budget actor. A handle would lie in the object store, and Ray cannot start an actor again
            whose arguments are gone from there.
        work: ``module:function`` of what is done with a shard's file.
    """

    def __init__(self, budget: str, work: str) -> None:
        self._budget = load_ray().get_actor(budget)
        module, _, name = work.partition(":")
        self._work: Work = getattr(import_module(module), name)
        self._leases: Leases | None = None

    async def run(self, file: str) -> Outcome:
        if self._leases is None:
            self._leases = Leases(self._ask, self._tell)  # here: it belongs to the actor's event loop
            share_limits(self._leases)
        try:
            return await self._work(file)
        finally:
            await self._leases.settle()

    async def _ask(self, tokens: int, spent: Spent) -> Lease:
        lease: Lease = await self._budget.lease.remote(tokens, spent)
        return lease

    async def _tell(self, spent: Spent) -> None:
        await self._budget.report.remote(spent)


class RayEngine:
    """Actors on a Ray cluster.

    Args:
        address: ``host:port`` of the cluster's head; empty starts Ray on this machine.
        workers: Actors; 0 = as many as the cluster's processors have room for, one whole processor left free.
        limits: What all together keep to.
        work: What a worker does with a shard's file, as ``module:function``.

    Raises:
        MissingExtraError: When Ray is not installed.
        UsageError: When nothing listens at the address.
    """

    def __init__(
        self, address: str, workers: int, limits: Limits, work: str = "qarepo_graph.fleet.engine:arun_file"
    ) -> None:
        self._ray = load_ray()
        self._connect(address)
        self._ended = False
        self._count = workers or self._room()
        ray = self._ray
        self._name = f"qarepo-budget-{uuid.uuid4().hex[:12]}"
        self._budget = ray.remote(Budget).options(name=self._name, num_cpus=0, max_concurrency=1).remote(limits)
        self._work = work
        self._actors: list[Any] = []
        self._totals: dict[str, Any] = ray.get(self._budget.totals.remote())

    def survey(self, jobs: Sequence[tuple[Repository, Mapping[str, Any]]], folder: str) -> Iterator[tuple[int, Survey]]:
        """Survey repositories as Ray tasks, one processor each."""
        task = self._ray.remote(survey_repository).options(num_cpus=1, max_retries=RETRIES)
        waiting = list(enumerate(jobs))[::-1]
        under_way: dict[Any, int] = {}
        room = 2 * int(self._ray.cluster_resources().get("CPU", 1)) + 2
        while waiting or under_way:
            while waiting and len(under_way) < room:  # never all at once: the driver's memory stays flat
                place, (repository, knobs) = waiting.pop()
                under_way[task.remote(repository, dict(knobs), folder)] = place
            done, _ = self._ray.wait(list(under_way), timeout=TICK_SECONDS)
            for future in done:
                yield under_way.pop(future), self._ray.get(future)

    def find_copies(self, tables: Sequence[str], order: Mapping[str, int]) -> Copies:
        """Find the copies on Ray Data."""
        from qarepo_graph.fleet.ray_copies import find_copies

        return find_copies(self._ray, tables, order)

    def run(self, shards: Sequence[str]) -> Iterator[Outcome | None]:
        """Run shards on the actors, a few at a time on each."""
        ray = self._ray
        from ray.exceptions import RayActorError, RayError, RayTaskError

        self._start_workers(min(self._count, len(shards)))
        left = list(reversed(shards))
        load = dict.fromkeys(range(len(self._actors)), 0)
        under_way: dict[Any, tuple[str, int]] = {}
        while left or under_way:
            if self._ended:
                left.clear()
            while left and load and min(load.values()) < SHARDS_AT_ONCE:
                place = min(load, key=load.__getitem__)
                file = left.pop()
                under_way[self._actors[place].run.remote(file)] = (file, place)
                load[place] += 1
            done, _ = ray.wait(list(under_way), num_returns=1, timeout=TICK_SECONDS) if under_way else ((), ())
            for future in done:
                file, place = under_way.pop(future)
                load[place] -= 1
                try:
                    yield ray.get(future)
                except RayActorError:
                    words = f"Its worker was killed {RETRIES + 1} times; look for lack of memory on its node."
                    yield failed(file, StorageError(words))
                except RayTaskError as error:  # a mistake of ours in one shard is not to cost the others
                    yield failed(file, error.cause if isinstance(error.cause, Exception) else error)
                except RayError as error:
                    yield failed(file, error)
            yield None

    def end(self, refusal: str, signal_number: int = 0) -> None:
        """Begin no shard and send no request any more."""
        self._ended = True
        self._budget.end.remote(refusal, signal_number)  # not waited for: this may be a signal handler

    def totals(self) -> dict[str, Any]:
        """Return what the budget granted and was told; its last word when it is busy."""
        with contextlib.suppress(Exception):
            self._totals = self._ray.get(self._budget.totals.remote(), timeout=2.0)
        return self._totals

    def close(self) -> None:
        """End the workers and leave the cluster; one that this engine started ends too."""
        for actor in [*self._actors, self._budget]:
            with contextlib.suppress(Exception):
                self._ray.kill(actor)
        self._ray.shutdown()

    def _start_workers(self, count: int) -> None:
        actor = self._ray.remote(_Worker).options(
            num_cpus=CPUS_PER_WORKER, max_restarts=-1, max_task_retries=RETRIES, max_concurrency=SHARDS_AT_ONCE + 1
        )
        while len(self._actors) < count:
            self._actors.append(actor.remote(self._name, self._work))

    def _connect(self, address: str) -> None:
        if address:
            _check_listening(address)
        try:
            if address:
                self._ray.init(address=address, log_to_driver=False, logging_level="ERROR")
            else:
                self._ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as error:
            first = str(error).split("\n", 1)[0]
            msg = f"Ray could not be reached or started ({first}); see `ray status` and --address."
            raise UsageError(msg) from error

    def _room(self) -> int:
        processors = float(self._ray.cluster_resources().get("CPU", 1))
        return max(1, int((processors - 1) / CPUS_PER_WORKER))


def _check_listening(address: str) -> None:
    """Try the address for a moment: Ray itself would try for minutes.

    Raises:
        UsageError: When it is no ``host:port`` or nothing listens there.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        msg = f"--address {address!r} cannot be used; give the head's own address as host:port."
        raise UsageError(msg)
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        msg = f"Nothing answers at {address} ({error}); start Ray there with `ray start --head --port={port}`."
        raise UsageError(msg) from error
