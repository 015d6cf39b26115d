from __future__ import annotations

import pytest

from qarepo_graph.errors import SettingsError
from qarepo_graph.quality.judge import check_judge, check_judgement, judged, judging
from qarepo_graph.schema import Judgement, Requirement


def judgement(faithfulness=5, completeness=5, clarity=5, specificity=5, reasons=()):
    return Judgement(
        faithfulness=faithfulness,
        completeness=completeness,
        clarity=clarity,
        specificity=specificity,
        reasons=list(reasons),
    )


def test_scores_act():
    assert judged(judgement()).accepted
    assert judged(judgement(faithfulness=4, completeness=3, reasons=["`x` is left out."])).accepted
    refused = judged(judgement(faithfulness=3, reasons=["`loss` is not returned."]))
    assert refused.reasons == (
        "A judge gave faithfulness 3 of 5: some statement is not true of the code.",
        "`loss` is not returned.",
    )
    assert refused.gates["judge_faithfulness"] == "3"
    assert refused.gates["judge_clarity"] == "ok"


def test_a_judge_must_give_reasons_and_agree_with_itself(project, answer):
    inputs = judging((project.functions["EarlyStopping.step"],), "How?", answer, "en", project.context)
    assert check_judgement(judgement(), inputs).accepted
    assert not check_judgement(judgement(clarity=2), inputs).accepted
    assert not check_judgement(judgement(reasons=["The result is wrong."]), inputs).accepted
    assert not check_judgement(judgement(clarity=2, reasons=["I'm sorry, but I cannot see it."]), inputs).accepted


def test_a_judge_of_a_requirement_sees_the_nearest_functions(project):
    requirement = Requirement(
        question="How to record the loss of each epoch in a file?",
        solution="Write it.",
        logic_steps=["Write it."],
        reuses=[],
        adds=["EarlyStopping.record_loss"],
        touches=[],
    )
    inputs = judging((), requirement.question, requirement, "en", project.context)
    assert inputs.nearest[0].name == "EarlyStopping.step"
    assert inputs.nearest[0].summary == "Record one epoch's loss; True when training should stop."


def test_the_author_is_no_judge():
    check_judge("openai:a", "deepseek:b")
    with pytest.raises(SettingsError, match="also the model that writes"):
        check_judge("deepseek:b", "deepseek:b")
