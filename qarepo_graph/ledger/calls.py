"""Requests and replies: what was sent, what came back, and what it cost."""

from __future__ import annotations

import dataclasses
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

import orjson

from qarepo_graph.llm.backend import Reply, Usage

_REPLY_FIELDS = tuple(field.name for field in dataclasses.fields(Reply))


def mark_sent(connection: sqlite3.Connection, key: str, node: str, item: str, attempt: int, session: str) -> int:
    """Write that a request is about to leave; return its number. Committed before the socket is written."""
    cursor = connection.execute(
        "INSERT INTO requests (key, node, item, try, session, sent_at, state) VALUES (?, ?, ?, ?, ?, ?, 'sent')",
        (key, node, item, attempt, session, time.time()),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def mark_failed(connection: sqlite3.Connection, number: int, error: str) -> None:
    """Write that a request brought no usable reply."""
    connection.execute("UPDATE requests SET state = 'failed', error = ? WHERE number = ?", (error[:500], number))


def store_reply(
    connection: sqlite3.Connection, number: int, key: str, node: str, session: str, reply: Reply, usd: float | None
) -> None:
    """Write a raw reply and its usage, before anything is made of it."""
    usage = reply.usage
    connection.execute(
        "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            node,
            session,
            reply.text,
            _apart_from_text(reply),
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.cached_tokens,
            usd,
            time.time(),
        ),
    )
    connection.execute("UPDATE requests SET state = 'answered' WHERE number = ?", (number,))


def _apart_from_text(reply: Reply) -> bytes:
    """Return a reply's record; its text has a column of its own."""
    record = {name: getattr(reply, name) for name in _REPLY_FIELDS}
    return orjson.dumps(record | {"text": ""})


def reply_of(connection: sqlite3.Connection, key: str) -> Reply | None:
    """Return the stored reply of a work key."""
    row = connection.execute("SELECT text, reply FROM replies WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    values = orjson.loads(row[1])
    values["usage"] = Usage(**values["usage"])
    values["text"] = row[0]
    return Reply(**values)


def replied_of(connection: sqlite3.Connection, keys: Sequence[str]) -> set[str]:
    """Return those of the work keys that have a reply."""
    marks = ",".join("?" * len(keys))
    return {key for (key,) in connection.execute(f"SELECT key FROM replies WHERE key IN ({marks})", tuple(keys))}


def store_prompt(connection: sqlite3.Connection, key: str, messages: Sequence[tuple[str, str]]) -> None:
    """Keep a rendered prompt (``--keep-prompts``)."""
    connection.execute("INSERT OR IGNORE INTO prompts VALUES (?, ?)", (key, orjson.dumps(list(messages))))


def usage_by_node(connection: sqlite3.Connection, session: str = "") -> dict[str, dict[str, float]]:
    """Return requests, tokens and cost by node, of one session or of all."""
    rows = connection.execute(
        "SELECT node, count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens), sum(usd) FROM replies "
        "WHERE ? = '' OR session = ? GROUP BY node ORDER BY node",
        (session, session),
    )
    names = ("replies", "prompt_tokens", "completion_tokens", "cached_tokens", "usd")
    return {row[0]: {name: value or 0 for name, value in zip(names, row[1:], strict=True)} for row in rows}


def possibly_billed_twice(connection: sqlite3.Connection, session: str = "") -> list[dict[str, Any]]:
    """Return the requests that were sent and never heard of again, other than this session's own."""
    rows = connection.execute(
        "SELECT number, node, item, try, sent_at FROM requests WHERE state = 'sent' AND session != ? ORDER BY number",
        (session,),
    )
    return [dict(zip(("number", "node", "item", "try", "sent_at"), row, strict=True)) for row in rows]
