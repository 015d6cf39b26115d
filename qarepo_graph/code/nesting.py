"""Which function or type stands inside which, and what is written in each: one sweep over sorted spans."""

from __future__ import annotations

from operator import attrgetter

from qarepo_graph.code.outline import CallSpan, FunctionSpan, Outline, ScopeSpan

_MEMBER_KINDS = ("anonymous", "enum_constant")


class Frame:
    """A function or scope with its place in the file.

    Attributes:
        span: What was found.
        outer: The frame around it, or None.
        qualified_name: Name with its scopes.
        type_name: Qualified name of the type whose member this is; for a type, its own.
        kind: The scope's kind, or ``function``.
        calls: Calls written in a function's body, in the order of the text.
        fields: Names of a type's fields, in the order of the text, as keys.
    """

    __slots__ = ("calls", "end", "fields", "is_function", "kind", "outer", "qualified_name", "span", "type_name")

    def __init__(self, span: FunctionSpan | ScopeSpan, outer: Frame | None, separator: str, local_scope: str) -> None:
        self.span = span
        self.outer: Frame | None = outer
        self.qualified_name: str
        self.is_function: bool
        self.end = span.end
        self.calls: list[CallSpan] = []
        self.fields: dict[str, None] = {}
        prefix = outer.qualified_name if outer is not None else ""
        if outer is not None and outer.is_function and local_scope:
            prefix = f"{prefix}{separator}{local_scope}"
        prefix = prefix + separator if prefix else ""
        if isinstance(span, ScopeSpan):
            self.is_function = False
            self.kind = span.kind
            self.qualified_name = prefix + span.name if span.name else prefix.removesuffix(separator)
            self.type_name = self.qualified_name if span.is_type or span.kind in _MEMBER_KINDS else ""
            return
        self.is_function = True
        self.kind = "function"
        self.type_name = outer.type_name if outer is not None and not outer.is_function else ""
        if span.qualifier:
            self.type_name = prefix + span.qualifier
            prefix = self.type_name + separator
        self.qualified_name = prefix + span.name


def nest(outline: Outline, separator: str, local_scope: str) -> list[Frame]:
    """Return functions and scopes in the order of the text, each knowing what is around and what is written in it."""
    spans: list[tuple[int, int, int, FunctionSpan | ScopeSpan]] = []
    for scope in outline.scopes:
        spans.append((scope.start, -scope.end, len(spans), scope))
    for function in outline.functions:
        spans.append((function.start, -function.end, len(spans), function))
    spans.sort()
    frames: list[Frame] = []
    stack: list[Frame] = []
    for start, _, _, span in spans:
        while stack and stack[-1].end <= start:
            stack.pop()
        outer = stack[-1] if stack else None
        if isinstance(span, FunctionSpan) and span.beside_type:
            outer = next((frame for frame in reversed(stack) if not frame.type_name), None)
        frame = Frame(span, outer, separator, local_scope)
        stack.append(frame)
        frames.append(frame)
    _give_calls(frames, sorted(outline.calls, key=attrgetter("start")))
    _give_fields(frames, sorted(outline.fields))
    return frames


def _give_calls(frames: list[Frame], calls: list[CallSpan]) -> None:
    """Give each call to the innermost function whose body it stands in.

    Calls in decorators and default values run where the function is defined, so they belong to what is around it.
    """
    stack: list[Frame] = []
    position = 0
    count = len(frames)
    for call in calls:
        start = call.start
        while position < count and frames[position].span.start <= start:
            while stack and stack[-1].end <= frames[position].span.start:
                stack.pop()
            stack.append(frames[position])
            position += 1
        while stack and stack[-1].end <= start:
            stack.pop()
        for frame in reversed(stack):
            span = frame.span
            if frame.is_function and isinstance(span, FunctionSpan) and start >= span.body_start:
                frame.calls.append(call)
                break


def _give_fields(frames: list[Frame], fields: list[tuple[int, str]]) -> None:
    """Give each field to the innermost type around it, methods in between not counted."""
    types = [frame for frame in frames if isinstance(frame.span, ScopeSpan) and frame.span.is_type]
    stack: list[Frame] = []
    position = 0
    for offset, name in fields:
        while position < len(types) and types[position].span.start <= offset:
            stack.append(types[position])
            position += 1
        while stack and stack[-1].end <= offset:
            stack.pop()
        if stack:
            stack[-1].fields[name] = None
