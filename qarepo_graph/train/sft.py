"""Supervised fine-tuning by LoRA or QLoRA with TRL: loss on the answers only, no row lost without a word."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qarepo_graph.dataset.read import Example
from qarepo_graph.errors import UsageError
from qarepo_graph.train.extra import check_model, require_qlora, require_train


@dataclass(frozen=True, slots=True, kw_only=True)
class SftOptions:
    """How a model is tuned. The defaults are for a pretrained 7B on a 24 GB card (see docs/autodl.md).

    Attributes:
        epochs: Passes over the rows.
        learning_rate: Peak of a cosine schedule.
        batch: Rows per device and step.
        accumulation: Steps whose gradients are added up before an update.
        max_length: Tokens of prompt and answer together; longer rows are left out and named in the report.
        rank: LoRA rank; alpha is twice it.
        dropout: Of the LoRA layers.
        qlora: Keep the frozen weights in 4 bit (CUDA and bitsandbytes).
        whole_embeddings: Train embeddings and output layer too: a random model learns nothing without.
        seed: Of everything random.
    """

    epochs: float = 3
    learning_rate: float = 2e-4
    batch: int = 2
    accumulation: int = 8
    max_length: int = 2048
    rank: int = 16
    dropout: float = 0.05
    qlora: bool = False
    whole_embeddings: bool = False
    seed: int = 0

    def for_tiny(self, *, epochs: float = 20) -> SftOptions:
        """Return what a random tiny model needs to learn its rows by heart."""
        return replace(
            self, epochs=epochs, learning_rate=5e-3, batch=8, accumulation=1, dropout=0.0, whole_embeddings=True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SftReport:
    """What a tuning run did.

    Attributes:
        adapter: Folder of the trained adapter.
        rows: Rows trained on.
        too_long: Ids of rows left out because they are longer than ``max_length`` tokens, with their length.
        longest: Tokens of the longest row trained on.
        steps: Updates made.
        losses: (update, loss) as logged.
        seconds: Wall time of the training loop.
        tokens_per_second: Training tokens through the model per second.
        peak_gib: Peak of what tensors took on the CUDA device during this run, 0 on a CPU.
    """

    adapter: Path
    rows: int
    too_long: dict[str, int]
    longest: int
    steps: int
    losses: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0
    tokens_per_second: float = 0.0
    peak_gib: float = 0.0


def finetune(
    examples: Sequence[Example],
    model: str,
    adapter: Path,
    options: SftOptions,
    on_loss: Callable[[int, float], None] | None = None,
) -> SftReport:
    """Train a LoRA adapter and save it.

    Args:
        examples: The rows; ids are used in the report only.
        model: A folder with weights and tokenizer, or a name on a hub.
        adapter: Folder the adapter is saved to.
        options: How.
        on_loss: Told the update and its loss, every five updates.

    Raises:
        MissingExtraError: The packages of training are not installed.
        UsageError: No rows, every row too long, or a model folder without a tokenizer.
    """
    require_train()
    model = check_model(model)
    if not examples:
        msg = "There is no row to train on; export the dataset again."
        raise UsageError(msg)
    if options.qlora:
        require_qlora()
    try:
        return _train(examples, model, adapter, options, on_loss)
    finally:
        free_memory()


def _train(
    examples: Sequence[Example],
    model: str,
    adapter: Path,
    options: SftOptions,
    on_loss: Callable[[int, float], None] | None,
) -> SftReport:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoTokenizer, PrinterCallback, set_seed
    from trl import SFTConfig, SFTTrainer

    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    set_seed(options.seed)
    use_cpu_well()
    tokenizer = AutoTokenizer.from_pretrained(model)
    lengths = token_lengths(examples, tokenizer)
    too_long = {one.id: length for one, length in zip(examples, lengths, strict=True) if length > options.max_length}
    kept = [one for one in examples if one.id not in too_long]
    if not kept:
        msg = f"Every row is longer than {options.max_length} tokens; raise max_length or export with --context none."
        raise UsageError(msg)
    rows = Dataset.from_list(
        [
            {
                "prompt": [dict(turn) for turn in one.prompt],
                "completion": [{"role": "assistant", "content": one.answer}],
            }
            for one in kept
        ]
    )
    arguments = SFTConfig(
        output_dir=str(adapter / "checkpoints"),
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch,
        gradient_accumulation_steps=options.accumulation,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=5,
        max_length=options.max_length,
        packing=False,
        bf16=cuda,
        use_cpu=not cuda,
        gradient_checkpointing=cuda,
        # Not the paged one: an adapter's states are some 80 MB, so paging would save nothing and take managed memory.
        optim="adamw_8bit" if options.qlora else "adamw_torch",
        logging_steps=5,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        seed=options.seed,
    )
    lora = LoraConfig(
        r=options.rank,
        lora_alpha=2 * options.rank,
        lora_dropout=options.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens", "lm_head"] if options.whole_embeddings else None,
    )
    trainer = SFTTrainer(
        model=load_weights(model, four_bit=options.qlora),
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=lora,
    )
    trainer.remove_callback(PrinterCallback)  # the report holds the losses
    if on_loss is not None:
        trainer.add_callback(_loss_teller(on_loss))
    result = trainer.train()
    trainer.save_model(str(adapter))
    tokenizer.save_pretrained(adapter)
    seconds = float(result.metrics["train_runtime"])
    trained = [length for length in lengths if length <= options.max_length]
    return SftReport(
        adapter=adapter,
        rows=len(kept),
        too_long=too_long,
        longest=max(trained),
        steps=int(result.global_step),
        losses=[(entry["step"], entry["loss"]) for entry in trainer.state.log_history if "loss" in entry],
        seconds=seconds,
        tokens_per_second=sum(trained) * options.epochs / seconds,
        peak_gib=torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0,
    )


def free_memory() -> None:
    """Give the weights' memory back: trainer and model hold each other, so they would stay until the next collection.

    On one card the model asked next is loaded beside them, and two times 14 GiB do not fit in 24.
    """
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _loss_teller(tell: Callable[[int, float], None]) -> Any:
    from transformers import TrainerCallback

    class LossTeller(TrainerCallback):  # type: ignore[misc]  # transformers has no types
        def on_log(self, _arguments: Any, state: Any, _control: Any, logs: Any = None, **_: Any) -> None:
            if "loss" in (logs or {}):
                tell(state.global_step, logs["loss"])

    return LossTeller()


def token_lengths(examples: Sequence[Example], tokenizer: Any) -> list[int]:
    """Return each row's length in tokens, prompt, answer and template together."""
    return [
        len(
            tokenizer.apply_chat_template(
                [*one.prompt, {"role": "assistant", "content": one.answer}], tokenize=True, return_dict=False
            )
        )
        for one in examples
    ]


def load_weights(model: str, *, four_bit: bool = False) -> Any:
    """Load a causal language model: bfloat16 on the first CUDA device, float32 on a CPU."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    cuda = torch.cuda.is_available()
    quantised = None
    if four_bit:
        quantised = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    return AutoModelForCausalLM.from_pretrained(
        model,
        dtype=torch.bfloat16 if cuda else torch.float32,
        quantization_config=quantised,
        device_map={"": 0} if cuda else None,
    )


def use_cpu_well() -> None:
    """Take one thread where there is no CUDA device: on shared cores two spin against each other (8 times slower)."""
    import torch

    if not torch.cuda.is_available():
        torch.set_num_threads(1)
