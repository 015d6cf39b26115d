"""Docstrings, Javadoc and Doxygen comments to a summary, parameters, result and errors, markup taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import docstring_parser

from qarepo_graph.code.prose import ROLE, as_code, first_sentences, plain, sentences_of
from qarepo_graph.offline.names import third_person
from qarepo_graph.offline.vocabulary import ARTICLES, OPENERS, VERBS

_THIRD_PERSONS = frozenset(third_person(verb) for verb in VERBS)
# After "; " or "then" a verb is a command; after a bare "and" only one that nothing but a command is, with its object.
_NEXT_COMMAND = re.compile(
    rf"((?:; |\bthen )(?:and )?)({'|'.join(sorted(VERBS, key=len, reverse=True))})(?= )"
    r"|(\band )(return|raise|yield)(?= (?:(?:the|a|an|its|it|them|this|that|None|True|False)\b|`))"
)
_RULER = re.compile(r"^[ \t]*[^\w\s]{3,}[ \t]*$", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:[-*•+.]|\d+[.)])[ \t]+", re.MULTILINE)
_ESCAPE = re.compile(r"(`[^`]*`)|((?:\\[nrtfv0])+)(?![A-Za-z\d])")
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


def said_in_third_person(text: str) -> str:
    """Return an English documentation sentence as a predicate (``Read it`` → ``reads it``), empty if it is none."""
    first, _, rest = text.partition(" ")
    lower = first.lower()
    commands = lower in VERBS or (rest.split(" ", 1)[0] in ARTICLES and first.isalpha() and lower not in OPENERS)
    if commands and not lower.endswith("s") and lower not in {"to", "is", "has"} and first != first.upper():
        return f"{third_person(lower)} {_carried_on(rest)}".strip()
    return f"{lower} {rest}".strip() if lower in _THIRD_PERSONS else ""


def _carried_on(rest: str) -> str:
    """Conjugate the commands that follow the first one: ``Read it; return the rows`` goes on as ``returns``."""
    return _NEXT_COMMAND.sub(lambda found: (found[1] or found[3]) + third_person(found[2] or found[4]), rest)


def _docstring(comment: str) -> Documentation:
    comment = ROLE.sub(lambda found: as_code(found.group(1)), comment)  # a role at a line's start reads as a field
    try:
        parsed = docstring_parser.parse(comment)
    except docstring_parser.ParseError:
        return Documentation(summary=_summary(_first_paragraph(comment)))
    head = _first_paragraph(comment) if not parsed.short_description else parsed.short_description
    if (
        parsed.long_description
        and not head.rstrip().endswith((".", "。", "!", "?", ":"))
        and not (parsed.blank_after_short_description)
    ):
        head = f"{head} {_first_paragraph(parsed.long_description)}"
    returns = plain(parsed.returns.description or "") if parsed.returns is not None else ""
    return Documentation(
        summary=_summary(head),
        parameters={
            entry.arg_name.split(":")[0].lstrip("*"): first_sentences(plain(entry.description or ""))
            for entry in parsed.params
            if entry.description
        },
        returns=first_sentences(returns),
        raises=tuple(dict.fromkeys(entry.type_name for entry in parsed.raises if entry.type_name)),
    )


def _summary(paragraph: str) -> str:
    """Return a paragraph's leading sentences: no rulers, no list behind them, nothing that only points elsewhere."""
    paragraph = _RULER.sub("", paragraph).strip()
    lead, *listed = _BULLET.split(paragraph)
    if not lead.strip() or (listed and len(lead.split()) == 1):
        lead = listed[0] if listed else ""  # the function's name stands as a heading over its documentation
    text = plain(lead)
    if text.count("`") % 2:
        text = text.replace("`", "")
    text = _ESCAPE.sub(lambda found: found[1] or as_code(found[2]), text)
    text = first_sentences(" ".join(piece for piece in sentences_of(text) if not piece.startswith(("See ", "@see"))))
    return text if len(text.split()) > 1 or not text.isascii() else ""  # one word (`data`) is a heading, no summary


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
    return Documentation(_summary(first), parameters, returns, tuple(dict.fromkeys(raises)))
