"""One budget for all workers: starts of requests are leased in chunks, so that a limit holds whoever sends.

The :class:`Budget` lives once (a Ray actor, or a manager process beside local workers). Each worker's :class:`Leases`
asks it for a chunk of permits, never for one: a lease is a row of time slots on one global clock, so that the starts of
all workers together are spaced as one process would space them. What a worker has spent travels back with its next
lease; so money may be overshot by what is leased and in flight at that moment, and never by more.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from qarepo_graph.errors import InterruptedRunError, LimitError

LEASE_PERMITS = 20
"""Permits of one lease at most: one message to the budget for twenty requests is lost in their own cost."""

LEASE_SECONDS = 1.0
"""A lease spans no longer than this at the limit's pace, so that a worker that dies takes little of it along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What all workers together keep to; 0 = no limit.

    Attributes:
        rpm: Requests per minute.
        tpm: Tokens per minute, prompt and reply.
        usd: Money of this session in US dollars.
        requests: Requests of this session.
    """

    rpm: int = 0
    tpm: int = 0
    usd: float = 0.0
    requests: int = 0


@dataclass(slots=True)
class Spent:
    """What a worker did since it last told.

    Attributes:
        requests: Permits used.
        unused: Permits given back.
        replies: Replies received.
        tokens: Tokens they cost more (or less) than was leased for them, permits given back included.
        usd: Money they cost.
    """

    requests: int = 0
    unused: int = 0
    replies: int = 0
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Permits to start requests, or a refusal.

    Attributes:
        permits: How many.
        wait: Seconds until the first may start; below 0 it could have started so long ago.
        gap: Seconds between two of them.
        tokens: Tokens leased for each.
        refusal: Why there are none.
        signal_number: The signal that ends all runs; 0 = none.
    """

    permits: int = 0
    wait: float = 0.0
    gap: float = 0.0
    tokens: int = 0
    refusal: str = ""
    signal_number: int = 0


@dataclass(slots=True)
class Totals:
    """What all workers together were granted and told."""

    granted: int = 0
    requests: int = 0
    replies: int = 0
    tokens: int = 0
    usd: float = 0.0
    leases: int = 0


