"""The ledger: group commit, refusals, crash survival, lock and modes, each with a real file and a real process."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from qarepo_graph.errors import LedgerError, RunLockedError, StorageError, UsageError
from qarepo_graph.ledger import RunLock, default_run_dir, look_into_ledger, make_private, open_ledger
from qarepo_graph.ledger.calls import mark_sent, possibly_billed_twice, reply_of, store_reply, usage_by_node
from qarepo_graph.ledger.snapshot import (
    add_functions,
    begin_snapshot,
    count_functions,
    finish_snapshot,
    functions_after,
    get_meta,
    item_name,
    set_meta,
)
from qarepo_graph.ledger.work import WorkItem, item_of, put_item, settle, verdict_history
from qarepo_graph.llm.backend import Reply, Usage
from tests.function_samples import function as sample_function

REPLY = Reply(text='{"a": "é\\u0000"}', finish_reason="stop", usage=Usage(prompt_tokens=7, completion_tokens=3))


async def test_concurrent_work_is_committed_before_it_returns(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    keys = [f"{number:064x}" for number in range(300)]

    async def one(key: str) -> None:
        number = await ledger.arun(partial(mark_sent, key=key, node="describe", item=key, attempt=1, session="s"))
        await ledger.arun(
            partial(store_reply, number=number, key=key, node="describe", session="s", reply=REPLY, usd=0.5)
        )
        other = sqlite3.connect(f"file:{tmp_path / 'ledger.db'}?mode=ro", uri=True)
        try:
            assert other.execute("SELECT count(*) FROM replies WHERE key = ?", (key,)).fetchone() == (1,)
        finally:
            other.close()

    await asyncio.gather(*(one(key) for key in keys))
    assert ledger.run(partial(reply_of, key=keys[0])) == REPLY
    assert ledger.run(usage_by_node) == {
        "describe": {
            "replies": 300,
            "prompt_tokens": 2100,
            "completion_tokens": 900,
            "cached_tokens": 0,
            "usd": 150.0,
        }
    }
    assert ledger.run(possibly_billed_twice) == []
    ledger.close()


def test_work_that_fails_undoes_only_itself(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)

    def wrong(connection: sqlite3.Connection) -> None:
        set_meta(connection, "half", "done")
        msg = "a mistake of the caller"
        raise ValueError(msg)

    ledger.post(partial(set_meta, name="before", value="1"))
    with pytest.raises(ValueError, match="mistake"):
        ledger.run(wrong)
    ledger.run(partial(set_meta, name="after", value="2"))
    assert [ledger.run(partial(get_meta, name=name)) for name in ("before", "half", "after")] == ["1", "", "2"]
    ledger.close()
    with pytest.raises(StorageError, match="open the run again"):
        ledger.run(begin_snapshot)


def test_settling_keeps_the_history_and_the_latest_standing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    first = WorkItem(node="describe", item="a", base_key="b", key="k1", attempt=1, status="pending", reasons=("no",))
    second = WorkItem(
        node="describe",
        item="a",
        base_key="b",
        key="k2",
        attempt=2,
        status="accepted",
        result={"x": 1},
        gates={"g": "ok"},
    )
    ledger.run(partial(settle, item=first))
    ledger.run(partial(settle, item=second))
    assert ledger.run(partial(item_of, node="describe", item="a")) == second
    assert ledger.run(partial(verdict_history, node="describe", item="a")) == [
        (1, "pending", ["no"]),
        (2, "accepted", []),
    ]
    ledger.close()


def test_a_snapshot_replaces_the_old_one_only_when_it_is_whole(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    one, two = (sample_function("def f(): pass", id=name) for name in ("a.py::one", "a.py::two"))
    number = ledger.run(begin_snapshot)
    ledger.run(partial(add_functions, snapshot=number, first_position=0, functions=[one, two]))
    ledger.run(partial(finish_snapshot, snapshot=number, digest="d1"))
    for name in (one.id, item_name(one.id, "what"), two.id):
        item = WorkItem(node="paraphrase", item=name, base_key="b", key="k", attempt=1, status="accepted")
        ledger.run(partial(put_item, item=item))

    unfinished = ledger.run(begin_snapshot)
    ledger.run(partial(add_functions, snapshot=unfinished, first_position=0, functions=[two]))
    assert ledger.run(count_functions) == {"python": 2}
    again = ledger.run(begin_snapshot)
    assert again == unfinished
    ledger.run(partial(add_functions, snapshot=again, first_position=0, functions=[one]))
    ledger.run(partial(finish_snapshot, snapshot=again, digest="d2"))
    assert ledger.run(partial(functions_after, position=-1)) == [(0, one)]
    standing = [
        ledger.run(partial(item_of, node="paraphrase", item=name)) is not None
        for name in (one.id, item_name(one.id, "what"), two.id)
    ]
    assert standing == [True, True, False]
    ledger.close()


def test_a_killed_writer_loses_no_committed_reply_and_lists_what_was_in_flight(tmp_path: Path) -> None:
    code = f"""
