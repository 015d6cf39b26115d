"""Peak memory and speed of fine-tuning on this CUDA card, with random weights of Qwen2.5's published shapes.

    python benchmarks/train_memory.py [--case 7B:qlora:4096:2:8 …] [--cap-gib 23] [--json FILE]

A case is size:method:max_length:batch:accumulation. Random weights take the memory of real ones; they are written once
to ``--weights`` and loaded as ``finetune`` loads any model. Every row is as long as ``max_length`` lets it be, nearly
all of it answer: the most a batch can take. Each case runs in a process of its own; one that does not fit says so and
costs nothing else. The cap holds PyTorch's allocator to what a smaller card would leave it: 23 GiB stands for a 24 GB
card less what the CUDA context takes. Speed is this card's. Needs the extra [train], for qlora [qlora] too.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import tell
from qarepo_graph.dataset.read import Example
from qarepo_graph.train.sft import SftOptions, finetune, token_lengths
from qarepo_graph.train.tiny import build_tiny

CASES = ("7B:qlora:4096:2:8", "7B:lora:1024:1:16", "1.5B:lora:2048:2:8", "0.5B:lora:2048:2:8")
SHAPES = {
    "7B": (3584, 18944, 28, 28, 4, 152064),
    "3B": (2048, 11008, 36, 16, 2, 151936),
    "1.5B": (1536, 8960, 28, 12, 2, 151936),
    "0.5B": (896, 4864, 24, 14, 2, 151936),
    "tiny": (64, 128, 2, 4, 2, 151936),  # a dry run where there is no card
}
"""Width, feed-forward, layers, heads, key-value heads, vocabulary; embeddings are tied but in the 7B."""
WORDS = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8").split()
"""What rows are made of."""


def write_weights(size: str, folder: Path, tokenizer: Path | None) -> None:
    """Write random bfloat16 weights of a size, made on the card, and a tokenizer beside them."""
    import torch
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    hidden, inner, layers, heads, shared, vocabulary = SHAPES[size]
    if tokenizer:
        words = AutoTokenizer.from_pretrained(tokenizer)
        words.save_pretrained(folder)
    else:
        build_tiny(folder, WORDS)
        words = AutoTokenizer.from_pretrained(folder)
    config = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=shared,
        max_position_embeddings=32768,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        tie_word_embeddings=size != "7B",
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
        bos_token_id=None,
    )
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = Qwen2ForCausalLM(config)
    model.save_pretrained(folder)


def full_rows(count: int, max_length: int, tokenizer: Any) -> list[Example]:
    """Return rows of different texts, each as long as ``max_length`` lets it be."""
    ids = tokenizer("\n".join(WORDS), add_special_tokens=False)["input_ids"]

    def row(number: int, length: int) -> Example:
        start = number * 37 % len(ids)
        answer = tokenizer.decode(list(itertools.islice(itertools.cycle(ids), start, start + length)))
        return Example(id=str(number), prompt=({"role": "user", "content": "How does it work?"},), answer=answer)

    rows = []
    for number in range(count):
        # What is cut in the middle of a character or a word may take a token more or less when read again.
        lengths = itertools.count(max_length, -1)
        over = token_lengths([row(number, max_length)], tokenizer)[0] - max_length
        tried = (row(number, length - over) for length in lengths)
        rows.append(next(one for one in tried if token_lengths([one], tokenizer)[0] <= max_length))
    return rows


def process_gib() -> float:
    """Return what the driver says this process holds, the CUDA context with it."""
    import os

    command = ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()
        return sum(float(line.split(",")[1]) for line in lines if int(line.split(",")[0]) == os.getpid()) / 1024
    return 0.0


def run_case(case: str, model: Path, adapter: Path, updates: int, cap_gib: float) -> dict[str, Any]:
    """Train for a few updates in this process; return peak memory, and speed after the first update."""
    import torch
    from torch.optim.optimizer import register_optimizer_step_post_hook
    from transformers import AutoTokenizer

    _, method, length, batch, accumulation = case.split(":")
    cuda = torch.cuda.is_available()
    if cuda:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, cap_gib * 2**30 / total))
    options = SftOptions(
        epochs=1, max_length=int(length), batch=int(batch), accumulation=int(accumulation), qlora=method == "qlora"
    )
    tokenizer = AutoTokenizer.from_pretrained(model)
    rows = full_rows(updates * options.batch * options.accumulation, options.max_length, tokenizer)
    tokens = sum(token_lengths(rows, tokenizer)) / updates
    ends: list[float] = []
    reserved = driver = 0.0

    def updated(*_: Any) -> None:
        nonlocal reserved, driver
        if cuda:
            torch.cuda.synchronize()
            reserved = torch.cuda.max_memory_reserved() / 2**30
        ends.append(time.monotonic())
        if cuda and len(ends) == updates:
            driver = process_gib()

    hook = register_optimizer_step_post_hook(updated)
    began = time.monotonic()
    figures: dict[str, Any] = {"case": case, "fits": True, "cap_gib": cap_gib, "tokens_per_update": round(tokens)}
    try:
        report = finetune(rows, str(model), adapter, options)
    except torch.OutOfMemoryError as error:
        return figures | {"fits": False, "error": str(error)[:300]}
    finally:
        hook.remove()
    return figures | {
        "updates": report.steps,
        "tokens_per_s": round(tokens * (len(ends) - 1) / (ends[-1] - ends[0])) if len(ends) > 1 else 0,
        "peak_allocated_gib": round(report.peak_gib, 2),
        "peak_reserved_gib": round(reserved, 2),
        "driver_says_gib": round(driver, 2),
        "left_after_gib": round(torch.cuda.memory_allocated() / 2**30, 2) if cuda else 0.0,
        "start_s": round(time.monotonic() - began - report.seconds, 1),
        "losses": report.losses,
    }


def card() -> dict[str, Any]:
    """Return the card and the versions that decide about memory."""
    import peft
    import torch
    import transformers
    import trl

    cuda = torch.cuda.is_available()
    return {
        "card": torch.cuda.get_device_name(0) if cuda else "none",
        "versions": {one.__name__: one.__version__ for one in (torch, transformers, trl, peft)},
    }


def in_its_own_process(arguments: list[str], log: Path | None) -> dict[str, Any]:
    """Run this file for one step and return what it printed last; its messages go to the log."""
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=False)
    if log:
        with log.open("a", encoding="utf-8") as kept:
            kept.write(f"### {' '.join(arguments)}\n{done.stderr}\n")
    if done.returncode:
        return {"fits": None, "error": done.stderr[-600:]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--case", action="append", help="size:method:max_length:batch:accumulation; repeatable")
    options.add_argument("--cap-gib", type=float, default=23, help="what PyTorch may take of the card")
    options.add_argument("--updates", type=int, default=3, help="per case; the first one is warm-up")
    options.add_argument("--weights", type=Path, help="keep the random weights in this folder")
    options.add_argument("--tokenizer", type=Path, help="a Qwen tokenizer's folder; else a small one is made")
    options.add_argument("--adapters", type=Path, help="keep the adapters in this folder")
    options.add_argument("--log", type=Path, help="what the libraries said, appended")
    options.add_argument("--json", type=Path, help="write the figures here")
    options.add_argument("--step", choices=("weights", "case"), help=argparse.SUPPRESS)
    given = options.parse_args()
    cases = given.case or list(CASES)
    with tempfile.TemporaryDirectory() as name:
        weights, adapters = given.weights or Path(name) / "weights", given.adapters or Path(name) / "adapters"
        if given.step == "weights":
            write_weights(cases[0].split(":")[0], weights, given.tokenizer)
            print("{}")
            return
        if given.step == "case":
            figures = run_case(cases[0], weights, adapters, given.updates, given.cap_gib)
            print(json.dumps(figures | card()))
            return
        told = []
        for case in cases:
            folder = weights / case.split(":")[0]
            common = ["--case", case, "--weights", str(folder), "--updates", str(given.updates)]
            common += ["--cap-gib", str(given.cap_gib), "--adapters", str(adapters / case.replace(":", "-"))]
            common += ["--tokenizer", str(given.tokenizer)] if given.tokenizer else []
            if not (folder / "config.json").is_file():
                in_its_own_process([*common, "--step", "weights"], given.log)
            told.append(in_its_own_process([*common, "--step", "case"], given.log))
            print(json.dumps(told[-1]), file=sys.stderr, flush=True)
            tell({"cases": told}, given.json)


if __name__ == "__main__":
    main()
