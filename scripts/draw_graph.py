"""The graph as a picture that needs no network: an SVG drawn from what ``build_graph()`` says of itself.

``scripts/write_parts.py`` writes it into ``docs/pictures/graph.svg``, and checks that it is fresh.
"""

from __future__ import annotations

from html import escape

import networkx as nx

WIDTH, HEIGHT = 190, 40
"""Size of a node's box."""
ACROSS, DOWN = 230, 78
"""Distance between the middles of neighbouring boxes."""
STYLE = """
  svg { font: 15px ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; background: #fbfaf7; }
  .box { fill: #d8ecea; stroke: #0a6b6b; } .end { fill: #f1efe9; stroke: #5a6169; }
  text { fill: #1c2126; text-anchor: middle; dominant-baseline: central; } .word { font-size: 12px; fill: #5a6169; }
  path { fill: none; stroke: #5a6169; stroke-width: 1.5; } .choice { stroke-dasharray: 5 4; } .tip { fill: #5a6169; stroke: none; }
  @media (prefers-color-scheme: dark) {
    svg { background: #14171a; } .box { fill: #163c3b; stroke: #6cc9c2; } .end { fill: #23282d; stroke: #a4abb3; }
    text { fill: #e8e6e1; } .word, .tip { fill: #a4abb3; } path { stroke: #a4abb3; }
  }
"""  # noqa: E501 - a rule is read best on one line
ARROW = (
    '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
    '<path class="tip" d="M0 0L10 5L0 10z"/></marker>'
)


def graph_svg() -> str:
    """Return the picture: a row per stage, conditional edges dashed, the way back on the right."""
    from qarepo_graph import build_graph

    drawn = build_graph().get_graph()
    edges = [(edge.source, edge.target, edge.conditional) for edge in drawn.edges]
    rows, back = _rows([(source, target) for source, target, _ in edges])
    widest = max(len(row) for row in rows)
    width = widest * ACROSS + (160 if back else 0)
    place = {
        node: (widest * ACROSS / 2 + (at - (len(row) - 1) / 2) * ACROSS, 30 + level * DOWN)
        for level, row in enumerate(rows)
        for at, node in enumerate(row)
    }
    lines = [
        _edge(place[source], place[target], conditional)
        for source, target, conditional in sorted(edges)
        if (source, target) not in back
    ]
    lines += [_way_back(place[source], place[target], widest * ACROSS + 40) for source, target in sorted(back)]
    boxes = [_box(node, *place[node]) for row in rows for node in row]
    height = 60 + (len(rows) - 1) * DOWN
    size = f'width="{width}" height="{height}"'
    title = "The graph: " + ", ".join(node.strip("_") for row in rows for node in row)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size} role="img">',
            f"<title>{escape(title)}</title><style>{STYLE}</style>",
            f"<defs>{ARROW}</defs>",
            *lines,
            *boxes,
            "</svg>\n",
        ]
    )


def _rows(edges: list[tuple[str, str]]) -> tuple[list[list[str]], set[tuple[str, str]]]:
    """Return the nodes by longest way from the start, and the edges that lead back up."""
    forward, back = nx.DiGraph(), set()
    for source, target in nx.dfs_edges(nx.DiGraph(sorted(edges)), "__start__"):
        forward.add_edge(source, target)
    for source, target in sorted(set(edges) - set(forward.edges)):
        forward.add_edge(source, target)
        if not nx.is_directed_acyclic_graph(forward):
            forward.remove_edge(source, target)
            back.add((source, target))
    return [sorted(row) for row in nx.topological_generations(forward)], back


def _box(name: str, x: float, y: float) -> str:
    end = name.startswith("__")
    size = (90, 32) if end else (WIDTH, HEIGHT)
    label = {"__start__": "START", "__end__": "END"}.get(name, name)
    return (
        f'<rect class="{"end" if end else "box"}" x="{x - size[0] / 2:g}" y="{y - size[1] / 2:g}" width="{size[0]}" '
        f'height="{size[1]}" rx="{16 if end else 8}"/><text x="{x:g}" y="{y:g}">{escape(label)}</text>'
    )


def _edge(start: tuple[float, float], end: tuple[float, float], conditional: bool) -> str:
    (x, y), (u, v) = (start[0], start[1] + HEIGHT / 2), (end[0], end[1] - HEIGHT / 2)
    middle = (y + v) / 2
    kind = ' class="choice"' if conditional else ""
    return f'<path{kind} d="M{x:g} {y:g}C{x:g} {middle:g} {u:g} {middle:g} {u:g} {v:g}" marker-end="url(#tip)"/>'


def _way_back(start: tuple[float, float], end: tuple[float, float], side: float) -> str:
    (x, y), (u, v) = (start[0] + WIDTH / 2, start[1]), (end[0] + WIDTH / 2, end[1])
    return (
        f'<path class="choice" d="M{x:g} {y:g}H{side - 20:g}Q{side:g} {y:g} {side:g} {y - 20:g}V{v + 20:g}'
        f'Q{side:g} {v:g} {side - 20:g} {v:g}H{u:g}" marker-end="url(#tip)"/>'
        f'<text class="word" x="{side + 44:g}" y="{(y + v) / 2:g}">asked again</text>'
    )
