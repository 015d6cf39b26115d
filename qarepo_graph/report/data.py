"""What the page shows, read from a run's ledger: JSON types only, every text once.

::

    run          what the page's head says
    left_out     what the screen kept from the run, with the reason
    functions    every function of the snapshot: where it is, its code, what became of it and why
    entries      one per paraphrase group, requirement or refused result, as the browser of pairs lists them
    provenances  shared by entries through their index
    decisions    what a person said, by row id
    screening    secrets replaced and where, functions left out and why, licences (``safety.screen.Screening``)
    overview     the figures of the charts
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from typing import Any

import orjson

from qarepo_graph import __version__
from qarepo_graph.code.askable import why_not_asked
from qarepo_graph.dataset.answers import answer_text
from qarepo_graph.ledger import Database
from qarepo_graph.ledger.calls import reply_of, usage_by_node
from qarepo_graph.ledger.decisions import Decision, latest_decisions
from qarepo_graph.ledger.history import count_requests, count_verdicts, replies_over_time
from qarepo_graph.ledger.snapshot import function_of_item, get_meta, iterate_functions
from qarepo_graph.ledger.work import WorkItem, items_with_status, verdict_history
from qarepo_graph.llm.prompts import read_prompt
from qarepo_graph.nodes.pairs import PairSource
from qarepo_graph.quality.duplicates import same_bodies
from qarepo_graph.quality.leaks import audit_leaks
from qarepo_graph.quality.paraphrases import Wording, mask_names, self_bleu
from qarepo_graph.report.measures import coverage, diversity, lengths, token_counter
from qarepo_graph.safety.screen import Screening
from qarepo_graph.schema import Function, Language, QAPair

_NODES = ("describe", "paraphrase", "ideate_requirements")
_NOT_ASKED = {
    "no_body": "trivial: it has no body",
    "stub": "trivial: a typing stub",
    "too_long": "too long for a prompt",
}
"""What ``code.askable`` says, in the words of the coverage list."""
_TOKENS = ("prompt_tokens", "completion_tokens", "cached_tokens")

Group = list[QAPair]
_SHOWN_APART = ("functions", "gates", "repository")
Standing = Mapping[str, Sequence[WorkItem]]


def report_data(source: PairSource, *, tokenizer_file: str = "") -> dict[str, Any]:
    """Return everything the page shows.

    Args:
        source: The run's pairs and its ledger.
        tokenizer_file: ``tokenizer.json`` of the model to be tuned, to count row lengths with; an estimate if empty.

    Raises:
        UsageError: When the tokenizer cannot be read.
    """
    ledger = source.ledger
    functions = list(iterate_functions(ledger))
    position = {function.id: index for index, function in enumerate(functions)}
    decisions = ledger.run(latest_decisions)
    pairs = (decisions[pair.id].apply(pair) if pair.id in decisions else pair for pair in source.undecided_pairs())
    groups = [list(rows) for _, rows in groupby(pairs, key=lambda pair: pair.group_id)]
    standing = {
        node: ledger.run(partial(items_with_status, node=node, statuses=("rejected", "failed", "pending", "skipped")))
        for node in _NODES
    }
    provenances: dict[bytes, int] = {}
    entries = [_entry(group, position, provenances) for group in groups] + list(_refused(ledger, standing, position))
    statuses = _statuses(functions, groups, standing)
    screened = orjson.loads(ledger.run(partial(get_meta, name="screening", default="{}")))
    models = list(dict.fromkeys(group[0].provenance.model for group in groups))
    return {
        "run": {
            "repository": source.repository,
            "commit": source.commit,
            "page_language": source.language,
            "model": ", ".join(models),
            "offline": all(group[0].provenance.generator == "rules" for group in groups),
            "package_version": __version__,
            "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        },
        "functions": [_function(function, *statuses[function.id]) for function in functions],
        "left_out": list(screened.get("left_out", {}).items()),
        "entries": entries,
        "provenances": [orjson.loads(provenance) for provenance in provenances],
        "decisions": {row: said(decision) for row, decision in decisions.items()},
        "review": None,
        "screening": Screening().to_record()
        | orjson.loads(ledger.run(partial(get_meta, name="screening", default="{}"))),
        "overview": _overview(ledger, functions, groups, statuses, entries, tokenizer_file)
        | {"leaks": _leaks(functions, groups, source.language)},
    }


def said(decision: Decision) -> dict[str, Any]:
    """Return a decision as the page shows it."""
    return {"verdict": decision.verdict, "reason": decision.reason, "edit": decision.edit, "who": decision.who}


def entry_of(group: Group) -> dict[str, Any]:
    """Return what the page shows of a group's questions and answer; an edit changes no more than this."""
    first = group[0]
    shown: dict[str, Any] = {
        "questions": [[pair.id, pair.question] for pair in group],
        "description": "",
        "solution": "",
        "text": first.answer,
        "steps": [],
    }
    if first.description:
        shown["description"] = first.description.description
        shown["steps"] = [[step.text, step.start_line, step.end_line] for step in first.description.logic_steps]
    if first.requirement:
        shown["solution"] = first.requirement.solution
        shown["steps"] = [[step, 0, 0] for step in first.requirement.logic_steps]
        shown |= {name: getattr(first.requirement, name) for name in ("reuses", "adds", "touches")}
    return shown


