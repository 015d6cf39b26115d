"""Figures of the safety gates: planted secrets, false redactions, speed, flagged functions, hostile repositories.

    python benchmarks/bench_security.py [--code FOLDER ...] [--seeds 11]

``--code`` names folders of real code for the false redactions (the standard library by default); ``--seeds`` is the
number of variants of each of the 38 hostile repositories (11 make 418; they need a POSIX system and some minutes).
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from qarepo_graph.code import parse_repository
from qarepo_graph.safety.injection import instructions_to_a_model
from qarepo_graph.safety.secrets import redact
from tests.security.hostile_reading import CHANGED_WHILE_READ, examine, remove
from tests.security.hostile_repositories import BUILDERS, build
from tests.security.secret_corpus import planted

SUFFIXES = {".py", ".java", ".c", ".h", ".cc", ".cpp", ".hpp", ".js", ".ts", ".go"}


def planted_secrets() -> None:
    cases = list(planted(seed=2024))
    left = [case for case in cases if any(piece in redact(case.text).text for piece in case.pieces)]
    print(f"planted secrets      {len(cases):>9,}   left in the text {len(left)}")


def real_code(folder: Path) -> None:
    lines = seconds = 0.0
    kinds: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file():
            text = path.read_text("utf-8", errors="replace")
            started = time.perf_counter()
            kinds.update(finding.kind for finding in redact(text).findings)
            seconds += time.perf_counter() - started
            lines += text.count("\n")
    found = sum(kinds.values())
    print(
        f"{folder}: {lines:,.0f} lines, {found} redactions = {1e4 * found / lines:.3f} per 10,000 lines {dict(kinds)}"
    )
    print(f"    {lines / seconds:,.0f} lines a second")
    functions = list(parse_repository(folder, include_vendored=True))
    started = time.perf_counter()
    flagged = [function.id for function in functions if instructions_to_a_model(function.code)]
    spent = time.perf_counter() - started
    print(f"    {len(functions):,} functions, {len(flagged)} flagged as speaking to a model {flagged[:5]}")
    print(f"    {1e6 * spent / max(1, len(functions)):.0f} microseconds a function")


def hostile(seeds: int) -> None:
    counts: Counter[str] = Counter()
    slowest = (0.0, "")
    files: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as base:
        for row, builder in BUILDERS.items():
            for seed in range(seeds):
                place = Path(base) / f"{row}-{seed}"
                build(row, seed, place / "repo", place / "outside")
                result = examine(place / "repo", place / "outside", changing=row in CHANGED_WHILE_READ)
                remove(place)
                counts["repositories"] += 1
                counts["tracebacks"] += bool(result["failure"])
                counts["reads outside"] += bool(result["leaks"])
                counts["programs started"] += bool(result["ran"])
                counts["functions"] += result["functions"]
                files.update(result["statuses"])
                slowest = max(slowest, (result["seconds"], f"{builder.__name__} seed {seed}"))
                if result["failure"] or result["leaks"] or result["ran"]:
                    print(builder.__name__, seed, result["failure"], result["leaks"], result["ran"])
    print(f"hostile repositories {dict(counts)}; slowest {slowest[0]:.1f} s ({slowest[1]})")
    print(f"    files {dict(files.most_common())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--code", type=Path, action="append")
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    planted_secrets()
    for folder in options.code or [Path(sysconfig.get_path("stdlib")) / "asyncio"]:
        real_code(folder)
    if sys.platform != "win32":
        hostile(options.seeds)


if __name__ == "__main__":
    main()
