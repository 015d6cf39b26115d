"""How many functions survive a syntax error: good Python files are broken in one place and read again.

    python benchmarks/parsing/broken.py REPOSITORY [--files 200]

The error is put into the body of one function; all other functions that do not lie inside it must still be found with
their names and first lines. Plain tree-sitter (no recovery) is counted beside ours.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from qarepo_graph.code import grammar
from qarepo_graph.code.extract import extract
from qarepo_graph.code.languages.python import adapter
from qarepo_graph.schema import Function

ERRORS = {
    "def without a parameter list": "def broken(:",
    "unclosed bracket": "value = call(1, [2,",
    "unclosed string": 'value = "text',
    "half a statement": "if value ==",
    "merge markers": "<<<<<<< HEAD\nvalue = 1\n=======\nvalue = 2\n>>>>>>> branch",
    "template": "{% if x %}{{ name }}{% endif %}",
    "stray closing bracket": "value = 1)",
}


def break_inside(text: str, victim: Function, error: str) -> str:
    """Put an erroneous line in front of a function's last line."""
    lines = text.split("\n")
    last = lines[victim.end_line - 1]
    indent = last[: len(last) - len(last.lstrip())]
    lines[victim.end_line - 1 : victim.end_line - 1] = [indent + line for line in error.split("\n")]
    return "\n".join(lines)


def main() -> None:
    """Read the arguments and print one row per kind of error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    choose = random.Random(0)
    paths = sorted(arguments.repository.rglob("*.py"))
    choose.shuffle(paths)
    wanted: Counter[str] = Counter()
    ours: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    false: Counter[str] = Counter()
    used = 0
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        functions = extract("x.py", "python", text.encode()).functions
        victims = [f for f in functions if f.end_line > f.name_line + 1]
        if len(functions) < 5 or not victims or used >= arguments.files:
            continue
        used += 1
        for name, error in ERRORS.items():
            victim = choose.choice(victims)
            broken = break_inside(text, victim, error)
            added = error.count("\n") + 1
            kept = {
                (f.qualified_name, f.name_line + (added if f.name_line > victim.end_line else 0))
                for f in functions
                if not (victim.name_line <= f.name_line <= victim.end_line)
            }
            found = {(f.qualified_name, f.name_line) for f in extract("x.py", "python", broken.encode()).functions}
            data = broken.encode()
            query = grammar.query("python", "python")
            bare = adapter.outline_tree(grammar.parse("python", data), data, query, adapter._READERS)
            at = {data.count(b"\n", 0, f.name_start) + 1 for f in bare.functions}
            if arguments.show and (lost := kept - found):
                print(name, path, victim.qualified_name, victim.start_line, sorted(lost, key=lambda pair: pair[1])[:3])
            wanted[name] += len(kept)
            ours[name] += len(kept & found)
            plain[name] += len([line for _, line in kept if line in at])
            false[name] += len({line for _, line in found} - {line for _, line in kept}) - len(
                [f for f in functions if victim.name_line <= f.name_line <= victim.end_line]
            )
    print(f"{used} files of {arguments.repository.name}, each broken in one function")
    for name in ERRORS:
        print(
            f"{name:30} {wanted[name]:6} others: ours {ours[name] / wanted[name]:.4f} (name and line), "
            f"tree-sitter alone {plain[name] / wanted[name]:.4f} (line), further units {false[name]}"
        )


if __name__ == "__main__":
    main()
