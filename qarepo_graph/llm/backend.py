"""What the engine asks of a backend, and what a backend answers.

A backend is a model behind one function, :meth:`Backend.ask`. The rule-based backend, chat models behind a provider
profile, and any LangChain ``BaseChatModel`` object all look like this from the engine's side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from qarepo_graph.schema import StageInputs
from qarepo_graph.schema.lean import lean_dataclass

Role = Literal["system", "user", "assistant"]
FaultClass = Literal["retry", "adapt", "item", "pause", "stop"]


@lean_dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Role
    content: str


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question for a model.

    Attributes:
        name: What a trace calls it (``describe Cart.total``).
        messages: The rendered prompt.
        output: The schema its answer must fill.
        inputs: The typed inputs, for the rule-based backend.
        tags: Trace tags (node, prompt@version, model).
        metadata: Trace metadata (run id, function id, file:lines, attempt, prompt sha256).
        max_tokens: Longest reply.
    """

    name: str
    messages: tuple[Message, ...]
    output: type[BaseModel]
    inputs: StageInputs
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int = 4096


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one request.

    Attributes:
        prompt_tokens: Tokens sent, cached ones included.
        completion_tokens: Tokens answered, reasoning included.
        cached_tokens: Part of ``prompt_tokens`` the provider took from its prefix cache.
        reasoning_tokens: Part of ``completion_tokens`` spent on thinking.
        estimated: True where the server told nothing and we counted characters.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, before anything was made of it. JSON types only: the ledger keeps it as it is.

    Attributes:
        text: The answer's text, reasoning fields left out, nothing else changed.
        finish_reason: As the server gave it; empty where it gave none.
        usage: Tokens.
        model: Model name as the server reported it.
        method: How structure was asked for: ``json_schema``, ``function_calling``, ``json_mode``, ``text``, ``rules``.
        reasoning_chars: Length of the thinking text that came apart from the answer.
        seconds: Wall time of the request.
        exhausted: True when a rule-based generator has no more to say; a shorter answer is then complete.
    """

    text: str
    finish_reason: str = "stop"
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    method: str = "text"
    reasoning_chars: int = 0
    seconds: float = 0.0
    exhausted: bool = False


class Fault(Exception):  # noqa: N818 - a fault sorts what happened; whether it is an error is decided later
    """A request that brought no usable reply, sorted by what to do about it.

    Attributes:
        action: ``retry`` (ask again), ``adapt`` (the request was changed, ask again once), ``item`` (give this item
            up), ``pause`` (everyone waits ``wait`` seconds), ``stop`` (end the run, keep everything).
        code: Short stable name (``rate_limit``, ``balance``, ``truncated`` …).
        wait: Seconds the server asked to wait, for ``pause``.
        status: HTTP status, 0 where there was none.
    """

    def __init__(self, action: FaultClass, code: str, message: str, *, wait: float = 0.0, status: int = 0) -> None:
        super().__init__(message)
        self.action: FaultClass = action
        self.code = code
        self.wait = wait
        self.status = status


class Backend(Protocol):
    """A model and what we know of its server."""

    @property
    def spec(self) -> str:
        """``provider:name``, as rows and reports name it."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """Everything about the backend that can change a reply: it takes part in the work's key. Never a key."""

    @property
    def host(self) -> str:
        """Host that requests go to; empty when nothing leaves this process."""

    async def check(self) -> None:
        """Fail early, in one sentence, on a wrong key, model name or address.

        Raises:
            ProviderError: When the server cannot serve this run.
        """

    async def ask(self, request: Request) -> Reply:
        """Send one request once.

        Raises:
            Fault: Sorted by what to do about it.
        """

    async def aclose(self) -> None:
        """Close connections."""
