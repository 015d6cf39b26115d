"""The graph end to end with a scripted model: rows, retry edge, resume, and how it is called."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

import qarepo_graph
from qarepo_graph import Settings, build_graph
from qarepo_graph.engine.runs import open_run, release
from qarepo_graph.errors import UsageError
from qarepo_graph.testing import ScriptedChatModel
from tests.graph.early_stopping import DESCRIPTIONS, SOURCE, function_in, honest, kind_of, write_repository

STEP_ANSWER = """\
`EarlyStopping.step` records the `loss` of an epoch and says whether training should stop.

**Where:** `pkg/early.py`, lines 13-22, method of `EarlyStopping`.

**Logic steps**
1. (15-16) If `loss` is NaN, raise `ValueError`.
2. (17-20) If `loss` is below `self.best - self.min_delta`, keep it as `self.best`, reset `self.bad_epochs` to 0 and \
return `False`.
3. (21) Otherwise count one more bad epoch in `self.bad_epochs`.
4. (22) Return whether `self.bad_epochs` has reached `self.patience`.
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write_repository(tmp_path / "early-stopping")


async def run_graph(repository: Path, model: Any, **knobs: Any) -> dict[str, Any]:
    given = {
        "repo_dir": str(repository),
        "repo_description": "early stopping",
        "run_dir": str(repository.parent / "run"),
        "output_file": str(repository.parent / "rows.json"),
    }
    settings = Settings(**{"model": model, "questions": 2, "requirements": 1, "answer_code": False} | knobs)
    return await build_graph().ainvoke(given, context=settings)


def rows_of(state: dict[str, Any]) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(Path(state["output_file"]).read_text(encoding="utf-8"))
    return rows


def test_the_picture_has_exactly_these_nodes_and_edges() -> None:
    drawn = build_graph().get_graph()
    edges = {(edge.source, edge.target, edge.conditional) for edge in drawn.edges}
    assert set(drawn.nodes) == {
        "__start__",
        "parse",
        "describe",
        "paraphrase",
        "ideate_requirements",
        "critique",
        "export",
        "__end__",
    }
    assert edges == {
        ("__start__", "parse", False),
        ("parse", "describe", False),
        ("describe", "paraphrase", False),
        ("describe", "ideate_requirements", False),
        ("paraphrase", "critique", False),
        ("ideate_requirements", "critique", False),
        ("critique", "describe", True),
        ("critique", "export", True),
        ("export", "__end__", False),
    }


async def test_a_repository_becomes_exactly_these_rows(repository: Path) -> None:
    state = await run_graph(repository, ScriptedChatModel(replies=honest))
    rows = rows_of(state)
    assert [row["instruction"] for row in rows] == [
        "How does `EarlyStopping.__init__` work in pkg/early.py?",
        "Walk me through what happens inside `EarlyStopping.__init__` from its first statement to its last.",
        "How does `EarlyStopping.step` work in pkg/early.py?",
        "Walk me through what happens inside `EarlyStopping.step` from its first statement to its last.",
        "How to restore the weights of the best epoch when early stopping triggers?",
    ]
    assert rows[2]["output"].strip() == STEP_ANSWER.strip()
    assert rows[2]["output"] == rows[3]["output"]
    context = json.loads(rows[2]["input"])
    assert list(context) == ["function_list", "repository_description"]
    assert context["repository_description"] == "early stopping"
    assert context["function_list"][1] == {
        "name": "EarlyStopping.step",
        "code": "\n".join(line[4:] for line in SOURCE.split("\n")[12:22]),
        "file": "pkg/early.py",
        "metadata": {
            "description": DESCRIPTIONS["EarlyStopping.step"]["description"],
            "logic_steps": [step["text"] for step in DESCRIPTIONS["EarlyStopping.step"]["logic_steps"]],
        },
    }
    assert state["functions"] == {"python": 2}
    assert state["export"]["scenarios"] == {"1": 4, "2": 1}


