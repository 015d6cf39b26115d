"""What the facts of a function honestly suggest could be added, and nothing more.

An idea is a kind, a function, and the names and values its wording needs; how it sounds is in ``idea_texts_*``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from qarepo_graph.code.control_flow import ControlFlow, control_flow
from qarepo_graph.code.repository_map import is_test
from qarepo_graph.offline.idea_words import (
    BLOCKS,
    CARRIERS,
    CHANGING,
    CHECKABLE,
    CHOSEN_TEXTS,
    EXPECTED_ERRORS,
    FIXED,
    GENERAL_ERRORS,
    ITEMWISE,
    KNOBS,
    LONG_JOBS,
    OPPOSITES,
    SOCKET_CALLS,
    WAITS,
    WRITES,
)
from qarepo_graph.offline.names import arguments_of, read_name, words_of
from qarepo_graph.offline.values import quotable_text
from qarepo_graph.offline.vocabulary import PREPOSITIONS
from qarepo_graph.schema import Function, IdeateInputs

_CAMEL = frozenset({"java", "javascript", "typescript", "go"})
_PLAIN_TYPES = re.compile(
    r"(?:const\s+)?(?:std::)?(?:u?int\w*|long|short|byte|char|boolean|bool|float|double|size_t|str|bytes|String|string|"
    r"string_view|Integer|Long|Double|Character|CharSequence)(?:\s+const)?(?:\s*&)?"
)
"""Types whose values do not change, written as parameters are; a reference only to a constant."""
_SOCKET = re.compile(r"(?i)sock|listener|server")
_PLACELESS = frozenset({"util", "utils", "helpers", "common", "misc", "main", "__init__", "index"})
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ERROR_ENDING = re.compile(r"(?:Error|Exception)$")


@dataclass(frozen=True, slots=True)
class Idea:
    """One feature that the code does not have.

    Attributes:
        kind: Key of its wording.
        function: The function it starts from.
        values: Slots of the wording: code without quotes.
        parameter: Name of the parameter it adds to the function, empty if none.
        new: Qualified names it adds.
        also: Functions beside it that change or are used.
        instead: Names under which the feature may be there already.
    """

    kind: str
    function: Function
    values: dict[str, str] = field(default_factory=dict)
    parameter: str = ""
    new: tuple[str, ...] = ()
    also: tuple[Function, ...] = ()
    instead: tuple[str, ...] = ()


def ideas(inputs: IdeateInputs) -> list[Idea]:
    """Return every idea the focus gives, by kind in the order of :data:`KINDS`, functions in the focus's order."""
    known = set(re.findall(r"\w+", inputs.repository_map))
    for function in inputs.focus:
        known.update(re.findall(r"\w+", f"{function.code} {function.qualified_name}"))
    for reason in inputs.feedback:
        known.update(re.findall(r"(\w+)` under adds exists", reason))
    found: list[Idea] = []
    candidates = [f for f in inputs.focus if _may_grow(f)]
    flows = [(function, control_flow(function)) for function in candidates]
    for kind in KINDS:
        for function, flow in flows:
            for idea in _FINDERS[kind](function, flow):
                names = [*(re.split(r"\.|::", name)[-1] for name in idea.new), idea.parameter, *idea.instead]
                if any(name in known for name in names if name):
                    continue  # the name is taken somewhere in sight, so the feature may be there too
                users = tuple(f for f in candidates if f is not function and _calls(f, function))[:1]
                found.append(Idea(kind, function, idea.values, idea.parameter, idea.new, users))
                break
    return found


def _may_grow(function: Function) -> bool:
    """Whether people would ask for more of a function: it is theirs to call, and no test."""
    test = function.kind in {"test", "constructor", "destructor", "operator"} or is_test(function.file)
    hidden = any(part.startswith("_") for part in re.split(r"\.|::", function.qualified_name))
    hidden = hidden or bool({"private", "protected"}.intersection(function.modifiers)) or "<" in function.qualified_name
    return function.has_body and not test and not hidden and "~" not in function.name and _quotable_name(function)


def _quotable_name(function: Function) -> bool:
    return function.name.isidentifier() and quotable_text(function.qualified_name)


def _calls(caller: Function, callee: Function) -> bool:
    # Another overload of the same name would read as a function that calls itself.
    same = caller.qualified_name == callee.qualified_name
    return not same and any(call.name == callee.name for call in caller.calls)


