"""``critique``: rows compared with each other, answers judged where a judge is named, and what goes round again.

The checks of one result ran where it was made; here is what needs more than one of them. A refused result goes back
through the retry edge with its reasons in the prompt, at most ``Settings.attempts`` times. Of two results that clash
the newer one is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from langgraph.runtime import Runtime

from qarepo_graph.code.handles import handle_of
from qarepo_graph.engine.runs import Run
from qarepo_graph.ledger.snapshot import function_of_item, get_meta, set_meta
from qarepo_graph.ledger.work import (
    WorkItem,
    count_items,
    items_of,
    items_with_status,
    results_after,
    results_digest,
    settle,
)
from qarepo_graph.nodes.context import opened_async, watch
from qarepo_graph.nodes.judge import judge
from qarepo_graph.quality.duplicates import find_duplicates
from qarepo_graph.quality.requirements import same_requirement
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState

_NODES = ("describe", "paraphrase", "ideate_requirements")


async def critique(state: RepoState, runtime: Runtime[Settings]) -> dict[str, object]:
    """Compare rows, judge answers, and count what is to go round again."""
    async with opened_async(state, runtime) as run:
        progress = watch("critique", run, runtime.stream_writer)
        refused = [*await judge(run, state, runtime), *await _same_questions(run), *await _same_requirements(run)]
        for item in refused:
            await run.ledger.arun(partial(settle, item=item))
            progress.add(item.status)
        counts = await run.ledger.arun(count_items)
        progress.accepted = sum(counts.get(node, {}).get("accepted", 0) for node in _NODES)
        progress.tell(now=True)
        passed = state.get("round", 0) + 1
        unsettled = sum(counts.get(node, {}).get("pending", 0) for node in _NODES)
        # Each kind of work may need all its attempts, one after the other: a description first, then its questions.
        if passed >= 2 * run.settings.attempts:
            unsettled = 0
        return {
            "critique": progress.counts(),
            "round": passed,
            "unsettled": unsettled,
        }


def after_critique(state: RepoState) -> str:
    """Choose the edge: round again while something is unsettled, else on to the files."""
    return "describe" if state.get("unsettled") else "export"


async def _same_questions(run: Run) -> list[WorkItem]:
    """Return the paraphrase groups that ask what an earlier function's group already asks, now refused.

    A question that names its function by the handle no other function has asks what no other one asks; only the rest
    is compared.
    """
    digest = await run.ledger.arun(partial(results_digest, node="paraphrase"))
    if digest == await run.ledger.arun(partial(get_meta, name="compared")):
        return []
    texts = await asyncio.to_thread(_without_handle, run)
    groups = {key: key.partition("\0")[0] for key in texts}
    duplicates = await asyncio.to_thread(find_duplicates, texts, groups=groups)
    clashes: dict[str, dict[str, str]] = {}
    for duplicate in duplicates:
        question, other = texts[duplicate.key], duplicate.kept.partition("\0")[0]
        reason = f"The question {question!r} is also asked of {other!r}; word it so that only one is meant."
        clashes.setdefault(duplicate.key.partition("\0")[0], {})[question] = reason
    refused = []
    items = await run.ledger.arun(partial(items_of, node="paraphrase", ids=list(clashes))) if clashes else {}
    for name, marked in clashes.items():
        keep = [question for question in items[name].result["questions"] if question not in marked]
        refused.append(_refuse(run, items[name], marked.values(), "duplicate", keep))
    if not refused:
        await run.ledger.arun(partial(set_meta, name="compared", value=digest))
    return refused


def _without_handle(run: Run) -> dict[str, str]:
    """Return the questions that do not name their function by its handle, by item and ordinal."""
    index = run.code_map().index
    texts = {}
    last = ""
    while page := run.ledger.run(partial(results_after, node="paraphrase", item=last)):
        last = page[-1][0]
        for name, result in page:
            card = index.card(function_of_item(name))
            if card is None:
                continue
            handle = handle_of(card, index)
            for ordinal, question in enumerate(result["questions"]):
                if not handle.stands_in(question):
                    texts[f"{name}\0{ordinal}"] = question
    return texts


async def _same_requirements(run: Run) -> list[WorkItem]:
    """Return the requirements that ask for what an earlier one already asks for, now refused."""
    seen: list[str] = []
    refused = []
    for item in sorted(await _accepted(run, "ideate_requirements"), key=lambda item: int(item.item.rpartition("/")[2])):
        reason = same_requirement(item.result["question"], seen)
        if reason:
            refused.append(_refuse(run, item, [reason], "duplicate", None))
        else:
            seen.append(item.result["question"])
    return refused


async def _accepted(run: Run, node: str) -> list[WorkItem]:
    return await run.ledger.arun(partial(items_with_status, node=node, statuses=("accepted",)))


def _refuse(run: Run, item: WorkItem, reasons: Iterable[str], gate: str, keep: object) -> WorkItem:
    final = item.attempt >= run.settings.attempts
    return replace(
        item,
        status="rejected" if final else "pending",
        reasons=tuple(reasons),
        keep=keep,
        result=None,
        gates=item.gates | {gate: gate},
    )
