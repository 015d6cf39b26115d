"""The one live display of a run: bars on a terminal and in a notebook, plain lines elsewhere, JSON for machines."""

from __future__ import annotations

import json
import sys
import time
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import RenderableType

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
    """Return a node's counters as one short line, the run's after a semicolon."""
    own = [f"{event['done']}/{event['total']}", *_outcomes(event)]
    if left := _left(event):
        own.append(left)
    whole = _whole(event)
    return ", ".join(own) + (f"; {', '.join(whole)}" if whole else "")


def _outcomes(event: dict[str, Any]) -> list[str]:
    return [f"{event[name]} {name}" for name in _WORTH_SAYING if event.get(name)]


def _left(event: dict[str, Any]) -> str:
    """Return the time a node has left; empty when it is done or nothing is known yet."""
    seconds = event.get("seconds_left")
    if not seconds:
        return ""
    return f"{seconds:.0f} s left" if seconds < 100 else f"{seconds / 60:.0f} min left"


def _whole(event: dict[str, Any]) -> list[str]:
    """Return what belongs to the run rather than to one of its nodes."""
    said = []
    if event.get("in_flight"):
        said += [f"{event['in_flight']} in flight", f"{event['per_second']:.1f}/s"]
    if tokens := event["prompt_tokens"] + event["completion_tokens"]:
        said.append(f"{tokens:,} tokens")
    if event.get("cached_tokens"):
        said.append(f"{100 * event['cached_tokens'] / event['prompt_tokens']:.0f} % cached")
    if event.get("usd"):
        limit = f" of ${event['usd_limit']:.2f}" if event.get("usd_limit") else ""
        said.append(f"${event['usd']:.4f}{limit}")
    if event.get("waiting"):
        said.append(event["waiting"])
    return said


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
        self._line(f"{node}: {in_words(event)} ({_after(node, state)})" if event else f"{node}: {_after(node, state)}")

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
    """A bar per node on a terminal or in a notebook, and below them a line for the whole run."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        self._console = Console(stderr=not in_notebook())
        self._bars = Progress(
            TextColumn("{task.description:<19}"),
            BarColumn(bar_width=max(10, min(28, self._console.width - 74))),
            TextColumn("{task.fields[reached]}", justify="right"),
            # The one column that wraps where a terminal is narrow.
            TextColumn("{task.fields[words]}", table_column=Column(no_wrap=False)),
            console=self._console,
        )
        self._whole = ""
        self._live = Live(get_renderable=self._picture, console=self._console)
        self._tasks: dict[str, Any] = {}
        self._latest: dict[str, dict[str, Any]] = {}
        self._took: dict[str, float] = {}

    def __enter__(self) -> Bars:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._whole = ""
        if self._live.is_started:
            self._live.refresh()  # in a notebook stopping does not draw what came last
        self._live.stop()

    def show(self, event: dict[str, Any]) -> None:
        """Move a node's bar."""
        self._latest[event["node"]] = event
        self._whole = ", ".join(_whole(event))
        self._live.start()
        self._move(event, event["done"], event["total"] or None, _left(event))

    def say(self, what: str, lines: list[str], facts: dict[str, Any]) -> None:  # noqa: ARG002 - the display's signature
        """Print lines above the bars."""
        self._console.print("\n".join(lines), markup=False, highlight=False)

    def finish(self, node: str, state: dict[str, Any]) -> None:  # noqa: ARG002 - the display's signature
        """Fill a node's bar."""
        if event := self._latest.get(node):
            full = event["done"] or 1
            # A node comes again in each round.
            self._took[node] = self._took.get(node, 0.0) + event.get("seconds", 0.0)
            self._move(event, full, full, f"{self._took[node]:.0f} s")

    def pause(self) -> None:
        """Take the bars off the screen until the next event."""
        self._live.stop()

    def _move(self, event: dict[str, Any], done: int, total: int | None, time_words: str) -> None:
        node = event["node"]
        if node not in self._tasks:
            self._tasks[node] = self._bars.add_task(node, total=None, reached="", words="")
        words = ", ".join([*_outcomes(event), *([time_words] if time_words else [])])
        reached = f"{event['done']:,}/{event['total']:,}"
        self._bars.update(self._tasks[node], total=total, completed=done, reached=reached, words=words)

    def _picture(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        return Group(self._bars, Text(self._whole)) if self._whole else self._bars


def _after(node: str, state: dict[str, Any]) -> str:
    if node == "critique":
        left = state.get("unsettled", 0)
        return f"round {state.get('round', 1)}, " + (f"{left} go round again" if left else "all settled")
    return "done"
