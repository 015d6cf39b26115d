"""Text cut into words for overlap measures, Chinese by character.

The usual tokenizers drop everything that is not ASCII: two identical Chinese sentences then score 0.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[㐀-䶿一-鿿぀-ヿ가-힯]|[A-Za-z_][A-Za-z_0-9]*|\d+|[^\W\d_]+")
_FENCE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1\s*$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_IDENTIFIER = re.compile(r"[^\W\d]\w*")


def words(text: str) -> list[str]:
    """Return the text's words in lower case; each Chinese, Japanese or Korean sign is a word."""
    return [found.lower() for found in _WORD.findall(text)]


def has_chinese(text: str) -> bool:
    """Say whether the text holds a Chinese character."""
    return any("一" <= sign <= "鿿" for sign in text)


def without_code(text: str) -> str:
    """Return the text without its fenced code."""
    return _FENCE.sub("", text)


def code_in(text: str) -> str:
    """Return the text's fenced code, fences included."""
    return "\n".join(found.group(0) for found in _FENCE.finditer(text))


def quoted_names(text: str) -> list[str]:
    """Return what stands in backticks outside fenced code."""
    return [span.strip() for _, span in _SPAN.findall(without_code(text))]


def identifiers(text: str) -> set[str]:
    """Return every identifier of a text."""
    return set(_IDENTIFIER.findall(text))
