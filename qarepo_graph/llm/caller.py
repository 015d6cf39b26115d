"""The one retry layer: every request goes through ``Caller.call``, every other retry is switched off.

A small loop of our own rather than tenacity: the waits here are shared. A ``Retry-After`` holds every worker of the
endpoint, an outage lets one probe through at a time, and neither uses up an item's attempts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.backend import Backend, Fault, Reply, Request
from qarepo_graph.llm.faults import DOWN_CODES
from qarepo_graph.llm.limiter import Limiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patiently requests are repeated.

    Attributes:
        attempts: Sends of one request that may fail through the server's fault before the item is given up.
        adaptations: Changes of one request before it is given up: four methods, the token limit's name, parameters.
        pauses: Times one request may be told to wait while others get through.
        first: Seconds; the n-th wait is drawn between 0 and ``first * 2**n`` (full jitter).
        longest: Longest such wait in seconds.
        probe: Seconds between probes of a server that is away; the first ones come sooner.
        opens_after: Failures in a row, with no success between, after which the server counts as away.
    """

    attempts: int = 6
    adaptations: int = 8
    pauses: int = 60
    first: float = 0.5
    longest: float = 60.0
    probe: float = 30.0
    opens_after: int = 3

    def wait(self, failures: int) -> float:
        """Return the seconds before the next send after so many failures."""
        return random.uniform(0.0, min(self.longest, self.first * 2.0 ** min(failures, 30)))


@dataclass(frozen=True, slots=True)
class CallEvent:
    """What a caller tells the progress display.

    Attributes:
        kind: ``retry``, ``pause``, ``adapt``, ``outage`` (the server went away), ``back`` (it answers again).
        code: The fault's code.
        message: One sentence.
        wait: Seconds until the next send.
    """

    kind: Literal["retry", "pause", "adapt", "outage", "back"]
    code: str
    message: str
    wait: float = 0.0


