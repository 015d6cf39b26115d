from __future__ import annotations

import string

from qarepo_graph.offline.names import in_words, read_name, third_person, words_of
from qarepo_graph.offline.phrases import CHINESE, ENGLISH
from qarepo_graph.offline.phrases.phrasebook import spaced


def test_both_books_hold_the_same_patterns_with_the_same_values():
    def slots(pattern: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}

    assert ENGLISH.patterns.keys() == CHINESE.patterns.keys()
    differing = {
        key: (slots(ENGLISH.patterns[key]), slots(CHINESE.patterns[key]))
        for key in ENGLISH.patterns
        if slots(ENGLISH.patterns[key]) != slots(CHINESE.patterns[key])
    }
    assert differing == {}


def test_names_are_split_at_case_underscore_and_digits():
    assert words_of("getUserHTTPHeaders") == ("get", "user", "HTTP", "headers")
    assert words_of("__load_config2__") == ("load", "config", "2")
    assert read_name("loadConfig").verb == "load"
    assert read_name("which").verb == ""
    assert in_words(("user", "HTTP", "headers"), "zh") == "用户 HTTP 头"
    assert [third_person(verb) for verb in ("copy", "push", "play", "go", "read")] == [
        "copies",
        "pushes",
        "plays",
        "goes",
        "reads",
    ]


def test_chinese_text_has_one_space_around_code():
    assert spaced("调用`f()`并返回 `x`。") == "调用 `f()` 并返回 `x`。"
