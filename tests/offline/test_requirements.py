from __future__ import annotations

import pytest
from function_samples import function

from qarepo_graph.llm.backend import Fault
from qarepo_graph.offline.idea_texts_en import ENGLISH_IDEAS
from qarepo_graph.offline.idea_texts_zh import CHINESE_IDEAS
from qarepo_graph.offline.ideas import KINDS, ideas
from qarepo_graph.offline.requirements import ideate
from qarepo_graph.schema import Function, IdeateInputs, Language


def named(code: str, name: str, parameters: str = "", language: str = "python", **more: object) -> Function:
    where = {"id": f"train/early.py::{name}", "qualified_name": name} | more
    return function(code, language, name=name, parameters=parameters, **where)


def inputs(*focus: Function, ordinal: int = 0, language: Language = "en", **more: object) -> IdeateInputs:
    return IdeateInputs(ordinal=ordinal, focus=focus, descriptions={}, language=language, **more)  # type: ignore[arg-type]  # mixed


FETCH = named(
    """
    def fetch(url):
        return client.get(url, timeout=30)
    """,
    "fetch",
    "url",
)


def test_a_value_written_into_the_body_becomes_a_parameter():
    reply = ideate(inputs(FETCH, ordinal=KINDS.index("setting")))
    assert reply.model_dump() == {
        "question": "How to make the value `30` that `fetch` uses for `timeout` configurable by the caller?",
        "solution": (
            "`fetch` in `train/early.py` has `30` written into its body for `timeout`. To make it a choice, give "
            "`fetch` an optional parameter `default_timeout`, with `30` as the value used when nothing else is asked "
            "for, so that present callers see no change."
        ),
        "logic_steps": [
            "In `train/early.py`, give `fetch` an optional parameter `default_timeout`; its default stands for `30`.",
            "In line 11, use `default_timeout` in place of the fixed `30`.",
            "Describe `default_timeout` in the documentation of `fetch`.",
            "Test `fetch` once with the default and once with another value.",
        ],
        "reuses": ["fetch"],
        "adds": ["parameter `default_timeout` of `fetch`"],
        "touches": ["train/early.py"],
    }


def test_the_same_in_chinese():
    reply = ideate(inputs(FETCH, ordinal=KINDS.index("setting"), language="zh"))
    assert reply.question == "如何让调用方自行设定 `fetch` 中 `timeout` 的取值，而不是固定为 `30`？"
    assert reply.adds == ["`fetch` 的参数 `default_timeout`"]
    assert reply.logic_steps[1] == "在第 11 行用 `default_timeout` 代替写死的 `30`。"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_further_requirement_avoids_the_ones_before_until_none_is_left(language: Language):
    asked: list[str] = []
    with pytest.raises(Fault) as raised:
        _ask_until_exhausted(asked, language)
    assert (raised.value.action, raised.value.code) == ("item", "exhausted")
    assert len(asked) == len(set(asked)) >= 3


def _ask_until_exhausted(asked: list[str], language: Language) -> None:
    for ordinal in range(50):
        asked.append(ideate(inputs(FETCH, ordinal=ordinal, language=language, avoid=tuple(asked))).question)


def test_a_question_that_was_refused_as_asked_before_is_not_asked_again():
    first = ideate(inputs(FETCH, ordinal=1)).question
    reason = f"Another requirement already asks {first!r}; ask for something else."
    assert ideate(inputs(FETCH, ordinal=1, feedback=(reason,))).question != first


def test_names_that_are_taken_are_no_ideas():
    save = named("def save(path):\n    path.write_text('x')", "save", "path")
    load = named("def load(path):\n    return path.read_text()", "load", "path")
    assert "inverse" in {idea.kind for idea in ideas(inputs(save))}
    assert "inverse" not in {idea.kind for idea in ideas(inputs(save, load))}
    assert "inverse" not in {idea.kind for idea in ideas(inputs(save, repository_map="load(path)"))}


def test_java_gets_a_second_form_and_camel_case():
    count = named(
        'int count(String text) {\n  for (String w : text.split(" ")) { n++; }\n  return n;\n}', "count", "text", "java"
    )
    found = {idea.kind: idea for idea in ideas(inputs(count))}
    assert found["cache"].new == ("countCached",)
    load = named("void loadAll(Files files) {\n  for (File f : files) { load(f); }\n}", "loadAll", "files", "java")
    reply = ideate(inputs(load, ordinal=KINDS.index("progress")))
    assert "add a second form of `loadAll` with a further parameter `onProgress`" in reply.solution


def test_both_languages_word_every_kind():
    assert ENGLISH_IDEAS.keys() == CHINESE_IDEAS.keys() == set(KINDS)


