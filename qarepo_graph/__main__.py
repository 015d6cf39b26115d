"""``python -m qarepo_graph``: the command line, and the seed's own ``key=value`` call."""

from __future__ import annotations

from qarepo_graph.cli import main

if __name__ == "__main__":
    main()
