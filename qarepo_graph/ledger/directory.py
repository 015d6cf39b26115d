"""The run directory: where it lies, who may read it, and the lock that keeps a second run out."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from filelock import FileLock, Timeout

from qarepo_graph.errors import LedgerError, RunLockedError, StorageError

LEDGER_NAME = "ledger.db"
LOCK_NAME = "run.lock"
REJECTED_NAME = "rejected.jsonl"
RUN_FILES = (
    *(LEDGER_NAME + suffix for suffix in ("", "-wal", "-shm", "-journal")),
    *(REJECTED_NAME, "rejected.tmp", LOCK_NAME, "run.pid"),
)
"""Everything a run keeps in its directory beside the outputs that are asked to go there."""


def run_directory(repo_dir: str | Path, run_dir: str | Path = "", dry_run: str = "") -> Path:
    """Return the run directory; a dry run has one of its own, so that the real ledger never hears of it."""
    if dry_run:
        return Path(dry_run) / "run"
    return Path(run_dir) if run_dir else default_run_dir(Path(repo_dir))


def default_run_dir(repo_dir: Path, base: Path | None = None) -> Path:
    """Return ``./.qarepo/<repository>-<8 hex of its absolute path>``.

    The same rule for the command line and the library, so that several output files of one repository share what was
    bought. The name is reduced to safe characters; the hash keeps it unique.
    """
    absolute = Path(os.path.abspath(repo_dir))  # noqa: PTH100 - resolve() would follow a link to another name
    digest = hashlib.sha256(os.fsencode(absolute)).hexdigest()[:8]
    return (base or Path.cwd()) / ".qarepo" / f"{slug(absolute.name)}-{digest}"


def slug(name: str) -> str:
    """Return a name reduced to characters every file system takes; not unique by itself."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:60] or "repository"


def make_private(directory: Path) -> None:
    """Create the directory with mode 0700 (POSIX), whatever the umask.

    Raises:
        StorageError: When it cannot be made or belongs to somebody else.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.mkdir(exist_ok=True, mode=0o700)
        if os.name == "posix":
            if directory.stat().st_uid != os.getuid():
                msg = f"The run directory {str(directory)!r} belongs to another user; choose one with --run-dir."
                raise LedgerError(msg)
            directory.chmod(0o700)
    except OSError as error:
        msg = f"The run directory {str(directory)!r} cannot be made ({error.strerror}); choose one with --run-dir."
        raise StorageError(msg) from error


def create_private(path: Path) -> None:
    """Create an empty file with mode 0600, or tighten one that is there; links are refused.

    Raises:
        StorageError: When the file cannot be written.
    """
    try:
        flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            if os.name == "posix":
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        msg = f"The file {str(path)!r} cannot be written ({error.strerror}); choose another folder with --run-dir."
        raise StorageError(msg) from error


def refuse_if_busy(directory: Path) -> None:
    """Refuse a directory that another process works in, before anything is imported or parsed in vain.

    Raises:
        RunLockedError: With its pid.
    """
    if (directory / LOCK_NAME).exists():
        lock = RunLock(directory)
        lock.acquire()
        lock.release()


class RunLock:
    """The operating system's lock on a run directory; a dead process's lock is free by itself."""

    def __init__(self, directory: Path) -> None:
        self._pid_file = directory / "run.pid"
        create_private(directory / LOCK_NAME)
        self._lock = FileLock(directory / LOCK_NAME, mode=0o600, thread_local=False)

    def acquire(self) -> None:
        """Take the lock at once.

        Raises:
            RunLockedError: When another process has it; the message names its pid.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            msg = (
                f"Another qarepo process ({self._holder()}) works in {str(self._pid_file.parent)!r}; "
                "wait for it, or choose another folder with --run-dir."
            )
            raise RunLockedError(msg) from error
        try:
            create_private(self._pid_file)
            self._pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as error:
            self.release()
            msg = f"The file {str(self._pid_file)!r} cannot be written ({error.strerror}); choose another folder."
            raise StorageError(msg) from error

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()

    def _holder(self) -> str:
        # In a file of its own: Windows refuses to read a locked one.
        try:
            return f"pid {int(self._pid_file.read_text(encoding='ascii'))}"
        except (OSError, ValueError):
            return "pid unknown"
