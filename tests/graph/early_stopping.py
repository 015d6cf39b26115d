"""One small repository and a model that tells the truth about it, word for word."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

SOURCE = '''\
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

DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "EarlyStopping.__init__": {
        "description": "`EarlyStopping.__init__` keeps `patience` and `min_delta` and starts with no best loss.",
        "logic_steps": [
            {"text": "Keep `patience` and `min_delta`.", "start_line": 2, "end_line": 3},
            {"text": "Set `self.best` to `math.inf` and `self.bad_epochs` to 0.", "start_line": 4, "end_line": 5},
        ],
    },
    "EarlyStopping.step": {
        "description": "`EarlyStopping.step` records the `loss` of an epoch and says whether training should stop.",
        "logic_steps": [
            {"text": "If `loss` is NaN, raise `ValueError`.", "start_line": 3, "end_line": 4},
            {
                "text": "If `loss` is below `self.best - self.min_delta`, keep it as `self.best`, reset "
                "`self.bad_epochs` to 0 and return `False`.",
                "start_line": 5,
                "end_line": 8,
            },
            {"text": "Otherwise count one more bad epoch in `self.bad_epochs`.", "start_line": 9, "end_line": 9},
            {"text": "Return whether `self.bad_epochs` has reached `self.patience`.", "start_line": 10, "end_line": 10},
        ],
    },
}

REQUIREMENT = {
    "question": "How to restore the weights of the best epoch when early stopping triggers?",
    "solution": "Keep a copy of the weights when `EarlyStopping.step` sees an improvement, and load it at the end.",
    "logic_steps": [
        "Add an attribute `best_state` to `EarlyStopping`.",
        "In `EarlyStopping.step`, keep a copy in `best_state` where `self.best` is updated.",
    ],
    "reuses": ["EarlyStopping.step"],
    "adds": ["best_state"],
    "touches": ["pkg/early.py"],
}

_QUESTIONS = (
    "How does `{name}` work in pkg/early.py?",
    "Walk me through what happens inside `{name}` from its first statement to its last.",
    "In pkg/early.py, which checks and updates does `{name}` go through?",
)


def write_repository(folder: Path) -> Path:
    """Write the repository and return its folder."""
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "early.py").write_text(SOURCE, encoding="utf-8")
    return folder


def kind_of(messages: list[BaseMessage]) -> str:
    """Return which node asks: the one whose schema stands in the system text."""
    system = str(messages[0].content)
    if '"reuses"' in system:
        return "ideate_requirements"
    return "paraphrase" if '"questions"' in system else "describe"


def function_in(messages: list[BaseMessage]) -> str:
    """Return the function a prompt is about."""
    found = re.search(r"# Function[^`]*`([\w.]+)`", str(messages[-1].content))
    assert found, messages[-1].content
    return found.group(1)


def honest(messages: list[BaseMessage]) -> str:
    """Answer truthfully; three questions at most."""
    kind = kind_of(messages)
    if kind == "ideate_requirements":
        return json.dumps(REQUIREMENT)
    name = function_in(messages)
    if kind == "paraphrase":
        return json.dumps({"questions": [question.format(name=name) for question in _QUESTIONS[:2]]})
    return json.dumps(DESCRIPTIONS[name])
