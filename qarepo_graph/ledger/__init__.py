"""The run's ledger: graph for flow, ledger for money.

``database`` is SQLite on its own thread, ``tables`` its layout, ``directory`` the run directory and its lock;
``snapshot`` and ``work`` are plain functions over a connection, called as ``database.run(partial(...))``.
"""

from __future__ import annotations

from pathlib import Path

from qarepo_graph.errors import UsageError
from qarepo_graph.ledger.database import Database
from qarepo_graph.ledger.directory import LEDGER_NAME, RunLock, create_private, default_run_dir, make_private
from qarepo_graph.ledger.tables import check_version, set_up

__all__ = ["Database", "RunLock", "default_run_dir", "look_into_ledger", "make_private", "open_ledger"]


def open_ledger(run_dir: Path) -> Database:
    """Open the ledger of a run directory, made if it is not there. The caller holds the run's lock.

    Raises:
        StorageError: When it cannot be written.
        LedgerError: When it is damaged, foreign or newer.
    """
    path = run_dir / LEDGER_NAME
    create_private(path)
    return Database(path, set_up)


def look_into_ledger(run_dir: Path) -> Database:
    """Open an existing ledger for reading only, while a run may be writing it.

    Raises:
        UsageError: When there is none.
        LedgerError: When it is damaged, foreign or newer.
    """
    path = run_dir / LEDGER_NAME
    if not path.is_file():
        msg = f"There is no run in {str(run_dir)!r}; give the run directory that `qarepo generate` printed."
        raise UsageError(msg)
    return Database(path, check_version, read_only=True)
