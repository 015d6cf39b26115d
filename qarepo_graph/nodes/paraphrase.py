"""``paraphrase``: n wordings of each described function's question, which share one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import orjson
from langgraph.runtime import Runtime

from qarepo_graph.code.handles import Handle, handle_of
from qarepo_graph.engine.ground import all_settled, find_ground
from qarepo_graph.engine.pool import run_stage
from qarepo_graph.engine.runs import Run
from qarepo_graph.engine.stage import Feedback, Item, Stage
from qarepo_graph.ledger.snapshot import StoredFunction, item_name, stored_after
from qarepo_graph.ledger.work import count_items, results_of
from qarepo_graph.llm.structured import schema_text
from qarepo_graph.nodes.context import opened_async, place_of, prompt_of, watch
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.nodes.wording import as_data, bulleted, inert
from qarepo_graph.quality.gates import GateContext, check_questions
from qarepo_graph.quality.styles import naming_the_file, said_styles, sample_styles
from qarepo_graph.quality.taxonomy import of_functions, said_type
from qarepo_graph.schema import Description, Language, ParaphraseInputs, Questions, Verdict
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState, StageCounts


async def paraphrase(state: RepoState, runtime: Runtime[Settings]) -> dict[str, StageCounts]:
    """Word the question of every function whose description was accepted."""
    async with opened_async(state, runtime) as run:
        if run.settings.questions == 0:
            return {"paraphrase": StageCounts(total=0)}
        language = language_of(state, run.settings)
        prompt, model = await prompt_of(run, "paraphrase", language), await run.model("paraphrase")
        made_of = [language, run.settings.questions, run.settings.question_types, run.settings.seed]
        ground = await find_ground(run, prompt, model, made_of, after="describe")
        progress = watch("paraphrase", run, runtime.stream_writer)
        described = (await run.ledger.arun(count_items)).get("describe", {}).get("accepted", 0)
        progress.total = described * len(of_functions(run.settings.question_types))
        if await all_settled(run, ground, progress):
            return {"paraphrase": progress.counts()}
        code = await asyncio.to_thread(run.code_map)
        words = (prompt.system, prompt.user)
        context = GateContext(index=code.index, graph=code.graph, prompt_examples=words)
        stage = Stage(
            node="paraphrase",
            prompt=prompt,
            model=model,
            output=Questions,
            pages=_pages(run, language),
            variables=variables,
            check=partial(_check, context),
            result=whole_group,
            shorten=shorten,
            title=lambda inputs: f"paraphrase {inputs.function.qualified_name}",
            ground=ground,
        )
        await run_stage(stage, run, progress)
        return {"paraphrase": progress.counts()}


def variables(inputs: ParaphraseInputs) -> dict[str, str]:
    """Render the typed inputs into the prompt's variables."""
    function = inputs.function
    return {
        "schema": schema_text(Questions),
        "name": inert(inputs.handle or function.qualified_name),
        "path": as_data(function.file),
        "signature": as_data(function.signature),
        "docstring": as_data(function.docstring),
        "description": as_data(inputs.description.description),
        "count": str(inputs.count),
        "styles": said_styles(inputs.styles, inputs.language),
        "question_type": said_type(inputs.question_type, inputs.language),
        "keep": as_data(bulleted(inputs.keep)),
        "feedback": bulleted(inputs.feedback),
    }


def shorten(inputs: ParaphraseInputs) -> ParaphraseInputs | None:
    """Leave out all but the first line of the documentation; the accepted description says the rest."""
    first = inputs.function.docstring.partition("\n")[0][:200]
    if first == inputs.function.docstring:
        return None
    return replace(inputs, function=replace(inputs.function, docstring=first))


def whole_group(reply: Questions, inputs: ParaphraseInputs) -> Questions:
    """Return the group a reply completes: the wordings kept from before and the new ones, as many as asked."""
    wanted = len(inputs.keep) + inputs.count
    if not inputs.keep and len(reply.questions) <= wanted:
        return reply
    return Questions(questions=[*inputs.keep, *reply.questions][:wanted])


async def _pages(run: Run, language: Language) -> AsyncIterator[list[Item]]:
    types = of_functions(run.settings.question_types)
    position = -1
    while page := await run.ledger.arun(partial(stored_after, position=position)):
        position = page[-1].position
        ids = [stored.id for stored in page]
        described = await run.ledger.arun(partial(results_of, node="describe", ids=ids))
        index = run.code_map().index
        items = []
        for stored in page:
            card = index.card(stored.id)
            if card is None or stored.id not in described:
                continue
            handle = handle_of(card, index)
            asked_of = _AskedOf(stored, described[stored.id], handle)
            for question_type in types:
                build = partial(_inputs, run.settings, asked_of, language, question_type)
                name = item_name(stored.id, question_type)
                items.append(Item(name, build, where=place_of(card), made_of=asked_of.encoded()))
        yield items


class _AskedOf(NamedTuple):
    """What the questions of one function are made of."""

    function: StoredFunction
    described: dict[str, Any]
    handle: Handle

    def encoded(self) -> bytes:
        return self.function.record + orjson.dumps((self.described, self.handle))


def _inputs(
    settings: Settings, asked_of: _AskedOf, language: Language, question_type: str, feedback: Feedback
) -> ParaphraseInputs:
    keep = tuple(feedback.keep or ())
    function, handle = asked_of.function.read(), asked_of.handle
    wanted = settings.questions
    styles = sample_styles(function.id, wanted, language, settings.seed)
    inputs = ParaphraseInputs(
        function=function,
        description=Description.model_validate(asked_of.described),
        language=language,
        count=max(1, wanted - len(keep)),
        styles=styles[len(keep) :] or styles[-1:],
        question_type=question_type,
        keep=keep,
        handle=handle.name,
        shared_name=bool(handle.path),
        unique_name=handle.bare,
        feedback=feedback.reasons,
    )
    return replace(inputs, styles=naming_the_file(inputs.styles)) if inputs.needs_file else inputs


def _check(context: GateContext, reply: Questions, inputs: ParaphraseInputs, exhausted: bool) -> Verdict:
    return check_questions(reply, inputs, context, exhausted=exhausted)
