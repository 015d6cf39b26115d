from __future__ import annotations

import re

import pytest
from function_samples import function

from qarepo_graph.offline.describe import describe
from qarepo_graph.offline.paraphrase import paraphrase
from qarepo_graph.quality.paraphrases import Wording, near_copy
from qarepo_graph.schema import DescribeInputs, Function, Language, ParaphraseInputs, QuestionStyle

SAMPLE = function(
    'def load_config(path):\n    """Read the settings of a run."""\n    return json.load(open(path))',
    name="load_config",
    qualified_name="load_config",
    id="train/early.py::load_config",
    parameters="path",
    docstring="Read the settings of a run.",
)


def asked(sample: Function, language: Language, count: int, **more: object) -> list[str]:
    description = describe(DescribeInputs(function=sample, language=language))
    inputs = ParaphraseInputs(function=sample, description=description, language=language, count=count, **more)  # type: ignore[arg-type]  # mixed
    return paraphrase(inputs).questions


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ten_wordings_that_name_the_function_and_are_no_near_copies(language: Language):
    questions = asked(SAMPLE, language, 10)
    assert len(questions) == 10
    assert all("`load_config`" in question for question in questions)
    masked = [Wording.of(question, SAMPLE) for question in questions]
    assert not [(a, b) for i, a in enumerate(masked) for b in masked[i + 1 :] if near_copy(a, b)]
    assert all(bool(re.search("[\u4e00-\u9fff]", question)) == (language == "zh") for question in questions)


def test_wordings_kept_before_do_not_come_again():
    first = asked(SAMPLE, "en", 10)
    further = asked(SAMPLE, "en", 10, keep=tuple(first))
    assert not set(first) & set(further)


def test_more_than_the_grammar_has_is_not_made_up():
    questions = asked(SAMPLE, "zh", 200)
    assert 15 < len(questions) < 60
    assert len(set(questions)) == len(questions)


def test_a_style_is_followed_where_a_pattern_has_it():
    terse = QuestionStyle("imperative", "how", "terse", "file", False, "reviewer", "short")
    (question,) = asked(SAMPLE, "en", 1, styles=(terse,))
    assert question == "Summarise how `load_config` in `train/early.py` works"


def test_an_overload_is_named_by_its_handle():
    questions = asked(SAMPLE, "en", 3, handle="load_config(path, str)", unique_name=False)
    assert all("`load_config(path, str)` in `train/early.py`" in question for question in questions)


def test_documentation_that_points_at_the_code_is_not_quoted():
    pointing = function(
        "def sample(a):\n    return a", docstring="Reset this class to its initial state.", parameters="a"
    )
    assert not [question for question in asked(pointing, "en", 30) if "this class" in question]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["how_algorithm", "where_feature", "where_identifier", "why_purpose", "what_concept"])
def test_other_kinds_of_questions_have_wordings_of_their_own(kind: str, language: Language):
    questions = asked(SAMPLE, language, 3, question_type=kind)
    assert len(questions) == 3
    words = {
        "where_feature": "(?i)where|which file|point me|find the code|哪|位置|找",
        "what_concept": "(?i)what|role|define|什么|定义|角色",
    }
    assert all(re.search(words.get(kind, "."), question) for question in questions)


def test_the_seed_s_question_is_never_a_mere_where_or_what():
    every = asked(SAMPLE, "en", 200)
    assert not {"Where can I find `load_config`", "What does `load_config` stand for"} & set(every)


def test_no_wording_left_repeats_one_that_is_kept():
    every = tuple(asked(SAMPLE, "en", 20, question_type="what_concept"))
    assert asked(SAMPLE, "en", 1, question_type="what_concept", keep=every) == [every[0]]
