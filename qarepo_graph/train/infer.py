"""Answers in batches, greedy, by the same chat template the training used."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qarepo_graph.train.extra import check_model, require_train
from qarepo_graph.train.sft import free_memory, load_weights, use_cpu_well

_THINKING = re.compile(r"^\s*<think>.*?</think>\s*", re.DOTALL)


class LocalModel:
    """A model folder, with or without an adapter, that answers chat prompts.

    With an adapter the base model answers too (``tuned=False``): one set of weights in memory serves both.

    Args:
        model: A folder with weights and tokenizer, or a name on a hub.
        adapter: Folder of a trained adapter, or None.
        four_bit: Load the weights in 4 bit (CUDA and bitsandbytes).

    Raises:
        MissingExtraError: The packages of training are not installed.
        UsageError: A model folder without a tokenizer.
    """

    def __init__(self, model: str, adapter: Path | None = None, *, four_bit: bool = False) -> None:
        require_train()
        model = check_model(model)
        from peft import PeftModel
        from transformers import AutoTokenizer

        use_cpu_well()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(model, padding_side="left")
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        weights = load_weights(model, four_bit=four_bit)
        self._adapted = adapter is not None
        self._model: Any = PeftModel.from_pretrained(weights, adapter) if adapter is not None else weights
        self._model.eval()

    def answers(
        self,
        prompts: Sequence[Sequence[Mapping[str, str]]],
        *,
        max_new_tokens: int = 768,
        batch: int = 16,
        tuned: bool = True,
    ) -> list[str]:
        """Return one answer per chat prompt, a leading ``<think>`` block removed.

        Prompts are answered in order of length, so that a batch is padded little; the result is in the order given.

        Args:
            prompts: Chat messages each.
            max_new_tokens: Longest answer.
            batch: Prompts per forward pass.
            tuned: False lets the base model answer although an adapter is loaded.
        """
        texts = [
            self._tokenizer.apply_chat_template(list(prompt), tokenize=False, add_generation_prompt=True)
            for prompt in prompts
        ]
        order = sorted(range(len(texts)), key=lambda position: len(texts[position]))
        answers = [""] * len(texts)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            made = self._generate([texts[position] for position in chosen], max_new_tokens, tuned=tuned)
            for position, answer in zip(chosen, made, strict=True):
                answers[position] = _THINKING.sub("", answer).strip()
        return answers

    @property
    def on_cuda(self) -> bool:
        """Whether the weights are on a card, in bfloat16."""
        return bool(self._model.device.type == "cuda")

    def close(self) -> None:
        """Give the weights' memory back before another model is loaded; this one answers no more."""
        self._model = None
        free_memory()

    def _generate(self, texts: list[str], max_new_tokens: int, *, tuned: bool) -> list[str]:
        import torch

        inputs = self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        inputs = inputs.to(self._model.device)
        plain = self._adapted and not tuned
        with torch.inference_mode(), self._model.disable_adapter() if plain else contextlib.nullcontext():
            output = self._model.generate(
                **inputs,
                max_new_tokens=max_new_tokens,
                do_sample=False,
                # A pretrained model's own configuration may set sampling values that greedy decoding warns about.
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=self._tokenizer.pad_token_id,
            )
        new = output[:, inputs["input_ids"].shape[1] :]
        decoded: list[str] = self._tokenizer.batch_decode(new, skip_special_tokens=True)
        return decoded
