"""Providers' documented rules on loopback: each fake refuses what its provider refuses, in the provider's words.

Sources: the providers' API references and error-code pages and public issue threads (listed in docs/backends.md). The
requests that arrive are kept, so that a test can assert what our code put on the wire.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "sk-0123456789abcdef0123456789abcdef"

Verdict = tuple[int, dict[str, Any]]
Rules = Callable[[dict[str, Any]], Verdict]

GOOD = '{"questions": ["How does `f` work?"]}'


@dataclass
class Provider:
    """A provider on loopback.

    Attributes:
        rules: From a request body to status and reply body.
        models: Names it lists.
        refusal: Body of its 401.
        seen: Bodies that arrived at the chat endpoint.
        paths: ``METHOD path`` of everything that arrived.
    """

    rules: Rules
    models: list[str]
    refusal: dict[str, Any] = field(default_factory=lambda: {"error": {"message": "Invalid key"}})
    needs_key: bool = True
    prefix: str = "/v1"
    native: bool = False
    seen: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Provider:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{self.prefix}"
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @contextlib.contextmanager
    def in_a_thread(self) -> Iterator[str]:
        """Serve from a loop of its own, for code that blocks or runs its own loop; yields the base URL."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(self.__aenter__(), loop).result(timeout=10)
        try:
            yield self.url
        finally:
            asyncio.run_coroutine_threadsafe(self.__aexit__(), loop).result(timeout=10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=10)
            loop.close()

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(self.prefix)
        self.paths.append(f"{request.method} {path}")
        if self.needs_key and request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response(self.refusal, status=401)
        if path == "/models":
            return web.json_response({"object": "list", "data": [{"id": name} for name in self.models]})
        if path == "/api/tags":
            return web.json_response({"models": [{"name": name} for name in self.models]})
        if path not in ("/chat/completions", "/api/chat"):
            return web.json_response({"error": {"message": f"no route {path}"}}, status=404)
        body = await request.json()
        self.seen.append(body)
        self.headers.append(dict(request.headers))
        status, reply = self.rules(body)
        return web.json_response(reply, status=status)


def refused(status: int, message: str, **more: Any) -> Verdict:
    return status, {"error": {"message": message, "type": "invalid_request_error", "param": None, **more}}


