"""CPU of parsing with full extraction against a bare tree-sitter parse of the same bytes, in one process.

    python benchmarks/parsing/speed.py python REPOSITORY [--clean]

Both are timed in turn, several rounds; the ratio of the best rounds is printed, because only ratios survive a busy
machine. ``--clean`` takes only files without a syntax error.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

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


def main() -> None:
    """Read the arguments and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(LANGUAGES))
    parser.add_argument("repository", type=Path)
    parser.add_argument("--clean", action="store_true", help="only files without a syntax error")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=8_000_000, help="bytes to take at most")
    arguments = parser.parse_args()
    language: str = arguments.language
    files = files_of(arguments.repository, language, clean=arguments.clean, limit=arguments.limit)
    adapter = LANGUAGES[language]
    facts = [adapter.survey(data) for _, data in files] if adapter.survey else []
    learned = adapter.learn(facts) if adapter.learn else None
    texts = [decode(data, python=language == "python").data for _, data in files]
    gc.disable()  # as the worker does, and for both sides
    bare, full = [], []
    functions = 0
    for _ in range(arguments.rounds):
        start = time.process_time()
        for text in texts:
            parse(adapter.grammar, text)
        bare.append(time.process_time() - start)
        start = time.process_time()
        parsed = (extract(path, language, data, include_generated=True, learned=learned) for path, data in files)
        functions = sum(len(file.functions) for file in parsed)
        full.append(time.process_time() - start)
    size = sum(map(len, texts)) / 1e6
    print(
        f"{arguments.repository.name}: {len(files)} files {size:.1f} MB {functions} functions; "
        f"bare {min(bare):.2f} s, full {min(full):.2f} s, ratio {min(full) / min(bare):.2f}, "
        f"{functions / min(full):.0f} functions per CPU second"
    )


if __name__ == "__main__":
    main()
