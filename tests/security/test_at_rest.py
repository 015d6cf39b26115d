"""What lies on the disk after a run, and what the code does not use because of what it would put or read there."""

from __future__ import annotations

import ast
import os
import stat
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.security.command_line import PROJECT, qarepo_inside

FORBIDDEN_CALLS = {
    "pickle": "code/worker.py talks to its own parent process with it, over a pipe",
    "marshal": "",
    "shelve": "",
    "dill": "",
    "cloudpickle": "",
    "langchain_core.load": "",
    "langchain_core.prompts.loading": "",
    "jinja2": "",
}
ALLOWED = {("pickle", "qarepo_graph/code/worker.py")}


@cache
def _modules() -> list[tuple[str, ast.Module]]:
    paths = sorted((PROJECT / "qarepo_graph").rglob("*.py"))
    return [(path.relative_to(PROJECT).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_only_the_owner_can_read_what_a_run_writes_under_any_umask(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "a.py").write_text("def total(a, b):\n    return a + b\n", "utf-8")
    work = tmp_path / "work"
    work.mkdir()
    before = os.umask(0)
    try:
        ran = qarepo_inside(["generate", "../repo", "-o", "out.json", "--questions", "2", "--requirements", "0"], work)
    finally:
        os.umask(before)
    assert ran.returncode == 0, ran.stderr
    modes = {path.relative_to(work).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in work.rglob("*")}
    runs = [name for name in modes if name.startswith(".qarepo")]
    assert len(runs) >= 4
    assert {name: oct(mode) for name, mode in modes.items() if (work / name).is_file() and mode != 0o600} == {}
    assert {name: oct(modes[name]) for name in runs if (work / name).is_dir() and modes[name] != 0o700} == {}


def test_nothing_that_runs_code_on_reading_is_imported() -> None:
    found = set()
    for path, tree in _modules():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {(name, path) for name in names if name in FORBIDDEN_CALLS}
    assert found == ALLOWED


def test_nothing_evaluates_text_or_starts_a_shell() -> None:
    found = []
    for path, tree in _modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            shell = any(keyword.arg == "shell" for keyword in node.keywords)
            if name in {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "load_prompt"} or shell:
                found.append((path, node.lineno, name))
    assert found == []


def test_programs_are_started_only_where_it_is_known_which() -> None:
    starting = {
        path
        for path, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and any(alias.name == "subprocess" for alias in node.names)
    }
    # The parse workers (this interpreter) and nothing else on the way from a repository to rows.
    assert "qarepo_graph/code/workers.py" in starting
    assert [
        path for path in starting if path.startswith(("qarepo_graph/code/", "qarepo_graph/nodes/", "qarepo_graph/llm/"))
    ] == ["qarepo_graph/code/workers.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX links")
def test_an_output_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "a.py").write_text("def total(a, b):\n    return a + b\n", "utf-8")
    (tmp_path / "mine").write_text("precious", "utf-8")
    (tmp_path / "out.json").symlink_to(tmp_path / "mine")
    ran = qarepo_inside(["generate", "repo", "-o", "out.json"], tmp_path)
    assert ran.returncode == 2
    assert (tmp_path / "mine").read_text("utf-8") == "precious"
