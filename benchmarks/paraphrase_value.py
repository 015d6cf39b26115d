"""What paraphrases are worth: recall of unseen wordings after training on 1, 2, 4 or 8 wordings, or 8 near copies.

A random two-layer Qwen2 is fully trained on rows our own pipeline makes, the same number of updates for every arm, so
only the data differs. It shows the mechanism, not what a pretrained Qwen gains: that one knows synonyms already.

    python benchmarks/paraphrase_value.py [REPOSITORY] [--seeds 3] [--steps 300] [--functions 40]
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoTokenizer

import qarepo_graph
from qarepo_graph.dataset.read import Example, read_examples
from qarepo_graph.train.extra import quiet
from qarepo_graph.train.infer import LocalModel
from qarepo_graph.train.sft import load_weights
from qarepo_graph.train.tiny import build_tiny

ROOT = Path(__file__).resolve().parents[1]
HELD_OUT = 2
WORDINGS = 10
ARMS = ("1", "2", "4", "8", "8 near copies")
BATCH = 16


def made_rows(repository: Path, folder: Path, functions: int) -> list[list[Example]]:
    """Run the pipeline and return one list of ten differently worded rows per function, answers without the steps."""
    output = folder / "rows.jsonl"
    qarepo_graph.run(
        repository,
        output_file=output,
        run_dir=folder / "run",
        questions=WORDINGS,
        requirements=0,
        context="none",
        answer_code=False,
    )
    groups: dict[str, list[Example]] = defaultdict(list)
    for row in read_examples(output):
        # The first sentence and the place: the rest would only lengthen every run.
        says, place, *_ = row.answer.split("\n\n")
        short = says.split(". ")[0] + " | " + place.removeprefix("**Where:** ")
        groups[row.metadata["group_id"]].append(replace(row, answer=short, prompt=asking(row.question)))
    whole = [group for group in groups.values() if len(group) == WORDINGS]
    return whole[:functions]


def asking(question: str) -> tuple[dict[str, str], ...]:
    """Return the prompt of a question; the empty system message keeps the template's own sentence out."""
    return ({"role": "system", "content": ""}, {"role": "user", "content": question})


def near_copies(row: Example) -> list[Example]:
    """Return eight spellings of one question: other spacing, case, marks and courtesy, the same words."""
    text = row.question.rstrip("?？. ")
    spellings = [
        f"{text}?",
        f"{text} ?",
        f"{text}",
        f"{text}.",
        f"{text[:1].lower()}{text[1:]}?",
        f"Please: {text}?",
        f"{text}??",
        f" {text}?",
    ]
    return [replace(row, prompt=asking(spelling)) for spelling in spellings]


def arm_rows(arm: str, groups: Sequence[Sequence[Example]]) -> list[Example]:
    """Return the training rows of one arm; each group's last two wordings are held out."""
    if arm == "8 near copies":
        return [copy for group in groups for copy in near_copies(group[0])]
    return [row for group in groups for row in group[: int(arm)]]


