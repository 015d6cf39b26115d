"""What leaves the pipeline: verdicts on results, and rows with their provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from operator import attrgetter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qarepo_graph.schema.function import ShownFunction
from qarepo_graph.schema.lean import lean_dataclass
from qarepo_graph.schema.reply import Requirement


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


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class CitedFunction:
    """Where a function that a row is about stands."""

    id: str
    file: str
    start_line: int
    end_line: int
    code_hash: str


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a row came from, complete enough to make it again.

    Attributes:
        repository: Name of the repository.
        commit: Its commit, empty if unknown.
        functions: The functions the row is about.
        prompt: Prompt of the answer as id@version.
        prompt_sha256: Hash of its text.
        question_prompt: Prompt of the question where it is another one.
        question_prompt_sha256: Hash of its text.
        model: provider:name; offline rows say offline:rules.
        parameters: What the model was asked with.
        generator: ``model`` or ``rules``.
        package_version: Version of this package.
        gates: Outcome by gate.
        licence: SPDX expression of the files of the functions; empty where none is found.
    """

    repository: str
    commit: str = ""
    functions: tuple[CitedFunction, ...]
    prompt: str
    prompt_sha256: str
    question_prompt: str = ""
    question_prompt_sha256: str = ""
    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    generator: Literal["model", "rules"] = "model"
    package_version: str
    gates: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types, keys in field order; parameters and gates are not copied."""
        record = dict(zip(_PROVENANCE_FIELDS, _provenance_values(self), strict=True))
        record["functions"] = [dict(zip(_CITED_FIELDS, _cited_values(one), strict=True)) for one in self.functions]
        return record


_CITED_FIELDS = tuple(each.name for each in fields(CitedFunction))
_cited_values = attrgetter(*_CITED_FIELDS)
_PROVENANCE_FIELDS = tuple(each.name for each in fields(Provenance))
_provenance_values = attrgetter(*_PROVENANCE_FIELDS)


@lean_dataclass(frozen=True, slots=True)
class StepInFile:
    """One step of a function's logic, its lines counted in the file."""

    text: str
    start_line: int
    end_line: int


@lean_dataclass(frozen=True, slots=True)
class DescriptionInFile:
    """An accepted description. Its steps' lines are lines of the file; a reply's count from the function's first.

    Rows are made of thousands of these, and what the ledger keeps was validated when it was written.
    """

    description: str
    logic_steps: tuple[StepInFile, ...]

    @classmethod
    def of(cls, description: Mapping[str, Any], start_line: int = 1) -> DescriptionInFile:
        """Return the description of a function that begins at ``start_line``.

        Args:
            description: :class:`Description` as JSON types.
            start_line: Line of the file that its first line is; 1 for lines that are lines of the file already.
        """
        before = start_line - 1
        steps = [
            StepInFile(step["text"], step["start_line"] + before, step["end_line"] + before)
            for step in description["logic_steps"]
        ]
        return cls(description["description"], tuple(steps))


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class QAPair:
    """One question and its answer before any file format.

    Attributes:
        id: Stable id, derived from the group and the question's text.
        group_id: The paraphrase group: all rows with this id share one answer.
        scenario: 1 = how existing code works; 2 = how to build a requirement.
        question_type: ``how_implemented`` (the seed's), ``requirement``, ``negative`` or a cell of the taxonomy.
        language: ``en`` or ``zh``.
        question: The question.
        function_ids: The functions the row is about: one in scenario 1, the reused ones in scenario 2.
        description: The answer's description, for scenario 1.
        requirement: The answer, for scenario 2.
        answer: A ready answer text for question types whose answer is neither of the two; else empty.
        provenance: Where it came from.
    """

    id: str
    group_id: str
    scenario: Literal[1, 2]
    question_type: str
    language: Literal["en", "zh"]
    question: str
    function_ids: tuple[str, ...]
    description: DescriptionInFile | None = None
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
    function: ShownFunction, description: DescriptionInFile | None, *, include_code: bool = True
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
