"""Pieces of work and their verdicts: where each item of each node stands, and what was made of its replies."""

from __future__ import annotations

import dataclasses
import hashlib
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import orjson

from qarepo_graph.schema.lean import lean_dataclass

ItemStatus = Literal["accepted", "pending", "rejected", "failed", "skipped"]


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """Where one piece of work of one node stands.

    Attributes:
        node: The node.
        item: Function id, requirement name, or whatever the node works on.
        base_key: Key of its first attempt; another one means that its inputs changed and it starts again.
        key: Key of the last reply.
        attempt: Attempts made, from 1.
        status: ``accepted``; ``pending`` (refused, goes round again); ``rejected`` (attempts used up); ``failed`` (no
            reply was to be had); ``skipped`` (nothing to ask, see ``reasons``).
        reasons: Why it was refused, failed or skipped.
        keep: The good part of a partial result, for the next attempt.
        result: The accepted result as JSON types.
        gates: Outcome by gate.
        checks: Version of the checks that gave the verdict.
        provenance: Prompt, model and parameters of the result.
        made_of: Hash over all that its inputs are made of, where that is known without rendering them. It is written
            and read back by :func:`standings_of` alone; empty leaves what was written before.
    """

    node: str
    item: str
    base_key: str
    key: str
    attempt: int
    status: ItemStatus
    reasons: tuple[str, ...] = ()
    keep: Any = None
    result: Any = None
    gates: dict[str, str] = dataclasses.field(default_factory=dict)
    checks: str = ""
    provenance: dict[str, Any] = dataclasses.field(default_factory=dict)
    made_of: bytes = b""


_COLUMNS = "node, item, base_key, key, attempt, status, reasons, keep, result, gates, checks, provenance"


def items_of(connection: sqlite3.Connection, node: str, ids: Sequence[str]) -> dict[str, WorkItem]:
    """Return where the given items stand; those never tried are missing."""
    marks = ",".join("?" * len(ids))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM items WHERE node = ? AND item IN ({marks})",
        (node, *ids),
    ).fetchall()
    return {row[1]: _item(row) for row in rows}


class Standing(NamedTuple):
    """Where an item stands, the part of a :class:`WorkItem` that says whether it needs another attempt.

    Attributes:
        base_key: As in the work item, like ``attempt``, ``status`` and ``checks``.
        earlier: Whether another session gave the verdict.
        made_of: As in the work item.
        taught: Reasons and the good part of a refused result, as stored.
    """

    base_key: str
    attempt: int
    status: ItemStatus
    checks: str
    earlier: bool
    made_of: bytes
    taught: tuple[bytes, bytes | None]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was refused."""
        return tuple(orjson.loads(self.taught[0]))

    @property
    def keep(self) -> Any:
        """The good part of a refused result."""
        return None if self.taught[1] is None else orjson.loads(self.taught[1])


def standings_of(connection: sqlite3.Connection, node: str, ids: Sequence[str], session: str) -> dict[str, Standing]:
    """Return where the given items stand; those never tried are missing. For the many that need nothing, read little.

    Args:
        connection: The ledger.
        node: The node.
        ids: The items.
        session: The session that asks.
    """
    marks = ",".join("?" * len(ids))
    rows = connection.execute(
        "SELECT item, base_key, attempt, status, checks, instr(CAST(provenance AS TEXT), ?) = 0, made_of, "
        f"reasons, keep FROM items WHERE node = ? AND item IN ({marks})",
        (session, node, *ids),
    ).fetchall()
    return {
        item: Standing(base_key, attempt, status, checks, bool(earlier), made_of or b"", (reasons, keep))
        for item, base_key, attempt, status, checks, earlier, made_of, reasons, keep in rows
    }


class Accepted(NamedTuple):
    """An accepted result, the part of a :class:`WorkItem` that rows are made of. Gates and provenance are shared."""

    result: Any
    gates: Mapping[str, str]
    provenance: Mapping[str, Any]


_shared = lru_cache(maxsize=256)(orjson.loads)
"""Decodes a text that thousands of items have alike: one prompt, one model, the same gates passed."""


def accepted_of(connection: sqlite3.Connection, node: str, ids: Sequence[str]) -> dict[str, Accepted]:
    """Return the accepted results of the given items; the others are missing."""
    marks = ",".join("?" * len(ids))
    rows = connection.execute(
        "SELECT item, result, gates, provenance FROM items "
        f"WHERE node = ? AND status = 'accepted' AND item IN ({marks})",
        (node, *ids),
    ).fetchall()
    return {
        item: Accepted(orjson.loads(result), _shared(gates), _shared(provenance))
        for item, result, gates, provenance in rows
    }


def results_of(connection: sqlite3.Connection, node: str, ids: Sequence[str]) -> dict[str, Any]:
    """Return the accepted results alone of the given items; the others are missing."""
    marks = ",".join("?" * len(ids))
    rows = connection.execute(
        f"SELECT item, result FROM items WHERE node = ? AND status = 'accepted' AND item IN ({marks})", (node, *ids)
    ).fetchall()
    return {item: orjson.loads(result) for item, result in rows}


def item_of(connection: sqlite3.Connection, node: str, item: str) -> WorkItem | None:
    """Return where one item stands, None if it was never tried."""
    return items_of(connection, node, [item]).get(item)


def settle(connection: sqlite3.Connection, item: WorkItem) -> None:
    """Write an item's new standing, and its verdict into the history."""
    put_item(connection, item)
    connection.execute(
        "INSERT INTO verdicts (node, item, attempt, key, status, reasons, gates, given_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item.node,
            item.item,
            item.attempt,
            item.key,
            item.status,
            orjson.dumps(item.reasons),
            orjson.dumps(item.gates),
            time.time(),
        ),
    )


