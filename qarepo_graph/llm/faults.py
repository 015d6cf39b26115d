"""What a failed request means: statuses, error bodies and exceptions become a ``Fault``.

The classes are those of :class:`~qarepo_graph.llm.backend.Fault`. Sources of the words looked for: the providers'
error-code pages (DeepSeek, OpenAI, DashScope, OpenRouter) and the servers' own messages (vLLM, llama.cpp, Ollama).
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from langchain_core.exceptions import ContextOverflowError, ModelError

from qarepo_graph.llm.backend import Fault

_BALANCE = re.compile(
    r"insufficient[_ ]?(quota|balance|credits?|funds)|credit_balance|spend_limit|usage_limit_exceeded|arrearage"
    r"|overdue|billing_hard_limit|more credits|balance is (too low|insufficient)|余额不足|欠费",
    re.IGNORECASE,
)
_FILTER = re.compile(
    r"data_?inspection_?failed|content_policy|content_filter|inappropriate content|moderation|flagged", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"context[_ ](length|size|window)|maximum context|exceeds? the (available )?(context|limit)|prompt is too long"
    r"|too many tokens|input length|range of input length|input tokens exceed",
    re.IGNORECASE,
)
_NO_ROOM = re.compile(
    r"in the completion|max_(completion_)?tokens\W.{0,40}too (large|long|big)|requested \d+ output tokens",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model[_ ]not[_ ](found|exist)|model .{0,80}(does not exist|not found|not exist|is not supported|not available)"
    r"|no such model|invalid model|unknown model|model_not_available|has been (retired|deprecated|decommissioned)",
    re.IGNORECASE,
)
_STREAM_ONLY = re.compile(r"only supports? stream|stream (mode )?only|enable the stream|non-streaming calls", re.I)
_NOTHING = re.compile(r"no generations found in stream|no data received", re.IGNORECASE)  # LangChain's words
_PARAMETERS = (
    *("response_format", "tool_choice", "max_completion_tokens", "max_tokens", "temperature"),
    *("thinking", "chat_template_kwargs", "parallel_tool_calls", "tools", "stream_options", "reasoning", "json mode"),
)
_DOWN = frozenset({502, 503, 504, 521, 522, 523, 524, 529})

DOWN_CODES = frozenset({"unreachable", "unavailable"})
"""Codes that say the server as a whole is away, so that the item asked about is not to blame."""

TOO_LONG_CODES = frozenset({"too_long", "no_room", "truncated_input"})
"""Codes that say a request did not fit the model's window, so that a shorter one may."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The parts of an error body that servers agree on, however they nest them."""

    message: str = ""
    code: str = ""
    parameter: str = ""

    @property
    def words(self) -> str:
        """Everything said, for matching."""
        return f"{self.code} {self.message}"


def fault_of_response(status: int, headers: Mapping[str, str], body: bytes | str) -> Fault:
    """Sort an HTTP reply that is not a success.

    Args:
        status: HTTP status, 300 or above.
        headers: Reply headers, keys in any case.
        body: Its body.
    """
    error = read_error(body)
    said = _quoted(error.message)
    if 300 <= status < 400:
        msg = f"The server answered with a redirect (HTTP {status}), which is not followed; give the final --base-url."
        return Fault("stop", "redirect", msg, status=status)
    if _BALANCE.search(error.words) or status == 402:
        msg = f"The account's balance or quota is used up (HTTP {status}{said}); top it up and run the same command."
        return Fault("stop", "balance", msg, status=status)
    if _FILTER.search(error.words):
        return Fault("item", "filtered", f"The provider's content filter refused the prompt{said}.", status=status)
    if status in (401, 403):
        msg = f"The server refused the key (HTTP {status}); set a valid one and run the same command."
        return Fault("stop", "key", msg, status=status)
    if status in (400, 422) and _NO_ROOM.search(error.words):
        msg = f"Prompt and reply together are longer than the model's context{said}."
        return Fault("item", "no_room", msg, status=status)
    if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(error.words)):
        msg = f"The prompt is longer than the model's context{said}."
        return Fault("item", "too_long", msg, status=status)
    if status == 404 or (status in (400, 422) and _NO_MODEL.search(error.words)):
        msg = f"The server does not know this model or address (HTTP {status}{said}); see `qarepo models --check`."
        return Fault("stop", "model", msg, status=status)
    if status == 429 or (status == 503 and retry_after(headers) is not None):
        return _pause(status, headers, said)
    if status in (408, 409, 425) or status >= 500:
        return _server_fault(status, error, said)
    return _refused(status, error, said)


def fault_of_exception(error: BaseException) -> Fault:
    """Sort whatever a chat model raised: a ``Fault`` from our transport, an SDK's error, a broken connection."""
    for link in _chain(error):
        if isinstance(link, Fault):
            return link
        if isinstance(link, (ssl.SSLError, aiohttp.ClientSSLError)):
            if "WRONG_VERSION_NUMBER" in str(link) or "RECORD_LAYER" in str(link):
                return Fault("stop", "tls", "The server does not speak https at this port; write http:// or its port.")
            msg = f"The server's certificate was refused ({_kind(link)}); use a base URL with a valid certificate."
            return Fault("stop", "tls", msg)
    for link in _chain(error):
        if (found := _with_status(link)) is not None:
            return found
    for link in _chain(error):
        if (found := _without_status(link)) is not None:
            return found
    msg = f"The model raised {_kind(error)}: {str(error)[:200]}"
    return Fault("item", "model_error", msg)


