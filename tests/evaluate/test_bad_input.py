"""What `qarepo evaluate` says to a call that cannot work: one sentence, exit code 2, nothing sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qarepo_graph.cli import main

pytest.importorskip("rouge_score", reason="scoring needs the extra [metrics]")

SERVED = ["--model", "openai-compatible:m", "--base-url", "http://127.0.0.1:9/v1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name who answers"),
        ([*SERVED, "--local", "folder"], "Name who answers"),
        (["--model", "openai-compatible:m"], "openai-compatible:m has no address of its own; add the base URL"),
        (["--model", "deepseek:m"], "1 questions with the code in their context would go to api.deepseek.com"),
        (["--model", "nobody:m"], "nobody"),
        ([*SERVED, "--judge", "openai-compatible:j"], "openai-compatible:j has no address of its own"),
        ([*SERVED, "--judge", "deepseek:j"], "1 questions with their answers would go to api.deepseek.com"),
        ([*SERVED, "--judge", "openai-compatible:m"], "name another model as the judge"),
        (["--local", "./nowhere"], "./nowhere does not exist"),
    ],
)
def test_answers(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-not-a-key-of-anyone")
    # No torch in the fast tier: what is under test is the folder's name, which is looked at after the packages.
    monkeypatch.setattr("qarepo_graph.train.extra._PACKAGES", ())
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"instruction": "Q?", "input": "", "output": "A"}]), encoding="utf-8")
    assert complaint(["evaluate", "answers", str(rows), *arguments], capsys).count(words) == 1


def test_a_missing_extra_is_named_with_its_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qarepo_graph.train.extra._PACKAGES", ("no_such_package",))
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"instruction": "Q?", "input": "", "output": "A"}]), encoding="utf-8")
    said = complaint(["evaluate", "answers", str(rows), "--local", "folder"], capsys)
    assert 'need no_such_package: pip install "qarepo-graph[train]".' in said


def test_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.json").write_text("[]", encoding="utf-8")
    for name, words in (("empty.json", "holds no rows"), ("none.json", "Cannot read"), (".", "is no exported dataset")):
        assert words in complaint(["evaluate", "data", str(tmp_path / name)], capsys)


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err
