"""A person's decision on rows: checked by the gates where it changes a text, then written into the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qarepo_graph.code.handles import handle_of
from qarepo_graph.engine.runs import Run
from qarepo_graph.ledger.decisions import Decision, DecisionVerdict, add_decision, latest_decisions
from qarepo_graph.ledger.snapshot import function_of
from qarepo_graph.nodes.context import neighbours_of
from qarepo_graph.nodes.pairs import PairSource
from qarepo_graph.quality.gates import GateContext, check_description, check_questions, check_requirement
from qarepo_graph.quality.hygiene import defect
from qarepo_graph.report.data import entry_of, said
from qarepo_graph.report.source import recorded_description
from qarepo_graph.schema import (
    DescribeInputs,
    Description,
    DescriptionInFile,
    Function,
    IdeateInputs,
    LogicStep,
    ParaphraseInputs,
    QAPair,
    Questions,
    Requirement,
)


class Edit(BaseModel):
    """New texts; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    question: str | None = Field(default=None, min_length=1)
    description: str | None = Field(default=None, min_length=1)
    solution: str | None = Field(default=None, min_length=1)
    text: str | None = Field(default=None, min_length=1)
    steps: list[str] | None = None


class Said(BaseModel):
    """What the page sends: one verdict on rows of one group."""

    model_config = ConfigDict(extra="forbid")

    rows: list[str] = Field(min_length=1)
    verdict: DecisionVerdict
    reason: str = Field(default="", max_length=2000)
    edit: Edit | None = None


@dataclass(frozen=True)
class Reviewer:
    """A person at work on a run.

    Attributes:
        run: The open run; it holds the lock.
        source: Its pairs.
        who: The person's name, as the ledger keeps it.
    """

    run: Run
    source: PairSource
    who: str

    @cached_property
    def _pairs(self) -> dict[str, QAPair]:
        return {pair.id: pair for pair in self.source.undecided_pairs()}

    @cached_property
    def _groups(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for pair in self._pairs.values():
            groups.setdefault(pair.group_id, []).append(pair.id)
        return groups

    @cached_property
    def _gates(self) -> GateContext:
        return GateContext(index=self.source.code.index, graph=self.source.code.graph)

    def decide(self, request: Said) -> dict[str, Any]:
        """Write a verdict on rows; return what the page must now show, or the gates' objections to an edit.

        Raises:
            KeyError: For a row this run does not have.
        """
        before = self.run.ledger.run(latest_decisions)
        decisions = [self._decision(row, request, before.get(row)) for row in request.rows]
        if request.verdict == "edited":
            objections = [reason for one in decisions for reason in self._objections(one, before)]
            if objections:
                return {"objections": list(dict.fromkeys(objections))}
        for decision in decisions:
            self.run.ledger.post(partial(add_decision, decision=decision))
        after = self.run.ledger.run(latest_decisions)  # waits for the commit of the rows before it
        group = [self._as_decided(row, after) for row in self._groups[self._pairs[request.rows[0]].group_id]]
        shown = {row: said(after[row]) if row in after else None for row in request.rows}
        return {"decisions": shown, "entry": entry_of(group)}

    def _as_decided(self, row: str, decisions: dict[str, Decision]) -> QAPair:
        pair = self._pairs[row]
        return decisions[row].apply(pair) if row in decisions else pair

    def _decision(self, row: str, request: Said, earlier: Decision | None) -> Decision:
        verdict, edit = request.verdict, earlier.edit if earlier else None
        if request.verdict == "edited" and request.edit:
            edit = (edit or {}) | _as_ledger_keeps_it(self._pairs[row], request.edit)
        elif request.verdict == "withdrawn":
            edit = None
        elif request.verdict == "accepted" and edit:
            verdict = "edited"  # accepting an edited row keeps the edit
        return Decision(row_id=row, verdict=verdict, reason=request.reason, edit=edit, who=self.who)

    def _objections(self, decision: Decision, before: dict[str, Decision]) -> tuple[str, ...]:
        """Return what the gates say of a row as it would be."""
        pair = decision.apply(self._pairs[decision.row_id])
        changed = decision.edit or {}
        if pair.requirement is not None:
            return self._of_requirement(pair, pair.requirement)
        if pair.description is None:
            return tuple(filter(None, [defect(pair.answer)]))
        function = self._function(pair.function_ids[0])
        description = _lines_of_function(pair.description, function)
        reasons: tuple[str, ...] = ()
        if "description" in changed:
            reasons += self._of_description(description, function, pair)
        if "question" in changed:
            rows = self._groups[pair.group_id]
            handle = handle_of(function, self.source.code.index)
            others = tuple(self._as_decided(row, before).question for row in rows if row != pair.id)
            asked = ParaphraseInputs(
                function=function,
                description=description,
                language=pair.language,
                count=1,
                question_type=pair.question_type,
                keep=others,
                handle=handle.name,
                shared_name=bool(handle.path),
                unique_name=handle.bare,
            )
            # The second reason only counts: "1 of 1 questions is refused".
            reasons += check_questions(Questions(questions=[pair.question]), asked, self._gates).reasons[:1]
        return reasons

    def _function(self, function_id: str) -> Function:
        """Return the whole function, as the gates read it."""
        function = self.run.ledger.run(partial(function_of, function_id=function_id))
        if function is None:
            raise KeyError(function_id)
        return function

    def _of_requirement(self, pair: QAPair, requirement: Requirement) -> tuple[str, ...]:
        focus = tuple(self._function(function_id) for function_id in pair.function_ids)
        inputs = IdeateInputs(ordinal=0, focus=focus, descriptions={}, language=pair.language)
        asked = requirement.model_copy(update={"question": pair.question})
        return check_requirement(asked, inputs, self._gates).reasons

    def _of_description(self, description: Description, function: Function, pair: QAPair) -> tuple[str, ...]:
        callees, callers = neighbours_of(self.run, function)
        inputs = DescribeInputs(
            function=function,
            language=pair.language,
            repository_description=recorded_description(self.run.ledger),
            imports=self.source.code.index.files[function.file].imports,
            callees=callees,
            callers=callers,
        )
        return check_description(description, inputs, self._gates).reasons


def _lines_of_function(description: DescriptionInFile, function: Function) -> Description:
    """Return the description as the gates read it: lines counted from the function's first."""
    first = function.start_line - 1
    steps = [
        LogicStep(text=step.text, start_line=step.start_line - first, end_line=step.end_line - first)
        for step in description.logic_steps
    ]
    return Description(description=description.description, logic_steps=steps)


def _as_ledger_keeps_it(pair: QAPair, edit: Edit) -> dict[str, Any]:
    """Return the edit as fields of the pair, whole values each."""
    kept: dict[str, Any] = {}
    if edit.question is not None:
        kept["question"] = edit.question
    if edit.text is not None:
        kept["answer"] = edit.text
    if pair.description is not None and (edit.description is not None or edit.steps is not None):
        steps = pair.description.logic_steps
        texts = (
            edit.steps if edit.steps is not None and len(edit.steps) == len(steps) else [step.text for step in steps]
        )
        changed = [
            {"text": text, "start_line": step.start_line, "end_line": step.end_line}
            for step, text in zip(steps, texts, strict=True)
        ]
        kept["description"] = {"description": edit.description or pair.description.description, "logic_steps": changed}
    if pair.requirement is not None:
        changes: dict[str, Any] = {"solution": edit.solution, "logic_steps": edit.steps, "question": edit.question}
        given = {name: value for name, value in changes.items() if value}
        if given:
            kept["requirement"] = pair.requirement.model_copy(update=given).model_dump()
    return kept
