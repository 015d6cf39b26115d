"""Blanking the macros the grammar cannot read, byte for byte, so that every offset stays true.

A macro behind a parameter list, in a class head or before a type is enough for a parse without preprocessor to lose
the function, its neighbours or the whole class. Such macros are overwritten with spaces in a copy that is only
parsed; texts are always taken from the original bytes. Statement-like macros in bodies (``EXPECT_EQ(a, b);``) stay:
blanking them would lose calls. All rules are asked in one pass over the macro-like words of the shadow copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qarepo_graph.code.languages.c_family.macros import Macros
from qarepo_graph.code.languages.c_family.shadow import blank, shadow_of

_WORD = re.compile(rb"[A-Za-z_]\w*")
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
_TEST = re.compile(rb"^([ \t]*#[ \t]*(?:el)?if\b[ \t]*)((?:[^\\\n]|\\[\s\S])+)", re.MULTILINE)
_PARENTHESIS = re.compile(rb"[()]")
_BLANKS = re.compile(rb"\s*")
_NAME = re.compile(rb"~?[A-Za-z_]\w*(?:\s*::\s*~?[A-Za-z_]\w*)*")
_CLASS_BODY = re.compile(
    rb"\s*(?:[A-Z_]\w*\s*(?:\([^()]*\)\s*)?)*[A-Za-z_][\w:]*\s*(?:<[^;{}()]*>\s*)?(?:final\b\s*)?(?:\{|:(?!:))"
)
_TRAILER = re.compile(rb"\s*(?:[{;=]|:(?!:)|->|const\b|noexcept\b|override\b|final\b|requires\b|\Z)")
_STATEMENT_ARGUMENT = re.compile(rb"[(,]\s*((?:throw|return|co_return|delete)\b)")
_BLOCK_ARGUMENT = re.compile(rb"[(,]\s*(\{)")
_SEMICOLON = re.compile(rb";")
_TEMPLATE = re.compile(rb"\btemplate\s*<(?![\s\S]*\btemplate\s*<)(?P<inside>[^;{}]*)\Z")
_OPERATOR_WORDS = frozenset(b"and or xor not bitand bitor compl and_eq or_eq xor_eq not_eq".split())
_QUALIFIERS = frozenset(
    b"static inline extern const volatile constexpr consteval constinit virtual explicit friend register mutable "
    b"typename unsigned signed long short struct union enum class typedef thread_local template auto".split()
)
_BUILT_IN = frozenset(b"void bool char short int long float double signed unsigned auto size_t wchar_t".split())
_NOT_A_TYPE = frozenset(
    b"return new delete else case goto throw typedef do sizeof co_return co_await co_yield using operator in "
    b"namespace default break continue public private protected if while for switch define defined".split()
)
_AFTER_PARAMETERS = frozenset(b"const volatile noexcept override final mutable".split())
_CONTROL = frozenset(b"if for while switch catch".split())
_LONGEST_ARGUMENTS = 4000


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


@dataclass(slots=True)
class _Place:
    """A macro-like word and what stands around it in the shadow."""

    word: bytes
    start: int
    end: int
    has_arguments: bool
    before: int
    previous: bytes
    next: int
    following: bytes


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
    shadow = bytearray(shadow_of(data))
    words = set(_WORD.findall(shadow))
    known = sorted(word for word in words if word in macros.harmless or word in macros.opens or word in macros.closes)
    known += [word for word in _EXTENSIONS if word in words]
    alternatives = [re.escape(word) for word in sorted(known, key=len, reverse=True)] + [_CAPITALS] * guess
    masked = bytearray(_TEST.sub(_always, _DEFINITION.sub(_blanked, data)) if guess else data)
    leading: list[tuple[int, int]] = []
    namespaces: list[tuple[int, int, str]] = []
    open_namespaces: list[tuple[int, tuple[str, ...]]] = []
    position = 0
    pattern = re.compile(rb"(?<![\w.])(?:" + rb"|".join(alternatives) + rb")(?!\w)") if alternatives else None
    while pattern is not None and (match := pattern.search(shadow, position)) is not None:
        word, start = match.group(), match.start()
        place = _place(shadow, word, start, macros.harmless.get(word, _EXTENSIONS.get(word, True)))
        position = max(place.end, start + len(word))
        if word in macros.opens:
            open_namespaces.append((start, macros.opens[word]))
        elif word in macros.closes and open_namespaces:
            begin, names = open_namespaces.pop()
            namespaces.extend((begin, position, name) for name in names)
        elif word in macros.harmless or word in _EXTENSIONS:
            if not word.isupper() and word not in _EXTENSIONS and not _attaches(place, shadow):
                continue
        elif word in macros.closes:
            pass
        elif guess and _constrains_template(place, shadow):
            masked[start : place.end] = shadow[start : place.end] = b"int" + blank(bytes(shadow[start + 3 : place.end]))
            continue
        elif not _is_decoration(place, shadow, plain_c=plain_c) and not _is_block_word(place, shadow):
            if place.has_arguments and word not in _EXTENSIONS:
                _soften(masked, place, shadow)
            position = start + len(word)
            continue
        if place.following == b":" and place.previous in (b";", b"{", b"}") and guess and not plain_c:
            place.end = place.next + 1
        if _begins_declaration(place, shadow):
            leading.append((start, place.end))
        masked[start : place.end] = shadow[start : place.end] = blank(bytes(shadow[start : place.end]))
    if guess and not plain_c:
        for match in _ACCESS.finditer(bytes(shadow)):
            end = match.end() + (match.group()[:1] == b"s" and match.group().strip() == b"signals")
            masked[match.start() : end] = blank(bytes(masked[match.start() : end]))
    namespaces.extend((begin, len(data), name) for begin, names in open_namespaces for name in names)
    return Mask(bytes(masked), tuple(leading), tuple(sorted(namespaces)))


def _blanked(match: re.Match[bytes]) -> bytes:
    return blank(match.group())


def _always(match: re.Match[bytes]) -> bytes:
    """Return the directive with a test the grammar can read: ``__has_include(<version>)`` is none."""
    head, test = match.groups()
    return match.group() if test.strip() == b"0" or b"__cplusplus" in test else bytes(head + b"1" + blank(test)[1:])


def _place(shadow: bytearray, word: bytes, start: int, takes_arguments: bool) -> _Place:
    end = start + len(word)
    after = _skip_blanks(shadow, end)
    has_arguments = takes_arguments and shadow[after : after + 1] == b"("
    if has_arguments:
        closed = _closing(shadow, after)
        has_arguments = closed > 0
        end = closed if has_arguments else end
    following = _skip_blanks(shadow, end)
    before = start - 1
    while before >= 0 and shadow[before] in b" \n\t\r\f\v":
        before -= 1
    return _Place(
        word,
        start,
        end,
        has_arguments,
        before,
        bytes(shadow[before : before + 1]) if before >= 0 else b";",
        following,
        bytes(shadow[following : following + 1]),
    )


def _skip_blanks(shadow: bytearray, position: int) -> int:
    found = _BLANKS.match(shadow, position)
    return found.end() if found else position


def _closing(shadow: bytearray, opening: int) -> int:
    depth = 0
    for match in _PARENTHESIS.finditer(shadow, opening, opening + _LONGEST_ARGUMENTS):
        depth += 1 if match.group() == b"(" else -1
        if depth == 0:
            return match.end()
    return -1


def _opening(shadow: bytearray, closing: int) -> int:
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


def _word_ending(shadow: bytearray, last: int) -> bytes:
    first = last
    while first >= 0 and (shadow[first] == 0x5F or chr(shadow[first]).isalnum()):
        first -= 1
    return bytes(shadow[first + 1 : last + 1])


def _two_words_ending(shadow: bytearray, last: int) -> tuple[bytes, bytes]:
    """Return the word that ends at ``last`` and the word or single sign before it."""
    word = _word_ending(shadow, last)
    position = last - len(word)
    while position >= 0 and shadow[position] in b" \n\t\r\f\v":
        position -= 1
    earlier = _word_ending(shadow, position) or bytes(shadow[position : position + 1]) if position >= 0 else b""
    return word, earlier


def _starts_name(place: _Place) -> bool:
    return place.following.isalpha() or place.following == b"_"


def _next_word(place: _Place, shadow: bytearray) -> bytes:
    match = _WORD.match(shadow, place.next)
    return match.group() if match else b""


def _attaches(place: _Place, shadow: bytearray) -> bool:
    """Say whether a learned macro in small letters stands where only a decoration can, and is not a variable's name."""
    if place.has_arguments:
        return place.following in (b"{", b";", b",", b")", b"=", b":") or _starts_name(place)
    return (_starts_name(place) and _next_word(place, shadow) not in _OPERATOR_WORDS) or place.previous in (b"*", b"&")


