"""Score our parser against the compilers' own, file by file.

    python benchmarks/parsing/recall.py python REPOSITORY...
    python benchmarks/parsing/recall.py java REPOSITORY...

A function of ours and one of the compiler's are the same if file, name and the line of the name agree. Only files the
compiler reads without an error are scored; files we skip (generated, vendored, too large) are read too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

from python_truth import functions_of

from qarepo_graph.code import parse_files
from qarepo_graph.schema import Function

HERE = Path(__file__).parent
JAVAC_EXPORTS = [
    part
    for package in ("tree", "code")
    for part in ("--add-exports", f"jdk.compiler/com.sun.tools.javac.{package}=ALL-UNNAMED")
]
Truth = dict[str, list[dict[str, Any]]]


def python_truth(root: Path, paths: Iterable[str]) -> Truth:
    """Return CPython's functions by path, for the files it parses."""
    found = {path: functions_of(root / path) for path in paths}
    return {path: functions for path, functions in found.items() if functions is not None}


def java_truth(root: Path, paths: Iterable[str]) -> Truth:
    """Return javac's methods by path, for the files it parses."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as listing:
        listing.write("\n".join(str(root / path) for path in paths))
        listing.flush()
        command = ["java", *JAVAC_EXPORTS, str(HERE / "JavaTruth.java"), listing.name]
        done = subprocess.run(command, capture_output=True, check=True)
    truth: Truth = {}
    for line in done.stdout.decode("utf-8").splitlines():
        record = json.loads(line)
        if not record["broken"]:
            truth[Path(record["file"]).relative_to(root).as_posix()] = record["functions"]
    return truth


TRUTHS = {"python": (python_truth, ("*.py", "*.pyi")), "java": (java_truth, ("*.java",))}


def _words(text: str) -> str:
    return " ".join(text.split())


def score(language: str, root: Path, *, show: int) -> dict[str, float]:
    """Score one repository and print what differs."""
    make_truth, patterns = TRUTHS[language]
    found: dict[str, tuple[Function, ...]] = {}
    reasons: Counter[str] = Counter()
    for parsed in parse_files(
        root,
        include=patterns,
        include_vendored=True,
        include_generated=True,
        max_file_bytes=20_000_000,
        file_seconds=60,
    ):
        if parsed.file.language == language:
            reasons[f"{parsed.file.status} {parsed.file.reason}".strip()] += 1
            if parsed.file.status in ("parsed", "recovered"):
                found[parsed.file.path] = parsed.functions
    truth = make_truth(root, found)
    totals: Counter[str] = Counter()
    differences: list[str] = []
    for path, wanted in truth.items():
        _score_file(path, wanted, found[path], totals, differences)
    for line in differences[:show]:
        print("   ", line)
    print(f"  files {dict(reasons)}, read by the compiler {len(truth)}")
    return _rates(totals)


def _score_file(
    path: str, wanted: list[dict[str, Any]], ours: tuple[Function, ...], totals: Counter[str], differences: list[str]
) -> None:
    mine = {}
    for function in ours:
        mine.setdefault((function.name, function.name_line), []).append(function)
    totals["truth"] += len(wanted)
    totals["found"] += len(ours)
    for want in wanted:
        # Several functions may share name and line (one-line classes); they are taken in the order of the text.
        candidates = mine.get((want["name"], want["name_line"]))
        if not candidates:
            differences.append(f"missed   {path}:{want['name_line']} {want['qualified_name']}")
            continue
        function = next((f for f in candidates if f.qualified_name == want["qualified_name"]), candidates[0])
        candidates.remove(function)
        totals["matched"] += 1
        _score_function(path, want, function, totals, differences)
    for rest in mine.values():
        differences += [f"false    {path}:{f.name_line} {f.qualified_name}" for f in rest]


def _score_function(
    path: str, want: dict[str, Any], function: Function, totals: Counter[str], differences: list[str]
) -> None:
    place = f"{path}:{function.name_line} {function.qualified_name}"
    for field in ("qualified_name", "start_line", "end_line"):
        if getattr(function, field) == want[field]:
            totals[field] += 1
        elif field == "end_line" and _only_comments(function, want["end_line"]):
            totals["end_line_comment"] += 1
        else:
            differences.append(f"{field} {place}: {want[field]} here {getattr(function, field)}")
    if _words(function.docstring) == _words(want["docstring"]):
        totals["docstring"] += 1
    else:
        differences.append(f"docstring {place}: {want['docstring'][:80]!r} here {function.docstring[:80]!r}")
    named = Counter(call.name for call in function.calls)
    wanted = Counter(want["calls"])
    totals["calls_truth"] += wanted.total()
    totals["calls_found"] += named.total()
    totals["calls_matched"] += (named & wanted).total()
    if named != wanted:
        differences.append(f"calls    {place}: missed {dict(wanted - named)} false {dict(named - wanted)}")


def _only_comments(function: Function, end_line: int) -> bool:
    """Whether what we take beyond the compiler's last line is comments of the body, which compilers do not see."""
    extra = function.code.split("\n")[end_line - function.start_line + 1 :]
    return bool(extra) and all(not line.strip() or line.lstrip().startswith("#") for line in extra)


def _rates(totals: Counter[str]) -> dict[str, float]:
    matched = totals["matched"] or 1
    return {
        "truth": totals["truth"],
        "recall": totals["matched"] / (totals["truth"] or 1),
        "precision": totals["matched"] / (totals["found"] or 1),
        "qualified_name": totals["qualified_name"] / matched,
        "start_line": totals["start_line"] / matched,
        "end_line": (totals["end_line"] + totals["end_line_comment"]) / matched,
        "end_line_exact": totals["end_line"] / matched,
        "docstring": totals["docstring"] / matched,
        "calls": totals["calls_truth"],
        "call_recall": totals["calls_matched"] / (totals["calls_truth"] or 1),
        "call_precision": totals["calls_matched"] / (totals["calls_found"] or 1),
    }


def main() -> None:
    """Read the arguments and print one table row per repository."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(TRUTHS))
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--show", type=int, default=20, help="differences to print per repository")
    arguments = parser.parse_args()
    for root in arguments.repositories:
        print(root.name)
        rates = score(arguments.language, root.resolve(), show=arguments.show)
        print("  " + "  ".join(f"{key} {value:.5g}" for key, value in rates.items()), flush=True)


if __name__ == "__main__":
    main()
