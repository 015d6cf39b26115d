"""The commit a working tree stands at, read from git's own files.

No ``git`` is run: a repository's configuration can make git start programs.
"""

from __future__ import annotations

import re
from pathlib import Path

_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_MOST_BYTES = 4096


def commit_of(root: Path) -> str:
    """Return the commit hash HEAD names, empty where there is none or it cannot be read."""
    try:
        git = _git_dir(root)
        if git is None:
            return ""
        head = _read(git / "HEAD")
        if not head.startswith("ref: "):
            return head if _SHA.fullmatch(head) else ""
        return _resolve(git, head.removeprefix("ref: "))
    except (OSError, UnicodeDecodeError):
        return ""


def _git_dir(root: Path) -> Path | None:
    """Return the repository's git directory; ``.git`` is a file in worktrees and submodules."""
    git = root / ".git"
    if git.is_dir():
        return git
    if git.is_file():
        target = _read(git).removeprefix("gitdir: ")
        return (root / target).resolve()
    return None


def _resolve(git: Path, reference: str) -> str:
    if ".." in reference or not reference.startswith("refs/"):
        return ""
    common = git
    if (git / "commondir").is_file():
        common = (git / _read(git / "commondir")).resolve()
    for base in (git, common):
        loose = base / reference
        if loose.is_file():
            found = _read(loose)
            return found if _SHA.fullmatch(found) else ""
    packed = common / "packed-refs"
    if packed.is_file():
        for line in packed.read_text(encoding="utf-8").splitlines():
            sha, _, name = line.partition(" ")
            if name == reference and _SHA.fullmatch(sha):
                return sha
    return ""


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(_MOST_BYTES).strip()
