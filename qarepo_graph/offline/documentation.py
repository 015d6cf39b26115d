"""Docstrings, Javadoc and Doxygen comments to a summary, parameters, result and errors, markup taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import docstring_parser

_TAG = re.compile(r"^[ \t]*[@\\](\w+)(?:\[[^\]]*\])?[ \t]*", re.MULTILINE)
_INLINE_TAG = re.compile(r"\{@(code|link|linkplain|literal|value)\s+((?:[^{}]|\{[^{}]*\})*)\}")
_SILENT_TAG = re.compile(r"\{@[a-zA-Z]+\}")
_ROLE = re.compile(r":(?:[a-z]+:)?[a-z]+:`~?([^`<]*?)(?:\s*<[^>]*>)?`")
_HTML = re.compile(r"</?(?:p|br|ul|ol|li|b|i|em|strong|code|pre|tt|blockquote|h\d|a|table|t[rdh]|dl|d[td]|sup|sub|div|span)\b[^>]*>", re.I)  # fmt: skip  # noqa: E501  # one alternation of HTML element names
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])(?:\s+|$)(?![a-z])|(?<=[。！？])")
_ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "cf.", "vs.", "approx.", "resp.", "No.", "Fig.", "Eq.")
_LONGEST_SUMMARY = 320


@dataclass(frozen=True, slots=True)
class Documentation:
    """What a comment says.

    Attributes:
        summary: Its first sentences, on one line; empty where there is no comment.
        parameters: Text by parameter.
        returns: What it says of the result.
        raises: Exception types it names.
    """

    summary: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    raises: tuple[str, ...] = ()


def read_documentation(comment: str, language: str) -> Documentation:
    """Return what a documentation comment says.

    Args:
        comment: Its text, delimiters and indentation already off.
        language: Programming language: decides between docstring and tag styles.
    """
    if not comment.strip():
        return Documentation()
    if language == "python":
        return _docstring(comment)
    return _tagged(comment)


def first_sentences(text: str, most: int = _LONGEST_SUMMARY) -> str:
    """Return the leading whole sentences within ``most`` characters; the first one is cut at a word if it must be."""
    result = ""
    for piece in sentences_of(text):
        if result and len(result) + len(piece) > most:
            break
        result = f"{result} {piece}".strip()
        if len(result) > most // 3:
            break
    if len(result) <= most:
        return result
    cut = result[:most].rsplit(" ", 1)[0]
    if cut.count("`") % 2:
        cut = cut[: cut.rindex("`")]  # no half of a code name
    return cut.rstrip(" ,;:（(") + " …"


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
    text = re.sub(r"<(?:code|tt)>([^<`]*)</(?:code|tt)>", lambda found: _code(found.group(1)), text, flags=re.I)
    text = _HTML.sub(" ", text)
    text = _ROLE.sub(lambda found: _code(found.group(1)), text)
    text = re.sub(r"``([^`]+)``", lambda found: _code(found.group(1)), text)
    text = re.sub(r"[@\\][cpae]\s+(\S+)", lambda found: _code(found.group(1)), text)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&nbsp;", " "), ("&quot;", '"')):
        text = text.replace(entity, character)
    return " ".join(text.split())


def _inline(found: re.Match[str]) -> str:
    """Javadoc's ``{@code x}`` is code whole; ``{@link Type label}`` shows its label."""
    tag, content = found.group(1), " ".join(found.group(2).split())
    if tag in {"link", "linkplain"}:
        target, _, label = content.partition(" ") if "(" not in content else (content, "", "")
        return label or _code(target)
    return content if tag == "literal" else _code(content)


def _code(text: str) -> str:
    text = text.strip().lstrip("~#!").replace("#", ".")
    return f"`{text}`" if text and "`" not in text else text


def _docstring(comment: str) -> Documentation:
    comment = _ROLE.sub(lambda found: _code(found.group(1)), comment)  # a role at a line's start reads as a field
    try:
        parsed = docstring_parser.parse(comment)
    except docstring_parser.ParseError:
        return Documentation(summary=first_sentences(plain(_first_paragraph(comment))))
    head = _first_paragraph(comment) if not parsed.short_description else parsed.short_description
    if (
        parsed.long_description
        and not head.rstrip().endswith((".", "。", "!", "?", ":"))
        and not (parsed.blank_after_short_description)
    ):
        head = f"{head} {_first_paragraph(parsed.long_description)}"
    returns = plain(parsed.returns.description or "") if parsed.returns is not None else ""
    return Documentation(
        summary=first_sentences(plain(head)),
        parameters={
            entry.arg_name.split(":")[0].lstrip("*"): first_sentences(plain(entry.description or ""))
            for entry in parsed.params
            if entry.description
        },
        returns=first_sentences(returns),
        raises=tuple(dict.fromkeys(entry.type_name for entry in parsed.raises if entry.type_name)),
    )


def _first_paragraph(text: str) -> str:
    return re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0]


def _tagged(comment: str) -> Documentation:
    r"""Javadoc (``@param``) and Doxygen (``\param``, ``@brief``) share their block tags."""
    pieces = _TAG.split(comment)
    head, tags = pieces[0], list(zip(pieces[1::2], pieces[2::2], strict=True))
    parameters: dict[str, str] = {}
    raises: list[str] = []
    returns = ""
    for tag, text in tags:
        if tag in {"brief", "short", "details"}:
            head = f"{head}\n{text}" if head.strip() else text
        elif tag in {"param", "tparam"} and text.split():
            name, _, rest = text.strip().partition(" ")
            parameters[name.strip()] = first_sentences(plain(rest))
        elif tag in {"return", "returns", "result"}:
            returns = first_sentences(plain(text))
        elif tag in {"throws", "throw", "exception"} and text.split():
            raises.append(text.split()[0])
        elif tag in {"c", "p", "a", "e", "ref"}:
            head = f"{head} {text}"
    first = re.split(r"\n\s*\n|<p>", head.strip(), maxsplit=1)[0]
    return Documentation(first_sentences(plain(first)), parameters, returns, tuple(dict.fromkeys(raises)))
