"""A repository of any size as a few thousand tokens, and which part of it each requirement is to be about.

The map lists folders, files, types and signatures with their first line of documentation; no line of it comes from a
model. It is filled breadth first: every file gets its line before any file gets its second function, so that a large
repository is shown thinly and whole instead of thickly and cut off.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.code.symbols import FunctionCard, SymbolIndex, TypeCard

CHARACTERS_PER_TOKEN = 3.0
"""Characters of code per token, rounded down so that the budget holds (3.2 to 3.9 for Qwen and DeepSeek on code)."""

_LONGEST_LINE = 160
_TEST_PARTS = frozenset({"test", "tests", "testing", "spec", "specs", "benchmark", "benchmarks", "example", "examples"})


@dataclass(frozen=True, slots=True)
class Focus:
    """The part of the repository one requirement is to be about.

    Attributes:
        module: The file it grows from.
        functions: Ids of its functions, most called first: those of the module, then those around them.
    """

    module: str
    functions: tuple[str, ...]


def repository_map(index: SymbolIndex, tokens: int) -> str:
    """Return the repository as text of at most ``tokens`` tokens, in the order of paths.

    Args:
        index: The symbol index.
        tokens: Budget, counted with :data:`CHARACTERS_PER_TOKEN`.
    """
    entries = _entries(index)
    left = int(tokens * CHARACTERS_PER_TOKEN)
    files = sorted(entries, key=lambda path: (is_test(path), path))
    heads = {path: _file_line(path, index, len(entries[path])) for path in files}
    shown: dict[str, list[str]] = {}
    for path in _spread(files, left // 2, heads):
        shown[path] = []
        left -= len(heads[path]) + 1
    folders: list[str] = []
    for line in _folder_lines(entries, shown):
        if len(line) + 1 <= left:
            folders.append(line)
            left -= len(line) + 1
    for row in zip_longest(*(entries[path] for path in shown)):
        for entry in (cell for cell in row if cell is not None):
            path, line = entry.file, _line(entry)
            if len(line) + 3 <= left:
                shown[path].append(line)
                left -= len(line) + 3
    lines = [line for path in sorted(shown) for line in (heads[path], *(f"  {entry}" for entry in shown[path]))]
    return "\n".join([*lines, *folders])


def focus_of(index: SymbolIndex, graph: CallGraph, count: int, size: int) -> list[Focus]:
    """Return ``count`` focuses, each on another module while there are any, spread over the clusters of calls.

    Args:
        index: The symbol index.
        graph: The call graph.
        count: Focuses wanted. A small repository has fewer modules; then its modules come again with other functions.
        size: Functions of one focus at most.
    """
    clusters = [_by_module(cluster) for cluster in graph.clusters(max(1, len(index.cards)))]
    rows = zip_longest(*([(module, cluster) for module in _ranked(cluster)] for cluster in clusters))
    anchors = [cell for row in rows for cell in row if cell is not None]
    anchors.sort(key=lambda anchor: is_test(anchor[0]))
    seen: set[str] = set()
    first = [anchor for anchor in anchors if anchor[0] not in seen and not seen.add(anchor[0])]  # type: ignore[func-returns-value]  # set.add marks the module as seen
    found: list[Focus] = []
    for turn in range(count):
        if not first:
            break
        module, cluster = first[turn % len(first)]
        found.append(Focus(module, _members(module, cluster, graph, size, turn // len(first))))
    return found


def is_test(path: str) -> bool:
    """Say whether a path is that of a test, benchmark or example, which a map and a focus take last."""
    parts = path.lower().split("/")
    stem = parts[-1].split(".")[0]
    return not _TEST_PARTS.isdisjoint(parts[:-1]) or stem.startswith("test_") or stem.endswith(("_test", "tests"))


def _entries(index: SymbolIndex) -> dict[str, list[FunctionCard | TypeCard]]:
    """Return what stands in every file, most telling first: documented types, public functions, then the rest."""
    entries: dict[str, list[FunctionCard | TypeCard]] = defaultdict(list)
    for declaration in index.types:
        entries[declaration.file].append(declaration)
    for card in index.cards.values():
        entries[card.file].append(card)
    for of_file in entries.values():
        of_file.sort(key=lambda entry: (_rank(entry), entry.start_line, _line(entry)))
    return entries


def _rank(entry: FunctionCard | TypeCard) -> int:
    unexplained = 0 if entry.summary else 1
    if isinstance(entry, TypeCard):
        return unexplained
    hidden = entry.name.startswith("_") or ".<" in entry.qualified_name
    return (3 if hidden else 1) + unexplained


def _file_line(path: str, index: SymbolIndex, names: int) -> str:
    file = index.files.get(path)
    summary = next(iter(file.docstring.splitlines()), "") if file else ""
    return _cut(f"{path} ({names})" + (f": {summary}" if summary else ""))


def _line(entry: FunctionCard | TypeCard) -> str:
    if isinstance(entry, TypeCard):
        written = entry.head.rstrip("{: ")
    else:
        written = f"{entry.qualified_name} | {entry.signature}"
    return _cut(f"{written} - {entry.summary}" if entry.summary else written)


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def _spread(files: Sequence[str], budget: int, heads: dict[str, str]) -> Iterable[str]:
    """Yield the files whose lines fit, taking folders in turn so that no folder is left out for another's sake."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in files:
        folders[path.rpartition("/")[0]].append(path)
    for row in zip_longest(*folders.values()):
        for path in (cell for cell in row if cell is not None):
            if len(heads[path]) + 1 <= budget:
                budget -= len(heads[path]) + 1
                yield path


def _folder_lines(entries: Iterable[str], shown: dict[str, list[str]]) -> list[str]:
    """Say in one line each how much of the largest folders is not shown."""
    left_out = Counter(path.rpartition("/")[0] or "." for path in entries if path not in shown)
    return [f"{folder}/: {count} more files" for folder, count in sorted(left_out.most_common(20))]


def _by_module(cluster: Sequence[str]) -> dict[str, list[str]]:
    modules: dict[str, list[str]] = defaultdict(list)
    for function_id in cluster:
        modules[function_id.split("::", 1)[0]].append(function_id)
    return modules


def _ranked(cluster: dict[str, list[str]]) -> list[str]:
    """Return the modules, largest first; sizes count by powers of two, as those of clusters do."""
    return sorted(cluster, key=lambda module: (-len(cluster[module]).bit_length(), module))


def _members(module: str, cluster: dict[str, list[str]], graph: CallGraph, size: int, turn: int) -> tuple[str, ...]:
    """Return a focus's functions: a slice of the module's own, and a third of neighbours they call or are called by."""
    own = cluster[module]
    start = (turn * size) % len(own) if len(own) > size else 0
    members = own[start : start + max(1, size - size // 3)]
    around: Counter[str] = Counter()
    for function_id in members:
        around.update(edge.callee for edge in graph.callees(function_id))
        around.update(edge.caller for edge in graph.callers(function_id))
    for function_id in members:
        around.pop(function_id, None)
    neighbours = sorted(around, key=lambda other: (is_test(other), -around[other], other))
    chosen = [*members, *neighbours[: size // 3]]
    rest = [function_id for function_id in own if function_id not in chosen]
    return tuple([*chosen, *rest][:size])
