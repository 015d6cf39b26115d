"""Secrets planted in a repository, a server that sends everything back, and every byte that is written or sent."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.security.command_line import every_byte, qarepo, qarepo_inside
from tests.security.recording_server import recording_server
from tests.security.secret_corpus import planted

CANARY_KEY = "canary-key-0f7e1d-do-not-write-me-anywhere"


def _echo(body: dict[str, Any]) -> str:
    """A model that puts all it was shown into its answer, and a server that adds the caller's key."""
    shown = body["messages"][-1]["content"]
    steps = [{"text": shown[-1000:] + CANARY_KEY, "start_line": 1, "end_line": 1}]
    return json.dumps({"description": shown[:3000] + CANARY_KEY, "logic_steps": steps})


def _plant(folder: Path, seed: int, per_family: int) -> list[tuple[str, ...]]:
    """Write one function per planted secret and return the secrets' pieces."""
    pieces = []
    functions = []
    for number, case in enumerate(planted(seed, per_family)):
        pieces.append(case.pieces)
        functions.append(f"def f{number}(a, b={number}):\n    x = r'''\n{case.text}\n'''\n    return a + b\n")
    folder.mkdir()
    for start in range(0, len(functions), 50):
        (folder / f"m{start}.py").write_text("\n".join(functions[start : start + 50]), "utf-8")
    return pieces


def _left(pieces: list[tuple[str, ...]], data: bytes) -> list[tuple[str, ...]]:
    text = data.decode("utf-8", "replace")
    for escape, plain in (("\\n", "\n"), ("\\\\", "\\"), ("\\/", "/"), ('\\"', '"')):
        text = text + "\0" + text.replace(escape, plain) if escape in text else text
    return [secret for secret in pieces if any(piece in text for piece in secret)]


def _run(tmp_path: Path, per_family: int) -> tuple[int, list[tuple[str, ...]], list[str]]:
    pieces = _plant(tmp_path / "repo", 11, per_family)
    work = tmp_path / "work"
    work.mkdir()
    common = ["--attempts", "1", "--questions", "2", "--requirements", "1", "--context", "none", "--keep-prompts"]
    with recording_server(_echo) as server:
        model = ["--model", "openai-compatible:m", "--base-url", f"{server.url}/v1"]
        sent = qarepo(
            ["generate", "../repo", "-o", "a.json", "--description", f"Uses {pieces[0][0]}", *model, *common],
            work,
            {"QAREPO_API_KEY": CANARY_KEY},
        )
        assert len(server.bodies) > len(pieces) * 0.9, sent.stderr
        assert any(CANARY_KEY in line for line in server.headers)
    described = ["--description", f"Uses {pieces[0][0]}"]
    offline = qarepo_inside(["generate", "../repo", "-o", "b.json", *described, "--run-dir", "offline", *common], work)
    assert offline.returncode == 0, offline.stderr
    said = "".join([sent.stdout, sent.stderr, offline.stdout, offline.stderr])
    written = every_byte(work)
    assert any(path.name == "b.json" for path in written)
    channels = [*server.bodies, said.encode(), *written.values()]
    for path in work.rglob("*.db"):
        # Compressed or split pages would hide a text from a search of the file.
        with sqlite3.connect(path) as database:
            channels.append("\n".join(database.iterdump()).encode("utf-8", "replace"))
    left = [secret for channel in channels for secret in _left(pieces, channel)]
    leaky = [str(path) for path, data in written.items() if CANARY_KEY.encode() in data]
    leaky += ["sent"] * sum(CANARY_KEY.encode() in body for body in server.bodies) + ["said"] * (CANARY_KEY in said)
    return len(pieces), left, leaky


def test_planted_secrets_reach_no_channel(tmp_path: Path) -> None:
    planted_secrets, left, leaky = _run(tmp_path, per_family=1)
    assert left == []
    assert leaky == []
    assert planted_secrets == 106


@pytest.mark.full
def test_1060_planted_secrets_reach_no_channel(tmp_path: Path) -> None:
    planted_secrets, left, leaky = _run(tmp_path, per_family=10)
    assert left == []
    assert leaky == []
    assert planted_secrets == 1060


def test_a_run_can_be_made_to_stop_at_a_secret(tmp_path: Path) -> None:
    _plant(tmp_path / "repo", 12, 1)
    ran = qarepo_inside(["generate", "repo", "-o", "a.json", "--secrets", "fail"], tmp_path)
    assert ran.returncode == 2
    assert "secrets in the code, the first at m0.py:3 openai_key; take them out" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "a.json").exists()
