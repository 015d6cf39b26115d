"""A reply for a key: found in the ledger, shared with a twin under way, or bought. Never bought twice.

The order of the commits is the promise: ``sent`` before the socket is written, the raw reply before it is read. A
crash between the two leaves exactly the requests that may have been billed for nothing, and the ledger lists them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from qarepo_graph.engine.node_models import NodeModel
from qarepo_graph.engine.progress import NodeProgress
from qarepo_graph.engine.runs import Run
from qarepo_graph.ledger import calls
from qarepo_graph.llm.backend import Reply, Request


class Replies:
    """The replies of one stage.

    Args:
        node: The stage's node, as the ledger names it.
        model: The model asked.
        run: The run that pays.
        progress: The stage's counters.
    """

    def __init__(self, node: str, model: NodeModel, run: Run, progress: NodeProgress) -> None:
        self._node = node
        self._model = model
        self._run = run
        self._progress = progress
        self._warming = asyncio.Lock()
        self._cold = model.warm_first
        self._absent: set[str] = set()

    async def look_up(self, keys: Sequence[str]) -> None:
        """Note which of the keys have no reply yet, so that asking for these need not look again."""
        known = await self._run.ledger.arun(partial(calls.replied_of, keys=keys))
        self._absent.update(key for key in keys if key not in known)

    async def obtain(self, key: str, item: str, attempt: int, request: Callable[[], Request]) -> Reply:
        """Return the reply of a key.

        Args:
            key: What determines the reply.
            item: The piece of work it is for.
            attempt: Which of the item's attempts.
            request: Makes the request, if it has to be bought.

        Raises:
            Fault: When there is no reply to be had.
            ProviderError: When the run must stop.
            LimitError: When the request would cross a limit.
        """
        under_way = self._run.under_way
        twin = under_way.get(key)
        if twin is not None:
            return await asyncio.shield(twin)
        found: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        under_way[key] = found
        try:
            reply = await self._found(key)
            if reply is None:
                reply = await self._buy(key, item, attempt, request())
            found.set_result(reply)
            return reply
        except BaseException as error:
            found.set_exception(error)
            found.exception()  # a twin may or may not be waiting; an unheard copy must not warn
            raise
        finally:
            del under_way[key]

    async def _found(self, key: str) -> Reply | None:
        """Return the ledger's reply of a key; what :meth:`look_up` missed is still missing, but only once."""
        if key in self._absent:
            self._absent.remove(key)
            return None
        return await self._run.ledger.arun(partial(calls.reply_of, key=key))

    async def _buy(self, key: str, item: str, attempt: int, request: Request) -> Reply:
        """Send a request and pay for its reply."""
        run, node = self._run, self._node
        sent: list[int] = []

        async def before_send(_: int) -> None:
            run.raise_if_stopped()
            run.check_limits()
            if sent:
                run.ledger.post(partial(calls.mark_failed, number=sent[-1], error="tried again"))
            run.meter.requests += 1
            mark = partial(calls.mark_sent, key=key, node=node, item=item, attempt=attempt, session=run.session)
            number = await run.ledger.arun(mark)
            self._progress.in_flight += not sent
            sent.append(number)

        try:
            reply = await self._call(request, before_send)
        except BaseException as error:
            if sent and not isinstance(error, asyncio.CancelledError):
                run.ledger.post(partial(calls.mark_failed, number=sent[-1], error=str(error)))
            raise
        finally:
            self._progress.in_flight -= bool(sent)
        # Counted and queued before anybody else comes to: whoever takes this one's place in flight finds it paid, and
        # commits its `sent` with or after this reply. So at a kill no more than `concurrency` stand open.
        usd = self._model.price(reply.usage)
        run.meter.count(reply, usd)
        run.limiter.paid(usd)
        await run.ledger.arun(
            partial(calls.store_reply, number=sent[-1], key=key, node=node, session=run.session, reply=reply, usd=usd)
        )
        if run.settings.keep_prompts:
            pairs = [(message.role, message.content) for message in request.messages]
            run.ledger.post(partial(calls.store_prompt, key=key, messages=pairs))
        return reply

    async def _call(self, request: Request, before_send: Callable[[int], Awaitable[None]]) -> Reply:
        """Send the request; where cached prompt tokens are cheaper, the stage's first one goes alone."""
        caller = self._model.caller
        if self._cold:
            async with self._warming:
                if self._cold:
                    reply = await caller.call(request, before_send)
                    self._cold = False
                    return reply
        return await caller.call(request, before_send)
