"""What a second run costs: nothing changed, one function changed, a leaf that 500 functions call changed.

    python benchmarks/incremental.py [--functions 10000] [--json FILE]

The model is faked in the process, the gates are off. A run's time is compared with that of its own parse; calls are
counted by the run's meter and must be exactly those expected.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import parser, tell
from benchmarks.one_run import measured
from benchmarks.synthetic import PER_FILE, function_name, function_text, write_repository

CALLERS = 500
LEAF = "def leaf_token_900000(value: int) -> int:\n    return value + 1\n"


def write_callers(repo: Path) -> Path:
    """Add a leaf and the functions that call it; return the leaf's file."""
    leaf = repo / "leaf.py"
    leaf.write_text(LEAF, encoding="utf-8")
    for first in range(0, CALLERS, PER_FILE):
        texts = [
            f"def call_token_{900_001 + number}(value: int) -> int:\n"
            f"    return leaf_token_900000(value) * {number + 2}\n"
            for number in range(first, first + PER_FILE)
        ]
        text = "from leaf import leaf_token_900000\n\n\n" + "\n\n".join(texts)
        (repo / f"callers_{first // PER_FILE:03}.py").write_text(text, encoding="utf-8")
    return leaf


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that stands in a file once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--functions", type=int, default=10_000)
    given = options.parse_args()
    figures: dict[str, Any] = {"functions": given.functions + CALLERS + 1}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repo = write_repository(folder / "repo", given.functions)
        leaf = write_callers(repo)
        some = repo / "part_000" / "module_00000.py"

        def run(what: str, *calls: int) -> None:
            """Run once more; ``calls`` are the least and the most it may make."""
            found = measured(repo, folder, "--faked", "0", "--no-gates", "--requirements", "1")
            parse = found["nodes"]["parse"]
            figures[what] = {
                "calls": found["calls"],
                "wall_s": found["wall_s"],
                "wall_to_parse": found["wall_s"] / parse["wall_s"],
                "cpu_to_parse": (found["cpu_s"] + found["parser_cpu_s"]) / (parse["cpu_s"] + found["parser_cpu_s"]),
                "node_walls": {node: round(spent["wall_s"], 2) for node, spent in found["nodes"].items()},
                "node_cpu": {node: round(spent["cpu_s"], 2) for node, spent in found["nodes"].items()},
                "peak_rss_mb": found["peak_rss_mb"],
            }
            print(what, figures[what], file=sys.stderr)
            assert calls[0] <= found["calls"] <= calls[1], (what, found["calls"], calls)

        everything = 2 * figures["functions"] + 1
        run("first", everything, everything)
        run("unchanged", 0, 0)
        edit(some, f"    return value * {2 + 7}\n", f"    return value * {2 + 7} + 0\n")
        assert function_name(7) in function_text(7)
        # Its description; the fake says the same of it again, so neither its questions nor a requirement changes.
        run("one_changed", 1, 1)
        edit(leaf, "return value + 1", "return value + 2")
        run("leaf_body_changed", 1, 1)
        # The leaf and each caller, whose prompts quote its signature; the leaf's questions, which quote it too.
        edit(leaf, "(value: int)", "(value: int, by: int = 2)")
        run("leaf_signature_changed", CALLERS + 2, CALLERS + 3)
    tell(figures, given.json)


if __name__ == "__main__":
    main()
