"""Rows about single replies, met by the product itself: in one run every faulty function goes wrong in its own way.

What each fault is taken for, and how often it is asked again at a quick pace, ``test_replies.py`` and
``test_answers.py`` tell in the process. Here the plain command goes through all of them at its own pace, against a
server whose books say what was asked and billed, and must end with the rows of an undisturbed run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic import function_name, truthful
from tests.faults.product import OPTIONS, Product, honest, number_of, truth
from tests.faults.server import (
    Act,
    Asked,
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
    raw_server,
    reset,
    say,
    stream,
)

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]  # a busy machine takes a minute to start the product

HEALTHY = 3
"""Functions without a fault beside each one that has one: three failures in a row would count as an outage."""

Change = Callable[[dict[str, Any]], dict[str, Any]]


def text_of(change: Change) -> Act:
    """Answer with something else than the truth."""
    return answer(lambda asked: json.dumps(change(json.loads(truth(asked)))))


def cut(asked: Asked) -> str:
    """Return the first half of the truth."""
    return truth(asked)[: len(truth(asked)) // 2]


NO_REPLY: dict[str, Act] = {
    "2 429 without a header": error(429, "slow down"),
    "1 429 with milliseconds": error(429, "slow down", headers={"retry-after-ms": "300"}),
    "3 negative Retry-After": error(429, "slow down", headers={"Retry-After": "-5"}),
    "3 Retry-After nan": error(429, "slow down", headers={"Retry-After": "nan"}),
    "3 Retry-After of 1970": error(429, "slow down", headers={"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}),
    "11 500": error(500, "boom"),
    "11 502 HTML": say(502, "<html>bad gateway</html>", content_type="text/html"),
    "11 503": error(503, "overloaded"),
    "11 504 of 2 MB HTML": say(504, "<html>" + "x" * 2_000_000, content_type="text/html"),
    "11 529": error(529, "overloaded"),
    "15 reset before headers": reset(),
    "15 reset in the body": reset(after=b'{"id": "1", '),
    "16 silence": hang(),
    "17 blank lines": drip(),
    "17 comments": drip(b": keep-alive\n\n", content_type="text/event-stream"),
    "20 empty": say(200, ""),
    "20 white space": say(200, "  \n "),
    "21 HTML": say(200, "<html>Welcome</html>", content_type="text/html"),
    "21 text": say(200, "hello", content_type="text/plain"),
    "21 an error": say(200, {"error": {"message": "upstream", "code": 502}}),
    "21 a list": say(200, [1, 2]),
    "21 null": say(200, "null"),
    "22 no choices": say(200, {**completion("x"), "choices": []}),
    "26 gave up": answer("{", finish_reason="insufficient_system_resource"),
    "27 no finish reason": answer(truth, finish_reason=None),
    "27 a stream cut off": stream([chunk("half")]),
    "28 an error in a stream": stream([chunk("half"), '{"error": {"message": "died", "code": 500}}']),
}

NO_ANSWER: dict[str, Act] = {
    "23 blank": answer("   "),
    "24 cut": answer(cut, finish_reason="length"),
    "26 unknown reason": answer(truth, finish_reason="tired"),
    "29 unclosed thinking": answer(lambda asked: "<think>" + truth(asked)),
    "30 in the reasoning": answer("", reasoning_content="{}"),
    "31 doubled braces": answer(lambda asked: "{" + truth(asked) + "}"),
    "33 trailing comma": answer('{"description": "x",}'),
    "33 NaN": answer('{"description": NaN, "logic_steps": []}'),
    "33 two hundred thousand brackets": answer("[" * 200_000),
    "33 a number of 5,000 digits": answer('{"description": ' + "9" * 5000 + "}"),
    "33 half a surrogate": answer('{"description": "\\ud800", "logic_steps": []}'),
    "34 wrapped": text_of(lambda said: {"result": said}),
    "34 a field too many": text_of(lambda said: said | {"note": "x"}),
    "34 wrong type": text_of(lambda said: said | {"logic_steps": "none"}),
    "37 Chinese": text_of(lambda said: said | {"description": "记录一轮的损失并判断是否应该停止训练。"}),
    "37 no words": text_of(lambda said: said | {"description": said["description"].split(" ")[0]}),
    "38 an invented name": text_of(lambda said: said | {"description": said["description"] + " See `loss_watcher`."}),
    "40 of another function": answer(lambda _: truthful("", f"# Function `{function_name(2)}`")),
}

NO_GROUP: dict[str, Act] = {
    "35 no question": text_of(lambda said: said | {"questions": []}),
    "35 one of two": text_of(lambda said: said | {"questions": said["questions"][:1]}),
    "35 five hundred": text_of(lambda said: said | {"questions": said["questions"] * 250}),
    "36 the same twice": text_of(lambda said: said | {"questions": said["questions"][:1] * 2}),
    "36 the same but for spaces": text_of(
        lambda said: said | {"questions": [said["questions"][0], said["questions"][0].replace(" ", "  ")]}
    ),
    "37 of nobody knows which": text_of(
        lambda said: said | {"questions": [said["questions"][0], "What does this function do?"]}
    ),
}


async def undisturbed(folder: Path, functions: int) -> bytes:
    """Return the rows of a run in which nothing goes wrong."""
    clean = Product(folder, functions, OPTIONS)
    async with FaultServer(lambda _: honest()) as server:
        code, said = await clean.run(server.url)
        assert code == 0, said
    return clean.rows


@pytest.mark.parametrize(
    ("node", "faults"),
    [("describe", NO_REPLY), ("describe", NO_ANSWER), ("paraphrase", NO_GROUP)],
    ids=["no reply", "no answer", "no group"],
)
async def test_each_fault_is_asked_again_once_and_the_rows_are_those_of_a_clean_run(
    node: str, faults: dict[str, Act], tmp_path: Path
) -> None:
    names = list(faults)
    product = Product(tmp_path / "run", len(names) * (HEALTHY + 1), [*OPTIONS, "--request-seconds", "3"])
    met: Counter[str] = Counter()

    def script(asked: Asked) -> Act:
        number = number_of(asked, node)
        if number is None or number % (HEALTHY + 1) != HEALTHY:
            return honest()
        name = names[number // (HEALTHY + 1)]
        met[name] += 1
        return faults[name] if met[name] == 1 else honest()

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert "Traceback" not in said
        assert {name: met[name] for name in names if met[name] != 2} == {}
        true = [asked.key for asked in server.asked if asked.act == "answer" and asked.billed]
        assert max(Counter(true).values()) <= 2, "only a billed answer that was no good is bought again"
    assert product.rows == await undisturbed(tmp_path / "clean", product.functions)


BROKEN_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "19 too long": lambda whole: http_bytes(whole, length=len(whole) + 50),
    "19 too short": lambda whole: http_bytes(whole, length=len(whole) - 50),
    "19 bad chunk": lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "19 no HTTP at all": lambda _: b"SSH-2.0-x\r\n",
    "19 nothing": lambda _: b"",
}


async def test_19_bytes_that_break_the_protocol_cost_one_more_request(tmp_path: Path) -> None:
    names = list(BROKEN_BYTES)
    product = Product(tmp_path, len(names) * (HEALTHY + 1), OPTIONS)
    met: Counter[str] = Counter()

    def reply(_: int) -> bytes:
        head, _, body = seen[-1].partition(b"\r\n\r\n")
        if head.startswith(b"GET"):
            return http_bytes(b'{"object": "list", "data": [{"id": "tiny", "object": "model"}]}')
        asked = Asked("", 1, 1, 0.0, json.loads(body), {})
        whole = json.dumps(completion(truth(asked))).encode()
        number = number_of(asked)
        if number is None or number % (HEALTHY + 1) != HEALTHY:
            return http_bytes(whole)
        name = names[number // (HEALTHY + 1)]
        met[name] += 1
        return BROKEN_BYTES[name](whole) if met[name] == 1 else http_bytes(whole)

    async with raw_server(reply) as (url, seen):
        code, said = await product.run(url)
    assert code == 0, said
    assert met == dict.fromkeys(names, 2)
    assert len(json.loads(product.rows)) == product.functions * 2 + 1


GIVEN_UP: dict[str, Act] = {
    "18 20 MB": flood(20),
    "18 a gzip bomb": gzip_bomb(100),
    "25 a filtered prompt": error(400, "Your request was rejected", "content_policy_violation"),
}


async def test_18_25_what_cannot_be_answered_is_asked_once_and_named(tmp_path: Path) -> None:
    names = list(GIVEN_UP)
    product = Product(tmp_path, len(names) * (HEALTHY + 1), OPTIONS)
    met: Counter[str] = Counter()

    def script(asked: Asked) -> Act:
        number = number_of(asked)
        if number is None or number % (HEALTHY + 1) != HEALTHY:
            return honest()
        name = names[number // (HEALTHY + 1)]
        met[name] += 1
        return GIVEN_UP[name]

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
        assert code == 3, said
        assert met == dict.fromkeys(names, 1)
        assert (await product.status())["items"]["describe"] == {
            "accepted": len(names) * HEALTHY,
            "failed": len(names),
        }


@pytest.mark.parametrize(
    "act",
    [answer("", finish_reason="content_filter"), answer(None, refusal="I cannot help with that.")],
    ids=["content_filter", "refusal"],
)
async def test_25_a_filtered_reply_is_bought_once(act: Act, tmp_path: Path) -> None:
    product = Product(tmp_path, 4, OPTIONS)
    met: list[Asked] = []

    def script(asked: Asked) -> Act:
        if number_of(asked) != 2:
            return honest()
        met.append(asked)
        return act

    async with FaultServer(script) as server:
        code, said = await product.run(server.url)
    assert code == 3, said
    assert len(met) == 1


async def test_35_more_than_asked_are_cut_at_no_cost(tmp_path: Path) -> None:
    product = Product(tmp_path, 4, OPTIONS)
    more = text_of(lambda said: said | {"questions": [*said["questions"], f"Why is {said['questions'][0]} asked?"]})

    async with FaultServer(lambda asked: honest() if number_of(asked, "paraphrase") is None else more) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert len(server.asked) == 4 + 4 + 1
    assert len(json.loads(product.rows)) == 9


async def test_40_replies_given_to_the_wrong_caller_reach_no_row(tmp_path: Path) -> None:
    product = Product(tmp_path, options=[*OPTIONS, "--attempts", "6", "--no-answer-code"])
    last: dict[str, str] = {}
    swapped: list[str] = []

    def other(asked: Asked) -> str:
        kind = str(asked.body["messages"][0]["content"])
        mine, before = truth(asked), last.get(kind)
        last[kind] = mine
        if asked.ordinal % 4 == 0 and before:
            swapped.append(kind)
            return before
        return mine

    async with FaultServer(lambda _: answer(other)) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
    assert len(swapped) >= 10
    rows = [row for row in json.loads(product.rows) if "CSV" not in row["instruction"]]
    assert len(rows) == 40
    for row in rows:
        found = re.search(r"`\w+_(\d+)`", row["instruction"])
        assert found
        assert f"value * {int(found[1]) + 2}`" in row["output"], row


async def test_40_of_several_choices_the_first_is_taken(tmp_path: Path) -> None:
    product = Product(tmp_path, functions=2, options=OPTIONS)

    def several(asked: Asked) -> Act:
        body = completion(truth(asked))
        body["choices"].append({**completion('{"questions": []}')["choices"][0], "index": 1})
        return say(200, body, billed=True)

    async with FaultServer(several) as server:
        code, said = await product.run(server.url)
        assert code == 0, said
        assert all("n" not in asked.body for asked in server.asked)
        assert len(server.asked) == 5
