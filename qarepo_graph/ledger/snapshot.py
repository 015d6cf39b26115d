"""The repository as the last parse saw it: files and functions, written as a new snapshot beside the old one.

A snapshot becomes the current one in the transaction that ends it, so a parse that is killed leaves the last whole
snapshot in place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from qarepo_graph.schema import Function, FunctionExcerpt, SourceFile

if TYPE_CHECKING:
    from qarepo_graph.ledger.database import Database

PAGE = 256
"""Functions read at a time: big enough to hide the thread's round trip, small enough for constant memory."""

_TYPE_MARK = " ? "

# Straight between text and records: four times faster than by way of dictionaries, and a run reads each function
# several times.
_encode = msgspec.json.Encoder().encode
_read_function = msgspec.json.Decoder(Function).decode
_read_excerpt = msgspec.json.Decoder(FunctionExcerpt).decode
_read_file = msgspec.json.Decoder(SourceFile).decode

_CURRENT = "(SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'snapshot')"


def get_meta(connection: sqlite3.Connection, name: str, default: str = "") -> str:
    """Return a named value of the run."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return default if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Set a named value of the run."""
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))


def begin_snapshot(connection: sqlite3.Connection) -> int:
    """Return a new snapshot's number, remains of an unfinished one cleared away."""
    current = int(get_meta(connection, "snapshot", "0"))
    connection.execute("DELETE FROM files WHERE snapshot > ?", (current,))
    connection.execute("DELETE FROM functions WHERE snapshot > ?", (current,))
    return current + 1


def add_files(connection: sqlite3.Connection, snapshot: int, files: Sequence[SourceFile]) -> list[bytes]:
    """Write files into a snapshot; return their records, for the snapshot's digest."""
    records = [_encode(file) for file in files]
    connection.executemany(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
        [(snapshot, file.path, file.status, file.reason, record) for file, record in zip(files, records, strict=True)],
    )
    return records


def add_functions(
    connection: sqlite3.Connection, snapshot: int, first_position: int, functions: Sequence[Function]
) -> list[bytes]:
    """Write functions into a snapshot, numbered from ``first_position`` in the order of the walk.

    Returns:
        Their records, for the snapshot's digest.
    """
    records = [_encode(function) for function in functions]
    connection.executemany(
        "INSERT INTO functions VALUES (?, ?, ?, ?, ?, ?)",
        [
            (snapshot, position, function.id, function.language, function.has_body, record)
            for position, (function, record) in enumerate(zip(functions, records, strict=True), first_position)
        ],
    )
    return records


def finish_snapshot(connection: sqlite3.Connection, snapshot: int, digest: str) -> None:
    """Make a snapshot the current one, drop the old, and forget work on functions that are gone.

    Replies stay: a function that comes back is not bought again.
    """
    set_meta(connection, "snapshot", str(snapshot))
    set_meta(connection, "snapshot_digest", digest)
    connection.execute("DELETE FROM files WHERE snapshot < ?", (snapshot,))
    connection.execute("DELETE FROM functions WHERE snapshot < ?", (snapshot,))
    known = {row[0] for row in connection.execute("SELECT id FROM functions WHERE snapshot = ?", (snapshot,))}
    items = connection.execute("SELECT node, item FROM items WHERE node IN ('describe', 'paraphrase')").fetchall()
    gone = [(node, item) for node, item in items if function_of_item(item) not in known]
    connection.executemany("DELETE FROM items WHERE node = ? AND item = ?", gone)


def item_name(function_id: str, question_type: str) -> str:
    """Return the name of a function's paraphrase item; the seed's kind of question has the function's own."""
    return function_id if question_type == "how_implemented" else f"{function_id}{_TYPE_MARK}{question_type}"


def function_of_item(item: str) -> str:
    """Return the function id an item is about, its question type taken off.

    An id may hold the mark itself: Java writes ``Function<? super V, ? extends G>``. A type is one word.
    """
    function_id, _, question_type = item.rpartition(_TYPE_MARK)
    return function_id if question_type.isidentifier() and function_id else item


