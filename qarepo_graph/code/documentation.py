"""Comments and string literals to plain documentation text."""

from __future__ import annotations

import ast
import inspect
import re
import warnings

_PLAIN_LITERAL = re.compile(r'[rRuU]?("""|\'\'\'|"|\')')
_LINE_COMMENT = re.compile(r"^[ \t]*//[/!]?<?[ \t]?", re.MULTILINE)
_BLOCK_MARGIN = re.compile(r"^[ \t]*\*(?!/)[ \t]?", re.MULTILINE)


def from_literal(literal: str) -> str:
    """Return the text of a Python string expression, indentation removed as ``inspect.cleandoc`` does.

    Implicit concatenation works. An expression that is no plain string yields an empty text.
    """
    match = _PLAIN_LITERAL.match(literal)
    if match and "\\" not in literal:
        quote = match.group(1)
        body = literal[match.end() : -len(quote)]
        if literal.endswith(quote) and quote not in body:
            return inspect.cleandoc(body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are the repository's business
            value = ast.literal_eval(literal.strip() if "\n" not in literal else f"({literal})")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return inspect.cleandoc(value) if isinstance(value, str) else ""


def from_comment(comment: str) -> str:
    """Return the text of a block comment or of adjacent line comments, delimiters and margins removed."""
    stripped = comment.strip()
    if stripped.startswith("/*"):
        inner = re.sub(r"^/\*[*!]*<?", "", stripped)
        inner = re.sub(r"\**/$", "", inner)
        return inspect.cleandoc(_BLOCK_MARGIN.sub("", inner)).strip()
    return inspect.cleandoc(_LINE_COMMENT.sub("", stripped)).strip()
