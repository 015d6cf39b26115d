"""Whatever a server says becomes a reply or a fault that says what to do; nothing it says is an error of ours."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qarepo_graph.llm.backend import Fault, Reply
from qarepo_graph.llm.structured import ReplyError, parse_reply
from qarepo_graph.llm.wire import Answer
from qarepo_graph.schema import Questions
from tests.faults.helpers import request_for
from tests.llm.recorded import backend_told

ANSWER = '{"questions": ["How does `f` work?"]}'
CALL = {"index": 0, "id": "1", "type": "function", "function": {"name": "Questions", "arguments": ANSWER}}
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "prompt_tokens_details": {"cached_tokens": 1}}
SAID = {"role": "assistant", "content": ANSWER, "reasoning_content": "so", "refusal": None, "tool_calls": [CALL]}
WHOLE = {"id": "1", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "message": SAID}], "usage": USAGE}
EVENT = {"id": "1", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "delta": SAID}], "usage": USAGE}
ERROR = {"error": {"message": "no", "code": 429, "type": "rate_limit", "param": "max_tokens"}}

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SAID, *WHOLE, "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, item in inside for deeper in places(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """Return the value with what stands at a path replaced."""
    if not path:
        return by
    value = copy.copy(value)
    value[path[0]] = replaced(value[path[0]], path[1:], by)
    return value


def ask(said: Answer) -> Reply | Fault | ReplyError:
    try:
        reply = asyncio.run(backend_told(said).ask(request_for("u")))
        parse_reply(reply, Questions)
    except (Fault, ReplyError) as refused:
        return refused
    return reply


@given(st.sampled_from([WHOLE, EVENT, ERROR]), st.data(), st.sampled_from([200, 200, 200, 400, 429, 503]))
def test_a_reply_with_anything_anywhere_is_sorted(whole: Any, data: st.DataObject, status: int) -> None:
    for _ in range(data.draw(st.integers(1, 2))):
        whole = replaced(whole, data.draw(st.sampled_from(places(whole))), data.draw(anything))
    body = json.dumps(whole).encode()
    streamed = data.draw(st.booleans())
    said = Answer(
        status,
        {"content-type": "text/event-stream" if streamed else "application/json"},
        b"data: " + body + b"\n\ndata: [DONE]\n\n" if streamed else body,
    )
    told = ask(said)
    assert getattr(told, "code", "") != "model_error", told
    if isinstance(told, Reply):
        assert 0 <= told.usage.prompt_tokens < 2**40
        assert 0 <= told.usage.completion_tokens < 2**40