def _renamed(function: Function, english: str) -> str:
    """Build a name in the style of the function's own: ``load_config`` + ``many`` → ``load_config_many``."""
    camel = function.language in _CAMEL or (
        function.language == "cpp" and bool(re.search(r"[a-z][A-Z]|^[A-Z][a-z]+$", function.name))
    )
    words = english.split()
    if camel:
        return words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return "_".join(words)


def _with_suffix(function: Function, suffix: str) -> str:
    joint = _renamed(function, f"x {suffix}")[1:]
    return function.name.rstrip("_") + joint


def _member(function: Function, name: str) -> str:
    if not function.enclosing_type:
        return name
    joint = "::" if function.language == "cpp" else "."
    return f"{function.enclosing_type}{joint}{name}"


def _data_parameters(function: Function) -> list[str]:
    return [name for name in arguments_of(function) if name.isidentifier()]


def _verb(function: Function) -> str:
    return read_name(function.name).verb


def _called(flow: ControlFlow, names: frozenset[str]) -> Iterator[str]:
    """Yield the calls to one of these names, whole or by the last part, that can be quoted."""
    for call in flow.calls:
        *receiver, name = re.split(r"\.|::|->", call)
        meant = name not in SOCKET_CALLS or bool(receiver and _SOCKET.search(receiver[-1]))
        if (call in names or name in names) and meant and quotable_text(call) and "(" not in call:
            yield call


