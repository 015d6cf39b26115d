from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qarepo_graph.code import parse_files, parse_repository
from qarepo_graph.errors import RepositoryError


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="")
    return root


def test_every_file_is_accounted_for_in_the_order_of_paths(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.py": "def f(): return g()\n",
            "a/x.java": "class A { int m() { return 1; } }\n",
            "a.c": "int main(void) { return 0; }\n",
            "README.md": "# text\n",
            "vendor/lib.py": "def v(): ...\n",
            "gen_pb2.py": "def p(): ...\n",
            ".gitignore": "*.log.py\n/secret/\n",
            "x.log.py": "def no(): ...\n",
            "secret/s.py": "def no(): ...\n",
            "nul.py": "a\0b",
        },
    )
    found = [(p.file.path, p.file.status, p.file.reason, [f.name for f in p.functions]) for p in parse_files(tmp_path)]
    assert found == [
        (".gitignore", "skipped", "unsupported", []),
        ("README.md", "skipped", "unsupported", []),
        ("a.c", "parsed", "", ["main"]),
        ("a/x.java", "parsed", "", ["m"]),
        ("b.py", "parsed", "", ["f"]),
        ("gen_pb2.py", "skipped", "generated", []),
        ("nul.py", "skipped", "binary", []),
        ("secret/", "skipped", "ignored", []),
        ("vendor/lib.py", "skipped", "vendored", []),
        ("x.log.py", "skipped", "ignored", []),
    ]


@pytest.mark.parametrize(
    ("name", "part"), [("missing", "no folder"), ("file.py", "is a file"), ("empty", "no source file to read")]
)
def test_a_wrong_root_is_one_sentence(tmp_path: Path, name: str, part: str) -> None:
    (tmp_path / "file.py").write_text("def f(): ...")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RepositoryError, match=part):
        parse_files(tmp_path / name)


def test_an_unguarded_script_runs_once(tmp_path: Path) -> None:
    write(tmp_path / "repo", {"m.py": "def f(): ...\n"})
    script = tmp_path / "script.py"
    script.write_text(
        "from qarepo_graph.code import parse_repository\n"
        "print('started')\n"
        f"print([f.id for f in parse_repository({str(tmp_path / 'repo')!r}, workers=2)])\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout.splitlines() == ["started", "['m.py::f']"]


def test_max_functions_stops_inside_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "def a(): ...\ndef b(): ...\n", "b.py": "def c(): ...\n"})
    assert [f.name for f in parse_repository(tmp_path, max_functions=1)] == ["a"]
    assert [f.name for f in parse_repository(tmp_path, max_functions=3)] == ["a", "b", "c"]
