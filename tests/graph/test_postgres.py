"""A checkpointer of the user's own, on a real Postgres: a review stopped in one process goes on in another.

The server is Debian's, started here as a user who is not root, in a temporary folder on a unix socket.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qarepo_graph.ledger import look_into_ledger
from qarepo_graph.report.source import recorded_pairs
from tests.graph.early_stopping import write_repository

PROJECT = Path(__file__).parents[2]


def program(name: str) -> str:
    """Return a program of the server; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or ""


pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not (program("initdb") and program("pg_ctl")), reason="no Postgres server is installed"),
    pytest.mark.skipif(
        importlib.util.find_spec("langgraph.checkpoint.postgres") is None,
        reason="langgraph-checkpoint-postgres is not installed",
    ),
]


def as_nobody(folder: Path) -> dict[str, int]:
    """Return how to start the server: it refuses to run as root, so root lends it to another user."""
    if os.getuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid}
    pytest.skip("there is no user but root to run Postgres as")


@pytest.fixture
def database() -> Iterator[str]:
    """Start a server and yield how to connect to it."""
    # Not under pytest's own folder: that one is closed to other users, and its name too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = as_nobody(folder)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)}

    def server(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, cwd=folder, check=False, capture_output=True, text=True, **user)

    try:
        # UTF-8 by name: in a database of encoding SQL_ASCII the checkpointer loses its writes without a word.
        layout = ["-A", "trust", "-U", "qarepo", "-E", "UTF8", "--no-locale", "--no-sync"]
        made = server(program("initdb"), "-D", str(folder / "data"), *layout)
        assert made.returncode == 0, made.stderr
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=20"
        log = str(folder / "log")
        started = server(program("pg_ctl"), "-D", str(folder / "data"), "-o", options, "-l", log, "-w", "start")
        assert started.returncode == 0, started.stderr + (folder / "log").read_text()
        yield f"postgresql://qarepo@/postgres?host={folder}"
    finally:
        server(program("pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


# Run by two processes: the first stops before export, the second goes on with a decision.
SCRIPT = """
import asyncio, json, sys
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.types import Command
from qarepo_graph import Settings, build_graph

async def main(database, given, resume):
    settings = Settings(model="offline", questions=2, requirements=0, review=True)
    thread = {"configurable": {"thread_id": "review-1"}}
    async with AsyncPostgresSaver.from_conn_string(database) as saver:
        await saver.setup()
        graph = build_graph(checkpointer=saver)
        state = await graph.ainvoke(Command(resume=resume) if resume else given, thread, context=settings)
        waiting = [interrupt.value for interrupt in state.get("__interrupt__", ())]
        kept = await graph.aget_state(thread)
        print(json.dumps({"waiting": waiting, "next": list(kept.next), "export": state.get("export")}))

asyncio.run(main(sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])))
"""


def process(database: str, given: dict[str, str], resume: object) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, database, json.dumps(given), json.dumps(resume)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_a_review_is_resumed_by_another_process(database: str, tmp_path: Path) -> None:
    given = {
        "repo_dir": str(write_repository(tmp_path / "early-stopping")),
        "run_dir": str(tmp_path / "run"),
        "output_file": str(tmp_path / "rows.json"),
    }
    stopped = process(database, given, None)
    assert stopped["next"] == ["export"]
    assert [waiting["run_dir"] for waiting in stopped["waiting"]] == [given["run_dir"]]  # type: ignore[attr-defined]
    assert not (tmp_path / "rows.json").exists()

    ledger = look_into_ledger(tmp_path / "run")
    rows = [pair.id for pair in recorded_pairs(ledger).undecided_pairs()]
    ledger.close()
    assert len(rows) == 4
    done = process(database, {}, [{"row": rows[0], "verdict": "rejected", "reason": "too plain", "who": "ann"}])
    assert (done["next"], done["waiting"]) == ([], [])
    assert len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))) == 3
