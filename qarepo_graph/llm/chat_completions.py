"""A LangChain chat model for every server that speaks ``/chat/completions``: one request, one reply, nothing else.

It leaves out what ``ChatOpenAI`` does between: under a profile of 4,000 calls the OpenAI SDK and its second HTTP client
took 4 ms of CPU a call to reshape a request and a reply that are JSON on both sides already; importing them takes a
second, and they follow variables of the environment. A ``ChatOpenAI`` object given as the model is used as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, Field, SecretStr

from qarepo_graph.llm.completion import read_completion
from qarepo_graph.llm.wire import Wire

MOST_TOKENS = 2**40
"""A count beyond any context there is, which the ledger could not hold: no count."""

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class ChatCompletions(BaseChatModel):
    """One model behind one ``/chat/completions`` address, asked asynchronously.

    Attributes:
        model: The model's name at the server.
        provider: Name of the profile, as traces tell it.
        base_url: Address before ``/chat/completions``.
        api_key: Key of the server; empty sends none.
        wire: The connections.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: str
    provider: str
    base_url: str
    api_key: SecretStr = SecretStr("")
    wire: Wire = Field(exclude=True, repr=False)

    @property
    def _llm_type(self) -> str:
        return "chat-completions"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "base_url": self.base_url}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return {**super()._get_ls_params(stop=stop, **kwargs), "ls_provider": self.provider}

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        """Refuse.

        Raises:
            RuntimeError: Always; the engine asks asynchronously.
        """
        msg = f"This model is asked asynchronously only; use ainvoke (refused: {self.model})."
        raise RuntimeError(msg)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base class's signature
        **kwargs: Any,
    ) -> ChatResult:
        message = await self.complete(messages, stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def complete(
        self,
        messages: Sequence[BaseMessage],
        stop: list[str] | None = None,
        *,
        stream: bool = False,
        extra_body: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Ask once: what ``ainvoke`` does where no callback listens.

        Raises:
            Fault: When the server refuses or its reply is no completion.
            aiohttp.ClientError: When the connection fails.
        """
        body = {
            "model": self.model,
            "messages": [{"role": _ROLES[message.type], "content": message.content} for message in messages],
            "stream": stream,
            **({"stream_options": {"include_usage": True}} if stream else {}),
            **({"stop": stop} if stop else {}),
            **kwargs,
            **(extra_body or {}),
        }
        url = f"{self.base_url}/chat/completions"
        answer = await self.wire.exchange("POST", url, orjson.dumps(body), self._headers())
        return _message(read_completion(answer, streamed=stream))

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json"}
        if key := self.api_key.get_secret_value():
            headers["authorization"] = f"Bearer {key}"
        return headers


def _message(completion: Mapping[str, Any]) -> AIMessage:
    choice = completion["choices"][0]
    said = choice["message"]
    usage = completion.get("usage")
    return AIMessage(
        content=_arguments(said.get("tool_calls")) or said.get("content") or "",
        additional_kwargs={
            name: text
            for name, text in (
                ("reasoning_content", said.get("reasoning_content") or said.get("reasoning")),
                ("refusal", said.get("refusal")),
            )
            if text
        },
        usage_metadata=_usage(usage) if isinstance(usage, Mapping) else None,
        response_metadata={
            "finish_reason": choice.get("finish_reason"),
            "model_name": completion.get("model"),
            "token_usage": usage,
        },
    )


def _arguments(calls: Any) -> str:
    """Return the text of the first call's arguments, the answer where one was forced; empty where there is none.

    As text: parsed here, a key that comes twice would pass the gate unseen.
    """
    function = calls[0].get("function") if isinstance(calls, list) and calls and isinstance(calls[0], Mapping) else None
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    return arguments if isinstance(arguments, str) else ""


def _usage(told: Mapping[str, Any]) -> UsageMetadata:
    """Return the tokens a server told, in LangChain's names; what is no count counts nothing."""
    sent, answered = _count(told, "prompt_tokens"), _count(told, "completion_tokens")
    cached = _count(told.get("prompt_tokens_details"), "cached_tokens")
    return UsageMetadata(
        input_tokens=sent,
        output_tokens=answered,
        total_tokens=_count(told, "total_tokens") or sent + answered,
        input_token_details={"cache_read": cached or _count(told, "prompt_cache_hit_tokens")},  # DeepSeek's own name
        output_token_details={"reasoning": _count(told.get("completion_tokens_details"), "reasoning_tokens")},
    )


def _count(told: Any, name: str) -> int:
    value = told.get(name) if isinstance(told, Mapping) else None
    return int(value) if isinstance(value, (int, float)) and 0 < value < MOST_TOKENS else 0