def replied(
    body: dict[str, Any], text: str | None = GOOD, usage: dict[str, Any] | None = None, **message: Any
) -> Verdict:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}
    return 200, {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [choice],
        "usage": usage or {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def says_json(body: dict[str, Any]) -> bool:
    return any("json" in str(message["content"]).lower() for message in body["messages"])


def deepseek(body: dict[str, Any]) -> Verdict:
    """DeepSeek, V4.1 Flash: thinking is on unless switched off."""
    if body["model"] not in ("deepseek-flash", "deepseek-v4-flash"):
        return refused(400, "Model Not Exist", code="invalid_request_error")
    kind = body.get("response_format", {}).get("type", "text")
    thinking = body.get("thinking", {}).get("type") != "disabled"
    if kind == "json_schema":
        return refused(400, "This response_format type is unavailable now", code="invalid_request_error")
    if kind == "json_object" and not says_json(body):
        return refused(
            400, "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'."
        )
    if thinking and body.get("tool_choice") not in (None, "auto", "none"):
        return refused(400, "Thinking mode does not support this tool_choice")
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 20,
        "total_tokens": 1020,
        "prompt_cache_hit_tokens": 896,
        "prompt_cache_miss_tokens": 104,
    }
    return replied(body, usage=usage, **({"reasoning_content": "Let me think."} if thinking else {}))


def dashscope(body: dict[str, Any]) -> Verdict:
    """DashScope's compatible mode with a hybrid-thinking model, thinking on unless switched off."""
    text = str(body["messages"][-1]["content"])
    thinking = body.get("enable_thinking", True)
    kind = body.get("response_format", {}).get("type", "text")
    if "forbidden words" in text:
        return refused(400, "Input data may contain inappropriate content.", code="data_inspection_failed")
    if "no money" in text:
        return refused(400, "Access denied, please make sure your account is in good standing.", code="Arrearage")
    if kind == "json_schema":
        return refused(
            400, "<400> InternalError.Algo.InvalidParameter: 'response_format.type' json_schema is not supported"
        )
    if kind == "json_object" and not says_json(body):
        return refused(
            400,
            "<400> InternalError.Algo.InvalidParameter: 'messages' must contain the word 'json' in some form, "
            "to use 'response_format' of type 'json_object'.",
            code="invalid_parameter_error",
        )
    if kind == "json_object" and thinking:
        return refused(400, "Json mode response is not supported when enable_thinking is true")
    if thinking and not body.get("stream"):
        return refused(400, "parameter.enable_thinking must be set to false for non-streaming calls")
    return replied(body)


def openai(body: dict[str, Any]) -> Verdict:
    """OpenAI: strict schemas, ``max_completion_tokens``, one model that takes no temperature, one that refuses."""
    if "max_tokens" in body:
        return refused(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if body["model"] == "gpt-reasoning" and body.get("temperature", 1) != 1:
        return refused(
            400,
            "Unsupported value: 'temperature' does not support 0.7 with this model. "
            "Only the default (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        )
    if unknown := set(body) - {
        "model",
        "messages",
        "temperature",
        "max_completion_tokens",
        "response_format",
        "stream",
    }:
        return refused(400, f"Unrecognized request argument supplied: {min(unknown)}")
    if body.get("response_format", {}).get("type") == "json_schema":
        complaint = strict_complaint(body["response_format"]["json_schema"]["schema"])
        if complaint:
            return refused(400, f"Invalid schema for response_format 'Questions': {complaint}", param="response_format")
    if "refuse me" in str(body["messages"][-1]["content"]):
        return replied(body, None, refusal="I'm sorry, I can't help with that.")
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "total_tokens": 1050,
        "prompt_tokens_details": {"cached_tokens": 768},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    return replied(body, usage=usage)


_STRICT = frozenset(
    [
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "description",
        "enum",
        "anyOf",
        "const",
        "$ref",
        "$defs",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "pattern",
        "format",
    ]
)


def strict_complaint(schema: dict[str, Any]) -> str:
    """Return what OpenAI's strict mode would say against a schema; empty when it is fine."""
    if unknown := set(schema) - _STRICT:
        return f"'{min(unknown)}' is not permitted."
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        if set(schema.get("required", ())) != set(schema.get("properties", ())):
            return "'required' is required to be supplied and to be an array including every key in properties."
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += [schema["items"]] if "items" in schema else []
    return next((complaint for part in inner if (complaint := strict_complaint(part))), "")


def vllm(body: dict[str, Any]) -> Verdict:
    """A vLLM server of 0.12 or later with a reasoning parser and a window of 4,096 tokens."""
    if any(name.startswith("guided_") for name in body):
        return refused(400, "guided_json is removed; use structured_outputs")
    if sum(len(str(message["content"])) for message in body["messages"]) > 12_000:
        return 400, {
            "object": "error",
            "message": "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens.",
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        }
    return replied(body, reasoning="Thinking aloud.")


def openrouter(body: dict[str, Any]) -> Verdict:
    """OpenRouter: numeric codes inside the error, also inside a success."""
    text = str(body["messages"][-1]["content"])
    if "no money" in text:
        return 402, {"error": {"code": 402, "message": "This request requires more credits, or fewer max_tokens."}}
    if "upstream" in text:
        return 200, {"error": {"code": 429, "message": "Provider returned error: insufficient_quota"}}
    return replied(body)


def ollama(body: dict[str, Any]) -> Verdict:
    """Ollama's native ``/api/chat``."""
    if body["model"] not in ("tiny", "tiny:latest"):
        return 404, {"error": f"model '{body['model']}' not found"}
    if body.get("think"):
        return 400, {"error": '"tiny" does not support thinking'}
    prompt = sum(len(str(message["content"])) for message in body["messages"]) // 4
    window = body.get("options", {}).get("num_ctx", 4096)
    text = GOOD if body.get("format") else "not json"
    return 200, {
        "model": "tiny",
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": min(prompt, window),
        "eval_count": 9,
    }


def only(*kinds: str) -> Rules:
    """A server that takes only some ways to ask for structure, and says so as FastAPI does."""

    def rules(body: dict[str, Any]) -> Verdict:
        kind = "tools" if "tools" in body else body.get("response_format", {}).get("type", "text")
        if kind not in kinds:
            where = "tool_choice" if kind == "tools" else "response_format"
            return 422, {"detail": [{"loc": ["body", where], "msg": f"Input should be one of {kinds}"}]}
        if kind == "tools":
            call = {"id": "1", "type": "function", "function": {"name": "Questions", "arguments": GOOD}}
            return replied(body, None, tool_calls=[call])
        return replied(body)

    return rules
