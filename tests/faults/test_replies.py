"""Rows of the fault matrix about one reply: what it is taken for, and how often it is asked again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.backend import Fault, Reply
from qarepo_graph.llm.structured import ReplyError, parse_reply
from qarepo_graph.schema import Questions
from tests.faults.helpers import GOOD, send
from tests.faults.server import (
    Act,
    FaultServer,
    answer,
    chunk,
    completion,
    drip,
    error,
    flood,
    gzip_bomb,
    hang,
    http_bytes,
    in_order,
    keep_alive_then,
    raw_server,
    reset,
    say,
    stream,
)

OK = answer(GOOD)
HTML = say(200, "<html><body>Welcome</body></html>", content_type="text/html")
NO_CHOICES = {**completion("x"), "choices": []}
NULL_MESSAGE = {**completion("x"), "choices": [{"index": 0, "finish_reason": "stop", "message": None}]}

RECOVERS = {
    "2 429 without header": [error(429, "slow down")] * 4 + [OK],
    "3 negative Retry-After": [error(429, "slow", headers={"Retry-After": "-5"}), OK],
    "3 Retry-After nan": [error(429, "slow", headers={"Retry-After": "nan"}), OK],
    "3 Retry-After of 1970": [error(429, "slow", headers={"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}), OK],
    "11 500": [error(500, "boom"), OK],
    "11 502": [say(502, "<html>bad gateway</html>", content_type="text/html"), OK],
    "11 503": [error(503, "overloaded"), OK],
    "11 529": [error(529, "overloaded"), OK],
    "11 504 of 2 MB HTML": [say(504, "<html>" + "x" * 2_000_000, content_type="text/html"), OK],
    "15 reset before headers": [reset(), OK],
    "15 reset in the body": [reset(after=b'{"id": "1", '), OK],
    "16 hang": [hang(), OK],
    "17 blank lines for ever": [drip(), OK],
    "17 keep-alive comments for ever": [drip(b": keep-alive\n\n", content_type="text/event-stream"), OK],
    "20 empty": [say(200, ""), OK],
    "20 white space": [say(200, "  \n "), OK],
    "21 HTML": [HTML, OK],
    "21 text": [say(200, "hello", content_type="text/plain"), OK],
    "21 error inside a success": [say(200, {"error": {"message": "upstream", "code": 502}}), OK],
    "21 list": [say(200, [1, 2]), OK],
    "21 null": [say(200, "null"), OK],
    "21 a stream nobody asked for": [stream([chunk(GOOD), chunk(None, "stop"), "[DONE]"]), OK],
    "22 no choices": [say(200, NO_CHOICES), OK],
    "22 null message": [say(200, NULL_MESSAGE), OK],
    "26 provider gave up": [answer("{", finish_reason="insufficient_system_resource"), OK],
    "27 no finish reason": [answer(GOOD, finish_reason=None), OK],
}


@pytest.mark.parametrize("acts", RECOVERS.values(), ids=RECOVERS)
async def test_asked_again_until_it_answers(acts: list[Act]) -> None:
    async with FaultServer(in_order(*acts)) as server:
        # The deadline only matters to those that never answer; a busy machine needs its time for the others.
        endless = any(act.__name__ in ("hang", "drip") for act in acts)
        run = await send(server.url, seconds=1.5 if endless else 10.0)
        assert isinstance(run.end, Reply), run.end
        assert parse_reply(run.end, Questions).questions == ["How does `f` work?"]
        assert len(server.asked) == len(acts) == len(run.sent)
        assert run.sent[-1][1] == len(acts)


GIVEN_UP = {
    "9 context length": (
        [error(400, "maximum context length is 4096 tokens", "context_length_exceeded")],
        "too_long",
        1,
    ),
    "9 llama.cpp": ([error(400, "request (20013 tokens) exceeds the available context size (4096)")], "too_long", 1),
    "9 413": ([say(413, "")], "too_long", 1),
    "11 500 for ever": ([error(500, "boom")], "server", 4),
    "16 hang for ever": ([hang()], "deadline", 4),
    "18 20 MB": ([flood(20)], "too_big", 1),
    "18 gzip bomb": ([gzip_bomb(100)], "too_big", 1),
    "20 empty for ever": ([say(200, "")], "body", 4),
    "25 DashScope": (
        [error(400, "Input data may contain inappropriate content.", "data_inspection_failed")],
        "filtered",
        1,
    ),
    "25 OpenAI": ([error(400, "Your request was rejected", "content_policy_violation")], "filtered", 1),
}


@pytest.mark.parametrize(("acts", "code", "sends"), GIVEN_UP.values(), ids=GIVEN_UP)
async def test_given_up_after_a_bounded_number_of_sends(acts: list[Act], code: str, sends: int) -> None:
    async with FaultServer(in_order(*acts)) as server:
        run = await send(server.url, seconds=0.4 if code == "deadline" else 5.0)
        assert isinstance(run.end, Fault), run.end
        assert (run.end.action, run.end.code) == ("item", code)
        assert len(server.asked) == sends
        assert len(str(run.end)) < 400


STOPS = {
    "3 Retry-After of a day": (error(429, "x", headers={"Retry-After": "86400"}), "24.0 hours"),
    "4 insufficient_quota": (error(429, "You exceeded your current quota", "insufficient_quota"), "balance or quota"),
    "4 credit": (error(429, "no credit", "credit_balance_exhausted"), "balance or quota"),
    "4 project limit": (error(429, "limit", "project_spend_limit_exceeded"), "balance or quota"),
    "4 organization limit": (error(429, "limit", "organization_usage_limit_exceeded"), "balance or quota"),
    "5 402": (error(402, "Insufficient Balance"), "top it up"),
    "5 Arrearage": (error(400, "Access denied, make sure your account is in good standing", "Arrearage"), "top it up"),
    "6 401": (error(401, "Incorrect API key provided: sk-secret-0123456789abcd"), "was refused"),
    "6 403": (error(403, "forbidden"), "was refused"),
    "7 404": (error(404, "The model `deepseek-chat` does not exist", "model_not_found"), "does not know this model"),
    "7 DeepSeek": (error(400, "Model Not Exist"), "does not know this model"),
    "9b redirect": (say(307, "", {"Location": "http://127.0.0.1:9/v1/chat/completions"}), "redirect"),
}


@pytest.mark.parametrize(("act", "words"), STOPS.values(), ids=STOPS)
async def test_stops_the_run_after_the_calls_in_flight(act: Act, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QAREPO_API_KEY", "sk-secret-0123456789abcd")
    async with FaultServer(in_order(act)) as server:
        run = await send(server.url, [f"q{i}" for i in range(30)], concurrency=3)
        assert all(isinstance(end, ProviderError) for end in run.ends)
        assert words in str(run.ends[0])
        assert "sk-secret" not in str(run.ends)
        assert len(server.asked) <= 3  # nothing starts after the first such reply


async def test_a_refused_key_is_named_by_variable_and_four_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-secret-0123456789abcd")
    async with FaultServer(in_order(error(401, "Authentication Fails, key sk-secret-0123456789abcd"))) as server:
        run = await send(server.url, model="deepseek:deepseek-flash")
        assert str(run.end) == (
            "The key in DEEPSEEK_API_KEY (ends in abcd) was refused by 127.0.0.1 (HTTP 401); "
            "set a valid key and run the same command."
        )


PARAMETERS = {
    "temperature": (
        {"message": "Unsupported value: 'temperature' does not support 0.5", "param": "temperature"},
        "temperature",
    ),
    "max_tokens": ({"message": "Unsupported parameter: 'max_tokens' is not supported with this model."}, "max_tokens"),
}


@pytest.mark.parametrize(("refusal", "name"), PARAMETERS.values(), ids=PARAMETERS)
async def test_8_a_refused_parameter_is_dropped_or_renamed_for_the_run(refusal: dict[str, Any], name: str) -> None:
    def script(asked: Any) -> Act:
        return error(400, **refusal) if name in asked.body else OK

    async with FaultServer(script) as server:
        run = await send(server.url, ["q1", "q2", "q3"], concurrency=1)
        assert all(isinstance(end, Reply) for end in run.ends), run.ends
        assert [name in asked.body for asked in server.asked] == [True, False, False, False]
        if name == "max_tokens":
            assert server.asked[1].body["max_completion_tokens"] == 256


async def test_8_response_format_steps_down_the_ladder_and_stays_there() -> None:
    def script(asked: Any) -> Act:
        kind = asked.body.get("response_format", {}).get("type")
        if kind == "json_schema" or "tools" in asked.body:
            return error(400, "response_format or tool_choice is not supported")
        return OK

    async with FaultServer(script) as server:
        run = await send(server.url, ["q1", "q2"], concurrency=1)
        assert [end.method for end in run.ends] == ["json_mode", "json_mode"]
        assert len(server.asked) == 4


async def test_8_an_unexplained_400_on_one_request_is_that_requests_own() -> None:
    def script(asked: Any) -> Act:
        return error(400, "no") if asked.text == "bad" else OK

    async with FaultServer(script) as server:
        run = await send(server.url, ["good", "bad", "fine"], concurrency=1)
        assert [getattr(end, "method", getattr(end, "code", None)) for end in run.ends] == [
            "json_schema",
            "refused",
            "json_schema",
        ]
        assert len(server.asked) == 3


async def test_22_missing_usage_is_estimated_and_marked() -> None:
    body = completion(GOOD)
    del body["usage"]
    body["choices"][0]["novel_field"] = {"a": 1}
    async with FaultServer(in_order(say(200, body))) as server:
        run = await send(server.url)
        assert run.end.usage.estimated
        assert run.end.usage.prompt_tokens > 0


async def test_23_blank_json_mode_is_given_up_after_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-secret-0123456789abcd")

    def script(asked: Any) -> Act:
        return answer("   " if "response_format" in asked.body else GOOD)

    async with FaultServer(script) as server:
        run = await send(server.url, ["q1", "q2", "q3"], model="deepseek:deepseek-flash", concurrency=1)
        assert [end.method for end in run.ends] == ["json_mode", "json_mode", "text"]
        with pytest.raises(ReplyError) as caught:
            parse_reply(run.ends[0], Questions)
        assert caught.value.code == "blank"
        assert parse_reply(run.ends[2], Questions)


UNUSABLE = {
    "24 cut": (answer('{"questions": ["a"', finish_reason="length"), "truncated"),
    "24 cut but whole": (answer(GOOD, finish_reason="length"), "truncated"),
    "25 filter": (answer(GOOD, finish_reason="content_filter"), "filtered"),
    "25 refusal": (answer(None, refusal="I cannot help."), "filtered"),
    "26 unknown reason": (answer(GOOD, finish_reason="tired"), "finish_reason"),
    "29 unclosed think": (answer("<think>" + GOOD), "thinking"),
    "30 answer in the reasoning": (answer("", reasoning_content=GOOD), "blank"),
    "31 doubled braces": (answer("{" + GOOD + "}"), "not_json"),
    "33 trailing comma": (answer('{"questions": ["a",]}'), "not_json"),
    "33 lone surrogate": (answer('{"questions": ["\\ud800"]}'), "not_json"),
    "34 wrapped": (answer('{"result": {"questions": ["a"]}}'), "schema"),
}


@pytest.mark.parametrize(("act", "code"), UNUSABLE.values(), ids=UNUSABLE)
async def test_an_unusable_reply_is_kept_raw_and_refused_by_the_gate(act: Act, code: str) -> None:
    async with FaultServer(in_order(act)) as server:
        run = await send(server.url)
        assert isinstance(run.end, Reply), run.end
        assert run.end.usage.prompt_tokens == 100  # it was billed, so it is recorded
        with pytest.raises(ReplyError) as caught:
            parse_reply(run.end, Questions)
        assert caught.value.code == code
        assert len(server.asked) == 1


async def test_29_thinking_is_not_in_the_answer() -> None:
    async with FaultServer(in_order(answer(f"<think>{GOOD}</think>\n{GOOD}", reasoning_content="12345"))) as server:
        run = await send(server.url)
        assert parse_reply(run.end, Questions).questions == ["How does `f` work?"]
        assert run.end.reasoning_chars == 5


async def test_32_a_stream_only_model_is_asked_for_a_stream_from_then_on() -> None:
    usage = json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny", "choices": []})
    usage = usage[:-1] + ', "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}}'
    events = [chunk(GOOD[:10]), chunk(GOOD[10:]), chunk(None, "stop"), usage, "[DONE]"]

    def script(asked: Any) -> Act:
        if not asked.body.get("stream"):
            return error(400, "This model only support stream mode, please enable the stream parameter.")
        return stream(events)

    async with FaultServer(script) as server:
        run = await send(server.url, ["q1", "q2"], concurrency=1)
        assert [parse_reply(end, Questions).questions for end in run.ends] == [["How does `f` work?"]] * 2
        assert run.ends[0].usage.prompt_tokens == 7
        assert [bool(asked.body.get("stream")) for asked in server.asked] == [False, True, True]


@pytest.mark.parametrize(
    "events",
    [
        [chunk(GOOD)],
        [chunk(GOOD[:8])],
        [chunk(GOOD), '{"error": {"message": "died", "code": 500}}'],
        [chunk(GOOD), "{broken"],
        [],
    ],
    ids=["27 no end", "27 cut", "28 error event", "28 bad event", "27 nothing"],
)
async def test_27_28_a_broken_stream_is_asked_again(events: list[str]) -> None:
    whole = stream([chunk(GOOD), chunk(None, "stop"), "[DONE]"])

    def script(asked: Any) -> Act:
        if not asked.body.get("stream"):
            return error(400, "please enable the stream parameter")
        return whole if asked.attempt == 3 else stream(events)

    async with FaultServer(script) as server:
        run = await send(server.url)
        assert isinstance(run.end, Reply), run.end
        assert parse_reply(run.end, Questions).questions == ["How does `f` work?"]
        assert len(server.asked) == 3


async def test_17_blank_lines_before_an_answer_are_skipped() -> None:
    async with FaultServer(in_order(keep_alive_then(GOOD))) as server:
        run = await send(server.url)
        assert parse_reply(run.end, Questions).questions == ["How does `f` work?"]


WHOLE = json.dumps(completion(GOOD)).encode()
LENGTHS = {
    "19 too long": (lambda n: http_bytes(WHOLE, length=len(WHOLE) + (50 if n == 1 else 0)), "close", 2),
    "19 too short": (lambda n: http_bytes(WHOLE, length=len(WHOLE) - (50 if n == 1 else 0)), "close", 2),
    "19 bad chunk": (
        lambda n: (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n" if n == 1 else http_bytes(WHOLE)
        ),
        "close",
        2,
    ),
    "15 reset after the whole body": (lambda _n: http_bytes(WHOLE), "reset", 1),
    "19 no HTTP at all": (lambda n: b"SSH-2.0-x\r\n" if n == 1 else http_bytes(WHOLE), "close", 2),
}


@pytest.mark.parametrize(("reply", "close", "sends"), LENGTHS.values(), ids=LENGTHS)
async def test_bytes_that_break_the_protocol(reply: Any, close: str, sends: int) -> None:
    async with raw_server(reply, close=close) as (url, seen):
        run = await send(url)
        assert isinstance(run.end, Reply), run.end
        assert len(seen) == sends
        # A server that writes no HTTP refused nothing: no other way of asking is tried.
        assert run.end.method == "json_schema"
