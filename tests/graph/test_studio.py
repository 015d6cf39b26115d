"""``langgraph dev`` serves the graph without network and without any key, and a run over its HTTP API completes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.graph.early_stopping import write_repository

PROJECT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        shutil.which("langgraph", path=str(Path(sys.executable).parent)) is None,
        reason="the [studio] extra is not installed",
    ),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = {"dependencies": [str(PROJECT)], "graphs": {"qarepo": f"{PROJECT}/qarepo_graph/studio.py:graph"}}
    (tmp_path / "langgraph.json").write_text(json.dumps(configuration), encoding="utf-8")
    shipped = json.loads((PROJECT / "langgraph.json").read_text(encoding="utf-8"))
    assert shipped["graphs"] == {"qarepo": "./qarepo_graph/studio.py:graph"}
    program = str(Path(sys.executable).parent / "langgraph")
    process = subprocess.Popen(
        [program, "dev", "--no-browser", "--no-reload", "--port", str(port), "--host", "127.0.0.1"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "LANGGRAPH_CLI_NO_ANALYTICS": "1"},
        stdout=(tmp_path / "log").open("w"),
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{url}/ok", timeout=2):
                    break
            except OSError:
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_a_run_over_the_http_api_completes(server: str, tmp_path: Path) -> None:
    repository = write_repository(tmp_path / "early-stopping")
    body = {
        "assistant_id": "qarepo",
        "input": {
            "repo_dir": str(repository),
            "run_dir": str(tmp_path / "run"),
            "output_file": str(tmp_path / "rows.json"),
        },
        "context": {"model": "offline", "questions": 2, "requirements": 0},
    }
    request = urllib.request.Request(
        f"{server}/runs/wait", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=300) as reply:
        state: dict[str, Any] = json.loads(reply.read())
    assert state.get("functions") == {"python": 2}, (state, (tmp_path / "log").read_text())
    assert state["export"]["rows"] == 4
    assert len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))) == 4


def test_the_form_has_a_field_for_every_setting(server: str) -> None:
    request = urllib.request.Request(
        f"{server}/assistants/search", json.dumps({}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        (assistant,) = json.loads(reply.read())
    with urllib.request.urlopen(f"{server}/assistants/{assistant['assistant_id']}/schemas", timeout=60) as reply:
        schemas = json.loads(reply.read())
    properties = schemas["context_schema"]["properties"]
    assert properties["questions"]["default"] == 10
    assert properties["model"]["default"] == "offline"
