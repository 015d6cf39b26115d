"""Wordings of one question by a grammar over the style axes: all stand alone, none is a respelling of another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from qarepo_graph.code.control_flow import BRANCHES, control_flow
from qarepo_graph.code.prose import sentences_of
from qarepo_graph.llm.backend import Fault
from qarepo_graph.offline.documentation import read_documentation, said_in_third_person
from qarepo_graph.offline.names import arguments_of, object_of, read_name, translates
from qarepo_graph.offline.phrases.phrasebook import quoted, spaced
from qarepo_graph.offline.question_frame import QuestionFrame
from qarepo_graph.offline.questions_en import ENGLISH_FRAMES
from qarepo_graph.offline.questions_zh import CHINESE_FRAMES
from qarepo_graph.offline.vocabulary import PREPOSITIONS, VERBS
from qarepo_graph.schema import Language, ParaphraseInputs, Questions, QuestionStyle

_FRAMES: dict[Language, tuple[QuestionFrame, ...]] = {"en": ENGLISH_FRAMES, "zh": CHINESE_FRAMES}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NEAR = 0.6
"""Share of common character 3-grams from which two wordings count as one, names and quotations left out."""
_POINTING = re.compile(r"\b(?:this|that|these|those|above|below|following)\b|[该此本]|这", re.IGNORECASE)
_LONGEST_QUOTATION = 120
_MARKS = re.compile(r"[…“”`]")
"""What a quotation cannot hold: a cut, quotation marks, code marks that may have no partner."""
_OTHER_QUESTIONS = frozenset({"location", "concept"})
"""Angles that do not ask how the function is implemented."""
_WHERE = frozenset({"where", "location"})
"""Angles that ask where a function is: the question must not say it."""
_ANGLES: dict[str, frozenset[str]] = {
    "how_algorithm": frozenset({"how", "walkthrough", "conditions", "result", "data"}),
    "where_feature": frozenset({"where", "location"}),
    "where_identifier": frozenset({"where", "location"}),
    "why_purpose": frozenset({"purpose"}),
    "what_concept": frozenset({"concept"}),
}
"""Angles that ask each kind of the taxonomy's questions; the seed's kind takes all the others."""
_ANY_STYLE = QuestionStyle("question", "how", "neutral", "qualified", True, "newcomer", "medium")


def paraphrase(inputs: ParaphraseInputs) -> Questions:
    """Return up to ``count`` wordings; fewer when the grammar has no further one that is different enough.

    The order of the patterns is shuffled by a hash of the function, so that rows of a data set do not all start
    alike; each style takes the pattern that meets it best.

    Raises:
        Fault: ``item``/``exhausted`` when there is not one wording left.
    """
    wordings = _Wordings(inputs)
    found: list[str] = []
    left = wordings.usable()
    for turn in range(len(left)):
        style = inputs.styles[turn % len(inputs.styles)] if inputs.styles else _ANY_STYLE
        if len(found) >= inputs.count or not left:
            break
        ranked = sorted(left, key=lambda frame: -frame.likeness(style)) if inputs.styles else left
        for frame in ranked:
            left.remove(frame)
            text = wordings.fill(frame, style, turn)
            if not _near(text, [*inputs.keep, *found]):
                found.append(text)
                break
    if not found and inputs.keep:
        found = [inputs.keep[0]]  # a reply cannot be empty; marked exhausted, it says that those kept are all there are
    if not found:
        raise Fault("item", "exhausted", "The question grammar has no further wording; name a model with --model.")
    return Questions(questions=found)


class _Wordings:
    """What one function's questions are filled with."""

    def __init__(self, inputs: ParaphraseInputs) -> None:
        self.inputs = inputs
        self.function = inputs.function
        self.language = inputs.language
        self.frames = _FRAMES[inputs.language]
        documentation = read_documentation(self.function.docstring, self.function.language)
        self.doc = _quotable_line(documentation.summary)
        self.taken_for_granted = _granted(inputs)
        if self.doc:
            self.taken_for_granted |= {"behaviour"}
            if _HAN.search(self.doc) or said_in_third_person(self.doc):
                self.taken_for_granted |= {"task"}
        reading = read_name(self.function.name)
        self.did = ""
        whole = reading.rest and reading.rest[-1] not in PREPOSITIONS
        whole = whole and (self.language == "en" or translates(reading.rest))
        if reading.verb and whole and reading.verb not in {"is", "has", "to", "contains", "test"}:
            rest = object_of(reading.rest, self.language)
            chinese = VERBS[reading.verb] + (" " if rest[:1].isascii() else "") + rest
            self.did = f"{reading.verb} {rest}" if self.language == "en" else chinese
            self.taken_for_granted |= {"named"}

    def usable(self) -> list[QuestionFrame]:
        """Return the patterns that can be filled, in an order of this function's own."""
        angles = _ANGLES.get(self.inputs.question_type)
        asked = [f for f in self.frames if (f.angle in angles if angles else f.angle not in _OTHER_QUESTIONS)]
        usable = [frame for frame in asked if frame.needs <= self.taken_for_granted]
        if self.inputs.needs_file:
            usable = [frame for frame in usable if frame.angle not in _WHERE] or usable
        salt = f"{self.function.id}\n{len(self.inputs.feedback)}"
        return sorted(usable, key=lambda frame: hashlib.sha256(f"{salt}\n{frame.text}".encode()).digest())

    def fill(self, frame: QuestionFrame, style: QuestionStyle, turn: int) -> str:
        """Return the pattern filled in; the function is named in a way that fits the style."""
        values = {
            "f": self._named(style, turn, frame),
            "did": self.did,
            "doc": self.doc,
            "file": quoted(self.function.file),
        }
        text = frame.text
        for key, value in values.items():
            text = text.replace("{" + key + "}", value)
        if not style.final_mark:
            text = text.rstrip("?.？。")
        text = spaced(text) if self.language == "zh" else text
        return text[:1].upper() + text[1:]

    def _named(self, style: QuestionStyle, turn: int, frame: QuestionFrame) -> str:
        function = self.function
        name = quoted(self.inputs.handle or function.qualified_name)
        with_file = (
            style.reference == "file"
            or self.inputs.needs_file
            or (not self.inputs.styles and turn % 4 == 3)
            or function.qualified_name.startswith("__")  # every module may have a `__getattr__`
        )
        if frame.angle in _WHERE and not self.inputs.needs_file:
            with_file = False
        if with_file:
            file = quoted(function.file)
            return f"{name} in {file}" if self.language == "en" else f"{file} 中的 {name}"
        kind = "function" if not function.enclosing_type else "method"
        if turn % 3 == 1 and function.kind in {"function", "method"}:
            word = kind if self.language == "en" else {"function": "函数", "method": "方法"}[kind]
            return f"the {word} {name}" if self.language == "en" else f"{word} {name}"
        return name


