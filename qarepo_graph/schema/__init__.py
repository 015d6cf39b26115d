"""The data every part of the pipeline speaks: functions, replies, inputs, rows.

What needs pydantic is loaded at first use: a parsing worker starts in half the time without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qarepo_graph.schema.function import (
    Call,
    Function,
    FunctionExcerpt,
    Parameter,
    ParsedFile,
    ShownFunction,
    SourceFile,
    TypeDeclaration,
)

if TYPE_CHECKING:
    from qarepo_graph.schema.inputs import (
        DescribeInputs,
        GradeInputs,
        IdeateInputs,
        JudgeInputs,
        Language,
        Neighbour,
        ParaphraseInputs,
        QuestionStyle,
        StageInputs,
    )
    from qarepo_graph.schema.reply import (
        Description,
        Grade,
        Grades,
        Judgement,
        LogicStep,
        ModelReply,
        Questions,
        Requirement,
    )
    from qarepo_graph.schema.row import (
        CitedFunction,
        DescriptionInFile,
        Provenance,
        QAPair,
        Rejected,
        StepInFile,
        Verdict,
        function_record,
    )

__all__ = [
    "Call",
    "CitedFunction",
    "DescribeInputs",
    "Description",
    "DescriptionInFile",
    "Function",
    "FunctionExcerpt",
    "Grade",
    "GradeInputs",
    "Grades",
    "IdeateInputs",
    "JudgeInputs",
    "Judgement",
    "Language",
    "LogicStep",
    "ModelReply",
    "Neighbour",
    "Parameter",
    "ParaphraseInputs",
    "ParsedFile",
    "Provenance",
    "QAPair",
    "QuestionStyle",
    "Questions",
    "Rejected",
    "Requirement",
    "ShownFunction",
    "SourceFile",
    "StageInputs",
    "StepInFile",
    "TypeDeclaration",
    "Verdict",
    "function_record",
]

_HOMES = {
    "inputs": (
        "DescribeInputs GradeInputs IdeateInputs JudgeInputs Language Neighbour ParaphraseInputs QuestionStyle "
        "StageInputs"
    ),
    "reply": "Description Grade Grades Judgement LogicStep ModelReply Questions Requirement",
    "row": "CitedFunction DescriptionInFile Provenance QAPair Rejected StepInFile Verdict function_record",
}
_HOME_OF = {name: module for module, listed in _HOMES.items() for name in listed.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
