"""Screen what parsing found before anything else sees it: secrets out, unwanted licences out, oddities counted.

This is the gate that everything passes: ledger, prompts, rule-based backend and exports all read the functions that
come out of here, so a secret in code stops here and not at five later places.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from qarepo_graph.safety.injection import instructions_to_a_model
from qarepo_graph.safety.licences import permitted
from qarepo_graph.safety.secrets import Finding, redact, redact_json
from qarepo_graph.safety.special_tokens import HiddenKind, break_chat_tokens, excluding_kinds, hidden_kinds
from qarepo_graph.schema import Function, ParsedFile, SourceFile, TypeDeclaration

MOST_PLACES = 1000
"""Places kept for the report; past that only the counts grow."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is screened for.

    Attributes:
        secrets: ``redact`` puts placeholders in; ``skip-function`` leaves such functions out; ``fail`` is ``redact``
            here, and the caller refuses to go on. Private keys leave the function out in any case.
        personal: Replace personal data too.
        licences: SPDX ids allowed; empty allows all.
        suspicious: Keep functions that hold hidden text or speak to a model; without it they are left out, because
            their text would stand in the rows whatever the answers say.
    """

    secrets: Literal["redact", "skip-function", "fail"] = "redact"
    personal: bool = False
    licences: Collection[str] = ()
    suspicious: bool = False


@dataclass(slots=True)
class Screening:
    """What was found in a whole repository.

    Attributes:
        secrets: Count by kind.
        places: ``path:line kind`` of each, at most :data:`MOST_PLACES`.
        left_out: Reason by function id.
        hidden: Functions by kind of hidden text (``bidi``, ``chat_token`` …).
        instructed: Ids of functions whose text speaks to a model.
        licences: Functions by licence; the empty key is those of none.
    """

    secrets: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    hidden: Counter[str] = field(default_factory=Counter)
    instructed: list[str] = field(default_factory=list)
    licences: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, int]:
        """Return the totals the graph's state carries."""
        return {
            "secrets": sum(self.secrets.values()),
            "left_out": len(self.left_out),
            "hidden_text": sum(self.hidden.values()),
            "instructions": len(self.instructed),
        }

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON types, for the report."""
        return {
            "secrets": dict(sorted(self.secrets.items())),
            "places": self.places,
            "left_out": self.left_out,
            "hidden": dict(sorted(self.hidden.items())),
            "instructed": self.instructed,
            "licences": dict(sorted(self.licences.items())),
        }


def screen(files: Iterator[ParsedFile], policy: Policy, screening: Screening) -> Iterator[ParsedFile]:
    """Yield the files as the rest of the pipeline may see them, and write down what was found.

    Args:
        files: As parsing yields them.
        policy: What to do about findings.
        screening: Filled while the files are taken.
    """
    for parsed in files:
        kept = []
        licence = parsed.file.licence
        path_hidden, path_speaks = _oddities(parsed.file.path)
        for function in parsed.functions:
            clean, findings = _function(function, policy)
            _note(screening, function, findings)
            hidden, speaks = _oddities(f"{clean.code}\n\n{clean.docstring}")
            excluding = next((kind for kind in (*path_hidden, *hidden) if kind != "chat_token" or path_hidden), "")
            speaks = speaks or path_speaks
            screening.hidden.update({*hidden, *path_hidden})
            if speaks:
                screening.instructed.append(function.id)
            reason = _left_out(findings, licence, policy) or _suspicious(excluding, speaks, policy)
            if reason:
                screening.left_out[function.id] = reason
                continue
            screening.licences[licence] += 1
            kept.append(_broken_up(clean) if "chat_token" in hidden else clean)
        yield ParsedFile(_file(parsed.file, policy), tuple(kept))


def _oddities(text: str) -> tuple[tuple[HiddenKind, ...], bool]:
    return hidden_kinds(text), bool(instructions_to_a_model(text))


def _suspicious(hidden: str, speaks: bool, policy: Policy) -> str:
    if policy.suspicious:
        return ""
    if hidden:
        return f"Hidden text stands in it ({hidden.replace('_', ' ')}); --include-suspicious keeps it."
    return "Its text gives instructions to a model; --include-suspicious keeps it." if speaks else ""


def _broken_up(function: Function) -> Function:
    """Return the function with its chat tokens broken up, so that no tokenizer takes them for its own."""
    broken = Function.from_record(_in_strings(function.to_record(), break_chat_tokens))
    return replace(broken, id=function.id, file=function.file)


def _in_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _in_strings(item, change) for key, item in value.items()}
    return [_in_strings(item, change) for item in value] if isinstance(value, (list, tuple)) else value


def _function(function: Function, policy: Policy) -> tuple[Function, tuple[Finding, ...]]:
    code = redact(function.code, personal=policy.personal)
    apart = function.docstring and function.docstring not in function.code
    docstring = redact(function.docstring, personal=policy.personal) if apart else None
    if not code.findings and not (docstring and docstring.findings):
        return function, ()
    # Only now the fields that repeat parts of the code, in whatever shape.
    record, _ = redact_json(function.to_record(), personal=policy.personal)
    clean = Function.from_record(record)
    # The id names the function in the user's own files; the hash must not let anyone try passwords against it.
    hashed = hashlib.sha256(code.text.encode("utf-8", "surrogatepass")).hexdigest()
    clean = replace(clean, id=function.id, file=function.file, code=code.text, code_hash=hashed)
    return clean, (*code.findings, *(docstring.findings if docstring else ()))


def _file(file: SourceFile, policy: Policy) -> SourceFile:
    """Return the file's own facts screened; what speaks to a model goes, prompts quote imports, heads and documents."""
    texts = [file.docstring, *file.imports]
    texts += [text for declaration in file.types for text in (declaration.head, declaration.docstring)]
    joined = "\n\n".join(texts)
    if not joined.strip():
        return file
    if redact(joined, personal=policy.personal).findings:
        record, _ = redact_json(file.to_record(), personal=policy.personal)
        file = replace(SourceFile.from_record(record), path=file.path)
    if "chat_token" in hidden_kinds(joined):
        file = replace(SourceFile.from_record(_in_strings(file.to_record(), break_chat_tokens)), path=file.path)
    if not policy.suspicious and _strange(joined):
        file = replace(
            file,
            docstring="" if _strange(file.docstring) else file.docstring,
            imports=tuple(line for line in file.imports if not _strange(line)),
            types=tuple(_plain_type(declaration) for declaration in file.types),
        )
    return file


def _plain_type(declaration: TypeDeclaration) -> TypeDeclaration:
    """Return a type without documentation or head that speaks to a model."""
    if _strange(declaration.docstring):
        declaration = replace(declaration, docstring="")
    if _strange(declaration.head):
        declaration = replace(declaration, head=f"{declaration.kind} {declaration.name}", bases=())
    return declaration


def _strange(text: str) -> bool:
    return bool(text) and bool(excluding_kinds(text) or instructions_to_a_model(text))


def _note(screening: Screening, function: Function, findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        screening.secrets[finding.kind] += 1
        if len(screening.places) < MOST_PLACES:
            screening.places.append(f"{function.file}:{function.start_line + finding.line - 1} {finding.kind}")


def _left_out(findings: tuple[Finding, ...], licence: str, policy: Policy) -> str:
    if any(finding.blocking for finding in findings):
        return "A private key stands in it; move the key out of the code."
    if findings and policy.secrets == "skip-function":
        return f"A secret stands in it ({findings[0].kind}); --secrets redact replaces secrets instead."
    if policy.licences and not permitted(licence, policy.licences):
        return f"Its licence is {licence or 'not known'}; --allow-license admits more."
    return ""
