"""Blanking the macros the grammar cannot read, byte for byte, so that every offset stays true.

A macro behind a parameter list, in a class head or before a type is enough for a parse without preprocessor to lose
the function, its neighbours or the whole class. Such macros are overwritten with spaces in a copy that is only
parsed; texts are always taken from the original bytes. Statement-like macros in bodies (``EXPECT_EQ(a, b);``) stay:
blanking them would lose calls. All rules are asked in one pass over the macro-like words of the shadow copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qarepo_graph.code.languages.c_family.macro_rules import (
    attaches,
    begins_declaration,
    constrains_template,
    is_block_word,
    is_decoration,
)
from qarepo_graph.code.languages.c_family.macros import Macros
from qarepo_graph.code.languages.c_family.place import Place, place_of
from qarepo_graph.code.languages.c_family.shadow import blank, shadow_of

# Splitting at what is no letter, digit or underscore finds a text's words in a fifth of the time of a pattern.
_WORD_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_TO_WORDS = bytes(byte if byte in _WORD_BYTES else 0x20 for byte in range(256))
_CAPITALS = rb"_*[A-Z][A-Z0-9_]+"
_EXTENSIONS = {
    b"__attribute__": True,
    b"__attribute": True,
    b"__declspec": True,
    b"__extension__": False,
    b"__stdcall": False,
    b"__cdecl": False,
    b"__fastcall": False,
    b"__vectorcall": False,
    b"__thiscall": False,
    b"__forceinline": False,
    b"__restrict": False,
    b"__restrict__": False,
    b"_Noreturn": False,
    b"__unused": False,
    b"Q_SLOTS": False,
}
_ACCESS = re.compile(rb"\b(?:slots|Q_SLOTS|signals|Q_SIGNALS)\s*(?=:(?!:))")
# The grammar reads a definition whose line ends in a blank or a backslash as one with the next line.
_DEFINITION = re.compile(
    rb"^[ \t]*#[ \t]*(?:define|undef|pragma|error|warning|line)\b(?:[^\\/\n]|\\[\s\S]|/\*[\s\S]*?\*/|/)*", re.MULTILINE
)
_TRAILING_BLANK = re.compile(rb"^[ \t]*#[ \t]*define\b[^\n]*[ \t]$", re.MULTILINE)
_TEST = re.compile(rb"^([ \t]*#[ \t]*(?:el)?if\b[ \t]*)((?:[^\\\n]|\\[\s\S])+)", re.MULTILINE)
_STATEMENT_ARGUMENT = re.compile(rb"[(,]\s*((?:throw|return|co_return|delete)\b)")
_BLOCK_ARGUMENT = re.compile(rb"[(,]\s*(\{)")
_SEMICOLON = re.compile(rb";")
_TYPE_ARGUMENT = re.compile(
    rb"[(,]\s*((?:(?:const|volatile|unsigned|signed|long|short|struct|enum|class)\s+)*"
    rb"(?:(?:void|bool|char|short|int|long|float|double|signed|unsigned"
    rb"|u?int(?:8|16|32|64|ptr|max)_t|s?size_t|ptrdiff_t|nullptr_t|wchar_t|char(?:8|16|32)_t)\b"
    rb"|[A-Za-z_][\w:]*\s*<[^();]*>)[\s*&]*?)\s*(?=[,)])"
)


@dataclass(frozen=True, slots=True)
class Mask:
    """A copy of the text with macros blanked.

    Attributes:
        data: The copy, as long as the original.
        leading: Byte ranges of blanked macros that begin a declaration: they belong to the function behind them.
        namespaces: Byte ranges that macros open and close as namespaces, with the name each gives.
    """

    data: bytes
    leading: tuple[tuple[int, int], ...] = ()
    namespaces: tuple[tuple[int, int, str], ...] = ()


def mask_learned(data: bytes, macros: Macros) -> Mask:
    """Blank only what is certain: macros learned from the repository's definitions and compiler extensions."""
    return _mask(data, macros, guess=False, plain_c=False)


def mask_macros(data: bytes, macros: Macros, *, plain_c: bool) -> Mask:
    """Blank learned macros and, by their place in the text, the ones that no definition explains.

    Args:
        data: UTF-8 text.
        macros: What the repository's definitions say.
        plain_c: The text is C: no access labels, no constructors.
    """
    return _mask(data, macros, guess=True, plain_c=plain_c)


