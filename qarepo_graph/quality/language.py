"""Which natural language a text is written in, told from its prose alone.

Answers about code are full of English identifiers: a Chinese step may hold more Latin letters than Chinese
characters. So code, quoted strings and code-like words are taken out first, and only what is left is counted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from qarepo_graph.quality.words import word_list
from qarepo_graph.schema import Language

TextLanguage = Literal["en", "zh", "other", "none"]

_CODE = re.compile(r"`[^`\n]*`|```.*?```|https?://\S+", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]{1,120}\"|“[^”\n]{1,120}”|「[^」\n]{1,120}」")
_CODE_LIKE = re.compile(
    r"[A-Za-z0-9_]+[_/\\.:<>(){}\[\]=#@$&*+|^~-]+[A-Za-z0-9_][A-Za-z0-9_/\\.:<>(){}\[\]=#@$&*+|^~-]*"
)
_CAMEL = re.compile(r"\b[A-Za-z]+[a-z0-9][A-Z]\w*\b|\b[A-Z][A-Z0-9]+\b")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_KANA_HANGUL = re.compile(r"[぀-ヿ가-힯]")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]{2,}")
_OTHER_SCRIPT = re.compile(r"[Ͱ-ϿЀ-ӿ֐-ۿऀ-ॿ฀-๿]")

_HAN_PER_WORD = 1.6
"""Chinese characters that say as much as one English word (the usual figure for technical text is 1.5 to 1.7)."""

_ENGLISH = word_list("english_common")
_FOREIGN = word_list("foreign_common")


def language_of(text: str) -> TextLanguage:
    """Return the language of a text's prose.

    Returns:
        ``zh`` or ``en``; ``other`` for another language or an even mixture; ``none`` when no prose is left once the
        code is taken out.
    """
    prose = _prose(text)
    latin = prose.isascii()
    han = 0 if latin else len(_HAN.findall(prose))
    foreign_script = 0 if latin else len(_KANA_HANGUL.findall(prose)) + len(_OTHER_SCRIPT.findall(prose))
    words = _LATIN_WORD.findall(prose)
    if not han and not words and not foreign_script:
        return "none"
    if foreign_script * 3 > han + len(words):
        return "other"
    chinese_weight = han / _HAN_PER_WORD
    share = chinese_weight / (chinese_weight + len(words)) if han or words else 0.0
    if share >= 0.5:
        return "zh"
    if share > 0.25:
        return "other"
    return "other" if _is_foreign(words) else "en"


def wrong_language(text: str, wanted: Language) -> str:
    """Return a sentence when a text is not in the wanted language, else an empty string."""
    found = language_of(text)
    if found in (wanted, "none"):
        return ""
    name = {"en": "English", "zh": "Chinese"}
    start = text.strip()[:40]
    return f"The text starting {start!r} is not in {name[wanted]}; write it in {name[wanted]}, code names unchanged."


def prose_length(text: str) -> int:
    """Return the words of prose in a text, quotations included; a Chinese character counts as part of a word."""
    prose = _without_code(text)
    return len(_LATIN_WORD.findall(prose)) + round(len(_HAN.findall(prose)) / _HAN_PER_WORD)


@lru_cache(maxsize=64)
def _without_code(text: str) -> str:
    return _CODE_LIKE.sub(" ", _CODE.sub(" ", text))


@lru_cache(maxsize=64)
def _prose(text: str) -> str:
    """Return a text without code, quotations and code-like words."""
    if any(mark in text for mark in '"“「'):
        text = _QUOTED.sub(" ", _CODE.sub(" ", text))
    return _CAMEL.sub(" ", _without_code(text))


def _is_foreign(words: list[str]) -> bool:
    lowered = [word.lower() for word in words]
    foreign = sum(word in _FOREIGN for word in lowered)
    return foreign >= 2 and foreign > sum(word in _ENGLISH for word in lowered)
