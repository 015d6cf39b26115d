from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from qarepo_graph.cli import main
from qarepo_graph.llm.profiles import PROFILES
from qarepo_graph.llm.prompts import prompts_folder
from tests.llm.providers import KEY, Provider, deepseek


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    text = capsys.readouterr()
    return int(ended.value.code or 0), text.out, text.err


def test_models_says_what_each_needs_and_never_a_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_KEY")
    Path("qarepo.toml").write_text('[profiles.mine]\nbase_url = "https://llm.example.com/v1"\n', "utf-8")
    code, out, _ = said(capsys, "models", "--json")
    rows = {row["provider"]: row for row in map(json.loads, out.splitlines())}
    assert (code, list(rows)) == (0, [*PROFILES, "mine"])
    assert (rows["deepseek"]["key_set"], rows["openai"]["key_set"]) == (True, False)
    assert rows["mine"]["base_url"] == "https://llm.example.com/v1"
    code, out, _ = said(capsys, "models")
    assert "DEEPSEEK_API_KEY is set" in out
    assert "OPENAI_API_KEY is not set" in out
    assert KEY not in out


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("deepseek-flash", 0, "deepseek:deepseek-flash at 127.0.0.1 is ready\n"),
        ("gone", 4, "qarepo: HOST has no model 'gone'; it offers deepseek-flash.\n"),
    ],
)
def test_models_check_asks_the_server(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, code: int, words: str
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", KEY)
    with Provider(deepseek, ["deepseek-flash"]).in_a_thread() as url:
        ended, out, err = said(capsys, "models", "--check", f"deepseek:{name}", "--base-url", url)
    assert (ended, out + err) == (code, words.replace("HOST", urlsplit(url).netloc))


def test_models_check_of_the_rules_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "models", "--check", "offline")[:2] == (
        0,
        "offline is ready: it runs on this machine and needs no key\n",
    )


def test_models_check_without_the_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    code, _, err = said(capsys, "models", "--check", "deepseek:deepseek-flash")
    assert code == 2
    assert "DEEPSEEK_API_KEY is not set" in err


def own_folder() -> Path:
    folder = Path("mine")
    shutil.copytree(prompts_folder(), folder)
    return folder


def add_version_two(folder: Path) -> Path:
    text = (folder / "describe" / "v1.en.md").read_text(encoding="utf-8")
    path = folder / "describe" / "v2.en.md"
    path.write_text(text.replace("version: v1", "version: v2").replace("No praise", "No jokes, no praise"), "utf-8")
    return path


def test_prompts_are_listed_shown_and_compared(capsys: pytest.CaptureFixture[str]) -> None:
    add_version_two(own_folder())
    _, out, _ = said(capsys, "prompts", "list", "--prompts", "mine")
    assert [line.split()[1] for line in out.splitlines() if line.startswith("describe")] == [
        "describe@v1",
        "describe@v1",
        "describe@v2",
    ]
    _, out, _ = said(capsys, "prompts", "show", "describe", "--prompts", "mine")
    assert out.startswith("describe@v2 (en), sha256 ")
    assert "{code}" in out
    assert '"logic_steps"' in out
    _, out, _ = said(capsys, "prompts", "diff", "describe", "v1", "v2", "--prompts", "mine")
    changed = [line for line in out.splitlines() if line.startswith(("+", "-"))]
    assert changed[:2] == ["--- describe@v1", "+++ describe@v2"]
    assert len(changed) == 4
    assert "No jokes, no praise" in changed[3]


def test_prompts_check_finds_an_edit_without_a_new_version(capsys: pytest.CaptureFixture[str]) -> None:
    folder = own_folder()
    assert said(capsys, "prompts", "check", "mine")[0] == 0
    new = add_version_two(folder)
    code, out, _ = said(capsys, "prompts", "check", "mine", "--release")
    assert (code, out) == (0, "released describe/v2.en.md\n")
    new.write_text(new.read_text("utf-8").replace("No jokes", "No puns"), "utf-8")
    code, _, err = said(capsys, "prompts", "check", "mine")
    assert (code, err) == (
        2,
        "qarepo: describe/v2.en.md changed after its release; put it back and save the new text as the next version.\n",
    )
    assert said(capsys, "prompts", "check", "mine", "--release")[0] == 2
    new.unlink()
    assert "describe/v2.en.md was released and is gone" in said(capsys, "prompts", "check", "mine")[2]


def test_prompts_check_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert "holds no prompt" in said(capsys, "prompts", "check", "empty")[2]
    code, _, err = said(capsys, "prompts", "check", "nowhere")
    assert code == 2
    assert "does not exist" in err
