"""The kinds of questions a run can ask of a function: the seed's own and the cells of the SWE-QA taxonomy.

SWE-QA sorts developers' questions about repositories into what / why / where / how with three cells each. Five cells
are answered by a function's own record (description, place, logic steps, code) and worded by a model. Three are
answered by the index and the call graph (what a file holds, what depends on what, and the flow of control, which is
``call_path``). The other four ask for intentions and measurements that stand in no code; any answer would be made up,
so they are refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qarepo_graph.errors import SettingsError
from qarepo_graph.schema import Language

DEFAULT_TYPE = "how_implemented"
"""The seed's question; its meaning stands in the paraphrase prompt itself."""

CALL_PATH = "call_path"
"""What happens from one function to another: computed from the call graph, asked of no model."""
ARCHITECTURE = "what_architecture"
"""What a file holds: computed from the index."""
DEPENDENCIES = "what_dependencies"
"""What a function calls and what calls it: computed from the call graph."""
COMPUTED = (CALL_PATH, ARCHITECTURE, DEPENDENCIES)
"""Kinds that no model words."""


@dataclass(frozen=True, slots=True)
class QuestionType:
    """One kind of question.

    Attributes:
        name: As ``--question-type`` and a row's ``question_type`` give it.
        cell: The taxonomy's name for it.
        meaning: What is asked, by language, as the prompt says it; empty where no model words it.
    """

    name: str
    cell: str
    meaning: dict[Language, str]


TYPES: dict[str, QuestionType] = {
    kind.name: kind
    for kind in (
        QuestionType(ARCHITECTURE, "What: architecture exploration", {}),
        QuestionType(
            "what_concept",
            "What: concept and definition",
            {
                "en": "what is this function: what does it take, what does it stand for and what does it give back?",
                "zh": "这个函数是什么：接收什么、表示什么、给出什么？",
            },
        ),
        QuestionType(DEPENDENCIES, "What: dependency tracing", {}),
        QuestionType("why_design", "Why: design rationale", {}),
        QuestionType(
            "why_purpose",
            "Why: purpose exploration",
            {
                "en": "what is this function for, and how do its steps serve that?",
                "zh": "这个函数是用来做什么的，各步骤如何达到这一目的？",
            },
        ),
        QuestionType("why_performance", "Why: performance", {}),
        QuestionType(CALL_PATH, "Where: data and control flow", {}),
        QuestionType(
            "where_feature",
            "Where: feature location",
            {
                "en": "where in the repository is what this function does implemented, and how?",
                "zh": "这个函数所做的事在仓库的哪里实现，又是如何实现的？",
            },
        ),
        QuestionType(
            "where_identifier",
            "Where: identifier location",
            {
                "en": "in which file and lines is the function of this name defined, and what does it do there?",
                "zh": "这个名称的函数定义在哪个文件的哪些行，它在那里做什么？",
            },
        ),
        QuestionType("how_design", "How: system design", {}),
        QuestionType(
            "how_algorithm",
            "How: algorithm implementation",
            {
                "en": "by which steps does this function get from its input to its result?",
                "zh": "这个函数经过哪些步骤由输入得到结果？",
            },
        ),
        QuestionType("how_framework", "How: API and framework support", {}),
    )
}
"""The taxonomy's twelve cells by name."""

ASKABLE = (DEFAULT_TYPE, *(kind.name for kind in TYPES.values() if kind.meaning), *COMPUTED)
"""Names ``--question-type`` takes."""


def checked_types(names: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of questions asked for, each once.

    Raises:
        SettingsError: For a kind that is unknown, or known but not answerable from code.
    """
    kinds = tuple(dict.fromkeys(names))
    for name in kinds:
        if name in ASKABLE:
            continue
        choices = ", ".join(ASKABLE)
        if name in TYPES:
            msg = f"--question-type {name} asks for what no code says for certain; choose one of {choices}."
        else:
            msg = f"--question-type {name!r} is unknown; choose one of {choices}."
        raise SettingsError(msg)
    return kinds


def of_functions(names: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds a model words for each function: all but the computed ones."""
    return tuple(name for name in names if name not in COMPUTED)


def said_type(name: str, language: Language) -> str:
    """Return a kind as the prompt says it: its name, and its meaning where the prompt does not hold it already."""
    kind = TYPES.get(name)
    return f"{name}: {kind.meaning[language]}" if kind and kind.meaning else name
