"""``qarepo``: the command line. One file per command; heavy imports only where they are used."""

from __future__ import annotations

from qarepo_graph.cli.app import main

__all__ = ["main"]
