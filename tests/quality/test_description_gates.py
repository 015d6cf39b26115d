from __future__ import annotations

from dataclasses import replace

import pytest

from qarepo_graph.code.repository import parse_files
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.quality.evidence import describing
from qarepo_graph.quality.gates import check_description
from qarepo_graph.quality.groundedness import ungrounded
from qarepo_graph.schema import DescribeInputs, Description, LogicStep, Neighbour

GATES = {"hygiene", "language", "length", "lines", "order", "leak", "grounded"}


def inputs_of(project, language="en"):
    return DescribeInputs(function=project.functions["EarlyStopping.step"], language=language)


def check(project, answer, language="en", **changes):
    return check_description(answer.model_copy(update=changes), inputs_of(project, language), project.context)


def test_true_answer_passes_every_gate(project, answer):
    verdict = check(project, answer)
    assert verdict.accepted
    assert verdict.reasons == ()
    assert set(verdict.gates) >= GATES
    assert set(verdict.gates.values()) == {"ok"}


@pytest.mark.parametrize(
    ("sentence", "code", "word"),
    [
        ("Keeps the lowest loss in `best_state` while the model is training.", "invented_name", "`best_state`"),
        ("Keeps the lowest loss in best_state while the model is training.", "invented_name", "`best_state`"),
        ("Counts the epochs that bring less than `min_Delta` of improvement.", "wrong_case", "`min_delta`"),
        ("Belongs to `Earlystopping` and decides when to stop the training.", "wrong_case", "`EarlyStopping`"),
        ("Hands the loss of the epoch to `EarlyStopping.fit` before stopping.", "not_a_member", "`fit`"),
        ("The function calls `fit` to continue the training.", "not_called", "`fit`"),
        ("It raises `KeyError` when the validation loss is NaN.", "not_raised", "`KeyError`"),
        ("It raises KeyError when the validation loss is NaN.", "not_raised", "`KeyError`"),
        ("The rule is written down in `train/rules.py` for all models.", "missing_path", "`train/rules.py`"),
        ("The function is defined in `train/loop.py` beside the loop.", "wrong_file", "`train/early.py`"),
        ("The comparison is in lines 40-44 of the function.", "lines_outside", "1 to 10"),
        ('Stops the training after `"no progress"` has been logged.', "invented_literal", "no progress"),
    ],
)
def test_untrue_sentence_is_named(project, answer, sentence, code, word):
    verdict = check(project, answer, description=sentence)
    assert not verdict.accepted
    assert verdict.gates["grounded"] == code
    assert word in verdict.reasons[0]
    assert [gate for gate, said in verdict.gates.items() if said != "ok"] == ["grounded"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Does not raise `KeyError`; a NaN loss ends in `ValueError`.",
        "Records the loss with `math.isnan(loss)` as its guard, e.g. for diverged runs.",
        "Called by the training loop in `train/loop.py`, it records one epoch's loss.",
        'Compares the loss with `self.best - self.min_delta`; the message is "validation loss is NaN".',
        "Works with PyTorch and any other framework, because only a float is compared.",
    ],
)
def test_true_sentence_is_left_alone(project, answer, sentence):
    assert check(project, answer, description=sentence).reasons == ()


def test_chinese_claims_are_read(project, answer):
    zh = {
        "description": "记录一个 epoch 的验证损失，抛出 `KeyError`，并调用 `fit` 完成训练，定义在 `train/loop.py` 中。",
        "logic_steps": [LogicStep(text="如果 `loss` 是 NaN，抛出 `ValueError`，否则比较。", start_line=3, end_line=10)],
    }
    verdict = check(project, answer, language="zh", **zh)
    assert [reason.split("`")[1] for reason in verdict.reasons] == ["KeyError", "train/early.py", "fit"]


def test_steps_must_go_forward_inside_the_function(project, answer):
    backwards = list(reversed(answer.logic_steps))
    assert check(project, answer, logic_steps=backwards).gates["order"] == "order"
    beyond = [*answer.logic_steps, LogicStep(text="Log the loss.", start_line=11, end_line=12)]
    verdict = check(project, answer, logic_steps=beyond)
    assert verdict.reasons == ("Step 5 cites lines 11-12; the function has lines 1 to 10.",)
    swapped = [LogicStep(text="Compare the loss.", start_line=5, end_line=3)]
    assert check(project, answer, logic_steps=swapped).gates["lines"] == "lines"


def test_steps_must_pass_every_landmark(project, answer):
    verdict = check(project, answer, logic_steps=answer.logic_steps[:1])
    assert verdict.gates["coverage"] == "coverage"
    assert verdict.reasons == (
        "No step of its own speaks of line 5 (`if`), line 8 (`return`), line 10 (`return`); add steps for them.",
    )
    assert check(project, answer, logic_steps=answer.logic_steps[:3]).accepted


def test_a_step_may_say_in_which_branch_it_stands(project, answer):
    last = answer.logic_steps[-1]
    for opening in ("In the branch where `math.isnan(loss)` is false, ", "在 `math.isnan(loss)` 为假的分支中，"):
        told = last.model_copy(update={"text": opening + last.text[:1].lower() + last.text[1:]})
        verdict = check(project, answer, logic_steps=[*answer.logic_steps[:-1], told])
        assert verdict.gates["place"] == "ok"


