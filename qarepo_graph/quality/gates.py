"""The door to every deterministic check: one reply in, one verdict out.

Gates run where a result is made, before anything is bought on top of it; a verdict's reasons go back into the prompt.
Each gate is a small pure function in the file named for its concept; here they are only put in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from qarepo_graph.quality import coverage, hygiene, paraphrases, requirements, standalone
from qarepo_graph.quality.evidence import (
    Evidence,
    RepositoryNames,
    asking,
    describing,
    ideating,
)
from qarepo_graph.quality.groundedness import Finding, ungrounded
from qarepo_graph.quality.language import prose_length, wrong_language
from qarepo_graph.quality.leaks import PromptShingles
from qarepo_graph.quality.paraphrases import Wording
from qarepo_graph.quality.search import FunctionSearch
from qarepo_graph.quality.subject import other_subject
from qarepo_graph.safety.injection import obeyed
from qarepo_graph.schema import (
    DescribeInputs,
    Description,
    Function,
    IdeateInputs,
    ParaphraseInputs,
    Questions,
    Requirement,
    Verdict,
)

MAX_REASONS = 12
"""Reasons one verdict carries at most: more than a model can act on in one go."""


_CLEAR_WORDS = 6
"""Words of prose from which a single text's language is judged for itself."""


class Edge(Protocol):
    """One call inside the repository."""

    @property
    def callee(self) -> str:
        """Id of the function that is called."""


class Calls(Protocol):
    """What the gates ask of a call graph; ``code.call_graph.CallGraph`` answers it."""

    def callees(self, function_id: str) -> Sequence[Edge]:
        """Return the calls a function makes inside the repository, in the order of the text."""


@dataclass(frozen=True)
class GateContext:
    """What the gates know of the repository and the prompts, made once a run.

    Attributes:
        index: The symbol index.
        graph: The call graph, or None where none is built.
        prompt_examples: Example answers in the prompt files, none of which may come back in an answer.
    """

    index: RepositoryNames
    graph: Calls | None = None
    prompt_examples: tuple[str, ...] = ()

    @cached_property
    def search(self) -> FunctionSearch:
        """The functions by what they are about."""
        return FunctionSearch(self.index.cards.values())

    @cached_property
    def shingles(self) -> PromptShingles:
        """The prompts' example wordings."""
        return PromptShingles.of(self.prompt_examples)


class _Record:
    """Gathers what each gate said."""

    def __init__(self) -> None:
        self.gates: dict[str, str] = {}
        self.reasons: list[str] = []

    def add(self, gate: str, objections: str | Sequence[str], code: str = "") -> bool:
        """Note a gate's objections; return True when it had none."""
        given = [objections] if isinstance(objections, str) else objections
        found = [reason for reason in given if reason]
        if found:
            self.gates[gate] = code or gate
            self.reasons.extend(reason for reason in found if reason not in self.reasons)
        else:
            self.gates.setdefault(gate, "ok")
        return not found

    def verdict(self, keep: object = None) -> Verdict:
        accepted = not self.reasons
        return Verdict(accepted=accepted, reasons=tuple(self.reasons[:MAX_REASONS]), gates=self.gates, keep=keep)


def check_description(
    reply: Description, inputs: DescribeInputs, context: GateContext, *, exhausted: bool = False
) -> Verdict:
    """Check a function's description and logic steps.

    Args:
        reply: The answer.
        inputs: What was asked, ``inputs.function.code`` being the text whose lines the steps cite.
        context: The run's gate context.
        exhausted: True when a rule-based generator has no more to say: short answers are then complete.
    """
    record = _Record()
    function, steps = inputs.function, reply.logic_steps
    texts = [reply.description, *(step.text for step in steps)]
    whole = "\n".join(texts)
    record.add("hygiene", _each(hygiene.defect, texts))
    record.add("language", _languages(texts, lambda text: wrong_language(text, inputs.language)))
    record.add("length", "" if exhausted else hygiene.too_short(reply.description, 3))
    record.add("subject", other_subject(reply.description, function, context.index))
    lines = function.end_line - function.start_line + 1
    record.add("lines", coverage.lines_outside(steps, lines))
    record.add("order", coverage.out_of_order(steps) or coverage.repeated_step(steps))
    record.add("place", coverage.misplaced(steps, function))
    record.add("coverage", coverage.passed_over(steps, function))
    record.add("leak", _leak(whole, f"{function.code}\n{function.docstring}", context))
    record.add("injection", obeyed(whole, "\n\n".join([_shown(function), *_beside(inputs)])))
    _grounded(record, whole, describing(inputs, callees_within_two(function, context), context.index), context.index)
    return record.verdict()


