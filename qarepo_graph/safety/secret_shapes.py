"""Whether a matched text is a secret or only stands where one could: examples, names, calls, placeholders.

Matching is by google-re2, in linear time: the texts are written by others.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import re
from collections import Counter

import re2

# Only what chance does not put into a random token: "todo" stands in one of 2,000 tokens of 40 letters.
_EXAMPLE = re2.compile(r"(?i)redacted_|example|placeholder|change.?me|xxxxxx|\*\*\*|\.\.\.|\$\{|\{\{|<|your[_-]")
_MARKED = re2.compile(
    r"(?i)replace.?me|your|xxxx|%\(\w+\)|%s(?:\W|$)|insert|todo|dummy|not.?a.?real|process\.env|os\.environ|getenv"
)
_WORDS = re2.compile(
    r"(?i)(?:password|passwd|passphrase|passcode|pass|pwd|secret|token|api|key|user(?:name)?|admin|root|test(?:ing)?|foo|bar|baz"
    r"|abcd?e?f?|the|this|value|field|name|string|text|none|null|true|false|default|invalid|wrong|bad|new|old|some|my|is"
    r"|random|hash(?:ed)?|plain|auth|login|access|private|public|client|server|db|sha|md|aes|rsa|utf|base|oauth|jwt|v"
    r"|[\W_])*\d{0,4}"
)
_NAME_WITH_NUMBER = re2.compile(r"[A-Za-z_$][A-Za-z_$-]*\d{0,3}")
_PATH = re2.compile(r"(?:[A-Za-z_$][\w$-]*|\d+)?(?:(?:\.|::|->|/|#|:|\\)[A-Za-z_$@][\w$@-]*)+[/.]?")
_SNAKE = re2.compile(r"[A-Za-z]+\d{0,4}(?:[_-](?:[A-Za-z]+\d{0,4}|\d{1,4}))+")
_NUMBER = re2.compile(r"[-+]?(?:0x[0-9A-Fa-f]{1,31}|[\d_.,:/TZ+-]+(?:[eE][-+]?\d+)?)[a-zA-Z%]{0,3}")
_LITERAL = re2.compile(r"[\"'`]([^\s\"'`\\]{8,512})[\"'`]")
_COUNTED = re.compile(r"(?:0123456789|1234567890|12345678|abcdefgh|ABCDEFGH|deadbeef|(.)\1{7,})", re.IGNORECASE)


def entropy(value: str) -> float:
    """Return the Shannon entropy of a text's characters, in bits per character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def _marked(value: str) -> bool:
    """Say whether a value found by its place is one that documentation puts there."""
    return _EXAMPLE.search(value) is not None or _MARKED.search(value) is not None


def _switches(value: str) -> int:
    """Count the places where letters, digits and other characters change over: words have few, secrets many."""
    classes = ["d" if char.isdigit() else "a" if char.isalpha() else "s" for char in value]
    return sum(left != right for left, right in itertools.pairwise(classes))


def is_token(value: str) -> bool:
    """A text in a published format, unless it is the documentation's example (``…EXAMPLE``, ``xxxx``, one letter)."""
    return _EXAMPLE.search(value) is None and len(set(value)) >= 8 and entropy(value[-32:]) >= 2.5


def is_mixed(value: str) -> bool:
    """A token with letters and digits: long English compounds have no digits."""
    return is_token(value) and any(c.isdigit() for c in value[3:]) and any(c.isalpha() for c in value[3:])


def is_mixed_case(value: str) -> bool:
    """A token with small letters, capitals and digits: hashes in hexadecimal have only one case."""
    return is_mixed(value) and any(c.islower() for c in value) and any(c.isupper() for c in value)


def is_url_password(value: str) -> bool:
    """A password inside a URL, unless it is a variable or one of the words documentation puts there."""
    if _marked(value) or any(char in value for char in "{}$()[]|,;"):
        return False
    return _WORDS.fullmatch(value) is None or value[-3:].isdigit()


def is_basic_credentials(value: str) -> bool:
    """Base64 of ``user:password``."""
    try:
        decoded = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return decoded.isprintable() and ":" in decoded


def is_password(value: str) -> bool:
    """A literal that is given to something named "password" in full."""
    if _marked(value) or _is_expression(value) or _WORDS.fullmatch(value):
        return False
    has_digit = any(c.isdigit() for c in value)
    has_sign = any(not c.isalnum() and c not in "_-.:/" for c in value)
    return (has_digit or has_sign) and any(c.isalpha() for c in value) and len(set(value)) >= 5


def is_assigned_quoted(value: str) -> bool:
    """A literal that is given to something whose name has "token", "secret" or "key" in it."""
    if _marked(value) or _is_expression(value) or _WORDS.fullmatch(value) or _COUNTED.search(value):
        return False
    if not (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)):
        return False
    # Three bits, or where a value is too short for so many three quarters of what its length allows.
    return entropy(value) >= min(3, 0.75 * math.log2(len(value))) and (
        _switches(value) >= 3 or not _NAME_WITH_NUMBER.fullmatch(value)
    )


def is_assigned_bare(value: str) -> bool:
    """An unquoted value: in code it is a name or an expression more often than not, so it must look random."""
    if not is_assigned_quoted(value) or any(pair in value.rstrip("=") for pair in ("->", "==", "//", "**", "&&")):
        return False
    return _switches(value) >= 3 and sum(c.isdigit() for c in value) >= 2


def is_list_of_secrets(value: str) -> bool:
    """The inside of a list or table in which a secret stands as a literal."""
    return any(is_assigned_quoted(match[1]) for match in _LITERAL.finditer(value))


def _is_expression(value: str) -> bool:
    """A name, a dotted or slashed path, a number, a format: code or configuration, not a secret."""
    if any(char in value for char in "{}[]<>|") or "://" in value:
        return True
    # A call or a regular expression; Django's own secret keys may hold a parenthesis too, but are one long jumble.
    if ("(" in value or ")" in value) and (len(value) < 32 or _switches(value) < 16):
        return True
    return any(form.fullmatch(value) for form in (_PATH, _NUMBER, _SNAKE))
