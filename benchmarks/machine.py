"""What every benchmark's figures carry: on which machine, how busy it was, and how they are printed and kept."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def spin_seconds() -> float:
    """Return the CPU seconds of a fixed piece of work: beside its quiet value it says how contended the cores were."""
    started = time.process_time()
    total = 0
    for number in range(3_000_000):
        total += number * number % 7
    return time.process_time() - started


def machine() -> dict[str, Any]:
    """Return the machine's class, the date and how busy it was."""
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "load_average": [round(value, 1) for value in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        "spin_s": round(min(spin_seconds() for _ in range(3)), 3),
    }


def as_installed(**more: str) -> dict[str, str]:
    """Return an environment in which the package starts as an installed one does: from bytecode, not from source.

    An installer compiles what it installs; a source tree on a machine that writes no bytecode is compiled anew at each
    start, at a third of a second.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environment | {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "qarepo-benchmarks")} | more


def median(values: Iterable[float]) -> float:
    """Return the median, rounded to what can be read off it."""
    return float(f"{statistics.median(values):.4g}")


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options all benchmarks share."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", type=Path, help="write the figures here")
    options.add_argument("--repeat", type=int, default=3, help="rounds; medians are told")
    return options


def tell(figures: dict[str, Any], file: Path | None) -> None:
    """Print the figures, and keep them where asked."""
    text = json.dumps(figures | {"machine": machine()}, indent=2)
    print(text)
    if file:
        file.write_text(text + "\n", encoding="utf-8")
