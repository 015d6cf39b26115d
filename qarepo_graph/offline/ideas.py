"""What the facts of a function honestly suggest could be added, and nothing more.

An idea is a kind, a function, and the names and values its wording needs; how it sounds is in ``idea_texts_*``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from qarepo_graph.code.control_flow import ControlFlow, control_flow
from qarepo_graph.code.repository_map import is_test
from qarepo_graph.offline.names import arguments_of, words_of
from qarepo_graph.offline.values import quotable_text
from qarepo_graph.schema import Function, IdeateInputs

_CAMEL = frozenset({"java", "javascript", "typescript", "go"})
_OPPOSITES = {
    "add": "remove", "append": "remove", "insert": "remove", "save": "load", "load": "save", "open": "close",
    "start": "stop", "push": "pop", "encode": "decode", "decode": "encode", "serialize": "deserialize",
    "lock": "unlock", "enable": "disable", "register": "unregister", "subscribe": "unsubscribe",
    "export": "import", "compress": "decompress", "encrypt": "decrypt", "attach": "detach",
    "pack": "unpack", "connect": "disconnect", "reserve": "release", "freeze": "unfreeze",
}  # fmt: skip
# Names that only file operations have: `write`, `remove` and `replace` are methods of texts and lists as well.
_WRITES = frozenset(
    [
        "write_text",
        "write_bytes",
        "unlink",
        "rmdir",
        "rmtree",
        "mkdir",
        "makedirs",
        "copyfile",
        "deleteIfExists",
        "createDirectories",
        "writeString",
        "os.remove",
        "os.rename",
        "os.replace",
        "shutil.move",
        "json.dump",
    ]
)
_WAITS = frozenset(
    [
        "open",
        "read_text",
        "read_bytes",
        "urlopen",
        "recv",
        "sendall",
        "sleep",
        "newBufferedReader",
        "readAllLines",
        "openConnection",
        "getline",
    ]
)
_BUILT_IN_ERRORS = frozenset(
    [
        "ValueError",
        "TypeError",
        "RuntimeError",
        "KeyError",
        "Exception",
        "IndexError",
        "IllegalArgumentException",
        "IllegalStateException",
        "RuntimeException",
        "std::runtime_error",
        "std::invalid_argument",
        "std::out_of_range",
    ]
)


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
    """

    kind: str
    function: Function
    values: dict[str, str] = field(default_factory=dict)
    parameter: str = ""
    new: tuple[str, ...] = ()
    also: tuple[Function, ...] = ()


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
                names = [*(re.split(r"\.|::", name)[-1] for name in idea.new), idea.parameter]
                if any(name in known for name in names if name):
                    continue  # the name is taken somewhere in sight, so the feature may be there too
                users = tuple(f for f in candidates if f is not function and _calls(f, function))[:1]
                found.append(Idea(kind, function, idea.values, idea.parameter, idea.new, users))
                break
    return found


def _may_grow(function: Function) -> bool:
    test = function.kind == "test" or is_test(function.file)
    special = function.name.startswith("__") or "~" in function.name or "<locals>" in function.qualified_name
    return function.has_body and not test and not special and quotable_text(function.qualified_name)


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


def _inverse(function: Function, _: ControlFlow) -> Iterator[Idea]:
    words = words_of(function.name)
    if words and words[0] in _OPPOSITES and not function.name.startswith("_") and function.kind != "constructor":
        opposite = _OPPOSITES[words[0]]
        name = _renamed(function, " ".join([opposite, *(word.lower() for word in words[1:])]))
        yield Idea(
            "inverse", function, {"verb": words[0], "opposite": opposite, "new": name}, new=(_member(function, name),)
        )


