"""A finished run of a small repository, made by the graph with a model that tells the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

import qarepo_graph
from qarepo_graph import Settings
from qarepo_graph.ledger import Database, look_into_ledger
from qarepo_graph.testing import ScriptedChatModel
from tests.graph.early_stopping import honest, write_repository


def make_run(folder: Path, answer: Callable[[list[BaseMessage]], str] = honest, **knobs: Any) -> Path:
    """Run the graph over the small repository; return the run directory."""
    settings = Settings(**{"model": ScriptedChatModel(replies=answer), "questions": 2, "requirements": 1} | knobs)
    qarepo_graph.run(  # also works beside the browser driver's own event loop
        write_repository(folder / "early-stopping"),
        repo_description="early stopping",
        run_dir=folder / "run",
        output_file=folder / "rows.json",
        settings=settings,
    )
    return folder / "run"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    """The ledger of such a run, for reading."""
    opened = look_into_ledger(make_run(tmp_path))
    yield opened
    opened.close()
