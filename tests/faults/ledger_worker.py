"""A process that buys, judges and publishes as a stage does, small enough to be killed at every system call.

``python -m tests.faults.ledger_worker FOLDER`` does what is left to do in FOLDER: for each item look it up, commit
``sent``, buy (a line in ``bought``, the seller's own books), commit the reply, commit the verdict; then put
``rows.jsonl`` in its place. It goes through the product's own ledger, lock and publication, one item at a time.
"""

from __future__ import annotations

import os
import sys
import uuid
from functools import partial
from pathlib import Path

import orjson

from qarepo_graph.dataset.publish import Publication
from qarepo_graph.errors import QarepoError
from qarepo_graph.ledger import RunLock, calls, make_private, open_ledger, work
from qarepo_graph.ledger.work import WorkItem
from qarepo_graph.llm.backend import Reply

ITEMS = tuple(f"item{number}" for number in range(4))


def buy(folder: Path, item: str) -> str:
    """Pay for an item: the seller notes it, whatever becomes of us afterwards."""
    books = os.open(folder / "bought", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.pwritev(books, [f"{item}\n".encode()], 0)  # no call that a test counts
    os.close(books)
    return f"answer to {item} " + "x" * 2000


def finish(folder: Path) -> None:
    """Do everything that is left to do."""
    make_private(folder / "run")
    lock = RunLock(folder / "run")
    lock.acquire()
    ledger = open_ledger(folder / "run")
    session = uuid.uuid4().hex
    for item in ITEMS:
        standing = ledger.run(partial(work.item_of, node="describe", item=item))
        if standing is not None:
            continue
        key = f"key of {item}"
        reply = ledger.run(partial(calls.reply_of, key=key))
        if reply is None:
            sent = partial(calls.mark_sent, key=key, node="describe", item=item, attempt=1, session=session)
            number = ledger.run(sent)
            reply = Reply(text=buy(folder, item))
            stored = partial(
                calls.store_reply, number=number, key=key, node="describe", session=session, reply=reply, usd=None
            )
            ledger.run(stored)
        accepted = WorkItem(
            node="describe", item=item, base_key=key, key=key, attempt=1, status="accepted", result=reply.text
        )
        ledger.run(partial(work.settle, item=accepted))
    rows = ledger.run(partial(work.items_with_status, node="describe", statuses=("accepted",)))
    with Publication(folder / "manifest.json") as publication:
        file = publication.open(folder / "rows.jsonl")
        for row in rows:
            file.add(orjson.dumps([row.item, row.result]))
        publication.commit({})
    ledger.close()
    lock.release()


if __name__ == "__main__":
    try:
        finish(Path(sys.argv[1]))
    except QarepoError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
