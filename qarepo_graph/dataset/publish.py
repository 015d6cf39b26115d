"""Files that appear whole or not at all, and that we know again later.

Each file is written beside its target, flushed to the disk, read back and compared, and then put in its place. A
manifest beside them holds every file's hash: a file that still has it is ours and may be replaced by the next run;
any other file is somebody's own. What a killed process left under a temporary name, the next publication of that file
removes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Protocol

import orjson

from qarepo_graph.errors import StorageError, UsageError

_CHUNK = 1 << 18
"""Bytes read and written at a time. Larger blocks are taken from the system and given back each time, and every page of
them is a page fault."""
_REPLACE_SECONDS = 2.0
"""How long another program may hold a target open (Windows) before we give up."""


class OutputFile:
    """One file being written row by row: JSONL, or a JSON array with one row a line.

    Rows are gathered and written in blocks: one system call and one copy for a hundred rows.
    """

    def __init__(self, target: Path, *, array: bool = False) -> None:
        self.target = target
        self.bytes = 0
        self.rows = 0
        self.sha256 = ""
        self._array = array
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        try:
            # mkstemp makes the file readable by its owner only, and a rename keeps that.
            descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        except OSError as error:
            msg = f"Cannot write into {target.parent} ({error.strerror}); choose another output."
            raise StorageError(msg) from error
        self.temporary = Path(name)
        self._file: IO[bytes] = os.fdopen(descriptor, "wb", buffering=0)

    def add(self, *rows: bytes) -> None:
        """Append encoded rows, which hold no line break."""
        self._pending += rows
        self._pending_bytes += sum(map(len, rows))
        if self._pending_bytes >= _CHUNK:
            self._drain()

    def write(self, data: bytes) -> None:
        """Append text that is no row."""
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self.bytes += len(data)

    def finish(self) -> None:
        """Flush to the disk, read back, count and hash.

        Raises:
            StorageError: When the disk gives back something else than was written.
        """
        self._drain()
        if self._array:
            self.write(b"\n]\n" if self.rows else b"[]\n")
        os.fsync(self._file.fileno())
        self._file.close()
        found = measure(self.temporary)
        lines = self.rows + 2 if self._array else self.rows
        if found.bytes != self.bytes or (self.rows and found.lines != lines):
            msg = f"{self.target} did not read back as it was written; check the disk and run the same command again."
            raise StorageError(msg)
        self.sha256 = found.sha256

    def discard(self) -> None:
        """Close and remove the temporary file."""
        with contextlib.suppress(OSError):
            self._file.close()
        self.temporary.unlink(missing_ok=True)

    def _drain(self) -> None:
        if not self._pending:
            return
        if self._array:
            self.write((b",\n" if self.rows else b"[\n") + b",\n".join(self._pending))
        else:
            self.write(b"\n".join(self._pending) + b"\n")
        self.rows += len(self._pending)
        self._pending = []
        self._pending_bytes = 0


class StagedFile(Protocol):
    """A file written beside its target; rows, bytes and hash hold once it is finished."""

    target: Path
    temporary: Path
    rows: int
    bytes: int
    sha256: str

    def finish(self) -> None:
        """Flush to the disk, read back, count and hash."""

    def discard(self) -> None:
        """Close and remove the temporary file."""


class Publication:
    """A set of files that are put in place together, with the manifest that knows them again.

    Use as a context manager: leaving it without :meth:`commit`, or by an exception, removes every temporary file.

    Args:
        manifest: Where the manifest stands; paths in it are relative to its folder.
        force: Replace files that are not ours.
    """

    def __init__(self, manifest: Path, *, force: bool = False) -> None:
        self.manifest = manifest
        self._force = force
        self._known = known_hashes(manifest)
        self._files: list[StagedFile] = []
        self._began = 0

    def __enter__(self) -> Publication:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.discard()
        if isinstance(error, OSError):
            msg = (
                f"Cannot write {self.manifest.parent} ({error.strerror or error}); make room or choose another output."
            )
            raise StorageError(msg) from error

    def open(self, target: Path, *, array: bool = False) -> OutputFile:
        """Begin one file; ``array`` makes it a JSON array instead of JSONL.

        Raises:
            UsageError: When the target's folder is missing, or the target exists and is not ours.
            StorageError: When the folder cannot be written.
        """
        self.check(target)
        file = OutputFile(target, array=array)
        self.adopt(file)
        return file

    def check(self, target: Path) -> None:
        """Refuse a target that cannot or must not be written; raises as :func:`check_target`."""
        check_target(target, self._known.get(self._name(target), frozenset()), force=self._force)

    def adopt(self, file: StagedFile) -> None:
        """Take a file of another kind (Parquet) into the set; its target has been checked."""
        if not self._files:
            self._began = file.temporary.stat().st_mtime_ns  # by the clock of the disk it lies on
        self._files.append(file)

    def commit(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Put every file in its place and return the manifest written beside them.

        Killed at any point, the next run still knows which files are ours: between the first and the last rename the
        manifest holds both the old and the new hash of each.
        """
        for file in self._files:
            file.finish()
        files = {
            self._name(file.target): {"rows": file.rows, "bytes": file.bytes, "sha256": file.sha256}
            for file in self._files
        }
        manifest = {**facts, "files": files}
        before = {name: sorted(self._known.get(name, ())) for name in files}
        self._write_manifest({**manifest, "replaces": before})
        while self._files:
            # Taken off the list first: a finished file that cannot be put in its place is kept, not discarded.
            file = self._files.pop(0)
            replace(file.temporary, file.target)
        self._write_manifest(manifest)
        self._remove_stale(files)
        for target in (self.manifest, *(self.manifest.parent / name for name in files)):
            self._remove_leftovers(target)
        for folder in {self.manifest.parent, *((self.manifest.parent / name).parent for name in files)}:
            _sync_folder(folder)
        return manifest

    def _remove_stale(self, files: Container[str]) -> None:
        """Remove files of ours that an earlier run wrote here and this one did not."""
        for name, hashes in self._known.items():
            path = self.manifest.parent / name
            if name not in files and path.is_file() and file_sha256(path) in hashes:
                path.unlink()

    def _remove_leftovers(self, target: Path) -> None:
        """Remove what killed exports of a target left under their temporary names.

        A file that was written to since this publication began is another process's export under way.
        """
        ours = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]{{8}}\.tmp")  # as mkstemp names them
        for path in filter(lambda path: ours.fullmatch(path.name), target.parent.iterdir()):
            with contextlib.suppress(OSError):
                found = path.lstat()
                if stat.S_ISREG(found.st_mode) and found.st_mtime_ns < self._began:
                    path.unlink()

    def _name(self, target: Path) -> str:
        return target.relative_to(self.manifest.parent).as_posix()

    def _write_manifest(self, manifest: Mapping[str, Any]) -> None:
        file = OutputFile(self.manifest)
        try:
            file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            file.finish()
            replace(file.temporary, self.manifest)
        except BaseException:
            file.discard()
            raise


