from __future__ import annotations

import json

import pytest

from qarepo_graph.llm.backend import Reply
from qarepo_graph.llm.structured import MAX_REPLY_CHARS, ReplyError, json_schema, parse_reply, schema_text
from qarepo_graph.schema import Description, Questions

GOOD = '{"questions": ["a?", "b?"]}'
WANT = Questions(questions=["a?", "b?"])


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Here it is:\n```\n{GOOD}\n```\nDone.",
        f"~~~json\n{GOOD}\n~~~",
        f"<think>{{not this}}</think>\n{GOOD}",
        f"<think>a</think><think>b</think>{GOOD}",
        f"The template opened it.</think>\n\n{GOOD}",
        f"<think>x</think>```json\n{GOOD}\n```",
    ],
)
def test_one_object_however_it_is_wrapped(text: str) -> None:
    assert parse_reply(Reply(text=text), Questions) == WANT


def test_thinking_marks_inside_a_string_are_somebodys_code() -> None:
    text = json.dumps({"questions": ["What does `<think>x</think>` do?", "```\n~~~"]})
    assert parse_reply(Reply(text=text), Questions).questions == ["What does `<think>x</think>` do?", "```\n~~~"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "blank", "was empty"),
        (" \n\t ", "blank", "was empty"),
        ("<think>never ends {", "thinking", "inside <think>"),
        ("Sure! " + GOOD, "not_json", "not one json object"),
        (GOOD + GOOD, "not_json", "Extra data"),
        (f"```\n{GOOD}\n```\n```\n{GOOD}\n```", "not_json", "not one json object"),
        ('{"questions": ["a",]}', "not_json", "not one json object"),
        ("{'questions': ['a']}", "not_json", "not one json object"),
        ('{"questions": ["a\nb"]}', "not_json", "Invalid control character"),
        ('{"questions": ["a"', "not_json", "not one json object"),
        ('{"questions": ["a"], "questions": ["b"]}', "not_json", "the key 'questions' comes twice"),
        ('{"questions": [NaN]}', "not_json", "NaN is not a json value"),
        ('{"questions": [-Infinity]}', "not_json", "-Infinity is not a json value"),
        ('{"questions": [1e999]}', "not_json", "too large"),
        ('{"questions": [' + "9" * 5000 + "]}", "not_json", "not valid json"),
        ('{"questions": ["\\ud800"]}', "not_json", "surrogate"),
        ("[" * 200_000, "not_json", "deeper than 32"),
        ('{"a":' * 100_000, "not_json", "deeper than 32"),
        ("[1]", "not_json", "is a json array"),
        ("null", "not_json", "is a json null"),
        ('"text"', "not_json", "is a json string"),
        ("x" * (MAX_REPLY_CHARS + 1), "too_big", "longer than"),
        ('{"Questions": {"questions": ["a"]}}', "schema", "Questions: Extra inputs are not permitted"),
        ('{"questions": "a"}', "schema", "questions: Input should be a valid list"),
        ('{"questions": [1]}', "schema", "questions.0: Input should be a valid string"),
        ('{"questions": []}', "schema", "questions: List should have at least 1 item"),
        ('{"questions": ["a"], "note": "b"}', "schema", "note: Extra inputs are not permitted"),
    ],
)
def test_everything_else_is_refused_in_words(text: str, code: str, words: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse_reply(Reply(text=text), Questions)
    assert (caught.value.code, words in caught.value.message) == (code, True), caught.value.message
    assert len(caught.value.message) < 1000


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("length", "truncated"),
        ("max_tokens", "truncated"),
        ("MAX_TOKENS", "truncated"),
        ("content_filter", "filtered"),
        ("refusal", "filtered"),
        ("because", "finish_reason"),
    ],
)
def test_a_valid_text_with_a_bad_end_is_refused(reason: str, code: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse_reply(Reply(text=GOOD, finish_reason=reason), Questions)
    assert caught.value.code == code


def test_numbers_are_not_coerced() -> None:
    step = {"text": "t", "start_line": "1", "end_line": 2}
    text = json.dumps({"description": "d", "logic_steps": [step]})
    with pytest.raises(ReplyError, match=r"logic_steps\.0\.start_line: Input should be a valid integer"):
        parse_reply(Reply(text=text), Description)


def test_a_brace_in_prose_of_many_strings_is_not_depth() -> None:
    text = json.dumps({"questions": ["{[" * 400 + "?"]})
    assert parse_reply(Reply(text=text), Questions).questions[0].startswith("{[")


def test_schemas_have_no_titles_and_lose_only_what_is_dropped() -> None:
    assert '"title"' not in schema_text(Description)
    strict = json_schema(Description, without=("minLength", "maxLength"))
    assert "maxLength" not in json.dumps(strict)
    assert strict["properties"]["logic_steps"]["maxItems"] == 40
    assert strict["required"] == ["description", "logic_steps"]
    assert strict["additionalProperties"] is False
    assert strict["$defs"]["LogicStep"]["properties"]["start_line"]["minimum"] == 1
