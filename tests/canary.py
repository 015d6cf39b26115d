"""Every test runs with API keys in the environment; when all have run, no byte they wrote may hold one.

The keys are this session's own word, so a hit is ours. Searched are all files below pytest's temporary folder, inside
SQLite databases too (a value can be split over two pages), and what the tests printed and logged. ``conftest.py``
imports the hooks.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path

import pytest

from qarepo_graph.llm.profiles import PROFILES

# Of no provider's form: the scanner that replaces secrets must not be what hides a leak.
CANARY = f"canary-of-session-{secrets.token_hex(4)}"
KEY_VARIABLES = sorted({profile.key_variable for profile in PROFILES.values() if profile.key_variable})

_printed: dict[str, None] = {}
_found: list[str] = []
_searched = [0, 0]


def set_keys() -> None:
    """Put the canary into the variable of every provider's key."""
    os.environ.update(dict.fromkeys(KEY_VARIABLES, CANARY))


def holding(folder: Path, word: str) -> list[str]:
    """Return the files below a folder that hold a word, and count what was searched."""
    found = []
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or made unreadable by its test
            if path.is_symlink() or not path.is_file():
                continue
            data = path.read_bytes()
            _searched[0] += 1
            _searched[1] += len(data)
            if word.encode() in data or (data.startswith(b"SQLite format 3\0") and word in _dump(path)):
                found.append(str(path))
    return found


def _dump(database: Path) -> str:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())
    return ""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Look at what a test printed and logged."""
    if any(CANARY in text for _, text in report.sections):
        _printed[report.nodeid] = None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look at what the tests wrote; a find fails the session."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is None or session.config.option.collectonly:
        return
    _found.extend([*holding(factory.getbasetemp(), CANARY), *_printed])
    if _found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was searched and found."""
    files, size = _searched
    terminalreporter.write_line(f"API keys found in {files:,} files ({size / 1e6:,.0f} MB) of the tests: {len(_found)}")
    for place in _found:
        terminalreporter.write_line(f"    {place}")
