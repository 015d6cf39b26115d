"""Where a word in capitals can only be a macro that decorates a declaration.

Each rule reads the neighbours of one word; together they answer whether blanking it loses nothing but noise.
"""

from __future__ import annotations

import re

from qarepo_graph.code.languages.c_family.place import (
    Place,
    alone_on_line,
    closing_of,
    next_word,
    opening_of,
    skip_blanks,
    two_words_ending,
    word_ending,
)

_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAME = re.compile(rb"~?[A-Za-z_]\w*(?:\s*::\s*~?[A-Za-z_]\w*)*")
_CLASS_BODY = re.compile(
    rb"\s*(?:[A-Z_]\w*(?:\s*\([^()]*\)\s*|\s+))*[A-Za-z_][\w:]*\s*(?:<[^;{}()]*>\s*)?(?:final\b\s*)?(?:\{|:(?!:))"
)
_TRAILER = re.compile(rb"\s*(?:[{;=]|:(?!:)|->|const\b|noexcept\b|override\b|final\b|requires\b|\Z)")
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
_SPACE = b" \n\t\r\f\v"


def is_decoration(place: Place, shadow: bytearray, *, plain_c: bool) -> bool:
    """Say whether an unexplained ALL-CAPS word stands where a declaration takes no such word."""
    previous = place.previous
    if previous.isalnum() or previous == b"_":
        word, earlier = two_words_ending(shadow, place.before)
        if word in (b"class", b"struct", b"union", b"enum"):
            return _CLASS_BODY.match(shadow, place.end) is not None
        if word in _AFTER_PARAMETERS and _behind_parameters(shadow, place.before):
            return _ends_head(place, shadow, plain_c=plain_c)
        if word in _NOT_A_TYPE or word in _OPERATOR_WORDS:
            return False
        if place.starts_name():
            return _between_type_and_name(place, shadow, word)
        return _behind_declarator(place, word, earlier)
    if previous == b")":
        return _ends_head(place, shadow, plain_c=plain_c)
    if previous in (b"*", b"&"):
        return place.starts_name() and not place.has_arguments and next_word(place, shadow) not in _OPERATOR_WORDS
    if previous == b"]":
        return place.has_arguments and place.following in (b";", b"=", b",")
    if previous == b":" and shadow[place.before - 1] == 0x3A:
        return False
    if previous in (b";", b"{", b"}", b":"):
        return _leads(place, shadow, plain_c=plain_c)
    if previous in (b">", b'"'):
        return place.starts_name() and next_word(place, shadow) not in _OPERATOR_WORDS
    return False


def attaches(place: Place, shadow: bytearray) -> bool:
    """Say whether a learned macro in small letters stands where only a decoration can, and is not a variable's name."""
    if place.has_arguments:
        if place.following == b"{" and place.previous != b")":
            # `void cleanup(struct store *s) {` is the function that another configuration defines as an empty macro.
            return word_ending(shadow, place.before) in _AFTER_PARAMETERS
        return place.following in (b"{", b";", b",", b")", b"=", b":") or place.starts_name()
    return (place.starts_name() and next_word(place, shadow) not in _OPERATOR_WORDS) or place.previous in (b"*", b"&")


def begins_declaration(place: Place, shadow: bytearray) -> bool:
    """Say whether the macro is the first thing of a declaration whose rest follows without an empty line."""
    if place.previous not in (b";", b"{", b"}", b">", b":"):
        return False
    return b"\n\n" not in bytes(shadow[place.end : place.next])


def is_block_word(place: Place, shadow: bytearray) -> bool:
    """Rule for ``JSON_TRY {`` and ``} JSON_CATCH(...) {``: what is left is a plain block."""
    if place.following != b"{" or place.previous not in (b";", b"{", b"}"):
        return False
    if place.has_arguments:
        return b"CATCH" in place.word and place.previous == b"}"
    return not shadow[place.end : place.next].count(b"\n") > 1


def constrains_template(place: Place, shadow: bytearray) -> bool:
    """Rule for ``template <typename T, FMT_ENABLE_IF(...)>``: what is left is an unnamed parameter."""
    if not place.has_arguments or place.previous not in (b",", b"<") or place.following not in (b",", b">", b"="):
        return False
    head = shadow.rfind(b"template", max(0, place.start - 800), place.start)
    if head < 0:
        return False
    inside = bytes(shadow[head : place.start]).replace(b"->", b"")
    if any(sign in inside for sign in (b";", b"{", b"}")):
        return False
    return inside.count(b"<") > inside.count(b">")


