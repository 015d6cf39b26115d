"""What a stage rests on: as long as none of it changed, only its unsettled items are looked at again.

The key of each item already says whether it must be asked, but to know it the item is rendered: for a second run over
10,000 functions four times the work of parsing them. The ground is one hash over everything those keys are made of.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.engine.node_models import NodeModel
from qarepo_graph.engine.progress import NodeProgress
from qarepo_graph.engine.runs import Run
from qarepo_graph.ledger import work
from qarepo_graph.ledger.snapshot import get_meta, set_meta
from qarepo_graph.llm.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Ground:
    """What a stage rests on, and how it stood when it last was gone through whole.

    Attributes:
        node: The stage's node.
        digest: Hash over snapshot, prompt, model, version, and what else its items' inputs are made of.
        common: Hash over what the inputs of all its items share.
        unsettled: Items that need an attempt, if nothing changed since; None means that each must be looked at.
    """

    node: str
    digest: str
    common: bytes
    unsettled: frozenset[str] | None


async def find_ground(run: Run, prompt: Prompt, model: NodeModel, made_of: Any, *, after: str = "") -> Ground:
    """Return a stage's ground.

    Args:
        run: The run.
        prompt: The stage's prompt.
        model: The stage's model.
        made_of: What its items' inputs hold beside the snapshot, as JSON types.
        after: The node whose results its inputs quote.
    """
    parts = [prompt.node, prompt.sha256, model.identity, __version__, made_of]
    digest = hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS))
    return await run.ledger.arun(partial(_look, run=run, node=prompt.node, digest=digest, after=after))


async def keep_ground(run: Run, ground: Ground) -> None:
    """Note that a stage was gone through whole on this ground."""
    await run.ledger.arun(partial(set_meta, name=f"ground:{ground.node}", value=ground.digest))


async def all_settled(run: Run, ground: Ground, progress: NodeProgress) -> bool:
    """Count the items that need not be looked at again, and say whether these are all."""
    if ground.unsettled is None:
        return False
    counts, earlier = await run.ledger.arun(partial(_counts, node=ground.node, session=run.session))
    progress.accepted, progress.reused = counts.get("accepted", 0), earlier
    progress.skipped = counts.get("skipped", 0)
    if not ground.unsettled:
        progress.rejected, progress.failed = counts.get("rejected", 0), counts.get("failed", 0)
    progress.tell(now=True)
    return not ground.unsettled


def _look(connection: sqlite3.Connection, run: Run, node: str, digest: Any, after: str) -> Ground:
    common = digest.digest()
    digest.update(get_meta(connection, "snapshot_digest").encode())
    if after:
        digest.update(work.results_digest(connection, after).encode())
    found = digest.hexdigest()
    if get_meta(connection, f"ground:{node}") != found:
        return Ground(node, found, common, None)
    again = run.settings.retry_failed or bool(run.settings.dry_run)
    unsettled = work.unsettled_items(
        connection, node, run.settings.attempts, failed_before=run.session if again else ""
    )
    return Ground(node, found, common, frozenset(unsettled))


def _counts(connection: sqlite3.Connection, node: str, session: str) -> tuple[dict[str, int], int]:
    return work.count_items(connection).get(node, {}), work.count_earlier(connection, node, session)
