"""Chat models as backends: ``provider:name`` or any LangChain ``BaseChatModel`` behind ``Backend.ask``."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, messages_to_dict

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.backend import Fault, Message, Reply, Request, Usage
from qarepo_graph.llm.caller import estimate_tokens
from qarepo_graph.llm.clients import Client, adopt_client, open_client, open_langchain_model
from qarepo_graph.llm.faults import fault_of_exception
from qarepo_graph.llm.ladder import Ladder, Plan
from qarepo_graph.llm.preflight import check_model
from qarepo_graph.llm.profiles import find_profile, has_profile
from qarepo_graph.llm.prompts import finish_reason
from qarepo_graph.llm.tracing import traced_call
from qarepo_graph.llm.wire import kept_instead_of_sent
from qarepo_graph.safety.secrets import redact

_BUSY = frozenset({"insufficient_system_resource", "error", "aborted"})
_JSON_WORD = "Answer in json."
_WINDOWS = (2048, 4096)
"""Ollama's default windows, older and newer versions."""


def open_backend(
    model: str | BaseChatModel,
    *,
    base_url: str = "",
    profiles: Mapping[str, Mapping[str, Any]] | None = None,
    temperature: float | None = 0.7,
    max_tokens: int = 4096,
    concurrency: int = 16,
    request_seconds: float = 180.0,
    allow_http: bool = False,
    use_proxy: bool = False,
    dry_run: str = "",
    strict_model: bool = False,
) -> ChatBackend:
    """Open a chat model.

    Args:
        model: ``provider:name`` of a profile or of LangChain's own list, or a chat model object, which keeps its own
            parameters.
        base_url: Instead of the profile's.
        profiles: The user's own profiles.
        temperature: Sampling temperature; None leaves it to the server.
        max_tokens: Longest reply the run asks for; part of the backend's identity.
        concurrency: Connections kept.
        request_seconds: Deadline of one request, from start to last byte.
        allow_http: Allow plain http to other machines.
        use_proxy: Follow the ``*_PROXY`` environment variables.
        strict_model: Stop when the server answers with another model than asked for, or changes it on the way.
        dry_run: Folder that request bodies are written into instead of being sent (a model object's messages).

    Raises:
        SettingsError: When the name, profile, address or key variable cannot work.
        MissingExtraError: When the profile's client is not installed.
    """
    sampling: float | None = None
    provider, _, name = ("", "", "") if isinstance(model, BaseChatModel) else model.partition(":")
    if isinstance(model, BaseChatModel):
        client = adopt_client(model)
    elif name and not has_profile(provider, profiles):
        found = open_langchain_model(model, temperature=temperature, max_tokens=max_tokens, seconds=request_seconds)
        client = replace(adopt_client(found), spec=model)
    else:
        client = open_client(
            find_profile(provider, profiles),
            name,
            base_url=base_url,
            connections=concurrency,
            seconds=request_seconds,
            allow_http=allow_http,
            use_proxy=use_proxy,
            dry_run=dry_run,
        )
        sampling = temperature
    return ChatBackend(
        client,
        temperature=sampling,
        max_tokens=max_tokens,
        seconds=request_seconds,
        dry_run=dry_run,
        strict_model=strict_model,
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """The parts of a message that a reply is made of."""

    text: str
    finish_reason: str
    reasoning: str


class ChatBackend:
    """A chat model with the adaptations its server has asked for so far.

    Args:
        client: The LangChain model and how to speak to it.
        temperature: Sampling temperature; None leaves it to the model.
        max_tokens: Longest reply the run asks for.
        seconds: Deadline of one request.
        dry_run: Folder that requests are written into; empty sends them.
        strict_model: Refuse replies of another model than asked for.
    """

    def __init__(
        self,
        client: Client,
        *,
        temperature: float | None,
        max_tokens: int,
        seconds: float,
        dry_run: str = "",
        strict_model: bool = False,
    ) -> None:
        self._client = client
        self._dry_run = dry_run
        self._strict_model = strict_model
        self._answering = ""
        self._seconds = seconds
        self._ladder = Ladder(client.profile, temperature)
        self._identity = {
            **client.identity,
            "temperature": temperature,
            "max_tokens": max_tokens,
            "methods": list(client.profile.methods),
            "body": dict(client.profile.body),
        }

    def __repr__(self) -> str:
        return f"ChatBackend({self.spec!r})"

    @property
    def spec(self) -> str:
        """``provider:name``."""
        return self._client.spec

    @property
    def identity(self) -> Mapping[str, Any]:
        """What can change a reply. The port is left out: a restarted local server is the same model."""
        return self._identity

    @property
    def host(self) -> str:
        """Host that requests go to."""
        return self._client.host

    @property
    def caches_prefix(self) -> bool:
        """Whether the provider bills a repeated prompt prefix at a lower price."""
        return self._client.profile.caches_prefix

    async def check(self) -> None:
        """Fail early on a wrong key, model name or address.

        Raises:
            ProviderError: One sentence; for an unknown model it names those the server offers.
        """
        if self._client.base_url and not self._dry_run:
            try:
                await check_model(self._client)
            except Fault as fault:
                raise ProviderError(str(self._told(fault))) from None

    async def ask(self, request: Request) -> Reply:
        """Send one request once.

        Raises:
            Fault: Sorted by what to do about it; after ``adapt`` the next send differs.
        """
        plan = self._ladder.plan(request.output, request.max_tokens)
        if self._dry_run and self._client.wire is None:
            # A model object's connections are its own: its messages are all there is to show.
            shown = messages_to_dict(self._messages(request, plan))
            raise kept_instead_of_sent(json.dumps(shown, ensure_ascii=False).encode(), self._dry_run)
        started = time.monotonic()
        try:
            with traced_call(request) as config:
                async with asyncio.timeout(self._seconds):
                    message = await self._client.send(self._messages(request, plan), plan, config)
            reply = self._reply(message, request, plan, time.monotonic() - started)
        except Exception as error:
            raise self._told(self._adapted(fault_of_exception(error), plan)) from error
        self._ladder.note_reply(plan, blank=not reply.text.strip())
        return reply

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    def _messages(self, request: Request, plan: Plan) -> list[BaseMessage]:
        messages = request.messages
        needed = plan.method == "json_mode" and self._client.profile.needs_json_word
        if needed and not any("json" in message.content.lower() for message in messages):
            messages = (*messages, Message("user", _JSON_WORD))
        # The last gate before the socket: whatever became part of a prompt on the way is screened once more.
        known = self._client.secrets
        return [
            _screened_rules(message.content, known)
            if message.role == "system"
            else _KINDS[message.role](content=redact(message.content, known).text)
            for message in messages
        ]

    def _adapted(self, fault: Fault, plan: Plan) -> Fault:
        if fault.action != "adapt" or self._ladder.adapt(fault.code, plan):
            return fault
        return Fault("item", "refused", str(fault), status=fault.status)

    def _told(self, fault: Fault) -> Fault:
        """Name server and key variable in a fault's sentence, and make sure that no key is in it."""
        text = str(fault)
        if fault.code == "key":
            text = f"{self._client.key_words} was refused by {self.host} (HTTP {fault.status}); set a valid key "
            text += "and run the same command."
        elif self.host and self.host not in text:
            text = text.replace("The server", self.host, 1)
        told = Fault(fault.action, fault.code, self._client.scrub(text), wait=fault.wait, status=fault.status)
        told.__cause__ = fault.__cause__
        return told

    def _refuse_other(self, model: str) -> None:
        """Stop when another model answers than was asked, or than answered first. ``m-2026-03-17`` is a dated ``m``."""
        dated = re.fullmatch(re.escape(self._client.name) + r"([-@:]\d.*|:latest)?", model)
        wanted = self._answering or self._client.name if dated else self._client.name
        if not dated or (self._answering and model != self._answering):
            msg = f"The server answered as {model!r} instead of {wanted!r}; name that model or drop --strict-model."
            raise Fault("stop", "other_model", msg)
        self._answering = model

    def _reply(self, message: AIMessage, request: Request, plan: Plan, seconds: float) -> Reply:
        answer = _answer(message)
        if answer.finish_reason in _BUSY:
            raise Fault("retry", "capacity", f"The server gave up the reply ({answer.finish_reason}).")
        if self._client.owned and not answer.finish_reason:
            raise Fault("retry", "cut", "The reply ended without its finish reason, so it may be cut.")
        model = str(message.response_metadata.get("model_name") or "")
        if self._strict_model:
            self._refuse_other(model)
        usage = _usage(message, request, answer.text)
        if self._client.profile.client == "ollama" and _was_cut(usage, request):
            msg = f"The server read only {usage.prompt_tokens} tokens of a longer prompt; raise num_ctx in the profile."
            raise Fault("item", "truncated_input", msg)
        return Reply(
            text=redact(answer.text, self._client.secrets).text,
            finish_reason=answer.finish_reason,
            usage=usage,
            model=model,
            method=plan.method,
            reasoning_chars=len(answer.reasoning),
            seconds=round(seconds, 3),
        )


@lru_cache(maxsize=16)
def _screened_rules(text: str, known: tuple[str, ...]) -> SystemMessage:
    """Screen a system message once for all the requests of a stage, which share it; it is half of the text."""
    return SystemMessage(content=redact(text, known).text)


_KINDS: dict[str, type[BaseMessage]] = {"user": HumanMessage, "assistant": AIMessage}


def _answer(message: AIMessage) -> _Answer:
    reasoning = message.additional_kwargs.get("reasoning_content") or ""
    reason = finish_reason(message)
    if message.additional_kwargs.get("refusal"):
        reason = "refusal"
    return _Answer(str(message.text), reason, str(reasoning))


def _usage(message: AIMessage, request: Request, text: str) -> Usage:
    told = message.usage_metadata
    if not told or not (told["input_tokens"] or told["output_tokens"]):
        spent = estimate_tokens(replace(request, messages=(Message("assistant", text),)))
        return Usage(prompt_tokens=estimate_tokens(request), completion_tokens=spent, estimated=True)
    raw = message.response_metadata.get("token_usage") or {}
    cached = told.get("input_token_details", {}).get("cache_read") or raw.get("prompt_cache_hit_tokens") or 0
    return Usage(
        prompt_tokens=told["input_tokens"],
        completion_tokens=told["output_tokens"],
        cached_tokens=int(cached),
        reasoning_tokens=told.get("output_token_details", {}).get("reasoning") or 0,
    )


def _was_cut(usage: Usage, request: Request) -> bool:
    """Whether Ollama cut the prompt to its window, which it does with HTTP 200.

    Code has 3 to 4 characters a token, so an honest count is never far below a quarter of the characters; 0.6 leaves
    room for text of long words. A count that is a default window to the token is a cut one as well.
    """
    if usage.estimated:
        return False
    return usage.prompt_tokens in _WINDOWS or usage.prompt_tokens < 0.6 * estimate_tokens(request)
