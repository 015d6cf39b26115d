"""A fleet on this machine's processes: one dataset, copies asked about once, splits that do not leak, nothing lost."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic import function_text, write_repository
from qarepo_graph.cli import main
from tests.fleet.killing import check_kills

OPTIONS = ["--questions", "2", "--requirements", "1", "--workers", "1"]


def repository(folder: Path, numbers: range, note: str = "") -> Path:
    """Write a repository of one module; ``note`` makes its functions near copies of those without."""
    folder.mkdir()
    texts = [function_text(number).replace("if value < 0:", f"if value < 0:{note}", 1) for number in numbers]
    (folder / "module.py").write_text("\n\n".join(texts), encoding="utf-8")
    return folder


@dataclass
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    error: str

    @property
    def summary(self) -> dict[str, Any]:
        """The last line of ``--json``."""
        told: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return told


Fleet = Callable[..., Done]


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Fleet:
    """Run ``qarepo fleet`` in this process, in the test's folder; its workers are processes of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(["fleet", *arguments])
        return Done(int(str(ended.value.code)), *capfd.readouterr())

    return run


def rows_of(folder: Path, split: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((folder / "qarepo" / f"{split}.json").read_text(encoding="utf-8"))
    return rows


def facts_of(folder: Path, split: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metadata" / f"{split}.jsonl").read_text().splitlines()]


def test_an_output_that_is_a_file_is_refused_before_any_work(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text('{"path": "a"}', encoding="utf-8")
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    done = fleet("all.jsonl", "-o", "out")
    assert (done.code, done.out) == (2, "")
    assert done.error == "qarepo: out is a file; name a folder for the fleet with -o.\n"
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_many_repositories_become_one_dataset_and_a_second_run_makes_no_call(tmp_path: Path, fleet: Fleet) -> None:
    repository(tmp_path / "one", range(6))
    repository(tmp_path / "two", range(4, 10))  # 4 and 5 stand in `one` word for word
    repository(tmp_path / "three", range(2), note="  # ok")  # near copies of 0 and 1
    lines = [{"path": name} for name in ("one", "two", "three", "missing")]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    done = fleet("m.jsonl", "-o", "out", *OPTIONS, "--json")
    assert done.code == 3, done.error  # `missing` failed, the others are done
    summary = done.summary
    assert summary["copies"] == {"exact": 2, "near": 2}
    assert (summary["shards"], summary["made"], summary["functions"]) == (2, 2, 10)
    assert list(summary["failed"]) == ["missing"]
    facts = facts_of(tmp_path / "out" / "dataset", "train")
    asked = Counter(fact["function_ids"][0].partition("/")[0] for fact in facts if fact["scenario"] == 1)
    assert asked == {"one": 12, "two": 8}
    rows = rows_of(tmp_path / "out" / "dataset", "train")
    assert len(rows) == len(facts) == summary["dataset"]["rows"]["train"]
    card = (tmp_path / "out" / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "source code of one, two, made by qarepo-graph" in card
    assert "of 12 functions (12 python) are cited by a row." in card

    before = {path: path.read_bytes() for path in (tmp_path / "out" / "dataset").rglob("*") if path.is_file()}
    again = fleet("m.jsonl", "-o", "out", *OPTIONS, "--json").summary
    assert (again["found"], again["made"], again["asked"]) == (2, 0, 0)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.full
@pytest.mark.timeout(900)
def test_kills_lose_nothing_and_rows_are_those_of_one_process(tmp_path: Path) -> None:
    check_kills(tmp_path, ["--engine", "local"])


@pytest.mark.full
@pytest.mark.timeout(600)
def test_held_out_repositories_share_nothing_with_training(tmp_path: Path, fleet: Fleet) -> None:
    # `b` and `d` are held out with seed 0; `d` holds two functions of `a` nearly, `b` two of `c` word for word.
    numbers = {"a": range(8), "b": range(22, 30), "c": range(16, 24), "d": range(6, 8)}
    for name, chosen in numbers.items():
        repository(tmp_path / name, chosen, note="  # ok" if name == "d" else "")
    (tmp_path / "d" / "more.py").write_text(function_text(40), encoding="utf-8")
    (tmp_path / "m.jsonl").write_text("\n".join(json.dumps({"path": name}) for name in "dbca"), encoding="utf-8")
    options = [*OPTIONS, "--split", "by-repository", "--ratios", "0.5,0.0,0.5", "--requirements", "0"]
    done = fleet("m.jsonl", "-o", "out", *options, "--seed", SEED_WITH_B_AND_D_HELD_OUT, "--json")
    assert done.code == 0, done.error
    summary = done.summary
    assert summary["splits"] == {"train": 2, "validation": 0, "test": 2}
    assert summary["copies"] == {"exact": 2, "near": 2}
    train, test = (facts_of(tmp_path / "out" / "dataset", split) for split in ("train", "test"))
    assert {fact["provenance"]["repository"] for fact in train} == {"a", "c"}
    assert Counter(fact["provenance"]["repository"] for fact in test) == {"b": 12, "d": 2}
    leakage = summary["dataset"]["leakage"]
    assert leakage.pop("rows") == 14
    assert set(leakage.values()) == {0}


SEED_WITH_B_AND_D_HELD_OUT = "7"


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_big_repository_is_cut_and_its_slices_make_the_rows_of_the_whole(tmp_path: Path, fleet: Fleet) -> None:
    write_repository(tmp_path / "big", 120)
    (tmp_path / "m.jsonl").write_text('{"path": "big"}', encoding="utf-8")
    options = [*OPTIONS, "--requirements", "0", "--context", "none", "--json"]
    whole = fleet("m.jsonl", "-o", "whole", *options)
    cut = fleet("m.jsonl", "-o", "cut", "--shard-functions", "60", *options)
    assert (whole.code, cut.code) == (0, 0), whole.error + cut.error
    assert whole.summary["shards"] == 1
    assert cut.summary["shards"] > 1
    texts = [
        sorted(json.dumps(row) for row in rows_of(tmp_path / name / "dataset", "train")) for name in ("whole", "cut")
    ]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 240


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_limit_ends_the_fleet_with_its_code_and_the_rest_goes_on_later(tmp_path: Path, fleet: Fleet) -> None:
    for number in range(3):
        repository(tmp_path / f"r{number}", range(number * 10, number * 10 + 6))
    (tmp_path / "m.jsonl").write_text("\n".join(json.dumps({"path": f"r{n}"}) for n in range(3)), encoding="utf-8")
    options = ["--questions", "2", "--requirements", "0", "--workers", "1", "--json"]
    stopped = fleet("m.jsonl", "-o", "out", *options, "--max-requests", "20")
    assert stopped.code == 4, stopped.error
    first = stopped.summary
    assert "--max-requests 20 is reached" in first["ended"]
    assert first["dataset"] is None
    done = fleet("m.jsonl", "-o", "out", *options)
    assert done.code == 0, done.error
    second = done.summary
    assert (first["made"] + second["made"], second["found"]) == (3, first["made"])
    assert second["dataset"]["rows"] == {"train": 36}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["m.jsonl", "--engine", "slurm"], "--engine 'slurm' is unknown"),
        (["m.jsonl", "--address", "127.0.0.1:1"], "add --engine ray"),
        (["m.jsonl", "--split", "by-function"], "--split 'by-function' is unknown"),
        (["m.jsonl", "--copies", "ask", "--split", "by-repository"], "one function into two splits"),
        (["m.jsonl", "--shard-functions", "0"], "at least 1"),
        (["m.jsonl", "--review"], "runs without stopping"),
        (["m.jsonl", "--ask-only", "ids.txt"], "chooses each shard's functions itself"),
        (["m.jsonl", "-o", "no/where"], "does not exist"),
        (["m.jsonl", "--format", "xml"], "--format 'xml' is unknown"),
        (["none.jsonl"], "cannot be read"),
        (["m.jsonl", "--model", "openai:gpt-5-mini"], "--yes"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, fleet: Fleet, arguments: list[str], words: str) -> None:
    repository(tmp_path / "one", range(2))
    (tmp_path / "m.jsonl").write_text('{"path": "one"}', encoding="utf-8")
    done = fleet(*arguments)
    assert (done.code, done.error.count("Traceback")) == (2, 0), done.error
    assert words in done.error.splitlines()[-1]
