"""Sentences of other people's documentation that a person held against the code, and what the gates say of them.

``truth_checked.jsonl`` names each sentence by package, function, place in the documentation and hash, never by its
words, with the verdict of the reading on 2026-11-24: ``true`` (the code bears it out), ``false`` (it does not: stale
names, copied parameters) or ``undecided`` (a contract, a promise about other code, advice). Only sentences that make a
claim were drawn. Documentation is cut out of the code before the gates see it, so that no sentence supports itself.

``draw`` 1 was read and run first, then the gates were mended by what it showed; ``draw`` 2 comes from other packages
(rows of java.prefs had been read before), was read later and run once.
Versions: boltons 26.2.0, trio 0.35.0, werkzeug 1b00618e, docutils 0.23,
commons-collections cf36204c, JDK 17.0.21.1, spdlog 62302019 (its bundled fmt left out), abseil-cpp 926f1d05,
nlohmann/json 199dea11, zlib d201f04.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truth_sentences import sentences_of, undocumented

from qarepo_graph.quality.evidence import describing
from qarepo_graph.quality.gates import GateContext, callees_within_two
from qarepo_graph.quality.groundedness import ungrounded
from qarepo_graph.schema import DescribeInputs, Function

VERDICTS = Path(__file__).with_name("truth_checked.jsonl")


def checked_sentences(
    language: str,
    folder: Path,
    functions: Sequence[Function],
    imports: dict[str, tuple[str, ...]],
    context: GateContext,
    notes: list[str],
) -> dict[str, dict[str, int]]:
    """Return ``{verdict: {"sentences": n, "objected": m}}`` of one package; empty for a package nobody checked.

    Args:
        language: As in the table.
        folder: The package; a row belongs to it when the folder's path ends in the row's package.
        functions: The package's functions.
        imports: Import lines by file.
        context: The gates' view of the package.
        notes: Gains a line for each objection.
    """
    known = {function.id: function for function in functions}
    counts: dict[str, dict[str, int]] = {}
    for row in _rows(language, folder):
        function = known.get(row["function"])
        sentences = sentences_of(function) if function else []
        sentence = next((s for s in sentences if _digest(s) == row["sha256"]), "")
        if function is None or not sentence:
            continue  # another version of the package
        bare = undocumented(function)
        inputs = DescribeInputs(function=bare, language="en", imports=imports.get(function.file, ()))
        evidence = describing(inputs, callees_within_two(function, context), context.index)
        found = ungrounded(sentence, evidence, context.index)
        count = counts.setdefault(row["verdict"], {"sentences": 0, "objected": 0})
        count["sentences"] += 1
        count["objected"] += bool(found)
        if found:
            notes.append(f"CHECKED {row['verdict']} {language} {function.id}\n   {sentence}\n   {found[0].reason}")
    return counts


def _rows(language: str, folder: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in VERDICTS.read_text(encoding="utf-8").splitlines()]
    place = folder.resolve().as_posix()
    return [row for row in rows if row["language"] == language and place.endswith("/" + row["package"])]


def _digest(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]
