"""Train a random tiny Qwen2 on the Python example's rows, or ask it what it learned: what the README's pictures show.

    python scripts/tiny_run.py train FOLDER     rows, model, LoRA; FOLDER keeps model, adapter and losses
    python scripts/tiny_run.py infer FOLDER     a held-out wording answered by base and tuned

It proves the path on one CPU core. What the tiny model says it has learned by heart: nothing here is Qwen's quality.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import qarepo_graph
from qarepo_graph.dataset.export import DatasetOptions
from qarepo_graph.dataset.read import read_examples
from qarepo_graph.dataset.writer import ExportOptions
from qarepo_graph.exports import export_run
from qarepo_graph.train.extra import quiet
from qarepo_graph.train.infer import LocalModel
from qarepo_graph.train.sft import SftOptions, finetune
from qarepo_graph.train.tiny import build_tiny

REPOSITORY = Path(__file__).resolve().parents[1] / "examples" / "python-segmentation"
EPOCHS = 30
FUNCTIONS = 8
BAR = 40


def make_dataset(folder: Path) -> None:
    """Generate rows by rules and export them, a fifth of the wordings held out."""
    qarepo_graph.run(
        REPOSITORY,
        repo_description="A small project for training a segmentation model",
        output_file=folder / "rows.json",
        run_dir=folder / "run",
        questions=5,
        requirements=0,
        max_functions=FUNCTIONS,
    )
    options = DatasetOptions(
        rows=ExportOptions(context="none", answer_code=False),
        formats=("messages",),
        split="by-paraphrase",
        ratios={"train": 0.8, "validation": 0.0, "test": 0.2},
    )
    export_run(folder / "run", folder / "dataset", options)


def train(folder: Path) -> None:
    """Tune the tiny model, a line with a bar for every tenth update."""
    rows = read_examples(folder / "dataset", "train")
    print(f"{len(rows)} rows about {FUNCTIONS} functions of {REPOSITORY.name}, worded by rules")
    base = build_tiny(folder / "tiny", [text for row in rows for text in (row.question, row.answer)], vocabulary=1500)
    print("model: random 2-layer Qwen2, LoRA r=16, one CPU core", flush=True)
    first: list[float] = []

    def tell(step: int, loss: float) -> None:
        first.append(loss)
        if step % 10 == 0:
            print(f"  update {step:>3}  loss {loss:6.3f}  {'#' * max(1, round(BAR * loss / first[0]))}", flush=True)

    report = finetune(rows, str(base), folder / "adapter", SftOptions(max_length=1024).for_tiny(epochs=EPOCHS), tell)
    (folder / "losses.json").write_text(json.dumps(report.losses) + "\n", encoding="utf-8")
    model = LocalModel(str(base), folder / "adapter")
    answers = model.answers([row.prompt for row in rows], max_new_tokens=400)
    exact = sum(answer == row.answer.strip() for answer, row in zip(answers, rows, strict=True))
    print(f"trained questions answered exactly: {exact} of {len(rows)}")


def infer(folder: Path) -> None:
    """Ask one held-out wording of the base and of the tuned model."""
    row = min(read_examples(folder / "dataset", "test"), key=lambda one: len(one.answer))
    model = LocalModel(str(folder / "tiny"), folder / "adapter")
    print(f"held-out wording: {row.question}\n", flush=True)
    for name, tuned in (("base (random weights)", False), ("tuned", True)):
        [answer] = model.answers([row.prompt], max_new_tokens=200, tuned=tuned)
        shown = answer if tuned else answer[:160] + " ..."
        print(f"--- {name}\n{shown}\n", flush=True)
        if tuned:
            print("equal to the reference:", answer == row.answer.strip())


if __name__ == "__main__":
    quiet()
    action, where = sys.argv[1], Path(sys.argv[2])
    where.mkdir(exist_ok=True)
    if action == "train":
        make_dataset(where)
        train(where)
    else:
        infer(where)