async def test_the_second_run_asks_nothing_and_writes_the_same_bytes(repository: Path) -> None:
    first = await run_graph(repository, ScriptedChatModel(replies=honest))
    before = Path(first["output_file"]).read_bytes()
    silent = ScriptedChatModel(replies=honest)
    second = await run_graph(repository, silent)
    assert silent.asked == []
    assert Path(second["output_file"]).read_bytes() == before
    assert second["describe"] == {
        "total": 2, "accepted": 2, "reused": 2, "pending": 0, "rejected": 0, "failed": 0, "skipped": 0,
    }  # fmt: skip


async def test_an_edit_above_asks_nothing_and_an_edit_inside_asks_its_own_calls(repository: Path) -> None:
    await run_graph(repository, ScriptedChatModel(replies=honest), requirements=0)
    file = repository / "pkg" / "early.py"
    file.write_text("# a new first line\n" + SOURCE, encoding="utf-8")
    above = ScriptedChatModel(replies=honest)
    moved = await run_graph(repository, above, requirements=0)
    assert above.asked == []
    assert "lines 14-23" in rows_of(moved)[2]["output"]

    file.write_text(SOURCE.replace("self.bad_epochs += 1", "self.bad_epochs = self.bad_epochs + 1"), encoding="utf-8")
    inside = ScriptedChatModel(replies=honest)
    await run_graph(repository, inside, requirements=0)
    # The description is new work; it came back the same, so its questions are not asked again.
    assert [(kind_of(asked), function_in(asked)) for asked in inside.asked] == [("describe", "EarlyStopping.step")]


async def test_a_model_wrong_the_first_time_goes_round_with_the_reasons(repository: Path) -> None:
    seen: list[str] = []

    def forgetful(messages: list[BaseMessage]) -> str:
        if kind_of(messages) != "describe" or function_in(messages) != "EarlyStopping.step":
            return honest(messages)
        seen.append(str(messages[-1].content))
        text = json.loads(honest(messages))
        if len(seen) == 1:
            text["description"] = "`EarlyStopping.step` asks `loss_watcher` whether training should stop."
        return json.dumps(text)

    state = await run_graph(repository, ScriptedChatModel(replies=forgetful))
    assert len(seen) == 2
    assert "loss_watcher" not in seen[0]
    assert "loss_watcher" in seen[1].rpartition("# Objections")[2]
    assert state["round"] == 2
    assert state["export"]["rejected"] == 0
    assert len(rows_of(state)) == 5


async def test_a_model_that_is_always_wrong_ends_in_rejected_with_every_reason(repository: Path) -> None:
    def liar(messages: list[BaseMessage]) -> str:
        text = json.loads(honest(messages))
        if kind_of(messages) == "describe" and function_in(messages) == "EarlyStopping.step":
            text["description"] = "`EarlyStopping.step` asks `loss_watcher` whether training should stop."
        return json.dumps(text)

    model = ScriptedChatModel(replies=liar)
    state = await run_graph(repository, model, attempts=3)
    asked = [m for m in model.asked if kind_of(m) == "describe" and function_in(m) == "EarlyStopping.step"]
    assert len(asked) == 3
    (line,) = Path(state["export"]["rejected_file"]).read_text(encoding="utf-8").splitlines()
    rejected = json.loads(line)
    assert (rejected["node"], rejected["item"], rejected["attempts"]) == (
        "describe",
        "pkg/early.py::EarlyStopping.step",
        3,
    )
    assert any("loss_watcher" in reason for reason in rejected["reasons"])
    assert [row["instruction"] for row in rows_of(state)][:2] == [
        "How does `EarlyStopping.__init__` work in pkg/early.py?",
        "Walk me through what happens inside `EarlyStopping.__init__` from its first statement to its last.",
    ]
    assert len(rows_of(state)) == 3
    again = ScriptedChatModel(replies=liar)
    await run_graph(repository, again, attempts=3)
    assert again.asked == []