def known_hashes(manifest: Path) -> dict[str, frozenset[str]]:
    """Return the hashes by which a manifest knows its files; empty where there is no readable manifest."""
    try:
        content = orjson.loads(manifest.read_bytes())
        files, replaces = content["files"], content.get("replaces", {})
        # A manifest is a file like any other: a name in it must not lead out of its folder.
        return {
            name: frozenset([entry["sha256"], *replaces.get(name, ())])
            for name, entry in files.items()
            if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
        }
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return {}


def check_target(target: Path, known: frozenset[str], *, force: bool) -> None:
    """Refuse a target that cannot or must not be written.

    Raises:
        UsageError: When its folder is missing, it is a folder itself, or it holds something we did not write.
    """
    if not target.parent.is_dir():
        msg = f"The folder {target.parent} does not exist; create it or choose another output."
        raise UsageError(msg)
    if target.is_dir():
        msg = f"{target} is a folder; name a file inside it."
        raise UsageError(msg)
    if not os.access(target.parent, os.W_OK):
        msg = f"The folder {target.parent} cannot be written; choose another output."
        raise StorageError(msg)
    if force or not target.exists():
        return
    if target.is_symlink() or file_sha256(target) not in known:
        msg = f"{target} exists and is not as qarepo wrote it; add --force to replace it or choose another output."
        raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Measure:
    """Size, line breaks and hash of a file as it lies on the disk."""

    bytes: int
    lines: int
    sha256: str


def measure(path: Path) -> Measure:
    """Read a file once and return its measure."""
    size, lines, digest = 0, 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            lines += _line_breaks(chunk)
            digest.update(chunk)
    return Measure(size, lines, digest.hexdigest())


def _line_breaks(chunk: bytes) -> int:
    """Count line breaks by jumping from one to the next: ``bytes.count`` takes half as long as hashing the rows."""
    found, position = 0, chunk.find(b"\n")
    while position >= 0:
        found, position = found + 1, chunk.find(b"\n", position + 1)
    return found


def file_sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace(temporary: Path, target: Path) -> None:
    """Put a finished file in its place, waiting a moment for a program that holds the target open (Windows).

    Raises:
        StorageError: When it cannot be put there; the finished file is kept under its temporary name.
    """
    deadline = time.monotonic() + _REPLACE_SECONDS
    while True:
        try:
            temporary.replace(target)
        except PermissionError as error:
            if time.monotonic() >= deadline:
                msg = f"{target} is held by another program; close it, then rename {temporary} to it."
                raise StorageError(msg) from error
            time.sleep(0.05)
        else:
            return


def _sync_folder(folder: Path) -> None:
    """Make renames survive a power loss, where folders can be opened (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
