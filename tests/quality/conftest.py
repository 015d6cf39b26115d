"""One small training project, parsed for real, that the gate tests speak about."""

from __future__ import annotations

from pathlib import Path

import pytest

from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.code.repository import parse_files
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.quality.gates import GateContext
from qarepo_graph.schema import Description, Function, LogicStep

EARLY = '''"""Early stopping."""
import math


class EarlyStopping:
    """Stop training when the validation loss no longer improves."""

    def __init__(self, patience: int = 5, min_delta: float = 0.0) -> None:
        self.patience = patience
        self.min_delta = min_delta
        self.best = math.inf
        self.bad_epochs = 0

    def step(self, loss: float) -> bool:
        """Record one epoch's loss; True when training should stop."""
        if math.isnan(loss):
            raise ValueError("validation loss is NaN")
        if loss < self.best - self.min_delta:
            self.best = loss
            self.bad_epochs = 0
            return False
        self.bad_epochs += 1
        return self.bad_epochs >= self.patience
'''
LOOP = '''from train.early import EarlyStopping


def fit(model, loader, stopper: EarlyStopping, epochs: int = 10):
    """Train until the stopper says so."""
    for _ in range(epochs):
        loss = model.epoch(loader)
        if stopper.step(loss):
            break
    return model
'''


class Project:
    """The parsed project: its functions by qualified name and the gate context of a run over it."""

    def __init__(self, root: Path) -> None:
        files = list(parse_files(root, workers=1))
        functions = [function for parsed in files for function in parsed.functions]
        self.functions: dict[str, Function] = {function.qualified_name: function for function in functions}
        self.index = SymbolIndex.build(files)
        self.graph = CallGraph.build(functions, self.index)
        self.context = GateContext(
            index=self.index,
            graph=self.graph,
            prompt_examples=("The function reads a configuration file from disk and merges it with the defaults.",),
        )


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("project")
    (root / "train").mkdir()
    (root / "train" / "early.py").write_text(EARLY, encoding="utf-8")
    (root / "train" / "loop.py").write_text(LOOP, encoding="utf-8")
    return Project(root)


@pytest.fixture(scope="session")
def answer() -> Description:
    """A true description of ``EarlyStopping.step``."""
    return Description(
        description=(
            "`EarlyStopping.step(loss)` records one epoch's validation loss and returns `True` when training should "
            "stop, that is after `patience` epochs in a row without an improvement larger than `min_delta`."
        ),
        logic_steps=[
            LogicStep(text="If `loss` is NaN, raise `ValueError`.", start_line=3, end_line=4),
            LogicStep(
                text="If `loss` is below `self.best - self.min_delta`, keep it as `self.best`, reset "
                "`self.bad_epochs` to 0 and return `False`.",
                start_line=5,
                end_line=8,
            ),
            LogicStep(text="Otherwise count one more bad epoch in `self.bad_epochs`.", start_line=9, end_line=9),
            LogicStep(text="Return whether `self.bad_epochs` has reached `self.patience`.", start_line=10, end_line=10),
        ],
    )
