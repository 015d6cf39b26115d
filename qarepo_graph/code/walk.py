"""The walk: every file of a repository, in the order of its path, with the reason where it is not read.

Nothing is opened here but rule files, no link is followed, and no program is run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qarepo_graph.code.ignore_rules import IgnoreRules, compile_patterns
from qarepo_graph.code.languages import language_of
from qarepo_graph.code.screening import vendored
from qarepo_graph.errors import RepositoryError

_NEVER_WORDS = (
    ".git .hg .svn .bzr _darcs .jj .qarepo node_modules __pycache__ .tox .nox .eggs .mypy_cache "
    ".pytest_cache .ruff_cache .hypothesis .ipynb_checkpoints .gradle .idea .vs .cache .venv"
)
_NEVER = frozenset(_NEVER_WORDS.split())
_BUILD_OUTPUT_WORDS = "build dist target out obj _build"
_BUILD_OUTPUT = frozenset(_BUILD_OUTPUT_WORDS.split())
_PROJECT_FILES_WORDS = (
    "pyproject.toml setup.py setup.cfg pom.xml build.gradle build.gradle.kts build.sbt CMakeLists.txt "
    "meson.build Makefile makefile configure package.json Cargo.toml go.mod BUILD WORKSPACE"
)
_PROJECT_FILES = frozenset(_PROJECT_FILES_WORDS.split())


@dataclass(frozen=True, slots=True)
class WalkedFile:
    r"""One entry of the walk.

    Attributes:
        path: POSIX path relative to the root, always valid UTF-8 (undecodable bytes shown as ``\xNN``). A folder that
            is not entered is one entry whose path ends in ``/``.
        location: Where to open it.
        language: Language by its name; empty where none is supported.
        bytes: Size by the directory's word.
        reason: Why it is not read; empty where it is.
    """

    path: str
    location: str
    language: str
    bytes: int = 0
    reason: str = ""


def check_root(root: str | os.PathLike[str]) -> Path:
    """Return the folder to walk.

    Raises:
        RepositoryError: When it is missing, no folder, or cannot be listed.
    """
    path = Path(root)
    if not path.exists():
        msg = f"There is no folder {str(root)!r}; give the path of the repository to read."
        raise RepositoryError(msg)
    if not path.is_dir():
        msg = f"{str(root)!r} is a file; give the folder of the repository to read."
        raise RepositoryError(msg)
    try:
        with os.scandir(path) as found:
            next(found, None)
    except OSError as error:
        msg = f"The folder {str(root)!r} cannot be read ({error.strerror}); check its permissions."
        raise RepositoryError(msg) from None
    return path.resolve()


def walk(
    root: Path,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    include_vendored: bool = False,
    max_file_bytes: int = 2_000_000,
) -> Iterator[WalkedFile]:
    """Yield every file below a folder, sorted by path.

    Args:
        root: Folder as :func:`check_root` returned it.
        include: Patterns as in ``.gitignore``; only files that match one are read. Empty means all.
        exclude: Patterns as in ``.gitignore`` of files not to read.
        include_vendored: Read code in ``vendor``, ``third_party`` and their like too.
        max_file_bytes: Larger files are not read.
    """
    wanted = compile_patterns(include)
    unwanted = compile_patterns(exclude)
    # Depth first by explicit stack: a folder sorts as "name/", so entries come out in the order of whole paths.
    rules = IgnoreRules().entering("", str(root / ".git" / "info" / "exclude"), str(root / ".gitignore"))
    stack: list[Iterator[tuple[str, os.DirEntry[str]]]] = [iter(_entries(str(root)))]
    prefixes: list[tuple[str, IgnoreRules]] = [("", rules)]
    while stack:
        key, entry = next(stack[-1], ("", None))
        if entry is None:
            stack.pop()
            prefixes.pop()
            continue
        prefix, rules = prefixes[-1]
        path = prefix + shown(entry.name)
        if key.endswith("/"):
            reason = _folder_reason(entry, path, rules)
            if reason:
                yield WalkedFile(path + "/", entry.path, "", 0, reason)
                continue
            try:
                inside = _entries(entry.path)
            except OSError:
                yield WalkedFile(path + "/", entry.path, "", 0, "unreadable")
                continue
            stack.append(iter(inside))
            prefixes.append((path + "/", rules.entering(path + "/", os.path.join(entry.path, ".gitignore"))))  # noqa: PTH118 - a Path per folder is slow
            continue
        language = language_of(path)
        size, reason = _file_facts(entry)
        if not reason and rules.ignored(path, folder=False):
            reason = "ignored"
        if not reason and language:
            if (wanted and not wanted.match_file(path)) or (unwanted and unwanted.match_file(path)):
                reason = "excluded"
            elif not include_vendored and vendored(path):
                reason = "vendored"
            elif size > max_file_bytes:
                reason = "too_large"
        yield WalkedFile(path, entry.path, language, size, reason or ("" if language else "unsupported"))


def shown(name: str) -> str:
    r"""Return a file name as valid UTF-8: bytes that are none are written ``\xNN``."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name


def _entries(folder: str) -> list[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as found:
        keyed = [(entry.name + ("/" if _is_folder(entry) else ""), entry) for entry in found]
    return sorted(keyed, key=lambda pair: os.fsencode(pair[0]))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) and not _reparse_point(entry)
    except OSError:
        return False


def _reparse_point(entry: os.DirEntry[str]) -> bool:
    """Windows junctions are folders that lead elsewhere; they are treated as links."""
    attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0) if os.name == "nt" else 0
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0))


def _file_facts(entry: os.DirEntry[str]) -> tuple[int, str]:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0, "unreadable"
    if stat.S_ISLNK(status.st_mode):
        return 0, "symlink"
    if not stat.S_ISREG(status.st_mode):
        return 0, "not_regular"
    return status.st_size, ""


def _folder_reason(entry: os.DirEntry[str], path: str, rules: IgnoreRules) -> str:
    name = entry.name
    if name in _NEVER:
        return "tool_folder"
    if os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):  # noqa: PTH110, PTH118 - a Path per folder is slow
        return "virtual_environment"
    if rules.ignored(path, folder=True):
        return "ignored"
    if name in _BUILD_OUTPUT or name.startswith("cmake-build-"):
        parent = os.path.dirname(entry.path)  # noqa: PTH120 - as above
        with os.scandir(parent) as found:
            beside = {other.name for other in found}
        if beside & _PROJECT_FILES and not os.path.exists(os.path.join(entry.path, "__init__.py")):  # noqa: PTH110, PTH118 - as above
            return "build_output"
    return ""
