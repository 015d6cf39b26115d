"""The data every part of the pipeline speaks: functions, replies, inputs, rows."""

from __future__ import annotations

from qarepo_graph.schema.function import (
    Call,
    Function,
    Parameter,
    ParsedFile,
    SourceFile,
    TypeDeclaration,
)
from qarepo_graph.schema.inputs import (
    DescribeInputs,
    IdeateInputs,
    JudgeInputs,
    Language,
    Neighbour,
    ParaphraseInputs,
    QuestionStyle,
    StageInputs,
)
from qarepo_graph.schema.reply import Description, Judgement, LogicStep, ModelReply, Questions, Requirement
from qarepo_graph.schema.row import CitedFunction, Provenance, QAPair, Rejected, Verdict, function_record

__all__ = [
    "Call",
    "CitedFunction",
    "DescribeInputs",
    "Description",
    "Function",
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
    "SourceFile",
    "StageInputs",
    "TypeDeclaration",
    "Verdict",
    "function_record",
]