def read_error(body: bytes | str) -> ErrorBody:
    """Read an error body: OpenAI's ``{"error": {…}}``, a bare string, FastAPI's ``detail``, HTML, or nothing."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        value = json.loads(text[:100_000])
    except (ValueError, RecursionError):
        return ErrorBody(message="" if "<html" in text[:2000].lower() else text[:300])
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return ErrorBody(message=str(value)[:300])
    inner = value.get("error", value)
    if not isinstance(inner, dict):
        return ErrorBody(message=str(inner)[:600], code=str(value.get("code", "")))
    message = inner.get("message") or inner.get("detail") or value.get("message") or ""
    code = " ".join(str(inner[key]) for key in ("code", "type") if inner.get(key))
    return ErrorBody(message=str(message)[:600], code=code, parameter=str(inner.get("param") or ""))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a reply asks to wait, or None where it says nothing sensible.

    Negative, endless and past values are nonsense and count as nothing said.
    """
    lowered = {key.lower(): value for key, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = lowered.get(name, "").strip()
        if not text:
            continue
        try:
            seconds = float(text) * unit
        except ValueError:
            seconds = _until(text)
        if math.isfinite(seconds) and seconds > 0:
            return seconds
    return None


def _until(date: str) -> float:
    try:
        moment = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    return moment.timestamp() - time.time()


def _pause(status: int, headers: Mapping[str, str], said: str) -> Fault:
    wait = retry_after(headers) or 0.0
    return Fault(
        "pause", "rate_limit", f"The server asks for a slower pace (HTTP {status}{said}).", wait=wait, status=status
    )


def _server_fault(status: int, error: ErrorBody, said: str) -> Fault:
    if status == 500 and ("response_format" in error.words or "Input should be 'text'" in error.words):
        # llama-cpp-python answers an unknown response_format this way.
        return Fault("adapt", "response_format", f"The server does not take this response_format{said}.", status=status)
    if status in _DOWN:
        return Fault("retry", "unavailable", f"The server is unavailable (HTTP {status}{said}).", status=status)
    return Fault("retry", "server", f"The server failed (HTTP {status}{said}).", status=status)


def _refused(status: int, error: ErrorBody, said: str) -> Fault:
    if "enable_thinking" in error.message:  # DashScope: JSON mode, and replies that are no stream, only without it
        return Fault("adapt", "enable_thinking", f"The server wants thinking switched off{said}.", status=status)
    if _STREAM_ONLY.search(error.message):
        return Fault("adapt", "stream", f"The server answers only as a stream{said}.", status=status)
    words = f"{error.parameter} {error.message}".lower()
    for name in _PARAMETERS:
        if name in words:
            code = {"json mode": "response_format", "tools": "tool_choice"}.get(name, name)
            return Fault("adapt", code, f"The server does not take our {code}{said}.", status=status)
    return Fault("adapt", "request", f"The server refused the request (HTTP {status}{said}).", status=status)


def _with_status(error: BaseException) -> Fault | None:
    status = getattr(error, "status_code", None) or getattr(error, "status", None)
    if not isinstance(status, int) or status < 300 or _is_unreadable(error):
        return None
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or getattr(error, "headers", None) or {}
    body: Any = getattr(response, "content", None)
    if not isinstance(body, (bytes, str)) or not body:
        body = str(getattr(error, "message", "") or error)
    return fault_of_response(status, dict(headers), body)


def _is_unreadable(error: BaseException) -> bool:
    """Say whether the reply was no HTTP that aiohttp could read: the 400 it then tells is its own, not the server's."""
    return isinstance(error, aiohttp.ClientResponseError) and isinstance(error.__cause__, HttpProcessingError)


def _without_status(error: BaseException) -> Fault | None:
    if isinstance(error, ContextOverflowError):
        return Fault("item", "too_long", f"The prompt is longer than the model's context{_quoted(str(error))}.")
    if isinstance(error, (aiohttp.ClientConnectorError, ConnectionRefusedError)) or _is_kind(error, "ConnectError"):
        return Fault("retry", "unreachable", f"The server cannot be reached ({_why(error)}).")
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return Fault("retry", "deadline", "The request took longer than its deadline.")
    if isinstance(error, (aiohttp.ClientError, ConnectionError)) or _is_kind(error, "TransportError"):
        return Fault("retry", "connection", f"The connection broke ({_kind(error)}).")
    if _is_kind(error, "LengthFinishReasonError"):
        return Fault("item", "truncated", "The reply was cut at the token limit.")
    if _is_kind(error, "ContentFilterFinishReasonError"):
        return Fault("item", "filtered", "The provider's content filter stopped the reply.")
    if isinstance(error, json.JSONDecodeError) or _is_kind(error, "APIResponseValidationError"):
        return Fault("retry", "body", "The server's reply was not what its interface promises.")
    if isinstance(error, ModelError) and error.is_retryable:
        return Fault("retry", "server", f"The model failed for now ({_kind(error)}).")
    if _is_kind(error, "APIConnectionError") and error.__cause__ is None:
        return Fault("retry", "connection", "The connection broke.")
    if _is_kind(error, "APIError"):  # an error event inside a stream has no status of its own
        return fault_of_response(500, {}, str(error))
    if isinstance(error, ValueError) and _NOTHING.search(str(error)):
        return Fault("retry", "body", "The server's reply ended before it began.")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _why(error: BaseException) -> str:
    """Return in a few words why a connection did not come about."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "no such host name"
    reason = getattr(error, "os_error", error)
    return "connection refused" if isinstance(reason, ConnectionRefusedError) else _kind(reason)


def _is_kind(error: BaseException, name: str) -> bool:
    """Match an SDK's exception by name, so that no optional SDK is imported to do it."""
    return any(kind.__name__ == name for kind in type(error).__mro__)


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _quoted(message: str) -> str:
    """Return the server's words as one short clause: white space folded, control characters gone."""
    words = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    return f": {words[:200]}" if words else ""
