"""How many requests may be in flight, and how fast they may start: one limiter for all nodes.

Starts are spaced evenly (no burst at the start of a minute), so that no provider's window, however it is cut, sees
more than the limit. Everything runs on the event loop's monotonic clock: a changed wall clock does nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

TOO_MANY = 0.25
"""Share of refused requests from which a server that says how long to wait has too many of them at once.

One refusal in twenty, which some servers make at any load, stays below it (64 in flight: 0.05 ± 0.02 over a round); a
server that takes 32 of 64 passes it in the first round, one that takes 48 in the second.
"""
_LEAST_ROUND = 16


class Allowance(Protocol):
    """Limits that several runs share, in this process or in others; what one run may do is asked of it."""

    async def start(self, tokens: int) -> float:
        """Book a start and return the seconds to wait for it.

        Raises:
            LimitError: When a shared limit of money or requests is reached.
            InterruptedRunError: When all runs are to end.
        """

    def correct(self, tokens: int) -> None:
        """Tell what a reply cost more (or less) tokens than its estimate."""

    def paid(self, usd: float | None) -> None:
        """Tell what a reply cost; None where the price is unknown."""


class Limiter:
    """Concurrency, requests per minute and tokens per minute.

    Args:
        allowance: Limits shared with other runs, kept beside this one's own.
        concurrency: Most requests in flight. The number in force falls when the server complains and climbs back
            (additive increase, multiplicative decrease), never above this.
        rpm: Most requests per minute; 0 = no limit.
        tpm: Most tokens per minute, prompt and reply; 0 = no limit.
    """

    def __init__(self, concurrency: int, rpm: int = 0, tpm: int = 0, allowance: Allowance | None = None) -> None:
        self._allowance = allowance
        self._ceiling = max(1, concurrency)
        self._allowed = float(self._ceiling)
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._request_gap = 60.0 / rpm if rpm else 0.0
        self._token_gap = 60.0 / tpm if tpm else 0.0
        self._next_request = 0.0
        self._next_token = 0.0
        self._slowed = 0.0
        self._refused = 0.0  # share of the last round or so of requests

    @property
    def allowed(self) -> int:
        """Requests that may be in flight now."""
        return max(1, int(self._allowed))

    @property
    def in_flight(self) -> int:
        """Requests admitted and not yet done."""
        return self._in_flight

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one place among the requests in flight; places are given in the order asked."""
        if self._in_flight >= self.allowed or self._waiting:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._in_flight -= 1
                    self._wake()
                raise
        else:
            self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            self._wake()

    async def admitted(self, tokens: int) -> float:
        """Book a start here and with whoever shares the limits; return the seconds to wait for it.

        Args:
            tokens: Estimated tokens of prompt and reply.

        Raises:
            LimitError: When a shared limit is reached.
        """
        shared = await self._allowance.start(tokens) if self._allowance is not None else 0.0
        return max(shared, self.start(tokens))

    def start(self, tokens: int) -> float:
        """Book a start by this limiter's own clocks and return the seconds to wait for it.

        Args:
            tokens: Estimated tokens of prompt and reply.
        """
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_request if self._request_gap else now, self._next_token if self._token_gap else now)
        self._next_request = at + self._request_gap
        self._next_token = at + tokens * self._token_gap
        return at - now

    def correct(self, tokens: int) -> None:
        """Move the token clock by what a reply cost more (or less) than its estimate."""
        self._next_token += tokens * self._token_gap
        if self._allowance is not None:
            self._allowance.correct(tokens)

    def paid(self, usd: float | None) -> None:
        """Tell whoever shares the limits what a reply cost."""
        if self._allowance is not None:
            self._allowance.paid(usd)

    def slow_down(self, sent: float, *, told_to_wait: bool = False) -> None:
        """Halve the requests in flight, once for all complaints about requests sent before the last halving.

        Args:
            sent: Loop time at which the request that met the complaint was sent.
            told_to_wait: The server said how long to wait. Everybody does, so a few such complaints among many good
                replies need no halving beside it: only from :data:`TOO_MANY` on are we too many.
        """
        self._note(refused=True)
        if told_to_wait and self._refused < TOO_MANY:
            return
        if sent > self._slowed:
            self._slowed = asyncio.get_running_loop().time()
            self._allowed = max(1.0, self._allowed / 2)

    def speed_up(self) -> None:
        """Let more requests in flight per round of good replies: one, or an eighth of the most there may be.

        One more per round never recovers from a server that refuses a steady share of what it could serve: of 64 in
        flight, a refusal of every 20th request keeps 6.
        """
        self._note(refused=False)
        step = max(1.0, self._ceiling / 8)
        self._allowed = min(float(self._ceiling), self._allowed + step / max(1.0, self._allowed))
        self._wake()

    def _note(self, *, refused: bool) -> None:
        self._refused += (refused - self._refused) / max(_LEAST_ROUND, self._ceiling)

    def _wake(self) -> None:
        while self._waiting and self._in_flight < self.allowed:
            turn = self._waiting.popleft()
            if not turn.cancelled():
                self._in_flight += 1
                turn.set_result(None)
