"""How each wording of a question is to sound: axes sampled in code with a seed, then told to the model.

Asked for "diverse" questions, models vary little; told a different style for each one, they vary where it counts.
Within a group every axis is dealt like cards: each value comes about equally often before one comes again.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from qarepo_graph.schema import Language, QuestionStyle

FORMS = ("question", "question", "question", "imperative")
ANGLES = ("how", "walkthrough", "purpose", "how", "where", "conditions", "result", "data")
REGISTERS = ("neutral", "formal", "casual", "terse")
REFERENCES = ("qualified", "qualified", "behaviour", "qualified", "file")
FINAL_MARKS = (True, True, True, True, False)
PERSONAS = ("newcomer", "maintainer", "reviewer", "user", "debugger")
LENGTHS = ("medium", "short", "long")

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "question": "a question",
        "imperative": "a request (imperative)",
        "how": "asks how it is done",
        "walkthrough": "asks to be led through the logic",
        "purpose": "starts from what it is for and asks how that is reached",
        "where": "asks where in the repository this is done and how",
        "conditions": "asks how the cases and conditions are told apart",
        "result": "asks how the result comes about",
        "data": "asks what becomes of the input on its way",
        "neutral": "neutral tone",
        "formal": "formal tone",
        "casual": "casual tone",
        "terse": "terse tone",
        "qualified": "names the function by its qualified name (reference: qualified)",
        "file": "names the function and its file's path (reference: file)",
        "behaviour": "describes what only it does, without its name (reference: behaviour)",
        "newcomer": "asked by a newcomer",
        "maintainer": "asked by a maintainer",
        "reviewer": "asked by a reviewer",
        "user": "asked by a user of the code",
        "debugger": "asked by someone tracing a problem",
        "short": "short",
        "medium": "of medium length",
        "long": "long, with its context",
        "mark": "ends in a mark",
        "no mark": "ends without any mark",
    },
    "zh": {
        "question": "疑问句",
        "imperative": "祈使句",
        "how": "问是如何实现的",
        "walkthrough": "请对方讲解处理流程",
        "purpose": "从目的出发，问怎么达到",
        "where": "问在仓库哪里实现、如何实现",
        "conditions": "问各种情况和条件如何区分处理",
        "result": "问结果是怎么得到的",
        "data": "问输入经过了哪些处理",
        "neutral": "中性语气",
        "formal": "正式书面语",
        "casual": "口语",
        "terse": "简练",
        "qualified": "写出函数的限定名（qualified）",
        "file": "写出函数名和文件路径（file）",
        "behaviour": "不写函数名，描述只有它才有的行为（behaviour）",
        "newcomer": "提问者是新人",
        "maintainer": "提问者是维护者",
        "reviewer": "提问者是代码评审者",
        "user": "提问者是代码使用者",
        "debugger": "提问者正在排查问题",
        "short": "短",
        "medium": "长度适中",
        "long": "长，带上背景",
        "mark": "句末带标点",
        "no mark": "句末不带标点",
    },
}


def sample_styles(key: str, count: int, language: Language, seed: int) -> tuple[QuestionStyle, ...]:
    """Return ``count`` styles for one question, the same ones for the same arguments on every machine.

    Args:
        key: What the question is about: the function's id, with the question type where there are several.
        count: Wordings wanted.
        language: Language of the questions; it takes part in the draw so that translations differ in style too.
        seed: The run's seed.
    """
    digest = hashlib.sha256(f"{seed}\0{language}\0{key}".encode()).digest()
    draw = random.Random(int.from_bytes(digest[:8], "big"))
    axes = (FORMS, ANGLES, REGISTERS, REFERENCES, FINAL_MARKS, PERSONAS, LENGTHS)
    dealt = [_dealt(values, count, draw.getrandbits) for values in axes]
    return tuple(_sensible(*style) for style in zip(*dealt, strict=True))


def naming_the_file(styles: Sequence[QuestionStyle]) -> tuple[QuestionStyle, ...]:
    """Return the styles for a function that only its file tells from its namesakes: who names it names the file."""
    return tuple(
        style
        if style.reference == "behaviour"
        else replace(style, reference="file", angle="how" if style.angle == "where" else style.angle)
        for style in styles
    )


def said_styles(styles: Sequence[QuestionStyle], language: Language) -> str:
    """Return the styles as the prompt says them, one numbered line each."""
    words = _WORDS[language]
    joint = "；" if language == "zh" else "; "
    lines = []
    for number, style in enumerate(styles, 1):
        axes = (style.form, style.angle, style.reference, style.register, style.persona, style.length)
        said = [words.get(value, value) for value in axes]
        said.append(words["mark" if style.final_mark else "no mark"])
        lines.append(f"{number}. {joint.join(said)}")
    return "\n".join(lines)


def _dealt(values: Sequence[Any], count: int, getrandbits: Callable[[int], int]) -> list[Any]:
    """Deal values like cards: the whole pack in a new order, again and again."""
    dealt: list[Any] = []
    while len(dealt) < count:
        pack = list(values)
        # Random.shuffle, spelled out: the same order at a third of the time, and the same in every Python.
        for last in range(len(pack) - 1, 0, -1):
            bits = (last + 1).bit_length()
            other = getrandbits(bits)
            while other > last:
                other = getrandbits(bits)
            pack[last], pack[other] = pack[other], pack[last]
        dealt.extend(pack)
    return dealt[:count]


def _sensible(
    form: str, angle: str, register: str, reference: str, final_mark: bool, persona: str, length: str
) -> QuestionStyle:
    """Mend combinations nobody would ask: where something is while naming its file, or as an order."""
    if angle == "where":
        form = "question"
        if reference == "file":
            reference = "qualified"
    if reference == "behaviour" and length == "short":
        length = "medium"
    return QuestionStyle(form, angle, register, reference, final_mark, persona, length)
