"""The early-stopping function of a small training project, with its pairs in both scenarios and languages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from qarepo_graph.dataset.functions import FunctionTable
from qarepo_graph.schema import CitedFunction, DescriptionInFile, Function, Provenance, QAPair, Requirement, StepInFile

STEP_CODE = '''def step(self, loss: float) -> bool:
    """Record one epoch's loss; True when training should stop."""
    if loss < self.best:
        self.best = loss
        return False
    return True
'''
FIT_CODE = """def fit(model, stopper):
    for loss in model.losses():
        if stopper.step(loss):
            break
"""


def make_function(name: str, file: str, start: int, code: str, *, owner: str = "", **more: str) -> Function:
    qualified = f"{owner}.{name}" if owner else name
    return Function(
        id=f"{file}::{qualified}",
        name=name,
        qualified_name=qualified,
        language=more.get("language", "python"),
        kind="method" if owner else "function",
        file=file,
        start_line=start,
        end_line=start + code.count("\n") - 1,
        name_line=start,
        signature=code.splitlines()[0].rstrip(":"),
        docstring="",
        code=code,
        code_hash=hashlib.sha256(code.encode()).hexdigest(),
        enclosing_type=owner,
    )


STEP = make_function("step", "train/early.py", 17, STEP_CODE, owner="EarlyStopping")
FIT = make_function("fit", "train/loop.py", 3, FIT_CODE)
STEP_SAYS = DescriptionInFile(
    description="`EarlyStopping.step` records one epoch's loss and returns whether training should stop.",
    logic_steps=(
        StepInFile(text="If `loss` is below `self.best`, keep it and return `False`.", start_line=19, end_line=21),
        StepInFile(text="Otherwise return `True`.", start_line=22, end_line=22),
    ),
)
FIT_SAYS = DescriptionInFile(
    description="`fit` trains until the stopper asks to stop.",
    logic_steps=(
        StepInFile(text="Loop over the losses and break when `stopper.step` says so.", start_line=4, end_line=6),
    ),
)
RESTORE = Requirement(
    question="How to restore the best weights when early stopping triggers?",
    solution="Keep a copy of the weights in `EarlyStopping.step` and load it in `fit`.",
    logic_steps=["Add `best_state` to `EarlyStopping`.", "Load it in `fit` before leaving the loop."],
    reuses=["EarlyStopping.step", "fit"],
    adds=["EarlyStopping.best_state"],
    touches=["train/early.py", "train/restore.py (new)"],
)


def make_provenance(*functions: Function, **more: str) -> Provenance:
    return Provenance(
        repository="segment",
        functions=tuple(
            CitedFunction(
                id=one.id, file=one.file, start_line=one.start_line, end_line=one.end_line, code_hash=one.code_hash
            )
            for one in functions
        ),
        prompt="describe@v1",
        prompt_sha256="0" * 64,
        model="offline:rules",
        generator="rules",
        package_version="0.1.0",
        **more,
    )


def make_pair(number: int, question: str, about: Function, says: DescriptionInFile, language: str = "en") -> QAPair:
    return QAPair(
        id=f"{about.name}-{number}",
        group_id=f"group-{about.name}",
        scenario=1,
        question_type="how_implemented",
        language=language,
        question=question,
        function_ids=(about.id,),
        description=says,
        provenance=make_provenance(about),
    )


@pytest.fixture
def table() -> FunctionTable:
    return FunctionTable(
        functions={STEP.id: STEP, FIT.id: FIT},
        descriptions={STEP.id: STEP_SAYS, FIT.id: FIT_SAYS},
        calls={FIT.id: (STEP.id,), STEP.id: (FIT.id,)},
    )


@pytest.fixture
def step_pair() -> QAPair:
    return make_pair(1, "How does `EarlyStopping.step` decide to stop?", STEP, STEP_SAYS)


@pytest.fixture
def requirement_pair() -> QAPair:
    return QAPair(
        id="restore-1",
        group_id="group-restore",
        scenario=2,
        question_type="requirement",
        language="en",
        question=RESTORE.question,
        function_ids=(STEP.id, FIT.id),
        requirement=RESTORE,
        provenance=make_provenance(STEP, FIT),
    )


@pytest.fixture
def pairs(step_pair: QAPair, requirement_pair: QAPair) -> list[QAPair]:
    second = make_pair(2, "When does `EarlyStopping.step` say that training is over?", STEP, STEP_SAYS)
    return [step_pair, second, make_pair(1, "How does `fit` train a model?", FIT, FIT_SAYS), requirement_pair]


@pytest.fixture
def new_function() -> Callable[..., Function]:
    return make_function


@pytest.fixture
def new_pair() -> Callable[..., QAPair]:
    return make_pair