def check_questions(
    reply: Questions, inputs: ParaphraseInputs, context: GateContext, *, exhausted: bool = False
) -> Verdict:
    """Check the wordings of one question; ``keep`` holds the good ones as a list, in their order.

    Args:
        reply: The wordings.
        inputs: What was asked. ``inputs.keep`` are wordings accepted before: the group is those and the new ones.
        context: The run's gate context.
        exhausted: True when a rule-based generator has no more wordings: fewer are then complete.
    """
    record = _Record()
    evidence, shown = asking(inputs), _shown(inputs.function)
    group = [Wording.of(question, inputs.function) for question in inputs.keep]
    spellings = {paraphrases.normalised(question) for question in inputs.keep}
    good: list[str] = []
    for question in reply.questions:
        if len(good) == inputs.count:
            break
        if not _question_holds(record, question, inputs, context, evidence, shown):
            continue
        spelling = paraphrases.normalised(question)
        wording = Wording.of(question, inputs.function)
        if spelling in spellings:
            record.add("distinct", f"The question {question!r} only respells another one; word it anew.")
        elif any(paraphrases.near_copy(wording, other) for other in group):
            record.add("near_copy", f"The question {question!r} is nearly the same as another one; word it anew.")
        else:
            good.append(question)
            group.append(wording)
            spellings.add(spelling)
    for gate in ("distinct", "near_copy"):
        record.gates.setdefault(gate, "ok")
    enough = len(good) == inputs.count or (exhausted and bool(good or inputs.keep))
    if enough and len(group) >= 4 and paraphrases.too_alike(group):
        record.add("spread", "The questions are too alike as a group; use other openings and other words.")
        good, enough = _most_different(good, inputs), False
    if enough:
        # Wordings beyond the count, or bad ones beside enough good ones, are dropped without another request.
        gates = dict.fromkeys(record.gates, "ok") | {"count": "ok", "spread": "ok"}
        return Verdict(accepted=True, gates=gates, keep=good)
    missing = inputs.count - len(good)
    record.add("count", f"{missing} of {inputs.count} questions are missing or refused; give exactly that many more.")
    return record.verdict(keep=good or None)


def check_requirement(
    reply: Requirement, inputs: IdeateInputs, context: GateContext, *, exhausted: bool = False
) -> Verdict:
    """Check a new-feature requirement, its solution and its steps.

    Args:
        reply: The answer.
        inputs: What was asked; ``inputs.avoid`` are the requirements accepted before.
        context: The run's gate context; its index is searched for what exists already.
        exhausted: True when a rule-based generator has no more to say: short answers are then complete.
    """
    record = _Record()
    texts = [reply.question, reply.solution, *reply.logic_steps]
    whole = "\n".join(texts)
    record.add("hygiene", _each(hygiene.defect, texts))
    record.add("language", _languages(texts, lambda text: wrong_language(text, inputs.language)))
    record.add("length", "" if exhausted else hygiene.too_short(reply.solution, 8))
    record.add("question", requirements.not_a_how_to(reply.question, inputs.language))
    record.add("standalone", standalone.deictic(reply.question))
    record.add("leak", _leak(whole, "\n".join(function.code for function in inputs.focus), context))
    record.add("injection", obeyed(whole, _material(inputs)))
    record.add("reuses", requirements.missing_reuse(reply.reuses, context.index))
    record.add("adds", requirements.existing_addition(reply.adds, context.index))
    record.add("adds", requirements.both_old_and_new(reply.reuses, reply.adds))
    record.add("touches", requirements.missing_touched(reply.touches, context.index))
    record.add("focus", requirements.off_focus(whole, reply.reuses, inputs.focus))
    record.add("new", _implemented(reply, context), "implemented")
    record.add("distinct", requirements.same_requirement(reply.question, inputs.avoid))
    new_files = [path for path, is_new in map(requirements.touched_path, reply.touches) if is_new]
    _grounded(record, whole, ideating(inputs, reply.adds, new_files), context.index)
    return record.verdict()


