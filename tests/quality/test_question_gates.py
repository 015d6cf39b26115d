from __future__ import annotations

import pytest

from qarepo_graph.code.repository import parse_files
from qarepo_graph.quality.duplicates import same_bodies
from qarepo_graph.quality.gates import check_questions
from qarepo_graph.schema import ParaphraseInputs, Questions

EN = [
    "How does `EarlyStopping.step` decide that training should stop?",
    'Where is "stop when the validation loss stalls" implemented, and how does it work?',
    "Walk me through what happens when a new epoch's loss reaches `EarlyStopping`.",
]
ZH = [
    "`EarlyStopping.step` 是如何判断训练应该停止的？",
    "验证损失不再下降时提前结束训练，这个功能在代码里怎么实现？",
    "想弄清楚早停逻辑：每个 epoch 的损失传进来之后，`EarlyStopping` 都做了什么？",
    "请说明 train/early.py 中 `EarlyStopping.step` 的处理流程",
]
ZH_ANSWER = "`EarlyStopping.step` 记录一个 epoch 的验证损失，连续 `patience` 次没有下降时返回 `True`，提前结束训练。"


def check(project, answer, questions, language="en", exhausted=False, **inputs):
    if language == "zh":
        answer = answer.model_copy(update={"description": ZH_ANSWER})
    asked = ParaphraseInputs(
        **{
            "function": project.functions["EarlyStopping.step"],
            "description": answer,
            "language": language,
            "count": len(questions),
        }
        | inputs
    )
    return check_questions(Questions(questions=questions), asked, project.context, exhausted=exhausted)


@pytest.mark.parametrize(("language", "questions"), [("en", EN), ("zh", ZH)])
def test_real_paraphrases_pass(project, answer, language, questions):
    verdict = check(project, answer, questions, language)
    assert verdict.accepted
    assert verdict.keep == questions
    assert set(verdict.gates.values()) == {"ok"}


@pytest.mark.parametrize(
    ("language", "question", "gate"),
    [
        ("en", "How does this method decide that training should stop?", "standalone"),
        ("en", "What does the above code do with the validation loss of an epoch?", "standalone"),
        ("en", "How is caching done across the whole application?", "standalone"),
        ("zh", "该方法是如何判断训练应该停止的？", "standalone"),
        ("zh", "这段代码怎样处理验证损失？", "standalone"),
        ("en", "How does `EarlyStopping.step` decide to stop, and how is it tested?", "same_question"),
        ("zh", "`EarlyStopping.step` 如何判断停止，又该怎样优化？", "same_question"),
        ("en", "How does `EarlyStopping.step` in `train/loop.py` record a loss?", "file"),
        ("en", "How does `EarlyStopping.step` update `best_state` for an epoch?", "grounded"),
        ("en", "`EarlyStopping.step` 是如何判断训练应该停止的？", "language"),
        ("zh", "How does `EarlyStopping.step` decide that training should stop?", "language"),
        ("en", "As an AI, how does `EarlyStopping.step` decide to stop?", "hygiene"),
    ],
)
def test_bad_question_is_refused(project, answer, language, question, gate):
    verdict = check(project, answer, [question], language)
    assert not verdict.accepted
    assert verdict.keep is None
    assert [name for name, said in verdict.gates.items() if said != "ok"] == [gate, "count"]


@pytest.mark.parametrize(
    ("language", "first", "copy", "gate"),
    [
        ("en", EN[0], "how does EarlyStopping.step decide that training should stop", "distinct"),
        ("en", EN[0], "Please, how exactly does `EarlyStopping.step` decide that training should stop ?", "distinct"),
        ("en", EN[0], "How does `EarlyStopping.step` decide that the training should stop?", "near_copy"),
        ("en", EN[0], "How does `step` in `train/early.py` decide that training should stop?", "near_copy"),
        ("zh", ZH[0], "EarlyStopping.step是如何判断训练应该停止的 ？", "distinct"),
        ("zh", ZH[0], "请问 `EarlyStopping.step` 是如何判断训练应该停止的呢", "distinct"),
        ("zh", ZH[0], "`EarlyStopping.step` 是怎么判断训练应该停止的？", "near_copy"),
    ],
)
def test_copies_count_once(project, answer, language, first, copy, gate):
    verdict = check(project, answer, [first, copy], language)
    assert not verdict.accepted
    assert verdict.keep == [first]
    assert [name for name, said in verdict.gates.items() if said != "ok"] == [gate, "count"]
    assert verdict.reasons[-1] == "1 of 2 questions are missing or refused; give exactly that many more."


