"""``qarepo review``: a person accepts, rejects and edits rows in the browser; the next export honours it."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import signal
import webbrowser
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from qarepo_graph.cli.status import RunDir, find_run

if TYPE_CHECKING:
    from qarepo_graph.report.review import ReviewServer


def review(
    run: RunDir,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on this machine; 0 takes a free one.")
    ] = 0,
    who: Annotated[str, typer.Option("--who", help="Your name, as the ledger keeps it with each decision.")] = "",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
) -> None:
    """Serve a run's report on this machine to accept, reject and edit rows by keyboard."""
    from qarepo_graph.engine.runs import open_run, release
    from qarepo_graph.ledger import look_into_ledger
    from qarepo_graph.ledger.snapshot import get_meta
    from qarepo_graph.report.decide import Reviewer
    from qarepo_graph.report.review import ReviewServer
    from qarepo_graph.report.source import recorded_pairs

    directory = find_run(run)
    ledger = look_into_ledger(directory)
    repo_dir = ledger.run(partial(get_meta, name="repo_dir"))
    ledger.close()
    opened = open_run(repo_dir, run_dir=directory)
    try:
        reviewer = Reviewer(opened, recorded_pairs(opened.ledger), who or _login_name())
        with contextlib.suppress(KeyboardInterrupt):  # where the event loop cannot take signals itself: on Windows
            asyncio.run(_serve(ReviewServer(reviewer), port, browser=browser))
        typer.echo("Decisions are saved; run the same `qarepo generate` command again to write the rows they leave.")
    finally:
        release(opened, close=True)


async def _serve(server: ReviewServer, port: int, *, browser: bool) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell started it in the background
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await server.start(port)
    typer.echo(f"Review at {server.address}\nStop with Ctrl-C.")
    if browser:
        webbrowser.open(server.address)
    try:
        await stopped.wait()
    finally:
        await server.stop()


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reviewer"
