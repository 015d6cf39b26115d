"""A macro-like word and its neighbours in the shadow copy of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(rb"[A-Za-z_]\w*")
_PARENTHESIS = re.compile(rb"[()]")
_BLANKS = re.compile(rb"\s*")
_SPACE = b" \n\t\r\f\v"
_LONGEST_ARGUMENTS = 4000


@dataclass(slots=True)
class Place:
    """A macro-like word and what stands around it.

    Attributes:
        word: The word.
        start: Its first byte.
        end: Byte behind it and its arguments.
        has_arguments: Whether arguments in parentheses follow.
        before: Offset of the last sign before it, -1 if there is none.
        previous: That sign; ``;`` where the text begins.
        next: Offset of the first sign behind it.
        following: That sign, empty at the end of the text.
    """

    word: bytes
    start: int
    end: int
    has_arguments: bool
    before: int
    previous: bytes
    next: int
    following: bytes

    def starts_name(self) -> bool:
        """Say whether a name follows."""
        return self.following.isalpha() or self.following == b"_"


def place_of(shadow: bytearray, word: bytes, start: int, takes_arguments: bool) -> Place:
    """Return the word with its arguments and neighbours."""
    end = start + len(word)
    after = skip_blanks(shadow, end)
    has_arguments = takes_arguments and shadow[after : after + 1] == b"("
    if has_arguments:
        closed = closing_of(shadow, after)
        has_arguments = closed > 0
        end = closed if has_arguments else end
    following = skip_blanks(shadow, end)
    before = start - 1
    while before >= 0 and shadow[before] in _SPACE:
        before -= 1
    return Place(
        word,
        start,
        end,
        has_arguments,
        before,
        bytes(shadow[before : before + 1]) if before >= 0 else b";",
        following,
        bytes(shadow[following : following + 1]),
    )


def skip_blanks(shadow: bytearray, position: int) -> int:
    """Return the offset of the first sign from ``position`` on."""
    found = _BLANKS.match(shadow, position)
    return found.end() if found else position


def closing_of(shadow: bytearray, opening: int) -> int:
    """Return the offset behind the parenthesis that closes the one at ``opening``, -1 if none is near."""
    depth = 0
    for match in _PARENTHESIS.finditer(shadow, opening, opening + _LONGEST_ARGUMENTS):
        depth += 1 if match.group() == b"(" else -1
        if depth == 0:
            return match.end()
    return -1


def opening_of(shadow: bytearray, closing: int) -> int:
    """Return the offset of the parenthesis that the one at ``closing`` closes, -1 if none is near."""
    depth = 0
    position = closing
    while position >= 0 and closing - position < _LONGEST_ARGUMENTS:
        if shadow[position] == 0x29:
            depth += 1
        elif shadow[position] == 0x28:
            depth -= 1
            if depth == 0:
                return position
        position -= 1
    return -1


def word_ending(shadow: bytearray, last: int) -> bytes:
    """Return the word whose last byte is ``last``, empty if none ends there."""
    first = last
    while first >= 0 and (shadow[first] == 0x5F or chr(shadow[first]).isalnum()):
        first -= 1
    return bytes(shadow[first + 1 : last + 1])


def two_words_ending(shadow: bytearray, last: int) -> tuple[bytes, bytes]:
    """Return the word that ends at ``last`` and the word or single sign before it."""
    word = word_ending(shadow, last)
    position = last - len(word)
    while position >= 0 and shadow[position] in _SPACE:
        position -= 1
    earlier = word_ending(shadow, position) or bytes(shadow[position : position + 1]) if position >= 0 else b""
    return word, earlier


def next_word(place: Place, shadow: bytearray) -> bytes:
    """Return the word that follows, empty if none does."""
    match = _WORD.match(shadow, place.next)
    return match.group() if match else b""


def alone_on_line(place: Place, shadow: bytearray) -> bool:
    """Say whether nothing else stands on the lines of the word, and no block follows."""
    line = shadow.rfind(b"\n", 0, place.start) + 1
    stop = shadow.find(b"\n", place.end)
    stop = len(shadow) if stop < 0 else stop
    return not shadow[line : place.start].strip() and not shadow[place.end : stop].strip() and place.following != b"{"
