"""What every builder writes with: a healthy function per language, files, programs that tell that they ran."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

OUTSIDE_MARK = "OUTSIDE_THE_REPOSITORY_7c1f"
MEGABYTE = 1_000_000

Builder = Callable[[Path, random.Random, Path], None]

GOOD = {
    "py": "def fine(a, b):\n    return a + b\n",
    "java": "class Fine {\n    int fine(int a) {\n        return a + 1;\n    }\n}\n",
    "c": "int fine(int a) {\n    return a + 1;\n}\n",
    "cpp": "int fine(int a) {\n    return a + 1;\n}\n",
}


def write(path: Path, data: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))


def good(root: Path, rng: random.Random, name: str = "fine") -> str:
    suffix = rng.choice(list(GOOD))
    write(root / f"{name}.{suffix}", GOOD[suffix])
    return suffix


def marker(outside: Path, name: str) -> str:
    return str(outside / "ran" / name)


def program(path: Path, outside: Path, name: str) -> None:
    write(path, f"#!/bin/sh\ntouch {marker(outside, name)}\n")
    path.chmod(0o755)
