"""Ask libclang which functions a C or C++ repository defines, and write them down as JSON lines, one file a line.

Needs the PyPI package ``libclang`` and the headers of a C++ compiler (``apt install g++ libclang-common-19-dev``; the
second package has the compiler's own ``stddef.h`` and intrinsics, which the wheel lacks). ``score_c.py`` reads the
result; a stopped run goes on where it stopped. Every file of the repository is read as a translation unit of its own,
headers too; a file in which clang finds an error is written down as not clean, without functions, because its functions
are not known for certain.
"""

from __future__ import annotations

import argparse
import bisect
import ctypes
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from clang import cindex

Kind = cindex.CursorKind
KINDS = {
    Kind.FUNCTION_DECL: "function",
    Kind.CXX_METHOD: "method",
    Kind.CONSTRUCTOR: "constructor",
    Kind.DESTRUCTOR: "destructor",
    Kind.CONVERSION_FUNCTION: "conversion",
    Kind.FUNCTION_TEMPLATE: "function",
}
SOURCE = {".c": "c", ".cc": "c++", ".cpp": "c++", ".cxx": "c++", ".hpp": "c++", ".hh": "c++", ".h": ""}
LOCAL_TYPE = re.compile(rb"\b(?:struct|class|union)\b")
LENIENT = "-Wno-error=implicit-function-declaration"
OPTIONS = cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD


class _RangeList(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint), ("ranges", ctypes.POINTER(cindex.SourceRange)))


def resource_headers() -> list[str]:
    """Return the flags that name the newest installed set of clang's own headers."""
    found = sorted(Path("/usr/lib").glob("llvm-*/lib/clang/*"), key=lambda path: int(path.name.split(".")[0]))
    return ["-resource-dir", str(found[-1])] if found else []


def skipped_lines(unit: cindex.TranslationUnit, path: str) -> list[tuple[int, int]]:
    """Return the line ranges the preprocessor left out."""
    library = cindex.conf.lib
    library.clang_getSkippedRanges.restype = ctypes.POINTER(_RangeList)
    library.clang_getSkippedRanges.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    ranges = library.clang_getSkippedRanges(unit.obj, unit.get_file(path).obj).contents
    return [(ranges.ranges[i].start.line, ranges.ranges[i].end.line) for i in range(ranges.count)]


def is_inline_namespace(cursor: cindex.Cursor) -> bool:
    """Ask what the wheel's Python layer does not wrap."""
    ask = cindex.conf.lib.clang_Cursor_isInlineNamespace
    ask.argtypes = [cindex.Cursor]
    return bool(ask(cursor))


def qualified_name(cursor: cindex.Cursor) -> str:
    """Return the name with every scope around it; template arguments and inline namespaces are left out."""
    parts = [bare_name(cursor)]
    scope = cursor.semantic_parent
    while scope is not None and scope.kind is not Kind.TRANSLATION_UNIT:
        if scope.kind in KINDS:
            parts.append(bare_name(scope))
        elif scope.kind is not Kind.LINKAGE_SPEC and not is_inline_namespace(scope):
            anonymous = not scope.spelling or "(" in scope.spelling
            parts.append("<anon>" if anonymous else scope.spelling)
        scope = scope.semantic_parent
    return "::".join(reversed(parts))


def bare_name(cursor: cindex.Cursor) -> str:
    """Return the name as written, without the template arguments clang adds to constructors and conversions."""
    name = str(cursor.spelling)
    if name.startswith("operator"):
        return name
    return name.split("<", maxsplit=1)[0]


def written_at(source: bytes, offset: int, name: str) -> bool:
    """Say whether the name itself stands at this offset, so that no macro made it."""
    if name.startswith("operator"):
        return source.startswith(b"operator", offset)
    return source.startswith(name.encode(), offset)


def comment_of(cursor: cindex.Cursor, path: str) -> str:
    """Return the comment directly above the function; clang also gives the one above an earlier declaration."""
    ask = cindex.conf.lib.clang_Cursor_getCommentRange
    ask.argtypes, ask.restype = [cindex.Cursor], cindex.SourceRange
    comment = cursor.raw_comment or ""
    end = ask(cursor).end
    if not comment or not end.file or end.file.name != path:
        return ""
    distance = cursor.extent.start.line - end.line
    return comment if 0 <= distance <= (2 if comment.startswith(("/**", "/*!", "///", "//!")) else 1) else ""


def status_of(cursor: cindex.Cursor, source: bytes) -> tuple[str, int]:
    """Say what stands for the body (``body``, ``default``, ``delete``, ``pure``, ``none``) and where it begins."""
    for child in cursor.get_children():
        if child.kind in (Kind.COMPOUND_STMT, Kind.CXX_TRY_STMT):
            return "body", child.extent.start.offset
    if cursor.is_pure_virtual_method():
        return "pure", 0
    if cursor.is_default_method():
        return "default", 0
    tail = source[cursor.extent.start.offset : cursor.extent.end.offset + 16]
    return ("delete", 0) if re.search(rb"=\s*delete\b", tail) else ("none", 0)


