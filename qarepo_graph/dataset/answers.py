"""The answer of a row, as Markdown, in English and Chinese.

Everything in it comes from the pair and the function's own record; nothing is worded here but the headings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qarepo_graph.schema import DescriptionInFile, Language, QAPair, Requirement, ShownFunction

_NEW_FILE = re.compile(r"\s*[(（]\s*(?:new|新|新文件)\s*[)）]\s*$", re.IGNORECASE)
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class _Wording:
    """The few fixed words of an answer in one language."""

    where: str
    lines: str
    line: str
    member: str
    steps: str
    code: str
    solution: str
    reuses: str
    adds: str
    touches: str
    new_file: str
    step_lines: str
    comma: str
    between: str
    stop: str
    kinds: dict[str, str] = field(default_factory=dict)


_WORDINGS: dict[Language, _Wording] = {
    "en": _Wording(
        where="**Where:** ",
        lines="lines {}-{}",
        line="line {}",
        member="{kind} of {type}",
        steps="**Logic steps**",
        code="**Code**",
        solution="**Solution:** ",
        reuses="**Reuses:** ",
        adds="**Adds:** ",
        touches="**Touches:** ",
        new_file=" (new)",
        step_lines="({}) ",
        comma=", ",
        between=", ",
        stop=".",
        kinds={"annotation_element": "annotation element"},
    ),
    "zh": _Wording(
        where="**位置：**",
        lines="第 {}-{} 行",
        line="第 {} 行",
        member="{type} 的{kind}",
        steps="**逻辑步骤**",
        code="**代码**",
        solution="**方案：**",
        reuses="**复用：**",
        adds="**新增：**",
        touches="**改动：**",
        new_file="（新文件）",
        step_lines="（{}）",
        comma="，",
        between="、",
        stop="。",
        kinds={
            "function": "函数",
            "method": "方法",
            "constructor": "构造函数",
            "destructor": "析构函数",
            "operator": "运算符",
            "conversion": "类型转换运算符",
            "accessor": "访问器",
            "annotation_element": "注解元素",
            "test": "测试",
        },
    ),
}


def answer_text(pair: QAPair, function: ShownFunction | None, *, include_code: bool = True) -> str:
    """Return the row's answer as Markdown.

    Args:
        pair: The pair; the lines of its logic steps are lines of the file.
        function: The function a scenario 1 pair is about; not used where the answer names no single function.
        include_code: Close a scenario 1 answer with the function's text.

    Raises:
        ValueError: When the pair holds no answer, or describes a function that was not given.
    """
    words = _WORDINGS[pair.language]
    if pair.answer:
        return pair.answer
    if pair.requirement is not None:
        return _requirement_answer(pair.requirement, words)
    if pair.description is not None and function is not None:
        return _function_answer(pair.description, function, words, include_code=include_code)
    msg = f"Row {pair.id} has no answer: it needs a description with its function, a requirement, or a text."
    raise ValueError(msg)


def steps_text(pair: QAPair) -> str:
    """Return only the numbered logic steps of the answer, empty where it has none."""
    words = _WORDINGS[pair.language]
    if pair.description is not None:
        return _function_steps(pair.description, words)
    if pair.requirement is not None:
        return _numbered(pair.requirement.logic_steps)
    return ""


def _function_answer(
    description: DescriptionInFile, function: ShownFunction, words: _Wording, *, include_code: bool
) -> str:
    parts = [
        description.description.strip(),
        words.where + _place(function, words),
        words.steps + "\n" + _function_steps(description, words),
    ]
    if include_code:
        parts.append(words.code + "\n" + fenced(function.code, function.language))
    return "\n\n".join(parts)


def _requirement_answer(requirement: Requirement, words: _Wording) -> str:
    facts = [
        label + words.between.join(names) + words.stop
        for label, names in (
            (words.reuses, [code_span(name) for name in requirement.reuses]),
            (words.adds, [_added(entry) for entry in requirement.adds]),
            (words.touches, [_touched(path, words) for path in requirement.touches]),
        )
        if names
    ]
    parts = [words.solution + requirement.solution.strip()]
    if facts:
        parts.append(" ".join(facts))
    parts.append(words.steps + "\n" + _numbered(requirement.logic_steps))
    return "\n\n".join(parts)


def _added(entry: str) -> str:
    """Return a new name as code, but leave ``parameter `x` of `f` ``, which marks its names itself, as it is."""
    return entry if "`" in entry and entry.count("`") % 2 == 0 else code_span(entry)


def _place(function: ShownFunction, words: _Wording) -> str:
    if function.start_line == function.end_line:
        lines = words.line.format(function.start_line)
    else:
        lines = words.lines.format(function.start_line, function.end_line)
    kind = words.kinds.get(function.kind, function.kind)
    if function.enclosing_type:
        kind = words.member.format(kind=kind, type=code_span(function.enclosing_type))
    return words.comma.join((code_span(function.file), lines, kind)) + words.stop


def _function_steps(description: DescriptionInFile, words: _Wording) -> str:
    steps = []
    for step in description.logic_steps:
        lines = str(step.start_line) if step.start_line == step.end_line else f"{step.start_line}-{step.end_line}"
        steps.append(words.step_lines.format(lines) + step.text)
    return _numbered(steps)


def _numbered(steps: Sequence[str]) -> str:
    lines = []
    for number, step in enumerate(steps, start=1):
        marker = f"{number}. "
        # A line break inside a step would end the list item; its continuation is indented under the text.
        lines.append(marker + step.strip().replace("\n", "\n" + " " * len(marker)))
    return "\n".join(lines)


def _touched(path: str, words: _Wording) -> str:
    bare = _NEW_FILE.sub("", path)
    return code_span(bare) + (words.new_file if bare != path else "")


def code_span(text: str) -> str:
    """Return text as inline code, with a delimiter longer than any run of backticks inside it."""
    longest = _longest_backticks(text)
    if not longest:
        return f"`{text}`"
    delimiter = "`" * (longest + 1)
    return f"{delimiter} {text} {delimiter}"


def fenced(code: str, language: str) -> str:
    """Return code in a fence longer than any run of backticks inside it, so that nothing in it can close it."""
    fence = "`" * max(3, _longest_backticks(code) + 1)
    return f"{fence}{language}\n{code.rstrip(chr(10))}\n{fence}"


def _longest_backticks(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text))) if "`" in text else 0
