"""Send requests through caller and backend at a quick pace, and say how each one ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.backend import Fault, Message, Reply, Request
from qarepo_graph.llm.caller import Caller, CallEvent, Pace
from qarepo_graph.llm.chat import open_backend
from qarepo_graph.llm.limiter import Limiter
from qarepo_graph.schema import Function, ParaphraseInputs, Questions
from qarepo_graph.schema.reply import Description
from tests.faults.server import Script

GOOD = '{"questions": ["How does `f` work?"]}'
QUICK = Pace(attempts=4, first=0.01, longest=0.05, probe=0.05, opens_after=3, pauses=8)

_FUNCTION = Function(
    id="a.py::f",
    name="f",
    qualified_name="f",
    language="python",
    kind="function",
    file="a.py",
    start_line=1,
    end_line=2,
    name_line=1,
    signature="def f()",
    docstring="",
    code="def f():\n    return 1\n",
    code_hash="0" * 64,
)
_DESCRIPTION = Description.model_validate(
    {"description": "`f` returns 1.", "logic_steps": [{"text": "Return `1`.", "start_line": 2, "end_line": 2}]}
)


def request_for(text: str = "What is `f`?", system: str = "Answer in json.", max_tokens: int = 256) -> Request:
    inputs = ParaphraseInputs(function=_FUNCTION, description=_DESCRIPTION, language="en", count=1)
    messages = (Message("system", system), Message("user", text))
    return Request(name="paraphrase f", messages=messages, output=Questions, inputs=inputs, max_tokens=max_tokens)


@dataclass
class Run:
    """What became of some requests: a ``Reply`` or the exception of each, in the order asked."""

    ends: list[Reply | Exception] = field(default_factory=list)
    sent: list[tuple[str, int]] = field(default_factory=list)
    events: list[CallEvent] = field(default_factory=list)

    @property
    def end(self) -> Any:
        """The only request's end."""
        assert len(self.ends) == 1
        return self.ends[0]


async def send(
    url: str,
    texts: list[str] | None = None,
    *,
    model: str = "openai-compatible:tiny",
    pace: Pace = QUICK,
    concurrency: int = 4,
    rpm: int = 0,
    tpm: int = 0,
    seconds: float = 5.0,
    max_outage: float = 60.0,
    **options: Any,
) -> Run:
    """Ask all the texts at once."""
    run = Run()
    backend = open_backend(model, base_url=url, request_seconds=seconds, temperature=0.5, **options)
    caller = Caller(
        backend, Limiter(concurrency, rpm, tpm), max_outage=max_outage, on_event=run.events.append, pace=pace
    )

    async def one(text: str) -> Reply | Exception:
        async def before(ordinal: int) -> None:
            run.sent.append((text, ordinal))

        try:
            return await caller.call(request_for(text), before)
        except (Fault, ProviderError) as error:
            return error

    try:
        run.ends = list(await asyncio.gather(*(one(text) for text in texts or ["What is `f`?"])))
    finally:
        await backend.aclose()
    return run


__all__ = ["GOOD", "QUICK", "Run", "Script", "request_for", "send"]
