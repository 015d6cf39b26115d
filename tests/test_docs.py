"""README and documentation: what they show runs, what is generated is fresh, what they link to exists."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from qarepo_graph.cli.app import main
from qarepo_graph.settings import Settings, names

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from write_parts import PICTURE, graph_svg, pages, with_parts  # noqa: E402 - a script, found through the line above

PAGES = [page.relative_to(ROOT).as_posix() for page in pages()]
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>bash|python)\n(?P<code>.*?)^```", re.S | re.M)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SERVERS = ("qarepo review",)  # they do not end; tests/report runs them


@dataclass(frozen=True)
class Block:
    """A piece of code in a page; ``mark`` is the comment before it, the reason why it is not run here."""

    language: str
    code: str
    mark: str


def blocks(page: str) -> Iterator[Block]:
    for found in BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")):
        yield Block(found["language"], found["code"], found["mark"] or "")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a checkout, as the pages' commands expect it around them."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "examples", folder / "examples")
    (generate,) = [line for block in blocks("README.md") for line in block.code.splitlines() if "Training of" in line][
        :1
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run_command(generate)  # the last of the README's three lines; its run is what the other pages look at
    return folder


@pytest.mark.parametrize("page", [page for page in PAGES if list(blocks(page))])
def test_what_a_page_shows_runs(page: str, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    for block in blocks(page):
        if block.mark.startswith(("not run: ", "run by the full tier: ")):
            continue
        if block.language == "python":
            run_python(block.code, f"{page}")
        else:
            for line in block.code.replace("\\\n", " ").splitlines():
                run_command(line)


def run_python(code: str, name: str) -> None:
    compiled = compile(code, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(compiled, {}))
    else:
        exec(compiled, {})


def run_command(line: str) -> None:
    words = shlex.split(line, comments=True)
    if not words or line.startswith(SERVERS):
        return
    arguments = words[1:] if words[0] == "qarepo" else words[3:]
    assert words[0] == "qarepo" or words[:3] == ["python", "-m", "qarepo_graph"], f"cannot run {line!r}"
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0, line


@pytest.mark.parametrize("page", PAGES)
def test_generated_parts_are_fresh(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == with_parts(text), "run: python scripts/write_parts.py"


def test_the_picture_of_the_graph_is_fresh_and_no_page_needs_the_network_for_one() -> None:
    assert PICTURE.read_text(encoding="utf-8") == graph_svg(), "run: python scripts/write_parts.py"
    # A site shows Mermaid with a script from elsewhere; the forge, where the READMEs are read, brings its own.
    assert [
        page for page in PAGES if page.startswith("docs/") and "```mermaid" in (ROOT / page).read_text("utf-8")
    ] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_to_files_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.S)
    targets = [link.partition("#")[0] for link in LINK.findall(text) if not link.startswith(("http", "#"))]
    assert [target for target in targets if not (folder / target).exists()] == []


def test_the_front_page_is_short_and_its_twin_shows_the_same_commands() -> None:
    lines = {page: (ROOT / page).read_text(encoding="utf-8").splitlines() for page in ("README.md", "README.zh-CN.md")}
    assert all(len(text) <= 200 for text in lines.values())

    def commands(page: str) -> list[list[str]]:
        shown = [line for block in blocks(page) if block.language == "bash" for line in block.code.splitlines()]
        return [shlex.split(line.partition("#")[0])[:2] for line in shown]

    assert commands("README.md") == commands("README.zh-CN.md")


def test_the_settings_page_names_every_setting() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert all(f"| `{name.field}` |" in text for name in names())
    assert len(names()) == len(Settings.__dataclass_fields__)


def test_the_pictures_are_small_and_real() -> None:
    for name in ("generate.svg", "report.png"):
        assert 10_000 < (ROOT / "docs/pictures" / name).stat().st_size < 2_000_000
    assert "qarepo generate examples/python-segmentation" in (ROOT / "docs/pictures/generate.svg").read_text("utf-8")


def test_the_recipes_for_contributors_name_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(
        r"`((?:qarepo_graph|tests|prompts|benchmarks|docs|code|llm|quality|dataset|nodes)/[\w./]+)`", text
    )
    new = {"prompts/describe/v2.en.md"}
    places = (ROOT, ROOT / "qarepo_graph")
    assert len(named) > 20
    assert [name for name in named if name not in new and not any((place / name).exists() for place in places)] == []
