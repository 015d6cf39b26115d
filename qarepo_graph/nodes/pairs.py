"""The ledger's accepted work to question/answer pairs: a pure function of the ledger, in a fixed order."""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from qarepo_graph import __version__
from qarepo_graph.engine.runs import CodeMap
from qarepo_graph.ledger import Database
from qarepo_graph.ledger.decisions import latest_decisions
from qarepo_graph.ledger.snapshot import function_of, functions_after, item_name
from qarepo_graph.ledger.work import Accepted, WorkItem, accepted_of, items_with_status
from qarepo_graph.quality.call_paths import call_paths
from qarepo_graph.quality.negatives import NEGATIVE, negatives
from qarepo_graph.quality.structure_questions import architecture, dependencies
from qarepo_graph.quality.taxonomy import ARCHITECTURE, CALL_PATH, COMPUTED, DEPENDENCIES, of_functions
from qarepo_graph.schema import (
    CitedFunction,
    Description,
    Function,
    Language,
    Provenance,
    QAPair,
    Requirement,
)

_KEPT = 1024
"""Functions kept at hand that are not of the page under way: a row's neighbours are the next row's too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSource:
    """Where pairs come from.

    Attributes:
        ledger: The run's ledger.
        code: Symbols and calls of its snapshot.
        repository: Name of the repository.
        commit: Its commit, empty if unknown.
        language: Language of the data.
        question_types: Kinds of questions asked of functions, in the order of the rows.
        negatives: Questions about names the repository does not have.
        seed: Seed of what is drawn.
        functions: The run's functions: those of the rows under way are at hand there.
    """

    ledger: Database
    code: CodeMap
    repository: str
    commit: str
    language: Language
    question_types: tuple[str, ...] = ("how_implemented",)
    negatives: int = 0
    seed: int = 0
    functions: LedgerFunctions = field(init=False)

    def __post_init__(self) -> None:
        """Open the functions beside the rows, so that writing both reads each page of the ledger once."""
        object.__setattr__(self, "functions", LedgerFunctions(self.ledger, self.code))

    def pairs(self) -> Iterator[QAPair]:
        """Yield every pair: scenario 1 in the order of the code, what the index alone answers, then scenario 2.

        Decisions of a reviewer are honoured: rejected rows are left out, edited ones carry the edit.
        """
        decisions = self.ledger.run(latest_decisions)
        for pair in self.undecided_pairs():
            decision = decisions.get(pair.id)
            if decision is None:
                yield pair
            elif decision.verdict != "rejected":
                yield decision.apply(pair)

    def undecided_pairs(self) -> Iterator[QAPair]:
        """Yield every pair as the models made it, whatever a reviewer said."""
        return itertools.chain(self._of_functions(), self._of_index(), self._of_requirements())

    def _of_functions(self) -> Iterator[QAPair]:
        kinds = of_functions(self.question_types)
        for functions, described in self.functions.pages():
            names = [item_name(function.id, kind) for function in functions for kind in kinds]
            worded = self.ledger.run(partial(accepted_of, node="paraphrase", ids=names))
            for function in functions:
                answer = described.get(function.id)
                if answer is None:
                    continue
                for kind in kinds:
                    questions = worded.get(item_name(function.id, kind))
                    if questions is not None:
                        yield from self._group(function, kind, answer, questions)

    def _group(self, function: Function, kind: str, answer: Accepted, questions: Accepted) -> Iterator[QAPair]:
        group = short_hash("1", function.id, kind, self.language)
        provenance = self._provenance([function], answer, questions)
        description = self.functions.description(function.id)
        for question in questions.result["questions"]:
            yield QAPair(
                id=f"{group}-{short_hash(question)[:8]}",
                group_id=group,
                scenario=1,
                question_type=kind,
                language=self.language,
                question=question,
                function_ids=(function.id,),
                description=description,
                provenance=provenance,
            )

    def _of_index(self) -> Iterator[QAPair]:
        """Yield the pairs whose question and answer are computed from the index and the call graph."""
        index, graph, language = self.code.index, self.code.graph, self.language
        for kind in (kind for kind in COMPUTED if kind in self.question_types):
            found = {
                CALL_PATH: lambda: call_paths(index, graph, language),
                ARCHITECTURE: lambda: architecture(index, language),
                DEPENDENCIES: lambda: dependencies(index, graph, language),
            }[kind]()
            for one in found:
                yield from self._computed(kind, one.functions, one.questions, one.answer)
        for absent in negatives(self.code.index, self.negatives, self.language, self.seed):
            yield from self._computed(NEGATIVE, (absent.nearest,), (absent.question,), absent.answer)

    def _computed(
        self, kind: str, function_ids: Sequence[str], questions: Sequence[str], answer: str
    ) -> Iterator[QAPair]:
        functions = [function for function in map(self._function, function_ids) if function is not None]
        group = short_hash(kind, *function_ids, questions[0], self.language)
        provenance = Provenance(
            repository=self.repository,
            commit=self.commit,
            functions=_cited(functions),
            prompt=f"{kind}@rules",
            prompt_sha256="",
            model="offline:index",
            generator="rules",
            package_version=__version__,
            licence=self._licence(functions),
        )
        for question in questions:
            yield QAPair(
                id=f"{group}-{short_hash(question)[:8]}",
                group_id=group,
                scenario=1,
                question_type=kind,
                language=self.language,
                question=question,
                function_ids=tuple(function.id for function in functions),
                answer=answer,
                provenance=provenance,
            )

    def _of_requirements(self) -> Iterator[QAPair]:
        items = self.ledger.run(partial(items_with_status, node="ideate_requirements", statuses=("accepted",)))
        for item in sorted(items, key=lambda item: int(item.item.rpartition("/")[2])):
            requirement = Requirement.model_validate(item.result)
            functions = [f for f in map(self._function, self._reused(requirement)) if f is not None]
            group = short_hash("2", item.item, requirement.question, self.language)
            yield QAPair(
                id=f"{group}-{short_hash(requirement.question)[:8]}",
                group_id=group,
                scenario=2,
                question_type="requirement",
                language=self.language,
                question=requirement.question,
                function_ids=tuple(function.id for function in functions),
                requirement=requirement,
                provenance=self._provenance(functions, item, None),
            )

    def _reused(self, requirement: Requirement) -> list[str]:
        """Return ids of the functions a requirement reuses; a reused type stands for its functions."""
        ids: dict[str, None] = {}
        for name in requirement.reuses:
            bare = name.strip("`() ").split("(")[0]
            ids.update(dict.fromkeys(self.code.index.functions_named(bare)[:1]))
        return list(ids)

    def _function(self, function_id: str) -> Function | None:
        return self.ledger.run(partial(function_of, function_id=function_id))

    def _provenance(
        self, functions: Sequence[Function], answer: Accepted | WorkItem, questions: Accepted | None
    ) -> Provenance:
        made_by = answer.provenance
        return Provenance(
            repository=self.repository,
            commit=self.commit,
            functions=_cited(functions),
            prompt=made_by["prompt"],
            prompt_sha256=made_by["prompt_sha256"],
            question_prompt=questions.provenance["prompt"] if questions else "",
            question_prompt_sha256=questions.provenance["prompt_sha256"] if questions else "",
            model=made_by["model"],
            parameters=made_by["parameters"],
            generator="rules" if made_by["method"] == "rules" else "model",
            package_version=__version__,
            gates=answer.gates | (questions.gates if questions else {}),
            licence=self._licence(functions),
        )

    def _licence(self, functions: Sequence[Function]) -> str:
        licences = {self.code.index.files[f.file].licence for f in functions if f.file in self.code.index.files}
        return " AND ".join(sorted(filter(None, licences)))


@dataclass(frozen=True, eq=False)
class LedgerFunctions:
    """The run's functions as the dataset asks for them (``dataset.functions.FunctionStore``).

    A page of them is at hand while :meth:`pages` is on it; what lies elsewhere is read one by one and kept a while.
    """

    ledger: Database
    code: CodeMap
    _page: dict[str, Function] = field(default_factory=dict)
    _described: dict[str, Accepted] = field(default_factory=dict)
    _elsewhere: dict[str, tuple[Function | None, Accepted | None]] = field(default_factory=dict)
    _said: dict[str, Description | None] = field(default_factory=dict)

    def pages(self) -> Iterator[tuple[list[Function], Mapping[str, Accepted]]]:
        """Yield every function in the order of the repository, a page at a time with what was said of each."""
        position = -1
        while page := self.ledger.run(partial(functions_after, position=position)):
            position = page[-1][0]
            functions = [function for _, function in page]
            ids = [function.id for function in functions]
            described = self.ledger.run(partial(accepted_of, node="describe", ids=ids))
            for at_hand in (self._page, self._described, self._said):
                at_hand.clear()
            self._page.update(zip(ids, functions, strict=True))
            self._described.update(described)
            yield functions, described

    def all(self) -> Iterator[Function]:
        """Yield every function in the order of the repository."""
        for functions, _ in self.pages():
            yield from functions

    def get(self, function_id: str) -> Function:
        """Return one function; KeyError when there is none of that id."""
        function = self._page.get(function_id) or self._from_elsewhere(function_id)[0]
        if function is None:
            raise KeyError(function_id)
        return function

    def description(self, function_id: str) -> Description | None:
        """Return its accepted description, or None."""
        if function_id not in self._said:
            at_hand = function_id in self._page
            said = self._described.get(function_id) if at_hand else self._from_elsewhere(function_id)[1]
            self._said[function_id] = said and in_file(said.result, self.get(function_id).start_line)
        return self._said[function_id]

    def _from_elsewhere(self, function_id: str) -> tuple[Function | None, Accepted | None]:
        if function_id not in self._elsewhere:
            if len(self._elsewhere) >= _KEPT:
                self._elsewhere.clear()
                self._said.clear()
            self._elsewhere[function_id] = self.ledger.run(partial(_one_of, function_id=function_id))
        return self._elsewhere[function_id]

    def neighbours(self, function_id: str) -> list[str]:
        """Return ids of the functions it calls, then of those that call it."""
        graph = self.code.graph
        callees = [edge.callee for edge in graph.callees(function_id)]
        return [*callees, *(edge.caller for edge in graph.callers(function_id))]


def _one_of(connection: sqlite3.Connection, function_id: str) -> tuple[Function | None, Accepted | None]:
    """Return a function and what was said of it, in one visit to the ledger's thread."""
    said = accepted_of(connection, "describe", [function_id])
    return function_of(connection, function_id), said.get(function_id)


def _cited(functions: Sequence[Function]) -> tuple[CitedFunction, ...]:
    return tuple(
        CitedFunction(id=f.id, file=f.file, start_line=f.start_line, end_line=f.end_line, code_hash=f.code_hash)
        for f in functions
    )


def in_file(result: Mapping[str, Any], start_line: int) -> Description:
    """Return a description with its steps' lines counted in the file; prompts number from the function's first."""
    before = start_line - 1
    steps = [
        step | {"start_line": step["start_line"] + before, "end_line": step["end_line"] + before}
        for step in result["logic_steps"]
    ]
    return Description.model_validate({**result, "logic_steps": steps})


def short_hash(*parts: str) -> str:
    """Return 16 hexadecimal digits of a hash over the parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
