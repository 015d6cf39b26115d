"""Make ``examples/example.json`` and ``examples/example.zh.json`` again: ``python scripts/make_examples.py``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
REPOSITORY = "python-segmentation"
DESCRIPTIONS = {
    "example.json": "Training of a small image segmentation network",
    "example.zh.json": "一个小型图像分割网络的训练工程",
}
# Two questions and little context a row keep each file under 1 MB; a real run wants 10 and the default budget.
OPTIONS = ["--questions", "2", "--requirements", "6", "--context", "relevant", "--context-budget", "600"]


def make(name: str, folder: Path) -> Path:
    """Write one example file into a folder and return it."""
    output = folder / name
    with tempfile.TemporaryDirectory() as run_dir:
        command = [sys.executable, "-m", "qarepo_graph", "generate", str(EXAMPLES / REPOSITORY), "-o", str(output)]
        command += ["--description", DESCRIPTIONS[name], "--run-dir", run_dir, "--force", *OPTIONS]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return output


if __name__ == "__main__":
    for example in DESCRIPTIONS:
        with tempfile.TemporaryDirectory() as made:
            (EXAMPLES / example).write_bytes(make(example, Path(made)).read_bytes())
            print(EXAMPLES / example)
