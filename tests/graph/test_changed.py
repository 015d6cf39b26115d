"""After any edit, a run over the old ledger asks exactly what a run over a new one would, and writes the same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qarepo_graph import run
from qarepo_graph.nodes import describe, paraphrase

TANK = '''\
"""A water tank."""

from valves import close_valve


class Tank:
    """A tank that is filled in steps."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.level = 0

    def fill(self, amount: int) -> int:
        """Fill the tank and return its level."""
        if amount < 0:
            raise ValueError("amount is negative")
        self.level += amount
        if self.level > self.limit:
            close_valve(self)
        return self.level

    def drain(self) -> int:
        """Empty the tank and return what was in it."""
        drained = self.level
        self.level = 0
        return drained
'''

VALVES = '''\
"""Valves."""


def close_valve(tank: object) -> None:
    """Close the valve of a tank."""
    tank.closed = True


def open_valve(tank: object, *, slowly: bool = False) -> bool:
    """Open the valve of a tank and say whether it was closed."""
    was_closed = getattr(tank, "closed", False)
    tank.closed = slowly and was_closed
    return was_closed
'''


def replaced(file: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(repository: Path) -> None:
        text = (repository / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old)
        (repository / file).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def written(file: str, text: str) -> Callable[[Path], None]:
    return lambda repository: (repository / file).write_text(text, encoding="utf-8") and None


def gone(file: str) -> Callable[[Path], None]:
    return lambda repository: (repository / file).unlink()


EDITS: dict[str, Callable[[Path], None]] = {
    "a body": replaced("tank.py", "self.level += amount", "self.level = self.level + amount"),
    "a comment above everything": replaced("tank.py", '"""A water tank."""', '# Tanks.\n"""A water tank."""'),
    "a docstring": replaced("tank.py", "Empty the tank and return", "Empty the whole tank and return"),
    "a signature that is quoted": replaced("valves.py", "def close_valve(tank: object)", "def close_valve(tank: Any)"),
    "a summary that is quoted": replaced("valves.py", "Close the valve of a tank.", "Close a tank's valve."),
    "a type's head": replaced("tank.py", "class Tank:", "class Tank(object):"),
    "an import": replaced("tank.py", "from valves", "import math\nfrom valves"),
    "a caller more": written("pump.py", "def run(tank):\n    tank.fill(3)\n    return tank.fill(4)\n"),
    "a namesake": written("barrel.py", "def fill(amount):\n    if amount:\n        return amount + 1\n    return 0\n"),
    "a namesake with the whole name": written(
        "other.py",
        "class Tank:\n    def drain(self):\n        if self.level:\n            return 1\n        return 0\n",
    ),
    "a name": replaced("valves.py", "def open_valve", "def open_it"),
    "a file gone": gone("barrel.py"),
    "a file moved": lambda repository: (repository / "pump.py").rename(repository / "engine.py") and None,
    "a call gone": replaced("tank.py", "            close_valve(self)\n", "            self.level = self.limit\n"),
}


def keys(run_dir: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Return key and standing of every item."""
    connection = sqlite3.connect(run_dir / "ledger.db")
    rows = connection.execute("SELECT node, item, base_key, status FROM items").fetchall()
    connection.close()
    return {(node, item): (key, status) for node, item, key, status in rows}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "tanks"
    folder.mkdir()
    (folder / "tank.py").write_text(TANK, encoding="utf-8")
    (folder / "valves.py").write_text(VALVES, encoding="utf-8")
    return folder


def rows(repository: Path, run_dir: Path, **knobs: Any) -> bytes:
    """Run with the offline model; return the rows."""
    about = knobs.pop("repo_description", "water tanks")
    output = run_dir.with_suffix(".jsonl")
    settings = {"model": "offline", "questions": 3, "requirements": 1} | knobs
    run(repository, run_dir=run_dir, output_file=output, repo_description=about, **settings)
    return output.read_bytes()


def test_every_kind_of_edit_is_seen(repository: Path, tmp_path: Path) -> None:
    rows(repository, tmp_path / "old")
    for number, (what, edit) in enumerate(EDITS.items()):
        edit(repository)
        again = rows(repository, tmp_path / "old")
        fresh = rows(repository, tmp_path / f"new{number}")
        assert keys(tmp_path / "old") == keys(tmp_path / f"new{number}"), what
        assert again == fresh, what


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 7},
        {"questions": 4},
        {"repo_description": "oil tanks"},
        {"repo_description": "水箱"},
        {"question_types": ("how_implemented", "why_purpose")},
        {"requirements": 2},
    ],
    ids=str,
)
def test_every_setting_that_is_part_of_a_prompt_is_seen(
    repository: Path, tmp_path: Path, other: dict[str, Any]
) -> None:
    rows(repository, tmp_path / "old")
    assert rows(repository, tmp_path / "old", **other) == rows(repository, tmp_path / "new", **other)
    assert keys(tmp_path / "old") == keys(tmp_path / "new")


def test_only_what_an_edit_touches_is_rendered_again(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[tuple[str, str]] = []
    for node in (describe, paraphrase):
        name, variables = node.__name__.rpartition(".")[2], node.variables

        def noting(inputs: Any, name: str = name, variables: Any = variables) -> dict[str, str]:
            rendered.append((name, inputs.function.qualified_name))
            return dict(variables(inputs))

        monkeypatch.setattr(node, "variables", noting)
    rows(repository, tmp_path / "run")
    everything = {"Tank.__init__", "Tank.fill", "Tank.drain", "close_valve", "open_valve"}
    described = {function for node, function in rendered if node == "describe"}
    assert described <= everything
    assert {"Tank.fill", "close_valve"} <= described
    rendered.clear()
    EDITS["a signature that is quoted"](repository)
    rows(repository, tmp_path / "run")
    assert {function for _, function in rendered} == {"close_valve", "Tank.fill"}


def test_a_ledger_from_before_is_looked_at_whole_and_asks_nothing(repository: Path, tmp_path: Path) -> None:
    before = rows(repository, tmp_path / "run")
    connection = sqlite3.connect(tmp_path / "run" / "ledger.db")
    connection.execute("ALTER TABLE items DROP COLUMN made_of")
    connection.execute("UPDATE meta SET value = '' WHERE name LIKE 'ground:%'")
    requests = connection.execute("SELECT count(*) FROM requests").fetchone()
    connection.commit()
    connection.close()
    assert rows(repository, tmp_path / "run") == before
    connection = sqlite3.connect(tmp_path / "run" / "ledger.db")
    assert connection.execute("SELECT count(*) FROM requests").fetchone() == requests
    unknown = "SELECT count(*) FROM items WHERE length(made_of) IS NOT 32 AND node != 'ideate_requirements'"
    assert connection.execute(unknown).fetchone() == (0,)
    connection.close()
