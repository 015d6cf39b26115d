"""A copy of C or C++ text with the same offsets in which only code is left.

Comments and preprocessor lines become spaces, string and character bodies become ``_``. Rules that look at the
neighbours of a macro read this copy, so that a brace in a string or a word in a comment never deceives them.
"""

from __future__ import annotations

import re

_OPAQUE = re.compile(
    rb"//(?:\\\n|[^\n])*"
    rb"|/\*[\s\S]*?(?:\*/|\Z)"
    rb'|R"(?P<fence>[^()\\\s"]{0,16})\([\s\S]*?\)(?P=fence)"'
    rb'|"(?:[^"\\\n]|\\[\s\S])*"'
    rb"|'(?:\\[^'\n]+|\\'|[^'\\\n\x80-\xff]|[\x80-\xff]{2,4})'"  # one character: 1'000 is a number
    rb'|#(?:[^\\/"\n]|\\[\s\S]|/\*[\s\S]*?\*/|"(?:[^"\\\n]|\\[\s\S])*"|["/])*'
)
_TO_SPACE = bytes(byte if byte in b"\n" else 0x20 for byte in range(256))
_TO_UNDERSCORE = bytes(byte if byte in b"\n" else 0x5F for byte in range(256))


def blank(text: bytes) -> bytes:
    """Return spaces of the same length, line ends kept."""
    return text.translate(_TO_SPACE)


def _covered(match: re.Match[bytes]) -> bytes:
    text = match.group()
    if text[0] in b"/#":
        return text.translate(_TO_SPACE)
    return text[:1] + text[1:-1].translate(_TO_UNDERSCORE) + text[-1:]


def shadow_of(data: bytes) -> bytes:
    """Return the copy of ``data`` in which comments, directives and literals are blanked."""
    return _OPAQUE.sub(_covered, data)
