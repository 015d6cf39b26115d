"""One mechanism for every node that asks a model.

A :class:`Stage` is data: which items, what to ask about one, how to check an answer. :func:`run_stage` does the rest
for all of them: key, look-up, request, strict parse, checks, one re-ask, verdict, progress. Its workers pull items from
one iterator, so memory does not grow with the repository; what is finished is found by its key, so running a stage
twice is harmless and resuming is simply running it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.engine.ground import Ground, keep_ground
from qarepo_graph.engine.node_models import NodeModel
from qarepo_graph.engine.progress import NodeProgress
from qarepo_graph.engine.replies import Replies
from qarepo_graph.engine.runs import Run
from qarepo_graph.ledger import work
from qarepo_graph.ledger.work import Standing, WorkItem
from qarepo_graph.llm.backend import Fault, Reply, Request
from qarepo_graph.llm.faults import TOO_LONG_CODES
from qarepo_graph.llm.prompts import Prompt
from qarepo_graph.llm.structured import ReplyError, parse_reply
from qarepo_graph.schema import ModelReply, StageInputs, Verdict
from qarepo_graph.schema.lean import lean_dataclass

CHECKS = __version__
"""Version of the checks: results judged by another one are judged again from their stored replies, at no cost."""


GRACE_SECONDS = 20.0
"""How long requests in flight may still take after a signal."""

CHUNK = 32
"""Items prepared at a time: their rendering holds the loop for some milliseconds, and they share a look-up."""

LEAST_REPLY = 512
"""Tokens a reply is given at least where prompt and reply share a small window; a description needs about 300."""


@lean_dataclass(frozen=True, slots=True)
class Feedback:
    """What an earlier attempt teaches the next one.

    Attributes:
        reasons: Why it was refused.
        keep: Its good part.
    """

    reasons: tuple[str, ...] = ()
    keep: Any = None


@lean_dataclass(frozen=True, slots=True)
class Item:
    """One piece of work: its name in the ledger and how to make its inputs."""

    id: str
    inputs: Callable[[Feedback], StageInputs]
    where: Mapping[str, Any] = field(default_factory=dict)


@lean_dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked about one item: typed, rendered, and the hash of all that but attempt and length of the reply."""

    inputs: StageInputs
    variables: dict[str, str]
    key: str


@lean_dataclass(frozen=True, slots=True)
class _Task:
    """An item that needs an attempt: which one, and what is known before it.

    Attributes:
        item: The item.
        base_key: Key of what is asked at its first attempt.
        attempt: Number of this attempt, from 1.
        feedback: What the attempts before it taught.
        asked: What is asked now.
    """

    item: Item
    base_key: str
    attempt: int
    feedback: Feedback
    asked: _Asked


def _key(asked: _Asked, attempt: int, max_tokens: int) -> str:
    """Return the key of one request.

    The attempt takes part, so that an answer refused twice for the same reason is not found again as the third.
    """
    return hashlib.sha256(f"{asked.key} {attempt} {max_tokens}".encode()).hexdigest()


