"""Wheel, sdist and editable install: what is in them, and that each one's Python finds the prompts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import qarepo_graph
from qarepo_graph.llm.prompts import read_prompt

ROOT = Path(__file__).parent.parent
PROMPTS = sorted(path.relative_to(ROOT / "prompts").as_posix() for path in (ROOT / "prompts").rglob("*.*"))

# Runs in an interpreter that sees the built package first; prints where the package and one prompt were read from.
READ_PROMPT = """
import site, sys
site.addsitedir(sys.argv[1])
sys.path.insert(0, sys.argv[1])
import qarepo_graph
from qarepo_graph.llm.prompts import read_prompt
print(qarepo_graph.__file__)
print(read_prompt("describe").sha256)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")))))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(next(SdistBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("sdist")))))


def installed(archive: Path, folder: Path) -> tuple[str, str]:
    """Unpack a wheel as an installer would; return the files the package and its prompt came from."""
    zipfile.ZipFile(archive).extractall(folder)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    run = subprocess.run(
        [sys.executable, "-c", READ_PROMPT, str(folder)],
        cwd=folder.parent,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    package, sha256 = run.stdout.splitlines()
    return package, sha256


def test_the_wheel_holds_the_package_and_the_prompts_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "qarepo_graph",
        f"qarepo_graph-{qarepo_graph.__version__}.dist-info",
    }
    assert sorted(n.removeprefix("qarepo_graph/_prompts/") for n in names if "/_prompts/" in n) == PROMPTS
    assert "qarepo_graph/py.typed" in names
    assert f"qarepo_graph-{qarepo_graph.__version__}.dist-info/licenses/LICENSE" in names


def test_the_sdist_holds_what_is_needed_to_build_and_test(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        top = {name.split("/")[1] for name in archive.getnames()}
    assert {
        "qarepo_graph",
        "prompts",
        "tests",
        "examples",
        "docs",
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
    } <= top


def test_an_installed_wheel_reads_its_own_prompts(wheel: Path, tmp_path: Path) -> None:
    package, sha256 = installed(wheel, tmp_path / "site")
    assert Path(package).is_relative_to(tmp_path)
    assert sha256 == read_prompt("describe").sha256


def test_a_wheel_built_from_the_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    rebuilt = Path(next(WheelBuilder(str(unpacked)).build(directory=str(tmp_path / "again"))))
    assert rebuilt.read_bytes() == wheel.read_bytes()


def test_an_editable_install_reads_the_prompts_of_the_checkout(tmp_path: Path) -> None:
    editable = Path(next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path / "dist"), versions=["editable"])))
    package, sha256 = installed(editable, tmp_path / "site")
    assert Path(package) == ROOT / "qarepo_graph" / "__init__.py"
    assert sha256 == read_prompt("describe").sha256


def test_one_version_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d[^]]*)\]", changelog, re.M)
    declared = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert newest
    assert declared
    assert newest[1] == declared[1] == qarepo_graph.__version__


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, qarepo_graph; print(*{m.split('.')[0] for m in sys.modules} & {'langgraph', 'langchain', 'rich'})"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
