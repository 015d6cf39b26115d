"""The graph as ``langgraph dev`` loads it; ``langgraph.json`` points here.

The server refuses a factory with keyword parameters, so this is the compiled graph itself, with no checkpointer: the
server brings its own.
"""

from __future__ import annotations

from qarepo_graph.graph import build_graph

graph = build_graph()
