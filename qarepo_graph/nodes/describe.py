"""``describe``: what each function does, and its logic steps tied to lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import orjson
from langgraph.runtime import Runtime

from qarepo_graph.code.askable import why_not_asked
from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.engine.ground import all_settled, find_ground
from qarepo_graph.engine.pool import run_stage
from qarepo_graph.engine.runs import Run
from qarepo_graph.engine.stage import Feedback, Item, Stage
from qarepo_graph.errors import UsageError
from qarepo_graph.ledger.snapshot import stored_after
from qarepo_graph.ledger.work import drop_items_after
from qarepo_graph.llm.structured import schema_text
from qarepo_graph.nodes.context import neighbours_of, opened_async, place_of, prompt_of, watch
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.nodes.wording import as_data, bulleted, inert, numbered, quoted_neighbours
from qarepo_graph.quality.gates import GateContext, check_description
from qarepo_graph.schema import DescribeInputs, Description, Function, Language, Verdict
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState, StageCounts

FIRST_REQUESTS_SECONDS = 0.2
"""After this long a stage's first requests have left, and the replies of a server are not there yet."""


async def describe(state: RepoState, runtime: Runtime[Settings]) -> dict[str, StageCounts]:
    """Describe every function worth asking about that has no accepted description yet."""
    async with opened_async(state, runtime) as run:
        language = language_of(state, run.settings)
        prompt, model = await prompt_of(run, "describe", language), await run.model("describe")
        chosen = None
        if run.settings.ask_only:  # an earlier run's other functions get no rows from this one
            chosen = await asyncio.to_thread(read_chosen, run.settings.ask_only)
            await run.ledger.arun(partial(drop_items_after, node="describe", ids=chosen))
        made_of = [state.get("repo_description", ""), language, None if chosen is None else sorted(chosen)]
        ground = await find_ground(run, prompt, model, made_of)
        progress = watch("describe", run, runtime.stream_writer)
        worth = sum(state.get("functions", {}).values()) - sum(state.get("not_asked", {}).values())
        progress.total = worth if chosen is None else min(worth, len(chosen))
        if await all_settled(run, ground, progress):
            return {"describe": progress.counts()}
        code = await asyncio.to_thread(run.code_map)
        words = (prompt.system, prompt.user)
        context = GateContext(index=code.index, graph=code.graph, prompt_examples=words)
        stage = Stage(
            node="describe",
            prompt=prompt,
            model=model,
            output=Description,
            pages=pages(run, state.get("repo_description", ""), language),
            variables=variables,
            check=partial(_check, context),
            shorten=shorten,
            title=lambda inputs: f"describe {inputs.function.qualified_name}",
            ground=ground,
        )
        ahead = asyncio.create_task(_cluster_ahead(code.graph)) if run.settings.requirements else None
        try:
            await run_stage(stage, run, progress)
        finally:
            if ahead is not None:
                ahead.cancel()
        return {"describe": progress.counts()}


async def _cluster_ahead(graph: CallGraph) -> None:
    """Find the clusters that requirements start from while the first descriptions are awaited.

    Left to its own node it holds up the first questions beside it by a third of a second and more.
    """
    await asyncio.sleep(FIRST_REQUESTS_SECONDS)
    await asyncio.to_thread(graph.clusters, 1)


def variables(inputs: DescribeInputs) -> dict[str, str]:
    """Render the typed inputs into the prompt's variables; everything here takes part in the work's key."""
    function = inputs.function
    return {
        "schema": schema_text(Description),
        "repository": as_data(inputs.repository_description),
        "imports": as_data("\n".join(inputs.imports)),
        "type_head": as_data(inputs.type_head),
        "callees": as_data(quoted_neighbours(inputs.callees)),
        "callers": as_data(quoted_neighbours(inputs.callers)),
        "name": inert(function.qualified_name),
        "signature": as_data(function.signature),
        "docstring": as_data(function.docstring),
        "code": as_data(numbered(function.code), function.language),
        "feedback": bulleted(inputs.feedback),
    }


def shorten(inputs: DescribeInputs) -> DescribeInputs | None:
    """Leave out the next part of the context, the one the function's own text needs least first."""
    if inputs.callers:
        return replace(inputs, callers=())
    if inputs.callees:
        return replace(inputs, callees=())
    if inputs.imports:
        return replace(inputs, imports=())
    if inputs.type_head or inputs.repository_description:
        return replace(inputs, type_head="", repository_description="")
    return None


async def pages(run: Run, repository_description: str, language: Language) -> AsyncIterator[list[Item]]:
    """Yield the functions worth asking about, in order, a page at a time.

    With ``ask_only`` the others stay what they are to a prompt, callees and callers, and get no rows of their own.
    """
    chosen = await asyncio.to_thread(read_chosen, run.settings.ask_only) if run.settings.ask_only else None
    position = -1
    while page := await run.ledger.arun(partial(stored_after, position=position)):
        position = page[-1].position
        items = []
        for stored in page:
            if chosen is not None and stored.id not in chosen:
                continue
            function = stored.read()
            if why_not_asked(function):
                continue
            inputs = _inputs(run, function, repository_description, language)
            beside = orjson.dumps((inputs.imports, inputs.type_head, inputs.callees, inputs.callers))
            build = partial(_with_feedback, inputs)
            items.append(Item(function.id, build, where=place_of(function), made_of=stored.record + beside))
        yield items


def read_chosen(file: str) -> frozenset[str]:
    """Return the function ids a file lists, one a line.

    Raises:
        UsageError: When it cannot be read or lists none.
    """
    try:
        lines = Path(file).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"--ask-only {file!r} cannot be read ({error}); name a text file with a function id on each line."
        raise UsageError(msg) from error
    chosen = frozenset(line.strip() for line in lines if line.strip())
    if not chosen:
        msg = f"--ask-only {file!r} lists no function; write ids as `path/file.py::Class.method`, one a line."
        raise UsageError(msg)
    return chosen


def _inputs(run: Run, function: Function, repository_description: str, language: Language) -> DescribeInputs:
    callees, callers = neighbours_of(run, function)
    index = run.code_map().index
    return DescribeInputs(
        function=function,
        language=language,
        repository_description=repository_description,
        imports=index.files[function.file].imports,
        type_head=_type_head(run, function),
        callees=callees,
        callers=callers,
    )


def _with_feedback(inputs: DescribeInputs, feedback: Feedback) -> DescribeInputs:
    return replace(inputs, feedback=feedback.reasons) if feedback.reasons else inputs


def _type_head(run: Run, function: Function) -> str:
    """Return the head of the type around the function with the first line of its documentation."""
    for card in run.code_map().index.types_named(function.enclosing_type) if function.enclosing_type else ():
        if card.file == function.file:
            return f"{card.head}  # {card.summary}" if card.summary else card.head
    return ""


def _check(context: GateContext, reply: Description, inputs: DescribeInputs, exhausted: bool) -> Verdict:
    return check_description(reply, inputs, context, exhausted=exhausted)
