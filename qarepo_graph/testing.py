"""A scripted chat model for tests: ours, and those of users.

::

    model = ScriptedChatModel(replies=['{"questions": ["How does `f` work?"]}'])
    graph.ainvoke({"repo_dir": path}, context=Settings(model=model))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

ScriptedReply = str | AIMessage | Exception
"""A reply's text, a whole message (finish reason, usage, tool calls), or an exception to raise."""


class ScriptedChatModel(BaseChatModel):
    """A chat model that says what it was told to say, and remembers what it was asked.

    Attributes:
        replies: Either the replies in order (asking for more than there are is an error), or a function from the
            messages to a reply.
        name_of_model: What it reports as its model name.
        seconds: Time each reply takes.
    """

    replies: Sequence[ScriptedReply] | Callable[[list[BaseMessage]], ScriptedReply]
    name_of_model: str = "scripted"
    seconds: float = 0.0
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> list[list[BaseMessage]]:
        """The messages of every request, in the order they arrived."""
        return self._asked

    @property
    def stays_in_process(self) -> bool:
        """True: nothing is sent anywhere, so nobody has to agree."""
        return True

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.name_of_model}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        parameters = super()._get_ls_params(stop=stop, **kwargs)
        parameters["ls_provider"] = "scripted"
        parameters["ls_model_name"] = str(kwargs.get("model") or self.name_of_model)
        return parameters

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the base class's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base class's signature
        **kwargs: Any,  # noqa: ARG002 - parameters meant for a server
    ) -> ChatResult:
        return self._next(messages)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the base class's signature
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base class's signature
        **kwargs: Any,  # noqa: ARG002 - parameters meant for a server
    ) -> ChatResult:
        await asyncio.sleep(self.seconds)
        return self._next(messages)

    def _next(self, messages: list[BaseMessage]) -> ChatResult:
        ordinal = len(self._asked)
        self._asked.append(messages)
        if callable(self.replies):
            reply = self.replies(messages)
        elif ordinal < len(self.replies):
            reply = self.replies[ordinal]
        else:
            msg = f"ScriptedChatModel has {len(self.replies)} replies and was asked {ordinal + 1} times."
            raise IndexError(msg)
        if isinstance(reply, Exception):
            raise reply
        message = reply if isinstance(reply, AIMessage) else _finished(reply, self.name_of_model)
        return ChatResult(generations=[ChatGeneration(message=message)])


def _finished(text: str, model: str) -> AIMessage:
    return AIMessage(content=text, response_metadata={"finish_reason": "stop", "model_name": model})
