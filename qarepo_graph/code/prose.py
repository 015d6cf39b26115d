"""Documentation to plain running text: markup taken off, split into sentences."""

from __future__ import annotations

import re

_INLINE_TAG = re.compile(r"\{@(code|link|linkplain|literal|value)\s+((?:[^{}]|\{[^{}]*\})*)\}")
_SILENT_TAG = re.compile(r"\{@[a-zA-Z]+\}")
ROLE = re.compile(r":(?:[a-z]+:)?[a-z]+:`~?([^`<]*?)(?:\s*<[^>]*>)?`")
"""A reST role with its text."""
_HTML = re.compile(r"</?(?:p|br|ul|ol|li|b|i|em|strong|code|pre|tt|blockquote|h\d|a|table|t[rdh]|dl|d[td]|sup|sub|div|span)\b[^>]*>", re.I)  # fmt: skip  # noqa: E501  # one alternation of HTML element names
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])(?:\s+|$)(?![a-z])|(?<=[。！？])")
_ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "cf.", "vs.", "approx.", "resp.", "No.", "Fig.", "Eq.")
_LONGEST_SUMMARY = 320
_LONGEST_SENTENCE = 200
_PARAGRAPH_END = re.compile(
    r"\n\s*\n|<p>|^[ \t]*(?:[@\\](?!brief\b|short\b|[cpae]\b)\w+|:\w+[^:\n]*:\s|>>>)", re.MULTILINE
)
_BRIEF = re.compile(r"^\s*[@\\](?:brief|short)\s+")


def first_sentence(documentation: str) -> str:
    """Return the first sentence of a docstring or comment on one line, its markup taken off.

    At most 200 characters: what stands beside a signature in a prompt, a map or an answer.
    """
    if not documentation:
        return ""
    text = _BRIEF.sub("", documentation.strip()[:2000])
    end = _PARAGRAPH_END.search(text)
    sentences = sentences_of(plain(text[: end.start()] if end else text))
    return _cut(sentences[0], _LONGEST_SENTENCE) if sentences else ""


def first_sentences(text: str, most: int = _LONGEST_SUMMARY) -> str:
    """Return the leading whole sentences within ``most`` characters; the first one is cut at a word if it must be."""
    result = ""
    for piece in sentences_of(text):
        if result and len(result) + len(piece) > most:
            break
        result = f"{result} {piece}".strip()
        if len(result) > most // 3:
            break
    return _cut(result, most)


def sentences_of(text: str) -> list[str]:
    """Split running text into sentences, abbreviations apart."""
    pieces: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if pieces and pieces[-1].endswith(_ABBREVIATIONS):
            pieces[-1] += " " + piece
        elif piece.strip():
            pieces.append(piece.strip())
    return [piece for piece in pieces if "://" not in piece]  # an address helps nobody without the page


def plain(text: str) -> str:
    """Return comment text on one line without reST roles, inline tags, HTML and doubled quote marks."""
    text = _SILENT_TAG.sub(" ", _INLINE_TAG.sub(_inline, text))
    text = re.sub(r"<(?:code|tt)>([^<`]*)</(?:code|tt)>", lambda found: as_code(found.group(1)), text, flags=re.I)
    text = _HTML.sub(" ", text)
    text = ROLE.sub(lambda found: as_code(found.group(1)), text)
    text = re.sub(r"``([^`]+)``", lambda found: as_code(found.group(1)), text)
    text = re.sub(r"[@\\][cpae]\s+(\S+)", lambda found: as_code(found.group(1)), text)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&nbsp;", " "), ("&quot;", '"')):
        text = text.replace(entity, character)
    return " ".join(text.split())


def as_code(text: str) -> str:
    """Return a name as code, the marks of its markup taken off."""
    text = text.strip().lstrip("~#!").replace("#", ".")
    return f"`{text}`" if text and "`" not in text else text


def _inline(found: re.Match[str]) -> str:
    """Javadoc's ``{@code x}`` is code whole; ``{@link Type label}`` shows its label."""
    tag, content = found.group(1), " ".join(found.group(2).split())
    if tag in {"link", "linkplain"}:
        target, _, label = content.partition(" ") if "(" not in content else (content, "", "")
        return label or as_code(target)
    return content if tag == "literal" else as_code(content)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[:most].rsplit(" ", 1)[0]
    if cut.count("`") % 2:
        cut = cut[: cut.rindex("`")]  # no half of a code name
    return cut.rstrip(" ,;:（(") + " …"
