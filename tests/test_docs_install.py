"""The README's three lines in a bash that knows nothing: environment, install, generate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.test_docs import blocks

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.full


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
@pytest.mark.timeout(1500)
def test_the_three_lines_make_a_data_set_on_a_fresh_checkout(tmp_path: Path) -> None:
    (install,) = [block for block in blocks("README.md") if block.mark.startswith("run by the full tier: ")]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    run = subprocess.run(
        ["bash", "-ec", install.code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    rows = json.loads((tmp_path / "example.json").read_text(encoding="utf-8"))
    assert set(rows[0]) == {"instruction", "input", "output"}
