"""What a sentence claims about code, taken out of its prose: names, paths, lines, calls, exceptions, parents.

A claim is anything that can be looked up. Names count when they stand in backticks or are shaped like code
(``snake_case``, ``camelCase``, ``a.b``, ``a::b``, ``f()``); plain words never do, so a sentence without code claims
nothing here. Both English and Chinese wordings of the relations are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from qarepo_graph.quality.screening import screen

ClaimKind = Literal["name", "path", "lines", "calls", "raises", "inherits", "located", "literal"]

_CJK = "\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7af\uff00-\uffef"
_IDENT = rf"[^\W\d{_CJK}][^\W{_CJK}]*"
IDENTIFIER = re.compile(_IDENT)
"""An identifier of any supported language, Chinese characters left out because prose runs into code there."""

_CHAIN = re.compile(rf"(?<![A-Za-z0-9_$@]){_IDENT}(?:(?:\.|::|->|#)~?{_IDENT})*")
_SEPARATOR = re.compile(r"\.|::|->|#")
_SOURCE_EXTENSIONS = "pyi|py|java|cpp|cxx|cc|hpp|hxx|hh|ipp|tpp|c|h"
_OTHER_EXTENSIONS = (
    "json|ya?ml|toml|cfg|ini|txt|md|rst|csv|tsv|xml|html?|css|js|ts|go|rs|sh|bat|exe|dll|so|gz|zip|tar|log|"
    "properties|gradle|kt|png|jpe?g|pdf|sql|lock|conf|env|pem|com|org|net|io|dev|edu"
)
SOURCE_PATH = re.compile(
    rf"(?<![\w/.:-])(?:(?:[\w.+-]+/)+[\w+-][\w.+-]*|[\w+-]+)\.(?:{_SOURCE_EXTENSIONS})\b(?![\w/(]|\.\w)", re.ASCII
)
"""A path or file name of source code."""
_OTHER_FILE = re.compile(
    rf"(?<![\w/])(?![A-Z]\w*[a-z]\w*\.(?:log|json|io|env|conf|lock|zip|tar|sql)\b)"
    rf"[\w./+-]*[\w+-]\.(?:{_OTHER_EXTENSIONS})\b(?![\w(.])",
    re.ASCII,
)
"""A file name of another kind; ``Logger.log`` is a method, ``server.log`` a file."""
_DOTTED = re.compile(r"\.\w")
_ROOTED = re.compile(r"(?<![\w.)\]<])[~.]?/[\w.-]+(?:/[\w.-]+)*")
_DEFINITION = re.compile(r"(?<!\S)-D(?=[A-Za-z])")
"""The switch before a property's or macro's name on a command line."""
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s`）)]+", re.IGNORECASE)
_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_STRING = re.compile(r"[bfru]{0,2}\"(?:[^\"\\\n]|\\.)*\"|[bfru]{0,2}'(?:[^'\\\n]|\\.)*'", re.IGNORECASE)
_NUMBER = re.compile(r"-?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)", re.IGNORECASE)
_LINES = re.compile(
    r"\blines?\s+(\d{1,6})(?:\s*(?:-|–|—|to|through)\s*(\d{1,6}))?|第\s*(\d{1,6})\s*(?:[-–—~～至到]\s*(?:第\s*)?(\d{1,6})\s*)?行",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_NEGATED = re.compile(
    r"\b(?:not|never|no|without|instead|rather|nor|neither|cannot|avoid\w*|suppress\w*|catch\w*|swallow\w*|handl\w+|ignor\w+)\b|n't\b|"
    r"不会?|没有|无需|未|避免|捕获|忽略|而非|而不",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"(?:\w*(?:Error|Exception|Warning|Interrupt|Failure|Fault|Exit|Iteration)|\w*_error|bad_\w+|out_of_range|"
    r"invalid_argument|\w+_exception)\Z"
)
_RAISE_VERB = re.compile(r"\b(?:raises?|raising|throws?|throwing)\b|抛出|引发", re.IGNORECASE)
_OUGHT = re.compile(r"\bshould\s+(?:\w+\s+)?$", re.IGNORECASE)
"""Before a verb of raising: what others are to do, not what the code does."""
_GLOB = re.compile(r"\w*\*\.?\w+|\w+_\*")
_EXAMPLE = re.compile(r"\b(?:for example|for instance|e\.g\.)|例如|比如|譬如", re.IGNORECASE)
_SOMEONE_ELSE = re.compile(
    r"\b(?:callers?|users?|clients?|you|that|which|who|must|should|can|if it|(?:must|should|can) [\w ]{2,18})\s+$",
    re.IGNORECASE,
)
_CALL_VERB = re.compile(
    r"\b(?:calls|invokes|delegates to|by (?:calling|invoking|delegating to)|then calls?)\b|"
    r"^(?:call|invoke|delegate to)\b|(?<!被)(?:调用|委托给)",
    re.IGNORECASE,
)
_CALLER = re.compile(
    r"(?:^|[,;:`)]|\b(?:it|this|and|or|then|also|first|finally|next|simply|just|only|always|directly|internally|"
    r"function|method|constructor|destructor|operator|step|code|body|loop|line|branch|implementation|by|otherwise))\s*$|"
    r"[㐀-鿿]\s*$",
    re.IGNORECASE,
)
"""What stands before a verb of calling when the function itself is the caller."""
_INHERIT_VERB = re.compile(
    r"\b(?:inherits from|extends|is a subclass of|subclasses|derives from)\b|继承自|派生自", re.IGNORECASE
)
_LOCATION = re.compile(
    r"\b(?:defined|located|implemented|declared|found|lives|resides|stands) (?:in|inside|at)\b|"
    r"位于|定义(?:在|于)|实现(?:在|于)|声明(?:在|于)",
    re.IGNORECASE,
)
_ANY_VERB = re.compile(
    "|".join(verbs.pattern for verbs in (_RAISE_VERB, _CALL_VERB, _INHERIT_VERB, _LOCATION)),
    re.IGNORECASE | re.MULTILINE,
)
_MAY_RELATE = screen(_ANY_VERB)
_MAY_EXEMPLIFY = screen(_EXAMPLE)
_OBJECT_END = re.compile(
    r"[.;:。；：]\s|\b(?:when|if|because|unless|after|before|which|that|while|so|where|to|with|for|on|until|returns?|raises?|throws?)\b|"
    r"如果|当|时|因为|以便|然后|并返回|并将|将|来|，(?!\s*`)",
    re.IGNORECASE,
)
_PLURAL_ACRONYM = re.compile(r"[A-Z]{2,}s\Z")
_HUMPS = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2,}[a-z]")
_ROMAN_ABBREVIATION = frozenset({"e.g", "i.e", "a.k.a", "a.m", "p.m", "et.al", "vs", "etc", "w.r.t", "U.S", "Ph.D"})


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a text says that can be looked up.

    Attributes:
        kind: What is claimed.
        text: The name, path or literal as written; for ``lines`` the wording.
        parts: A name's identifiers from left to right.
        marked: True when it stood in backticks, False for a bare code-like word.
        start: First line, for ``lines``.
        end: Last line, for ``lines``.
    """

    kind: ClaimKind
    text: str
    parts: tuple[str, ...] = ()
    marked: bool = True
    start: int = 0
    end: int = 0


