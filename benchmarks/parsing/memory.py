"""Peak memory of `qarepo parse` on about 100,000 functions, and of the symbol index and call graph over them.

    python benchmarks/parsing/memory.py REPOSITORY [--functions 100000]

The repository is copied under numbered folders until it holds enough functions, so names repeat as in a monorepo of
forks; the index is built from the written records, as a run builds it from its ledger.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

ROOT = Path(__file__).parents[2]
INDEX = """
import resource, sys, time
import orjson
from qarepo_graph.code import CallGraph, SymbolIndex
from qarepo_graph.schema import Function

def functions():
    with open(sys.argv[1], "rb") as file:
        for line in file:
            yield Function.from_record(orjson.loads(line))

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

before = peak()
start = time.process_time()
index = SymbolIndex.build([], functions())
print(f"index: {len(index.cards)} functions, +{peak() - before:.0f} MB, {time.process_time() - start:.1f} s CPU")
start = time.process_time()
name = next(iter(index.cards.values())).name + "x"
index.nearest(name)
print(f"nearest: {(time.process_time() - start) * 1000:.0f} ms for one name")
"""


def main() -> None:
    """Make the repository, parse it in a process of its own, print the peaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--functions", type=int, default=100_000)
    arguments = parser.parse_args()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        big = Path(folder) / "big"
        output = Path(folder) / "functions.jsonl"
        command = [sys.executable, "-m", "qarepo_graph", "parse"]
        copies, wanted = 0, 1
        while copies < wanted:
            shutil.copytree(arguments.repository, big / f"copy{copies:02}", symlinks=True)
            copies += 1
            if copies == 1:
                subprocess.run(
                    [*command, str(big), "-o", str(output)], env=environment, check=True, capture_output=True
                )
                found = output.read_bytes().count(b"\n")
                wanted = -(-arguments.functions // found)
        start = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*command, str(big), "-o", str(output)], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        print(f"parse and write: {time.monotonic() - start:.0f} s wall, {cpu:.0f} s CPU, all processes")
        print(f"largest process: {after.ru_maxrss / 1024:.0f} MB; output {output.stat().st_size / 1e6:.0f} MB")
        subprocess.run([sys.executable, "-c", INDEX, str(output)], env=environment, check=True)


if __name__ == "__main__":
    main()
