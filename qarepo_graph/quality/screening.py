"""A quick look at a text before expressions that rarely match: most answers are spared the slow search.

Python's ``re`` tries every alternative at every character; RE2 reads a text once, whatever the number of alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import re2

_LOOK_AROUND = re.compile(r"\(\?<?[!=](?:[^()\\]|\\.)*\)")
_SPACE = r"[\s\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
"""What ``\\s`` means in Python."""


def screen(*patterns: re.Pattern[str]) -> Callable[[str], bool]:
    r"""Return a test that is False only for texts in which none of the patterns matches.

    It may be True for others: look-arounds are left out, and a word ends where ASCII letters end.

    Args:
        patterns: Expressions that need no letter beyond ASCII for a ``\w`` of theirs.
    """
    options = re2.Options()
    options.log_errors = False
    union = re2.compile("|".join(f"(?:{_translated(pattern)})" for pattern in patterns), options)

    def may_match(text: str) -> bool:
        return union.search(text.encode("utf-8", "replace")) is not None

    return may_match


def _translated(pattern: re.Pattern[str]) -> str:
    named = ((re.IGNORECASE, "i"), (re.MULTILINE, "m"), (re.DOTALL, "s"))
    flags = "".join(letter for flag, letter in named if pattern.flags & flag)
    text = _LOOK_AROUND.sub("", pattern.pattern).replace(r"\s", _SPACE).replace(r"\Z", r"\z")
    return f"(?{flags}:{text})" if flags else text
