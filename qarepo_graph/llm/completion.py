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


def read_completion(answer: Answer, *, streamed: bool, native: bool = False) -> Mapping[str, Any]:
    """Return the completion in a server's answer, a stream's events put together to one.

    Args:
        answer: The answer.
        streamed: Whether a stream was asked for.
        native: Whether the server speaks Ollama's own interface, whose replies have one message and no choices.

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
    completion = _mapping(value)
    if not _is_message((completion if native else _first(completion.get("choices"))).get("message")):
        raise Fault("retry", "body", "The server's reply holds no answer.", status=200)
    return completion


def _status_inside(error: Any) -> int:
    code = error.get("code") if isinstance(error, Mapping) else None
    return int(code) if isinstance(code, int) and 300 <= code < 600 else 500


def _is_message(said: Any) -> bool:
    content = said.get("content") if isinstance(said, Mapping) else 0
    return content is None or isinstance(content, str) or (isinstance(content, list) and all(map(_mapping, content)))


def _put_together(body: bytes) -> dict[str, Any]:
    """Return the completion that a stream's events add up to; one without its end has no finish reason."""
    texts = {"content": "", "reasoning_content": "", "reasoning": "", "refusal": ""}
    arguments: dict[int, list[str]] = {}
    whole: dict[str, Any] = {}
    finish_reason = None
    for event in _events(body):
        whole |= {name: event[name] for name in ("model", "usage") if event.get(name)}
        choice = _first(event.get("choices"))
        finish_reason = choice.get("finish_reason") or finish_reason
        delta = _mapping(choice.get("delta"))
        for name in texts:
            texts[name] += _text(delta.get(name))
        for call in _mappings(delta.get("tool_calls")):
            number = call.get("index")
            part = _text(_mapping(call.get("function")).get("arguments"))
            arguments.setdefault(number if isinstance(number, int) else 0, []).append(part)
    calls = [{"function": {"arguments": "".join(parts)}} for _, parts in sorted(arguments.items())]
    message = {**texts, "tool_calls": calls}
    return {**whole, "choices": [{"message": message, "finish_reason": finish_reason}]}


def _first(choices: Any) -> Mapping[str, Any]:
    """Return the first of the choices; an event with the usage alone has none."""
    return _mapping(choices[0]) if isinstance(choices, list) and choices else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


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
