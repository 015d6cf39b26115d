from __future__ import annotations

import json
from pathlib import Path

import pytest

from qarepo_graph.cli.app import main
from qarepo_graph.code import parse_repository
from qarepo_graph.schema.function import FUNCTION_FIELDS


def qarepo(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return int(stopped.value.code or 0)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "b").mkdir(parents=True)
    (root / "b" / "x.java").write_text("class A { int m() { return n(); } }\n", encoding="utf-8")
    (root / "a.py").write_text("def größe():\n    '''Doc.'''\n\ndef b(:\n    pass\n", encoding="utf-8")
    (root / "notes.txt").write_text("text", encoding="utf-8")
    return root


def test_one_record_per_function_the_same_every_time(repository: Path, tmp_path: Path) -> None:
    output = tmp_path / "functions.jsonl"
    assert qarepo("parse", repository, "-o", output) == 0
    first = output.read_bytes()
    records = [json.loads(line) for line in first.decode("utf-8").split("\n")[:-1]]
    assert [list(record) for record in records] == [list(FUNCTION_FIELDS)] * 3
    assert records == json.loads(json.dumps([f.to_record() for f in parse_repository(repository)]))
    assert [record["id"] for record in records] == ["a.py::größe", "a.py::b", "b/x.java::A.m()"]
    assert qarepo("parse", repository, "-o", output) == 0
    assert output.read_bytes() == first


def test_stats(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert qarepo("parse", repository, "--stats") == 0
    assert capsys.readouterr().out.splitlines() == [
        "language  outcome                files  functions  recovered",
        "-         skipped (unsupported)      1          -          -",
        "java      parsed                     1",
        "python    recovered                  1",
        "java      all                                   1          0",
        "python    all                                   2          1",
        "3 functions in 2 of 3 files",
    ]


def test_a_file_that_cannot_be_read_is_named_and_ends_in_3(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "c.py").write_bytes(b"# coding: utf-7\ndef f(): ...\n")
    assert qarepo("parse", repository, "-o", tmp_path / "f.jsonl") == 3
    assert capsys.readouterr().out.splitlines() == ["3 functions in 2 of 4 files", "not read: c.py (encoding)"]


def test_a_foreign_file_is_not_replaced(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "mine.jsonl"
    output.write_text("mine")
    assert qarepo("parse", repository, "-o", output) == 2
    assert output.read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert qarepo("parse", repository, "-o", output, "--force") == 0


def test_a_missing_folder_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert qarepo("parse", tmp_path / "none") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
