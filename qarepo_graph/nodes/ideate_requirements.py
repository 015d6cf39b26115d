"""``ideate_requirements``: features the repository does not have yet, each thought up around another part of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from langgraph.runtime import Runtime

from qarepo_graph.code.repository_map import Focus, focus_of, repository_map
from qarepo_graph.engine.ground import all_settled, find_ground
from qarepo_graph.engine.pool import run_stage
from qarepo_graph.engine.runs import Run
from qarepo_graph.engine.stage import Feedback, Item, Stage
from qarepo_graph.ledger.snapshot import function_of
from qarepo_graph.ledger.work import drop_items_after, results_of
from qarepo_graph.llm.structured import schema_text
from qarepo_graph.nodes.context import opened_async, prompt_of, watch
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.nodes.wording import as_data, bulleted
from qarepo_graph.quality.gates import GateContext, check_requirement
from qarepo_graph.schema import Function, IdeateInputs, Language, Requirement, Verdict
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState, StageCounts

FOCUS_FUNCTIONS = 12
"""Functions shown in full names and descriptions per requirement: one module's worth, about 1,500 tokens."""

MAP_TOKENS = 3000
"""Budget of the repository's map in a requirement's prompt; with the focus it fits an 8k window."""


async def ideate_requirements(state: RepoState, runtime: Runtime[Settings]) -> dict[str, StageCounts]:
    """Think up the run's requirements."""
    async with opened_async(state, runtime) as run:
        names = [f"requirement/{ordinal}" for ordinal in range(run.settings.requirements)]
        await run.ledger.arun(partial(drop_items_after, node="ideate_requirements", ids=names))
        if not names:
            return {"ideate_requirements": StageCounts(total=0)}
        language = language_of(state, run.settings)
        node = "ideate_requirements"
        prompt, model = await prompt_of(run, node, language), await run.model(node)
        made_of = [state.get("repo_description", ""), language, len(names)]
        ground = await find_ground(run, prompt, model, made_of, after="describe")
        progress = watch(node, run, runtime.stream_writer)
        progress.total = len(names)
        if await all_settled(run, ground, progress):
            return {"ideate_requirements": progress.counts()}
        code = await asyncio.to_thread(run.code_map)
        words = (prompt.system, prompt.user)
        context = GateContext(index=code.index, graph=code.graph, prompt_examples=words)
        stage = Stage(
            node=node,
            prompt=prompt,
            model=model,
            output=Requirement,
            pages=pages(run, names, state.get("repo_description", ""), language),
            variables=variables,
            check=partial(_check, context),
            shorten=shorten,
            title=lambda inputs: f"ideate requirement {inputs.ordinal}",
            ground=ground,
        )
        await run_stage(stage, run, progress)
        return {"ideate_requirements": progress.counts()}


def variables(inputs: IdeateInputs) -> dict[str, str]:
    """Render the typed inputs into the prompt's variables."""
    focus = []
    for function in inputs.focus:
        summary = inputs.descriptions.get(function.id) or function.docstring.partition("\n")[0]
        line = f"{function.qualified_name} ({function.file}): {function.signature}"
        focus.append(f"{line} - {summary}" if summary else line)
    return {
        "schema": schema_text(Requirement),
        "repository": as_data(inputs.repository_description),
        "map": as_data(inputs.repository_map),
        "focus": as_data(bulleted(focus)),
        "files": as_data(bulleted(inputs.files)),
        "avoid": as_data(bulleted(inputs.avoid)),
        "feedback": bulleted(inputs.feedback),
    }


def shorten(inputs: IdeateInputs) -> IdeateInputs | None:
    """Leave out half of the repository's map at a time, then what the functions in focus do."""
    if inputs.repository_map:
        lines = inputs.repository_map.split("\n")
        return replace(inputs, repository_map="\n".join(lines[: len(lines) // 2]))
    if inputs.descriptions:
        return replace(inputs, descriptions={})
    return None


async def pages(
    run: Run, names: list[str], repository_description: str, language: Language
) -> AsyncIterator[list[Item]]:
    """Yield one requirement at a time, each with its focus."""
    code = await asyncio.to_thread(run.code_map)
    overview = await asyncio.to_thread(repository_map, code.index, MAP_TOKENS)
    clusters = await asyncio.to_thread(focus_of, code.index, code.graph, len(names), FOCUS_FUNCTIONS)
    for ordinal, name in enumerate(names):
        cluster: Focus = clusters[ordinal % len(clusters)]
        found = [await run.ledger.arun(partial(function_of, function_id=member)) for member in cluster.functions]
        functions = tuple(function for function in found if function is not None)
        described = await run.ledger.arun(partial(results_of, node="describe", ids=[member.id for member in functions]))
        descriptions = {member: str(result["description"]) for member, result in described.items()}

        def build(
            feedback: Feedback,
            ordinal: int = ordinal,
            functions: tuple[Function, ...] = functions,
            descriptions: dict[str, str] = descriptions,
        ) -> IdeateInputs:
            return IdeateInputs(
                ordinal=ordinal,
                focus=functions,
                descriptions=descriptions,
                language=language,
                repository_description=repository_description,
                repository_map=overview,
                files=tuple(dict.fromkeys(function.file for function in functions)),
                avoid=(),
                feedback=feedback.reasons,
            )

        yield [Item(name, build)]


def _check(context: GateContext, reply: Requirement, inputs: IdeateInputs, exhausted: bool) -> Verdict:
    return check_requirement(reply, inputs, context, exhausted=exhausted)
