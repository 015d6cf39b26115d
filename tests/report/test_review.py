"""The review server: who may speak to it, what a decision does, and that the next export follows it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from qarepo_graph import Settings
from qarepo_graph.engine.runs import Run, open_run, release
from qarepo_graph.ledger.decisions import latest_decisions
from qarepo_graph.report.decide import Reviewer
from qarepo_graph.report.review import ReviewServer
from qarepo_graph.report.source import recorded_pairs
from tests.report.conftest import Serve, make_run


@pytest.fixture
async def review(tmp_path: Path) -> AsyncIterator[tuple[ReviewServer, Run]]:
    directory = await asyncio.to_thread(make_run, tmp_path)
    run = open_run(tmp_path / "early-stopping", Settings(), directory)
    server = ReviewServer(Reviewer(run, recorded_pairs(run.ledger), "ann"))
    await server.start()
    yield server, run
    await server.stop()
    release(run, close=True)


async def send(server: ReviewServer, body: Any, **headers: str) -> tuple[int, Any]:
    url = f"http://127.0.0.1:{server.port}/decisions"
    given = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"} | headers
    async with aiohttp.ClientSession() as session, session.post(url, data=json.dumps(body), headers=given) as response:
        text = await response.text()
        return response.status, json.loads(text) if response.content_type == "application/json" else text


def rows_of(run: Run) -> list[str]:
    return [pair.id for pair in recorded_pairs(run.ledger).undecided_pairs()]


async def test_nobody_without_the_token_or_under_another_name_gets_in(review: tuple[ReviewServer, Run]) -> None:
    server, run = review
    base = f"http://127.0.0.1:{server.port}/"
    async with aiohttp.ClientSession() as session:
        for url, headers, status in (
            (base, {}, 403),
            (base + "?token=wrong", {}, 403),
            (server.address, {"Host": f"evil.example:{server.port}"}, 403),
            (server.address, {}, 200),
        ):
            async with session.get(url, headers=headers) as response:
                text = await response.text()
                assert response.status == status, text
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cache-Control"] == "no-store"
        assert "connect-src 'self'" in text
    rejecting = {"rows": rows_of(run)[:1], "verdict": "rejected"}
    assert (await send(server, rejecting, Authorization="Bearer no"))[0] == 403
    assert (await send(server, rejecting, **{"Content-Type": "text/plain"}))[0] == 415  # what a foreign form can send
    assert run.ledger.run(latest_decisions) == {}


async def test_decisions_are_in_the_ledger_with_who_and_when(review: tuple[ReviewServer, Run]) -> None:
    server, run = review
    rows = rows_of(run)
    status, answer = await send(server, {"rows": rows[:2], "verdict": "rejected", "reason": "too plain"})
    assert status == 200
    expected = {"verdict": "rejected", "reason": "too plain", "edit": None, "who": "ann"}
    assert answer["decisions"] == {rows[0]: expected, rows[1]: expected}
    kept = run.ledger.run(latest_decisions)
    assert sorted(kept) == sorted(rows[:2])
    assert kept[rows[0]].decided_at > 1.7e9
    assert [pair.id for pair in recorded_pairs(run.ledger).pairs()] == rows[2:]
    assert (await send(server, {"rows": rows[:1], "verdict": "withdrawn"}))[1]["decisions"] == {rows[0]: None}
    assert [pair.id for pair in recorded_pairs(run.ledger).pairs()] == [rows[0], *rows[2:]]


async def test_an_edit_passes_the_gates_or_is_refused_with_their_words(review: tuple[ReviewServer, Run]) -> None:
    server, run = review
    rows = rows_of(run)
    status, answer = await send(
        server, {"rows": [rows[2]], "verdict": "edited", "edit": {"question": "How is this method implemented?"}}
    )
    assert status == 422
    assert "this method" in answer["objections"][0]
    lie = {"description": "`EarlyStopping.step` calls `restore_weights` when the `loss` of an epoch is better."}
    status, answer = await send(server, {"rows": rows[2:4], "verdict": "edited", "edit": lie})
    assert status == 422
    assert any("restore_weights" in reason for reason in answer["objections"])
    assert run.ledger.run(latest_decisions) == {}
    good = {"question": "Which conditions make `EarlyStopping.step` return `False`?"}
    status, answer = await send(server, {"rows": [rows[2]], "verdict": "edited", "edit": good})
    assert (status, answer["entry"]["questions"][0]) == (200, [rows[2], good["question"]])
    # Accepting it afterwards keeps the edit.
    await send(server, {"rows": [rows[2]], "verdict": "accepted"})
    questions = [pair.question for pair in recorded_pairs(run.ledger).pairs()]
    assert questions[2] == good["question"]


async def test_steps_of_a_whole_group_are_edited_and_keep_their_lines(review: tuple[ReviewServer, Run]) -> None:
    server, run = review
    rows = rows_of(run)
    pair = list(recorded_pairs(run.ledger).undecided_pairs())[2]
    assert pair.description
    steps = [step.text for step in pair.description.logic_steps]
    steps[2] = "In every other case `self.bad_epochs` grows by 1."
    status, answer = await send(server, {"rows": rows[2:4], "verdict": "edited", "edit": {"steps": steps}})
    assert status == 200, answer
    assert answer["entry"]["steps"][2] == [steps[2], 21, 21]
    edited = [pair.description for pair in recorded_pairs(run.ledger).pairs()][2:4]
    assert edited[0] == edited[1]
    assert edited[0]
    assert edited[0].logic_steps[2].text == steps[2]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"rows": ["nobody"], "verdict": "accepted"}, 404, "no row 'nobody'"),
        ({"rows": [], "verdict": "accepted"}, 400, "rows: "),
        ({"rows": ["x"], "verdict": "maybe"}, 400, "verdict: "),
        ({"rows": ["x"], "verdict": "edited", "edit": {"answer": "x"}}, 400, "edit.answer: "),
    ],
)
async def test_what_is_no_decision_is_refused(
    review: tuple[ReviewServer, Run], body: Any, status: int, says: str
) -> None:
    got, text = await send(review[0], body)
    assert (got, says in text) == (status, True), text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a child of one's own group")
@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_address_and_ends_at_a_signal(
    serve: Serve, tmp_path: Path, number: signal.Signals
) -> None:
    process, _address = serve(make_run(tmp_path))
    process.send_signal(number)
    rest, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "Decisions are saved" in rest
    assert errors == ""
