"""What a model is asked to answer: one pydantic schema for each kind of question.

The same schemas are put into the prompt, sent as ``response_format`` where a server takes one, filled by the
rule-based backend, and checked by the strict gate. Descriptions here are read by models: they are prompt text, so
their wording takes part in a prompt's snapshot.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ModelReply(BaseModel):
    """Base of all replies: unknown keys are refused, strings are kept as they came."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LogicStep(ModelReply):
    """One step of a function's logic, tied to the lines it speaks of."""

    text: str = Field(min_length=1, max_length=1200, description="One sentence: what the code does in these lines.")
    start_line: int = Field(ge=1, description="First line of the step, as numbered in the function shown.")
    end_line: int = Field(ge=1, description="Last line of the step, not before start_line.")


class Description(ModelReply):
    """What one function does and how."""

    description: str = Field(
        min_length=1, max_length=4000, description="What the function does, one to four sentences."
    )
    logic_steps: list[LogicStep] = Field(min_length=1, max_length=40, description="The steps in the order of the code.")


class Questions(ModelReply):
    """Paraphrases of one question."""

    questions: list[str] = Field(min_length=1, max_length=200, description="The questions, each a different wording.")


class Requirement(ModelReply):
    """A feature the repository does not have yet, and how to build it from what it has."""

    question: str = Field(min_length=1, max_length=600, description='The requirement as a question: "How to …?"')
    solution: str = Field(min_length=1, max_length=4000, description="How to build it on the existing code.")
    logic_steps: list[str] = Field(min_length=1, max_length=20, description="The steps of the change, in order.")
    reuses: list[str] = Field(max_length=30, description="Existing functions or types the solution uses, as listed.")
    adds: list[str] = Field(max_length=30, description="Names the solution adds; none of them may exist yet.")
    touches: list[str] = Field(max_length=30, description="Files to change, as listed; a new file is marked '(new)'.")


class Judgement(ModelReply):
    """A judge's scores of one answer, 1 (bad) to 5 (good), with reasons."""

    faithfulness: int = Field(ge=1, le=5, description="Is every statement true of the code?")
    completeness: int = Field(ge=1, le=5, description="Are the important branches, errors and results covered?")
    clarity: int = Field(ge=1, le=5, description="Can a developer follow it?")
    specificity: int = Field(ge=1, le=5, description="Is it about this code rather than any code?")
    reasons: list[str] = Field(max_length=10, description="What is wrong, one sentence each; empty if nothing is.")


class Grade(ModelReply):
    """A judge's marks of one answer to a held-out question, 0 (worthless) to 10 (as good as the reference)."""

    correctness: int = Field(ge=0, le=10, description="Does it agree with the reference, without false statements?")
    completeness: int = Field(ge=0, le=10, description="Does it hold what the reference holds?")
    relevance: int = Field(ge=0, le=10, description="Does it answer this question and nothing else?")
    clarity: int = Field(ge=0, le=10, description="Can a developer follow it?")
    reasoning: int = Field(ge=0, le=10, description="Do its steps follow from each other and from the code?")


class Grades(ModelReply):
    """The marks of every answer shown, in the order shown."""

    answers: list[Grade] = Field(min_length=1, max_length=8, description="One entry for each answer, in their order.")
