"""Model names as a user writes them: a hub's are left alone, a folder must hold model and tokenizer. Needs no torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from qarepo_graph.errors import UsageError
from qarepo_graph.train.extra import check_model


def test_home_is_expanded_and_a_hubs_name_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = tmp_path / "qwen"
    folder.mkdir()
    for name in ("config.json", "tokenizer_config.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    assert check_model("~/qwen") == str(folder)
    assert check_model("Qwen/Qwen2.5-7B-Instruct") == "Qwen/Qwen2.5-7B-Instruct"
    with pytest.raises(UsageError, match="nowhere does not exist"):
        check_model("~/nowhere")


@pytest.mark.parametrize(
    ("missing", "words"), [("config.json", "holds no model"), ("tokenizer_config.json", "holds no tokenizer")]
)
def test_an_incomplete_folder_is_one_sentence(missing: str, words: str, tmp_path: Path) -> None:
    for name in {"config.json", "tokenizer_config.json"} - {missing}:
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        check_model(str(tmp_path))