def test_accepted_wordings_of_an_earlier_round_count(project, answer):
    again = check(project, answer, [EN[0].lower()], keep=(EN[0],), count=1)
    assert not again.accepted
    fresh = check(project, answer, [EN[1]], keep=(EN[0],), count=1)
    assert fresh.accepted
    assert fresh.keep == [EN[1]]


def test_more_than_asked_is_cut_and_fewer_is_refused_unless_exhausted(project, answer):
    assert check(project, answer, EN, count=2).keep == EN[:2]
    short = check(project, answer, EN[:2], count=3)
    assert not short.accepted
    assert short.keep == EN[:2]
    done = check(project, answer, EN[:2], count=3, exhausted=True)
    assert done.accepted
    assert done.keep == EN[:2]


def test_bare_name_is_not_enough_where_it_is_shared(project, answer):
    question = "How does `step` decide that training should stop?"
    assert check(project, answer, [question], unique_name=True).accepted
    refused = check(project, answer, [question], unique_name=False)
    assert refused.reasons[0].endswith("a name several functions have; write `EarlyStopping.step`.")


def test_a_copied_body_is_marked_whatever_its_name_and_spacing(tmp_path):
    text = "def {name}(rows):\n    total = 0\n    for row in rows:\n        total += row.price{end}\n    return total\n"
    (tmp_path / "a.py").write_text(text.format(name="add_up", end=""), encoding="utf-8")
    (tmp_path / "b.py").write_text(text.format(name="sum_up", end="") + "\n\n" + text.format(name="weigh", end=" * 2"))
    functions = [function for file in parse_files(tmp_path, workers=1) for function in file.functions]
    assert same_bodies(functions) == {"b.py::sum_up": "a.py::add_up"}


def test_quoted_documentation_may_speak_of_the_current_line(project, answer):
    quoting = "Where is “Read the current line” implemented, and how does `EarlyStopping.step` go about it?"
    assert check(project, answer, [quoting]).accepted
    assert not check(project, answer, ["How does the current line of “early stopping” decide when to stop?"]).accepted


@pytest.mark.parametrize(
    ("named", "questions", "wanted"),
    [
        # Another file has an `EarlyStopping.step` too.
        (
            {"handle": "EarlyStopping.step", "shared_name": True, "unique_name": False},
            {
                "How does `EarlyStopping.step` decide that training should stop?": False,
                "How does `EarlyStopping.step` in `train/early.py` decide that training should stop?": True,
                "What happens when the loss of an epoch reaches `EarlyStopping`, up to the stop?": True,
            },
            "`EarlyStopping.step` and its file, `train/early.py`",
        ),
        # An overload beside it.
        (
            {"handle": "EarlyStopping.step(float, int)", "unique_name": False},
            {
                "How does `EarlyStopping.step` decide that training should stop?": False,
                "How does `EarlyStopping.step(float,int)` decide that training should stop?": True,
                "How does `EarlyStopping.step(float, int)` decide that training should stop?": True,
            },
            "`EarlyStopping.step(float, int)`",
        ),
        # A method of another type has the bare name.
        (
            {"handle": "EarlyStopping.step", "unique_name": False},
            {
                "How does `step` decide that training should stop?": False,
                "How does `step` of `EarlyStopping` decide that training should stop?": True,
                "How does `EarlyStopping.step` decide that training should stop?": True,
            },
            "`EarlyStopping.step`",
        ),
    ],
    ids=["another file", "overload", "another type"],
)
def test_a_question_names_its_function_so_that_no_other_is_meant(project, answer, named, questions, wanted):
    for question, holds in questions.items():
        verdict = check(project, answer, [question], **named)
        assert (verdict.gates["standalone"] == "ok") is holds, question
        if not holds:
            assert verdict.reasons[0].endswith(f"a name several functions have; write {wanted}.")
