"""``qarepo purge`` deletes a run and nothing that is not the run's."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from qarepo_graph.cli.app import main
from qarepo_graph.ledger import RunLock, default_run_dir, make_private, open_ledger
from qarepo_graph.ledger.directory import RUN_FILES


def purge(path: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["purge", str(path), "--yes"])
    return int(ended.value.code or 0)


def make_run(directory: Path) -> Path:
    make_private(directory)
    RunLock(directory).acquire()
    open_ledger(directory).close()
    (directory / "rejected.jsonl").write_text("{}\n", encoding="utf-8")
    return directory


def test_a_directory_of_ours_goes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repo").mkdir()
    directory = make_run(default_run_dir(Path("repo")))
    (directory / "dataset.json").write_text("[]", encoding="utf-8")
    assert purge(Path("repo")) == 0
    assert not directory.exists()
    assert (tmp_path / "repo").is_dir()


def test_in_a_directory_of_the_users_only_the_runs_files_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = make_run(tmp_path / "project")
    (directory / "thesis.tex").write_text("years of work", encoding="utf-8")
    (directory / "src").mkdir()
    assert purge(directory) == 0
    assert sorted(path.name for path in directory.iterdir()) == ["src", "thesis.tex"]
    assert capsys.readouterr().out == f"Deleted the run in {directory}. 2 other files in it stay.\n"
    assert set(RUN_FILES) >= {"ledger.db", "run.lock", "run.pid", "rejected.jsonl"}


def test_a_directory_that_holds_nothing_else_goes_too(tmp_path: Path) -> None:
    directory = make_run(tmp_path / "run")
    assert purge(directory) == 0
    assert not directory.exists()


def test_another_programs_ledger_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TABLE money (amount)")
    assert purge(tmp_path) == 6
    assert "was not made by qarepo-graph" in capsys.readouterr().err
    assert (tmp_path / "ledger.db").exists()


def test_a_run_that_goes_on_is_not_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "run"
    make_private(directory)
    open_ledger(directory).close()
    lock = RunLock(directory)
    lock.acquire()
    assert purge(directory) == 5
    lock.release()
    assert (directory / "ledger.db").exists()
