from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def _script() -> ModuleType:
    path = EXAMPLES.parent / "scripts" / "make_examples.py"
    spec = importlib.util.spec_from_file_location("make_examples", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["example.json", "example.zh.json"])
def test_the_published_rows_are_made_again_byte_for_byte(name: str, tmp_path: Path):
    made = _script().make(name, tmp_path).read_bytes()
    assert made == (EXAMPLES / name).read_bytes(), f"{name} is outdated; run python scripts/make_examples.py"


@pytest.mark.parametrize(("name", "how"), [("example.json", "How to "), ("example.zh.json", "如何")])
def test_the_published_rows_cover_every_function_and_six_requirements(name: str, how: str):
    rows = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    requirements = [row for row in rows if row["output"].startswith(("**Solution:**", "**方案：**"))]
    assert len(requirements) == 6
    assert all(row["instruction"].startswith(how) for row in requirements)
    answers = {row["output"] for row in rows} - {row["output"] for row in requirements}
    assert (len(rows) - 6, len(answers)) == (226, 113)


def test_the_python_example_learns(tmp_path: Path):
    command = [sys.executable, "-B", "-m", "segtrain.train", "--epochs", "4", "--output", str(tmp_path / "best.json")]
    done = subprocess.run(
        command, cwd=EXAMPLES / "python-segmentation", capture_output=True, text=True, check=True, timeout=100
    )
    *epochs, last = done.stdout.splitlines()
    losses = [ast.literal_eval(line)["validation_loss"] for line in epochs]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.6 * losses[0]
    assert last == "best epoch 3: loss 0.366, IoU 0.754"
    assert json.loads((tmp_path / "best.json").read_text())["channels"] == [4]


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler on this machine")
def test_the_java_example_compiles_and_runs(tmp_path: Path):
    folder = EXAMPLES / "java-inventory"
    sources = sorted(str(path) for path in folder.rglob("*.java"))
    subprocess.run(["javac", "-d", str(tmp_path), *sources], check=True, timeout=100)
    done = subprocess.run(["java", "-cp", str(tmp_path), "shop.Main"], capture_output=True, text=True, check=True)
    assert done.stdout == "6 cups left, four cost 4302 cents\n"


@pytest.mark.full
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler on this machine")
def test_the_cpp_example_compiles_without_warnings_and_runs(tmp_path: Path):
    folder = EXAMPLES / "cpp-geometry"
    sources = sorted(str(path) for path in (folder / "src").glob("*.cpp"))
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{folder / 'include'}"]
    subprocess.run(["g++", *flags, *sources, "-o", str(tmp_path / "geo")], check=True, timeout=300)
    done = subprocess.run([str(tmp_path / "geo")], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "3 points left"
