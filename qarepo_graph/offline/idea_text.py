"""The shape of an idea's wording."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdeaText:
    """Patterns of one kind of idea.

    Attributes:
        questions: Wordings of the question.
        solution: The solution.
        steps: The steps.
    """

    questions: tuple[str, ...]
    solution: str
    steps: tuple[str, ...]
