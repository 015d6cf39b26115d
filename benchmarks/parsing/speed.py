"""CPU of parsing with full extraction against a bare tree-sitter parse of the same bytes, in one process.

    python benchmarks/parsing/speed.py python REPOSITORY [--clean]

Both are timed in turn, file by file, several rounds; each file counts with its best round, because on a busy machine
only the shortest of several short times says what the work costs. ``--clean`` takes only files without a syntax error.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from qarepo_graph.code.extract import extract
from qarepo_graph.code.grammar import parse
from qarepo_graph.code.languages import LANGUAGES
from qarepo_graph.code.reading import UnreadableFileError, decode, read_regular_file
from qarepo_graph.code.walk import check_root, walk


def files_of(root: Path, language: str, *, clean: bool, limit: int) -> list[tuple[str, bytes]]:
    """Return path and bytes of the files that are parsed."""
    found = []
    size = 0
    grammar = LANGUAGES[language].grammar
    for file in walk(check_root(root)):
        if file.language != language or file.reason or size > limit:
            continue
        try:
            data = read_regular_file(file.location, 2_000_000)
            text = decode(data, python=language == "python").data
        except UnreadableFileError:
            continue
        if clean and parse(grammar, text).root_node.has_error:
            continue
        found.append((file.path, data))
        size += len(data)
    return found


def _bare(grammar: str, text: bytes) -> None:
    """Parse and drop the tree: giving it back is part of both sides."""
    parse(grammar, text)


def _timed(best: list[float], at: int, work: Callable[..., Any], *arguments: Any) -> Any:
    start = time.process_time()
    result = work(*arguments)
    best[at] = min(best[at], time.process_time() - start)
    return result


def main() -> None:
    """Read the arguments and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(LANGUAGES))
    parser.add_argument("repository", type=Path)
    parser.add_argument("--clean", action="store_true", help="only files without a syntax error")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--limit", type=int, default=8_000_000, help="bytes to take at most")
    arguments = parser.parse_args()
    language: str = arguments.language
    files = files_of(arguments.repository, language, clean=arguments.clean, limit=arguments.limit)
    adapter = LANGUAGES[language]
    best = {what: [float("inf")] * len(files) for what in ("survey", "bare", "full")}
    texts = [decode(data, python=language == "python").data for _, data in files]
    gc.disable()  # as the worker does, and for both sides
    facts = []
    if adapter.survey:
        for _ in range(arguments.rounds):
            facts = [_timed(best["survey"], at, adapter.survey, data) for at, (_, data) in enumerate(files)]
    else:
        best["survey"] = [0.0]
    learned = adapter.learn(facts) if adapter.learn else None
    functions = 0
    for _ in range(arguments.rounds):
        functions = 0
        for at, (path, data) in enumerate(files):
            _timed(best["bare"], at, _bare, adapter.grammar, texts[at])
            read = partial(extract, include_generated=True, learned=learned)
            functions += len(_timed(best["full"], at, read, path, language, data).functions)
    bare, full = sum(best["bare"]), sum(best["full"]) + sum(best["survey"])
    size = sum(map(len, texts)) / 1e6
    print(
        f"{arguments.repository.name}: {len(files)} files {size:.1f} MB {functions} functions; "
        f"bare {bare:.2f} s, full {full:.2f} s, ratio {full / bare:.2f}, "
        f"{functions / full:.0f} functions per CPU second"
    )


if __name__ == "__main__":
    main()
