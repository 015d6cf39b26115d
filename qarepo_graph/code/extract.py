"""Bytes of one file to a :class:`ParsedFile`: nesting, qualified names, ids and texts, the same for all languages."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from qarepo_graph.code.languages import LANGUAGES, LanguageAdapter, Source
from qarepo_graph.code.licences import header_licence
from qarepo_graph.code.outline import CallSpan, FunctionSpan, Outline, ScopeSpan, folded
from qarepo_graph.code.reading import UnreadableFileError, decode
from qarepo_graph.code.screening import generated, lfs_pointer, minified
from qarepo_graph.schema import Call, Function, ParsedFile, SourceFile, TypeDeclaration


def extract(
    path: str,
    language: str,
    raw: bytes,
    *,
    skip_anonymous: bool = False,
    include_generated: bool = False,
    learned: Any = None,
) -> ParsedFile:
    """Return a file's functions and facts.

    Args:
        path: POSIX path relative to the repository's root.
        language: Key of ``LANGUAGES``.
        raw: The file's bytes.
        skip_anonymous: Leave out methods of anonymous classes.
        include_generated: Read generated and minified files too.
        learned: What the language learned from the whole repository.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        decoded = decode(raw, python=language == "python")
    except UnreadableFileError as error:
        return _unread(path, language, str(error), raw, sha256)
    if lfs_pointer(decoded.data):
        return _unread(path, language, "lfs_pointer", raw, sha256)
    if not include_generated and (generated(path, decoded.data) or minified(decoded.data)):
        reason = "generated" if generated(path, decoded.data) else "minified"
        return _unread(path, language, reason, raw, sha256)
    adapter = LANGUAGES[language]
    outline = adapter.outline(Source(path, decoded.data, learned))
    language = outline.language or language
    text = _Text(path, decoded.data, adapter, language)
    functions, types = text.resolve(outline)
    if skip_anonymous:
        functions = [function for function in functions if function.enclosing_kind != "anonymous"]
    file = SourceFile(
        path=path,
        language=language,
        status="recovered" if outline.error_nodes else "parsed",
        bytes=len(raw),
        encoding=decoded.encoding,
        sha256=sha256,
        error_nodes=outline.error_nodes,
        module=adapter.module(path, outline.module),
        imports=tuple(value for _, value in sorted(set(outline.imports))),
        docstring=outline.documentation,
        types=tuple(types),
        constants=tuple(dict.fromkeys(name for _, name in sorted(outline.constants))),
        licence=header_licence(decoded.data),
    )
    return ParsedFile(file, tuple(functions))


def _unread(path: str, language: str, reason: str, raw: bytes, sha256: str) -> ParsedFile:
    status = "failed" if reason == "encoding" else "skipped"
    return ParsedFile(
        SourceFile(path=path, language=language, status=status, reason=reason, bytes=len(raw), sha256=sha256)  # type: ignore[arg-type]  # status is one of two literals
    )


class _Frame:
    """A function or scope that is open while the sorted spans are gone through."""

    __slots__ = ("calls", "end", "fields", "kind", "qualified", "span", "type_name")

    def __init__(self, span: FunctionSpan | ScopeSpan, qualified: str, type_name: str, kind: str) -> None:
        self.span = span
        self.end = span.end
        self.qualified = qualified
        self.type_name = type_name
        self.kind = kind
        self.calls: list[CallSpan] = []
        self.fields: dict[str, None] = {}


