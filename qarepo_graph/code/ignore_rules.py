"""``.gitignore`` rules, nested and with negation, without running git."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pathspec import GitIgnoreSpec

from qarepo_graph.code.reading import UnreadableFileError, read_regular_file

_MAX_RULES_BYTES = 1_000_000


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
            spec = _read(file)
            if spec is not None:
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
    """Compile patterns one by one, leaving out those that are none; None if nothing is left."""
    kept = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue
        if line.strip() and not line.startswith("#"):
            kept.append(line)
    return GitIgnoreSpec.from_lines(kept) if kept else None


def _read(file: str) -> GitIgnoreSpec | None:
    if not Path(file).is_file():
        return None
    try:
        data = read_regular_file(file, _MAX_RULES_BYTES)
    except UnreadableFileError:
        return None
    return compile_patterns(data.decode("utf-8", "replace").splitlines())
