"""`qarepo export` and `qarepo evaluate` on a real run of a small repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qarepo_graph.cli import main
from qarepo_graph.facade import run

STOPPING = '''
import math


class EarlyStopping:
    """Stop training when the validation loss no longer improves."""

    def __init__(self, patience: int = 5) -> None:
        """Start with nothing seen."""
        self.patience = patience
        self.best = math.inf
        self.bad_epochs = 0

    def step(self, loss: float) -> bool:
        """Record one epoch's loss; True when training should stop."""
        if math.isnan(loss):
            raise ValueError("validation loss is NaN")
        if loss < self.best:
            self.best = loss
            self.bad_epochs = 0
            return False
        self.bad_epochs += 1
        return self.bad_epochs >= self.patience


def fit(losses: list[float], stopper: EarlyStopping) -> int:
    """Return the number of epochs until the stopper asks to stop."""
    epochs = 0
    for loss in losses:
        epochs += 1
        if stopper.step(loss):
            break
    return epochs
'''


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "repo").mkdir()
    (folder / "repo" / "early.py").write_text(STOPPING, encoding="utf-8")
    run(folder / "repo", run_dir=folder / "run", questions=5, requirements=2, repo_description="Trains a model")
    return folder / "run"


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(one) for one in arguments])
    return int(end.value.code or 0)


def test_export_writes_formats_split_and_says_so(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "dataset"
    formats = "messages,qarepo"
    assert (
        call(
            "export",
            run_dir,
            "-o",
            out,
            "--format",
            formats,
            "--split",
            "by-paraphrase",
            "--ratios",
            "0.6,0,0.4",
            "--json",
        )
        == 0
    )
    summary = json.loads(capsys.readouterr().out)
    assert summary["folder"] == str(out)
    assert summary["leakage"]["questions"] == 0
    rows = json.loads((out / "qarepo/train.json").read_text(encoding="utf-8"))
    assert len(rows) == summary["rows"]["train"]
    assert json.loads(rows[0]["input"])["repository_description"] == "Trains a model"
    assert (out / "messages/test.jsonl").is_file()
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "3 of 3 functions (3 python) are cited by a row." in card
    assert "every answer and question was written by rules" in card


def test_a_second_export_is_the_same_bytes_and_needs_no_force(run_dir: Path, tmp_path: Path) -> None:
    def content() -> dict[str, bytes]:
        assert call("export", run_dir, "-o", tmp_path / "out", "--split", "none", "--format", "alpaca,sharegpt") == 0
        return {str(path): path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    assert content() == content()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "csv"), "'csv' is unknown"),
        (("--split", "random"), "'random' is unknown"),
        (("--ratios", "1,2,3"), "add up to 1"),
        (("--mix", "missing.jsonl"), "Cannot read missing.jsonl"),
        (("--context", "some"), "--context 'some' is unknown"),
    ],
)
def test_bad_options_end_in_one_sentence(
    arguments: tuple[str, ...], words: str, run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("export", run_dir, "-o", tmp_path / "out", *arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_folder_without_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("export", tmp_path, "-o", tmp_path / "out") == 2
    assert "holds no run" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_upload_is_asked_for_first(run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("export", run_dir, "-o", tmp_path / "out", "--push-to-hub", "me/rows") == 2
    assert "Nothing was uploaded" in capsys.readouterr().err


def test_evaluate_data_prints_the_figures(run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sacrebleu", reason="measuring needs the extra [metrics]")
    assert call("export", run_dir, "-o", tmp_path / "out", "--format", "messages") == 0
    capsys.readouterr()
    assert call("evaluate", "data", tmp_path / "out", "--json", tmp_path / "figures.json") == 0
    assert "self bleu in groups" in capsys.readouterr().out
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["rows_by_language"] == {"en": sum(figures["rows"].values())}
    assert figures["grounded_answers"] == 1.0


def test_evaluate_answers_says_what_is_missing(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("export", run_dir, "-o", tmp_path / "out", "--format", "messages") == 0
    for arguments, words in (
        ((), "Name who answers"),
        (("--local", "x", "--split", "test"), "has no test split, only train"),
        (("--model", "nobody:x", "--split", "train"), "nobody"),
        (("--model", "openai-compatible:x", "--base-url", "https://a.example/v1", "--split", "train"), "--yes"),
    ):
        assert call("evaluate", "answers", tmp_path / "out", *arguments) == 2
        assert words in capsys.readouterr().err