class _Text:
    """One file's bytes, and how offsets in them become lines, names and texts."""

    def __init__(self, path: str, data: bytes, adapter: LanguageAdapter, language: str) -> None:
        self.path = path
        self.language = language
        self.data = data
        self.adapter = adapter
        self._line_ends = list(accumulate(len(line) + 1 for line in data.split(b"\n")))

    def line(self, offset: int) -> int:
        """Return the 1-based line of a byte."""
        return bisect_right(self._line_ends, offset) + 1

    def resolve(self, outline: Outline) -> tuple[list[Function], list[TypeDeclaration]]:
        """Nest the spans by one sweep over their sorted starts, then build functions and types."""
        frames = self._nest(outline)
        functions = []
        types = []
        seen: dict[str, int] = {}
        for frame, outer in frames:
            if isinstance(frame.span, FunctionSpan):
                functions.append(self._function(frame, frame.span, outer, seen))
            elif frame.span.is_type:
                types.append(self._type(frame, frame.span))
        return functions, types

    def _nest(self, outline: Outline) -> list[tuple[_Frame, _Frame | None]]:
        separator = self.adapter.separator
        spans: list[tuple[int, int, int, Any]] = [(s.start, -s.end, 0, s) for s in outline.scopes]
        spans += [(f.start, -f.end, 1, f) for f in outline.functions]
        spans += [(c.start, 0, 2, c) for c in outline.calls]
        spans += [(offset, 0, 3, name) for offset, name in outline.fields]
        spans.sort(key=lambda item: item[:3])
        frames: list[tuple[_Frame, _Frame | None]] = []
        stack: list[_Frame] = []
        for start, _, order, item in spans:
            while stack and stack[-1].end <= start:
                stack.pop()
            if order == 2:
                self._give_call(stack, item)
            elif order == 3:
                owner = next((f for f in reversed(stack) if isinstance(f.span, ScopeSpan) and f.span.is_type), None)
                if owner is not None:
                    owner.fields[item] = None
            else:
                outer = stack[-1] if stack else None
                if isinstance(item, FunctionSpan) and item.beside_type:
                    outer = next((f for f in reversed(stack) if not f.type_name), None)
                frame = _framed(item, outer, separator, self.adapter.local_scope)
                stack.append(frame)
                frames.append((frame, outer))
        return frames

    @staticmethod
    def _give_call(stack: list[_Frame], call: CallSpan) -> None:
        # Calls in decorators and default values run where the function is defined, not when it is called.
        for frame in reversed(stack):
            if isinstance(frame.span, FunctionSpan) and call.start >= frame.span.body_start:
                frame.calls.append(call)
                return

    def _function(self, frame: _Frame, span: FunctionSpan, outer: _Frame | None, seen: dict[str, int]) -> Function:
        identity = f"{self.path}::{frame.qualified}{span.id_suffix}"
        seen[identity] = ordinal = seen.get(identity, 0) + 1
        code = self._code(span.start, span.end)
        line = self.line
        kind = span.kind
        if kind == "function" and frame.type_name:
            kind = "constructor" if span.name == frame.type_name.rpartition(self.adapter.separator)[2] else "method"
        return Function(
            id=identity if ordinal == 1 else f"{identity}#{ordinal}",
            name=span.name,
            qualified_name=frame.qualified,
            language=self.language,
            kind=kind,
            file=self.path,
            start_line=line(span.start),
            end_line=line(span.end - 1),
            name_line=line(span.name_start),
            signature=folded(self.data, span.head_start, span.head_end).rstrip(" {;"),
            docstring=span.documentation,
            code=code,
            code_hash=hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest(),
            enclosing_type=frame.type_name,
            enclosing_kind=outer.kind if outer is not None else ("class" if frame.type_name else ""),
            modifiers=span.modifiers,
            parameters=span.parameters,
            return_type=span.return_type,
            calls=tuple(Call(c.name, c.receiver, line(c.start), c.construction) for c in frame.calls),
            has_body=span.has_body,
            doc_start_line=line(span.documentation_start) if span.documentation_start >= 0 else 0,
            doc_end_line=line(span.documentation_end - 1) if span.documentation_start >= 0 else 0,
            parse_status="recovered" if span.has_error else "ok",
        )

    def _type(self, frame: _Frame, span: ScopeSpan) -> TypeDeclaration:
        return TypeDeclaration(
            name=span.name,
            qualified_name=frame.qualified,
            kind=span.kind,
            start_line=self.line(span.start),
            end_line=self.line(span.end - 1),
            head=folded(self.data, span.head_start, span.head_end).rstrip(" {"),
            docstring=span.documentation,
            bases=span.bases,
            fields=tuple(frame.fields),
        )

    def _code(self, start: int, end: int) -> str:
        """Return the text of a span; the indentation of its first line is taken off every line that has it."""
        line_start = self.data.rfind(b"\n", 0, start) + 1
        indent = self.data[line_start:start]
        code = self.data[start:end]
        if indent and not indent.strip():
            code = code.replace(b"\n" + indent, b"\n")
        return code.decode("utf-8", "replace")


def _framed(span: FunctionSpan | ScopeSpan, outer: _Frame | None, separator: str, local_scope: str) -> _Frame:
    parts = [outer.qualified] if outer is not None and outer.qualified else []
    if outer is not None and isinstance(outer.span, FunctionSpan) and local_scope:
        parts.append(local_scope)
    if isinstance(span, ScopeSpan):
        qualified = separator.join([*parts, span.name] if span.name else parts)
        type_name = qualified if span.is_type or span.kind in ("anonymous", "enum_constant") else ""
        return _Frame(span, qualified, type_name, span.kind)
    type_name = outer.type_name if outer is not None and isinstance(outer.span, ScopeSpan) else ""
    if span.qualifier:
        type_name = separator.join([*parts, span.qualifier])
        parts.append(span.qualifier)
    return _Frame(span, separator.join([*parts, span.name]), type_name, "function")
