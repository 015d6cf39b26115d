"""Ollama's own interface, through LangChain's client over our connections.

Its OpenAI-style interface takes no ``num_ctx``, so prompts would be cut without a word; the native one does.
"""

from __future__ import annotations

from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from qarepo_graph.errors import MissingExtraError
from qarepo_graph.llm.completion import read_completion
from qarepo_graph.llm.ladder import Plan
from qarepo_graph.llm.wire import Wire

_OPTIONS = frozenset({"temperature", "num_predict", "num_ctx", "seed", "top_p", "top_k", "repeat_penalty"})


def open_ollama(name: str, url: str, key: SecretStr, wire: Wire) -> BaseChatModel:
    """Open LangChain's client for a model.

    Raises:
        MissingExtraError: When langchain-ollama is not installed.
    """
    try:
        from langchain_ollama import ChatOllama
    except ImportError:
        msg = "--model ollama:NAME needs the Ollama client; run: pip install 'qarepo-graph[ollama]'."
        raise MissingExtraError(msg) from None
    arguments: dict[str, Any] = {"transport": Transport(wire), "follow_redirects": False, "trust_env": False}
    if secret := key.get_secret_value():
        arguments["headers"] = {"Authorization": f"Bearer {secret}"}
    blocking = {"transport": NoTransport(), "trust_env": False}
    return ChatOllama(model=name, base_url=url, async_client_kwargs=arguments, sync_client_kwargs=blocking)


def ollama_arguments(plan: Plan) -> dict[str, Any]:
    """Return what its client is called with for a plan."""
    body = dict(plan.body)
    options = {key: body.pop(key) for key in list(body) if key in _OPTIONS}
    arguments: dict[str, Any] = {"options": options, "stream": False, "reasoning": body.pop("think", None), **body}
    structure = body.pop("response_format", None)
    arguments.pop("response_format", None)
    if structure:
        schema = structure.get("json_schema")
        arguments["format"] = schema["schema"] if schema else "json"
    return arguments


class Transport(httpx.AsyncBaseTransport):
    """Our connections where the client would open its own.

    Args:
        wire: The connections.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its whole reply.

        Raises:
            Fault: When the reply is too large, or a success without the shape of a chat completion.
            aiohttp.ClientError: When the connection fails.
        """
        headers = dict(request.headers)
        for name in ("content-length", "transfer-encoding", "connection", "accept-encoding"):
            headers.pop(name, None)  # the connections' own business
        answer = await self._wire.exchange(request.method, str(request.url), await request.aread(), headers)
        if answer.status < 300 and request.method == "POST" and "ndjson" not in answer.content_type:
            read_completion(answer, streamed=False, native=True)
        kept = {"content-type": answer.content_type}
        kept |= {name: value for name, value in answer.headers.items() if name.lower().startswith("retry-after")}
        return httpx.Response(answer.status, headers=kept, content=answer.body, request=request)


class NoTransport(httpx.BaseTransport):
    """Stands where a blocking client would open connections of its own, past our limits."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse.

        Raises:
            RuntimeError: Always; the engine asks asynchronously.
        """
        msg = f"This model is asked asynchronously only; use ainvoke (refused: {request.method} {request.url.host})."
        raise RuntimeError(msg)
