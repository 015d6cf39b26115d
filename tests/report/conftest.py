"""A finished run of a small repository, made by the graph with a model that tells the truth; and its review server."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

import qarepo_graph
from qarepo_graph import Settings
from qarepo_graph.ledger import Database, look_into_ledger
from qarepo_graph.testing import ScriptedChatModel
from tests.graph.early_stopping import honest, write_repository

Serve = Callable[[Path], tuple[subprocess.Popen[str], str]]
"""From a run directory to the process of ``qarepo review`` and the address it printed."""


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


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start ``qarepo review``; however the test ends, the server ends with it."""
    with ExitStack() as servers:

        def start(run: Path) -> tuple[subprocess.Popen[str], str]:
            command = [sys.executable, "-m", "qarepo_graph", "review", str(run), "--no-browser", "--who", "ann"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            servers.enter_context(process)
            servers.callback(process.kill)  # before the process is waited for
            assert process.stdout
            address = re.fullmatch(
                r"Review at (http://127\.0\.0\.1:\d+/\?token=[\w-]{32})\n", process.stdout.readline()
            )
            if not address:
                process.kill()
                pytest.fail(f"the review server did not start: {process.communicate()}")
            return process, address[1]

        # A job in a shell's background ignores Ctrl-C, and so would the servers it starts.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        servers.callback(signal.signal, signal.SIGINT, before)
        yield start
