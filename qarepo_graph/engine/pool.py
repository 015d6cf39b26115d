"""One mechanism for every node that asks a model.

:func:`run_stage` does for all stages: key, look-up, request, strict parse, checks, one re-ask, verdict, progress. Its
workers pull items from one iterator, so memory does not grow with the repository; what is finished is found by its key,
so running a stage twice is harmless and resuming is simply running it again.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any

from qarepo_graph.engine.attempts import CHECKS, Asked, Attempt, Attempts, request_key
from qarepo_graph.engine.ground import keep_ground
from qarepo_graph.engine.progress import NodeProgress
from qarepo_graph.engine.replies import Replies
from qarepo_graph.engine.runs import Run
from qarepo_graph.engine.stage import Feedback, Item, Stage
from qarepo_graph.ledger import work
from qarepo_graph.ledger.work import WorkItem
from qarepo_graph.llm.backend import Fault, Reply, Request
from qarepo_graph.llm.faults import TOO_LONG_CODES
from qarepo_graph.llm.structured import ReplyError, parse_reply
from qarepo_graph.schema import ModelReply, Verdict

GRACE_SECONDS = 20.0
"""How long requests in flight may still take after a signal."""

WORKERS_PER_REQUEST = 2
"""Workers per request in flight: while one waits for its reply, another writes down and judges the reply before it and
prepares the request after it. With one, 1,201 calls, 64 in flight at .5 s, took 11.0 s, with two 10.8."""

LEAST_REPLY = 512
"""Tokens a reply is given at least where prompt and reply share a small window; a description needs about 300."""


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


async def run_stage(stage: Stage, run: Run, progress: NodeProgress) -> None:
    """Bring every item of a stage to an outcome, with at most ``concurrency`` requests in flight (the run's limiter).

    Raises:
        ProviderError: When the provider or a limit ends the run; what was in flight is finished and saved first.
        InterruptedRunError: After a signal, likewise.
        StorageError: When the ledger cannot be written; no further request is sent then.
    """
    pool = _Pool(stage, run, progress)
    workers = [asyncio.create_task(pool.work()) for _ in range(WORKERS_PER_REQUEST * run.settings.concurrency)]
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


class _Pool:
    """A stage being run: the shared iterator and what its workers have in common."""

    def __init__(self, stage: Stage, run: Run, progress: NodeProgress) -> None:
        self.stage = stage
        self.run = run
        self.progress = progress
        self._attempts = Attempts(stage, run, progress)
        self._chunks = self._attempts.chunks()
        self._ready: deque[Attempt] = deque()
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
            attempt = await self._next()
            if attempt is None:
                return
            try:
                await self._make(attempt)
            except Exception as error:
                # The others finish what they have in flight, save it, and send nothing more.
                self.run.error = self.run.error or error
                raise

    async def _next(self) -> Attempt | None:
        """Return the next attempt, None when there are no more."""
        while not self._ready:
            async with self._reading:
                if not self._ready:
                    chunk = await anext(self._chunks, None)
                    if chunk is None:
                        return None
                    if chunk:
                        longest = self.run.settings.max_tokens
                        await self._replies.look_up([request_key(one.asked, one.number, longest) for one in chunk])
                    self._ready.extend(chunk)
        return self._ready.popleft()

    async def _make(self, attempt: Attempt) -> None:
        """Ask, with one re-ask for what a model can mend at once, and write the verdict."""
        item, feedback, asked = attempt.item, attempt.feedback, attempt.asked
        fit = _Fit(self.run.settings.max_tokens)
        verdict, result, reply = Verdict(accepted=False), None, None
        for last in (False, True):
            try:
                inputs, reply = await self._ask(item, asked, fit, attempt.number)
            except Fault as fault:
                self._settle(attempt, Verdict(accepted=False, reasons=(str(fault),)), fit.key, fault=fault)
                return
            try:
                parsed = parse_reply(reply, self.stage.output)
            except ReplyError as error:
                if error.code == "filtered":  # the provider's own refusal: the same words bring it again
                    refused = Verdict(accepted=False, reasons=(str(error),))
                    given_up = Fault("item", error.code, str(error))
                    self._settle(attempt, refused, fit.key, reply=reply, fault=given_up)
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
            asked = self._attempts.asked(inputs)
        assert reply is not None
        self._settle(attempt, verdict, fit.key, result=result if verdict.accepted else None, reply=reply)

    async def _ask(self, item: Item, asked: Asked, fit: _Fit, attempt: int) -> tuple[Any, Reply]:
        """Return an item's inputs and their reply; what does not fit the model's window is made shorter and asked anew.

        Raises:
            Fault: When there is no reply to be had, or the bare function is too long.
        """
        while True:
            fit.key = request_key(asked, attempt, fit.max_tokens)
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
                asked = self._attempts.asked(shorter)
                fit.cuts += 1

    def _settle(
        self,
        attempt: Attempt,
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
        elif not verdict.accepted and attempt.number >= self.run.settings.attempts:
            status = "rejected"
        settled = WorkItem(
            node=self.stage.node,
            item=attempt.item.id,
            base_key=attempt.base_key,
            key=key,
            attempt=attempt.number,
            status=status,
            reasons=verdict.reasons,
            keep=verdict.keep,
            result=None if result is None else result.model_dump(),
            gates=verdict.gates | ({fault.code: "fault"} if fault else {}),
            checks=CHECKS,
            made_of=attempt.made_of,
            provenance={
                **self._made_by,
                "method": reply.method if reply else "",
                "finish_reason": reply.finish_reason if reply else "",
            },
        )
        # Not waited for: the reply is safe, and a verdict lost in a crash is given again from it at no cost.
        self.run.ledger.post(partial(work.settle, item=settled))
        self.progress.add(status)

    def _request(self, item: Item, asked: Asked, max_tokens: int, attempt: int) -> Request:
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
