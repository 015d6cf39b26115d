"""What the training rows give away about the held-out ones, counted on the rows as they are written.

Counting reads the finished texts, not the plan: a function counts as shown when it stands in a row's ``input``.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import orjson

from qarepo_graph.dataset.formats import TRAIN, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """Held-out rows by how training gives them away; every number is a count of rows of validation and test.

    Attributes:
        rows: Held-out rows in all.
        questions: Their question stands in training too (case and spacing aside).
        answers: Their answer is an answer of training.
        functions: A function they cite is cited in training.
        bodies: A function they cite has a body near-identical to one cited in training.
        shown: A function they cite is shown in the ``input`` of a training row.
        own_answer: Their own ``input`` holds the description their answer begins with.
    """

    rows: int = 0
    questions: int = 0
    answers: int = 0
    functions: int = 0
    bodies: int = 0
    shown: int = 0
    own_answer: int = 0

    def to_record(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(slots=True)
class _HeldOut:
    """Held-out rows that share their answer."""

    questions: list[bytes]
    answer: bytes
    functions: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    own_answer: bool


class LeakageMeter:
    """Takes every row as it is written and tells the leakage at the end.

    Args:
        bodies: Cluster of near-identical bodies by function id.
        places: File and qualified name of each function, by id: how ``input`` names it.
    """

    def __init__(self, bodies: Mapping[str, int], places: Mapping[str, tuple[str, str]]) -> None:
        self._bodies = bodies
        self._places = places
        self._held_out: list[_HeldOut] = []
        self._trained: dict[str, set[object]] = defaultdict(set)
        self._last_input = ""
        self._last_shown: dict[tuple[str, str], str] = {}

    def add(self, split: str, *records: Record) -> None:
        """Take rows that share everything but id and question."""
        record = records[0]
        cited = tuple(record.metadata["function_ids"])
        questions = [_digest(" ".join(one.instruction.casefold().split())) for one in records]
        answer = _digest(record.output)
        shown = self._shown(record.input) if record.metadata["scenario"] else {}
        if split == TRAIN:
            self._trained["questions"].update(questions)
            self._trained["answers"].add(answer)
            self._trained["functions"].update(cited)
            self._trained["bodies"].update(self._bodies[one] for one in cited if one in self._bodies)
            self._trained["shown"].update(shown)
            return
        places = tuple(self._places[one] for one in cited)
        own = record.metadata["scenario"] == 1 and any(
            shown.get(place) and record.output.startswith(shown[place]) for place in places
        )
        self._held_out.append(_HeldOut(questions, answer, cited, places, own))

    def result(self) -> Leakage:
        """Return the counts over everything taken."""
        trained = self._trained

        def rows(leaks: Callable[[_HeldOut], bool]) -> int:
            return sum(len(one.questions) for one in self._held_out if leaks(one))

        return Leakage(
            rows=rows(lambda _: True),
            questions=sum(question in trained["questions"] for one in self._held_out for question in one.questions),
            answers=rows(lambda one: one.answer in trained["answers"]),
            functions=rows(lambda one: not trained["functions"].isdisjoint(one.functions)),
            bodies=rows(lambda one: any(self._bodies.get(each) in trained["bodies"] for each in one.functions)),
            shown=rows(lambda one: not trained["shown"].isdisjoint(one.places)),
            own_answer=rows(lambda one: one.own_answer),
        )

    def _shown(self, text: str) -> dict[tuple[str, str], str]:
        """Return the functions an ``input`` shows with their descriptions; most rows repeat the last one's."""
        if text != self._last_input:
            entries = orjson.loads(text)["function_list"]
            self._last_shown = {(entry["file"], entry["name"]): entry["metadata"]["description"] for entry in entries}
            self._last_input = text
        return self._last_shown


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()
