"""The judge's part of ``critique``: another model scores each accepted answer, and its scores act."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial

from langgraph.runtime import Runtime

from qarepo_graph.engine.node_models import model_of
from qarepo_graph.engine.pool import run_stage
from qarepo_graph.engine.progress import NodeProgress
from qarepo_graph.engine.runs import Run
from qarepo_graph.engine.stage import Feedback, Item, Stage
from qarepo_graph.ledger.snapshot import function_of, functions_after
from qarepo_graph.ledger.work import WorkItem, item_of, items_of, items_with_status
from qarepo_graph.llm.structured import schema_text
from qarepo_graph.nodes.context import prompt_of, watch
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.nodes.wording import as_data, numbered, quoted_neighbours
from qarepo_graph.quality.gates import GateContext
from qarepo_graph.quality.judge import check_judge, check_judgement, judged, judging
from qarepo_graph.schema import Description, Function, JudgeInputs, Judgement, Language, Requirement, Verdict
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState


@dataclass(frozen=True, slots=True)
class _Court:
    """What every judgement of a run needs."""

    run: Run
    context: GateContext
    language: Language
    repository: str


async def judge(run: Run, state: RepoState, runtime: Runtime[Settings]) -> list[WorkItem]:
    """Have every accepted answer judged, and return those the scores refuse.

    Raises:
        SettingsError: When the judge is the model that wrote the answers.
    """
    settings = run.settings
    spec = model_of(settings, "critique")
    if not spec:
        return []
    if isinstance(spec, str) and isinstance(settings.model, str):
        check_judge(spec, settings.model)
    language = language_of(state, settings)
    code = await asyncio.to_thread(run.code_map)
    court = _Court(run, GateContext(index=code.index, graph=code.graph), language, state.get("repo_description", ""))
    progress: NodeProgress = watch("critique", run, runtime.stream_writer)
    stage = Stage(
        node="critique",
        prompt=await prompt_of(run, "critique", language),
        model=await run.model("critique"),
        output=Judgement,
        pages=_pages(court),
        variables=partial(variables, court.repository),
        check=_check,
        shorten=shorten,
        title=lambda inputs: f"judge {inputs.question or inputs.functions[0].qualified_name}",
    )
    await run_stage(stage, run, progress)
    return [item async for item in _refused(run)]


def variables(repository: str, inputs: JudgeInputs) -> dict[str, str]:
    """Render the typed inputs into the prompt's variables."""
    code = [as_data(f"{f.qualified_name} ({f.file})\n{numbered(f.code)}", f.language) for f in inputs.functions]
    return {
        "schema": schema_text(Judgement),
        "repository": as_data(repository),
        "code": "\n\n".join(code),
        "question": as_data(inputs.question),
        "answer": as_data(inputs.answer.model_dump_json(indent=1)),
        "nearest": as_data(quoted_neighbours(inputs.nearest)),
    }


def shorten(inputs: JudgeInputs) -> JudgeInputs | None:
    """Leave out the functions like the requirement; the code the answer speaks of stays."""
    return replace(inputs, nearest=()) if inputs.nearest else None


async def _pages(court: _Court) -> AsyncIterator[list[Item]]:
    position = -1
    ledger = court.run.ledger
    while page := await ledger.arun(partial(functions_after, position=position)):
        position = page[-1][0]
        standing = await ledger.arun(partial(items_of, node="describe", ids=[function.id for _, function in page]))
        yield [
            Item(_name("describe", function.id), partial(_of_description, court, function, answer))
            for _, function in page
            if (answer := standing.get(function.id)) is not None and answer.status == "accepted"
        ]
    requirements = await ledger.arun(partial(items_with_status, node="ideate_requirements", statuses=("accepted",)))
    for item in requirements:
        requirement = Requirement.model_validate(item.result)
        ids = dict.fromkeys(i for name in requirement.reuses for i in court.context.index.functions_named(name)[:1])
        found = [await ledger.arun(partial(function_of, function_id=function_id)) for function_id in ids]
        functions = tuple(function for function in found if function is not None)
        yield [Item(_name("ideate_requirements", item.item), partial(_of_requirement, court, functions, requirement))]


def _of_description(court: _Court, function: Function, answer: WorkItem, _: Feedback) -> JudgeInputs:
    question = (
        f"`{function.qualified_name}` 是如何实现的？"
        if court.language == "zh"
        else f"How is `{function.qualified_name}` implemented?"
    )
    return judging((function,), question, Description.model_validate(answer.result), court.language, court.context)


def _of_requirement(
    court: _Court, functions: tuple[Function, ...], requirement: Requirement, _: Feedback
) -> JudgeInputs:
    return judging(functions, requirement.question, requirement, court.language, court.context)


def _check(reply: Judgement, inputs: JudgeInputs, exhausted: bool) -> Verdict:  # noqa: ARG001 - the stage's signature
    return check_judgement(reply, inputs)


async def _refused(run: Run) -> AsyncIterator[WorkItem]:
    """Yield the judged items whose scores are under a threshold, refused with the judge's reasons."""
    for judgement in await run.ledger.arun(partial(items_with_status, node="critique", statuses=("accepted",))):
        verdict = judged(Judgement.model_validate(judgement.result))
        node, _, name = judgement.item.partition(" ")
        item = await run.ledger.arun(partial(item_of, node=node, item=name))
        if verdict.accepted or item is None or item.status != "accepted":
            continue
        yield replace(
            item,
            status="rejected" if item.attempt >= run.settings.attempts else "pending",
            reasons=verdict.reasons,
            result=None,
            gates=item.gates | verdict.gates,
        )


def _name(node: str, item: str) -> str:
    return f"{node} {item}"
