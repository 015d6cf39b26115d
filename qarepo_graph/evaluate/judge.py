"""A judge model's marks of answers: SWE-QA's five criteria against the reference, in both orders.

All answers to a question stand in one request, so that they are measured by one rod; since judges favour a place in
the list, the request is repeated in the opposite order and the marks are averaged. A blank answer is not shown and
gets 0. A question the judge gives no usable reply to is left out for every answer alike, and named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from qarepo_graph.dataset.read import Example
from qarepo_graph.evaluate.words import has_chinese
from qarepo_graph.llm.backend import Backend, Fault, Request
from qarepo_graph.llm.caller import Caller
from qarepo_graph.llm.limiter import Limiter
from qarepo_graph.llm.prompts import Prompt, read_prompt
from qarepo_graph.llm.structured import ReplyError, parse_reply
from qarepo_graph.safety.fence import fence
from qarepo_graph.schema import Grade, GradeInputs, Grades

CRITERIA = ("correctness", "completeness", "relevance", "clarity", "reasoning")
"""SWE-QA's (arXiv 2509.14635), each from 0 to 10."""

MARKS = (*CRITERIA, "mean")
_MAX_TOKENS = 2048
_FEEDBACK = {
    "en": "Your last reply could not be used: {} Answer again.",
    "zh": "上一次的回复无法使用：{} 请重新回答。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMarks:
    """One answer's marks, each the mean of both orders, from 0 to 10.

    Attributes:
        id: The row.
        group: Its paraphrase group.
        scenario: 1 or 2, 0 unknown.
        question_type: As the row says.
        correctness: Nothing false in it.
        completeness: The reference's facts are in it.
        relevance: All of it answers the question.
        clarity: A developer can follow it.
        reasoning: Its steps follow from each other.
        mean: Of the five.
    """

    id: str
    group: str
    scenario: int
    question_type: str
    correctness: float
    completeness: float
    relevance: float
    clarity: float
    reasoning: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a judge said.

    Attributes:
        marks: Marks by contender, row by row; rows without a usable reply are in none.
        preferred: Rows on which a contender has the higher mean in both orders.
        undecided: Rows on which none has, because they are equal or the order decides.
        unjudged: Ids of rows the judge gave no usable reply to.
    """

    marks: dict[str, list[AnswerMarks]]
    preferred: dict[str, int]
    undecided: int
    unjudged: list[str]

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


async def judge_answers(
    rows: Sequence[Example], said: Mapping[str, Sequence[str]], backend: Backend, *, concurrency: int = 8
) -> Judged:
    """Have every answer marked.

    Args:
        rows: The rows with their references.
        said: Answers by contender, in the rows' order.
        backend: The judge; closed by the caller.
        concurrency: Requests in flight.

    Raises:
        ProviderError: The judge's server refuses everything: key, model name, balance, outage.
    """
    caller = Caller(backend, Limiter(concurrency))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_judge_row(row, answers, caller))
                for row, answers in zip(rows, zip(*said.values(), strict=True), strict=True)
            ]
    except* Exception as errors:  # the first one says what is wrong with the server; the others say the same
        raise errors.exceptions[0] from None
    return _gather(rows, list(said), [task.result() for task in tasks])


Orders = list[list[Grade | None]]
"""For each order asked: a grade for each contender, None for a blank answer."""


async def _judge_row(row: Example, answers: Sequence[str], caller: Caller) -> Orders | None:
    shown = [position for position, answer in enumerate(answers) if answer.strip()]
    orders = [shown] if len(shown) < 2 else [shown, shown[::-1]]
    found: Orders = []
    for order in orders:
        grades = await _ask(row, [answers[position] for position in order], caller) if order else ()
        if grades is None:
            return None
        by_position = dict(zip(order, grades, strict=True))
        found.append([by_position.get(position) for position in range(len(answers))])
    return found


async def _ask(row: Example, answers: Sequence[str], caller: Caller) -> list[Grade] | None:
    language = "zh" if has_chinese(row.question) else "en"
    prompt = read_prompt("grade_answers", language=language)
    feedback = ""
    for _ in range(2):
        request = _request(row, answers, prompt, feedback)
        try:
            grades = parse_reply(await caller.call(request, _nothing_to_record), Grades).answers
        except ReplyError as error:
            feedback = error.message
        except Fault:
            return None
        else:
            if len(grades) == len(answers):
                return grades
            feedback = f"It marks {len(grades)} answers, {len(answers)} were shown."
    return None


def _request(row: Example, answers: Sequence[str], prompt: Prompt, feedback: str) -> Request:
    shown = [f"## {number}\n{fence(answer.strip())}" for number, answer in enumerate(answers, start=1)]
    variables = {
        "question": fence(row.question),
        "reference": fence(row.answer),
        "answers": "\n\n".join(shown),
        "feedback": _FEEDBACK[prompt.language].format(feedback) if feedback else "",
    }
    return Request(
        name=f"grade {row.id}",
        messages=prompt.render(variables),
        output=Grades,
        inputs=GradeInputs(
            question=row.question,
            reference=row.answer,
            answers=tuple(answers),
            language="zh" if prompt.language == "zh" else "en",
        ),
        max_tokens=_MAX_TOKENS,
    )


async def _nothing_to_record(_: int) -> None:
    """Evaluation keeps no ledger."""


def _gather(rows: Sequence[Example], names: Sequence[str], found: Sequence[Orders | None]) -> Judged:
    marks: dict[str, list[AnswerMarks]] = {name: [] for name in names}
    preferred = dict.fromkeys(names, 0)
    undecided, unjudged = 0, []
    for row, orders in zip(rows, found, strict=True):
        if orders is None:
            unjudged.append(row.id)
            continue
        for position, name in enumerate(names):
            marks[name].append(_marks(row, [order[position] for order in orders]))
        best = {_best([_mean(grade) for grade in order]) for order in orders}
        winner = best.pop() if len(best) == 1 else None
        if winner is None:
            undecided += 1
        else:
            preferred[names[winner]] += 1
    return Judged(marks=marks, preferred=preferred, undecided=undecided, unjudged=unjudged)


def _marks(row: Example, grades: Sequence[Grade | None]) -> AnswerMarks:
    by_criterion = {one: fmean(getattr(grade, one) if grade else 0 for grade in grades) for one in CRITERIA}
    return AnswerMarks(
        id=row.id,
        group=str(row.metadata.get("group_id", row.id)),
        scenario=int(row.metadata.get("scenario", 0)),
        question_type=str(row.metadata.get("question_type", "")),
        **by_criterion,
        mean=fmean(by_criterion.values()),
    )


def _mean(grade: Grade | None) -> float:
    return fmean(getattr(grade, one) for one in CRITERIA) if grade else 0.0


def _best(means: Sequence[float]) -> int | None:
    """Return the place of the single highest mean, None where it is shared."""
    highest = max(means)
    return means.index(highest) if means.count(highest) == 1 else None
