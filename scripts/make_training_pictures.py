"""Make the README's pictures of training from a real run of the tiny model: two recordings and the loss curve.

python scripts/make_training_pictures.py       (POSIX; needs the extras ``train``, ``notebooks`` and ``docs``)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
CAPTION = "LoRA on a random 2-layer Qwen2, one CPU core, rows worded by rules"
PAUSE = 0.5


def main() -> None:
    """Record training and inference in a terminal, then draw the losses of that very run."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "scripts").symlink_to(ROOT / "scripts")  # the recorded command shows no path of this machine
        for action in ("train", "infer"):
            recorder = [sys.executable, str(ROOT / "scripts" / "record_terminal.py"), "--pause", str(PAUSE)]
            recorder.append(str(PICTURES / f"{action}.svg"))
            command = ["python", "scripts/tiny_run.py", action, "tiny-run"]
            subprocess.run([*recorder, "--", *command], cwd=scratch, check=True)
        losses = json.loads((Path(scratch) / "tiny-run" / "losses.json").read_text(encoding="utf-8"))
    draw(losses, PICTURES / "training-curve.svg")


def draw(losses: list[tuple[int, float]], path: Path) -> None:
    """Save the loss on answers by update."""
    mpl.rcParams["svg.hashsalt"] = "qarepo-graph"  # the same run gives the same file
    figure, axes = plt.subplots(figsize=(6, 3))
    axes.plot(*zip(*losses, strict=True), color="#1f77b4")
    axes.set(xlabel="update", ylabel="loss on answers", yscale="log")
    axes.set_title(CAPTION, fontsize=9)
    axes.grid(visible=True, which="both", alpha=0.25)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
