"""The command line in a folder of its own: as a process of its own, or inside this one where the start-up is not what
is asked about (a start costs two seconds of processor, and there are many cases)."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from qarepo_graph.cli import main

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


def qarepo_inside(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``qarepo`` as :func:`qarepo` does, but inside this process."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        patch.dict(os.environ, environment or {}),
        patch.object(sys, "stdin", io.StringIO()),
    ):
        try:
            main(list(arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return subprocess.CompletedProcess(list(arguments), code, out.getvalue(), err.getvalue())


def every_byte(folder: Path) -> dict[Path, bytes]:
    """Return all files below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