def _inverse(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    words = words_of(function.name)
    if not words or words[0] not in OPPOSITES or PREPOSITIONS.intersection(words) or len(words) > 4:
        return
    changes = any(f.kind == "call" or "." in f.target or "->" in f.target for f in flow.of("call", "assign"))
    if words[0] in CHANGING and not (changes and (_data_parameters(function) or words[1:])):
        return
    rest = [word.lower() for word in words[1:]]
    names = [_renamed(function, " ".join([opposite, *rest])) for opposite in OPPOSITES[words[0]]]
    values = {"verb": words[0], "opposite": OPPOSITES[words[0]][0], "new": names[0]}
    also = () if words[0] in CHANGING else OPPOSITES[words[0]]  # `encode` beside `decode_next` may be its pair
    yield Idea("inverse", function, values, new=(_member(function, names[0]),), instead=(*names[1:], *also))


def _validate(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for name in flow.unchecked:
        plain = all(p.name != name or not p.type or _PLAIN_TYPES.fullmatch(p.type) for p in function.parameters)
        if plain and "_".join(words_of(name)).lower() in CHECKABLE:
            helper = _renamed(function, f"check {' '.join(words_of(name))}".lower())
            yield Idea("validate", function, {"param": name, "new": helper}, new=(helper,))


def _batch(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    names = _data_parameters(function)
    looped = {name for f in flow.of("loop") if f.value for name in f.value.names}
    if len(names) != 1 or _verb(function) not in ITEMWISE or function.kind not in {"function", "method"}:
        return
    single = names[0] not in looped and not names[0].endswith("s") and names[0].lower() not in KNOBS and names[0][1:]
    if single and any(result.value is not None for result in flow.of("return")):
        name = _with_suffix(function, "all" if function.language in _CAMEL else "many")
        yield Idea("batch", function, {"param": names[0], "new": name}, new=(_member(function, name),))


def _setting(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    assigned = [f.target for f in flow.of("assign")]
    for value in flow.hard_coded:
        name = value.name.lstrip("_")
        fixed = name.isidentifier() and len(name) > 2 and assigned.count(value.name) < 2
        named = fixed and name not in _data_parameters(function) and (name[0].islower() or name.isupper())
        text = value.text[0] in "\"'"
        chosen = "_".join(words_of(name)).lower() in CHOSEN_TEXTS if text else _NUMBER.fullmatch(value.text)
        if named and chosen and not FIXED.intersection(words_of(name)) and quotable_text(value.text):
            made = _renamed(function, " ".join(word.lower() for word in words_of(f"default {name}")))
            line = str(function.start_line + value.line - 1)
            yield Idea("setting", function, {"value": value.text, "target": value.name, "line": line}, parameter=made)


def _progress(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for index, loop in enumerate(flow.facts):
        told = loop.kind == "loop" and loop.detail == "each" and loop.depth == 0 and loop.value is not None
        works = told and any(f.value is not None and f.value.calls for f in (flow.facts[i] for i in flow.body(index)))
        if works and _verb(function) in LONG_JOBS and loop.value is not None and quotable_text(loop.value.text):
            yield Idea("progress", function, {"items": loop.value.text}, parameter=_renamed(function, "on progress"))


def _dry_run(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for call in _called(flow, WRITES):
        yield Idea("dry_run", function, {"call": call}, parameter=_renamed(function, "dry run"))


def _async(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for call in _called(flow, BLOCKS):
        if not flow.is_async and function.kind in {"function", "method"}:
            name = _with_suffix(function, "async")
            yield Idea("async", function, {"call": call, "new": name}, new=(_member(function, name),))


def _timeout(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for call in _called(flow, WAITS):
        if not re.search(r"(?i)timeout|deadline|wait_for\b", function.code):
            yield Idea("timeout", function, {"call": call}, parameter=_renamed(function, "timeout seconds"))


def _stream(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    grown = {f.target.rsplit(".", 1)[0] for f in flow.of("call") if f.depth and f.target.endswith((".append", ".add"))}
    for result in flow.of("return"):
        if result.value and result.value.text in grown and result.value.text.isidentifier() and result.depth == 0:
            items = read_name(function.name).rest or words_of(function.name)
            name = _renamed(function, f"iterate {' '.join(items)}".lower())
            yield Idea("stream", function, {"items": result.value.text, "new": name}, new=(_member(function, name),))


def _report(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for index, handler in enumerate(flow.facts):
        kind = handler.detail.strip("()")
        if handler.kind != "except" or not kind or not quotable_text(kind):
            continue
        inside = [flow.facts[i] for i in flow.body(index)]
        silent = all(f.kind == "continue" or (f.kind == "return" and f.value is None) for f in inside)
        if silent and not EXPECTED_ERRORS.intersection(re.split(r"[|,\s]+", kind)):
            yield Idea("report", function, {"error": kind}, parameter=_renamed(function, "on error"))


def _limit(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    if any(loop.detail == "forever" for loop in flow.of("loop")) and any(_called(flow, BLOCKS)):
        yield Idea("limit", function, {}, parameter=_renamed(function, "max passes"))


def _cache(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    static = not function.enclosing_type or any("static" in modifier for modifier in function.modifiers)
    pure = not flow.of("call", "yield", "with", "evaluate", "delete") and not any(
        re.search(r"\W", f.target) for f in flow.of("assign")
    )
    steady = all(
        parameter.name.lower() not in CARRIERS and (not parameter.type or _PLAIN_TYPES.fullmatch(parameter.type))
        for parameter in function.parameters
    )
    if static and pure and steady and flow.of("return") and flow.of("loop") and _data_parameters(function):
        name = _with_suffix(function, "cached")
        yield Idea("cache", function, {"new": name}, new=(_member(function, name),))


def _own_error(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for kind in flow.raises:
        base = re.split(r"\.|::", function.enclosing_type)[-1] or function.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        if kind in GENERAL_ERRORS and base.lower() not in _PLACELESS and not _ERROR_ENDING.search(base):
            suffix = "Exception" if function.language == "java" else "Error"
            name = "".join(word[:1].upper() + word[1:] for word in words_of(base)) + suffix
            yield Idea("own_error", function, {"error": kind, "new": name}, new=(name,))


def _fallback_case(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for index, switch in enumerate(flow.facts):
        if switch.kind != "switch" or switch.value is None or not quotable_text(switch.value.text):
            continue
        cases = [flow.facts[i] for i in flow.body(index) if flow.facts[i].kind == "case"]
        if cases and not any(case.detail == "default" for case in cases):
            name = _renamed(function, "strict mode")
            yield Idea("fallback_case", function, {"subject": switch.value.text}, parameter=name)


_FINDERS: dict[str, Callable[[Function, ControlFlow], Iterator[Idea]]] = {
    "inverse": _inverse,
    "setting": _setting,
    "dry_run": _dry_run,
    "batch": _batch,
    "progress": _progress,
    "report": _report,
    "stream": _stream,
    "validate": _validate,
    "own_error": _own_error,
    "async": _async,
    "timeout": _timeout,
    "limit": _limit,
    "fallback_case": _fallback_case,
    "cache": _cache,
}
KINDS = tuple(_FINDERS)
"""Kinds of ideas, the more telling ones first."""
