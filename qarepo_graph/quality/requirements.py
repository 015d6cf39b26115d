"""Whether a new-feature requirement is feasible: new, built on what exists, and unlike the others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qarepo_graph.quality.claims import IDENTIFIER
from qarepo_graph.quality.evidence import RepositoryNames
from qarepo_graph.quality.search import FunctionSearch
from qarepo_graph.quality.terms import content_terms
from qarepo_graph.schema import Function, Language

MAX_ALIKE = 0.6
"""Share of content words (of the shorter question) from which two requirements count as the same."""
IMPLEMENTED = 0.8
"""Share of a requirement's content, weighed by rarity, that one function's name and documentation may hold."""
ALL_TOLD = 0.9
"""Share of a function's documentation that a requirement may repeat."""

_TELLING = 3
"""Content words from which an overlap says something."""

_NEW_MARK = re.compile(r"\s*[（(]\s*(?:new|新增?|新建|新文件)\s*(?:file|文件)?\s*[)）]\s*$", re.IGNORECASE)
_HOW_TO = {
    "en": re.compile(r"^\s*how\s+(?:to|can|could|do|does|would|should|might|is|are)\b", re.IGNORECASE),
    "zh": re.compile(r"如何|怎么|怎样"),
}
_QUALIFIED = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::|#)~?[A-Za-z_]\w*)*")
_NAMELESS = re.compile(r"<(?:anon|locals)>(?:::|\.)|(?<=::)\w+\([^()]*\)::|^\w+\([^()]*\)::")
"""Scopes without a name of their own, as qualified names show them: unnamed namespaces, closures, test macros."""
_BACKTICKED = re.compile(r"`([^`]+)`")


def not_a_how_to(question: str, language: Language) -> str:
    """Return a sentence when a requirement is not worded "How to …?" / "如何…？", else an empty string."""
    if _HOW_TO[language].search(question) and question.rstrip().endswith(("?", "？")):
        return ""
    shape = {"en": "'How to …?'", "zh": "“如何…？”"}[language]
    return f"The requirement must be a question of the form {shape}; word it so."


def missing_reuse(reuses: Iterable[str], index: RepositoryNames) -> list[str]:
    """Return a sentence for each reused name that the repository does not have."""
    objections = []
    for entry in reuses:
        name = declared_name(entry)
        if index.functions_named(entry.strip().strip("`")):
            continue  # a name of more than identifiers: ``TEST_F(LoopTest, StopsEarly)``
        if not name or not _exists(name, index):
            near = next(iter(index.nearest(last_part(name or entry))), "")
            hint = f" (nearest real name: `{near}`)" if near else ""
            objections.append(f"`{entry}` under reuses does not exist in the repository{hint}; reuse only real names.")
    return objections


def existing_addition(adds: Iterable[str], index: RepositoryNames) -> list[str]:
    """Return a sentence for each name under ``adds`` that the repository already has."""
    objections = []
    for entry in adds:
        name = declared_name(entry)
        if not name:
            objections.append(f"{entry!r} under adds is no name; give the names the solution adds.")
        elif _exists(name, index, strict=True):
            objections.append(f"`{entry}` under adds exists already; add new names only, or list it under reuses.")
    return objections


def missing_touched(touches: Iterable[str], index: RepositoryNames) -> list[str]:
    """Return a sentence for each touched file that neither exists nor is marked new, or is both."""
    objections = []
    for entry in touches:
        path, is_new = touched_path(entry)
        if not path or path.startswith(("/", "~")) or ".." in path.split("/") or "\\" in path:
            objections.append(
                f"{entry!r} under touches is no path inside the repository; give one relative to its root."
            )
        elif is_new and index.has_path(path):
            objections.append(f"`{path}` is marked new but exists; leave the mark out.")
        elif not is_new and not index.has_path(path):
            objections.append(f"`{path}` under touches does not exist; name a real file, or mark it '(new)'.")
    return objections


def touched_path(entry: str) -> tuple[str, bool]:
    """Return a touched file's path and whether it is marked new."""
    bare = _NEW_MARK.sub("", entry)
    return bare.strip().strip("`").removeprefix("./"), bare != entry


