"""Which model calls a trace shows, and how.

A small run is traced whole: graph, node, a named call per function. In a large one that would be a single trace of
a hundred thousand runs, kept in memory until its end; there the graph's own trace stays small and chosen calls get
traces of their own, tied to it by ``qarepo_run`` in their metadata: each node's first ones, a sample, those asked for
by pattern, and every one that failed or was asked again.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import BaseCallbackManager
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from langsmith import Client

from qarepo_graph.llm.backend import Request

SMALL = 50
"""Functions up to which a run is traced whole: a few hundred runs, which a trace viewer still shows well."""

FIRSTS = 5
"""Calls of each node that a large run always traces, so that there is something to look at from the start."""

SCOPE: ContextVar[TraceScope | None] = ContextVar("qarepo_trace_scope", default=None)
"""The trace of the graph run that the current code belongs to."""


@dataclass(slots=True)
class TraceScope:
    """One graph run's tracing.

    Attributes:
        enabled: Whether anything is sent.
        run_id: Ties the traces of a run together, as ``qarepo_run`` in their metadata.
        project: The tracing project; empty for the environment's.
        client: Sends the runs; None for the environment's client.
        sample: Share of calls traced in large runs.
        patterns: Items always traced (``src/a.py::*``).
        seed: Seed of the sample: the same seed traces the same functions.
        functions: Functions of the repository, 0 while unknown.
    """

    enabled: bool
    run_id: str = ""
    project: str = ""
    client: Client | None = None
    sample: float = 0.01
    patterns: tuple[str, ...] = ()
    seed: int = 0
    functions: int = 0
    _calls: Counter[str] = field(default_factory=Counter)
    _troubled: set[str] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """Whether the run is small enough to be one trace."""
        return self.functions <= SMALL

    def chooses(self, request: Request) -> bool:
        """Whether a large run traces this call."""
        node, item = str(request.tags[0]) if request.tags else "", str(request.metadata.get("item", ""))
        self._calls[node] += 1
        again = int(request.metadata.get("attempt", 1)) > 1 or f"{node} {item}" in self._troubled
        return (
            again
            or self._calls[node] <= FIRSTS
            or any(fnmatch.fnmatchcase(item, pattern) for pattern in self.patterns)
            or _share(f"{self.seed}:{node}:{item}") < self.sample
        )

    def note_failure(self, request: Request, error: BaseException, *, traced: bool) -> None:
        """Remember a call that failed, and send it if its trace was not on already."""
        node, item = str(request.tags[0]) if request.tags else "", str(request.metadata.get("item", ""))
        self._troubled.add(f"{node} {item}")
        if traced:
            return
        from langsmith.run_trees import RunTree

        run = RunTree(
            name=request.name,
            run_type="llm",
            inputs={"messages": [{"role": message.role, "content": message.content} for message in request.messages]},
            error=f"{type(error).__name__}: {error}",
            end_time=dt.datetime.now(dt.UTC),
            tags=list(request.tags),
            extra={"metadata": {**request.metadata, "qarepo_run": self.run_id}},
            project_name=self.project,
            ls_client=self.client,
        )
        run.post()


class HidingClient(Client):
    """A LangSmith client that sends names, tags, times, token counts and errors' kinds, and no text."""

    def create_run(self, name: str, inputs: dict[str, Any], run_type: Any, **rest: Any) -> None:
        """Send a run without its texts."""
        super().create_run(name, _hidden(inputs), run_type, **_without_text(rest))

    def update_run(self, run_id: Any, **rest: Any) -> None:
        """Send a run's end without its texts."""
        super().update_run(run_id, **_without_text(rest))


@contextmanager
def traced_call(request: Request) -> Iterator[RunnableConfig]:
    """Yield the config of one model call, inside the tracing that it is due."""
    scope = SCOPE.get()
    metadata = dict(request.metadata)
    config = RunnableConfig(run_name=request.name, tags=list(request.tags), metadata=metadata)
    if scope is None or not scope.enabled:
        yield config
        return
    metadata["qarepo_run"] = scope.run_id
    if scope.whole:
        yield config
        return
    from langsmith import tracing_context

    chosen = scope.chooses(request)
    config["callbacks"] = _detached_callbacks()
    project = scope.project or None
    try:
        with tracing_context(enabled=chosen, parent=False, client=scope.client, project_name=project):
            yield config
    except Exception as error:
        scope.note_failure(request, error, traced=chosen)
        raise


@contextmanager
def traced_rules(request: Request) -> Iterator[Callable[[str], None]]:
    """Trace one answer of the rules, which no chat model does for us; yield what to tell the answer's text to."""
    scope = SCOPE.get()
    if scope is None or not scope.enabled:
        yield lambda _: None
        return
    from langsmith import trace

    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    with (
        traced_call(request) as config,
        trace(
            request.name,
            run_type="llm",
            inputs={"messages": messages},
            tags=list(request.tags),
            metadata=config["metadata"],
            project_name=scope.project or None,
            client=scope.client,
        ) as run,
    ):
        yield lambda text: run.end(outputs={"text": text})


def note_functions(count: int) -> None:
    """Tell the current trace how many functions the repository has."""
    scope = SCOPE.get()
    if scope is not None:
        scope.functions = count


def _detached_callbacks() -> Any:
    """Return the caller's callbacks without the graph's tracer and without its place in the graph's trace."""
    from langchain_core.tracers.langchain import LangChainTracer

    manager = ensure_config()["callbacks"]
    if not isinstance(manager, BaseCallbackManager):
        return manager
    own = manager.copy()
    for handler in list(own.handlers):
        if isinstance(handler, LangChainTracer):
            own.remove_handler(handler)
    own.parent_run_id = None
    return own


def _share(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def _without_text(rest: dict[str, Any]) -> dict[str, Any]:
    kept = dict(rest)
    for name in ("inputs", "outputs"):
        if kept.get(name):
            kept[name] = _hidden(kept[name])
    if kept.get("error"):
        kept["error"] = str(kept["error"]).split("(")[0].split(":")[0][:80]
    if kept.get("events"):
        kept["events"] = [{"name": event.get("name"), "time": event.get("time")} for event in kept["events"]]
    return kept


def _hidden(values: Any) -> dict[str, Any]:
    hidden: dict[str, Any] = {"hidden": f"{len(str(values))} characters"}
    if isinstance(values, dict) and (usage := _usage(values)):
        hidden["usage_metadata"] = usage
    return hidden


def _usage(outputs: dict[str, Any]) -> dict[str, Any] | None:
    """Return a chat run's token counts, which are no text and which the viewer adds up."""
    try:
        return outputs["generations"][0][0]["message"]["kwargs"]["usage_metadata"] or None
    except (KeyError, IndexError, TypeError):
        return None
