"""Whether what a text claims about code is so: every name, path, line, call, exception and parent is looked up.

A claim is *supported* (it stands in what the model was shown), *known* (it exists in the repository or in the
language) or *unsupported*. Only the last is reported. Measured on a rival's released rows, up to 85 of 318 named
something found in no indexed source, 35 of them by letter case alone; hence the separate finding for case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qarepo_graph.quality.claims import Claim, claims_of
from qarepo_graph.quality.evidence import Evidence, RepositoryNames
from qarepo_graph.quality.implicit_exceptions import may_raise
from qarepo_graph.quality.language_names import PROSE_NAMES, language_names

_OWN_SCOPE = frozenset({"self", "cls", "this", "super"})
_PACKAGE_ROOTS = frozenset({"java", "javax", "jdk", "sun", "jakarta", "android", "androidx", "kotlin"})
_METASYNTACTIC = frozenset({"foo", "bar", "baz", "qux", "foobar", "spam", "eggs", "xyz", "xxx", "abc"})
_PROSE = frozenset(name.lower() for name in PROSE_NAMES)
_INDEXED = re.compile(r"[A-Za-z]_[A-Za-z0-9]{1,2}")
"""A letter with an index, as mathematical prose writes it (``G_k``)."""
_UNCLEAR = re.compile(r"[A-Z]{2,}[a-z]+|[yMdHhmsSaz]+")
"""Bare words that may be an acronym with an ending (``JSONPath``) or a date format (``yyyyMMdd``)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim that does not hold.

    Attributes:
        code: ``invented_name``, ``wrong_case``, ``not_a_member``, ``missing_path``, ``wrong_file``,
            ``lines_outside``, ``not_called``, ``not_raised``, ``not_inherited`` or ``invented_literal``.
        subject: The name, path or literal as the text wrote it.
        reason: A sentence a model can act on.
    """

    code: str
    subject: str
    reason: str


def ungrounded(text: str, evidence: Evidence, index: RepositoryNames) -> list[Finding]:
    """Return the claims of a text that nothing supports, each subject once, in the order of the text."""
    found: dict[tuple[str, str], Finding] = {}
    for claim in claims_of(text):
        finding = _CHECKS[claim.kind](claim, evidence, index)
        if finding is not None:
            found.setdefault((finding.code, finding.subject), finding)
    return list(found.values())


def _name(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:
    unknown = next((part for part in claim.parts if not _known(part, evidence, index)), None)
    if unknown is None:
        return _member(claim, evidence, index)
    if _foreign(claim.parts, evidence, index) or _unremarkable(unknown, claim, evidence, index):
        return None
    spelling = evidence.spellings.get(unknown.lower())
    if spelling is not None and not claim.marked and spelling.islower() and spelling.isalpha():
        return None  # a product's name in prose (``NetworkX``) for the package ``networkx``
    if spelling is not None:
        reason = f"`{unknown}` is spelled `{spelling}` in the code; keep the exact spelling."
        return Finding("wrong_case", unknown, reason)
    near = next(iter(index.nearest(unknown)), "")
    hint = f" (nearest real name: `{near}`)" if near else ""
    reason = f"`{unknown}` is neither in the code shown nor in the repository{hint}; name only what exists."
    return Finding("wrong_case" if near.lower() == unknown.lower() else "invented_name", unknown, reason)


def _known(name: str, evidence: Evidence, index: RepositoryNames) -> bool:
    """Say whether a bare name exists anywhere; folders count, because they are parts of dotted names."""
    return evidence.knows(name) or index.has_name(name) or index.mentions(name) or index.has_path(name)


def _foreign(parts: tuple[str, ...], evidence: Evidence, index: RepositoryNames) -> bool:
    """Say whether a dotted name starts outside the repository (``java.util.X``, ``np.abs``): nothing here can tell."""
    head = parts[0]
    if len(parts) < 2 or head in _OWN_SCOPE or index.has_scope(head):
        return False
    if index.types_named(head) or index.functions_named(head):
        return False
    if head in _PACKAGE_ROOTS or head in evidence.imported:
        return not index.has_path(head)
    return head in language_names(evidence.language) and head not in evidence.own


def _unremarkable(name: str, claim: Claim, evidence: Evidence, index: RepositoryNames) -> bool:
    """Say whether an unknown name is one that prose may make up: ``x``, ``foo``, ``PATH``, a known name's plural."""
    bare = name.strip("_")
    if (
        len(bare) <= 1
        or bare.lower() in _METASYNTACTIC
        or _INDEXED.fullmatch(name)
        or (bare.isupper() and "_" not in bare)
    ):
        return True
    if name.endswith("s") and _known(name[:-1], evidence, index):
        return True
    stem = name.rstrip("0123456789")
    if stem != name and (_known(stem, evidence, index) or _known(stem + "s", evidence, index)):
        return True  # ``item1`` and ``item2`` of ``items``
    if claim.marked:
        return False
    if bare.isupper():
        return True
    return name.lower() in _PROSE or claim.text.lower() in _PROSE or bool(_UNCLEAR.fullmatch(name))


