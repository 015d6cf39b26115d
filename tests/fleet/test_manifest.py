"""A manifest that cannot be used says which line, and what to write instead; it may not redirect or spend."""

from __future__ import annotations

from pathlib import Path

import pytest

from qarepo_graph.errors import SettingsError, UsageError
from qarepo_graph.fleet.manifest import read_manifest


def written(folder: Path, text: str) -> Path:
    file = folder / "repositories.jsonl"
    file.write_text(text, encoding="utf-8")
    return file


def test_paths_are_taken_from_the_manifests_folder(tmp_path: Path) -> None:
    text = '{"path": "a"}\n\n{"path": "../b", "name": "team/b", "settings": {"questions": 4, "exclude": ["x/"]}}\n'
    first, second = read_manifest(written(tmp_path, text))
    assert (first.path, first.name, first.description) == (str(tmp_path / "a"), "a", "")
    assert (second.name, second.settings) == ("team/b", {"questions": 4, "exclude": ["x/"]})


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", UsageError, "names no repository"),
        ("not json", UsageError, "Line 1 of repositories.jsonl cannot be used"),
        ('{"path": "a"}\n{"paths": "b"}', UsageError, "Line 2 .*path"),
        ('{"path": ""}', UsageError, "Line 1"),
        ('{"path": "a"}\n{"path": "b/a"}', UsageError, "Line 2 .* second one named 'a'"),
        ('{"path": "a", "settings": {"base_url": "https://evil.example/v1"}}', SettingsError, "sets 'base_url'"),
        ('{"path": "a", "settings": {"model": "openai:x"}}', SettingsError, "sets 'model'"),
        ('{"path": "a", "settings": {"max_usd": 9}}', SettingsError, "sets 'max_usd'"),
        ('{"path": "a", "settings": {"questions": "many"}}', SettingsError, "write a int"),
        ('{"path": "a", "settings": {"questions": -1}}', SettingsError, "at least 0"),
        ('{"path": "a", "settings": {"exclude": "x/"}}', SettingsError, "write a list"),
    ],
)
def test_a_wrong_manifest_is_one_sentence(tmp_path: Path, text: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as raised:
        read_manifest(written(tmp_path, text))
    assert str(raised.value).count("\n") == 0


def test_a_missing_manifest_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read \(No such file or directory\); name a file"):
        read_manifest(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"path": "caf\xe9"}')
    with pytest.raises(UsageError, match=r"cannot be read \(not UTF-8\)"):
        read_manifest(tmp_path / "latin.jsonl")