def _begins_declaration(place: _Place, shadow: bytearray) -> bool:
    """Say whether the macro is the first thing of a declaration whose rest follows without an empty line."""
    if place.previous not in (b";", b"{", b"}", b">", b":"):
        return False
    return b"\n\n" not in bytes(shadow[place.end : place.next])


def _is_decoration(place: _Place, shadow: bytearray, *, plain_c: bool) -> bool:
    """Say whether an unexplained ALL-CAPS word stands where a declaration takes no such word."""
    previous = place.previous
    if previous.isalnum() or previous == b"_":
        word, earlier = _two_words_ending(shadow, place.before)
        if word in (b"class", b"struct", b"union", b"enum"):
            return _CLASS_BODY.match(shadow, place.end) is not None
        if word in _AFTER_PARAMETERS and _behind_parameters(shadow, place.before):
            return _ends_head(place, shadow, plain_c=plain_c)
        if word in _NOT_A_TYPE or word in _OPERATOR_WORDS:
            return False
        if _starts_name(place):
            return _between_type_and_name(place, shadow, word)
        return _behind_declarator(place, word, earlier)
    if previous == b")":
        return _ends_head(place, shadow, plain_c=plain_c)
    if previous in (b"*", b"&"):
        return _starts_name(place) and not place.has_arguments and _next_word(place, shadow) not in _OPERATOR_WORDS
    if previous == b"]":
        return place.has_arguments and place.following in (b";", b"=", b",")
    if previous == b":" and shadow[place.before - 1] == 0x3A:
        return False
    if previous in (b";", b"{", b"}", b":"):
        return _leads(place, shadow, plain_c=plain_c)
    if previous in (b">", b'"'):
        return _starts_name(place) and _next_word(place, shadow) not in _OPERATOR_WORDS
    return False


