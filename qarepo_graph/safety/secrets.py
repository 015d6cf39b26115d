r"""Find secrets in a text and put typed placeholders in their place.

Everything that leaves the process goes through :func:`redact`: request bodies, ledger rows, log lines, exported rows.
The rules are a table (``secret_rules.py``). A placeholder such as ``REDACTED_GITHUB_TOKEN_3f9a`` is an identifier, so
that code around it still parses; it is the same for the same secret in every run, so that the key of a piece of work
stays still, and it tells 16 bits of a hash, too few to confirm a guess. Lines keep their numbers: a placeholder holds
no line break, and a key of 20 lines leaves 20 lines.
"""

from __future__ import annotations

import base64
import functools
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

import re2

from qarepo_graph.safety.personal_rules import PERSONAL
from qarepo_graph.safety.secret_formats import SecretRule
from qarepo_graph.safety.secret_places import PLACES
from qarepo_graph.safety.secret_rules import FORMATS

_SHORTEST_KNOWN = 8
_ARMOUR = re2.compile(
    rb"-{4,5} ?BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}"
    rb"|PuTTY-User-Key-File-\d:[^\n]{0,80}|BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
)
_ARMOUR_END = re2.compile(
    rb"-{4,5} ?END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}|Private-MAC: ?[0-9a-f]*"
)
_ARMOUR_HINTS = (b"PRIVATE KEY", b"PuTTY-User-Key")
_KEY_RUN = re2.compile(rb"[A-Za-z0-9+/=]{20,}")
_LONGEST_ARMOUR = 16_384
_ENCODED = rb"\b(?:[0-9a-f]{48,}|[0-9A-F]{48,}|[A-Za-z0-9+/]{28,}={0,2})"
_CONTROL = re2.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# Where one string goes on in the next: `"abc" +⏎ "def"`, `"abc" "def"`, a backslash at the line's end; and, as group
# "wrap", a line break with nothing but the end of a word before it and nothing but one word behind it.
_STRINGS = (
    rb"""["'`][ \t]{0,99}(?:[+.&|\\]|<<|\.\.)?[ \t]{0,99}\\?\r?\n"""
    rb"""[ \t]{0,199}(?:[+.&|]|<<)?[ \t]{0,99}[rbuLfF@]{0,2}["'`]"""
    rb"""|["'][ \t]{0,99}(?:\+|\.\.|<<|&)[ \t]{0,99}[rbuf]?["']"""
    rb"""|["'][ \t]{1,99}["']"""
    rb"""|\\\r?\n[ \t]{0,199}"""
)
_WORD_END = rb"[A-Za-z0-9_-]"
_BREAK = rb"[ \t]{0,99}\r?\n[ \t]{0,199}(?:#|//|\*|--|;)?[ \t]{0,99}"
_ONE_WORD = rb"[A-Za-z0-9_+/=.-]{4,}[ \t]{0,99}(?:\r?\n|$)"
_JOINT = re.compile(rb"%b|(?P<wrap>(?<=%b)%b(?=%b))" % (_STRINGS, _WORD_END, _BREAK, _ONE_WORD))
# The same without looking around, which RE2 cannot: whether there is a joint at all. Three of four prompts have none.
_ANY_JOINT = rb"%b|%b%b%b" % (_STRINGS, _WORD_END, _BREAK, _ONE_WORD)


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret that was found.

    Attributes:
        kind: The format (``github_token``, ``password``, ``private_key`` …).
        line: 1-based line of the text it starts on.
        placeholder: What stands in its place.
        blocking: True for private keys: the text must not be sent even when redacted.
    """

    kind: str
    line: int
    placeholder: str
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without its secrets.

    Attributes:
        text: The text with placeholders; the very object given when nothing was found.
        findings: What was found, in the order of the text.
    """

    text: str
    findings: tuple[Finding, ...] = ()

    @property
    def blocking(self) -> bool:
        """True when one of the findings forbids sending the text at all."""
        return any(finding.blocking for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    kind: str
    blocking: bool
    pieces: tuple[tuple[int, int], ...] = ()
    """Where the secret lies when it is written in pieces; empty for one that is not."""
    wrapped: bool = False
    """True when a bare line break parts the pieces: then what a rule finds within one line counts first."""


def redact(text: str, known: Iterable[str] = (), *, personal: bool = False) -> Redaction:
    """Return the text with every secret replaced by a placeholder.

    Args:
        text: Any text; lone surrogates pass through.
        known: Secrets of this run (API keys), replaced wherever they stand, whatever they look like.
        personal: Replace e-mail addresses, phone, identity and card numbers too.
    """
    data = text.encode("utf-8", "surrogatepass")
    apply = _secrets().matching(data)
    split = list(_split_spans(data)) if _ANY_JOINT in apply else []
    spans = _first_of_each(
        [
            *_known_spans(data, known),
            *_armour_spans(data),
            *(_encoded_spans(data) if _ENCODED in apply else ()),
            *(span for span in split if not span.wrapped),
            *_rule_spans(data, apply),
            *(span for span in split if span.wrapped),
            *(_rule_spans(data, _personal().matching(data)) if personal else ()),
        ]
    )
    if not spans:
        return Redaction(text)
    out: list[bytes] = []
    findings = []
    at = counted = 0
    line = 1
    for span in spans:
        pieces = span.pieces or ((span.start, span.end),)
        secret = b"".join(data[start:end] for start, end in pieces)
        placeholder = _placeholder(span.kind, secret)
        line, counted = line + data.count(b"\n", counted, span.start), span.start
        findings.append(Finding(span.kind, line, placeholder, span.blocking))
        for number, (start, end) in enumerate(pieces):
            out.append(data[at:start])
            out.append(placeholder.encode() if number == 0 else b"")
            out.append(b"\n" * data.count(b"\n", start, end))
            at = end
    out.append(data[at:])
    return Redaction(b"".join(out).decode("utf-8", "surrogatepass"), tuple(findings))


def redact_json(value: Any, known: Sequence[str] = (), *, personal: bool = False) -> tuple[Any, tuple[Finding, ...]]:
    """Return a JSON value with the secrets in all its strings, keys included, replaced, and what was found."""
    found: list[Finding] = []

    def clean(part: Any) -> Any:
        if isinstance(part, str):
            redaction = redact(part, known, personal=personal)
            found.extend(redaction.findings)
            return redaction.text
        if isinstance(part, dict):
            return {clean(key): clean(item) for key, item in part.items()}
        return [clean(item) for item in part] if isinstance(part, (list, tuple)) else part

    return clean(value), tuple(found)


@dataclass(frozen=True, slots=True)
class _Scanner:
    """What to look for, compiled so that few passes over a text say which of it is there.

    Attributes:
        automata: RE2 sets, each with its members: rules, or patterns that call for a look of another kind.
    """

    automata: tuple[tuple[Any, tuple[SecretRule | bytes, ...]], ...]

    def matching(self, data: bytes) -> list[SecretRule | bytes]:
        """Return the members that match, in their order."""
        return [members[number] for which, members in self.automata for number in sorted(which.Match(data) or ())]


_PLACES_AT_ONCE = 5
"""Rules that know a secret by the words around it, in one automaton. Their open ends multiply each other's states: over
10 MB of code and documents all rules in one took 8.2 s of CPU to meet new text, these batches and the rest 1.4 s."""


def _compile(*groups: tuple[SecretRule | bytes, ...]) -> _Scanner:
    automata = []
    for members in groups:
        which = re2.Set.SearchSet(_options())
        for member in members:
            which.Add(member if isinstance(member, bytes) else member.pattern.encode())
        which.Compile()
        automata.append((which, members))
    return _Scanner(tuple(automata))


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 256 << 20
    options.log_errors = False
    return options


@functools.cache
def _expression(pattern: bytes) -> Any:
    """Compile one pattern to find its places, when it is first met: of 168 rules a repository meets a handful."""
    return re2.compile(pattern, _options())


@functools.cache
def _secrets() -> _Scanner:
    batches = (PLACES[at : at + _PLACES_AT_ONCE] for at in range(0, len(PLACES), _PLACES_AT_ONCE))
    return _compile((*FORMATS, _ANY_JOINT, _ENCODED), *batches)


@functools.cache
def _personal() -> _Scanner:
    return _compile(PERSONAL)


@functools.cache
def _split() -> _Scanner:
    return _compile(*(tuple(rule for rule in rules if rule.spans_lines) for rules in (FORMATS, PLACES)))


def _rule_spans(data: bytes, apply: Iterable[SecretRule | bytes]) -> Iterator[_Span]:
    for rule in apply:
        if isinstance(rule, bytes):
            continue
        expression = _expression(rule.pattern.encode())
        group = 1 if expression.groups else 0
        for match in expression.finditer(data):
            start, end = match.span(group)
            if start < 0 or (rule.longest and end - start > rule.longest):
                continue
            if rule.check(data[start:end].decode("utf-8", "replace")):
                yield _Span(start, end, rule.kind, rule.blocking)


def _known_spans(data: bytes, known: Iterable[str]) -> Iterator[_Span]:
    for secret in known:
        needle = secret.encode("utf-8", "surrogatepass")
        if len(needle) < _SHORTEST_KNOWN:
            continue
        start = data.find(needle)
        while start >= 0:
            yield _Span(start, start + len(needle), "api_key", blocking=False)
            start = data.find(needle, start + len(needle))


def _armour_spans(data: bytes) -> Iterator[_Span]:
    """Private keys in PEM, OpenPGP, SSH2 and PuTTY armour, whole or cut off."""
    if not any(hint in data for hint in _ARMOUR_HINTS):
        return
    for match in _ARMOUR.finditer(data):
        start, body = match.span()
        limit = min(len(data), body + _LONGEST_ARMOUR)
        closing = _ARMOUR_END.search(data, body, limit)
        stop = closing.start() if closing else limit
        runs = [run.span() for run in _KEY_RUN.finditer(data, body, stop)]
        # Code that only speaks of the frame has no run of key material in it.
        if sum(end - begin for begin, end in runs) < 40:
            continue
        yield _Span(start, closing.end() if closing else runs[-1][1], "private_key", blocking=True)


def _encoded_spans(data: bytes) -> Iterator[_Span]:
    """Base64 and hexadecimal digits that hold a text with a secret in it, which is always shorter than they are."""
    for match in _expression(_ENCODED).finditer(data):
        plain = _decoded(match.group())
        if plain is None or not plain.isascii() or _CONTROL.search(plain):
            continue
        inside = redact(plain.decode())
        if inside.findings:
            yield _Span(match.start(), match.end(), inside.findings[0].kind, inside.blocking)


def _decoded(run: bytes) -> bytes | None:
    try:
        return bytes.fromhex(run.decode())
    except ValueError:
        body = run.rstrip(b"=")
        return None if len(body) % 4 == 1 else base64.b64decode(body + b"=" * (-len(body) % 4))


def _split_spans(data: bytes) -> Iterator[_Span]:
    """Tokens of a distinct format whose text is written in pieces over several strings or lines."""
    joints = list(_JOINT.finditer(data))
    kept = []  # (start in the joined text, start in the data)
    parts = []
    at = length = 0
    for joint in joints:
        kept.append((length, at))
        parts.append(data[at : joint.start()])
        length += joint.start() - at
        at = joint.end()
    kept.append((length, at))
    parts.append(data[at:])
    joined_starts = [start for start, _ in kept]
    joined = b"".join(parts)
    for span in _rule_spans(joined, _split().matching(joined)):
        first, last = (bisect_right(joined_starts, place) - 1 for place in (span.start, span.end - 1))
        if first == last:
            continue
        pieces = []
        for number in range(first, last + 1):
            joined_start, data_start = kept[number]
            joined_end = joined_starts[number + 1] if number + 1 < len(kept) else length + len(parts[-1])
            begin, end = max(span.start, joined_start), min(span.end, joined_end)
            if begin < end:
                pieces.append((data_start + begin - joined_start, data_start + end - joined_start))
        wrapped = any(joint["wrap"] is not None for joint in joints[first:last])
        yield _Span(pieces[0][0], pieces[-1][1], span.kind, span.blocking, tuple(pieces), wrapped)


def _first_of_each(spans: list[_Span]) -> list[_Span]:
    """Return the spans in the order of the text; of overlapping ones the one found by the earlier rule."""
    taken: list[_Span] = []
    for span in spans:
        place = bisect_right(taken, span.start, key=lambda other: other.start)
        clear_before = place == 0 or taken[place - 1].end <= span.start
        if clear_before and (place == len(taken) or span.end <= taken[place].start):
            taken.insert(place, span)
    return taken


def _placeholder(kind: str, secret: bytes) -> str:
    digest = blake2s(secret, key=b"qarepo-graph placeholder 1", digest_size=2).hexdigest()
    return f"REDACTED_{kind.upper()}_{digest}"