def _implemented(reply: Requirement, context: GateContext) -> str:
    return requirements.already_implemented(reply.question, reply.reuses, reply.adds, context.search)


def _shown(function: Function) -> str:
    """Return a function's name, documentation and text: ``MockResponse.info`` is no address but a name."""
    return f"{function.qualified_name}\n\n{function.docstring}\n\n{function.code}"


def _beside(inputs: DescribeInputs) -> list[str]:
    """Return the repository's texts that a model can read beside the function itself."""
    neighbours = (*inputs.callees, *inputs.callers)
    quoted = [f"{other.name}\n{other.signature}\n{other.summary}" for other in neighbours]
    return [inputs.function.file, *inputs.imports, inputs.type_head, *quoted]


def callees_within_two(function: Function, context: GateContext) -> list[str]:
    """Return ids of the functions it calls and of those that these call: what they raise may come through."""
    if context.graph is None:
        return []
    near = [edge.callee for edge in context.graph.callees(function.id)]
    further = [edge.callee for callee in near for edge in context.graph.callees(callee)]
    return [callee for callee in dict.fromkeys((*near, *further)) if callee in context.index.cards]


def _question_holds(
    record: _Record, question: str, inputs: ParaphraseInputs, context: GateContext, evidence: Evidence, shown: str
) -> bool:
    ok = record.add("hygiene", hygiene.defect(question) or hygiene.too_long(question, 600))
    ok &= record.add("language", _languages([question], lambda text: wrong_language(text, inputs.language)))
    ok &= record.add("standalone", standalone.stands_alone(question, inputs))
    ok &= record.add("file", standalone.other_file(question, inputs.function))
    ok &= record.add("same_question", standalone.other_question(question, inputs))
    ok &= record.add("content", standalone.answers_itself(question, inputs))
    ok &= record.add("leak", _leak(question, inputs.description.description, context))
    ok &= record.add("injection", obeyed(question, shown))
    return ok & _grounded(record, question, evidence, context.index)


def _grounded(record: _Record, text: str, evidence: Evidence, index: RepositoryNames) -> bool:
    findings: list[Finding] = ungrounded(text, evidence, index)
    return record.add("grounded", [finding.reason for finding in findings], findings[0].code if findings else "")


def _material(inputs: IdeateInputs) -> str:
    code = [_shown(function) for function in inputs.focus]
    return "\n\n".join([inputs.repository_description, inputs.repository_map, *code])


def _each(check: Callable[[str], str], texts: Iterable[str]) -> list[str]:
    return [reason for text in texts if (reason := check(text))][:3]


def _languages(texts: Sequence[str], check: Callable[[str], str]) -> list[str]:
    """Judge texts one by one, but those of a few words only together with the rest: a step may be all names."""
    if len(texts) == 1:
        return [reason] if (reason := check(texts[0])) else []
    objections = [reason for text in texts if prose_length(text) >= _CLEAR_WORDS and (reason := check(text))]
    return objections[:3] or ([reason] if (reason := check("\n".join(texts))) else [])


def _leak(text: str, allowed: str, context: GateContext) -> str:
    copied = context.shingles.copied(text, allowed)
    return f"The text repeats the prompt's example ({copied!r}); speak only of the code shown." if copied else ""


def _most_different(good: list[str], inputs: ParaphraseInputs) -> list[str]:
    """Drop the half of the new wordings that repeat the others most, so that another ask can replace them."""
    wordings = {question: Wording.of(question, inputs.function) for question in good}
    everyone = [*wordings.values(), *(Wording.of(question, inputs.function) for question in inputs.keep)]

    def likeness(question: str) -> float:
        own = wordings[question]
        return sum(len(own.grams & other.grams) / len(own.grams | other.grams) for other in everyone)

    ranked = sorted(good, key=likeness)
    kept = set(ranked[: len(ranked) // 2])
    return [question for question in good if question in kept]
