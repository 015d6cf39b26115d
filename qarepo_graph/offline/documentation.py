"""Docstrings, Javadoc and Doxygen comments to a summary, parameters, result and errors, markup taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import docstring_parser

from qarepo_graph.code.prose import ROLE, as_code, first_sentences, plain

_TAG = re.compile(r"^[ \t]*[@\\](\w+)(?:\[[^\]]*\])?[ \t]*", re.MULTILINE)


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


def _docstring(comment: str) -> Documentation:
    comment = ROLE.sub(lambda found: as_code(found.group(1)), comment)  # a role at a line's start reads as a field
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