def put_item(connection: sqlite3.Connection, item: WorkItem) -> None:
    """Write an item's standing."""
    connection.execute(
        f"INSERT OR REPLACE INTO items ({_COLUMNS}, made_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "coalesce(?, (SELECT made_of FROM items WHERE node = ? AND item = ?)))",
        (
            item.node,
            item.item,
            item.base_key,
            item.key,
            item.attempt,
            item.status,
            orjson.dumps(item.reasons),
            None if item.keep is None else orjson.dumps(item.keep),
            None if item.result is None else orjson.dumps(item.result),
            orjson.dumps(item.gates),
            item.checks,
            orjson.dumps(item.provenance),
            item.made_of or None,
            item.node,
            item.item,
        ),
    )


def drop_items_after(connection: sqlite3.Connection, node: str, ids: Iterable[str]) -> None:
    """Forget items of a node other than the given ones (their replies stay)."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS keep_ids (id TEXT PRIMARY KEY)")
    connection.execute("DELETE FROM keep_ids")
    connection.executemany("INSERT OR IGNORE INTO keep_ids VALUES (?)", [(item,) for item in ids])
    connection.execute("DELETE FROM items WHERE node = ? AND item NOT IN (SELECT id FROM keep_ids)", (node,))


def items_with_status(connection: sqlite3.Connection, node: str, statuses: Sequence[ItemStatus]) -> list[WorkItem]:
    """Return a node's items of the given standings, in item order."""
    marks = ",".join("?" * len(statuses))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM items WHERE node = ? AND status IN ({marks}) ORDER BY item",
        (node, *statuses),
    )
    return [_item(row) for row in rows]


def results_after(connection: sqlite3.Connection, node: str, item: str, limit: int = 256) -> list[tuple[str, Any]]:
    """Return a node's next accepted results in item order, each with its item: constant memory at any size."""
    rows = connection.execute(
        "SELECT item, result FROM items WHERE node = ? AND item > ? AND status = 'accepted' ORDER BY item LIMIT ?",
        (node, item, limit),
    ).fetchall()
    return [(name, orjson.loads(result)) for name, result in rows]


def count_items(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Return the number of items by node and status."""
    counts: dict[str, dict[str, int]] = {}
    for node, status, count in connection.execute(
        "SELECT node, status, count(*) FROM items GROUP BY 1, 2 ORDER BY 1, 2"
    ):
        counts.setdefault(node, {})[status] = count
    return counts


def accepted_by_prompt(connection: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
    """Return node, prompt reference, prompt sha256 and number of accepted results, for each prompt that has some."""
    return connection.execute(
        "SELECT node, json_extract(CAST(provenance AS TEXT), '$.prompt'), "
        "json_extract(CAST(provenance AS TEXT), '$.prompt_sha256') AS sha256, count(*) "
        "FROM items WHERE status = 'accepted' GROUP BY node, sha256 ORDER BY node, sha256"
    ).fetchall()


def results_digest(connection: sqlite3.Connection, node: str) -> str:
    """Return a hash over a node's accepted results: another one means that some result is another one."""
    digest = hashlib.sha256()
    for item, key, result, gates in connection.execute(
        "SELECT item, key, result, gates FROM items WHERE node = ? AND status = 'accepted' ORDER BY item", (node,)
    ):
        digest.update(b"%b\0%b\0%b\0%b\n" % (item.encode(), key.encode(), result or b"", gates))
    return digest.hexdigest()


def unsettled_items(connection: sqlite3.Connection, node: str, attempts: int, *, failed_before: str = "") -> list[str]:
    """Return a node's items that are to be tried again.

    Args:
        connection: The ledger.
        node: The node.
        attempts: Attempts an item may have.
        failed_before: Count failures of sessions other than this one too; empty leaves failures be.
    """
    rows = connection.execute(
        "SELECT item FROM items WHERE node = ? AND ((status IN ('pending', 'rejected') AND attempt < ?) "
        "OR (status = 'failed' AND ? != '' AND instr(CAST(provenance AS TEXT), ?) = 0))",
        (node, attempts, failed_before, failed_before),
    )
    return [item for (item,) in rows]


def count_earlier(connection: sqlite3.Connection, node: str, session: str) -> int:
    """Return how many of a node's accepted results other sessions made."""
    row = connection.execute(
        "SELECT count(*) FROM items WHERE node = ? AND status = 'accepted' AND instr(CAST(provenance AS TEXT), ?) = 0",
        (node, session),
    ).fetchone()
    return int(row[0])


def verdict_history(connection: sqlite3.Connection, node: str, item: str) -> list[tuple[int, str, list[str]]]:
    """Return attempt, status and reasons of every verdict an item was given."""
    rows = connection.execute(
        "SELECT attempt, status, reasons FROM verdicts WHERE node = ? AND item = ? ORDER BY number", (node, item)
    )
    return [(attempt, status, orjson.loads(reasons)) for attempt, status, reasons in rows]


def _item(row: tuple[Any, ...]) -> WorkItem:
    return WorkItem(
        node=row[0],
        item=row[1],
        base_key=row[2],
        key=row[3],
        attempt=row[4],
        status=row[5],
        reasons=tuple(orjson.loads(row[6])),
        keep=None if row[7] is None else orjson.loads(row[7]),
        result=None if row[8] is None else orjson.loads(row[8]),
        gates=orjson.loads(row[9]),
        checks=row[10],
        provenance=orjson.loads(row[11]),
    )
