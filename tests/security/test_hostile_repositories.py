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
    assert not {"failed:timeout", "failed:crashed"} & set(result["statuses"])


SHARES = [(range(1, 5), set(BUILDERS)), (range(5, 10), set(BUILDERS) - HEAVY), (range(10, 15), set(BUILDERS) - HEAVY)]
"""Variants and rows of each share: together 432 repositories, built and removed share by share."""


def test_there_are_at_least_400_repositories_in_the_full_tier() -> None:
    assert sum(len(seeds) * len(rows) for seeds, rows in SHARES) == 432
    assert set(BUILDERS) == set(range(1, 39))


@pytest.mark.full
@pytest.mark.parametrize("share", range(len(SHARES)))
def test_every_row_in_many_variants_under_strace(share: int, tmp_path: Path) -> None:
    base, trace = tmp_path / "base", tmp_path / "trace"
    seeds, rows = SHARES[share]
    for row in sorted(rows):
        for seed in seeds:
            build(row, seed, base / f"{row}-{seed}" / "repo", base / f"{row}-{seed}" / "outside")
    calls = "trace=execve,open,openat,connect"
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "4096", "-e", calls, "-o", str(trace)]
    watched = shutil.which("strace") is not None
    ran = subprocess.run(
        [*(strace if watched else []), sys.executable, "-m", "tests.security.hostile_reading", str(base)],
        capture_output=True,
        text=True,
        check=False,
        timeout=850,
    )
    remove(base)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(results) == len(seeds) * len(rows), ran.stderr[-2000:]
    assert ran.stderr == ""
    for result in results:
        assert (result["failure"], result["leaks"], result["ran"]) == ("", [], []), result
        # Ten seconds of processor time is what a file may take; none of these needs them, and none ends the parser.
        assert not {"failed:timeout", "failed:crashed"} & set(result["statuses"]), result
    if not watched:
        pytest.skip("strace, which shows what is opened and run, is not here; the results were as they should be")
    _nothing_outside_was_touched(trace.read_text("utf-8", errors="replace").splitlines(), base, seeds)


def _nothing_outside_was_touched(calls: list[str], base: Path, seeds: range) -> None:
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
    changed = tuple(str(base / f"{row}-{seed}" / "repo") for row in CHANGED_WHILE_READ for seed in seeds)
    assert [path for path in written if not path.startswith(changed)] == []
