r"""What a repository's own ``#define`` lines say about its macros.

A first cheap pass over all files (:func:`survey`) collects the definitions; :func:`learn` keeps the macros that are
certain: those of which *every* definition is empty or attribute-like, and those that only open or close blocks.
"Every", not "some": a macro that is empty in one branch and code in another must not be blanked (measured on fmt:
recall 0.998 with "every", 0.892 with "some").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_DEFINE = re.compile(
    rb"define[ \t]+(?P<name>[A-Za-z_]\w*)(?P<arguments>\([^()\n]*\))?"
    rb"(?P<body>(?:[^\\/\n]|\\[\s\S]|/\*[\s\S]*?\*/|/)*)"
)
_LINE_START = re.compile(rb"(?:^|\n)[ \t]*#[ \t]*\Z")
_COMMENT = re.compile(rb"/\*[\s\S]*?\*/|//[^\n]*")
_ARGUMENTS = rb"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"
_ATTRIBUTE = re.compile(rb"\[\[[\s\S]*?\]\]|\b[A-Za-z_]\w*\s*" + _ARGUMENTS)
_WORDS = re.compile(rb"[A-Za-z_]\w*(?:\s+[A-Za-z_]\w*)*")
# An inline namespace, which gives no name, may be named by another macro: `inline namespace ABI(major, minor) {`.
_OPENING = re.compile(
    rb"(?:(?:(?:inline\s+)?namespace(?:\s+[A-Za-z_][\w:]*)?|inline\s+namespace\s+[A-Za-z_]\w*\s*"
    + _ARGUMENTS
    + rb'|export|extern\s*"C(?:\+\+)?")\s*\{\s*)+'
)
_NAMESPACE = re.compile(rb"(?P<inline>inline\s+)?namespace(?:\s+(?P<name>[A-Za-z_][\w:]*))?\s*\{")
_CLOSING = re.compile(rb"(?:\}\s*)+")
_LONGEST_BODY = 400

_HARMLESS = frozenset(
    b"__attribute__ __attribute __declspec _Pragma __pragma alignas _Alignas __asm__ __asm throw "
    b"inline __inline __inline__ __forceinline static extern register constexpr consteval constinit const __const "
    b"volatile __volatile__ noexcept override final virtual explicit mutable thread_local __thread _Thread_local "
    b"restrict __restrict __restrict__ _Noreturn __extension__ __cdecl __stdcall __fastcall __vectorcall __thiscall "
    b"__pascal _Nonnull _Nullable _Null_unspecified __nonnull __nullable __unused "
    b"__device__ __host__ __global__".split()
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One ``#define`` line.

    Attributes:
        name: The macro.
        arguments: Whether it takes arguments.
        words: Words of the body when it is made of words and attributes only, else None.
        opens: Names of the namespaces it opens, inline and unnamed ones left out; None if it does not only open them.
        closes: How many braces it closes and does nothing else.
    """

    name: bytes
    arguments: bool
    words: tuple[bytes, ...] | None = None
    opens: tuple[str, ...] | None = None
    closes: int = 0


@dataclass(frozen=True, slots=True)
class Macros:
    """What is known for certain of a repository's macros.

    Attributes:
        harmless: Macros that can be blanked wherever they stand; the value says whether one takes arguments.
        opens: Macros that open namespaces, with the names these give.
        closes: Macros that close them.
    """

    harmless: dict[bytes, bool] = field(default_factory=dict)
    opens: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    closes: frozenset[bytes] = frozenset()


def survey(data: bytes) -> tuple[Definition, ...]:
    """Return the macro definitions of one file."""
    return tuple(
        _read(match["name"], match["arguments"], match["body"])
        for match in _DEFINE.finditer(data)
        if _LINE_START.search(data, max(0, match.start() - 80), match.start())
    )


def defined_names(data: bytes) -> list[tuple[int, str]]:
    """Return offset and name of every macro a file defines."""
    return [
        (match.start("name"), match["name"].decode())
        for match in _DEFINE.finditer(data)
        if _LINE_START.search(data, max(0, match.start() - 80), match.start())
    ]


def _read(name: bytes, arguments: bytes | None, body: bytes) -> Definition:
    takes = arguments is not None
    if len(body) > _LONGEST_BODY:
        return Definition(name, takes)
    body = _COMMENT.sub(b" ", body).replace(b"\\\n", b" ").strip()
    if not takes and _OPENING.fullmatch(body):
        named = (m["name"] for m in _NAMESPACE.finditer(body) if m["name"] and not m["inline"])
        return Definition(name, takes, opens=tuple(part for n in named for part in n.decode().split("::")))
    if not takes and _CLOSING.fullmatch(body):
        return Definition(name, takes, closes=body.count(b"}"))
    if body in (b'extern "C"', b'extern "C++"'):
        return Definition(name, takes, words=())
    words = [match.group().split(b"(")[0].strip() for match in _ATTRIBUTE.finditer(body) if match.group()[:1] != b"["]
    rest = _ATTRIBUTE.sub(b" ", body).strip()
    if rest and not _WORDS.fullmatch(rest):
        return Definition(name, takes)
    return Definition(name, takes, words=tuple(words + rest.split()))


def learn(surveys: Iterable[tuple[Definition, ...]]) -> Macros:
    """Return what every definition of a macro, over all files, agrees on."""
    definitions: dict[bytes, list[Definition]] = {}
    for facts in surveys:
        for definition in facts:
            definitions.setdefault(definition.name, []).append(definition)
    candidates = {
        name: set().union(*(d.words or () for d in found)) - _HARMLESS
        for name, found in definitions.items()
        if name not in _HARMLESS and all(d.words is not None for d in found)
    }
    harmless: set[bytes] = set()
    grown = True
    while grown:
        new = {name for name, needs in candidates.items() if name not in harmless and needs <= harmless}
        harmless |= new
        grown = bool(new)
    empty = Definition(b"", False, words=())
    opens = {
        name: max((d.opens for d in found if d.opens is not None), key=len)
        for name, found in definitions.items()
        if any(d.opens is not None for d in found) and all(d.opens is not None or d.words == empty.words for d in found)
    }
    closes = {
        name
        for name, found in definitions.items()
        if any(d.closes for d in found) and all(d.closes or d.words == empty.words for d in found)
    }
    return Macros(
        harmless={name: any(d.arguments for d in definitions[name]) for name in sorted(harmless)},
        opens=dict(sorted(opens.items())),
        closes=frozenset(closes),
    )
