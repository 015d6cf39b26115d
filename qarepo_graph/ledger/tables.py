"""The ledger's tables, and the check that a file is a ledger of ours.

::

    files, functions   the latest snapshot of the repository
    requests           one row per try, written before the socket: 'sent' rows after a crash may be billed twice
    replies            the raw answer and its usage, written before anything is made of it; one per work key
    items              where each piece of work of each node stands, with its accepted result
    verdicts           every verdict that was given, in order
    prompts            rendered prompts, only with --keep-prompts
    decisions          what a person said in review
"""

from __future__ import annotations

import sqlite3

from qarepo_graph.errors import LedgerError

APPLICATION_ID = 0x51415245  # "QARE" in the SQLite header, so that no other file is taken for ours
VERSION = 1

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    snapshot INTEGER NOT NULL, path TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (snapshot, path)) WITHOUT ROWID;
CREATE TABLE functions (
    snapshot INTEGER NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, language TEXT NOT NULL,
    has_body INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (snapshot, position)) WITHOUT ROWID;
CREATE INDEX functions_by_id ON functions (id, snapshot);
CREATE TABLE requests (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, node TEXT NOT NULL, item TEXT NOT NULL, try INTEGER NOT NULL,
    session TEXT NOT NULL, sent_at REAL NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL DEFAULT '');
CREATE INDEX requests_open ON requests (state) WHERE state = 'sent';
CREATE TABLE replies (
    key TEXT PRIMARY KEY, node TEXT NOT NULL, session TEXT NOT NULL, text TEXT NOT NULL, reply BLOB NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
    usd REAL, answered_at REAL NOT NULL);
CREATE TABLE items (
    node TEXT NOT NULL, item TEXT NOT NULL, base_key TEXT NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL,
    status TEXT NOT NULL, reasons BLOB NOT NULL, keep BLOB, result BLOB, gates BLOB NOT NULL, checks TEXT NOT NULL,
    provenance BLOB NOT NULL, made_of BLOB, PRIMARY KEY (node, item)) WITHOUT ROWID;
CREATE INDEX items_by_status ON items (node, status);
CREATE TABLE verdicts (
    number INTEGER PRIMARY KEY, node TEXT NOT NULL, item TEXT NOT NULL, attempt INTEGER NOT NULL, key TEXT NOT NULL,
    status TEXT NOT NULL, reasons BLOB NOT NULL, gates BLOB NOT NULL, given_at REAL NOT NULL);
CREATE INDEX verdicts_by_item ON verdicts (node, item, number);
CREATE TABLE prompts (key TEXT PRIMARY KEY, messages BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE decisions (
    number INTEGER PRIMARY KEY, row_id TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    edit BLOB, who TEXT NOT NULL, decided_at REAL NOT NULL);
CREATE INDEX decisions_by_row ON decisions (row_id, number);
"""


def set_up(connection: sqlite3.Connection) -> None:
    """Create the tables in a new file, or check that an existing one is a ledger this version can read.

    Raises:
        LedgerError: For foreign and newer files, each with what to do.
        sqlite3.DatabaseError: For a damaged file.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if empty and application == 0:
        connection.executescript(
            f"BEGIN; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; {_TABLES} COMMIT;"
        )
        return
    check_version(connection)
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        msg = f"database disk image is malformed: {verdict}"
        damaged = sqlite3.DatabaseError(msg)
        damaged.sqlite_errorname = "SQLITE_CORRUPT"
        raise damaged
    _add_later_columns(connection)


def _add_later_columns(connection: sqlite3.Connection) -> None:
    """Give an older ledger the column that later releases added; earlier ones read it still and leave that empty."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(items)")}
    if "made_of" not in columns:
        connection.execute("ALTER TABLE items ADD COLUMN made_of BLOB")


def check_version(connection: sqlite3.Connection) -> None:
    """Refuse a file that is no ledger, or one this version cannot read.

    Raises:
        LedgerError: With what to do.
    """
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        msg = "The run directory's ledger.db was not made by qarepo-graph; choose another folder with --run-dir."
        raise LedgerError(msg)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        msg = (
            f"The ledger is of version {version} and this qarepo-graph reads version {VERSION}; "
            "use the version that wrote it, or choose another folder with --run-dir."
        )
        raise LedgerError(msg)
