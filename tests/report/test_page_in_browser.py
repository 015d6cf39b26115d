"""The report in a real browser: it opens alone, is quick, can be used by everybody, and nothing in it acts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qarepo_graph.report.page import report_page
from tests.report.browser import Watched, browser
from tests.report.invented import invented_report

pytestmark = pytest.mark.full

HOSTILE = {
    "script": "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">",
    "closing": "</script></style><!-- <script>document.title='taken'</script>",
    "ansi": "\x1b[31mred\x1b[0m \x00 \x07",
    "bidi": "safe \u202e/* } if (admin) { */",
    "link": "[click](javascript:document.title='taken') `javascript:alert(1)`",
    "template": "{{data}} {{script}} ${document.title='taken'}",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


def written(tmp_path: Path, data: dict[str, Any]) -> str:
    path = tmp_path / "report.html"
    path.write_text(report_page(data), encoding="utf-8")
    return path.as_uri()


def test_it_opens_from_disk_without_a_request_or_a_console_message(chromium: Any, tmp_path: Path) -> None:
    watched = Watched(chromium)
    url = written(tmp_path, invented_report(40, 4))
    page = watched.open(url)
    for key in "123":
        page.keyboard.press(key)
    assert watched.trouble == []
    assert watched.requests == [url]


def test_language_and_theme_change_under_drawn_charts(chromium: Any, tmp_path: Path) -> None:
    watched = Watched(chromium)
    page = watched.open(written(tmp_path, invented_report(40, 4)))
    assert page.locator(".plot svg").count() > 1
    page.click("#language")
    assert page.locator("#overview h2").first.inner_text() == "各模块覆盖率"
    page.click("#theme")
    page.click("#theme")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator(".plot svg").count() > 1
    assert watched.trouble == []


def test_search_filters_and_keyboard_find_rows(chromium: Any, tmp_path: Path) -> None:
    data = invented_report(250)
    data["entries"][200]["description"] = "Folds the zebra."
    data["entries"][201] |= {"scenario": 2, "type": "requirement", "solution": "A zebra of its own.", "description": ""}
    page = Watched(chromium).open(written(tmp_path, data))
    page.keyboard.press("/")
    page.keyboard.type("ZEBRA")
    assert page.locator("#found").inner_text() == "1–2 of 2"
    page.select_option("#by-scenario", "2")
    assert page.locator("#found").inner_text() == "1–1 of 1"
    assert page.locator(".answer .prose").inner_text() == "A zebra of its own."
    page.select_option("#by-scenario", "")
    page.fill("#search", "")
    page.locator("#next").click()
    assert page.locator("#found").inner_text() == "101–200 of 250"
    page.keyboard.press("k")  # back over the page's edge
    assert page.locator("#found").inner_text() == "1–100 of 250"
    assert page.locator('#list [aria-current="true"]').get_attribute("data-id") == "g000099"


def test_a_step_marks_its_lines_and_a_line_its_steps(chromium: Any, tmp_path: Path) -> None:
    data = invented_report(1)
    start = data["functions"][0]["start"]
    page = Watched(chromium).open(written(tmp_path, data))
    page.keyboard.press("2")
    page.hover(".steps li:nth-child(1)")
    marked = page.locator("#code .hit").evaluate_all("nodes => nodes.map(node => Number(node.dataset.n))")
    assert marked == [start + 1, start + 2]
    page.hover("#answer header")
    assert page.locator("#code .hit").count() == 0
    page.hover(f'#code [data-n="{start + 1}"]')
    assert page.locator(".steps li.hit").count() == 1
    page.hover("#answer header")
    page.locator(".steps .lines").nth(0).focus()
    page.keyboard.press("Enter")
    page.hover("#answer header")
    assert page.locator("#code .hit").count() == 2


def test_an_identifier_leads_to_its_definition_and_back(chromium: Any, tmp_path: Path) -> None:
    data = invented_report(2)
    first, second = data["functions"]
    data["entries"][0]["description"] = f"Hands its value to `{second['name']}`."
    page = Watched(chromium).open(written(tmp_path, data))
    page.keyboard.press("2")
    page.locator(".answer .prose .link").click()
    assert page.locator("#code .where strong").inner_text() == second["name"]
    page.locator("#back").click()
    assert page.locator("#code .where strong").inner_text() == first["name"]


def test_secrets_and_left_out_functions_are_listed(chromium: Any, tmp_path: Path) -> None:
    data = invented_report(3)
    data["screening"] |= {
        "secrets": {"github_token": 2},
        "places": ["src/a.py:7 github_token", "src/b c.py:9 github_token"],
        "left_out": {"src/a.py::Shop.told": "Its text gives instructions to a model."},
        "instructed": ["src/a.py::Shop.told"],
        "licences": {"MIT": 2, "": 1},
    }
    page = Watched(chromium).open(written(tmp_path, data))
    card = page.locator("article", has=page.get_by_role("heading", name="Secrets and suspicious text"))
    assert "Secrets replaced by placeholders: 2. Functions left out: 1." in card.inner_text()
    card.locator("summary").click()
    cells = card.locator("td").all_inner_texts()
    assert cells == [
        *("src/a.py:7", "github token", "src/b c.py:9", "github token"),
        *("src/a.py::Shop.told", "Its text gives instructions to a model."),
    ]
    assert "none was found for 1 of 3 functions" in page.locator("#overview").inner_text()
    page.keyboard.press("3")
    page.select_option("#functions select", "leftOut")
    assert page.locator("#functions tbody td").all_inner_texts() == [
        *("Shop.told", "src/a.py", "–", "left out", "Its text gives instructions to a model.")
    ]


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_text_is_only_text(chromium: Any, tmp_path: Path, name: str) -> None:
    text = HOSTILE[name]
    data = invented_report(3)
    data["functions"][0] |= {"code": f"def f():\n    {text}\n", "name": f"f{text}", "file": f"a/{text}.py"}
    entry = data["entries"][0]
    entry |= {
        "questions": [["q", text]],
        "description": text,
        "steps": [[text, 1, 1]],
        "gates": {text: text},
        "type": text,
    }
    data["provenances"][0]["model"] = text
    data["run"]["repository"] = text
    data["overview"] |= {"reasons": [[text, 3]], "gates": [[text, 3]], "coverage": [[f"a/{text}", 1, 1]]}
    watched = Watched(chromium)
    page = watched.open(written(tmp_path, data))
    before = page.title()
    for key in "123":
        page.keyboard.press(key)
        page.wait_for_timeout(50)
    assert page.title() == before
    assert "taken" not in before.split("'")[0]
    assert page.evaluate("document.querySelectorAll('script, img, a[href^=javascript], iframe').length") == 3
    shown = page.locator("body").inner_text()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert watched.trouble == []
    assert len(watched.requests) == 1


def test_an_answer_of_a_megabyte_does_not_freeze_the_page(chromium: Any, tmp_path: Path) -> None:
    data = invented_report(2)
    data["entries"][0]["description"] = "`x` " * 262144
    page = Watched(chromium).open(written(tmp_path, data))
    page.keyboard.press("2")
    button = page.get_by_role("button", name="Show all 1,048,576 characters")
    assert button.count() == 1
    assert len(page.locator(".answer .prose").first.inner_text()) < 30_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_can_use_it(chromium: Any, tmp_path: Path, scheme: str, language: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    data = invented_report(30, 3)
    data["run"]["page_language"] = language
    data["entries"].append(
        data["entries"][0] | {"id": "bad", "questions": [], "verdict": "rejected", "reasons": ["No."], "reply": "{}"}
    )
    page = Watched(chromium, color_scheme=scheme).open(written(tmp_path, data))
    for key in "123?":
        page.keyboard.press(key)
        if key == "2":
            page.hover(".steps li:nth-child(1)")
        wcag = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        found = axe.run(page, options=wcag).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