import os, signal
from functools import partial
from pathlib import Path
from qarepo_graph.ledger import open_ledger
from qarepo_graph.ledger.calls import mark_sent, store_reply
from qarepo_graph.llm.backend import Reply
ledger = open_ledger(Path({str(tmp_path)!r}))
for n in range(50):
    number = ledger.run(partial(mark_sent, key=f"k{{n}}", node="describe", item=f"i{{n}}", attempt=1, session="dead"))
    if n == 49:
        os.kill(os.getpid(), signal.SIGKILL)
    ledger.run(partial(store_reply, number=number, key=f"k{{n}}", node="describe", session="dead",
                       reply=Reply(text="x"), usd=None))
"""
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    assert killed.returncode == -signal.SIGKILL
    ledger = open_ledger(tmp_path)
    assert ledger.run(usage_by_node)["describe"]["replies"] == 49
    (open_request,) = ledger.run(possibly_billed_twice)
    assert (open_request["item"], open_request["node"]) == ("i49", "describe")
    ledger.close()


def test_foreign_newer_and_damaged_files_are_refused_with_what_to_do(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    other = sqlite3.connect(foreign / "ledger.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(LedgerError, match="was not made by qarepo-graph; choose another folder"):
        open_ledger(foreign)

    newer = tmp_path / "newer"
    newer.mkdir()
    open_ledger(newer).close()
    with sqlite3.connect(newer / "ledger.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(LedgerError, match="version 99 and this qarepo-graph reads version 1"):
        open_ledger(newer)

    text = tmp_path / "text"
    text.mkdir()
    (text / "ledger.db").write_text("this is no database at all, only words" * 100, encoding="utf-8")
    with pytest.raises(LedgerError, match=r"is damaged; recover it with `sqlite3 .* \.recover"):
        open_ledger(text)

    torn = tmp_path / "torn"
    torn.mkdir()
    ledger = open_ledger(torn)
    for number in range(2000):
        ledger.post(partial(set_meta, name=f"name {number}", value="v" * 200))
    ledger.close()
    data = bytearray((torn / "ledger.db").read_bytes())
    data[8192:12288] = b"\xff" * 4096
    (torn / "ledger.db").write_bytes(data)
    with pytest.raises(LedgerError, match="is damaged"):
        open_ledger(torn)
    with pytest.raises(UsageError, match="There is no run in"):
        look_into_ledger(tmp_path / "nothing")


def test_a_reader_looks_while_a_writer_writes(tmp_path: Path) -> None:
    writer = open_ledger(tmp_path)
    writer.run(partial(set_meta, name="a", value="1"))
    reader = look_into_ledger(tmp_path)
    assert reader.run(partial(get_meta, name="a")) == "1"
    writer.run(partial(set_meta, name="a", value="2"))
    assert reader.run(partial(get_meta, name="a")) == "2"
    with pytest.raises(StorageError, match="could not be written"):
        reader.run(partial(set_meta, name="a", value="3"))
    reader.close()
    writer.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX only")
def test_everything_in_the_run_directory_is_private_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private(tmp_path / "run")
        lock = RunLock(tmp_path / "run")
        lock.acquire()
        ledger = open_ledger(tmp_path / "run")
        ledger.run(partial(set_meta, name="a", value="1"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "run").iterdir()}
        assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
        assert set(modes) >= {"ledger.db", "ledger.db-wal", "ledger.db-shm", "run.lock", "run.pid"}
        assert set(modes.values()) == {0o600}
        ledger.close()
        lock.release()
    finally:
        os.umask(before)


def test_a_second_process_is_refused_at_once_and_told_the_pid(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    lock.acquire()
    code = f"""
from pathlib import Path
from qarepo_graph.ledger import RunLock
from qarepo_graph.errors import RunLockedError
try:
    RunLock(Path({str(tmp_path)!r})).acquire()
except RunLockedError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"Another qarepo process (pid {os.getpid()}) works in" in said
    lock.release()
    again = RunLock(tmp_path)
    again.acquire()
    again.release()


def test_a_dead_process_leaves_no_lock(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from qarepo_graph.ledger import RunLock
held = RunLock(Path({str(tmp_path)!r}))
held.acquire()
print("locked", flush=True)
time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    lock = RunLock(tmp_path)
    with pytest.raises(RunLockedError):
        lock.acquire()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    for _ in range(50):
        try:
            lock.acquire()
            break
        except RunLockedError:
            time.sleep(0.02)
    lock.release()


def test_run_directories_are_stable_safe_and_distinct(tmp_path: Path) -> None:
    first = default_run_dir(tmp_path / "a repo: 中文", base=tmp_path)
    assert first == default_run_dir(tmp_path / "x" / ".." / "a repo: 中文", base=tmp_path)
    assert first != default_run_dir(tmp_path / "b" / "a repo: 中文", base=tmp_path)
    assert first.parent == tmp_path / ".qarepo"
    assert first.name.startswith("a-repo-")
    assert len(first.name.rpartition("-")[2]) == 8
    assert default_run_dir(Path("/"), base=tmp_path).name.startswith("repository-")
