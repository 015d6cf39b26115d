"""The typed inputs of each kind of question.

A request carries them beside the rendered messages: chat models read the messages, the rule-based backend reads
these, so it never has to read code back out of a prompt. Everything in them that can change a reply is also rendered
into the prompt's variables, because the work's key is made from those.
"""

from __future__ import annotations

from typing import Literal

from qarepo_graph.schema.function import Function
from qarepo_graph.schema.lean import lean_dataclass
from qarepo_graph.schema.reply import Description, Requirement

Language = Literal["en", "zh"]


@lean_dataclass(frozen=True, slots=True)
class Neighbour:
    """A callee or caller as a prompt quotes it: never model text, so that nothing cascades.

    Attributes:
        name: Qualified name.
        signature: Its signature as written.
        summary: First line of its docstring, may be empty.
    """

    name: str
    signature: str
    summary: str = ""


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class DescribeInputs:
    """One function to describe, in its context.

    Attributes:
        function: The function.
        language: Language of the answer.
        repository_description: The user's words about the repository.
        imports: Import lines of its file.
        type_head: Head and first docstring line of the enclosing type; empty for free functions.
        callees: Functions of the repository it calls, in the order of the text.
        callers: Functions of the repository that call it.
        feedback: Reasons an earlier answer was refused; empty in the first round.
    """

    function: Function
    language: Language
    repository_description: str = ""
    imports: tuple[str, ...] = ()
    type_head: str = ""
    callees: tuple[Neighbour, ...] = ()
    callers: tuple[Neighbour, ...] = ()
    feedback: tuple[str, ...] = ()


@lean_dataclass(frozen=True, slots=True)
class QuestionStyle:
    """How one wording is to sound; sampled in code, never begged for.

    Attributes:
        form: ``question`` or ``imperative``.
        angle: ``how``, ``where``, ``walkthrough``, ``purpose`` …
        register: ``formal``, ``casual``, ``terse`` …
        reference: ``qualified`` (names the function), ``file`` (name and path), ``behaviour`` (describes it uniquely).
        final_mark: Whether it ends in a question or full stop mark.
        persona: Who asks (``newcomer``, ``reviewer``, ``maintainer`` …).
        length: ``short``, ``medium`` or ``long``.
    """

    form: str
    angle: str
    register: str
    reference: str
    final_mark: bool
    persona: str
    length: str


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class ParaphraseInputs:
    """One function whose question is to be worded ``count`` times.

    Attributes:
        function: The function.
        description: Its accepted description.
        language: Language of the questions.
        count: Wordings still wanted.
        styles: One style per wording.
        question_type: ``how_implemented`` is the seed's; others come from the taxonomy.
        keep: Wordings already accepted, not to be repeated.
        handle: How to name the function so that no other in its file can be meant; empty for its qualified name.
        unique_name: Whether the bare name is unique in the repository.
        shared_name: Whether another file has a function of this very name, so that only the path tells which.
        feedback: Reasons an earlier answer was refused.
    """

    function: Function
    description: Description
    language: Language
    count: int
    styles: tuple[QuestionStyle, ...] = ()
    question_type: str = "how_implemented"
    keep: tuple[str, ...] = ()
    handle: str = ""
    unique_name: bool = True
    shared_name: bool = False
    feedback: tuple[str, ...] = ()

    @property
    def needs_file(self) -> bool:
        """Whether a question that names the function has to say in which file it is."""
        scoped = self.function.qualified_name != self.function.name
        return self.shared_name or not (scoped or self.unique_name)


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class IdeateInputs:
    """One requirement to think up, around one part of the repository.

    Attributes:
        ordinal: Which requirement of the run this is, from 0.
        focus: The functions of the cluster it should be about, most central first.
        descriptions: Accepted description per function id, for the functions in ``focus`` that have one.
        language: Language of the answer.
        repository_description: The user's words about the repository.
        repository_map: Modules, types and signatures within a token budget.
        files: Files of the focus, as the answer may name them.
        avoid: Questions of requirements already accepted, not to be asked again.
        feedback: Reasons an earlier answer was refused.
    """

    ordinal: int
    focus: tuple[Function, ...]
    descriptions: dict[str, str]
    language: Language
    repository_description: str = ""
    repository_map: str = ""
    files: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class JudgeInputs:
    """One answer to be judged against the code it speaks of."""

    functions: tuple[Function, ...]
    question: str
    answer: Description | Requirement
    language: Language
    nearest: tuple[Neighbour, ...] = ()


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class GradeInputs:
    """Answers to one held-out question, to be marked against its reference by `qarepo evaluate`."""

    question: str
    reference: str
    answers: tuple[str, ...]
    language: Language


StageInputs = DescribeInputs | ParaphraseInputs | IdeateInputs | JudgeInputs | GradeInputs
"""Any of the typed inputs above."""
