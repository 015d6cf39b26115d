from __future__ import annotations

import io
import os
import pickle
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from qarepo_graph.code import parse_files, parse_repository
from qarepo_graph.code.worker import receive, send
from qarepo_graph.code.workers import boot_code, default_workers

ROOT = Path(__file__).parents[2]


def many_files(root: Path, count: int = 120) -> Path:
    root.mkdir()
    for number in range(count):
        (root / f"m{number:03}.py").write_text(f"def f{number}(): ...\n" * 20, encoding="utf-8")
    return root


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_worker_costs_one_file_at_most(tmp_path: Path) -> None:
    repository = many_files(tmp_path / "repo")
    before = set(psutil.Process().children())
    files = parse_files(repository, workers=1)
    found = [next(files)]
    (worker,) = set(psutil.Process().children()) - before
    worker.kill()
    found += files
    assert [parsed.file.path for parsed in found] == [f"m{number:03}.py" for number in range(120)]
    lost = [(parsed.file.status, parsed.file.reason) for parsed in found if not parsed.functions]
    assert lost in ([], [("failed", "crashed")])
    assert not set(psutil.Process().children()) - before


def test_a_file_over_its_time_costs_only_itself(tmp_path: Path) -> None:
    repository = many_files(tmp_path / "repo", 3)
    (repository / "m001.cpp").write_text(("A<" * 40 + "\n") * 20_000, encoding="utf-8")
    found = list(parse_files(repository, workers=1, file_seconds=0.4))
    assert [(p.file.path, p.file.status, p.file.reason, bool(p.functions)) for p in found] == [
        ("m000.py", "parsed", "", True),
        ("m001.cpp", "failed", "timeout", False),
        ("m001.py", "parsed", "", True),
        ("m002.py", "parsed", "", True),
    ]


def test_a_worker_runs_the_parents_own_package_whatever_is_installed(tmp_path: Path) -> None:
    (tmp_path / "qarepo_graph").mkdir()
    (tmp_path / "qarepo_graph" / "__init__.py").write_text("raise SystemExit(7)\n", encoding="utf-8")
    installed = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {boot_code()}"
    ended = subprocess.run([sys.executable, "-I", "-c", installed], stdin=subprocess.DEVNULL, check=False)
    assert ended.returncode == 0


def test_two_workers_give_what_one_gives(tmp_path: Path) -> None:
    repository = many_files(tmp_path / "repo")
    assert list(parse_files(repository, workers=2)) == list(parse_files(repository, workers=1))


def test_a_reader_that_stops_early_leaves_no_process(tmp_path: Path) -> None:
    repository = many_files(tmp_path / "repo")
    before = set(psutil.Process().children())
    functions = parse_repository(repository, workers=2)
    assert next(functions).name == "f0"
    functions.close()  # type: ignore[attr-defined]
    assert not set(psutil.Process().children()) - before


def test_from_a_thread_and_from_a_string(tmp_path: Path) -> None:
    """A server's worker thread, and a program that has no file to be imported again."""
    repository = many_files(tmp_path / "repo", 2)
    names: list[str] = []
    thread = threading.Thread(target=lambda: names.extend(f.name for f in parse_repository(repository)))
    thread.start()
    thread.join()
    assert len(names) == 40
    program = f"from qarepo_graph.code import parse_repository; print(len(list(parse_repository({str(repository)!r}))))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout == "40\n"


def test_nothing_is_imported_from_the_repository(tmp_path: Path) -> None:
    """Run from inside it, with modules that shadow the ones a worker needs."""
    repository = many_files(tmp_path / "repo", 1)
    for name in ("tree_sitter.py", "networkx.py", "pathspec.py", "dataclasses.py", "struct.py"):
        (repository / name).write_text("raise SystemExit('imported')\n", encoding="utf-8")
    program = f"import sys; sys.path.remove(''); sys.path.append({str(ROOT)!r})\n"
    program += "from qarepo_graph.code import parse_files\n"
    program += "sys.path.insert(0, '')\nsys.path.insert(0, '.')\n"
    program += "print(sum(len(p.functions) for p in parse_files('.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=repository, timeout=60)
    assert (done.stdout, done.stderr) == ("20\n", "")


def test_secrets_of_the_environment_stay_with_the_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-canary")
    repository = many_files(tmp_path / "repo")
    before = set(psutil.Process().children())
    files = parse_files(repository, workers=1)
    next(files)
    (worker,) = set(psutil.Process().children()) - before
    assert "DEEPSEEK_API_KEY" not in worker.environ()
    files.close()  # type: ignore[attr-defined]


class Calling:
    """Calls when it is read back, as any pickle may."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


@pytest.mark.parametrize(
    "message",
    [
        pickle.dumps(Calling(os.mkdir, "made-by-a-message")),
        pickle.dumps(Calling(eval, "__import__('os').mkdir('made-by-a-message')")),
        pickle.dumps(Calling(parse_repository, ".")),
        pickle.dumps(["fine", Calling(getattr, "x", "upper")]),
        b"\x80\x05cqarepo_graph.code.worker\nos.mkdir\n(\x8c\x11made-by-a-messagetR.",
        b"\x80\x05cqarepo_graph.code.worker\nmain\n)R.",
        b"\x80\x05cqarepo_graph.__main__\nmain\n)R.",
        b"\x80\x05garbage",
        b"",
    ],
)
def test_a_message_that_is_no_record_counts_as_a_lost_worker(
    message: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EOFError):
        receive(io.BytesIO(struct.pack("<Q", len(message)) + message))
    assert list(tmp_path.iterdir()) == []


def test_a_message_of_an_impossible_length_counts_as_a_lost_worker() -> None:
    with pytest.raises(EOFError):
        receive(io.BytesIO(b"\xff" * 64))


def test_records_come_back_as_they_were_sent(tmp_path: Path) -> None:
    sent = list(parse_files(many_files(tmp_path / "repo", 1)))
    stream = io.BytesIO()
    send(stream, sent)
    stream.seek(0)
    assert receive(stream) == sent


def test_small_repositories_use_one_process() -> None:
    assert default_workers(100_000) == 1
    assert default_workers(50_000_000) >= 1
