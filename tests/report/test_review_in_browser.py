"""Review by keyboard in a real browser, against the command itself; a killed server loses nothing that was shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qarepo_graph.ledger import look_into_ledger
from qarepo_graph.ledger.decisions import latest_decisions
from qarepo_graph.report.source import recorded_pairs
from tests.report.browser import Watched, browser
from tests.report.conftest import Serve, make_run

pytestmark = pytest.mark.full


@pytest.fixture
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


def wait_for(page: Any, text: str) -> None:
    page.wait_for_function("text => document.getElementById('review').innerText.includes(text)", arg=text)


def test_accept_reject_and_edit_by_keyboard_survive_a_kill(chromium: Any, serve: Serve, tmp_path: Path) -> None:
    run = make_run(tmp_path)
    process, address = serve(run)
    watched = Watched(chromium)
    page = watched.open(address)
    wait_for(page, "0 of 3 reviewed")
    page.keyboard.press("a")  # the first group, and on to the second
    wait_for(page, "1 of 3 reviewed")
    page.keyboard.press("]")
    page.keyboard.press("e")  # its first question
    page.keyboard.press("Control+a")
    page.keyboard.type("How is this method implemented?")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector('[role="alert"]')
    assert "this method" in page.locator('[role="alert"]').inner_text()
    page.locator("textarea").fill("Which conditions make `EarlyStopping.step` return `False`?")
    page.keyboard.press("Control+Enter")
    wait_for(page, "edited by ann")
    page.keyboard.press("e")
    page.keyboard.type("not kept")
    page.keyboard.press("Escape")
    assert page.locator("textarea").count() == 0
    page.keyboard.press("]")
    page.keyboard.press("r")
    page.keyboard.type("says nothing")
    page.keyboard.press("Enter")
    wait_for(page, "rejected by ann: says nothing")
    process.kill()
    process.wait()
    page.keyboard.press("u")
    page.wait_for_selector('[role="alert"]')  # told that it could not be saved, and nothing changed
    assert "rejected by ann" in page.locator("#review").inner_text()
    ledger = look_into_ledger(run)
    decided = ledger.run(latest_decisions)
    questions = [pair.question for pair in recorded_pairs(ledger).pairs()]
    ledger.close()
    assert sorted(decision.verdict for decision in decided.values()) == ["accepted", "accepted", "edited", "rejected"]
    assert len(questions) == 4
    assert questions[2] == "Which conditions make `EarlyStopping.step` return `False`?"

    _, address = serve(run)
    page = Watched(chromium).open(address)
    wait_for(page, "2 of 3 reviewed")


def test_everybody_can_review(chromium: Any, serve: Serve, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    _, address = serve(make_run(tmp_path))
    page = Watched(chromium).open(address)
    wcag = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    for keys in ("", "r", "e"):
        for key in keys:
            page.keyboard.press(key)
        found = axe.run(page, options=wcag).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        page.keyboard.press("Escape")