def functions(unit: cindex.TranslationUnit, path: str, source: bytes) -> Iterator[dict[str, Any]]:
    """Yield every function the file itself defines, prototypes left out."""
    macros = sorted(
        (c.extent.start.offset, c.extent.end.offset)
        for c in unit.cursor.get_children()
        if c.kind is Kind.MACRO_INSTANTIATION and c.location.file and c.location.file.name == path
    )
    starts = [start for start, _ in macros]

    def in_macro(offset: int) -> bool:
        at = bisect.bisect_right(starts, offset) - 1
        return at >= 0 and macros[at][0] <= offset < macros[at][1]

    stack = [c for c in unit.cursor.get_children() if c.location.file and c.location.file.name == path]
    while stack:
        cursor = stack.pop()
        if cursor.kind.is_preprocessing():
            continue
        start, end = cursor.extent.start, cursor.extent.end
        if cursor.kind in KINDS:
            status, body = status_of(cursor, source)
            offset = cursor.location.offset
            if status != "none":
                name = bare_name(cursor)
                made = not written_at(source, offset, name)
                if not (made and (status != "body" or in_macro(body))):
                    yield {
                        "name": name,
                        "qualified_name": qualified_name(cursor),
                        "kind": KINDS[cursor.kind],
                        "start_line": start.line,
                        "end_line": end.line,
                        "name_line": cursor.location.line,
                        "status": status,
                        "macro_made": made,
                        "macro": source[offset : offset + 40].split(b"(")[0].decode("utf-8", "replace") if made else "",
                        "doc": comment_of(cursor, path),
                    }
            if status != "body" or not LOCAL_TYPE.search(source, body, end.offset):
                continue
        stack.extend(cursor.get_children())


def read_file(path: Path, language: str, flags: list[str]) -> dict[str, Any]:
    """Parse one file and return its line of the result."""
    standard = ["-x", "c", "-std=gnu17"] if language == "c" else ["-x", "c++", "-std=c++20"]
    arguments = [*standard, *resource_headers(), "-fparse-all-comments", "-ferror-limit=3", "-w", LENIENT, *flags]
    unit = cindex.Index.create().parse(str(path), args=arguments, options=OPTIONS)
    errors = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    record: dict[str, Any] = {"language": language, "clean": not errors, "errors": errors[:2], "functions": []}
    if not errors:
        source = path.read_bytes()
        record["skipped"] = skipped_lines(unit, str(path))
        found = {(f["name"], f["name_line"], f["start_line"]): f for f in functions(unit, str(path), source)}
        record["functions"] = sorted(found.values(), key=lambda f: (f["start_line"], -f["end_line"]))
    return record


def write_truth(
    root: Path, header: str, flags: list[str], skip: str, out: TextIO, *, known: set[str], until: float
) -> None:
    """Read every source file under ``root`` that is not yet known and write one JSON line for each."""
    left_out = re.compile(skip) if skip else None
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root).as_posix()
        if path.suffix not in SOURCE or not path.is_file() or (left_out and left_out.search(relative)):
            continue
        if relative in known:
            continue
        if time.monotonic() > until:
            return
        other = "c++" if header == "c" else "c"
        for language in (SOURCE[path.suffix],) if SOURCE[path.suffix] else (header, other):
            try:
                record = read_file(path, language, [*flags, f"-I{path.parent}"])
            except cindex.TranslationUnitLoadError as error:
                record = {"language": language, "clean": False, "errors": [str(error)], "functions": []}
            if record["clean"]:
                break
        out.write(json.dumps({"path": relative, **record}) + "\n")
        out.flush()


def main() -> int:
    """Read the command line and write the truth of one repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--header", choices=("c", "c++"), default="c++", help="language of .h files")
    parser.add_argument("--skip", default="", help="regular expression of paths to leave out")
    parser.add_argument("--flags", default="", help="further compiler flags; {root} stands for the repository")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long; the same call again goes on")
    options = parser.parse_args()
    root = options.repository.resolve()
    flags = [f"-I{root}", f"-I{root}/include", f"-I{root}/src", *options.flags.format(root=root).split()]
    until = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
    known: set[str] = set()
    if options.output.exists():
        known = {json.loads(line)["path"] for line in options.output.read_text(encoding="utf-8").splitlines()}
    with options.output.open("a", encoding="utf-8") as out:
        write_truth(root, options.header, flags, options.skip, out, known=known, until=until)
    return 0


if __name__ == "__main__":
    sys.exit(main())