def train(model_folder: str, rows: Sequence[Example], steps: int, seed: int) -> Path:
    """Train every weight for a fixed number of updates and return the folder of the result."""
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    model = load_weights(model_folder)
    model.train()
    encoded = []
    for row in rows:
        prompt = tokenizer.apply_chat_template(
            list(row.prompt), tokenize=True, add_generation_prompt=True, return_dict=False
        )
        answer = tokenizer(row.answer + tokenizer.eos_token, add_special_tokens=False)["input_ids"]
        encoded.append((prompt + answer, [-100] * len(prompt) + answer))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    chance = random.Random(seed)
    queue: list[int] = []
    for _ in range(steps):
        if len(queue) < BATCH:
            queue += chance.sample(range(len(rows)), len(rows))
        chosen = [encoded[queue.pop()] for _ in range(min(BATCH, len(queue)))]
        longest = max(len(tokens) for tokens, _ in chosen)
        tokens = torch.tensor([one + [tokenizer.pad_token_id] * (longest - len(one)) for one, _ in chosen])
        labels = torch.tensor([one + [-100] * (longest - len(one)) for _, one in chosen])
        mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one, _ in chosen])
        loss = model(input_ids=tokens, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    folder = Path(model_folder).parent / "trained"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def recall(folder: Path, rows: Sequence[Example]) -> float:
    """Return the share of rows answered word for word."""
    answers = LocalModel(str(folder)).answers([row.prompt for row in rows], max_new_tokens=200, batch=32)
    return sum(answer == row.answer.strip() for answer, row in zip(answers, rows, strict=True)) / len(rows)


def measure(groups: list[list[Example]], seed: int, steps: int, folder: Path) -> dict[str, float]:
    """Return held-out recall of every arm for one seed: the seed sets wording order, weights and batches."""
    chance = random.Random(seed)
    shuffled = [chance.sample(group, len(group)) for group in groups]
    held_out = [row for group in shuffled for row in group[-HELD_OUT:]]
    texts = [text for group in shuffled for row in group for text in (row.question, row.answer)]
    found = {}
    for arm in ARMS:
        started = time.process_time()
        torch.manual_seed(seed)
        tiny = build_tiny(folder / f"tiny-{seed}", texts, vocabulary=1500, hidden=96, seed=seed)
        found[arm] = recall(train(str(tiny), arm_rows(arm, shuffled), steps, seed), held_out)
        print(f"seed {seed}  {arm:>13}: {found[arm]:.3f}  ({time.process_time() - started:.0f} CPU s)", flush=True)
    return found


def draw(results: list[dict[str, float]], path: Path, caption: str) -> None:
    """Save the curve as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3.6))
    counts = [1, 2, 4, 8]
    for one in results:
        axes.plot(counts, [one[str(count)] for count in counts], color="#9ecae1", linewidth=1)
        axes.plot(8, one["8 near copies"], "x", color="#d62728")
    means = [sum(one[str(count)] for one in results) / len(results) for count in counts]
    axes.plot(counts, means, "o-", color="#1f77b4", label="paraphrases (mean, one thin line per seed)")
    axes.plot([], [], "x", color="#d62728", label="8 near copies of one wording")
    axes.set(xlabel="wordings per question in training", ylabel="exact answers to unseen wordings", ylim=(-0.03, 1.03))
    axes.set_xticks(counts)
    axes.set_title(caption, fontsize=8)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, print and save figures and plot."""
    parser = argparse.ArgumentParser(description="What paraphrases are worth")
    parser.add_argument("repository", nargs="?", type=Path, default=ROOT / "examples" / "python-segmentation")
    parser.add_argument("--seeds", type=int, default=3, help="the seed sets wordings, weights and batches")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--functions", type=int, default=40)
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results" / "paraphrase_value")
    given = parser.parse_args()
    torch.set_num_threads(1)
    quiet()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        groups = made_rows(given.repository, folder, given.functions)
        print(f"{len(groups)} functions with {WORDINGS} wordings each; {given.steps} updates of {BATCH} rows per arm")
        results = earlier(given.output, functions=len(groups), steps=given.steps)
        if results:
            save(results, given.output, functions=len(groups), steps=given.steps)
        for seed in range(len(results), given.seeds):
            results.append(measure(groups, seed, given.steps, folder))
            save(results, given.output, functions=len(groups), steps=given.steps)


def earlier(output: Path, *, functions: int, steps: int) -> list[dict[str, float]]:
    """Return the seeds an earlier, unfinished run of the same measurement left behind."""
    path = output.with_suffix(".json")
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    same = (record.get("functions"), record.get("steps"), record.get("batch")) == (functions, steps, BATCH)
    seeds: list[dict[str, float]] = record["seeds"] if same else []
    return seeds


def save(results: list[dict[str, float]], output: Path, *, functions: int, steps: int) -> None:
    """Write figures and plot of the seeds done so far: a run that is cut short keeps them."""
    means = {arm: sum(one[arm] for one in results) / len(results) for arm in ARMS}
    print("mean of", len(results), "  ".join(f"{arm}: {mean:.3f}" for arm, mean in means.items()), flush=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    record = {"functions": functions, "steps": steps, "batch": BATCH, "seeds": results, "mean": means}
    output.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    caption = f"random 2-layer Qwen2, {functions} functions, {steps} updates per point, rule-based rows"
    draw(results, ROOT / "docs" / "pictures" / f"{output.name}.svg", caption)  # where the site finds it


if __name__ == "__main__":
    main()