def claims_of(text: str) -> list[Claim]:
    """Return what a text claims, names first in the order of the text, then the relations."""
    found: list[Claim] = []
    text = _DEFINITION.sub(" ", text) if "-D" in text else text
    text = _without_examples(_URL.sub(" ", text) if "://" in text else text)
    text = _ROOTED.sub(_unquoted, text) if "/" in text else text
    for span in _SPAN.finditer(text):
        found.extend(_span_claims(span.group(2)))
    bare = _SPAN.sub(_blank, text)
    found.extend(_bare_claims(bare))
    found.extend(_line_claims(bare))
    if _MAY_RELATE(text):
        for sentence in _SENTENCE_END.split(text):
            if _MAY_RELATE(sentence):
                found.extend(_relation_claims(sentence))
    return found


def identifiers(text: str) -> frozenset[str]:
    """Return every identifier in a piece of code, comments and strings included."""
    return frozenset(IDENTIFIER.findall(text))


def _without_examples(text: str) -> str:
    """Cut each sentence where it starts to give an example: made-up names are what examples are for."""
    if not _MAY_EXEMPLIFY(text):
        return text
    kept = []
    for sentence in _SENTENCE_END.split(text):
        example = _EXAMPLE.search(_SPAN.sub(_blank, sentence))
        kept.append(sentence[: example.start()] if example else sentence)
    return "\n".join(kept)


def _unquoted(path: re.Match[str]) -> str:
    """Blank a path, but leave one inside a string literal, whose text has to stand in the code as it is."""
    return path.group() if path.string[path.start() - 1 : path.start()] in {'"', "'"} else " "


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


