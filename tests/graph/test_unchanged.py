"""A run that finds nothing changed does nothing; one that finds anything changed looks again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from qarepo_graph.errors import UsageError
from qarepo_graph.testing import ScriptedChatModel
from tests.graph.early_stopping import SOURCE, function_in, honest, kind_of, write_repository
from tests.graph.test_graph import run_graph


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write_repository(tmp_path / "early-stopping")


def asked_of(model: ScriptedChatModel) -> list[tuple[str, str]]:
    return [(kind_of(asked), function_in(asked)) for asked in model.asked]


async def test_an_unchanged_dataset_is_left_where_it_lies(repository: Path) -> None:
    first = await run_graph(repository, ScriptedChatModel(replies=honest))
    output = Path(first["output_file"])
    before = output.stat()
    second = await run_graph(repository, ScriptedChatModel(replies=honest))
    assert output.stat().st_ino == before.st_ino
    assert output.stat().st_mtime_ns == before.st_mtime_ns
    assert second["export"] == first["export"]


async def test_a_dataset_that_is_gone_is_written_again_and_a_changed_one_is_not_overwritten(repository: Path) -> None:
    first = await run_graph(repository, ScriptedChatModel(replies=honest))
    output = Path(first["output_file"])
    rows = output.read_bytes()
    output.unlink()
    await run_graph(repository, ScriptedChatModel(replies=honest))
    assert output.read_bytes() == rows
    output.write_bytes(rows.replace(b"EarlyStopping", b"LateStopping"))
    with pytest.raises(UsageError, match="is not as qarepo wrote it"):
        await run_graph(repository, ScriptedChatModel(replies=honest))


async def test_other_options_write_the_dataset_anew(repository: Path) -> None:
    first = await run_graph(repository, ScriptedChatModel(replies=honest))
    with_code = await run_graph(repository, ScriptedChatModel(replies=honest), answer_code=True)
    assert with_code["export"]["sha256"] != first["export"]["sha256"]
    assert with_code["export"]["rows"] == first["export"]["rows"]


async def test_a_changed_import_is_seen_although_no_function_changed(repository: Path) -> None:
    await run_graph(repository, ScriptedChatModel(replies=honest), requirements=0)
    (repository / "pkg" / "early.py").write_text("import typing\n" + SOURCE, encoding="utf-8")
    model = ScriptedChatModel(replies=honest)
    await run_graph(repository, model, requirements=0)
    # The prompt quotes the file's imports; the descriptions came back the same, so no question is asked again.
    assert sorted(asked_of(model)) == [("describe", "EarlyStopping.__init__"), ("describe", "EarlyStopping.step")]


async def test_more_attempts_open_a_rejected_item_again_and_leave_the_others(repository: Path) -> None:
    def refused(messages: list[BaseMessage]) -> Any:
        if (kind_of(messages), function_in(messages)) == ("describe", "EarlyStopping.step"):
            return "no json"
        return honest(messages)

    state = await run_graph(repository, ScriptedChatModel(replies=refused), requirements=0, attempts=1)
    assert state["describe"]["rejected"] == 1
    same = ScriptedChatModel(replies=honest)
    again = await run_graph(repository, same, requirements=0, attempts=1)
    assert same.asked == []
    assert (again["describe"]["rejected"], again["describe"]["reused"]) == (1, 1)
    more = ScriptedChatModel(replies=honest)
    done = await run_graph(repository, more, requirements=0, attempts=2)
    assert asked_of(more) == [("describe", "EarlyStopping.step"), ("paraphrase", "EarlyStopping.step")]
    assert done["describe"]["accepted"] == 2