def _is_block_word(place: _Place, shadow: bytearray) -> bool:
    """Rule for ``JSON_TRY {`` and ``} JSON_CATCH(...) {``: what is left is a plain block."""
    if place.following != b"{" or place.previous not in (b";", b"{", b"}"):
        return False
    if place.has_arguments:
        return b"CATCH" in place.word and place.previous == b"}"
    return not shadow[place.end : place.next].count(b"\n") > 1


def _constrains_template(place: _Place, shadow: bytearray) -> bool:
    """Rule for ``template <typename T, FMT_ENABLE_IF(...)>``: what is left is an unnamed parameter."""
    if not place.has_arguments or place.previous not in (b",", b"<") or place.following not in (b",", b">", b"="):
        return False
    head = _TEMPLATE.search(bytes(shadow[max(0, place.start - 800) : place.start]))
    return head is not None and head["inside"].count(b"<") >= head["inside"].replace(b"->", b"").count(b">")


def _soften(masked: bytearray, place: _Place, shadow: bytearray) -> None:
    """Make statements among a macro's arguments readable, so that their calls are still found.

    ``EXPECT_THROW({ a(); b(); }, X);`` becomes a plain block, ``EXPECT_THROW(a(); b(), X)`` a call with more arguments.
    """
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
    for match in _STATEMENT_ARGUMENT.finditer(inner, opening - 1):
        start, end = (place.start + offset for offset in match.span(1))
        masked[start:end] = blank(bytes(masked[start:end]))
    if b"{" not in inner:
        for match in _SEMICOLON.finditer(inner):
            masked[place.start + match.start()] = 0x2C