async def test_broken_json_is_asked_for_once_more_in_the_same_round(repository: Path) -> None:
    broken: list[int] = []

    def stutterer(messages: list[BaseMessage]) -> str:
        if kind_of(messages) == "paraphrase" and function_in(messages) == "EarlyStopping.step" and not broken:
            broken.append(1)
            return '{"questions": ["How does `EarlyStopping.step` work in'
        return honest(messages)

    state = await run_graph(repository, ScriptedChatModel(replies=stutterer))
    assert broken == [1]
    assert state["round"] == 1
    assert len(rows_of(state)) == 5


async def test_too_few_questions_are_completed_and_the_good_ones_kept(repository: Path) -> None:
    prompts: list[str] = []

    def sparing(messages: list[BaseMessage]) -> str:
        if kind_of(messages) != "paraphrase" or function_in(messages) != "EarlyStopping.step":
            return honest(messages)
        prompts.append(str(messages[-1].content))
        questions = json.loads(honest(messages))["questions"]
        return json.dumps({"questions": questions[:1] if len(prompts) == 1 else questions[1:]})

    state = await run_graph(repository, ScriptedChatModel(replies=sparing))
    assert len(prompts) == 2
    assert "How does `EarlyStopping.step` work in pkg/early.py?" in prompts[1]
    assert [row["instruction"] for row in rows_of(state)][2:4] == [
        "How does `EarlyStopping.step` work in pkg/early.py?",
        "Walk me through what happens inside `EarlyStopping.step` from its first statement to its last.",
    ]
    assert state["round"] == 1


async def test_events_tell_every_node_and_add_up(repository: Path) -> None:
    given = {"repo_dir": str(repository), "run_dir": str(repository.parent / "run")}
    settings = Settings(model=ScriptedChatModel(replies=honest), questions=2, requirements=1)
    events: dict[str, dict[str, Any]] = {}
    async for mode, event in build_graph().astream(given, context=settings, stream_mode=["updates", "custom"]):
        if mode == "custom":
            events[event["node"]] = event
    # Paraphrase and ideation work at the same time, so either may speak first.
    assert set(events) == {"parse", "describe", "paraphrase", "ideate_requirements", "critique", "export"}
    assert (events["describe"]["done"], events["describe"]["total"]) == (2, 2)
    assert events["paraphrase"]["accepted"] == 2
    assert events["critique"]["requests"] == 5
    assert events["export"]["accepted"] == 5


def test_invoke_says_in_one_sentence_what_to_use(repository: Path) -> None:
    given = {"repo_dir": str(repository), "run_dir": str(repository.parent / "run")}
    with pytest.raises(UsageError, match=r"await graph\.ainvoke\(\.\.\.\).*qarepo_graph\.run\(\.\.\.\)"):
        build_graph().invoke(given, context=Settings(model=ScriptedChatModel(replies=honest)))


def test_the_facade_runs_in_a_script(repository: Path) -> None:
    state = qarepo_graph.run(
        repository,
        output_file=repository.parent / "rows.jsonl",
        run_dir=repository.parent / "run",
        model=ScriptedChatModel(replies=honest),
        questions=2,
        requirements=0,
    )
    assert len(Path(state["output_file"]).read_text(encoding="utf-8").splitlines()) == 4


async def test_the_facade_runs_inside_a_running_loop(repository: Path) -> None:
    assert asyncio.get_running_loop().is_running()
    state = qarepo_graph.run(
        repository,
        run_dir=repository.parent / "run",
        model=ScriptedChatModel(replies=honest),
        questions=0,
        requirements=1,
    )
    assert state["export"]["scenarios"] == {"2": 1}


