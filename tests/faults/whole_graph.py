"""The whole graph over one small class, its model a server of ours that follows a script."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from qarepo_graph import Settings, build_graph
from tests.faults.server import Asked, FaultServer
from tests.graph.early_stopping import honest, write_repository


def truthful(asked: Asked) -> str:
    return honest([SimpleNamespace(content=message["content"]) for message in asked.body["messages"]])  # type: ignore[misc]  # only the content is read


async def run_against(folder: Path, script: Any) -> tuple[dict[str, Any], list[Asked]]:
    """Run the graph over two methods of one class against a server; return its end and what the server saw."""
    given = {"repo_dir": str(write_repository(folder / "repo")), "repo_description": "early stopping"}
    given |= {"run_dir": str(folder / "run"), "output_file": str(folder / "rows.json")}
    async with FaultServer(script) as server:
        settings = Settings(
            model="openai-compatible:tiny", base_url=server.url, questions=2, requirements=1, concurrency=1
        )
        state = await build_graph().ainvoke(given, context=settings)
        return state, server.asked
