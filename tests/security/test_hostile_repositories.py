"""The 38 rows of the bad-input matrix: nothing outside is read, nothing is run, nothing crashes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.hostile_reading import CHANGED_WHILE_READ, examine, remove
from tests.security.hostile_repositories import BUILDERS, build

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs, links and modes as POSIX has them")

HEAVY = {1, 9, 10, 11, 12, 18, 19, 20, 32, 36}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "place"
    remove(tmp_path / "place")


def test_the_light_rows_together_in_one_repository(place: Path) -> None:
    rows = sorted(set(BUILDERS) - HEAVY)
    for row in rows:
        build(row, 1, place / "repo" / f"row{row}", place / "outside")
    result = examine(place / "repo", place / "outside")
    assert result["failure"] == ""
    assert result["leaks"] == []
    assert result["ran"] == []
    assert result["functions"] > 500
    assert result["statuses"]["skipped:symlink"] >= 9
    assert result["statuses"]["skipped:not_regular"] >= 3
    assert result["statuses"]["skipped:lfs_pointer"] == 1
    assert "failed:crashed" not in result["statuses"]


@pytest.mark.parametrize("row", [1, 9, 32])
def test_rows_that_need_a_repository_of_their_own(row: int, place: Path) -> None:
    build(row, 1, place / "repo", place / "outside")
    result = examine(place / "repo", place / "outside")
    assert (result["failure"], result["leaks"], result["ran"]) == ("", [], [])
    assert result["seconds"] < 60


@pytest.mark.full
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace shows which files are opened and what is run")
def test_every_row_under_strace(tmp_path: Path) -> None:
    base, trace = tmp_path / "base", tmp_path / "trace"
    for row in BUILDERS:
        for seed in (1, 2):
            build(row, seed, base / f"{row}-{seed}" / "repo", base / f"{row}-{seed}" / "outside")
    watch = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-s",
        "4096",
        "-e",
        "trace=execve,open,openat,connect",
        "-o",
        str(trace),
    ]
    ran = subprocess.run(
        [*watch, sys.executable, "-m", "tests.security.hostile_reading", str(base)],
        capture_output=True,
        text=True,
        check=False,
        timeout=850,
    )
    remove(base)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(results) == 2 * len(BUILDERS), ran.stderr[-2000:]
    assert ran.stderr == ""
    for result in results:
        assert (result["failure"], result["leaks"], result["ran"]) == ("", [], []), result
        assert result["seconds"] < 120, result
    calls = trace.read_text("utf-8", errors="replace").splitlines()
    programs = {match[1] for call in calls if (match := re.search(r'execve\("([^"]+)"', call)) and " = 0" in call}
    assert all(Path(program).name.startswith("python") for program in programs), programs
    assert not [call for call in calls if "connect(" in call]
    opened = [
        match for call in calls if (match := re.search(r'open(?:at)?\([^"]*"([^"]+)", ([A-Z_|]+).* = \d+$', call))
    ]
    inside = [match for match in opened if match[1].startswith(str(base))]
    assert len(inside) > 1000
    # `outside/ran` is listed by the examiner itself; a hard link has no other side: what it names is inside.
    assert [match[1] for match in inside if "/outside/" in match[1] and not match[1].endswith("/outside/ran")] == []
    written = [match[1] for match in inside if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", match[2])]
    changed = tuple(str(base / f"{row}-{seed}" / "repo") for row in CHANGED_WHILE_READ for seed in (1, 2))
    assert [path for path in written if not path.startswith(changed)] == []
