"""``.gitignore`` rules, nested and with negation, without running git."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import re2
from pathspec import GitIgnoreSpec

from qarepo_graph.code.reading import UnreadableFileError, read_regular_file

_MAX_RULES_BYTES = 1_000_000
_RULES_AT_ONCE = 1000


class IgnoreRules:
    """The rules in force in one folder: its own file's and those of the folders above.

    A folder's own rules are asked first; the first file with an opinion decides, as git does it.
    """

    def __init__(self, prefix: str = "", specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()) -> None:
        self._prefix = prefix
        self._specs = specs

    def entering(self, prefix: str, *rule_files: str) -> IgnoreRules:
        """Return the rules inside a folder.

        Args:
            prefix: The folder's path relative to the root, ending in ``/``; empty for the root.
            rule_files: Rule files to read if they exist, weakest first.
        """
        specs = self._specs
        for file in rule_files:
            for spec in _read(file):
                specs = ((prefix, spec), *specs)
        return self if specs is self._specs else IgnoreRules(prefix, specs)

    def ignored(self, path: str, *, folder: bool) -> bool:
        """Return whether git would ignore this path, given that its folder is not ignored."""
        for prefix, spec in self._specs:
            verdict = spec.check_file(path[len(prefix) :] + ("/" if folder else "")).include
            if verdict is not None:
                return verdict
        return False


def compile_patterns(lines: Iterable[str]) -> GitIgnoreSpec | None:
    """Compile the patterns of an option together, leaving out those that are none; None if nothing is left."""
    specs = compile_rules(list(lines))
    return GitIgnoreSpec([pattern for spec in specs for pattern in spec.patterns]) if specs else None


def compile_rules(lines: Sequence[str]) -> list[GitIgnoreSpec]:
    """Compile a rule file's lines in parts, weakest first; lines that no engine takes are left out.

    In parts, because 5,000 rules are more than the automaton's memory holds; a part that fails is halved until the
    line at fault is alone.
    """
    if len(lines) > _RULES_AT_ONCE:
        return [
            spec
            for start in range(0, len(lines), _RULES_AT_ONCE)
            for spec in compile_rules(lines[start : start + _RULES_AT_ONCE])
        ]
    kept = [line for line in lines if line.strip() and not line.startswith("#")]
    if not kept:
        return []
    try:
        return [GitIgnoreSpec.from_lines(kept)]
    except (ValueError, re.error, re2.error):  # pathspec hands on what its engines say of a range such as [z-a]
        half = len(kept) // 2
        return [*compile_rules(kept[:half]), *compile_rules(kept[half:])] if half else []


def _read(file: str) -> list[GitIgnoreSpec]:
    try:
        data = read_regular_file(file, _MAX_RULES_BYTES)
    except UnreadableFileError:  # missing, or a path longer than the system takes
        return []
    return compile_rules(data.decode("utf-8", "replace").splitlines())
