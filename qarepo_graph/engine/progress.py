"""What a run has done so far, as small events for whoever watches: ``{"node": "describe", "done": 12, …}``.

Events go to LangGraph's ``custom`` stream, at most two a second and node, so that watching costs nothing at any size.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from qarepo_graph.llm.backend import Reply
from qarepo_graph.llm.caller import CallEvent
from qarepo_graph.state import StageCounts

Writer = Callable[[dict[str, Any]], None]

_SECONDS_BETWEEN_EVENTS = 0.5


@dataclass(slots=True)
class Meter:
    """Requests, tokens and money of this session, over all nodes.

    Attributes:
        usd: Cost so far; None as soon as one reply's price is unknown.
        usd_limit: Where the run stops; 0 for nowhere.
        waiting: Why nothing is sent just now, in a sentence; empty while the server answers.
        watched: The counters of each node that has begun.
    """

    requests: int = 0
    replies: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = 0.0
    usd_limit: float = 0.0
    waiting: str = ""
    watched: dict[str, NodeProgress] = field(default_factory=dict)

    def hear(self, event: CallEvent) -> None:
        """Say at once when everybody waits: a display that stands still looks like a run that died."""
        if event.kind not in ("pause", "outage"):
            return
        self.waiting = f"{event.message} Waiting {event.wait:.0f} s."
        for progress in self.watched.values():
            if progress.in_flight:
                progress.tell(now=True)

    def count(self, reply: Reply, usd: float | None) -> None:
        """Add one reply."""
        self.waiting = ""
        self.replies += 1
        self.prompt_tokens += reply.usage.prompt_tokens
        self.completion_tokens += reply.usage.completion_tokens
        self.cached_tokens += reply.usage.cached_tokens
        self.usd = None if usd is None or self.usd is None else self.usd + usd


@dataclass(slots=True)
class NodeProgress:
    """One node's counters; ``done`` is their sum.

    Attributes:
        total: Items the node has to do, as far as known.
        accepted: Results accepted, earlier sessions included.
        reused: The part of ``accepted`` that earlier sessions bought.
        pending: Refused results that go round again.
        rejected: Refused for good.
        failed: Brought no reply.
        skipped: Had nothing to ask.
        in_flight: Requests under way.
    """

    node: str
    meter: Meter
    total: int = 0
    accepted: int = 0
    reused: int = 0
    pending: int = 0
    rejected: int = 0
    failed: int = 0
    skipped: int = 0
    in_flight: int = 0
    writer: Writer | None = None
    _started: float = field(default_factory=time.monotonic)
    _last: float = 0.0

    @property
    def done(self) -> int:
        """Items with an outcome."""
        return self.accepted + self.pending + self.rejected + self.failed + self.skipped

    def add(self, status: str, *, reused: bool = False) -> None:
        """Count one outcome and tell the watcher, if it is time."""
        setattr(self, status, getattr(self, status) + 1)
        self.reused += reused
        self.tell()

    def tell(self, *, now: bool = False) -> None:
        """Send an event, if it is time or ``now`` is set."""
        moment = time.monotonic()
        if self.writer is None or (not now and moment - self._last < _SECONDS_BETWEEN_EVENTS):
            return
        self._last = moment
        self.writer(self.event(moment))

    def event(self, moment: float | None = None) -> dict[str, Any]:
        """Return the counters as JSON types."""
        seconds = (moment or time.monotonic()) - self._started
        worked = self.done - self.reused  # what earlier sessions did says nothing about the pace
        left = max(self.total, self.done) - self.done
        return {
            "node": self.node,
            **self.counts(),
            "total": max(self.total, self.done),
            "done": self.done,
            "in_flight": self.in_flight,
            "seconds": round(seconds, 3),
            "per_second": round(worked / seconds, 2) if seconds > 0 else 0.0,
            "seconds_left": round(left * seconds / worked, 1) if worked and seconds > 0 else None,
            "requests": self.meter.requests,
            "prompt_tokens": self.meter.prompt_tokens,
            "completion_tokens": self.meter.completion_tokens,
            "cached_tokens": self.meter.cached_tokens,
            "usd": self.meter.usd,
            "usd_limit": self.meter.usd_limit,
            "waiting": self.meter.waiting,
        }

    def counts(self) -> StageCounts:
        """Return what became of the items, for the graph's state."""
        return {
            "total": self.done,
            "accepted": self.accepted,
            "reused": self.reused,
            "pending": self.pending,
            "rejected": self.rejected,
            "failed": self.failed,
            "skipped": self.skipped,
        }