@dataclass(slots=True)
class Budget:
    """The global clock and purse. Safe to call from several threads.

    Args:
        limits: What is kept to.
    """

    limits: Limits
    _totals: Totals = field(default_factory=Totals)
    _next_request: float = 0.0
    _next_token: float = 0.0
    _refusal: str = ""
    _signal: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lease(self, tokens: int, spent: Spent) -> Lease:
        """Take in what a worker spent and grant it the next permits.

        Args:
            tokens: Estimated tokens of its next request.
            spent: What it did since the last lease.
        """
        with self._lock:
            self._take_in(spent)
            if self._refusal:
                return Lease(refusal=self._refusal, signal_number=self._signal)
            request_gap = 60.0 / self.limits.rpm if self.limits.rpm else 0.0
            token_gap = 60.0 / self.limits.tpm if self.limits.tpm else 0.0
            gap = max(request_gap, tokens * token_gap)
            permits = min(self._room(), max(1, int(LEASE_SECONDS / gap)) if gap else LEASE_PERMITS, LEASE_PERMITS)
            if permits < 1:
                return Lease(refusal=self._why_full())
            now = time.monotonic()
            # Slots that nobody was ready for may be made up, by a lease's worth at most.
            earliest = now - min(LEASE_SECONDS, permits * gap)
            at = max(earliest, self._next_request or now, self._next_token or now)
            self._next_request = at + permits * request_gap
            self._next_token = at + permits * tokens * token_gap
            self._totals.granted += permits
            self._totals.tokens += permits * tokens
            self._totals.leases += 1
            return Lease(permits=permits, wait=at - now, gap=gap, tokens=tokens)

    def report(self, spent: Spent) -> None:
        """Take in what a worker spent when it wants no further lease."""
        with self._lock:
            self._take_in(spent)

    def end(self, refusal: str, signal_number: int = 0) -> None:
        """Grant nothing more: workers finish what is in flight, save it and end."""
        with self._lock:
            self._refusal, self._signal = self._refusal or refusal, self._signal or signal_number

    def totals(self) -> dict[str, Any]:
        """Return what was granted and told so far."""
        with self._lock:
            return asdict(self._totals)

    def _take_in(self, spent: Spent) -> None:
        self._totals.requests += spent.requests
        self._totals.granted -= spent.unused
        self._totals.replies += spent.replies
        self._totals.usd += spent.usd
        self._totals.tokens += spent.tokens
        if self.limits.tpm:
            self._next_token += spent.tokens * 60.0 / self.limits.tpm

    def _room(self) -> int:
        """Return the permits that may be granted now; near a limit in ever smaller chunks, so that none lie idle."""
        room = math.inf
        if self.limits.requests:
            left = self.limits.requests - self._totals.granted
            room = min(room, left if left <= 1 else max(1, left // 4))
        if self.limits.usd:
            left_usd = self.limits.usd - self._totals.usd
            mean = self._totals.usd / self._totals.replies if self._totals.replies else 0.0
            outstanding = self._totals.granted - self._totals.replies
            fit = left_usd / mean - outstanding if mean else float(LEASE_PERMITS)
            room = min(room, 0 if left_usd <= 0 else max(1, int(fit) // 4))
        return LEASE_PERMITS if room == math.inf else int(room)

    def _why_full(self) -> str:
        if self.limits.requests and self._totals.granted >= self.limits.requests:
            return f"--max-requests {self.limits.requests} is reached; run the same command with a higher one to go on."
        return f"--max-usd {self.limits.usd} is reached; run the same command with a higher one to go on."


class Leases:
    """One worker's side of the budget (:class:`qarepo_graph.llm.limiter.Allowance`), for one event loop.

    Args:
        ask: Sends ``lease`` to the budget, wherever it lives.
        tell: Sends ``report`` to it.
    """

    def __init__(self, ask: Callable[[int, Spent], Awaitable[Lease]], tell: Callable[[Spent], Awaitable[None]]) -> None:
        self._ask = ask
        self._tell = tell
        self._lease = Lease()
        self._used = 0
        self._since = 0.0
        self._spent = Spent()
        self._asking = asyncio.Lock()

    async def start(self, tokens: int) -> float:
        """Take one permit, leasing the next chunk where none is left; return the seconds until it may be used.

        Raises:
            LimitError: When the money or the requests of all workers together are used up.
            InterruptedRunError: When all are to end.
        """
        async with self._asking:
            if self._used >= self._lease.permits:
                await self._renew(tokens)
            slot = self._since + self._lease.wait + self._used * self._lease.gap
            self._used += 1
            self._spent.requests += 1
            self._spent.tokens += tokens - self._lease.tokens
            return max(0.0, slot - asyncio.get_running_loop().time())

    def correct(self, tokens: int) -> None:
        """Tell what a reply cost more (or less) tokens than its estimate."""
        self._spent.tokens += tokens

    def paid(self, usd: float | None) -> None:
        """Tell what a reply cost."""
        self._spent.replies += 1
        self._spent.usd += usd or 0.0

    async def settle(self) -> None:
        """Tell what was spent and give back the permits left."""
        spent, self._spent = self._spent, Spent()
        spent.unused = self._lease.permits - self._used
        spent.tokens -= spent.unused * self._lease.tokens
        self._lease, self._used = Lease(), 0
        await self._tell(spent)

    async def _renew(self, tokens: int) -> None:
        spent, self._spent = self._spent, Spent()
        lease = await self._ask(tokens, spent)
        if lease.refusal:
            if lease.signal_number:
                raise InterruptedRunError(lease.refusal, lease.signal_number)
            raise LimitError(lease.refusal)
        self._lease, self._used = lease, 0
        self._since = asyncio.get_running_loop().time()