def _validate(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for name in flow.unchecked:
        if not function.name.startswith("_") and not name.startswith("_"):
            helper = _renamed(function, f"check {' '.join(words_of(name))} argument".lower())
            yield Idea("validate", function, {"param": name, "new": helper}, new=(helper,))


def _batch(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    names = _data_parameters(function)
    looped = {name for f in flow.of("loop") if f.value for name in f.value.names}
    single = (
        not function.name.startswith("_") and len(names) == 1 and names[0] not in looped and not names[0].endswith("s")
    )
    if single and flow.of("return") and function.kind in {"function", "method"}:
        name = _with_suffix(function, "all" if function.language in _CAMEL else "many")
        yield Idea("batch", function, {"param": names[0], "new": name}, new=(_member(function, name),))


def _setting(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for value in flow.hard_coded:
        text = value.text[0] in "\"'" and (len(value.text) < 5 or "%" in value.text or "{" in value.text)
        named = value.name.isidentifier() and value.name not in _data_parameters(function)
        if named and not text and value.text[0] not in "fFrRbB" and quotable_text(value.text):
            name = _renamed(function, " ".join(word.lower() for word in words_of(f"default {value.name}")))
            line = str(function.start_line + value.line - 1)
            yield Idea("setting", function, {"value": value.text, "target": value.name, "line": line}, parameter=name)


def _progress(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for loop in flow.of("loop"):
        if loop.detail == "each" and loop.depth == 0 and loop.value and quotable_text(loop.value.text):
            yield Idea("progress", function, {"items": loop.value.text}, parameter=_renamed(function, "on progress"))


def _dry_run(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for call in flow.calls:
        if (call in _WRITES or re.split(r"\.|::|->", call)[-1] in _WRITES) and quotable_text(call) and "(" not in call:
            yield Idea("dry_run", function, {"call": call}, parameter=_renamed(function, "dry run"))


def _async(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for call in flow.calls:
        waits = re.split(r"\.|::|->", call)[-1] in _WAITS and quotable_text(call) and "(" not in call
        if waits and not flow.is_async and function.kind in {"function", "method"}:
            name = _with_suffix(function, "async")
            yield Idea("async", function, {"call": call, "new": name}, new=(_member(function, name),))


def _stream(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    grown = {f.target.rsplit(".", 1)[0] for f in flow.of("call") if f.depth and f.target.endswith((".append", ".add"))}
    for result in flow.of("return"):
        if result.value and result.value.text in grown and result.value.text.isidentifier() and result.depth == 0:
            name = _renamed(function, f"iterate {' '.join(words_of(function.name))}".lower())
            yield Idea("stream", function, {"items": result.value.text, "new": name}, new=(_member(function, name),))


def _report(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for index, handler in enumerate(flow.facts):
        inside = [flow.facts[i] for i in flow.body(index)]
        swallowed = handler.kind == "except" and handler.detail and not any(f.kind == "raise" for f in inside)
        if swallowed and quotable_text(handler.detail.strip("()")):
            name = _renamed(function, "on error")
            yield Idea("report", function, {"error": handler.detail.strip("()")}, parameter=name)


def _limit(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for loop in flow.of("loop"):
        if loop.detail == "forever" or (loop.detail == "while" and loop.value and quotable_text(loop.value.text)):
            yield Idea("limit", function, {}, parameter=_renamed(function, "max passes"))


def _cache(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    pure = not any(f.target.startswith(("self.", "this.", "this->")) for f in flow.of("assign"))
    computed = flow.of("return") and flow.of("loop") and _data_parameters(function)
    if pure and computed and not flow.of("yield") and function.kind in {"function", "method"}:
        name = _with_suffix(function, "cached")
        yield Idea("cache", function, {"new": name}, new=(_member(function, name),))


def _own_error(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for kind in flow.raises:
        if kind in _BUILT_IN_ERRORS:
            base = function.enclosing_type.replace("::", ".").rsplit(".", 1)[-1] or function.file.rsplit("/", 1)[-1]
            words = words_of(base.rsplit(".", 1)[0])
            suffix = "Exception" if function.language == "java" else "Error"
            name = "".join(word[:1].upper() + word[1:] for word in words) + suffix
            yield Idea("own_error", function, {"error": kind, "new": name}, new=(name,))


def _fallback_case(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    for index, switch in enumerate(flow.facts):
        if switch.kind != "switch" or switch.value is None or not quotable_text(switch.value.text):
            continue
        cases = [flow.facts[i] for i in flow.body(index) if flow.facts[i].kind == "case"]
        if cases and not any(case.detail == "default" for case in cases):
            name = _renamed(function, "strict mode")
            yield Idea("fallback_case", function, {"subject": switch.value.text}, parameter=name)


def _timing(function: Function, flow: ControlFlow) -> Iterator[Idea]:
    if len(flow.calls) >= 3 and function.kind in {"function", "method"}:
        name = _with_suffix(function, "timed")
        yield Idea("timing", function, {"new": name}, new=(_member(function, name),))


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
    "limit": _limit,
    "fallback_case": _fallback_case,
    "cache": _cache,
    "timing": _timing,
}
KINDS = tuple(_FINDERS)
"""Kinds of ideas, the more telling ones first."""
