"""Build a tiny language model of random weights, so that the tests can run a real llama.cpp server.

It knows nothing: what it says is nonsense that follows the grammar the server enforces. What it proves is plumbing:
real sampling, real token counts, real streaming, real errors. Biases keep it usable: bytes that would break UTF-8 are
impossible, closing quotes and the end of a turn are likely.

    python tests/llm/tiny_gguf.py tiny.gguf
"""

from __future__ import annotations

import json
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 1024
WIDTH, LAYERS, HEADS, KEY_HEADS, FEED_FORWARD = 64, 2, 4, 2, 128
CONTEXT = 32768
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
NEVER, LIKELY_END, LIKELY_QUOTE, LIKELY_WORD, LIKELY_CHINESE = -100.0, 3.0, 4.0, 1.5, 2.0

CHINESE = "的是在用于返回值参数类法接收处理文件读取写入检查错误如果则每个调将设为结果函数何实现功能步骤"

CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in order, merges, and the tokens that are whole Chinese characters."""

    tokens: list[str]
    merges: list[str]
    chinese: frozenset[str]


def byte_characters() -> dict[int, str]:
    """Return the printable stand-in of each byte, as byte-level BPE writes it."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    standins = {byte: chr(byte) for byte in kept}
    others = [byte for byte in range(256) if byte not in standins]
    return standins | {byte: chr(256 + n) for n, byte in enumerate(others)}


def train_vocabulary() -> Vocabulary:
    """Train byte-level BPE on the standard library's sources and add some Chinese characters whole."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    sources = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[:100]
    tokenizer.train([str(path) for path in sources], trainer)
    trained = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(trained["vocab"], key=trained["vocab"].__getitem__)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in trained["merges"]]
    standin = byte_characters()
    whole = set()
    for character in dict.fromkeys(CHINESE):
        first, second, third = (standin[byte] for byte in character.encode())
        for token, merge in (
            (first + second, f"{first} {second}"),
            (first + second + third, f"{first + second} {third}"),
        ):
            if token not in tokens:
                tokens.append(token)
                merges.append(merge)
        whole.add(first + second + third)
    return Vocabulary([*tokens, *SPECIAL], merges, frozenset(whole))


def biases(vocabulary: Vocabulary, *, chinese: bool) -> np.ndarray:
    """Return the output bias per token."""
    byte_of = {character: byte for byte, character in byte_characters().items()}
    bias = np.zeros(len(vocabulary.tokens), np.float32)
    for n, token in enumerate(vocabulary.tokens):
        if token in SPECIAL:
            bias[n] = LIKELY_END if token == "<|im_end|>" else NEVER
            continue
        text = bytes(byte_of[character] for character in token)
        if token in vocabulary.chinese:
            bias[n] = LIKELY_CHINESE if chinese else NEVER
        elif any(byte < 0x20 or byte > 0x7E for byte in text):
            bias[n] = NEVER  # half a character would be invalid UTF-8, which the server answers with 500
        elif text == b'"':
            bias[n] = LIKELY_QUOTE
        elif not text.strip():
            bias[n] = -3.0
        elif text.strip().isalpha() and len(text) > 3:
            bias[n] = LIKELY_WORD
    return bias


def build(path: Path, *, chinese: bool = False, seed: int = 0) -> None:
    """Write the model file."""
    vocabulary = train_vocabulary()
    size = len(vocabulary.tokens)
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_name("tiny-random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(vocabulary.tokens)
    kinds = [gguf.TokenType.NORMAL] * (size - len(SPECIAL)) + [gguf.TokenType.CONTROL] * len(SPECIAL)
    writer.add_token_types(kinds)
    writer.add_token_merges(vocabulary.merges)
    writer.add_eos_token_id(size - 1)
    writer.add_bos_token_id(size - 3)
    writer.add_pad_token_id(size - 3)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    dice = np.random.default_rng(seed)

    def random(name: str, *shape: int) -> None:
        writer.add_tensor(name, (dice.standard_normal(shape) * 0.05).astype(np.float32))

    random("token_embd.weight", size, WIDTH)
    random("output.weight", size, WIDTH)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output.bias", biases(vocabulary, chinese=chinese))
    head = WIDTH // HEADS
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{at}{norm}.weight", np.ones(WIDTH, np.float32))
        for name, heads in (("q", HEADS), ("k", KEY_HEADS), ("v", KEY_HEADS)):
            random(f"{at}attn_{name}.weight", heads * head, WIDTH)
            random(f"{at}attn_{name}.bias", heads * head)
        random(f"{at}attn_output.weight", WIDTH, HEADS * head)
        random(f"{at}ffn_gate.weight", FEED_FORWARD, WIDTH)
        random(f"{at}ffn_up.weight", FEED_FORWARD, WIDTH)
        random(f"{at}ffn_down.weight", WIDTH, FEED_FORWARD)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    build(Path(sys.argv[1]), chinese="--zh" in sys.argv)