def test_a_wish_that_is_there_already_gives_way_to_another_function_or_kind():
    first = ideate(inputs(FETCH))
    reason = "`Cache.fetch` in `train/cache.py` already does this; ask for something the repository does not have."
    second = ideate(inputs(FETCH, feedback=(reason,)))
    assert second.question != first.question
    assert second.adds != first.adds


def kinds(code: str, name: str, parameters: str = "", language: str = "python", **more: object) -> set[str]:
    return {idea.kind for idea in ideas(inputs(named(code, name, parameters, language, **more)))}


WANTED = [
    ("timeout", "def pull(sock):\n    return sock.recv(99)", "pull", "sock"),
    ("batch", "def parse_row(row):\n    return row.strip()", "parse_row", "row"),
    ("report", "def drop(path):\n    try:\n        free(path)\n    except OSError:\n        pass", "drop", "path"),
    ("validate", "def resize(width):\n    return make(width)", "resize", "width"),
    ("setting", "def dial(a):\n    tries = 7\n    return a(tries)", "dial", "a"),
    ("inverse", "def encode_row(row):\n    return row.hex()", "encode_row", "row"),
    ("cache", "def total(text):\n    n = 0\n    for a in text:\n        n += ord(a)\n    return n", "total", "text"),
    ("limit", "def work(q):\n    while True:\n        sleep(3)\n        q()", "work", "q"),
    ("own_error", "def f(a):\n    raise ValueError(a)", "f", "a"),
]
UNWANTED = [
    ("timeout", "def pull(sock, timeout):\n    return sock.recv(99)", "pull", "sock timeout"),
    ("batch", "def parse_row(timeout):\n    return timeout", "parse_row", "timeout"),
    ("batch", "def is_row(row):\n    return row", "is_row", "row"),
    ("batch", "def set_row(row):\n    return row", "set_row", "row"),
    ("report", "def drop(p):\n    try:\n        free(p)\n    except OSError as e:\n        note(e)", "drop", "p"),
    ("report", "def drop(p):\n    try:\n        free(p)\n    except ImportError:\n        pass", "drop", "p"),
    ("report", "def drop(p):\n    try:\n        free(p)\n    except OSError:\n        return 0", "drop", "p"),
    ("validate", "def dumps(obj):\n    return make(obj)", "dumps", "obj"),
    ("setting", "def dial(a):\n    n = 7\n    while a(n):\n        n = 8", "dial", "a"),
    ("setting", "def dial(a):\n    message = 'no answer'\n    return a(message)", "dial", "a"),
    ("inverse", "def add(a, b):\n    return a + b", "add", "a b"),
    ("inverse", "def add_to_copy(self, a):\n    self.b.c(a)", "add_to_copy", "self a"),
    ("cache", "def total(reader):\n    for a in reader:\n        n = a\n    return n", "total", "reader"),
    ("limit", "def work(q):\n    while q.left:\n        q()", "work", "q"),
    ("timeout", "def show(v):\n    return v.accept(3)", "show", "v"),
    ("setting", "def dial(a):\n    byte_mask = 191\n    return a(byte_mask)", "dial", "a"),
    ("batch", "def register(name, cls):\n    return name", "register", "name cls"),
    ("own_error", "def pop(a):\n    raise KeyError(a)", "pop", "a"),
    ("progress", "def mark(a):\n    for b in a:\n        c(b)", "mark", "a"),
]


@pytest.mark.parametrize(("kind", "code", "name", "parameters"), WANTED)
def test_what_people_ask_for_is_an_idea(kind: str, code: str, name: str, parameters: str):
    assert kind in kinds(code, name, parameters)


@pytest.mark.parametrize(("kind", "code", "name", "parameters"), UNWANTED)
def test_what_nobody_would_ask_for_is_none(kind: str, code: str, name: str, parameters: str):
    assert kind not in kinds(code, name, parameters)


def test_nothing_is_asked_of_what_is_not_theirs_to_call():
    code = "private String parseRow(String row) {\n  return row;\n}"
    assert kinds(code, "parseRow", "row", "java", modifiers=("private",)) == set()
    assert kinds("def _parse_row(row):\n    return row", "_parse_row", "row") == set()


def test_any_name_that_undoes_it_says_that_the_opposite_is_there():
    add = named("def add(self, key):\n    self.items.insert(key)", "add", "self key")
    assert "inverse" in {idea.kind for idea in ideas(inputs(add))}
    assert "inverse" not in {idea.kind for idea in ideas(inputs(add, repository_map="OrderedSet.discard(key)"))}


def test_an_error_s_own_error_is_not_called_error_error():
    code = "def messages(self):\n    raise TypeError(self)"
    assert "own_error" not in kinds(code, "messages", "self", enclosing_type="ValidationError")