def _leads(place: _Place, shadow: bytearray, *, plain_c: bool) -> bool:
    """Rule for a macro where a declaration or statement begins."""
    if place.previous != b":" and place.following == b":" and shadow[place.next + 1 : place.next + 2] != b":":
        return not plain_c
    if place.following == b"~" or shadow[place.next : place.next + 2] == b"[[":
        return True
    alone = _alone_on_line(place, shadow)
    if not (_starts_name(place) or alone):
        return False
    name = _NAME.match(shadow, place.next)
    if name is None:
        return alone and place.following in (b"}", b"#", b"")
    word = _next_word(place, shadow)
    if word in _OPERATOR_WORDS:
        return False
    if place.has_arguments:
        return True
    behind = _skip_blanks(shadow, name.end())
    sign = bytes(shadow[behind : behind + 1])
    if sign == b"(":
        # MACRO name( is a constructor behind a macro, or a function that returns a type in capitals: keep types.
        return not plain_c and word not in _QUALIFIERS and _looks_like_macro(place.word)
    return sign not in (b";", b"=", b",", b"[", b")")


def _looks_like_macro(word: bytes) -> bool:
    """Tell ``FMT_CONSTEXPR`` from ``DWORD``: types in capitals seldom have an underscore, except ``_T`` names."""
    return b"_" in word.strip(b"_") and not word.endswith((b"_T", b"_TYPE"))


def _alone_on_line(place: _Place, shadow: bytearray) -> bool:
    line = shadow.rfind(b"\n", 0, place.start) + 1
    stop = shadow.find(b"\n", place.end)
    stop = len(shadow) if stop < 0 else stop
    return not shadow[line : place.start].strip() and not shadow[place.end : stop].strip() and place.following != b"{"


def _behind_parameters(shadow: bytearray, last: int) -> bool:
    while last >= 0:
        word = _word_ending(shadow, last)
        if word and word not in _AFTER_PARAMETERS:
            return False
        last -= len(word)
        while last >= 0 and shadow[last] in b" \n\t\r\f\v":
            last -= 1
        if not word:
            return last >= 0 and shadow[last] in b")&"
    return False


def _ends_head(place: _Place, shadow: bytearray, *, plain_c: bool) -> bool:
    """Rule for a macro behind a parameter list: more of its kind may follow, then body, end, initialisers or type."""
    position = place.end
    while (word := _WORD.match(shadow, _skip_blanks(shadow, position))) is not None and word.group().isupper():
        position = word.end()
        after = _skip_blanks(shadow, position)
        if shadow[after : after + 1] == b"(":
            closed = _closing(shadow, after)
            if closed < 0:
                return False
            position = closed
    if _TRAILER.match(shadow, position) is None:
        return False
    if place.previous != b")":
        return True
    opening = _opening(shadow, place.before)
    if opening < 0:
        return False
    last = opening - 1
    while last >= 0 and shadow[last] in b" \n\t\r\f\v":
        last -= 1
    if _word_ending(shadow, last) in _CONTROL:
        return False
    sign = bytes(shadow[_skip_blanks(shadow, position) : _skip_blanks(shadow, position) + 1])
    return not (plain_c and sign == b":")


def _between_type_and_name(place: _Place, shadow: bytearray, word: bytes) -> bool:
    """Rule for ``type MACRO name(``: a calling convention or export mark, unless the macro is the type itself."""
    name = _NAME.match(shadow, place.next)
    if name is None or _next_word(place, shadow) in _OPERATOR_WORDS:
        return False
    behind = _skip_blanks(shadow, name.end())
    sign = bytes(shadow[behind : behind + 1])
    if word in _QUALIFIERS and word not in _BUILT_IN:
        return sign.isalnum() or sign in (b"_", b"*", b"&", b"<", b"~")
    return True


def _behind_declarator(place: _Place, word: bytes, earlier: bytes) -> bool:
    """Rule for ``type name MACRO(args)`` before ``, ; ) =`` or a body: an attribute of the thing declared."""
    if place.following not in (b",", b";", b")", b"=", b"{"):
        return False
    if word in _QUALIFIERS or word in _BUILT_IN:
        return False
    if not (earlier[:1].isalnum() or earlier[:1] in (b"_", b"*", b"&", b">")):
        return False
    return (earlier not in _NOT_A_TYPE and earlier not in _QUALIFIERS) or (place.has_arguments and earlier in _BUILT_IN)
