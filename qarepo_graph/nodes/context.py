"""What every node needs: its settings, its run, its prompt, and what stands beside a function."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress

from langgraph.runtime import Runtime

from qarepo_graph.code.symbols import FunctionCard
from qarepo_graph.engine.progress import NodeProgress, Writer
from qarepo_graph.engine.runs import Run, use_run
from qarepo_graph.errors import RepositoryError
from qarepo_graph.llm.prompts import Prompt, read_prompt
from qarepo_graph.llm.tracing import note_functions
from qarepo_graph.schema import Function, Language, Neighbour
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState

_DEFAULTS = Settings()


def settings_of(runtime: Runtime[Settings]) -> Settings:
    """Return the graph's context, or the defaults where nobody passed one.

    Raises:
        SettingsError: When a value cannot work.
    """
    # LangGraph leaves the context None when the caller passes none, whatever its type says.
    given: Settings | None = runtime.context
    return (_DEFAULTS if given is None else given).checked()


@contextmanager
def opened(state: RepoState, runtime: Runtime[Settings], *, last: bool = False) -> Iterator[Run]:
    """Take the run of the state's repository for the length of a synchronous node."""
    with _run_of(state, runtime, last=last) as run:
        yield run


@asynccontextmanager
async def opened_async(state: RepoState, runtime: Runtime[Settings]) -> AsyncIterator[Run]:
    """Take the run for the length of an async node; files and locks are touched in a thread, never in the loop."""
    taken = _run_of(state, runtime)
    run = await asyncio.to_thread(taken.__enter__)
    try:
        yield run
    except BaseException as error:
        with suppress(type(error)):  # it is raised again below, in the loop
            await asyncio.to_thread(taken.__exit__, type(error), error, error.__traceback__)
        raise
    await asyncio.to_thread(taken.__exit__, None, None, None)


def _run_of(state: RepoState, runtime: Runtime[Settings], *, last: bool = False) -> AbstractContextManager[Run]:
    settings = settings_of(runtime)
    if not state.get("repo_dir"):
        msg = "The graph's input has no 'repo_dir'; pass the folder of the repository to analyse."
        raise RepositoryError(msg)
    note_functions(sum(state.get("functions", {}).values()))
    return use_run(state["repo_dir"], settings, state.get("run_dir", ""), last=last)


async def prompt_of(run: Run, node: str, language: Language) -> Prompt:
    """Read the node's prompt: the version and folder the settings name, in the language of the data."""
    settings = run.settings
    return await asyncio.to_thread(read_prompt, node, settings.prompt.get(node, ""), language, settings.prompts or None)


def watch(node: str, run: Run, writer: Writer | None) -> NodeProgress:
    """Return the node's counters, told to the graph's custom stream."""
    progress = run.meter.watched[node] = NodeProgress(node=node, meter=run.meter, writer=writer)
    return progress


def place_of(function: Function | FunctionCard) -> dict[str, str]:
    """Return what a trace says of a function's place."""
    return {"function": function.id, "lines": f"{function.file}:{function.start_line}-{function.end_line}"}


def neighbours_of(run: Run, function: Function) -> tuple[tuple[Neighbour, ...], tuple[Neighbour, ...]]:
    """Return the function's callees and callers as a prompt quotes them, within a fixed budget of each.

    Quoted are signatures and first docstring lines, never model text, so nothing cascades when an answer changes.
    """
    code = run.code_map()

    def quote(ids: Iterable[str]) -> tuple[Neighbour, ...]:
        cards = [code.index.card(function_id) for function_id in ids if function_id != function.id]
        known = [card for card in cards if card is not None][:MOST_NEIGHBOURS]
        return tuple(Neighbour(card.qualified_name, card.signature, card.summary) for card in known)

    callees = quote(edge.callee for edge in code.graph.callees(function.id))
    return callees, quote(edge.caller for edge in code.graph.callers(function.id))


MOST_NEIGHBOURS = 12
"""Callees and callers quoted at most, each: about 500 tokens, the length of an ordinary function."""
