"""Bytes of one file to a :class:`ParsedFile`: nesting, qualified names, ids and texts, the same for all languages."""

from __future__ import annotations

from bisect import bisect_right
from hashlib import sha256
from io import BytesIO
from itertools import accumulate
from typing import Any

from qarepo_graph.code.languages import LANGUAGES, Source
from qarepo_graph.code.licences import header_licence
from qarepo_graph.code.merge_markers import blank_markers
from qarepo_graph.code.nesting import Frame, nest
from qarepo_graph.code.outline import FunctionSpan, ScopeSpan, folded
from qarepo_graph.code.reading import UnreadableFileError, decode
from qarepo_graph.code.screening import lfs_pointer, not_by_hand
from qarepo_graph.schema import Call, Function, ParsedFile, SourceFile, TypeDeclaration
from qarepo_graph.schema.function import FunctionKind


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
    raw_hash = sha256(raw).hexdigest()
    try:
        decoded = decode(raw, python=language == "python")
    except UnreadableFileError as error:
        return _unread(path, language, str(error), raw, raw_hash)
    if lfs_pointer(decoded.data):
        return _unread(path, language, "lfs_pointer", raw, raw_hash)
    if not include_generated and (reason := not_by_hand(path, decoded.data)):
        return _unread(path, language, reason, raw, raw_hash)
    adapter = LANGUAGES[language]
    source, markers = blank_markers(decoded.data)
    outline = adapter.outline(Source(path, source, learned))
    if markers:
        outline.error_nodes += len(markers)
        for span in outline.functions:
            span.has_error = span.has_error or any(span.start <= place < span.end for place in markers)
    language = outline.language or language
    frames = nest(outline, adapter.separator, adapter.local_scope)
    text = _Text(path, decoded.data, adapter.separator, language)
    functions = [text.function(frame, frame.span) for frame in frames if isinstance(frame.span, FunctionSpan)]
    if skip_anonymous:
        functions = [function for function in functions if function.enclosing_kind != "anonymous"]
    file = SourceFile(
        path=path,
        language=language,
        status="recovered" if outline.error_nodes else "parsed",
        bytes=len(raw),
        encoding=decoded.encoding,
        sha256=raw_hash,
        error_nodes=outline.error_nodes,
        module=adapter.module(path, outline.module),
        imports=tuple(value for _, value in sorted(set(outline.imports))),
        docstring=outline.documentation,
        types=tuple([text.type(f, f.span) for f in frames if isinstance(f.span, ScopeSpan) and f.span.is_type]),
        constants=tuple(dict.fromkeys(name for _, name in sorted(outline.constants))),
        licence=header_licence(decoded.data),
    )
    return ParsedFile(file, tuple(functions))


def _unread(path: str, language: str, reason: str, raw: bytes, raw_hash: str) -> ParsedFile:
    status = "failed" if reason == "encoding" else "skipped"
    return ParsedFile(
        SourceFile(path=path, language=language, status=status, reason=reason, bytes=len(raw), sha256=raw_hash)  # type: ignore[arg-type]  # status is one of two literals
    )


class _Text:
    """One file's bytes, and how offsets in them become lines and texts."""

    def __init__(self, path: str, data: bytes, separator: str, language: str) -> None:
        self._path = path
        self._data = data
        self._separator = separator
        self._language = language
        # Offset behind each line. An iterated BytesIO ends lines at "\n" only, as tree-sitter does.
        self._line_ends = list(accumulate(map(len, BytesIO(data))))
        self._seen: dict[str, int] = {}

    def line(self, offset: int) -> int:
        """Return the 1-based line of a byte."""
        return bisect_right(self._line_ends, offset) + 1

    def function(self, frame: Frame, span: FunctionSpan) -> Function:
        """Return a function from its frame; to be called in the order of the text."""
        identity = f"{self._path}::{frame.qualified_name}{span.id_suffix}"
        self._seen[identity] = ordinal = self._seen.get(identity, 0) + 1
        # A function recovered from broken text may run to the end of the file, its last line break included.
        end = span.end
        while self._data[end - 1 : end].isspace():
            end -= 1
        code = self._code(span.start, end)
        ends = self._line_ends
        calls = [
            Call(c.name, c.receiver, bisect_right(ends, c.start) + 1, c.construction, c.arguments) for c in frame.calls
        ]
        documented = span.documentation_start >= 0
        outer = frame.outer
        return Function(
            id=identity if ordinal == 1 else f"{identity}#{ordinal}",
            name=span.name,
            qualified_name=frame.qualified_name,
            language=self._language,
            kind=_kind(frame, span, self._separator),
            file=self._path,
            start_line=bisect_right(ends, span.start) + 1,
            end_line=bisect_right(ends, end - 1) + 1,
            name_line=bisect_right(ends, span.name_start) + 1,
            signature=folded(self._data, span.head_start, span.head_end).rstrip(" {;"),
            docstring=span.documentation,
            code=code.decode("utf-8"),
            code_hash=sha256(code).hexdigest(),
            enclosing_type=frame.type_name,
            enclosing_kind=outer.kind if outer is not None else ("class" if frame.type_name else ""),
            modifiers=span.modifiers,
            parameters=span.parameters,
            return_type=span.return_type,
            calls=tuple(calls),
            has_body=span.has_body,
            doc_start_line=self.line(span.documentation_start) if documented else 0,
            doc_end_line=self.line(span.documentation_end - 1) if documented else 0,
            parse_status="recovered" if span.has_error else "ok",
        )

    def type(self, frame: Frame, span: ScopeSpan) -> TypeDeclaration:
        """Return a type from its frame."""
        return TypeDeclaration(
            name=span.name,
            qualified_name=frame.qualified_name,
            kind=span.kind,
            start_line=self.line(span.start),
            end_line=self.line(span.end - 1),
            head=folded(self._data, span.head_start, span.head_end).rstrip(" {"),
            docstring=span.documentation,
            bases=span.bases,
            fields=tuple(frame.fields),
        )

    def _code(self, start: int, end: int) -> bytes:
        """Return the text of a span; the indentation of its first line is taken off every line that has it."""
        line_start = self._data.rfind(b"\n", 0, start) + 1
        indent = self._data[line_start:start]
        code = self._data[start:end]
        return code.replace(b"\n" + indent, b"\n") if indent and not indent.strip() else code


def _kind(frame: Frame, span: FunctionSpan, separator: str) -> FunctionKind:
    """Return the kind of a function; one that only looks plain is a method or constructor inside a type."""
    if span.kind != "function" or not frame.type_name:
        return span.kind
    return "constructor" if span.name == frame.type_name.rpartition(separator)[2] else "method"
