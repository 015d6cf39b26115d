"""What leaves the pipeline: verdicts on results, and rows with their provenance."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qarepo_graph.schema.function import Function
from qarepo_graph.schema.reply import Description, Requirement


class Verdict(BaseModel):
    """What a check said of one result.

    Attributes:
        accepted: True when no gate objected.
        reasons: Why it was refused, one sentence each, worded so that a model can act on them.
        gates: Name of each gate that ran, with ``ok`` or the short code of its objection.
        keep: For a partial result (some of the questions are good) the part worth keeping, as JSON types.
    """

    model_config = ConfigDict(frozen=True)

    accepted: bool
    reasons: tuple[str, ...] = ()
    gates: dict[str, str] = Field(default_factory=dict)
    keep: Any = None


class CitedFunction(BaseModel):
    """Where a function that a row is about stands."""

    model_config = ConfigDict(frozen=True)

    id: str
    file: str
    start_line: int
    end_line: int
    code_hash: str


class Provenance(BaseModel):
    """Where a row came from, complete enough to make it again."""

    model_config = ConfigDict(frozen=True)

    repository: str
    commit: str = ""
    functions: tuple[CitedFunction, ...]
    prompt: str = Field(description="Prompt of the answer as id@version.")
    prompt_sha256: str
    question_prompt: str = Field(default="", description="Prompt of the question where it is another one.")
    question_prompt_sha256: str = ""
    model: str = Field(description="provider:name; offline rows say offline:rules.")
    parameters: dict[str, Any] = Field(default_factory=dict)
    generator: Literal["model", "rules"] = "model"
    package_version: str
    gates: dict[str, str] = Field(default_factory=dict)
    licence: str = ""


class QAPair(BaseModel):
    """One question and its answer before any file format.

    Attributes:
        id: Stable id, derived from the group and the question's text.
        group_id: The paraphrase group: all rows with this id share one answer.
        scenario: 1 = how existing code works; 2 = how to build a requirement.
        question_type: ``how_implemented`` (the seed's), ``requirement``, ``negative`` or a cell of the taxonomy.
        language: ``en`` or ``zh``.
        question: The question.
        function_ids: The functions the row is about: one in scenario 1, the reused ones in scenario 2.
        description: The answer's description, for scenario 1 (lines absolute in the file).
        requirement: The answer, for scenario 2.
        answer: A ready answer text for question types whose answer is neither of the two; else empty.
        provenance: Where it came from.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    group_id: str
    scenario: Literal[1, 2]
    question_type: str
    language: Literal["en", "zh"]
    question: str
    function_ids: tuple[str, ...]
    description: Description | None = None
    requirement: Requirement | None = None
    answer: str = ""
    provenance: Provenance


class Rejected(BaseModel):
    """One result that was refused for good, as ``rejected.jsonl`` keeps it."""

    model_config = ConfigDict(frozen=True)

    item: str
    node: str
    attempts: int
    reasons: tuple[str, ...]
    gates: dict[str, str] = {}
    reply: str


def function_record(
    function: Function, description: Description | None, *, include_code: bool = True
) -> dict[str, Any]:
    """Return a function in the seed's shape: ``{"name", "code", "file", "metadata"}``.

    Args:
        function: The function.
        description: Its accepted description, or None.
        include_code: False leaves the ``code`` key out (``--no-code``).
    """
    steps = [step.text for step in description.logic_steps] if description else []
    record: dict[str, Any] = {"name": function.qualified_name}
    if include_code:
        record["code"] = function.code
    record["file"] = function.file
    record["metadata"] = {"description": description.description if description else "", "logic_steps": steps}
    return record
