"""Defects that spoil a training text whatever it says: refusals, chat markers, control characters, bad lengths."""

from __future__ import annotations

import re
import unicodedata

from qarepo_graph.quality.language import prose_length
from qarepo_graph.quality.screening import screen

CHAT_MARKERS = re.compile(
    r"<\|[A-Za-z_▁ ]{2,40}\|>|<｜[^｜\n]{2,40}｜>|\[/?INST\]|<</?SYS>>|</?think>|<\|?(?:bos|eos|pad)\|?>"
    r"|</?s>(?=\s|$)|<start_of_turn>|<end_of_turn>"
)
"""Markers that are single special tokens for Qwen, DeepSeek, Llama and Gemma; inside a row they end a turn."""

_REFUSAL = re.compile(
    r"\bas an? (?:AI|artificial intelligence|language model)\b|\bI(?:'m| am) (?:sorry|unable|not able)\b|"
    r"\bI (?:cannot|can't|can not|won't) (?:help|assist|provide|answer|describe|determine|see|access|fulfil)|"
    r"\bI apologi[sz]e\b|\bI do not have (?:enough|access)|\bI don't have (?:enough|access)|"
    r"(?:作为|身为)(?:一个|一名)?\s*(?:AI|人工智能|大?语言模型)|(?:很)?抱歉[，,]?\s*(?:我|无法|不能)|对不起[，,]\s*我|我(?:无法|不能)(?:提供|回答|协助|帮助|访问|确定|描述)",
    re.IGNORECASE,
)
_PREFACE = re.compile(
    r"^\s*(?:sure|certainly|of course|absolutely|okay|ok)\s*[,!.]|"
    r"^\s*(?:here(?:'s| is| are) (?:the|a|your|my)|below is)\s|"
    r"^\s*(?:当然|好的|没问题)\s*[，,！!。]|^\s*(?:以下是|下面是)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"\blorem ipsum\b|\bTBD\b|(?<!\w)<(?:description|text|question|answer|step|placeholder)>|"
    r"^\s*(?:\.{3}|…|N/?A|null|none|string)\s*$",
    re.IGNORECASE,
)
_MAY_CHAT = screen(_REFUSAL, _PLACEHOLDER)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_ESCAPED_BREAK = re.compile(r"\\n(?:\\n|[ \t]*(?:[A-Z0-9*#-]|[一-鿿])|$)")
_ALLOWED_CONTROLS = frozenset("\n\t")
_FORMAT_CONTROLS = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BAD_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn"})
_PLAIN = re.compile(r"[\x20-\x7e\n\t\u4e00-\u9fff\u3000-\u303f\uff01-\uff5e\u2018-\u201d\u2013\u2014\u2026]*")


def control_characters(text: str) -> str:
    """Return a sentence when a text holds control, bidi, tag or unassigned characters, else an empty string."""
    if _PLAIN.fullmatch(text):
        return ""
    for character in text:
        if character in _ALLOWED_CONTROLS:
            continue
        is_tag = "\U000e0000" <= character <= "\U000e007f"
        broken = character in {"\ufffd", "\ufeff"}
        if character in _FORMAT_CONTROLS or is_tag or broken or unicodedata.category(character) in _BAD_CATEGORIES:
            return f"The text holds the control character U+{ord(character):04X}; leave it out."
    return ""


def chat_markers(text: str) -> str:
    """Return a sentence when a text holds a marker of a chat template, else an empty string."""
    found = CHAT_MARKERS.search(text)
    return f"The text holds the chat marker {found.group()!r}; leave it out." if found else ""


def refusal(text: str) -> str:
    """Return a sentence when a text refuses, chats or leaves a blank to fill, else an empty string."""
    spoken = _CODE_SPAN.sub("", text) if "`" in text else text
    may_chat = _MAY_CHAT(spoken)
    if may_chat and (found := _REFUSAL.search(spoken)):
        return f"The text speaks as an assistant ({found.group()!r}); write only about the code."
    if found := _PREFACE.match(text):
        return f"The text opens with the preface {found.group().strip()!r}; start with the statement itself."
    if may_chat and (found := _PLACEHOLDER.search(spoken)):
        return f"The text holds the placeholder {found.group().strip()!r}; write the real statement."
    return ""


def escaped_breaks(text: str) -> str:
    r"""Return a sentence when a text's line breaks arrived as a backslash and an n, else an empty string.

    Code spans are left alone: a step may well speak of ``\n``.
    """
    if "\\n" in text and _ESCAPED_BREAK.search(_CODE_SPAN.sub("", text)):
        return "The text holds line breaks written as backslash-n; use real line breaks or one sentence."
    return ""


def too_short(text: str, least_words: int) -> str:
    """Return a sentence when a text has fewer words of prose than ``least_words``, else an empty string."""
    words = prose_length(text)
    if words >= least_words:
        return ""
    return f"The text {text.strip()[:40]!r} has {words} words of prose; say it in at least {least_words}."


def too_long(text: str, most_characters: int) -> str:
    """Return a sentence when a text is longer than ``most_characters``, else an empty string."""
    if len(text) <= most_characters:
        return ""
    return f"The text starting {text.strip()[:40]!r} has {len(text)} characters; keep it under {most_characters}."


def defect(text: str) -> str:
    """Return the first defect of a text that does not depend on what it speaks of, or an empty string."""
    return control_characters(text) or chat_markers(text) or refusal(text) or escaped_breaks(text)