def _quotable_line(summary: str) -> str:
    """Return the documentation's first sentence where a question can quote it whole."""
    line = next(iter(sentences_of(summary)), "").split("; ", 1)[0].rstrip(".。:： ")
    if _POINTING.search(line):
        return ""  # "this class" means nothing away from the code
    whole = 8 <= len(line) <= _LONGEST_QUOTATION and line.count("(") == line.count(")")
    return line if whole and not _MARKS.search(line) else ""


def _granted(inputs: ParaphraseInputs) -> frozenset[str]:
    """Say what questions may take for granted: nobody asks for the branches of a function that has none."""
    flow = control_flow(inputs.function)
    ways = any(fact.kind in BRANCHES or fact.kind in {"loop", "switch"} for fact in flow.facts)
    gives = any(fact.value is not None for fact in flow.of("return", "yield"))
    told = {"steps": len(inputs.description.logic_steps) > 1, "branches": ways, "result": gives}
    told["input"] = bool(arguments_of(inputs.function))
    return frozenset(need for need, holds in told.items() if holds)


def _near(text: str, others: Sequence[str]) -> bool:
    own = _grams(text)
    for other in others:
        theirs = _grams(other)
        if own == theirs or len(own & theirs) >= _NEAR * max(1, min(len(own), len(theirs))):
            return True
    return False


def _grams(text: str) -> set[str]:
    """Character 3-grams (2-grams of Chinese) without quoted names and quotations."""
    bare = re.sub(r"`[^`]*`|“[^”]*”|\W", "", text.lower())
    size = 2 if _HAN.search(bare) else 3
    return {bare[i : i + size] for i in range(max(1, len(bare) - size + 1))}
