"""Reading a chat completion: a success that is none is refused, a stream is put together again.

Servers answer HTTP 200 with an HTML page, an error object or a stream that nobody asked for; each is told apart here,
so that only a whole completion goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from qarepo_graph.llm.backend import Fault
from qarepo_graph.llm.faults import fault_of_response
from qarepo_graph.llm.wire import Answer


def read_completion(answer: Answer, *, streamed: bool) -> Mapping[str, Any]:
    """Return the completion in a server's answer, a stream's events put together to one.

    Args:
        answer: The answer.
        streamed: Whether a stream was asked for.

    Raises:
        Fault: When it is an error, or a success without the shape of a chat completion.
    """
    if answer.status >= 300:
        raise fault_of_response(answer.status, answer.headers, answer.body)
    if "event-stream" in answer.content_type:
        if not streamed:
            # Once is a gateway's slip: asking for streams from then on would break the run with one that has none.
            raise Fault("retry", "body", "The server sent a stream that was not asked for.", status=200)
        return _put_together(answer.body)
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        what = "is empty" if not answer.body.strip() else "is not JSON"
        raise Fault("retry", "body", f"The server's reply {what}.", status=200) from None
    if isinstance(value, Mapping) and value.get("error"):
        raise fault_of_response(_status_inside(value["error"]), {}, answer.body)
    if not _is_completion(value):
        raise Fault("retry", "body", "The server's reply holds no answer.", status=200)
    completion: Mapping[str, Any] = value
    return completion


def _status_inside(error: Any) -> int:
    code = error.get("code") if isinstance(error, Mapping) else None
    return int(code) if isinstance(code, int) and 300 <= code < 600 else 500


def _is_completion(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("message"), Mapping) and "choices" not in value:
        return True  # Ollama's native shape
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return False
    return isinstance(choices[0].get("message"), Mapping)


def _put_together(body: bytes) -> dict[str, Any]:
    """Return the completion that a stream's events add up to; one without its end has no finish reason."""
    texts = {"content": "", "reasoning_content": "", "reasoning": "", "refusal": ""}
    arguments: dict[int, list[str]] = {}
    whole: dict[str, Any] = {}
    finish_reason = None
    for event in _events(body):
        whole |= {name: event[name] for name in ("model", "usage") if event.get(name)}
        choice: Mapping[str, Any] = next(iter(event.get("choices") or ()), {})
        finish_reason = choice.get("finish_reason") or finish_reason
        delta = choice.get("delta") or {}
        for name in texts:
            texts[name] += delta.get(name) or ""
        for call in delta.get("tool_calls") or ():
            arguments.setdefault(call.get("index", 0), []).append((call.get("function") or {}).get("arguments") or "")
    calls = [{"function": {"arguments": "".join(parts)}} for _, parts in sorted(arguments.items())]
    message = {**texts, "tool_calls": calls}
    return {**whole, "choices": [{"message": message, "finish_reason": finish_reason}]}


def _events(body: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a stream.

    Raises:
        Fault: At an event that is an error or none at all, and when there is no event.
    """
    some = False
    for line in body.splitlines():
        data = line.removeprefix(b"data:").strip()
        if not line.startswith(b"data:") or data == b"[DONE]":
            continue
        some = True
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, Mapping):
            raise Fault("retry", "body", "The server's stream is damaged.", status=200)
        if event.get("error"):
            raise fault_of_response(_status_inside(event["error"]), {}, data)
        yield event
    if not some:
        raise Fault("retry", "body", "The server's reply ended before it began.", status=200)
