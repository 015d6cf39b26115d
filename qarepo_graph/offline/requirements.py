"""One requirement of a run, from what the focus suggests: another kind of idea for each ordinal, never one to avoid."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Sequence

from qarepo_graph.llm.backend import Fault
from qarepo_graph.offline.idea_text import IdeaText
from qarepo_graph.offline.idea_texts_en import ENGLISH_IDEAS
from qarepo_graph.offline.idea_texts_zh import CHINESE_IDEAS
from qarepo_graph.offline.ideas import KINDS, Idea, ideas
from qarepo_graph.offline.phrases.phrasebook import quoted, spaced
from qarepo_graph.schema import IdeateInputs, Language, Requirement

_TEXTS: dict[Language, dict[str, IdeaText]] = {"en": ENGLISH_IDEAS, "zh": CHINESE_IDEAS}
_WITH_DEFAULTS = frozenset({"python", "cpp", "javascript", "typescript"})
_MOST_SHARED = 0.5
"""Share of the shorter question's words (pairs of characters in Chinese) that a question to avoid may have."""


def ideate(inputs: IdeateInputs) -> Requirement:
    """Return the requirement of this ordinal.

    Raises:
        Fault: ``item``/``exhausted`` when every idea of the focus is one to avoid, or there is none.
    """
    avoid = [*inputs.avoid, *(asked for reason in inputs.feedback for asked in _asked(reason))]
    # After a refusal the other wording comes first: two requirements of one kind differ most by it.
    found = _in_turn(ideas(inputs), inputs.ordinal, int(bool(inputs.feedback)))
    others = [entry for entry in found if entry[0] != found[0][0]]
    if others and (there := [reason for reason in inputs.feedback if "already does this" in reason]):
        turn = zlib.crc32(there[0].encode()) % len(others)  # what is there already gives way to another idea
        found = others[turn:] + others[:turn]
    for idea, wording in found:
        requirement = _told(idea, wording, inputs.language)
        if not any(_alike(requirement.question, other) for other in avoid):
            return requirement
    raise Fault("item", "exhausted", "The code suggests no further requirement; name a model with --model for more.")


def _in_turn(found: Sequence[Idea], ordinal: int, shift: int) -> list[tuple[Idea, int]]:
    """Return all ideas with both wordings, starting where this ordinal's turn is: kinds first, then functions."""
    by_kind: dict[str, list[Idea]] = defaultdict(list)
    for idea in found:
        by_kind[idea.kind].append(idea)
    first = KINDS[ordinal % len(KINDS)]
    # Where its own kind has nothing, neighbours must not all fall back on the same one: the rest is shuffled by hash.
    rest = sorted(by_kind, key=lambda kind: hashlib.sha256(f"{ordinal}\n{kind}".encode()).digest())
    kinds = [kind for kind in dict.fromkeys([first, *rest]) if kind in by_kind]
    turn = ordinal // len(KINDS)
    result = []
    for wording in (turn + shift, turn + shift + 1):
        for position in range(max((len(members) for members in by_kind.values()), default=0)):
            for kind in kinds:
                members = by_kind[kind]
                if position < len(members):
                    result.append((members[(position + turn) % len(members)], wording))
    return result


def _told(idea: Idea, wording: int, language: Language) -> Requirement:
    text, function = _TEXTS[language][idea.kind], idea.function
    values = {
        key: value if key in {"line", "verb", "opposite"} else quoted(value) for key, value in idea.values.items()
    }
    values |= {"f": quoted(function.qualified_name), "file": quoted(function.file), "p": quoted(idea.parameter)}
    values["give"] = _give(idea, language)

    def fill(pattern: str) -> str:
        for key, value in values.items():
            pattern = pattern.replace("{" + key + "}", value)
        return spaced(pattern) if language == "zh" else pattern[:1].upper() + pattern[1:]

    users = [user.qualified_name for user in idea.also]
    steps = [fill(step) for step in text.steps]
    if users:
        user = quoted(users[0])
        told = {
            "en": f"Check {user}, which calls {values['f']}: it keeps working unchanged and can use the addition.",
            "zh": f"检查使用 {values['f']} 的 {user}：它无需修改即可继续工作，也可以用上新增的功能。",
        }[language]
        steps.insert(-1, spaced(told) if language == "zh" else told)
    added = list(idea.new)
    if idea.parameter:
        named = (quoted(function.qualified_name), quoted(idea.parameter))
        added.append(f"parameter {named[1]} of {named[0]}" if language == "en" else f"{named[0]} 的参数 {named[1]}")
    return Requirement(
        question=fill(text.questions[wording % len(text.questions)]),
        solution=fill(text.solution),
        logic_steps=steps,
        reuses=[function.qualified_name, *users],
        adds=added,
        touches=[function.file],
    )


def _give(idea: Idea, language: Language) -> str:
    name, parameter = quoted(idea.function.qualified_name), quoted(idea.parameter)
    if idea.function.language in _WITH_DEFAULTS:
        return (
            f"give {name} an optional parameter {parameter}"
            if language == "en"
            else f"为 {name} 新增可选参数 {parameter}"
        )
    if language == "en":
        return f"add a second form of {name} with a further parameter {parameter}"
    return f"为 {name} 新增一个多带参数 {parameter} 的形式"


def _asked(reason: str) -> list[str]:
    """Return the questions a refusal quotes."""
    return re.findall(r"asks ['\"](.+?)['\"];", reason)


def _alike(left: str, right: str) -> bool:
    left_words, right_words = _words(left), _words(right)
    return len(left_words & right_words) > _MOST_SHARED * max(1, min(len(left_words), len(right_words)))


def _words(text: str) -> set[str]:
    found = {word.lower() for word in re.findall(r"[A-Za-z]{3,}", text)}
    for run in re.findall(r"[\u4e00-\u9fff]{2,}", text):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return found
