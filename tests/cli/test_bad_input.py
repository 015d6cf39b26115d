"""A mistake on the command line: one sentence that says what to do next, the right exit code, nothing written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qarepo_graph.cli import main

Given = Callable[[Path], list[str]]


def repository(folder: Path, text: str = "def f(x):\n    return x + 1\n") -> Path:
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(text, encoding="utf-8")
    return folder


def with_repository(*options: str) -> Given:
    def given(folder: Path) -> list[str]:
        return ["generate", str(repository(folder / "repo")), "-o", str(folder / "rows.json"), *options]

    return given


def empty(folder: Path) -> list[str]:
    (folder / "repo").mkdir()
    return ["generate", str(folder / "repo"), "-o", str(folder / "rows.json")]


def unsupported(folder: Path) -> list[str]:
    (folder / "repo").mkdir()
    (folder / "repo" / "notes.txt").write_text("words", encoding="utf-8")
    return ["generate", str(folder / "repo"), "-o", str(folder / "rows.json")]


def a_file(folder: Path) -> list[str]:
    return ["generate", str(repository(folder / "repo") / "a.py"), "-o", str(folder / "rows.json")]


CASES: list[tuple[str, Given, int, str]] = [
    ("missing folder", lambda f: ["generate", str(f / "none"), "-o", str(f / "rows.json")], 2, "There is no folder"),
    ("a file", a_file, 2, "is a file; give the folder"),
    ("empty folder", empty, 2, "There is no source file to read"),
    ("no supported file", unsupported, 2, "There is no source file to read"),
    ("nothing asked", with_repository("--questions", "0", "--requirements", "0"), 2, "leaves nothing to ask"),
    ("negative", with_repository("--questions", "-1"), 2, "--questions is -1; it must be a number of at least 0"),
    ("not a number", with_repository("--questions", "many"), 2, "Invalid value for '--questions'"),
    ("unknown provider", with_repository("--model", "gemma:9b", "--yes"), 2, "gemma"),
    ("model without provider", with_repository("--model", "qwen-plus", "--yes"), 2, "qwen-plus"),
    ("missing key", with_repository("--model", "deepseek:deepseek-flash", "--yes"), 2, "DEEPSEEK_API_KEY is not set"),
    ("no consent", with_repository("--model", "openai:gpt-5-mini"), 2, "nobody agreed to it; add --yes"),
    ("unknown language", with_repository("--language", "fr"), 2, "'fr' is unknown; choose one of auto, en, zh"),
    ("unknown option", with_repository("--nonsense"), 2, "No such option: --nonsense"),
    ("missing output folder", lambda f: [*with_repository()(f)[:3], str(f / "no" / "a.json")], 2, "does not exist"),
    ("wrong suffix", lambda f: [*with_repository()(f)[:3], str(f / "rows.txt")], 2, "name the output something.json"),
    ("unknown node", with_repository("--node-model", "describer=offline"), 2, "the nodes are describe, paraphrase"),
    ("no run", lambda f: ["status", str(f)], 2, "There is no run in"),
    ("seed: unknown key", lambda f: [f"repo_dir={f}", "colour=red"], 2, "'colour=red' is not a key of this call"),
    ("seed: no repository", lambda f: [f"output_file={f / 'rows.json'}"], 2, "repo_dir=… is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "code", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_gets_one_sentence(
    given: Given,
    code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    arguments = given(tmp_path)
    before = {path for path in tmp_path.rglob("*") if ".qarepo" not in path.parts}
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    told = capsys.readouterr().err
    assert stopped.value.code == code, told
    (line,) = [line for line in told.splitlines() if line.startswith("qarepo: ")]
    assert said in line
    assert "Traceback" not in told
    assert {path for path in tmp_path.rglob("*") if ".qarepo" not in path.parts} == before


@pytest.mark.parametrize("model", ["gtp:large", "gpt-5", "deepseek", "deepseek:deepseek-flash", "openai-compatible:x"])
def test_a_model_that_cannot_work_is_refused_before_anything_is_parsed(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    with pytest.raises(SystemExit) as stopped:
        main([*with_repository("--model", model)(tmp_path)])
    told = capsys.readouterr().err
    assert (stopped.value.code, len(told.splitlines())) == (2, 1), told
    assert not (tmp_path / ".qarepo").exists()


def test_a_dry_run_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    with pytest.raises(SystemExit) as stopped:
        main([*with_repository("--model", "deepseek:deepseek-flash", "--dry-run", "bodies")(tmp_path)])
    assert stopped.value.code == 0
    (description, *_) = sorted((tmp_path / "bodies").glob("*.json"))
    assert json.loads(description.read_text("utf-8"))["model"] == "deepseek-flash"


@pytest.mark.parametrize("arguments", [[], ["prompts"], ["evaluate"]])
def test_a_command_alone_shows_its_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    told = capsys.readouterr().err
    assert stopped.value.code == 2
    assert told.startswith("Usage: qarepo")
    assert told.endswith("\n")


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root reads and writes everything")
def test_an_unreadable_repository_and_an_unwritable_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = repository(tmp_path / "repo")
    folder.chmod(0)
    with pytest.raises(SystemExit) as stopped:
        main(["generate", str(folder), "-o", str(tmp_path / "rows.json")])
    assert stopped.value.code == 2
    assert "cannot be read" in capsys.readouterr().err
    folder.chmod(0o755)
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(SystemExit) as stopped:
        main(["generate", str(folder), "-o", str(locked / "rows.json")])
    assert stopped.value.code == 6


def test_a_foreign_file_is_not_replaced_without_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = repository(tmp_path / "repo")
    target = tmp_path / "rows.json"
    target.write_text("my own notes", encoding="utf-8")
    command = ["generate", str(folder), "-o", str(target), "--requirements", "0", "--questions", "1"]
    with pytest.raises(SystemExit) as stopped:
        main(command)
    assert stopped.value.code == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_text(encoding="utf-8") == "my own notes"
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--force"])
    assert stopped.value.code == 0
    assert target.read_text(encoding="utf-8").startswith("[")


def test_the_seeds_own_call_takes_every_option_and_says_twice_that_rows_are_rule_based(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = repository(tmp_path / "repo")
    with pytest.raises(SystemExit) as stopped:
        main(
            [
                f"repo_dir={folder}",
                f"output_file={tmp_path / 'example.json'}",
                "repo_des=加一的小仓库",
                "question_num=2",
                "requirement_num=0",
                "answer_code=false",
            ]
        )
    assert stopped.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == lines[-1]
    assert "rule-based" in lines[0]
    assert "model=deepseek:deepseek-flash" in lines[0]
    text = (tmp_path / "example.json").read_text(encoding="utf-8")
    assert "**位置：**" in text
    assert "```" not in text
