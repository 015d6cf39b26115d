"""What a judge model is shown, when its scores refuse an answer, and which of its own replies are refused.

A score always acts: an answer under a threshold goes back with the judge's reasons, and is rejected when it does not
get better. The judge is another model than the author; a model is too kind to its own words.
"""

from __future__ import annotations

from qarepo_graph.errors import SettingsError
from qarepo_graph.quality import hygiene
from qarepo_graph.quality.gates import GateContext
from qarepo_graph.quality.requirements import declared_name, last_part
from qarepo_graph.quality.terms import content_terms
from qarepo_graph.schema import (
    Description,
    Function,
    JudgeInputs,
    Judgement,
    Language,
    Neighbour,
    Requirement,
    Verdict,
)

LEAST_SCORES = {"faithfulness": 4, "completeness": 3, "clarity": 3, "specificity": 3}
"""Scores an answer needs, of 5. One statement that no line proves costs faithfulness two points in the judge's prompt,
so a single false statement refuses the answer; a missing detail does not."""

NEAREST = 5
"""Existing functions a judge is shown beside a requirement."""

_MEANING = {
    "faithfulness": "some statement is not true of the code",
    "completeness": "a branch, error or result that matters is left out",
    "clarity": "a developer cannot follow it",
    "specificity": "it would fit any code",
}


def check_judge(critic: str, author: str) -> None:
    """Refuse a judge that is the author.

    Raises:
        SettingsError: When both are the same model.
    """
    if critic == author:
        msg = f"--critic-model {critic!r} is also the model that writes the answers; name another one as the judge."
        raise SettingsError(msg)


def judging(
    functions: tuple[Function, ...],
    question: str,
    answer: Description | Requirement,
    language: Language,
    context: GateContext,
) -> JudgeInputs:
    """Return what the judge is shown: for a requirement also the existing functions most like it."""
    nearest = nearest_functions(answer, context) if isinstance(answer, Requirement) else ()
    return JudgeInputs(functions=functions, question=question, answer=answer, language=language, nearest=nearest)


def nearest_functions(requirement: Requirement, context: GateContext, limit: int = NEAREST) -> tuple[Neighbour, ...]:
    """Return the existing functions most like a requirement, by its question and the names it adds."""
    names = " ".join(last_part(declared_name(name)) for name in requirement.adds)
    hits = context.search.nearest(content_terms(f"{requirement.question} {names}"), limit)
    return tuple(Neighbour(hit.function.qualified_name, hit.function.file, hit.function.summary) for hit in hits)


def check_judgement(judgement: Judgement, inputs: JudgeInputs) -> Verdict:
    """Check the judge's own reply: low scores need reasons, and reasons are text like any other.

    Args:
        judgement: The judge's reply.
        inputs: What it was shown.
    """
    low = [axis for axis in LEAST_SCORES if getattr(judgement, axis) < 5]
    reasons = [reason for text in judgement.reasons if (reason := hygiene.defect(text))]
    if low and not any(text.strip() for text in judgement.reasons):
        reasons.append(f"The score of {low[0]} is under 5 but no reason is given; name each fault in one sentence.")
    if not low and judgement.reasons and inputs.question:
        reasons.append("Every score is 5 but faults are named; lower the scores or leave the reasons out.")
    return Verdict(accepted=not reasons, reasons=tuple(reasons), gates={"judgement": "judgement" if reasons else "ok"})


def judged(judgement: Judgement) -> Verdict:
    """Return what the judge's scores mean for the answer: refused under a threshold, with the judge's reasons."""
    failed = [axis for axis, least in LEAST_SCORES.items() if getattr(judgement, axis) < least]
    gates = {f"judge_{axis}": str(getattr(judgement, axis)) if axis in failed else "ok" for axis in LEAST_SCORES}
    if not failed:
        return Verdict(accepted=True, gates=gates)
    said = tuple(text.strip() for text in judgement.reasons if text.strip())
    scores = tuple(f"A judge gave {axis} {getattr(judgement, axis)} of 5: {_MEANING[axis]}." for axis in failed)
    return Verdict(accepted=False, reasons=scores + said, gates=gates)