def _member(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:
    """Check the last step of a dotted name whose owner is a type of the repository."""
    if len(claim.parts) < 2 or claim.text in evidence.code or claim.text in evidence.surroundings:
        return None
    owner, member = claim.parts[-2], claim.parts[-1]
    if len(claim.parts) > 2 and not _declared(claim.parts[-3], index):
        return None  # ``JavaFileObject.Kind`` is not the repository's own ``Kind``
    if member in evidence.own or member in evidence.added or member in language_names(evidence.language):
        return None
    declarations = index.types_named(owner)
    if not declarations or _has_member(owner, member, index, set()):
        return None
    reason = f"`{owner}` has no member `{member}`; name only members that exist."
    return Finding("not_a_member", claim.text, reason)


def _declared(name: str, index: RepositoryNames) -> bool:
    return name in _OWN_SCOPE or index.has_name(name) or index.has_path(name)


def _has_member(owner: str, member: str, index: RepositoryNames, seen: set[str]) -> bool:
    """Say whether a type or one of its bases has a member; unknown bases count as having it."""
    declarations = index.types_named(owner)
    if owner in seen or not declarations:
        return owner not in seen
    seen.add(owner)
    if index.has_name(f"{owner}.{member}"):
        return True
    bases = {re.split(r"\.|::", base)[-1] for declaration in declarations for base in declaration.bases}
    return any(_has_member(base, member, index, seen) for base in sorted(bases - {"object", "Object"}))


def _path(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:
    path = claim.text.removeprefix("./")
    if (
        _same_file(path, evidence.file)
        or path in evidence.files
        or path in evidence.code
        or path in evidence.surroundings
        or index.has_path(path)
    ):
        return None
    here = f"; the function is in `{evidence.file}`" if evidence.file else "; name only files that exist"
    return Finding("missing_path", path, f"`{path}` is not a file of the repository{here}.")


def _located(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:
    path = claim.text.removeprefix("./")
    if not evidence.file or _same_file(path, evidence.file) or path in evidence.code or not index.has_path(path):
        return None
    return Finding("wrong_file", path, f"The function is in `{evidence.file}`, not in `{path}`.")


def _same_file(path: str, file: str) -> bool:
    return bool(file) and (path == file or file.endswith("/" + path))


def _lines(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:  # noqa: ARG001 - one signature for all checks
    if not evidence.lines or (1 <= claim.start <= claim.end <= evidence.lines):
        return None
    reason = f"{claim.text!r} lies outside the function, whose lines are 1 to {evidence.lines}."
    return Finding("lines_outside", claim.text, reason)


def _calls(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:  # noqa: ARG001 - one signature for all checks
    name = claim.parts[-1]
    if name in evidence.own or name in evidence.callees or name in evidence.added:
        return None
    reason = f"The function does not call `{claim.text}`; name only the calls written in its lines."
    return Finding("not_called", claim.text, reason)


def _raises(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:  # noqa: ARG001 - one signature for all checks
    name = claim.parts[-1]
    if name in evidence.own or name in evidence.spoken or name in evidence.raised:
        return None
    if may_raise(name, evidence.code, evidence.language):
        return None
    reason = f"Nothing in the code raises `{claim.text}`; name only exceptions that its lines raise."
    return Finding("not_raised", claim.text, reason)


def _inherits(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:
    name = claim.parts[-1]
    if evidence.bases is None or name in evidence.bases or name in evidence.own or not index.types_named(name):
        return None
    reason = f"The type around the function does not inherit from `{claim.text}`; leave that out."
    return Finding("not_inherited", claim.text, reason)


def _literal(claim: Claim, evidence: Evidence, index: RepositoryNames) -> Finding | None:
    value = claim.text.lstrip("bfruBFRU").strip("\"'") if claim.text[-1:] in "\"'" else claim.text
    if (
        len(value) <= 1
        or value in evidence.code
        or value in evidence.surroundings
        or index.has_name(value)
        or index.mentions(value)
    ):
        return None
    if claim.text[-1:] not in "\"'":
        return None if _plain_number(value) else _invented_literal(claim)
    return _invented_literal(claim)


def _plain_number(value: str) -> bool:
    """Say whether a number is one that prose may use of its own accord (``0``, ``1``, ``-1``, ``2``)."""
    return value.lstrip("-") in {"0", "1", "2", "0.0", "1.0"}


def _invented_literal(claim: Claim) -> Finding:
    return Finding(
        "invented_literal", claim.text, f"`{claim.text}` does not stand in the code; quote values as they are written."
    )


_CHECKS = {
    "name": _name,
    "path": _path,
    "located": _located,
    "lines": _lines,
    "calls": _calls,
    "raises": _raises,
    "inherits": _inherits,
    "literal": _literal,
}
