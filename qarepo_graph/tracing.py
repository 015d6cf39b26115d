"""The graph as LangSmith sees it: on or off by ``Settings.trace``, named, tied together, and said in one line."""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from langgraph.graph.state import CompiledStateGraph

from qarepo_graph.errors import SettingsError
from qarepo_graph.settings import Settings

_HOME = "https://api.smith.langchain.com"
_END = object()


class TracedGraph(CompiledStateGraph[Any, Any, Any, Any]):
    """A compiled graph that follows ``Settings.trace`` of its context; ``ainvoke`` goes through ``astream`` as well."""

    async def astream(self, *given: Any, context: Any = None, **options: Any) -> AsyncIterator[Any]:
        """Stream the graph inside the tracing that its settings ask for."""
        inside = _tracing_of(context)
        stream = super().astream(*given, context=context, **options)
        if inside is None:
            async for part in stream:
                yield part
            return

        async def step() -> Any:
            return await anext(stream, _END)

        try:
            # Each step runs in the tracing's own context, which the caller's code between two steps does not see.
            while (part := await asyncio.create_task(step(), context=inside)) is not _END:
                yield part
        finally:
            await asyncio.create_task(_close(stream), context=inside)


def traced(graph: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    """Make a compiled graph follow its settings' tracing. ``StateGraph.compile`` takes no class to compile to."""
    graph.__class__ = TracedGraph


async def _close(stream: Any) -> None:
    await stream.aclose()


def _tracing_of(context: Any) -> contextvars.Context | None:
    """Return the context to run the graph in; None where there is nothing to change."""
    wanted = _read(context, "trace")
    if wanted is None and not _asked_by_environment():
        return None
    if wanted is False and not _asked_by_environment():
        return None
    from langsmith import tracing_context

    from qarepo_graph.llm.tracing import SCOPE, HidingClient, TraceScope

    inside = contextvars.copy_context()
    if wanted is False:
        inside.run(tracing_context(enabled=False).__enter__)
        inside.run(SCOPE.set, TraceScope(enabled=False))
        return inside
    endpoint, project = _destination()
    hides = bool(_read(context, "trace_hide_code"))
    scope = TraceScope(
        enabled=True,
        run_id=uuid.uuid4().hex[:12],
        project=project,
        client=HidingClient() if hides else None,
        sample=float(_read(context, "trace_sample")),
        patterns=tuple(_read(context, "trace_functions")),
        seed=int(_read(context, "seed")),
    )
    what = "names, counts and times without source text" if hides else "prompts and answers with their source code"
    sys.stderr.write(
        f"Tracing: {what} go to {endpoint}, project {project!r}; "
        f'filter has(metadata, \'{{"qarepo_run": "{scope.run_id}"}}\').\n'
    )
    entered = tracing_context(
        enabled=True, client=scope.client, project_name=project, metadata={"qarepo_run": scope.run_id}
    )
    inside.run(entered.__enter__)
    inside.run(SCOPE.set, scope)
    return inside


def _destination() -> tuple[str, str]:
    from langsmith.utils import get_env_var, get_tracer_project

    endpoint = str(get_env_var("ENDPOINT", default=_HOME))
    if endpoint == _HOME and not (os.environ.get("LANGSMITH_API_KEY") or os.environ.get("LANGCHAIN_API_KEY")):
        msg = "Tracing needs LANGSMITH_API_KEY, or LANGSMITH_ENDPOINT for a server of your own; set one of them."
        raise SettingsError(msg)
    return endpoint, get_tracer_project() or "default"


def _asked_by_environment() -> bool:
    from langsmith.utils import tracing_is_enabled

    return bool(tracing_is_enabled())


def _read(context: Any, name: str) -> Any:
    """Return a setting from whatever was passed as context: settings, a dict (the dev server), or nothing."""
    if isinstance(context, Mapping) and name in context:
        return context[name]
    return getattr(context, name, getattr(Settings(), name))
