"""One call for scripts: the graph run to its end, from synchronous code or inside a notebook's running loop."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from qarepo_graph.display import Display, in_notebook, make_display
from qarepo_graph.graph import build_graph
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoInput, RepoOutput

RECURSION_LIMIT = 100
"""Supersteps of one run at most: six, and four more for each round; the rounds are bounded in the state."""


def run(
    repo_dir: str | Path,
    *,
    output_file: str | Path = "",
    repo_description: str = "",
    run_dir: str | Path = "",
    settings: Settings | None = None,
    progress: bool | None = None,
    **knobs: Any,
) -> RepoOutput:
    """Turn a repository into training rows and return the graph's final state.

    Args:
        repo_dir: The repository.
        output_file: Where the rows go; a ``dataset.json`` in the run directory if empty.
        repo_description: What the repository is about; its language is the language of the data.
        run_dir: Where the ledger lies; ``./.qarepo/<name>-<hash>`` if empty.
        settings: How to run.
        progress: Show a bar per node while it works; by default in a notebook only.
        knobs: Fields of :class:`Settings`, instead of ``settings``.

    Raises:
        QarepoError: See :mod:`qarepo_graph.errors`.
    """
    given: RepoInput = {
        "repo_dir": str(repo_dir),
        "repo_description": repo_description,
        "output_file": str(output_file),
        "run_dir": str(run_dir),
    }
    context = settings or Settings(**knobs)
    shown = in_notebook() if progress is None else progress
    work = _shown(given, context, make_display()) if shown else _invoked(given, context)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    return _in_a_thread(work)


async def _invoked(given: RepoInput, context: Settings) -> RepoOutput:
    config: Any = {"recursion_limit": RECURSION_LIMIT}
    state: Any = await build_graph().ainvoke(given, config, context=context)
    return state  # type: ignore[no-any-return]  # LangGraph types the result as Any | dict


async def _shown(given: RepoInput, context: Settings, display: Display) -> RepoOutput:
    """Stream the graph instead of invoking it, its events to the display; the last values are the result."""
    config: Any = {"recursion_limit": RECURSION_LIMIT}
    modes: Any = ["custom", "updates", "values"]
    state: Any = {}
    stream: Any = build_graph().astream(given, config, context=context, stream_mode=modes)
    with display:
        async for mode, event in stream:
            if mode == "custom":
                display.show(event)
            elif mode == "values":
                state = event
            else:
                for node, update in event.items():
                    display.finish(node, update or {})
    return state  # type: ignore[no-any-return]  # as above


def _in_a_thread(work: Any) -> RepoOutput:
    """Run a coroutine on a loop of its own while the caller's loop waits: a notebook's cell is synchronous anyway."""
    result: dict[str, Any] = {}

    def target() -> None:
        try:
            result["state"] = asyncio.run(work)
        except BaseException as error:
            result["error"] = error

    thread = threading.Thread(target=target, name="qarepo-run")
    thread.start()
    thread.join()
    if "error" in result:
        raise result["error"]
    state: RepoOutput = result["state"]
    return state