class StoredFunction(NamedTuple):
    """A function of the current snapshot as it is stored: read only when needed, for an unchanged one is not.

    Attributes:
        position: Its place in the order of the walk.
        id: Its id.
        record: All of it, encoded.
    """

    position: int
    id: str
    record: bytes

    def read(self) -> Function:
        """Return the function."""
        return _read_function(self.record)


def stored_after(connection: sqlite3.Connection, position: int, limit: int = PAGE) -> list[StoredFunction]:
    """Return the next functions in order, as they are stored."""
    return [StoredFunction(*row) for row in _rows_after(connection, position, limit)]


def functions_after(connection: sqlite3.Connection, position: int, limit: int = PAGE) -> list[tuple[int, Function]]:
    """Return the next functions in order, each with its position."""
    return [(position, _read_function(record)) for position, _, record in _rows_after(connection, position, limit)]


def excerpts_after(connection: sqlite3.Connection, position: int, limit: int) -> list[tuple[int, FunctionExcerpt]]:
    """Return what rows need of the next functions in order, each with its position."""
    return [(position, _read_excerpt(record)) for position, _, record in _rows_after(connection, position, limit)]


def _rows_after(connection: sqlite3.Connection, position: int, limit: int) -> list[tuple[int, str, bytes]]:
    return connection.execute(
        f"SELECT position, id, record FROM functions WHERE snapshot = {_CURRENT} AND position > ? "
        "ORDER BY position LIMIT ?",
        (position, limit),
    ).fetchall()


def function_of(connection: sqlite3.Connection, function_id: str) -> Function | None:
    """Return one function of the current snapshot."""
    record = _record_of(connection, function_id)
    return None if record is None else _read_function(record)


def excerpt_of(connection: sqlite3.Connection, function_id: str) -> FunctionExcerpt | None:
    """Return what rows need of one function of the current snapshot."""
    record = _record_of(connection, function_id)
    return None if record is None else _read_excerpt(record)


def _record_of(connection: sqlite3.Connection, function_id: str) -> bytes | None:
    # Left alone, SQLite takes the primary key and reads the whole snapshot for each function.
    row = connection.execute(
        f"SELECT record FROM functions INDEXED BY functions_by_id WHERE id = ? AND snapshot = {_CURRENT}",
        (function_id,),
    ).fetchone()
    return None if row is None else row[0]


def count_functions(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many functions there are, by language."""
    return dict(
        connection.execute(
            f"SELECT language, count(*) FROM functions WHERE snapshot = {_CURRENT} GROUP BY 1 ORDER BY 1"
        ).fetchall()
    )


def count_files(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many files there are, by ``status`` or ``status:reason``."""
    return dict(
        connection.execute(
            "SELECT CASE reason WHEN '' THEN status ELSE status || ':' || reason END, count(*) "
            f"FROM files WHERE snapshot = {_CURRENT} GROUP BY 1 ORDER BY 1"
        ).fetchall()
    )


def all_files(connection: sqlite3.Connection) -> list[SourceFile]:
    """Return every file of the current snapshot in path order."""
    rows = connection.execute(f"SELECT record FROM files WHERE snapshot = {_CURRENT} ORDER BY path").fetchall()
    return [_read_file(record) for (record,) in rows]


def iterate_functions(database: Database) -> Iterator[Function]:
    """Yield every function in order, a page at a time. Blocks; not for event loops."""
    position = -1
    while page := database.run(partial(functions_after, position=position)):
        yield from (function for _, function in page)
        position = page[-1][0]


@dataclass(frozen=True, slots=True)
class StoredFunctions:
    """Every function in order, read anew a page at a time whenever it is gone through. Blocks; not for event loops."""

    database: Database

    def __iter__(self) -> Iterator[Function]:
        """Read them."""
        return iterate_functions(self.database)