def _leads(place: Place, shadow: bytearray, *, plain_c: bool) -> bool:
    """Rule for a macro where a declaration or statement begins."""
    if place.previous != b":" and place.following == b":" and shadow[place.next + 1 : place.next + 2] != b":":
        return not plain_c
    if place.following == b"~" or shadow[place.next : place.next + 2] == b"[[":
        return True
    alone = alone_on_line(place, shadow)
    if not (place.starts_name() or alone):
        return False
    name = _NAME.match(shadow, place.next)
    if name is None:
        return alone and place.following in (b"}", b"#", b"")
    word = next_word(place, shadow)
    if word in _OPERATOR_WORDS:
        return False
    if place.has_arguments:
        return True
    behind = skip_blanks(shadow, name.end())
    sign = bytes(shadow[behind : behind + 1])
    if sign == b"(":
        # MACRO name( is a constructor behind a macro, or a function that returns a type in capitals: keep types.
        return not plain_c and word not in _QUALIFIERS and _looks_like_macro(place.word)
    return sign not in (b";", b"=", b",", b"[", b")")


def _looks_like_macro(word: bytes) -> bool:
    """Tell ``FMT_CONSTEXPR`` from ``DWORD``: types in capitals seldom have an underscore, except ``_T`` names."""
    return b"_" in word.strip(b"_") and not word.endswith((b"_T", b"_TYPE"))


def _behind_parameters(shadow: bytearray, last: int) -> bool:
    while last >= 0:
        word = word_ending(shadow, last)
        if word and word not in _AFTER_PARAMETERS:
            return False
        last -= len(word)
        while last >= 0 and shadow[last] in _SPACE:
            last -= 1
        if not word:
            return last >= 0 and shadow[last] in b")&"
    return False


def _ends_head(place: Place, shadow: bytearray, *, plain_c: bool) -> bool:
    """Rule for a macro behind a parameter list: more of its kind may follow, then body, end, initialisers or type."""
    position = place.end
    while (word := _WORD.match(shadow, skip_blanks(shadow, position))) is not None and word.group().isupper():
        position = word.end()
        after = skip_blanks(shadow, position)
        if shadow[after : after + 1] == b"(":
            closed = closing_of(shadow, after)
            if closed < 0:
                return False
            position = closed
    if _TRAILER.match(shadow, position) is None:
        return False
    if place.previous != b")":
        return True
    opening = opening_of(shadow, place.before)
    if opening < 0:
        return False
    last = opening - 1
    while last >= 0 and shadow[last] in _SPACE:
        last -= 1
    if word_ending(shadow, last) in _CONTROL:
        return False
    sign = bytes(shadow[skip_blanks(shadow, position) : skip_blanks(shadow, position) + 1])
    return not (plain_c and sign == b":")


def _between_type_and_name(place: Place, shadow: bytearray, word: bytes) -> bool:
    """Rule for ``type MACRO name(``: a calling convention or export mark, unless the macro is the type itself."""
    name = _NAME.match(shadow, place.next)
    if name is None or next_word(place, shadow) in _OPERATOR_WORDS:
        return False
    behind = skip_blanks(shadow, name.end())
    sign = bytes(shadow[behind : behind + 1])
    if word in _QUALIFIERS and word not in _BUILT_IN:
        return sign.isalnum() or sign in (b"_", b"*", b"&", b"<", b"~")
    return True


def _behind_declarator(place: Place, word: bytes, earlier: bytes) -> bool:
    """Rule for ``type name MACRO(args)`` before ``, ; ) =`` or a body: an attribute of the thing declared."""
    if place.following not in (b",", b";", b")", b"=", b"{"):
        return False
    if word in _QUALIFIERS or word in _BUILT_IN:
        return False
    if not (earlier[:1].isalnum() or earlier[:1] in (b"_", b"*", b"&", b">")):
        return False
    return (earlier not in _NOT_A_TYPE and earlier not in _QUALIFIERS) or (place.has_arguments and earlier in _BUILT_IN)
