"""The shared budget: slots of all workers make one even row, and no limit is passed by more than a lease."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from qarepo_graph.errors import InterruptedRunError, LimitError
from qarepo_graph.fleet.budget import Budget, Lease, Leases, Limits, Spent


def worker(budget: Budget) -> Leases:
    async def ask(tokens: int, spent: Spent) -> Lease:
        return budget.lease(tokens, spent)

    async def tell(spent: Spent) -> None:
        budget.report(spent)

    return Leases(ask, tell)


async def test_two_workers_share_one_row_of_slots() -> None:
    budget = Budget(Limits(rpm=600))
    workers = [worker(budget), worker(budget)]
    slots = sorted([await workers[number % 2].start(1) for number in range(40)])
    gaps = [later - earlier for earlier, later in itertools.pairwise(slots)]
    assert all(gap == pytest.approx(0.1, abs=0.03) for gap in gaps)  # 600 a minute, whoever sends
    assert budget.totals()["leases"] == 4  # a second's worth each: ten permits


async def test_tokens_are_corrected_when_the_replies_tell() -> None:
    budget = Budget(Limits(tpm=60_000))  # a thousand a second
    one = worker(budget)
    assert await one.start(500) == pytest.approx(0.0, abs=0.05)
    assert await one.start(500) == pytest.approx(0.5, abs=0.05)
    one.correct(1000)
    assert await one.start(500) == pytest.approx(2.0, abs=0.05)  # the third opens the next lease, a second later


async def test_requests_are_never_more_than_allowed_and_hardly_less() -> None:
    budget = Budget(Limits(requests=100))
    workers = [worker(budget) for _ in range(4)]
    started, refused = 0, 0
    while refused < 4:
        refused = 0
        for one in workers:
            try:
                await one.start(1)
                started += 1
            except LimitError:
                refused += 1
    assert started == 100
    with pytest.raises(LimitError, match="--max-requests 100 is reached"):
        await workers[0].start(1)


@pytest.mark.parametrize("in_flight", [1, 8, 16])
async def test_money_is_overshot_by_what_is_in_flight_at_most(in_flight: int) -> None:
    price, limit = 0.01, 1.0
    budget = Budget(Limits(usd=limit))
    workers = [worker(budget) for _ in range(4)]
    bought = 0

    async def buy(one: Leases) -> None:
        nonlocal bought
        while True:
            await one.start(1)
            bought += 1
            await asyncio.sleep(0)
            one.paid(price)

    tasks = [asyncio.create_task(buy(one)) for one in workers for _ in range(in_flight)]
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, LimitError) for end in ends)
    assert limit <= bought * price + 1e-9 <= limit + price * 4 * 20


async def test_a_stop_reaches_every_worker_with_its_next_lease() -> None:
    budget = Budget(Limits())
    one = worker(budget)
    await one.start(1)
    budget.end("Stopped by a signal.", 15)
    for _ in range(19):
        await one.start(1)  # what it holds it may use
    with pytest.raises(InterruptedRunError) as stopped:
        await one.start(1)
    assert stopped.value.signal_number == 15


async def test_permits_given_back_are_granted_again() -> None:
    budget = Budget(Limits(requests=8))
    one = worker(budget)
    await one.start(1)
    await one.settle()
    assert (budget.totals()["granted"], budget.totals()["requests"]) == (1, 1)


async def test_slots_nobody_was_ready_for_are_made_up_by_a_lease_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("qarepo_graph.fleet.budget.time.monotonic", lambda: now)
    budget = Budget(Limits(rpm=600))
    waits = [budget.lease(1, Spent()).wait]
    now += 1.5  # half a second late
    waits.append(budget.lease(1, Spent()).wait)
    now += 60.0  # nobody asked for a minute
    waits += [budget.lease(1, Spent()).wait for _ in range(3)]
    assert waits == pytest.approx([0.0, -0.5, -1.0, 0.0, 1.0])
