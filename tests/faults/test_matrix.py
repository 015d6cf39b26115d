"""The table in README.md names tests that exist, and every row of the fault matrix has some."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_row_of_the_matrix_names_tests_that_exist() -> None:
    table = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    there = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    rows = {int(number): line for number, line in re.findall(r"^\| (\d+) \| (.*)$", table, re.MULTILINE)}
    assert sorted(rows) == list(range(1, 51))
    assert [number for number, line in rows.items() if not re.search(r"`test_\w+`", line)] == []
    assert set(re.findall(r"`(test_\w+)`", table)) - there == set()
