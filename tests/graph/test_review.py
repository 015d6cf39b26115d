"""A person between critique and export: the graph stops, is resumed with decisions, and the rows follow them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from qarepo_graph import Settings, build_graph
from qarepo_graph.engine.runs import open_run, release
from qarepo_graph.errors import UsageError
from qarepo_graph.ledger import RunLock, look_into_ledger
from qarepo_graph.ledger.decisions import Decision, add_decision, latest_decisions
from qarepo_graph.report.source import recorded_pairs
from qarepo_graph.testing import ScriptedChatModel
from tests.graph.early_stopping import honest, write_repository

THREAD: Any = {"configurable": {"thread_id": "1"}}


@pytest.fixture
def given(tmp_path: Path) -> Any:
    return {
        "repo_dir": str(write_repository(tmp_path / "early-stopping")),
        "repo_description": "early stopping",
        "run_dir": str(tmp_path / "run"),
        "output_file": str(tmp_path / "rows.json"),
    }


def settings_with(model: ScriptedChatModel) -> Settings:
    return Settings(model=model, questions=2, requirements=1, review=True)


def instructions(given: Any) -> list[str]:
    rows = json.loads(Path(given["output_file"]).read_text(encoding="utf-8"))
    return [row["instruction"] for row in rows]


def row_ids(given: Any) -> list[str]:
    ledger = look_into_ledger(Path(given["run_dir"]))
    try:
        return [pair.id for pair in recorded_pairs(ledger).undecided_pairs()]
    finally:
        ledger.close()


async def test_without_a_checkpointer_it_is_refused_before_anything_is_asked(given: Any) -> None:
    model = ScriptedChatModel(replies=honest)
    with pytest.raises(UsageError, match=r"needs build_graph\(checkpointer=\.\.\.\)"):
        await build_graph().ainvoke(given, context=settings_with(model))
    assert model.asked == []


async def test_the_graph_stops_before_export_and_resumes_with_decisions(given: Any) -> None:
    settings = settings_with(ScriptedChatModel(replies=honest))
    graph = build_graph(checkpointer=InMemorySaver())
    stopped = await graph.ainvoke(given, THREAD, context=settings)
    (waiting,) = stopped["__interrupt__"]
    assert waiting.value["run_dir"] == given["run_dir"]
    assert not Path(given["output_file"]).exists()
    ids = row_ids(given)
    said = [
        {"row": ids[0], "verdict": "rejected", "reason": "too plain", "who": "ann"},
        {"row": ids[1], "verdict": "edited", "edit": {"question": "What does `EarlyStopping.__init__` keep?"}},
    ]
    await graph.ainvoke(Command(resume=said), THREAD, context=settings)
    questions = instructions(given)
    assert len(questions) == 4
    assert questions[0] == "What does `EarlyStopping.__init__` keep?"
    ledger = look_into_ledger(Path(given["run_dir"]))
    kept = ledger.run(latest_decisions)[ids[0]]
    ledger.close()
    assert (kept.verdict, kept.reason, kept.who) == ("rejected", "too plain", "ann")


async def test_decisions_made_elsewhere_while_it_waits_are_honoured(given: Any) -> None:
    settings = settings_with(ScriptedChatModel(replies=honest))
    graph = build_graph(checkpointer=InMemorySaver())
    await graph.ainvoke(given, THREAD, context=settings)
    lock = RunLock(Path(given["run_dir"]))
    lock.acquire()  # free while the graph waits
    lock.release()
    run = open_run(given["repo_dir"], Settings(), given["run_dir"])
    decision = Decision(row_id=row_ids(given)[0], verdict="rejected", reason="no")
    run.ledger.run(lambda connection: add_decision(connection, decision))
    release(run, close=True)
    await graph.ainvoke(Command(resume=True), THREAD, context=settings)
    assert len(instructions(given)) == 4


async def test_what_is_no_decision_is_refused(given: Any) -> None:
    settings = settings_with(ScriptedChatModel(replies=honest))
    graph = build_graph(checkpointer=InMemorySaver())
    await graph.ainvoke(given, THREAD, context=settings)
    with pytest.raises(UsageError, match="resume with True or a list of decisions"):
        await graph.ainvoke(Command(resume=[{"row": "x", "verdict": "maybe"}]), THREAD, context=settings)


async def test_a_withdrawn_decision_counts_no_more(given: Any) -> None:
    graph = build_graph(checkpointer=InMemorySaver())
    settings = settings_with(ScriptedChatModel(replies=honest))
    await graph.ainvoke(given, THREAD, context=settings)
    row = row_ids(given)[0]
    said = [{"row": row, "verdict": "rejected", "reason": "no"}, {"row": row, "verdict": "withdrawn"}]
    await graph.ainvoke(Command(resume=said), THREAD, context=settings)
    assert len(instructions(given)) == 5
