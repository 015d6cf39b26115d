"""One question to a provider on loopback, and the messages that must arrive there."""

from __future__ import annotations

from typing import Any

from qarepo_graph.llm.backend import Reply, Request
from qarepo_graph.llm.caller import Caller
from qarepo_graph.llm.chat import ChatBackend
from qarepo_graph.llm.limiter import Limiter
from tests.faults.helpers import request_for

SYSTEM, USER = "Answer in json.", "What is `f`?"
MESSAGES = [{"content": SYSTEM, "role": "system"}, {"content": USER, "role": "user"}]


def ordered(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"content": message["content"], "role": message["role"]} for message in body["messages"]]


async def ask(backend: ChatBackend, request: Request | None = None) -> Reply:
    async def before(_ordinal: int) -> None:
        return

    try:
        return await Caller(backend, Limiter(4)).call(request or request_for(USER, SYSTEM), before)
    finally:
        await backend.aclose()
