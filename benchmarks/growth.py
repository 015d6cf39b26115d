"""Whether cost stays in proportion: CPU per call, peak memory and checkpoint size as a repository grows.

    python benchmarks/growth.py [--functions 1000 --functions 10000 …] [--json FILE]

The model is faked in the process (0.02 s a reply), the gates are off, a SQLite checkpointer is attached, each size runs
in a fresh process. CPU and memory are that process's: the parser's workers are told apart.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import parser, tell
from benchmarks.one_run import measured
from benchmarks.synthetic import write_repository

SIZES = (1_000, 10_000, 50_000)


def at_size(functions: int, folder: Path) -> dict[str, Any]:
    """Measure one size."""
    repo = write_repository(folder / "repo", functions)
    options = ["--faked", "0.02", "--no-gates", "--requirements", "1", "--checkpoint", str(folder / "checkpoint.db")]
    run = measured(repo, folder, *options)
    cpu = {node: round(spent["cpu_s"], 2) for node, spent in run["nodes"].items()}
    kept = ("functions", "calls", "rows", "peak_rss_mb", "ledger_mb", "checkpoint_bytes", "parser_cpu_s", "wall_s")
    return {
        "cpu_ms_per_call": run["cpu_s"] / run["calls"] * 1000,
        **{name: run[name] for name in kept},
        "node_cpu": cpu,
    }


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--functions", type=int, action="append", help="a size; repeatable")
    given = options.parse_args()
    runs = []
    for functions in given.functions or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            runs.append(at_size(functions, Path(folder)))
    growth = {
        f"{larger['functions']}/{smaller['functions']}": round(
            larger["cpu_ms_per_call"] / smaller["cpu_ms_per_call"], 3
        )
        for smaller, larger in itertools.pairwise(runs)
    }
    tell({"sizes": runs, "growth_of_cpu_per_call": growth}, given.json)


if __name__ == "__main__":
    main()
