"""The ledger's accepted work to question/answer pairs: a pure function of the ledger, in a fixed order."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from qarepo_graph import __version__
from qarepo_graph.code.commit import commit_of
from qarepo_graph.engine.runs import CodeMap, Run
from qarepo_graph.ledger import Database
from qarepo_graph.ledger.decisions import Decision, latest_decisions
from qarepo_graph.ledger.snapshot import excerpt_of, get_meta, item_name
from qarepo_graph.ledger.work import Accepted, WorkItem, items_with_status
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.nodes.ledger_functions import LedgerFunctions
from qarepo_graph.quality.call_paths import call_paths
from qarepo_graph.quality.negatives import NEGATIVE, negatives
from qarepo_graph.quality.structure_questions import architecture, dependencies
from qarepo_graph.quality.taxonomy import ARCHITECTURE, CALL_PATH, COMPUTED, DEPENDENCIES, of_functions
from qarepo_graph.schema import (
    CitedFunction,
    FunctionExcerpt,
    Language,
    Provenance,
    QAPair,
    Requirement,
)
from qarepo_graph.state import RepoState


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
        return _as_decided(self.undecided_pairs(), decisions) if decisions else self.undecided_pairs()

    def undecided_pairs(self) -> Iterator[QAPair]:
        """Yield every pair as the models made it, whatever a reviewer said."""
        return itertools.chain(self._of_functions(), self._of_index(), self._of_requirements())

    def _of_functions(self) -> Iterator[QAPair]:
        kinds = of_functions(self.question_types)
        for page in self.functions.pages(kinds):
            for function in page.functions:
                answer = page.described.get(function.id)
                if answer is None:
                    continue
                for kind in kinds:
                    questions = page.worded.get(item_name(function.id, kind))
                    if questions is not None:
                        yield from self._group(function, kind, answer, questions)

    def _group(self, function: FunctionExcerpt, kind: str, answer: Accepted, questions: Accepted) -> list[QAPair]:
        group = short_hash("1", function.id, kind, self.language)
        provenance = self._provenance([function], answer, questions)
        description = self.functions.description(function.id)
        function_ids = (function.id,)
        return [
            QAPair(
                id=f"{group}-{short_hash(question)[:8]}",
                group_id=group,
                scenario=1,
                question_type=kind,
                language=self.language,
                question=question,
                function_ids=function_ids,
                description=description,
                provenance=provenance,
            )
            for question in questions.result["questions"]
        ]

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
        if not self.negatives:
            return
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

    def _function(self, function_id: str) -> FunctionExcerpt | None:
        return self.ledger.run(partial(excerpt_of, function_id=function_id))

    def _provenance(
        self, functions: Sequence[FunctionExcerpt], answer: Accepted | WorkItem, questions: Accepted | None
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
            gates={**answer.gates, **(questions.gates if questions else {})},
            licence=self._licence(functions),
        )

    def _licence(self, functions: Sequence[FunctionExcerpt]) -> str:
        licences = {self.code.index.files[f.file].licence for f in functions if f.file in self.code.index.files}
        return " AND ".join(sorted(filter(None, licences)))


def pair_source(run: Run, state: RepoState) -> PairSource:
    """Return the run's pairs."""
    root = Path(run.ledger.run(partial(get_meta, name="repo_dir")))
    return PairSource(
        ledger=run.ledger,
        code=run.code_map(),
        repository=root.name,
        commit=commit_of(root),
        language=language_of(state, run.settings),
        question_types=run.settings.question_types if run.settings.questions else (),
        negatives=int(run.ledger.run(partial(get_meta, name="negatives", default="0"))),
        seed=int(run.ledger.run(partial(get_meta, name="seed", default="0"))),
    )


def _as_decided(pairs: Iterable[QAPair], decisions: Mapping[str, Decision]) -> Iterator[QAPair]:
    for pair in pairs:
        decision = decisions.get(pair.id)
        if decision is None:
            yield pair
        elif decision.verdict != "rejected":
            yield decision.apply(pair)


def _cited(functions: Sequence[FunctionExcerpt]) -> tuple[CitedFunction, ...]:
    return tuple(
        CitedFunction(id=f.id, file=f.file, start_line=f.start_line, end_line=f.end_line, code_hash=f.code_hash)
        for f in functions
    )


def short_hash(*parts: str) -> str:
    """Return 16 hexadecimal digits of a hash over the parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
