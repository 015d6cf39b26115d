"""How many planted errors the gates catch, and how often they cry wolf over true sentences.

    python benchmarks/truth.py python=DIR java=DIR cpp=DIR … [--functions 500] [--seed 0] [--alarms FILE] [--json FILE]

Each ``LANGUAGE=DIR`` is a repository; thresholds were set on some repositories, results are to be taken on others.
True sentences are those of the repositories' own documentation, taken out of the code they are checked against: all of
them as they come, some of which are wrong, and those that a person read beside the code (``truth_checked.py``). Lies
are true answers with one error planted by ``truth_lies.py``. Prints one table per language.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import truth_lies as lies
from truth_checked import checked_sentences
from truth_sentences import sentences_of, undocumented

from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.code.repository import parse_files
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.quality.claims import claims_of
from qarepo_graph.quality.evidence import describing
from qarepo_graph.quality.gates import (
    GateContext,
    callees_within_two,
    check_description,
    check_questions,
    check_requirement,
)
from qarepo_graph.quality.groundedness import ungrounded
from qarepo_graph.quality.hygiene import defect
from qarepo_graph.quality.landmarks import landmarks_of
from qarepo_graph.quality.language import wrong_language
from qarepo_graph.schema import (
    DescribeInputs,
    Description,
    Function,
    IdeateInputs,
    ParaphraseInputs,
    Questions,
    Requirement,
)

_KEPT = "(true requirement kept)"
SUFFIXES = {"python": (".py",), "java": (".java",), "cpp": (".cc", ".cpp", ".h", ".hpp", ".c")}


@dataclass
class Repository:
    """One repository as the gates and as the liar see it."""

    language: str
    folder: Path
    imports: dict[str, tuple[str, ...]]
    functions: list[Function]
    context: GateContext
    world: lies.World


@dataclass
class Tally:
    """How many were planted and caught."""

    planted: int = 0
    caught: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", metavar="LANGUAGE=DIR")
    parser.add_argument("--functions", type=int, default=500, help="functions per language")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alarms", type=Path, help="write every false alarm and every missed lie here, for reading")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    by_language: dict[str, list[Repository]] = defaultdict(list)
    for entry in options.repositories:
        language, _, folder = entry.partition("=")
        by_language[language].append(read_repository(language, Path(folder), options.seed))
    notes: list[str] = []
    figures: dict[str, dict[str, Any]] = {}
    for language, repositories in by_language.items():
        figures[language] = {
            "repositories": [repository.folder.name for repository in repositories],
            "seed": options.seed,
            **true_sentences(language, repositories, options.functions, notes),
            **checked(language, repositories, notes),
            **planted_lies(language, repositories, options.functions, options.seed, notes),
        }
    if options.alarms:
        options.alarms.write_text("\n".join(notes) + "\n", encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if all(meets(figure) for figure in figures.values()) else 1


def meets(figure: dict[str, Any]) -> bool:
    """Say whether a language's figures keep what we promise: 95 % of every kind of lie, 2 % false alarms."""
    true = figure["checked"].get("true", {"sentences": 0, "objected": 0})
    return (
        true["objected"] <= 0.02 * true["sentences"]
        and figure["answers_refused"] <= 0.02 * figure["answers"]
        and figure["question_groups_refused"] <= 0.02 * figure["question_groups"]
        and all(lie["caught"] >= 0.95 * lie["planted"] for lie in figure["lies"].values())
    )


def read_repository(language: str, folder: Path, seed: int) -> Repository:
    parsed = list(parse_files(folder))
    functions = [f for file in parsed for f in file.functions if f.language in (language, "c")]
    index = SymbolIndex.build(parsed)
    graph = CallGraph.build([f for file in parsed for f in file.functions], index)
    by_id = {f.id: f for f in functions}
    callees = {
        f.id: "\n".join(by_id[edge.callee].code for edge in graph.callees(f.id) if edge.callee in by_id)
        for f in functions
    }
    paths = [p for p in folder.rglob("*") if p.is_file() and p.suffix in SUFFIXES[language]]
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)
    names = [path.relative_to(folder).as_posix() for path in paths]
    world = lies.World(language, by_id, text, names, callees, random.Random(seed))
    context = GateContext(index=index, graph=graph, prompt_examples=lies.PROMPT_SENTENCES)
    imports = {file.file.path: file.file.imports for file in parsed}
    return Repository(language, folder, imports, functions, context, world)