def _entry(group: Group, position: Mapping[str, int], provenances: dict[bytes, int]) -> dict[str, Any]:
    first = group[0]
    # Functions and gates are shown on their own; what is left is the same for thousands of rows.
    told = {name: value for name, value in first.provenance.to_record().items() if name not in _SHOWN_APART}
    provenance = orjson.dumps(told)
    gates = first.provenance.gates
    return {
        "id": first.group_id,
        "scenario": first.scenario,
        "type": first.question_type,
        "functions": [position[function_id] for function_id in first.function_ids if function_id in position],
        "gates": gates,
        "provenance": provenances.setdefault(provenance, len(provenances)),
        "verdict": "accepted",
        **entry_of(group),
    }


def _refused(ledger: Database, standing: Standing, position: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for node, items in standing.items():
        for item in items:
            if item.status not in ("rejected", "failed"):
                continue
            history = ledger.run(lambda connection, item=item: list(verdict_history(connection, item.node, item.item)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            reasons = dict.fromkeys(reason for _, _, reasons in history for reason in reasons)
            reply = ledger.run(partial(reply_of, key=item.key))
            function = position.get(function_of_item(item.item))
            yield {
                "id": f"{node} {item.item}",
                "scenario": 2 if node == "ideate_requirements" else 1,
                "type": node,
                "functions": [] if function is None else [function],
                "questions": [],
                "steps": [],
                "gates": item.gates,
                "attempts": item.attempt,
                "verdict": "rejected",
                "reasons": list(reasons or item.reasons),
                "reply": reply.text if reply else "",
            }


def _statuses(functions: Sequence[Function], groups: Sequence[Group], standing: Standing) -> dict[str, tuple[str, str]]:
    """Return each function's status and the reason where it has no answer, or whose body it repeats."""
    statuses = {function.id: _unasked(function) for function in functions}
    for node in ("paraphrase", "describe"):  # a refused description is the reason there are no questions
        for item in standing[node]:
            function_id = function_of_item(item.item)
            if function_id in statuses:
                statuses[function_id] = (item.status, " ".join(item.reasons))
    for group in groups:
        if group[0].scenario == 1:
            statuses.update(dict.fromkeys(group[0].function_ids, ("accepted", "")))
    for function_id, first in same_bodies(functions).items():
        status, reason = statuses[function_id]
        statuses[function_id] = (status, reason or f"duplicate of {first}")
    return statuses


def _unasked(function: Function) -> tuple[str, str]:
    why = why_not_asked(function)
    return ("skipped", _NOT_ASKED[why]) if why else ("notAsked", "")


def _leaks(functions: Sequence[Function], groups: Sequence[Group], language: Language) -> dict[str, Any]:
    """Return what outputs repeat of the prompts, and which openings come again and again; names are masked."""
    by_id = {function.id: function for function in functions}
    texts: list[str] = []
    for group in groups:
        first = group[0]
        function = by_id.get(first.function_ids[0]) if first.function_ids else None
        told = first.description.description if first.description else first.answer
        told = first.requirement.solution if first.requirement else told
        said = [*(pair.question for pair in group), told]
        texts += [mask_names(text, function) for text in said] if function else said
    prompts = (read_prompt(node, "", language) for node in _NODES)
    audit = audit_leaks(texts, [text for prompt in prompts for text in (prompt.system, prompt.user)])
    return asdict(audit)


def _function(function: Function, status: str, reason: str) -> dict[str, Any]:
    return {
        "id": function.id,
        "name": function.qualified_name,
        "language": function.language,
        "file": function.file,
        "start": function.start_line,
        "end": function.end_line,
        "code": function.code,
        "status": status,
        "reason": reason,
    }


def _overview(
    ledger: Database,
    functions: Sequence[Function],
    groups: Sequence[Group],
    statuses: Mapping[str, tuple[str, str]],
    entries: Sequence[Mapping[str, Any]],
    tokenizer_file: str,
) -> dict[str, Any]:
    by_id = {function.id: function for function in functions}
    count_tokens, tokenizer = token_counter(tokenizer_file)
    sizes: list[int] = []
    likenesses: list[float] = []
    for group in groups:
        function = by_id.get(group[0].function_ids[0]) if group[0].function_ids else None
        answer = count_tokens(answer_text(group[0], function))
        sizes += [answer + count_tokens(pair.question) for pair in group]
        if len(group) > 1 and function:
            likenesses.append(self_bleu([Wording.of(pair.question, function) for pair in group]) / 100)
    usage = ledger.run(usage_by_node)
    verdicts = ledger.run(count_verdicts)
    return {
        "functions": len(functions),
        "covered": sum(status == "accepted" for status, _ in statuses.values()),
        "rows": len(sizes),
        "groups": len(groups),
        "rejected": len(entries) - len(groups),
        "requests": ledger.run(count_requests),
        **{name: int(sum(counts[name] for counts in usage.values())) for name in _TOKENS},
        "usd": sum(counts["usd"] for counts in usage.values()) or None,
        "results": verdicts.results,
        "accepted": verdicts.accepted,
        "gates": list(verdicts.refused.items()),
        "reasons": list(verdicts.reasons.items()),
        "coverage": coverage((function.file, statuses[function.id][0]) for function in functions),
        "diversity": diversity(likenesses),
        "lengths": lengths(sizes, tokenizer),
        "usage": [{"node": node, **counts} for node, counts in usage.items()],
        "calls": ledger.run(replies_over_time),
    }
