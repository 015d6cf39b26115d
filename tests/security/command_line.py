"""The command line as a user starts it: a process of its own in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def qarepo(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run ``qarepo`` in a folder and return what it said.

    Args:
        arguments: As on the command line.
        folder: Current directory.
        environment: Variables on top of the test's own.
        before: Program to run it under (strace).
    """
    variables = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
    return subprocess.run(
        [*before, sys.executable, "-m", "qarepo_graph", *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=840,
    )


def every_byte(folder: Path) -> dict[Path, bytes]:
    """Return all files below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
