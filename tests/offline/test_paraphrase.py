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


def all_asked(code: str, **fields: object) -> str:
    sample = function(code, qualified_name="Box.fill", name="fill", enclosing_type="Box", kind="method", **fields)  # type: ignore[arg-type]  # fields of mixed types
    return "\n".join(asked(sample, "en", 200) + asked(sample, "zh", 200))


ORDER = r"(?i)in what order|one step at a time|how each part|先后顺序|按什么次序"
WAYS = r"(?i)which branches|take which path|哪条分支|条件分支"
INPUT = r"(?i)is given|each stage|传入的内容|交给"
RESULT = r"(?i)produce its result|its outcome|最终结果|怎样得出"


def test_nobody_asks_for_what_a_function_does_not_have():
    bare = all_asked("def fill(self):\n    self.full = True", parameters="self")
    assert not [asked for asked in (ORDER, WAYS, INPUT, RESULT) if re.search(asked, bare)]
    assert len(bare.split("\n")) > 20
    rich = all_asked(
        "def fill(self, a):\n    if a:\n        self.b = a\n    c = g(a)\n    return c", parameters="self a"
    )
    assert all(re.search(asked, rich) for asked in (ORDER, WAYS, INPUT, RESULT))


def test_documentation_is_quoted_up_to_its_whole_sentence_and_as_a_task_only_where_it_is_one():
    whole = all_asked(
        "def fill(self): ...", docstring="Bind the box to a shelf, setting all it needs (e.g. its label). More."
    )
    assert "“Bind the box to a shelf, setting all it needs (e.g. its label)”" in whole
    remark = all_asked("def fill(self): ...", docstring="Boxes of glass only, not of wood.")
    assert "documented as “Boxes of glass only, not of wood”" in remark
    assert "the task “Boxes" not in remark
    assert "“Boxes of glass only, not of wood”这项工作" not in remark


def test_a_question_that_asks_where_does_not_say_where():
    code = "def fill(self, a):\n    b = g(a)\n    return b"
    sample = function(code, qualified_name="Box.fill", name="fill", enclosing_type="Box", parameters="self a")
    for language in ("en", "zh"):
        for kind in ("where_feature", "how_implemented"):
            questions = asked(sample, language, 60, question_type=kind, unique_name=False)
            where = [
                question for question in questions if re.search("(?i)where|which file|哪个文件|什么位置", question)
            ]
            assert where
            assert not [question for question in where if "train/early.py" in question]
    shared = asked(sample, "en", 60, unique_name=False, shared_name=True)
    assert all("train/early.py" in question for question in shared)
    assert not [question for question in shared if question.startswith("Where")]