@dataclass(slots=True)
class _Fit:
    """How one item was made to fit its model's window.

    Attributes:
        max_tokens: Longest reply asked for.
        cuts: Parts of the context left out.
        key: Key of the last request.
    """

    max_tokens: int
    cuts: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is special about one node that asks a model.

    Attributes:
        node: Its name, in the ledger and in traces.
        prompt: The prompt it renders.
        model: The model it asks.
        output: The schema of its replies.
        pages: The items, in pages.
        variables: Renders typed inputs into the prompt's variables.
        check: Judges a parsed reply; the last argument says that the model has no more to give.
        result: What to keep of an accepted reply (a paraphrase adds the wordings kept from before).
        shorten: Leaves out the least needed part of the context; None when only what is asked about is left.
        title: What a trace calls one request.
        ground: What all of it rests on, where that is known; only its unsettled items are then looked at.
    """

    node: str
    prompt: Prompt
    model: NodeModel
    output: type[ModelReply]
    pages: AsyncIterator[list[Item]]
    variables: Callable[[Any], dict[str, str]]
    check: Callable[[Any, Any, bool], Verdict]
    result: Callable[[Any, Any], ModelReply] = lambda reply, _: reply
    shorten: Callable[[Any], Any | None] = lambda _: None
    title: Callable[[Any], str]
    ground: Ground | None = None


async def run_stage(stage: Stage, run: Run, progress: NodeProgress) -> None:
    """Bring every item of a stage to an outcome, ``concurrency`` at a time.

    Raises:
        ProviderError: When the provider or a limit ends the run; what was in flight is finished and saved first.
        InterruptedRunError: After a signal, likewise.
        StorageError: When the ledger cannot be written; no further request is sent then.
    """
    engine = _Engine(stage, run, progress)
    workers = [asyncio.create_task(engine.work()) for _ in range(run.settings.concurrency)]
    try:
        await _finished(workers, run)
    finally:
        for worker in workers:
            worker.cancel()
        outcomes = await asyncio.gather(*workers, return_exceptions=True)
    progress.tell(now=True)
    run.raise_if_stopped()
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    if stage.ground is not None:
        await keep_ground(run, stage.ground)


async def _finished(workers: list[asyncio.Task[None]], run: Run) -> None:
    """Wait for the workers; after a signal, only as long as a request in flight may still take."""
    deadline = math.inf
    pending = set(workers)
    while pending and time.monotonic() < deadline:
        _, pending = await asyncio.wait(pending, timeout=0.5)
        if run.stop_signal and deadline == math.inf:
            deadline = time.monotonic() + GRACE_SECONDS


class _Engine:
    """A stage being run: the shared iterator and what its workers have in common."""

    def __init__(self, stage: Stage, run: Run, progress: NodeProgress) -> None:
        self.stage = stage
        self.run = run
        self.progress = progress
        self._chunks = self._unfinished()
        self._ready: deque[_Task] = deque()
        constant = [stage.node, stage.prompt.sha256, stage.model.identity]
        self._constant_hash = hashlib.sha256(orjson.dumps(constant, option=orjson.OPT_SORT_KEYS))
        self._reading = asyncio.Lock()
        self._replies = Replies(stage.node, stage.model, run, progress)
        self._made_by = {
            "prompt": stage.prompt.reference,
            "prompt_sha256": stage.prompt.sha256,
            "model": stage.model.spec,
            "parameters": dict(stage.model.identity),
            "session": run.session,
        }
        self._tags = (stage.node, f"prompt:{stage.prompt.reference}", f"model:{stage.model.spec}")

    async def work(self) -> None:
        """Take items until there are none, or somebody failed, or the run is to stop."""
        while not self.run.stopping:
            task = await self._next()
            if task is None:
                return
            try:
                await self._attempt(task)
            except Exception as error:
                # The others finish what they have in flight, save it, and send nothing more.
                self.run.error = self.run.error or error
                raise

    async def _next(self) -> _Task | None:
        """Return the next item that needs an attempt, None when there are no more."""
        while not self._ready:
            async with self._reading:
                if not self._ready:
                    chunk = await anext(self._chunks, None)
                    if chunk is None:
                        return None
                    self._ready.extend(chunk)
        return self._ready.popleft()

    async def _unfinished(self) -> AsyncIterator[list[_Task]]:
        """Yield the items that need an attempt, some at a time, with what to ask and what an earlier attempt taught.

        Which of their replies the ledger holds already is looked up for all of them at once.
        """
        ground = self.stage.ground
        only = None if ground is None else ground.unsettled
        async for whole_page in self.stage.pages:
            page = whole_page if only is None else [item for item in whole_page if item.id in only]
            if not page:
                continue
            ids = [item.id for item in page]
            look = partial(work.standings_of, node=self.stage.node, ids=ids, session=self.run.session)
            known = await self.run.ledger.arun(look)
            for start in range(0, len(page), CHUNK):
                chunk = page[start : start + CHUNK]
                tasks = [task for item in chunk if (task := self._task(item, known.get(item.id))) is not None]
                if tasks:
                    longest = self.run.settings.max_tokens
                    await self._replies.look_up([_key(task.asked, task.attempt, longest) for task in tasks])
                yield tasks

    def _task(self, item: Item, before: Standing | None) -> _Task | None:
        """Return the attempt an item needs; one that needs none is counted."""
        asked = self._asked(item.inputs(Feedback()))
        if before is None or self._starts_anew(before, asked.key):
            return _Task(item, asked.key, 1, Feedback(), asked)
        if before.status in ("pending", "rejected") and before.attempt < self.run.settings.attempts:
            feedback = Feedback(before.reasons, before.keep)
            asked = self._asked(item.inputs(feedback))
            return _Task(item, before.base_key, before.attempt + 1, feedback, asked)
        self.progress.add(before.status, reused=before.status == "accepted" and before.earlier)
        return None

    def _starts_anew(self, before: Standing, base_key: str) -> bool:
        """Say whether an item's inputs or checks changed, or a failed one is to be tried once more."""
        again = self.run.settings.retry_failed or bool(self.run.settings.dry_run)
        retried = before.status == "failed" and again and before.earlier
        return before.base_key != base_key or before.checks != CHECKS or retried

    def _asked(self, inputs: Any) -> _Asked:
        """Render typed inputs, with the key of what is asked: sha256 of exactly what determines the reply."""
        variables = self.stage.variables(inputs)
        key = self._constant_hash.copy()
        key.update(orjson.dumps(variables, option=orjson.OPT_SORT_KEYS))
        return _Asked(inputs, variables, key.hexdigest())

    async def _attempt(self, task: _Task) -> None:
        """Ask, with one re-ask for what a model can mend at once, and write the verdict."""
        item, feedback, asked = task.item, task.feedback, task.asked
        fit = _Fit(self.run.settings.max_tokens)
        verdict, result, reply = Verdict(accepted=False), None, None
        for last in (False, True):
            try:
                inputs, reply = await self._ask(item, asked, fit, task.attempt)
            except Fault as fault:
                self._settle(task, Verdict(accepted=False, reasons=(str(fault),)), fit.key, fault=fault)
                return
            try:
                parsed = parse_reply(reply, self.stage.output)
            except ReplyError as error:
                if error.code == "filtered":  # the provider's own refusal: the same words bring it again
                    refused = Verdict(accepted=False, reasons=(str(error),))
                    given_up = Fault("item", error.code, str(error))
                    self._settle(task, refused, fit.key, reply=reply, fault=given_up)
                    return
                verdict = Verdict(
                    accepted=False, reasons=(str(error),), gates={"structure": error.code}, keep=feedback.keep
                )
                if error.code == "truncated":
                    fit.max_tokens *= 2
            else:
                verdict = self.stage.check(parsed, inputs, reply.exhausted)
                result = self.stage.result(parsed, inputs)
            # Within one attempt only shape is mended: a broken reply, or too few of a list. The rest goes round.
            if verdict.accepted or last or ("structure" not in verdict.gates and verdict.keep is None):
                break
            feedback = Feedback(verdict.reasons, verdict.keep)
            inputs = item.inputs(feedback)
            for _ in range(fit.cuts):
                inputs = self.stage.shorten(inputs) or inputs
            asked = self._asked(inputs)
        assert reply is not None
        self._settle(task, verdict, fit.key, result=result if verdict.accepted else None, reply=reply)

    async def _ask(self, item: Item, asked: _Asked, fit: _Fit, attempt: int) -> tuple[Any, Reply]:
        """Return an item's inputs and their reply; what does not fit the model's window is made shorter and asked anew.

        Raises:
            Fault: When there is no reply to be had, or the bare function is too long.
        """
        while True:
            fit.key = _key(asked, attempt, fit.max_tokens)
            try:
                request = partial(self._request, item, asked, fit.max_tokens, attempt)
                return asked.inputs, await self._replies.obtain(fit.key, item.id, attempt, request)
            except Fault as fault:
                if fault.code == "no_room" and fit.max_tokens > LEAST_REPLY:
                    fit.max_tokens = max(LEAST_REPLY, fit.max_tokens // 2)
                    continue
                shorter = self.stage.shorten(asked.inputs) if fault.code in TOO_LONG_CODES else None
                if shorter is None:
                    raise
                asked = self._asked(shorter)
                fit.cuts += 1

    def _settle(
        self,
        task: _Task,
        verdict: Verdict,
        key: str,
        *,
        result: ModelReply | None = None,
        reply: Reply | None = None,
        fault: Fault | None = None,
    ) -> None:
        status: work.ItemStatus = "accepted" if verdict.accepted else "pending"
        if fault is not None:
            status = "skipped" if fault.code == "exhausted" else "failed"
        elif not verdict.accepted and task.attempt >= self.run.settings.attempts:
            status = "rejected"
        settled = WorkItem(
            node=self.stage.node,
            item=task.item.id,
            base_key=task.base_key,
            key=key,
            attempt=task.attempt,
            status=status,
            reasons=verdict.reasons,
            keep=verdict.keep,
            result=None if result is None else result.model_dump(),
            gates=verdict.gates | ({fault.code: "fault"} if fault else {}),
            checks=CHECKS,
            provenance={
                **self._made_by,
                "method": reply.method if reply else "",
                "finish_reason": reply.finish_reason if reply else "",
            },
        )
        # Not waited for: the reply is safe, and a verdict lost in a crash is given again from it at no cost.
        self.run.ledger.post(partial(work.settle, item=settled))
        self.progress.add(status)

    def _request(self, item: Item, asked: _Asked, max_tokens: int, attempt: int) -> Request:
        stage = self.stage
        return Request(
            name=stage.title(asked.inputs),
            messages=stage.prompt.render(asked.variables),
            output=stage.output,
            inputs=asked.inputs,
            tags=self._tags,
            metadata={
                "run_id": self.run.session,
                "item": item.id,
                "attempt": attempt,
                "prompt_sha256": stage.prompt.sha256,
                **item.where,
            },
            max_tokens=max_tokens,
        )