@lru_cache(maxsize=4096)
def _span_claims(span: str) -> tuple[Claim, ...]:
    """Return what one code span claims; remembered, because steps and questions quote the same code again."""
    if IDENTIFIER.fullmatch(span):
        return (Claim("name", span, (span,)),)
    found: list[Claim] = []
    stripped = span.strip()
    if _STRING.fullmatch(stripped) and _ROOTED.match(stripped.lstrip("bfruBFRU")[1:]):
        return ()  # a path on some machine
    if _STRING.fullmatch(stripped) or _NUMBER.fullmatch(stripped):
        return (Claim("literal", stripped),)
    found.extend(Claim("path", path) for path in SOURCE_PATH.findall(span))
    rest = _GLOB.sub(" ", _STRING.sub(" ", _OTHER_FILE.sub(" ", SOURCE_PATH.sub(" ", span))))
    if "..." in rest or "…" in rest:
        rest = rest.partition("(")[0]  # in ``call(first, ..., last)`` the arguments stand for any
    found.extend(Claim("name", chain, _parts(chain)) for chain in _CHAIN.findall(rest))
    return tuple(found)


def _bare_claims(text: str) -> list[Claim]:
    found: list[Claim] = []
    rest = text
    if _DOTTED.search(text):
        found.extend(Claim("path", path, marked=False) for path in SOURCE_PATH.findall(text))
        rest = _OTHER_FILE.sub(_blank, SOURCE_PATH.sub(_blank, text))
    for chain in _CHAIN.finditer(rest):
        word = chain.group()
        after = rest[chain.end() : chain.end() + 4]
        if _code_like(word, after):
            found.append(Claim("name", word, _parts(word), marked=False))
    return found


def _parts(chain: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"\.|::|->|#", chain.replace("~", "")) if part)


def _code_like(word: str, after: str) -> bool:
    if word.isalpha() and (word.islower() or word.istitle()) and not after.startswith("("):
        return False
    if _SEPARATOR.search(word):
        if word in _ROMAN_ABBREVIATION:
            return False
        return "::" in word or "->" in word or all(len(part) > 1 or part.islower() for part in _parts(word))
    if "_" in word.strip("_"):
        return True
    if after.startswith("(") and not after.startswith(("(s)", "(es)", "(ie")):
        return after.startswith("()") or bool(_HUMPS.search(word))
    return bool(_HUMPS.search(word)) and not _PLURAL_ACRONYM.fullmatch(word)


def _line_claims(text: str) -> list[Claim]:
    found = []
    for match in _LINES.finditer(text):
        first = int(match.group(1) or match.group(3))
        last = int(match.group(2) or match.group(4) or first)
        found.append(Claim("lines", match.group().strip(), start=first, end=last))
    return found


def _relation_claims(sentence: str) -> list[Claim]:
    found: list[Claim] = []
    for verb in _RAISE_VERB.finditer(sentence):
        before = sentence[max(0, verb.start() - 25) : verb.start()]
        if _NEGATED.search(before) or _OUGHT.search(before):
            continue
        names = _objects(sentence, verb.end())
        found.extend(Claim("raises", name, _parts(name)) for name in names if _EXCEPTION.fullmatch(_parts(name)[-1]))
    for place in _LOCATION.finditer(sentence):
        path = SOURCE_PATH.search(sentence, place.end(), place.end() + 120)
        if path and not _NEGATED.search(sentence[max(0, place.start() - 25) : place.start()]):
            found.append(Claim("located", path.group()))
    for kind, verbs in (("calls", _CALL_VERB), ("inherits", _INHERIT_VERB)):
        for verb in verbs.finditer(sentence):
            before = sentence[max(0, verb.start() - 25) : verb.start()]
            if _NEGATED.search(before) or _SOMEONE_ELSE.search(before):
                continue
            if kind == "inherits" or _CALLER.search(before):
                found.extend(Claim(kind, name, _parts(name)) for name in _objects(sentence, verb.end()))  # type: ignore[arg-type]  # the tuple above holds only claim kinds
    return found


def _objects(sentence: str, start: int) -> list[str]:
    """Return the code names a verb governs: those up to the end of its clause."""
    rest = sentence[start : start + 200]
    if rest.count("`") % 2:
        rest = rest[: rest.rindex("`")]
    masked = _SPAN.sub(_blank, rest)
    end = _OBJECT_END.search(masked)
    clause = rest[: end.start()] if end else rest
    names: list[str] = []
    for span in _SPAN.finditer(clause):
        chain = _CHAIN.match(span.group(2).strip())
        if chain:
            names.append(chain.group())
    bare = _SPAN.sub(_blank, clause)
    for chain in _CHAIN.finditer(bare):
        after = bare[chain.end() : chain.end() + 4]
        if _code_like(chain.group(), after) or _EXCEPTION.fullmatch(chain.group()):
            names.append(chain.group())
    return names