def test_steps_must_cite_the_lines_they_speak_of(project, answer):
    first, second, third, last = answer.logic_steps
    moved = [first, second, third.model_copy(update={"start_line": 10, "end_line": 10}), last]
    assert check(project, answer, logic_steps=moved).accepted
    far = [first.model_copy(update={"start_line": 8, "end_line": 9}), second]
    assert "`isnan`" not in check(project, answer, logic_steps=far).reasons[0]
    texts = [last.text, third.text, second.text, first.text]
    swapped = [step.model_copy(update={"text": text}) for step, text in zip(answer.logic_steps, texts, strict=True)]
    verdict = check(project, answer, logic_steps=swapped)
    assert verdict.gates["place"] == "place"
    assert verdict.reasons[0] == (
        "Step 1 cites lines 3-4, but `self.bad_epochs` stands in line 7; cite the lines the step speaks of."
    )


def test_copied_prompt_example_is_caught(project, answer):
    verdict = check(
        project, answer, description="This reads a configuration file from disk and merges it with the defaults."
    )
    assert verdict.gates["leak"] == "leak"


def test_wrong_language_is_caught(project, answer):
    assert check(project, answer, language="zh").gates["language"] == "language"
    assert (
        check(project, answer, description="记录每个 epoch 的验证损失并判断是否停止训练。").gates["language"]
        == "language"
    )


@pytest.fixture(scope="module")
def namespaced(tmp_path_factory):
    """A repository whose include lines name the namespace that its own functions stand in."""
    root = tmp_path_factory.mktemp("namespaced")
    (root / "join.cc").write_text(
        '#include "acme/strings/join.h"\n\n#include <stdexcept>\n\nnamespace acme {\n\n'
        "int Join(int left, int right) {\n  if (left > right) return 0;\n  return left + right;\n}\n\n}\n",
        encoding="utf-8",
    )
    (root / "Audit.java").write_text(
        "import java.io.IOException;\n\nclass Audit {\n    int log(int level) {\n        return level + 1;\n    }\n}\n",
        encoding="utf-8",
    )
    files = list(parse_files(root, workers=1))
    functions = {function.name: function for parsed in files for function in parsed.functions}
    imports = {parsed.file.path: parsed.file.imports for parsed in files}
    return functions, imports, SymbolIndex.build(files)


@pytest.mark.parametrize(
    ("name", "sentence", "codes"),
    [
        ("Join", "`acme::Join` hands both to `acme::FlushBatch`.", ["invented_name"]),
        ("Join", "`acme::Join` adds `left` and `right`.", []),
        ("log", "`Audit.log` adds one to `level`.", []),
        ("log", "`Audit.lOg` adds one to `level`.", ["wrong_case"]),
        ("log", "Throws `IOException` when `level` is not valid.", ["not_raised"]),  # imported, but raised nowhere
        ("log", "The events are kept in `audit.log`.", []),
    ],
)
def test_a_namespace_an_import_and_a_file_name_excuse_nothing(namespaced, name, sentence, codes):
    functions, imports, index = namespaced
    inputs = DescribeInputs(function=functions[name], language="en", imports=imports[functions[name].file])
    assert [finding.code for finding in ungrounded(sentence, describing(inputs, (), index), index)] == codes


@pytest.mark.parametrize(
    ("description", "other"),
    [
        ("`EarlyStopping.__init__` keeps the loss of an epoch.", "EarlyStopping.__init__"),
        ("The function `fit` trains until the loss no longer improves.", "fit"),
    ],
)
def test_description_of_another_function_is_refused(project, answer, description, other):
    verdict = check(project, answer, description=description)
    assert verdict.gates["subject"] == "subject"
    assert any(f"speaks of `{other}`, not of `EarlyStopping.step`" in reason for reason in verdict.reasons)


@pytest.mark.parametrize(
    "description",
    [
        "`step` records the `loss` of an epoch and says whether training should stop.",
        "`EarlyStopping.step(loss)` records the loss of an epoch and says whether training should stop.",
        "Records the loss of an epoch and says whether training should stop.",
        "Serves `fit` by recording the loss of an epoch.",
        "Once `fit` has an epoch's loss, `EarlyStopping.step` records it and says whether training should stop.",
    ],
)
def test_description_that_names_its_function_or_none_is_let_through(project, answer, description):
    assert check(project, answer, description=description).gates["subject"] == "ok"


def test_a_caller_whose_name_ends_like_a_domain_is_no_address(project, answer):
    caller = Neighbour("Connection.info", "def info(self)")
    told = answer.model_copy(update={"description": f"{answer.description} `Connection.info` calls it."})
    inputs = inputs_of(project)
    assert check_description(told, inputs, project.context).gates["injection"] == "injection"
    shown = check_description(told, replace(inputs, callers=(caller,)), project.context)
    assert shown.gates["injection"] == "ok"


@pytest.mark.parametrize(
    ("sentence", "accepted"),
    [
        ("Calls that come later should generally raise `OSError` instead.", True),
        ("It raises `OSError` instead.", False),
        ("The general form is `step(loss1, ..., lossN)`.", True),
        ("It hands the loss to `keep_best(loss)`.", False),
    ],
)
def test_what_others_ought_to_do_and_placeholders_are_no_claims(project, answer, sentence, accepted):
    assert check(project, answer, description=f"{answer.description} {sentence}").accepted is accepted


def test_a_closing_tag_in_a_literal_is_no_path(project):
    page = replace(project.functions["EarlyStopping.step"], code='def step(self, loss):\n    return "</li>" + loss')
    said = Description(
        description="`EarlyStopping.step(loss)` puts the tag that closes an item before the loss.",
        logic_steps=[LogicStep(text='Return `"</li>"` followed by `loss`.', start_line=2, end_line=2)],
    )
    inputs = DescribeInputs(function=page, language="en")
    assert check_description(said, inputs, project.context).gates["grounded"] == "ok"
    wrong = said.model_copy(update={"description": said.description + ' It starts with `"</ul>"`.'})
    assert check_description(wrong, inputs, project.context).gates["grounded"] == "invented_literal"
