"""A Qwen2 small enough for a laptop: random weights, a tokenizer of its own, Qwen2.5's chat template.

It runs the same code as the 7B model in seconds. What it learns it learns by heart: no score of it says anything
about the quality a pretrained Qwen would reach.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from qarepo_graph.train.extra import require_train

_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Qwen2's own tokenizer cuts text before it merges bytes."""


def build_tiny(folder: Path, texts: Iterable[str], *, vocabulary: int = 2000, hidden: int = 128, seed: int = 0) -> Path:
    """Write a random two-layer Qwen2 with a tokenizer trained on the texts, and return the folder.

    Embeddings and output layer are not tied, as in the 7B model (tied, a random model's loss stays near 4).

    Args:
        folder: Where; made with its parents.
        texts: What the tokenizer learns its words from: questions and answers.
        vocabulary: Tokens at most.
        hidden: Width; heads and feed-forward follow from it.
        seed: Same seed, same weights.
    """
    require_train()
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
    from trl.chat_template_utils import qwen2_5_chat_template

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN2_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    words.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    words.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token=_SPECIAL[2], pad_token=_SPECIAL[0], model_max_length=32768
    )
    tokenizer.chat_template = qwen2_5_chat_template
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=3 * hidden,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=32768,
        tie_word_embeddings=False,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    folder.mkdir(parents=True, exist_ok=True)
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
