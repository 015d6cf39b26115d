from __future__ import annotations

import pytest

from qarepo_graph.quality.gates import check_requirement
from qarepo_graph.schema import IdeateInputs, Requirement

RESTORE = Requirement(
    question="How to restore the weights of the best epoch when early stopping triggers?",
    solution=(
        "Keep a copy of the model's weights whenever `EarlyStopping.step` sees an improvement and load it back when "
        "it asks to stop. The training loop `train.loop.fit` already calls `step` once per epoch."
    ),
    logic_steps=[
        "Add `restore_best: bool = False` to `EarlyStopping.__init__` and a new attribute `best_state = None`.",
        "In `train.loop.fit`, load `best_state` into the model before leaving the loop.",
    ],
    reuses=["EarlyStopping.step", "train.loop.fit"],
    adds=["EarlyStopping.best_state", "parameter `restore_best` of `EarlyStopping.__init__`"],
    touches=["train/early.py", "train/loop.py", "train/checkpoint.py (new)"],
)


def check(project, avoid=(), **changes):
    focus = (project.functions["EarlyStopping.step"], project.functions["fit"])
    inputs = IdeateInputs(ordinal=0, focus=focus, descriptions={}, language="en", avoid=avoid)
    return check_requirement(RESTORE.model_copy(update=changes), inputs, project.context)


def test_feasible_requirement_passes(project):
    verdict = check(project)
    assert verdict.reasons == ()
    assert set(verdict.gates.values()) == {"ok"}


@pytest.mark.parametrize(
    ("changes", "gate", "word"),
    [
        ({"reuses": ["EarlyStopping.reset"]}, "reuses", "`EarlyStopping.reset`"),
        ({"adds": [*RESTORE.adds, "EarlyStopping.step"]}, "adds", "`EarlyStopping.step`"),
        ({"adds": [*RESTORE.adds, "EarlyStopping.patience"]}, "adds", "`EarlyStopping.patience`"),
        ({"touches": ["train/state.py"]}, "touches", "`train/state.py`"),
        ({"touches": ["train/loop.py (new)"]}, "touches", "marked new but exists"),
        ({"touches": ["../outside.py (new)"]}, "touches", "no path inside"),
        ({"question": "Restore the best weights."}, "question", "How to"),
        ({"question": "How to record one epoch's loss and stop training?"}, "new", "`EarlyStopping.step`"),
        ({"solution": RESTORE.solution + " `WeightKeeper` holds the copy."}, "grounded", "`WeightKeeper`"),
        ({"solution": RESTORE.solution + " See `train/weights.py`."}, "grounded", "`train/weights.py`"),
    ],
)
def test_infeasible_requirement_is_refused(project, changes, gate, word):
    verdict = check(project, **changes)
    assert [name for name, said in verdict.gates.items() if said != "ok"] == [gate]
    assert any(word in reason for reason in verdict.reasons)


def test_two_requirements_must_differ(project):
    other = "How can the best epoch's weights be restored once early stopping triggers?"
    assert check(project, avoid=(other,)).gates["distinct"] == "distinct"
    assert check(project, avoid=("How to log the loss of each epoch to a file?",)).accepted
