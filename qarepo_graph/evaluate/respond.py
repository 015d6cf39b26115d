"""Free-text answers of a model server, for scoring: the prompt as it is, greedy, a few at once.

Not the engine that makes datasets: nothing is bought twice or kept here, and the reply is no JSON.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

import tenacity
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.backend import Fault
from qarepo_graph.llm.clients import Client, open_client
from qarepo_graph.llm.faults import fault_of_exception
from qarepo_graph.llm.ladder import Plan
from qarepo_graph.llm.profiles import find_profile

_TRIES = 4
_LONGEST_WAIT = 60.0
_ROLES: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
_THINKING = re.compile(r"^\s*<think>.*?</think>\s*", re.DOTALL)


async def ask_server(
    model: str,
    prompts: Sequence[Sequence[Mapping[str, str]]],
    *,
    base_url: str = "",
    profiles: Mapping[str, Mapping[str, Any]] | None = None,
    max_new_tokens: int = 1024,
    concurrency: int = 8,
    request_seconds: float = 180.0,
    allow_http: bool = False,
    use_proxy: bool = False,
) -> list[str]:
    """Return one answer per chat prompt, in order; a prompt the server has no answer to gets a blank one.

    Args:
        model: ``provider:name``.
        prompts: Chat messages each.
        base_url: Instead of the provider's own.
        profiles: The user's own profiles.
        max_new_tokens: Longest answer.
        concurrency: Requests in flight.
        request_seconds: Deadline of one request.
        allow_http: Allow plain http to other machines.
        use_proxy: Follow the ``*_PROXY`` environment variables.

    Raises:
        SettingsError: The name, address or key cannot work.
        ProviderError: The server refuses everything: key, model name, balance, outage.
    """
    provider, _, name = model.partition(":")
    profile = find_profile(provider, profiles)
    client = open_client(
        profile,
        name,
        base_url=base_url,
        connections=concurrency,
        seconds=request_seconds,
        allow_http=allow_http,
        use_proxy=use_proxy,
    )
    body = {**profile.body, "temperature": 0, profile.limit_parameter: max_new_tokens}
    plan = Plan("text", body, stream=False, state=0)
    gate = asyncio.Semaphore(concurrency)

    async def answer(prompt: Sequence[Mapping[str, str]]) -> str:
        async with gate:
            return await _answer(client, prompt, plan)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(answer(prompt)) for prompt in prompts]
    except* Fault as faults:
        fault = faults.exceptions[0]
        said = client.scrub(str(fault)).rstrip(".")
        msg = f"{model} does not answer ({said}); check its name, key and address."
        raise ProviderError(msg) from fault
    finally:
        await client.aclose()
    return [task.result() for task in tasks]


async def _answer(client: Client, prompt: Sequence[Mapping[str, str]], plan: Plan) -> str:
    messages = [_ROLES[turn["role"]](turn["content"]) for turn in prompt]
    async for attempt in tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(_TRIES),
        wait=_wait,
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, Fault) and error.action in _AGAIN),
        reraise=True,
    ):
        with attempt:
            try:
                reply = await client.send(messages, plan, {})
            except Exception as error:
                fault = error if isinstance(error, Fault) else fault_of_exception(error)
                if fault.action == "item":
                    return ""
                raise fault from error
    return _THINKING.sub("", str(reply.text)).strip()


_AGAIN = frozenset({"retry", "pause"})


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, Fault) else 0.0
    return min(_LONGEST_WAIT, max(asked, 2.0**state.attempt_number / 2))
