"""``qarepo graph``: the picture of the state machine, drawn from the code."""

from __future__ import annotations

import typer


def graph() -> None:
    """Print the graph as a Mermaid picture."""
    from qarepo_graph.graph import build_graph

    typer.echo(build_graph().get_graph().draw_mermaid())
