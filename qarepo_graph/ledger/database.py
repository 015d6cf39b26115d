"""SQLite on a thread of its own, with group commit.

Everything that touches the database runs on one thread, in the order it was asked for. Work that queued up while a
commit was under way shares the next transaction, so ``synchronous=FULL`` costs one fsync for many calls. Async callers
wait for the commit without blocking their loop (``langgraph dev`` refuses ``sqlite3`` inside async nodes); sync
callers block.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import queue
import shlex
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from qarepo_graph.errors import LedgerError, StorageError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]
Waiting = Future[Any] | asyncio.Future[Any] | None
Outcome = tuple[Waiting, Any, BaseException | None]

_MAX_BATCH = 512
_POSTED_SECONDS = 0.05
"""How long posted work may lie uncommitted while nobody else writes."""
_CLOSE = object()


class Database:
    """One SQLite file behind one thread.

    Args:
        path: The file; its folder must exist.
        setup: Runs first on the connection: creates or checks tables.
        read_only: Open for looking only; no lock is needed.

    Raises:
        LedgerError: When the file is no database or ``setup`` refuses it.
    """

    def __init__(self, path: Path, setup: Work, *, read_only: bool = False) -> None:
        self.path = path
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._broken: BaseException | None = None
        self._open = True
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._serve, args=(setup, read_only, started), name="qarepo-ledger", daemon=True
        )
        self._thread.start()
        try:
            started.result()
        except BaseException:
            self._thread.join()
            raise

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` and return its result once it is committed. Blocks; not for event loops."""
        done: Future[T] = Future()
        self._put(work, done)
        return done.result()

    async def arun(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` and return its result once it is committed."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(work, done)
        return await done

    def post(self, work: Work) -> None:
        """Queue ``work`` without waiting; a failing disk is told by the next :meth:`run` or :meth:`arun`."""
        self._put(work, None)

    def close(self) -> None:
        """Finish what is queued, close the file and end the thread."""
        if self._open:
            self._open = False
            self._queue.put(_CLOSE)
            self._thread.join()

    def _put(self, work: Work, done: Waiting) -> None:
        if not self._open:
            msg = "The run's ledger is closed; open the run again with open_run()."
            raise StorageError(msg)
        self._queue.put((work, done))

    def _serve(self, setup: Work, read_only: bool, started: Future[None]) -> None:
        try:
            connection = _connect(self.path, read_only=read_only)
            setup(connection)
        except BaseException as error:
            started.set_exception(_translate(error, self.path))
            return
        started.set_result(None)
        open_for_work = True
        while open_for_work:
            batch = self._gather()
            if _CLOSE in batch:
                batch.remove(_CLOSE)
                open_for_work = False
            if batch:
                self._commit(connection, batch)
        connection.close()

    def _gather(self) -> list[Any]:
        """Take what is queued; work that nobody waits for lets some come that is waited for, and shares its fsync."""
        batch = [self._queue.get()]
        patience = time.monotonic() + _POSTED_SECONDS
        while len(batch) < _MAX_BATCH:
            waited_for = batch[-1] is _CLOSE or batch[-1][1] is not None
            left = 0.0 if waited_for else patience - time.monotonic()
            try:
                batch.append(self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait())
            except queue.Empty:
                break
            if waited_for:
                patience = 0.0
        return batch

    def _commit(self, connection: sqlite3.Connection, batch: list[tuple[Work, Waiting]]) -> None:
        """Do a batch in one transaction; all callers hear the truth about the commit."""
        try:
            if self._broken is not None:
                raise self._broken
            outcomes = _in_one_transaction(connection, batch)
        except BaseException as error:
            self._broken = _translate(error, self.path)
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            outcomes = [(done, None, self._broken) for _, done in batch]
        _deliver(outcomes)


def _in_one_transaction(connection: sqlite3.Connection, batch: list[tuple[Work, Waiting]]) -> list[Outcome]:
    """Do a batch and commit it; a piece of work that fails by its own mistake is left out and told so."""
    refused: dict[int, BaseException] = {}
    while True:
        outcomes: list[Outcome] = []
        connection.execute("BEGIN")
        for index, (work, done) in enumerate(batch):
            if index in refused:
                outcomes.append((done, None, refused[index]))
                continue
            try:
                outcomes.append((done, work(connection), None))
            except Exception as error:
                if isinstance(error, sqlite3.Error) and _is_storage_failure(error):
                    raise
                # Rare enough to do the batch again without it, which spares every other call a savepoint.
                refused[index] = error
                connection.execute("ROLLBACK")
                break
        else:
            connection.execute("COMMIT")
            return outcomes


def _deliver(outcomes: list[Outcome]) -> None:
    """Tell every caller: threads at once, event loops with one wake-up each."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for done, value, error in outcomes:
        if isinstance(done, asyncio.Future):
            by_loop.setdefault(done.get_loop(), []).append((done, value, error))
        elif done is not None:
            _set(done, value, error)
    for loop, its_outcomes in by_loop.items():
        # A caller whose event loop is gone (interrupted run) hears nothing; what it wrote is committed all the same.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_set_all, its_outcomes)


def _set_all(outcomes: list[Outcome]) -> None:
    for done, value, error in outcomes:
        if done is not None and not done.done():
            _set(done, value, error)


def _set(done: Future[Any] | asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if error is None:
        done.set_result(value)
    else:
        done.set_exception(error)


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        connection.execute("PRAGMA query_only=ON")
    else:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA wal_autocheckpoint=4000")
    connection.execute("PRAGMA busy_timeout=5000")
    return connection


def _is_storage_failure(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(
        ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN")
    )


def _translate(error: BaseException, path: Path) -> BaseException:
    """Turn a database or disk error into one sentence that says what to do."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        recover = f"sqlite3 {shlex.quote(str(path))} .recover | sqlite3 repaired.db"
        return LedgerError(
            f"The ledger {str(path)!r} is damaged; recover it with `{recover}` and put repaired.db in its place, or "
            "move the run directory away to start again (its answers are then bought again)."
        )
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")) or (
        isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT)
    ):
        return StorageError(
            f"The ledger {str(path)!r} could not be written ({error}); free some space or choose another folder with "
            "--run-dir, then run the same command again: nothing that was answered before is lost."
        )
    return error
