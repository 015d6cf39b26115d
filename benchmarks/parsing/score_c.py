"""Compare what the package finds in a C or C++ repository with what libclang found (``clang_truth.py``).

Only files that clang reads without an error are scored. A function the package finds in a region that the
preprocessor skipped is counted apart: clang says nothing about it. Defaulted, deleted and pure virtual functions are
no misses and no mistakes; definitions made by a macro (``TEST(Suite, Name) { … }``) are scored apart.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from qarepo_graph.code.repository import parse_files
from qarepo_graph.schema import Function

_WORD = re.compile(r"[^\W_]+")
_UNNAMED = re.compile(r"<anon>::|\(anonymous[^)]*\)::")


@dataclass(slots=True)
class Score:
    """Counts of one repository."""

    files: int = 0
    clean: int = 0
    truth: int = 0
    found: int = 0
    wrong: int = 0
    unscored: int = 0
    names: int = 0
    suffixes: int = 0
    starts: int = 0
    ends: int = 0
    documented: int = 0
    documentation_found: int = 0
    documentation_extra: int = 0
    macro_sites: int = 0
    macro_found: int = 0
    pure: int = 0
    pure_found: int = 0
    missed: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    differences: dict[str, list[str]] = field(default_factory=dict)

    def add(self, other: Score) -> None:
        """Add another repository's counts."""
        for name in self.__slots__:
            value = getattr(other, name)
            if isinstance(value, int):
                setattr(self, name, getattr(self, name) + value)

    def row(self, name: str) -> str:
        """Return the line of the table."""
        recall = self.found / max(self.truth, 1)
        precision = self.found / max(self.found + self.wrong, 1)
        share = [f"{part / max(self.found, 1):.4f}" for part in (self.suffixes, self.names, self.starts, self.ends)]
        documented = f"{self.documentation_found / max(self.documented, 1):.4f}"
        sites = f"{self.macro_found}/{self.macro_sites}"
        pure = f"{self.pure_found}/{self.pure}"
        cells = [f"{name} ({self.clean}/{self.files})", str(self.truth), f"{recall:.4f}", f"{precision:.4f}", *share]
        return "| " + " | ".join([*cells, documented, sites, pure, str(self.unscored)]) + " |"


HEADER = (
    "| repository (clean/all files) | truth | recall | precision | name suffix | name exact | start line | end line "
    "| docs | macro-made | pure virtual | unscored |\n|" + "---|" * 12
)


def key_of(name: str) -> str:
    """Return the bare name in a spelling both sides share."""
    bare = name.replace(" ", "")
    if re.match(r"operator(?:\w|::)", bare) and not re.match(r"operator(?:new|delete|co_await)\b", bare):
        return "operator <type>" if " " in name else bare
    return bare


def plain(qualified: str) -> str:
    """Return a qualified name without unnamed scopes, white space and the type of a conversion."""
    return re.sub(r"operator (?:\w|::)[^:]*(?:::[^:]*)*$", "operator <type>", _UNNAMED.sub("", qualified)).replace(
        " ", ""
    )


def score_file(truth: dict[str, Any], functions: Iterable[Function], score: Score) -> None:
    """Add one clean file's counts."""
    path = truth["path"]
    wanted: dict[tuple[str, int], list[dict[str, Any]]] = {}
    optional: set[tuple[str, int]] = set()
    macro_lines: Counter[int] = Counter()
    for item in truth["functions"]:
        key = (key_of(item["name"]), item["name_line"])
        if item["macro_made"]:
            macro_lines[item["name_line"]] += 1
        elif item["status"] == "body":
            wanted.setdefault(key, []).append(item)
        else:
            optional.add(key)
            score.pure += item["status"] == "pure"
    pure = {(key_of(i["name"]), i["name_line"]) for i in truth["functions"] if i["status"] == "pure"}
    score.truth += sum(len(items) for items in wanted.values())
    score.macro_sites += len(macro_lines)
    for function in functions:
        key = (key_of(function.name), function.name_line)
        if wanted.get(key):
            compare(wanted[key].pop(0), function, score, path)
        elif key in optional:
            score.pure_found += key in pure
            pure.discard(key)
        elif function.name_line in macro_lines:
            score.macro_found += 1
            del macro_lines[function.name_line]
        elif any(first <= function.name_line <= last for first, last in truth["skipped"]):
            score.unscored += 1
        else:
            score.wrong += 1
            score.mistakes.append(f"{path}:{function.name_line} {function.qualified_name} {function.parse_status}")
    score.missed += [f"{path}:{line} {i['qualified_name']}" for (_, line), left in wanted.items() for i in left]
    for line in macro_lines:
        score.differences.setdefault("macro", []).append(f"{path}:{line}")


def compare(item: dict[str, Any], function: Function, score: Score, path: str) -> None:
    """Compare a function both sides know."""
    score.found += 1
    ours, theirs = plain(function.qualified_name), plain(item["qualified_name"])
    where = f"{path}:{function.name_line}"
    score.names += ours == theirs
    score.starts += function.start_line == item["start_line"]
    score.ends += function.end_line == item["end_line"]
    suffix = theirs.endswith(ours) or ours.endswith(theirs)
    score.suffixes += suffix
    if not suffix or ours != theirs:
        score.differences.setdefault("name" if suffix else "suffix", []).append(f"{where} {ours} / {theirs}")
    if function.start_line != item["start_line"]:
        score.differences.setdefault("start", []).append(f"{where} {function.start_line} / {item['start_line']}")
    if function.end_line != item["end_line"]:
        score.differences.setdefault("end", []).append(f"{where} {function.end_line} / {item['end_line']}")
    theirs_doc = _WORD.findall(item["doc"])
    ours_doc = _WORD.findall(function.docstring)
    score.documented += bool(theirs_doc)
    score.documentation_found += bool(theirs_doc) and ours_doc == theirs_doc
    score.documentation_extra += bool(ours_doc) and not theirs_doc
    if ours_doc != theirs_doc:
        score.differences.setdefault("docs", []).append(f"{where} {function.docstring[:60]!r} / {item['doc'][:60]!r}")


def score_repository(root: Path, truth_file: Path) -> Score:
    """Parse a repository and score it."""
    lines = truth_file.read_text(encoding="utf-8").splitlines()
    truth = {record["path"]: record for record in map(json.loads, lines)}
    score = Score(files=len(truth), clean=sum(record["clean"] for record in truth.values()))
    for parsed in parse_files(root, include_vendored=True, include_generated=True, file_seconds=60, workers=1):
        record = truth.get(parsed.file.path)
        if record and record["clean"]:
            score_file(record, parsed.functions, score)
    return score


def main() -> int:
    """Print one row per repository and one over all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="+", help="repository=truth.jsonl")
    parser.add_argument("--show", default="", help="list differences: missed, mistakes, name, suffix, start, end, docs")
    options = parser.parse_args()
    print(HEADER)
    total = Score()
    for pair in options.pairs:
        root, _, truth_file = pair.partition("=")
        score = score_repository(Path(root), Path(truth_file))
        print(score.row(Path(root).name), flush=True)
        total.add(score)
        for kind in filter(None, options.show.split(",")):
            lists = {"missed": score.missed, "mistakes": score.mistakes, **score.differences}
            print("\n".join(f"  {kind} {line}" for line in lists.get(kind, [])))
    print(total.row("all"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
