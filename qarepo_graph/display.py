"""The one live display of a run: bars on a terminal and in a notebook, plain lines elsewhere, JSON for machines."""

from __future__ import annotations

import json
import sys
import time
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Protocol

_SECONDS_BETWEEN_LINES = 10.0
_WORTH_SAYING = ("reused", "pending", "rejected", "failed", "skipped", "written")


class Display(Protocol):
    """Something that shows the graph's events. A context manager around the run."""

    def __enter__(self) -> Display:
        """Start showing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop showing."""

    def show(self, event: dict[str, Any]) -> None:
        """Show a node's counters."""

    def finish(self, node: str, state: dict[str, Any]) -> None:
        """Show that a node is done."""

    def say(self, what: str, lines: list[str], facts: dict[str, Any]) -> None:
        """Show the plan, or what became of its estimate: ``what`` names the event for machines."""

    def pause(self) -> None:
        """Stand aside for a question to the user."""


def make_display(*, json_lines: bool = False) -> Display:
    """Return the display that fits: JSON lines when asked, bars on a terminal or in a notebook, else plain lines."""
    if json_lines:
        return JsonLines()
    return Bars() if sys.stderr.isatty() or in_notebook() else PlainLines()


def in_notebook() -> bool:
    """Return whether this is a notebook whose front end can show bars."""
    if "IPython" not in sys.modules or find_spec("ipywidgets") is None:
        return False
    from rich.console import Console

    return Console().is_jupyter


def in_words(event: dict[str, Any]) -> str:
    """Return a node's counters as one short line."""
    parts = [f"{event['done']}/{event['total']}"]
    parts += [f"{event[name]} {name}" for name in _WORTH_SAYING if event.get(name)]
    if event.get("in_flight"):
        parts.append(f"{event['in_flight']} in flight")
    tokens = event["prompt_tokens"] + event["completion_tokens"]
    if tokens:
        parts.append(f"{tokens:,} tokens")
    if event.get("usd"):
        parts.append(f"${event['usd']:.4f}")
    return ", ".join(parts)


class PlainLines:
    """A line when a node ends, and one every ten seconds while it works. Goes to standard error."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._latest: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> PlainLines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.pause()

    def show(self, event: dict[str, Any]) -> None:
        """Remember a node's counters, and print them if it is time."""
        self._latest[event["node"]] = event
        if time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES:
            self._line(f"{event['node']}: {in_words(event)}")

    def finish(self, node: str, state: dict[str, Any]) -> None:
        """Print a node's last counters."""
        event = self._latest.get(node)
        self._line(f"{node}: {in_words(event) if event else 'done'} ({_after(node, state)})")

    def say(self, what: str, lines: list[str], facts: dict[str, Any]) -> None:  # noqa: ARG002 - the display's signature
        """Print lines."""
        for line in lines:
            self._line(line)

    def pause(self) -> None:
        """Let what was printed be seen."""
        sys.stderr.flush()

    def _line(self, text: str) -> None:
        self._last = time.monotonic()
        sys.stderr.write(text + "\n")


class JsonLines:
    """Every event as one JSON line on standard output."""

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.pause()

    def show(self, event: dict[str, Any]) -> None:
        """Print an event."""
        sys.stdout.write(json.dumps({"event": "progress", **event}) + "\n")

    def finish(self, node: str, state: dict[str, Any]) -> None:
        """Print that a node is done."""
        sys.stdout.write(json.dumps({"event": "node", "node": node, "round": state.get("round", 0)}) + "\n")

    def say(self, what: str, lines: list[str], facts: dict[str, Any]) -> None:  # noqa: ARG002 - the display's signature
        """Print the facts."""
        sys.stdout.write(json.dumps({"event": what, **facts}) + "\n")

    def pause(self) -> None:
        """Let what was printed be seen."""
        sys.stdout.flush()


class Bars:
    """A bar per node on a terminal, and the numbers that matter beside it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=Console(stderr=not in_notebook()),
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def show(self, event: dict[str, Any]) -> None:
        """Move a node's bar."""
        node = event["node"]
        if node not in self._tasks:
            self._tasks[node] = self._progress.add_task(node, total=None, words="")
        self._progress.start()
        self._progress.update(
            self._tasks[node], total=event["total"] or None, completed=event["done"], words=in_words(event)
        )

    def say(self, what: str, lines: list[str], facts: dict[str, Any]) -> None:  # noqa: ARG002 - the display's signature
        """Print lines above the bars."""
        self._progress.console.print("\n".join(lines), markup=False, highlight=False)

    def finish(self, node: str, state: dict[str, Any]) -> None:  # noqa: ARG002 - the display's signature
        """Fill a node's bar."""
        if node in self._tasks:
            task = self._progress.tasks[self._tasks[node]]
            self._progress.update(self._tasks[node], total=task.completed or 1, completed=task.completed or 1)

    def pause(self) -> None:
        """Take the bars off the screen until the next event."""
        self._progress.stop()


def _after(node: str, state: dict[str, Any]) -> str:
    if node == "critique":
        left = state.get("unsettled", 0)
        return f"round {state.get('round', 1)}, " + (f"{left} go round again" if left else "all settled")
    return "done"