def _mask(data: bytes, macros: Macros, *, guess: bool, plain_c: bool) -> Mask:
    pattern = _candidates(data, macros, guess=guess)
    readable = _TEST.sub(_always, _DEFINITION.sub(_blanked, data)) if guess else _without_trailing_blanks(data)
    if pattern is None:
        return Mask(readable)
    shadow = bytearray(shadow_of(data))
    masked = bytearray(readable)
    leading: list[tuple[int, int]] = []
    namespaces: list[tuple[int, int, str]] = []
    open_namespaces: list[tuple[int, tuple[str, ...]]] = []
    position = 0
    while (match := pattern.search(shadow, position)) is not None:
        word, start = match.group(), match.start()
        place = place_of(shadow, word, start, macros.harmless.get(word, _EXTENSIONS.get(word, True)))
        if word in macros.opens:
            open_namespaces.append((start, macros.opens[word]))
        elif word in macros.closes:
            begin, names = open_namespaces.pop() if open_namespaces else (start, ())
            namespaces.extend((begin, place.end, name) for name in names)
        elif not _is_certain(place, shadow, macros):
            if guess and constrains_template(place, shadow):
                position = place.end
                masked[start:position] = shadow[start:position] = b"int" + blank(bytes(shadow[start + 3 : position]))
                continue
            if not guess or not (is_decoration(place, shadow, plain_c=plain_c) or is_block_word(place, shadow)):
                if guess and place.has_arguments:
                    _soften(masked, place, shadow)
                position = start + len(word)
                continue
        if place.following == b":" and place.previous in (b";", b"{", b"}") and guess and not plain_c:
            place.end = place.next + 1
        if word not in macros.opens and word not in macros.closes and begins_declaration(place, shadow):
            leading.append((start, place.end))
        position = place.end
        masked[start:position] = shadow[start:position] = blank(bytes(shadow[start:position]))
    if guess and not plain_c:
        _blank_access_words(masked, bytes(shadow))
    namespaces.extend((begin, len(data), name) for begin, names in open_namespaces for name in names)
    return Mask(bytes(masked), tuple(leading), tuple(sorted(namespaces)))


def _candidates(data: bytes, macros: Macros, *, guess: bool) -> re.Pattern[bytes] | None:
    """Return the pattern of the words to ask about, None if the text has none."""
    words = set(data.translate(_TO_WORDS).split())
    sources = (macros.harmless.keys(), macros.opens.keys(), macros.closes, _EXTENSIONS.keys())
    known = set().union(*(words & names for names in sources))
    alternatives = [re.escape(word) for word in sorted(known, key=lambda word: (-len(word), word))]
    alternatives += [_CAPITALS] * guess
    return re.compile(rb"(?<![\w.])(?:" + rb"|".join(alternatives) + rb")(?!\w)") if alternatives else None


def _is_certain(place: Place, shadow: bytearray, macros: Macros) -> bool:
    """Say whether the word is known to decorate; one in small letters could also be a variable's name."""
    if place.word in _EXTENSIONS:
        return True
    return place.word in macros.harmless and (place.word.isupper() or attaches(place, shadow))


def _blank_access_words(masked: bytearray, shadow: bytes) -> None:
    """Blank ``slots`` in ``public slots:`` and the whole of ``signals:``."""
    for match in _ACCESS.finditer(shadow):
        end = match.end() + match.group().strip().endswith(b"ignals") + match.group().strip().endswith(b"IGNALS")
        masked[match.start() : end] = blank(bytes(masked[match.start() : end]))


def _without_trailing_blanks(data: bytes) -> bytes:
    return _TRAILING_BLANK.sub(_blanked, data) if b" \n" in data or b"\t\n" in data else data


def _blanked(match: re.Match[bytes]) -> bytes:
    return blank(match.group())


def _always(match: re.Match[bytes]) -> bytes:
    """Return the directive with a test the grammar can read: ``__has_include(<version>)`` is none."""
    head, test = match.groups()
    return match.group() if test.strip() == b"0" or b"__cplusplus" in test else bytes(head + b"1" + blank(test)[1:])


def _soften(masked: bytearray, place: Place, shadow: bytearray) -> None:
    """Make statements among a macro's arguments readable, so that their calls are still found.

    ``EXPECT_THROW({ a(); b(); }, X);`` becomes a plain block, ``EXPECT_THROW(a(); b(), X)`` a call with more arguments,
    the type in ``ABSL_FLAG(int, size, 8, "nodes");`` a name. A head like ``TEST(A, B) {`` stays.
    """
    if place.following == b"{":
        return
    inner = bytes(shadow[place.start : place.end])
    opening = inner.index(b"(") + 1
    block = _BLOCK_ARGUMENT.search(inner)
    if block is not None and b";" in inner:
        closing = inner.rfind(b"}")
        if closing > block.start(1) and not place.previous.isalnum():
            first, last = place.start + block.start(1), place.start + closing + 1
            masked[place.start : first] = blank(bytes(masked[place.start : first]))
            masked[last : place.end] = blank(bytes(masked[last : place.end]))
        return
    for match in _TYPE_ARGUMENT.finditer(inner, opening - 1):
        start, end = (place.start + offset for offset in match.span(1))
        masked[start:end] = b"_" * (end - start)
    for match in _STATEMENT_ARGUMENT.finditer(inner, opening - 1):
        start, end = (place.start + offset for offset in match.span(1))
        masked[start:end] = blank(bytes(masked[start:end]))
    if b"{" not in inner:
        for match in _SEMICOLON.finditer(inner):
            masked[place.start + match.start()] = 0x2C
