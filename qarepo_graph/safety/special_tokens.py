"""Text that is not what it looks like once it is in a training file: chat tokens, direction marks, hidden characters.

A chat template turns ``<|im_end|>`` inside an answer into the one id that ends a turn; direction marks make a reviewer
read other code than the machine (CVE-2021-42574); tag characters and their like hide whole sentences; a lone
surrogate cannot be written as UTF-8 at all.

The rule: chat tokens are broken up (``<|im_end|>`` becomes ``<| im_end|>``, which no tokenizer takes for its own), and
a row that holds one of the others is excluded from export, because taking them out would change the code.
"""

from __future__ import annotations

import re
from typing import Literal

HiddenKind = Literal["chat_token", "bidi", "tag_character", "invisible", "control", "surrogate"]

# Qwen, Llama 2/3, Mistral, DeepSeek (full-width bars), Gemma, Phi, GLM, InternLM. `<s>` and `<pad>` stay: they are
# template arguments and HTML in real code, and no token of the models this is for.
_CHAT_TOKEN = re.compile(
    r"<\|(?=[A-Za-z0-9_▁-]{1,40}\|>)"
    r"|<｜(?=[A-Za-z0-9_▁-]{1,40}｜>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|IMG|THINK|PREFIX|SUFFIX"
    r"|MIDDLE|gMASK|sMASK)\])"
    r"|<(?=<?/?SYS>>)"
    r"|<(?=/?(?:think|thinking|tool_call|tool_response|tools|start_of_turn|end_of_turn|eoh|eoa|eosp|sop|eop|reserved_\d+)>)"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_HIDDEN: tuple[tuple[HiddenKind, re.Pattern[str]], ...] = (
    ("bidi", re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("tag_character", re.compile("[\U000e0000-\U000e007f]")),
    # Variation selectors past the emoji ones carry hidden bytes; a joiner is fine between letters, a run is not.
    (
        "invisible",
        re.compile(
            "[\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u200c\u200d]{2,}|[\ufe00-\ufe0f]{2,}|[\U000e0100-\U000e01ef]"
        ),
    ),
    ("control", _CONTROL),
    ("surrogate", re.compile("[\ud800-\udfff]")),
)


def hidden_kinds(text: str) -> tuple[HiddenKind, ...]:
    """Return the kinds of text in it that a reader does not see or a tokenizer reads otherwise; none is usual."""
    found: list[HiddenKind] = ["chat_token"] if _CHAT_TOKEN.search(text) else []
    if not text.isascii():
        found += [kind for kind, pattern in _HIDDEN if pattern.search(text)]
    elif _CONTROL.search(text):  # the one kind that ASCII has
        found.append("control")
    return tuple(found)


def excluding_kinds(text: str) -> tuple[HiddenKind, ...]:
    """Return the kinds for which a row with this text is excluded from export."""
    return tuple(kind for kind in hidden_kinds(text) if kind != "chat_token")


def break_chat_tokens(text: str) -> str:
    """Return the text with a space behind the first sign of each chat token, so that it is plain text to all."""
    return _CHAT_TOKEN.sub(lambda match: match[0] + " ", text)