def checked(language: str, repositories: list[Repository], notes: list[str]) -> dict[str, Any]:
    """Count the sentences a person checked that the gates object to, by the person's verdict."""
    total: dict[str, dict[str, int]] = {}
    for repository in repositories:
        counts = checked_sentences(
            language, repository.folder, repository.functions, repository.imports, repository.context, notes
        )
        for verdict, count in counts.items():
            sum_ = total.setdefault(verdict, {"sentences": 0, "objected": 0})
            for name, value in count.items():
                sum_[name] += value
    for verdict, count in total.items():
        print(f"  checked by a person, {verdict}: {count['sentences']}, objected to {count['objected']}")
    return {"checked": total}


def true_sentences(language: str, repositories: list[Repository], wanted: int, notes: list[str]) -> dict[str, Any]:
    """Count sentences of documentation, true or stale, that a gate objects to."""
    sentences = claiming = alarms = functions = 0
    codes: Counter[str] = Counter()
    for repository in repositories:
        documented = [f for f in repository.functions if f.docstring and f.has_body]
        repository.world.draw.shuffle(documented)
        for function in documented[: wanted // len(repositories) + 1]:
            functions += 1
            bare = undocumented(function)
            index = repository.context.index
            inputs = DescribeInputs(function=bare, language="en", imports=repository.imports.get(function.file, ()))
            evidence = describing(inputs, callees_within_two(function, repository.context), index)
            for sentence in sentences_of(function):
                sentences += 1
                claiming += bool(claims_of(sentence))
                found = [(f.code, f.reason) for f in ungrounded(sentence, evidence, index)]
                found += [
                    ("hygiene", reason) for reason in (defect(sentence), wrong_language(sentence, "en")) if reason
                ]
                if found:
                    alarms += 1
                    codes[found[0][0]] += 1
                    notes.append(f"ALARM {language} {function.id}\n   {sentence}\n   {found[0][1]}")
    print(f"\n{language}: true sentences of {functions} functions' documentation (taken out of their code)")
    print(f"  sentences {sentences}, with a claim {claiming}, objected to {alarms}")
    print(f"  false alarms {_percent(alarms, sentences)} of all, {_percent(alarms, claiming)} of those with a claim")
    print(f"  by code: {dict(codes.most_common())}")
    return {"sentences": sentences, "claiming": claiming, "objected": alarms, "codes": dict(codes.most_common())}


def planted_lies(
    language: str, repositories: list[Repository], wanted: int, seed: int, notes: list[str]
) -> dict[str, Any]:
    """Count lies that are caught and true answers that are refused."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    true = Tally()
    questions = Tally()
    seconds = 0.0
    for repository in repositories:
        pool = [
            f
            for f in repository.functions
            if f.has_body
            and f.end_line - f.start_line >= 2
            and f.name.isidentifier()
            and f.name != "foo"
            and len(f.qualified_name) < 200
        ]
        repository.world.draw.shuffle(pool)
        for function in pool[: wanted // len(repositories) + 1]:
            imports = repository.imports.get(function.file, ())
            inputs = DescribeInputs(function=function, language="en", imports=imports)
            answer = true_answer(function)
            started = time.process_time()
            verdict = check_description(answer, inputs, repository.context)
            seconds += time.process_time() - started
            true.planted += 1
            if not verdict.accepted:
                true.caught += 1
                notes.append(f"REFUSED {language} {function.id}\n   {verdict.reasons}")
                continue
            for kind, lie in lies.DESCRIPTION_LIES.items():
                told = lie(answer, function, repository.world)
                if told is not None:
                    _count(tallies[kind], not check_description(told, inputs, repository.context).accepted)
                    if check_description(told, inputs, repository.context).accepted:
                        notes.append(f"MISSED {kind} {function.id}\n   {told.description[-300:]}")
            _questions(repository, function, answer, tallies, questions, notes)
            _requirements(repository, function, tallies, notes)
    print(f"\n{language}: {true.planted} answers, true ones refused {_percent(true.caught, true.planted)}")
    print(f"  true question groups refused {_percent(questions.caught, questions.planted)} of {questions.planted}")
    print(f"  {1000 * seconds / max(1, true.planted):.2f} ms CPU per description, seed {seed}")
    for kind, tally in tallies.items():
        print(f"  {kind:22} {tally.caught:5} of {tally.planted:5}  {_percent(tally.caught, tally.planted)}")
    return {
        "answers": true.planted,
        "answers_refused": true.caught,
        "question_groups": questions.planted,
        "question_groups_refused": questions.caught,
        "requirements": tallies[_KEPT].planted,
        "requirements_refused": tallies[_KEPT].planted - tallies.pop(_KEPT).caught,
        "milliseconds_per_description": round(1000 * seconds / max(1, true.planted), 2),
        "lies": {kind: {"planted": tally.planted, "caught": tally.caught} for kind, tally in tallies.items()},
    }


def true_answer(function: Function) -> Description:
    """Return a dull true answer: the name, and steps that quote the code."""
    code = function.code.split("\n")
    marks = [mark.line for mark in landmarks_of(function.code, function.language)]
    plain = [
        n for n, line in enumerate(code, 1) if n > 1 and line.strip().endswith((";", ")")) and len(line.strip()) > 8
    ]
    where = f" It is a member of `{function.enclosing_type}`." if function.enclosing_type.isidentifier() else ""
    return Description(
        description=f"`{function.qualified_name}` does its work as the steps below say.{where}",
        logic_steps=lies.line_steps(function, sorted({*marks, *plain}), marks),
    )


TEMPLATES = (
    "How does `{name}` get from its input to its result?",
    "Walk me through the logic of `{name}` step by step.",
    "What happens inside `{name}` once somebody runs it?",
    "I am new here: which cases does `{name}` tell apart, and in which order?",
)


def _questions(
    repository: Repository,
    function: Function,
    answer: Description,
    tallies: dict[str, Tally],
    true: Tally,
    notes: list[str],
) -> None:
    name = function.qualified_name
    asked = [template.format(name=name) for template in TEMPLATES]
    inputs = ParaphraseInputs(function=function, description=answer, language="en", count=len(asked))
    verdict = check_questions(Questions(questions=asked), inputs, repository.context)
    _count(true, not verdict.accepted)
    if not verdict.accepted:
        notes.append(f"REFUSED questions {function.id}\n   {verdict.reasons}")
        return
    world = repository.world
    copied = lies.copies(asked[0], name, world.draw)
    verdict = check_questions(Questions(questions=[*asked[:3], copied]), inputs, repository.context)
    _count(tallies["near_copy"], not verdict.accepted)
    if verdict.accepted:
        notes.append(f"MISSED near_copy {copied!r}")
    for kind, lie in lies.QUESTION_LIES.items():
        told = lie(asked[2], name, world)
        verdict = check_questions(Questions(questions=[*asked[:2], told]), replace(inputs, count=3), repository.context)
        _count(tallies[f"question_{kind}"], not verdict.accepted)
        if verdict.accepted:
            notes.append(f"MISSED question_{kind} {told!r}")


def _requirements(repository: Repository, function: Function, tallies: dict[str, Tally], notes: list[str]) -> None:
    world = repository.world
    added = lies.invented("a_b", world)
    true = Requirement(
        question=f"How to let callers plug a colour palette of their own into `{function.qualified_name}`?",
        solution=f"`{function.qualified_name}` gets one more argument, which `{added}` fills with the palette chosen.",
        logic_steps=[f"Add `{added}`.", f"Hand it to `{function.qualified_name}`.", "Show one example."],
        reuses=[function.qualified_name],
        adds=[added],
        touches=[function.file],
    )
    inputs = IdeateInputs(ordinal=0, focus=(function,), descriptions={}, language="en", files=(function.file,))
    verdict = check_requirement(true, inputs, repository.context)
    _count(tallies[_KEPT], verdict.accepted)
    if not verdict.accepted:
        notes.append(f"REFUSED requirement {function.id}\n   {verdict.reasons}")
        return
    for kind, told in lies.requirement_lies(true, function, world).items():
        accepted = check_requirement(told, inputs, repository.context).accepted
        _count(tallies[f"requirement_{kind}"], not accepted)
        if accepted:
            notes.append(f"MISSED requirement_{kind} {told.question} {told.adds} {told.reuses}")


def _count(tally: Tally, caught: bool) -> None:
    tally.planted += 1
    tally.caught += caught


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} %"


if __name__ == "__main__":
    sys.exit(main())