async def test_the_lock_is_free_after_a_run_and_after_an_error(repository: Path) -> None:
    await run_graph(repository, ScriptedChatModel(replies=honest))
    release(open_run(repository, Settings(), repository.parent / "run"), close=True)

    def failing(messages: list[BaseMessage]) -> Exception:
        return RuntimeError("the model object itself is broken")

    with pytest.raises(UsageError, match="There is no row to export"):
        await run_graph(repository, ScriptedChatModel(replies=failing, name_of_model="broken"))
    release(open_run(repository, Settings(), repository.parent / "run"), close=True)


async def test_a_judge_sends_an_answer_round_and_its_scores_act(repository: Path) -> None:
    author = ScriptedChatModel(replies=honest, name_of_model="author")
    verdicts: list[str] = []

    def strict(messages: list[BaseMessage]) -> str:
        text = str(messages[-1].content)
        judged_step = "`EarlyStopping.step` implemented" in text
        verdicts.append(text)
        low = judged_step and len([v for v in verdicts if "`EarlyStopping.step` implemented" in v]) == 1
        scores = {"faithfulness": 5, "completeness": 2 if low else 5, "clarity": 5, "specificity": 5}
        return json.dumps(scores | {"reasons": ["The NaN case is left out of the description."] if low else []})

    def improved(messages: list[BaseMessage]) -> str:
        reply = json.loads(honest(messages))
        if "The NaN case is left out" in str(messages[-1].content):
            reply["description"] = "`EarlyStopping.step` refuses a NaN `loss`, and says whether training should stop."
        return json.dumps(reply)

    author = ScriptedChatModel(replies=improved, name_of_model="author")
    judge = ScriptedChatModel(replies=strict, name_of_model="judge")
    state = await run_graph(repository, author, critic_model=judge)
    assert state["round"] == 2
    assert rows_of(state)[2]["output"].startswith("`EarlyStopping.step` refuses a NaN `loss`")
    # Two descriptions and a requirement, then the new description; the questions of the new one are worded again.
    assert len(judge.asked) == 4
    assert [kind_of(asked) for asked in author.asked].count("paraphrase") == 3


async def test_no_lock_is_held_while_the_graph_waits_for_a_person(repository: Path) -> None:
    run_dir = repository.parent / "run"
    given = {"repo_dir": str(repository), "run_dir": str(run_dir), "output_file": str(repository.parent / "rows.json")}
    settings = Settings(model=ScriptedChatModel(replies=honest), questions=2, requirements=0, review=True)
    graph = build_graph(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "review"}}
    await graph.ainvoke(given, thread, context=settings)
    elsewhere = (
        f"from pathlib import Path; from qarepo_graph.ledger import RunLock; RunLock(Path({str(run_dir)!r})).acquire()"
    )
    subprocess.run([sys.executable, "-c", elsewhere], check=True)
    state = await graph.ainvoke(Command(resume=True), thread, context=settings)
    assert state["export"]["rows"] == 4


async def test_a_function_whose_id_holds_question_marks_is_kept_by_the_next_run(tmp_path: Path) -> None:
    source = """
    class Groups<V> {
        /** Groups the values. */
        <G> int count(Function<? super V, ? extends G> group) {
            return values.size();
        }
    }
    """
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "Groups.java").write_text(source, encoding="utf-8")
    given = {"repo_dir": str(tmp_path / "repo"), "run_dir": str(tmp_path / "run")}
    given["output_file"] = str(tmp_path / "rows.json")
    kinds = ("how_implemented", "why_purpose")
    settings = Settings(questions=2, requirements=0, question_types=kinds)
    first = await build_graph().ainvoke(given, context=settings)
    rows = (tmp_path / "rows.json").read_bytes()
    again = await build_graph().ainvoke(given, context=settings)
    assert first["export"]["rows"] == again["export"]["rows"] >= 2
    assert (again["describe"]["reused"], again["usage"]) == (1, {})
    assert (tmp_path / "rows.json").read_bytes() == rows
