"""The whole machine on one screen.

::

    START → parse → describe ─┬→ paraphrase ──────────┬→ critique ─ all settled ─→ export → END
                     ↑        └→ ideate_requirements ─┘     │
                     └───────────── retry ──────────────────┘
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import Checkpointer

from qarepo_graph.errors import UsageError
from qarepo_graph.nodes.critique import after_critique, critique
from qarepo_graph.nodes.describe import describe
from qarepo_graph.nodes.export import export
from qarepo_graph.nodes.ideate_requirements import ideate_requirements
from qarepo_graph.nodes.paraphrase import paraphrase
from qarepo_graph.nodes.parse import parse
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoInput, RepoOutput, RepoState
from qarepo_graph.tracing import traced

Graph = CompiledStateGraph[RepoState, Settings, RepoInput, RepoOutput]
AsyncNode = Callable[[RepoState, Runtime[Settings]], Coroutine[Any, Any, Any]]


def build_graph(*, checkpointer: Checkpointer = None) -> Graph:
    """Return the compiled graph: repository in, training rows out.

    A node does one whole stage and finds finished work in the run's ledger, so running it again resumes. The state
    holds counts and paths only; the caller chooses whether to check it point by point.

    Args:
        checkpointer: Any LangGraph checkpointer; none by default, the ledger is the truth. ``Settings(review=True)``
            needs one.

    Examples:
        >>> graph = build_graph()
        >>> state = await graph.ainvoke({"repo_dir": "examples/python-segmentation"}, context=Settings())
    """
    builder = StateGraph(RepoState, context_schema=Settings, input_schema=RepoInput, output_schema=RepoOutput)
    builder.add_node("parse", parse)
    builder.add_node("describe", _asynchronous(describe))
    builder.add_node("paraphrase", _asynchronous(paraphrase))
    builder.add_node("ideate_requirements", _asynchronous(ideate_requirements))
    builder.add_node("critique", _asynchronous(critique))
    builder.add_node("export", export)

    builder.add_edge(START, "parse")
    builder.add_edge("parse", "describe")
    builder.add_edge("describe", "paraphrase")
    builder.add_edge("describe", "ideate_requirements")
    builder.add_edge(["paraphrase", "ideate_requirements"], "critique")
    builder.add_conditional_edges("critique", after_critique, {"describe": "describe", "export": "export"})
    builder.add_edge("export", END)
    graph = builder.compile(checkpointer=checkpointer, name="qarepo")
    traced(graph)
    return graph


def _asynchronous(node: AsyncNode) -> RunnableLambda[RepoState, Any]:
    """Wrap an async node so that ``graph.invoke`` fails with a sentence instead of a TypeError."""

    async def run(state: RepoState) -> Any:
        return await node(state, get_runtime(Settings))

    def refuse(state: RepoState) -> Any:  # noqa: ARG001 - the node's signature
        msg = "This graph is asynchronous; use `await graph.ainvoke(...)`, or `qarepo_graph.run(...)` in a script."
        raise UsageError(msg)

    return RunnableLambda(refuse, afunc=run, name=node.__name__)
