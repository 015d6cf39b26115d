"""The strict gate: a model's text becomes a checked object, or a sentence that tells the model what was wrong.

Nothing is repaired. A cut or doubtful reply is refused, because a repaired one would become training data that no
model ever gave.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from qarepo_graph.llm.backend import Reply

ReplyModel = TypeVar("ReplyModel", bound=BaseModel)

MAX_REPLY_CHARS = 1_000_000
"""Longest text that is parsed; the longest schema-valid reply (200 questions, 40 steps) is a tenth of it."""

MAX_DEPTH = 32
"""Deepest nesting that is parsed; our schemas need four levels. Python's own parser overflows at about 1,000."""

_FINISHED = frozenset({"", "stop", "tool_calls", "function_call", "end_turn", "stop_sequence", "eos", "eos_token"})
_CUT = frozenset({"length", "max_tokens", "model_length", "max_output_tokens"})
_FILTERED = frozenset({"content_filter", "refusal", "safety", "recitation", "sensitive"})

_FENCE = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*(?:json)?[ \t]*\n(.*?)\n[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE | re.I
)
_THINK = re.compile(r"\s*<think>.*?</think>", re.DOTALL)


class ReplyError(Exception):
    """A reply that cannot be used.

    Attributes:
        code: ``truncated``, ``filtered``, ``finish_reason``, ``blank``, ``thinking``, ``too_big``, ``not_json`` or
            ``schema``.
        message: One or two sentences, fit to be put before the model in a second attempt.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parse_reply(reply: Reply, schema: type[ReplyModel]) -> ReplyModel:
    """Return the object a reply holds.

    Args:
        reply: The reply as the backend gave it.
        schema: The schema it must fill.

    Raises:
        ReplyError: When it was cut, filtered or blank, is not one JSON object, or does not fill the schema.
    """
    reason = reply.finish_reason.lower()
    if reason in _CUT:
        msg = "The reply was cut at the token limit; answer more briefly."
        raise ReplyError("truncated", msg)
    if reason in _FILTERED:
        raise ReplyError("filtered", "The provider's content filter stopped the reply.")
    if reason not in _FINISHED:
        raise ReplyError("finish_reason", f"The reply ended with the unknown finish_reason {reply.finish_reason!r}.")
    return parse_text(reply.text, schema)


def parse_text(text: str, schema: type[ReplyModel]) -> ReplyModel:
    """Return the object that a finished reply's text holds.

    Raises:
        ReplyError: See :func:`parse_reply`.
    """
    if not text.strip():
        raise ReplyError("blank", "The reply was empty; answer with one json object.")
    if len(text) > MAX_REPLY_CHARS:
        raise ReplyError("too_big", f"The reply is longer than {MAX_REPLY_CHARS} characters; answer more briefly.")
    value = _load_object(_without_fence(_without_thinking(text)))
    try:
        return schema.model_validate(value, strict=True)
    except ValidationError as error:
        raise ReplyError("schema", _in_words(error)) from None


@cache
def json_schema(schema: type[BaseModel], *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a schema as JSON Schema, without titles.

    Args:
        schema: The pydantic model.
        without: Keywords to leave out, for servers that refuse them (OpenAI's strict mode: ``minLength``).
    """
    cleaned: dict[str, Any] = _cleaned(schema.model_json_schema(), frozenset(without))
    return cleaned


@cache
def schema_text(schema: type[BaseModel]) -> str:
    """Return a schema as the compact JSON text that prompts show; the same bytes in every process."""
    return json.dumps(json_schema(schema), ensure_ascii=False, separators=(", ", ": "))


def _cleaned(node: Any, dropped: frozenset[str]) -> Any:
    if isinstance(node, list):
        return [_cleaned(item, dropped) for item in node]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _cleaned(inner, dropped) for name, inner in value.items()}
        elif key not in dropped and not (key == "title" and isinstance(value, str)):
            kept[key] = _cleaned(value, dropped)
    return kept


def _without_thinking(text: str) -> str:
    """Cut reasoning that came inside the text. A ``<think>`` within the JSON itself is somebody's code and stays."""
    while match := _THINK.match(text):
        text = text[match.end() :]
    start = text.lstrip()
    if start.startswith("<think>"):
        raise ReplyError("thinking", "The reply ended inside <think>; answer with the json object only.")
    if not start.startswith(("{", "[", "`", "~")) and "</think>" in start:
        # Some chat templates open the thinking themselves, so that only its end arrives.
        return start.partition("</think>")[2]
    return text


def _without_fence(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith("{"):
        return stripped
    fences = list(_FENCE.finditer(stripped))
    if len(fences) == 1:
        return fences[0].group(2).strip()
    return stripped


def _load_object(text: str) -> dict[str, Any]:
    _refuse_deep(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        msg = f"The reply is not one json object: {error.msg} at line {error.lineno}, column {error.colno}."
        raise ReplyError("not_json", msg) from None
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, and what the hooks refuse
        raise ReplyError("not_json", f"The reply is not valid json: {str(error)[:200]}.") from None
    if not isinstance(value, dict):
        raise ReplyError("not_json", f"The reply is a json {_json_type(value)}; answer with one json object.")
    try:
        # A surrogate either stands in the text or comes out of an escape in it.
        (json.dumps(value, ensure_ascii=False) if "\\u" in text else text).encode("utf-8")
    except UnicodeEncodeError:
        raise ReplyError("not_json", "The reply holds half a surrogate pair; use whole characters.") from None
    return value


def _refuse_deep(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = deepest = 0
    for mark in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        character = mark.group()[0]
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
        if deepest > MAX_DEPTH:
            raise ReplyError("not_json", f"The reply nests deeper than {MAX_DEPTH} levels.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"the key {twice[:60]!r} comes twice"
        raise ValueError(msg)
    return value


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is not a json value"
    raise ValueError(msg)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        msg = f"the number {digits[:20]} is too large"
        raise ValueError(msg)
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


def _json_type(value: object) -> str:
    kinds = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return kinds.get(type(value), "null")


def _in_words(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False)[:6]:
        where = ".".join(str(part) for part in problem["loc"]) or "the object"
        lines.append(f"{where}: {problem['msg']}")
    more = error.error_count() - len(lines)
    return "The json does not fit the schema: " + "; ".join(lines) + (f"; and {more} more." if more > 0 else ".")