class Caller:
    """Sends requests to one backend until each has a reply or is given up.

    Args:
        backend: The model.
        limiter: The run's limiter, shared with other callers.
        max_outage: Seconds without any success, while the server is away or asks to wait, before the run stops.
        on_event: Told of every wait and change.
        pace: How patiently requests are repeated.
    """

    def __init__(
        self,
        backend: Backend,
        limiter: Limiter,
        *,
        max_outage: float = 900.0,
        on_event: Callable[[CallEvent], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._backend = backend
        self._limiter = limiter
        self._max_outage = max_outage
        self._pace = pace or Pace()
        self._on_event = on_event or (lambda _event: None)
        self._resume_at = 0.0
        self._trouble_since: float | None = None
        self._down_in_row = 0
        self._pauses_in_row = 0
        self._probe = asyncio.Lock()
        self._probes = 0
        self._successes = 0
        self._reply_tokens = 0.0
        self._stopped: ProviderError | None = None

    @property
    def backend(self) -> Backend:
        """The model asked."""
        return self._backend

    async def call(self, request: Request, before_send: Callable[[int], Awaitable[None]]) -> Reply:
        """Return the request's reply.

        Args:
            request: What to ask.
            before_send: Awaited right before each send with its ordinal from 1: the place to record ``sent``.

        Raises:
            Fault: ``item``: this request is given up.
            ProviderError: The run must stop: key, balance, model name, or too long an outage.
        """
        tally = _Tally()
        async with self._limiter.slot():
            while True:
                probing = await self._turn(request, tally)
                try:
                    return await self._send(request, before_send, tally)
                except Fault as fault:
                    wait = self._judge(fault, tally)
                finally:
                    if probing:
                        self._probe.release()
                await self._sleep(wait)

    async def _turn(self, request: Request, tally: _Tally) -> bool:
        """Wait until this request may be sent; True when it is the outage's probe and holds the probe lock."""
        loop = asyncio.get_running_loop()
        booked = False
        while True:
            self._raise_if_stopped()
            if (held := self._resume_at - loop.time()) > 0:
                await self._sleep(held)
                booked = False
                continue
            if self._away and not self._probe.locked():
                await self._probe.acquire()
                return True
            if self._away:
                async with self._probe:
                    pass
                continue
            if booked:
                return False
            tally.estimate = estimate_tokens(request) + round(self._reply_tokens)
            wait = await self._limiter.admitted(tally.estimate)
            booked = True
            if wait > 0:
                await self._sleep(wait)

    async def _send(self, request: Request, before_send: Callable[[int], Awaitable[None]], tally: _Tally) -> Reply:
        tally.sends += 1
        await before_send(tally.sends)
        tally.sent_at = asyncio.get_running_loop().time()
        tally.successes = self._successes
        reply = await self._backend.ask(request)
        self._note_success(reply, tally)
        return reply

    def _note_success(self, reply: Reply, tally: _Tally) -> None:
        if self._away:
            self._on_event(CallEvent("back", "back", "The server answers again."))
        self._successes += 1
        self._trouble_since = None
        self._down_in_row = self._pauses_in_row = self._probes = 0
        spent = reply.usage.prompt_tokens + reply.usage.completion_tokens
        self._limiter.correct(spent - tally.estimate)
        self._reply_tokens += (reply.usage.completion_tokens - self._reply_tokens) / min(self._successes, 50)
        self._limiter.speed_up()

    def _judge(self, fault: Fault, tally: _Tally) -> float:
        """Return the seconds this request waits before its next send, or raise."""
        if fault.status and fault.code not in DOWN_CODES:
            self._down_in_row = 0  # it answers, if only to refuse
        if fault.action == "stop":
            self._stop(str(fault), fault)
        if fault.action == "item":
            raise fault
        if fault.action == "adapt":
            tally.adaptations += 1
            if tally.adaptations > self._pace.adaptations:
                raise Fault("item", fault.code, str(fault), status=fault.status)
            self._on_event(CallEvent("adapt", fault.code, str(fault)))
            return 0.0
        if fault.action == "pause":
            return self._pause(fault, tally)
        return self._retry(fault, tally)

    def _pause(self, fault: Fault, tally: _Tally) -> float:
        self._pauses_in_row += 1
        tally.pauses += 1
        self._limiter.slow_down(tally.sent_at, told_to_wait=fault.wait > 0)
        wait = fault.wait or self._pace.wait(self._pauses_in_row)
        if fault.wait > self._max_outage:
            hours = fault.wait / 3600
            self._stop(f"The server asks to wait {hours:.1f} hours; run the same command again after that.", fault)
        self._note_trouble(fault)
        if tally.pauses > self._pace.pauses:
            raise Fault("item", fault.code, f"{fault} It was told to wait {tally.pauses} times.", status=fault.status)
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + wait)
        self._on_event(CallEvent("pause", fault.code, str(fault), wait))
        return 0.0

    def _retry(self, fault: Fault, tally: _Tally) -> float:
        if fault.code in DOWN_CODES and self._successes == tally.successes:
            was_away = self._away
            self._down_in_row += 1
            if self._away:
                self._note_trouble(fault)
                wait = min(self._pace.probe, self._pace.first * 2.0**self._probes)
                self._probes = min(self._probes + 1, 16)
                self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + wait)
                if not was_away:
                    self._on_event(CallEvent("outage", fault.code, str(fault), wait))
                return 0.0
        tally.attempts += 1
        if tally.attempts >= self._pace.attempts:
            msg = f"{str(fault).rstrip('.')}, {tally.attempts} times."
            raise Fault("item", fault.code, msg, status=fault.status)
        wait = self._pace.wait(tally.attempts)
        self._on_event(CallEvent("retry", fault.code, str(fault), wait))
        return wait

    @property
    def _away(self) -> bool:
        return self._down_in_row >= self._pace.opens_after

    def _note_trouble(self, fault: Fault) -> None:
        now = asyncio.get_running_loop().time()
        if self._trouble_since is None:
            self._trouble_since = now
        elif now - self._trouble_since >= self._max_outage:
            minutes = (now - self._trouble_since) / 60
            msg = f"No request succeeded for {minutes:.0f} minutes ({fault}) Run the same command again later."
            self._stop(msg, fault)

    def _stop(self, message: str, fault: Fault) -> None:
        if self._stopped is None:
            self._stopped = ProviderError(message)
            self._stopped.__cause__ = fault
        self._raise_if_stopped()

    def _raise_if_stopped(self) -> None:
        if self._stopped is not None:
            raise self._stopped

    async def _sleep(self, seconds: float) -> None:
        """Sleep in steps of a second at most, so that a stop ends every wait at once."""
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            self._raise_if_stopped()
            await asyncio.sleep(min(left, 1.0))


@dataclass(slots=True)
class _Tally:
    """What one request has been through."""

    sends: int = 0
    estimate: int = 0
    attempts: int = 0
    adaptations: int = 0
    pauses: int = 0
    successes: int = 0
    sent_at: float = 0.0


def estimate_tokens(request: Request) -> int:
    """Return a prompt's tokens by rule of thumb: four Latin characters or one and a half Chinese ones a token."""
    tokens = 0.0
    for message in request.messages:
        text = message.content
        ascii_chars = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
        tokens += ascii_chars / 4 + (len(text) - ascii_chars) / 1.5
    return max(1, round(tokens))