def both_old_and_new(reuses: Iterable[str], adds: Iterable[str]) -> str:
    """Return a sentence when a name is both reused and added, else an empty string."""
    shared = {declared_name(entry) for entry in reuses} & {declared_name(entry) for entry in adds}
    shared.discard("")
    return f"`{min(shared)}` is under reuses and under adds; it can be only one of them." if shared else ""


def already_implemented(question: str, reuses: Iterable[str], adds: Iterable[str], search: FunctionSearch) -> str:
    """Return a sentence when one function of the repository already does what is asked, else an empty string.

    The question's content words are looked for in every function's name and documentation; a Chinese question over
    English code has none in common, so the names the solution would add are looked for too. The reused functions
    that the question names are its material, not its wish.
    """
    material = {declared_name(name) for name in reuses}
    wish = _BACKTICKED.sub(lambda span: " " if declared_name(span.group()) in material else span.group(), question)
    for wanted in (content_terms(wish), *(content_terms(last_part(declared_name(name))) for name in adds)):
        for hit in search.nearest(wanted):
            told = len(hit.terms) >= _TELLING and (hit.share >= IMPLEMENTED or hit.told >= ALL_TOLD)
            if told or hit.whole:
                return (
                    f"`{hit.function.qualified_name}` in `{hit.function.file}` already does this; "
                    "ask for something the repository does not have."
                )
    return ""


def same_requirement(question: str, others: Iterable[str]) -> str:
    """Return a sentence when another requirement asks the same, else an empty string."""
    terms = content_terms(question)
    for other in others:
        other_terms = content_terms(other)
        shorter = min(len(terms), len(other_terms))
        if shorter and len(terms & other_terms) / shorter > MAX_ALIKE:
            return f"Another requirement already asks {other!r}; ask for something else."
    return ""


def off_focus(text: str, reuses: Iterable[str], focus: Iterable[Function]) -> str:
    """Return a sentence when a requirement touches no function or type of its focus, else an empty string."""
    spoken = set(IDENTIFIER.findall(text)) | {last_part(declared_name(name)) for name in reuses}
    names = {name for f in focus for name in (f.name, last_part(f.enclosing_type)) if name}
    if not names or spoken & names:
        return ""
    return f"The requirement uses none of the functions it is about (such as `{min(names)}`); build it on them."


def declared_name(entry: str) -> str:
    """Return the name in an entry such as ``parameter `x` of `Cart.add` `` (then ``Cart.add.x``) or ``Cart.add(x)``."""
    entry = _NAMELESS.sub("", entry)
    marked = _BACKTICKED.findall(entry)
    if len(marked) == 2 and re.search(r"\b(?:of|to|in|on)\b|的", entry):
        first, second = (marked[0], marked[1]) if "的" not in entry else (marked[1], marked[0])
        owner, member = _QUALIFIED.match(second), _QUALIFIED.match(first)
        return f"{owner.group()}.{member.group()}" if owner and member else ""
    found = _QUALIFIED.match((marked[0] if marked else entry).strip())
    return found.group() if found else ""


def last_part(name: str) -> str:
    """Return the bare name of a qualified one."""
    return re.split(r"\.|::|#", name)[-1]


def _exists(name: str, index: RepositoryNames, *, strict: bool = False) -> bool:
    """Say whether a name is declared; ``strict`` asks for a qualified name's very owner, else its end will do."""
    dotted = re.sub(r"::|#", ".", name)
    bare = last_part(dotted)
    if index.functions_named(dotted) or index.types_named(dotted):
        return True
    if bare != dotted:
        owner = last_part(dotted.removesuffix("." + bare))
        files = {function_id.split("::", 1)[0].rsplit("/", 1)[-1] for function_id in index.functions_named(bare)}
        if any(file.startswith(owner + ".") for file in files) or index.has_name(f"{owner}.{bare}"):
            return True
        return not strict and bool(index.functions_named(bare) or index.types_named(bare))
    return not strict and index.has_name(bare)
