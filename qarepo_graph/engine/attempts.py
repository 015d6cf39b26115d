"""Which items of a stage need an attempt, and what is asked in it.

An item's key says what determines its reply: prompt, model, rendered inputs. What has a verdict for its key is not
asked again. To know the key an item is rendered; where a node says what its inputs are made of, a hash over that
tells at a tenth of the cost that nothing changed, and that something changed which a check sees though the prompt does
not.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.engine.progress import NodeProgress
from qarepo_graph.engine.runs import Run
from qarepo_graph.engine.stage import Feedback, Item, Stage
from qarepo_graph.ledger import work
from qarepo_graph.ledger.work import Standing
from qarepo_graph.schema import StageInputs
from qarepo_graph.schema.lean import lean_dataclass

CHECKS = __version__
"""Version of the checks: results judged by another one are judged again from their stored replies, at no cost."""

CHUNK = 32
"""Items prepared at a time: their rendering holds the loop for some milliseconds, and they share a look-up."""


@lean_dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about one item: typed, rendered, and the hash of all that but attempt and length of the reply."""

    inputs: StageInputs
    variables: dict[str, str]
    key: str


@lean_dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that an item needs: which one, and what is known before it.

    Attributes:
        item: The item.
        base_key: Key of what is asked at its first attempt.
        number: Which of the item's attempts, from 1.
        feedback: What the attempts before it taught.
        asked: What is asked now.
        made_of: Hash over what its inputs are made of.
    """

    item: Item
    base_key: str
    number: int
    feedback: Feedback
    asked: Asked
    made_of: bytes


def request_key(asked: Asked, attempt: int, max_tokens: int) -> str:
    """Return the key of one request.

    The attempt takes part, so that an answer refused twice for the same reason is not found again as the third.
    """
    return hashlib.sha256(f"{asked.key} {attempt} {max_tokens}".encode()).hexdigest()


class Attempts:
    """The attempts that a stage's items need.

    Args:
        stage: The stage.
        run: The run whose ledger says where items stand.
        progress: Counts the items that need none.
    """

    def __init__(self, stage: Stage, run: Run, progress: NodeProgress) -> None:
        self._stage = stage
        self._run = run
        self._progress = progress
        constant = [stage.node, stage.prompt.sha256, stage.model.identity]
        self._constant_hash = hashlib.sha256(orjson.dumps(constant, option=orjson.OPT_SORT_KEYS))

    async def chunks(self) -> AsyncIterator[list[Attempt]]:
        """Yield the attempts, some at a time."""
        ground = self._stage.ground
        only = None if ground is None else ground.unsettled
        async for whole_page in self._stage.pages:
            page = whole_page if only is None else [item for item in whole_page if item.id in only]
            if not page:
                continue
            ids = [item.id for item in page]
            look = partial(work.standings_of, node=self._stage.node, ids=ids, session=self._run.session)
            known = await self._run.ledger.arun(look)
            for start in range(0, len(page), CHUNK):
                chunk = page[start : start + CHUNK]
                yield [one for item in chunk if (one := self._attempt(item, known.get(item.id))) is not None]

    def _attempt(self, item: Item, before: Standing | None) -> Attempt | None:
        """Return the attempt an item needs; one that needs none is counted."""
        made_of = self._made_of(item)
        if before is None or not self._stands(before) or before.made_of != made_of:
            # Where what is asked is the same after all, the reply is found: it is judged anew, for a check sees more.
            asked = self.asked(item.inputs(Feedback()))
            return Attempt(item, asked.key, 1, Feedback(), asked, made_of)
        if not made_of:
            asked = self.asked(item.inputs(Feedback()))
            if before.base_key != asked.key:
                return Attempt(item, asked.key, 1, Feedback(), asked, made_of)
        if before.status in ("pending", "rejected") and before.attempt < self._run.settings.attempts:
            feedback = Feedback(before.reasons, before.keep)
            asked = self.asked(item.inputs(feedback))
            return Attempt(item, before.base_key, before.attempt + 1, feedback, asked, made_of)
        self._progress.add(before.status, reused=before.status == "accepted" and before.earlier)
        return None

    def _stands(self, before: Standing) -> bool:
        """Say whether these checks gave an item's verdict, and it is no failure to be tried once more."""
        again = self._run.settings.retry_failed or bool(self._run.settings.dry_run)
        retried = before.status == "failed" and again and before.earlier
        return before.checks == CHECKS and not retried

    def _made_of(self, item: Item) -> bytes:
        """Return a hash over all that an item's inputs are made of; it costs a tenth of rendering them."""
        if not item.made_of or self._stage.ground is None:
            return b""
        return hashlib.sha256(self._stage.ground.common + item.made_of).digest()

    def asked(self, inputs: Any) -> Asked:
        """Render typed inputs, with the key of what is asked: sha256 of exactly what determines the reply."""
        variables = self._stage.variables(inputs)
        key = self._constant_hash.copy()
        key.update(orjson.dumps(variables, option=orjson.OPT_SORT_KEYS))
        return Asked(inputs, variables, key.hexdigest())
