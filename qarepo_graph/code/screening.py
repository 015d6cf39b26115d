"""Which code is not the repository's own work: vendored, generated and minified files."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_VENDORED_FOLDERS_WORDS = (
    "vendor vendors _vendor vendored third_party third-party thirdparty 3rdparty 3rd_party 3rd-party "
    "extern externals external_libs bower_components jspm_packages site-packages dist-packages "
    "deps_vendor _vendored_packages"
)
_VENDORED_FOLDERS = frozenset(_VENDORED_FOLDERS_WORDS.split())
_GENERATED_NAME = re.compile(
    r"(_pb2(_grpc)?\.pyi?|\.pb\.(cc|h|go)|_pb\.(js|d\.ts)|^moc_.*\.cpp|^qrc_.*\.cpp|^ui_.*\.(h|py)|\.g\.(cs|dart|ts|js)"
    r"|^lex\.yy\.c|\.tab\.(c|h|cc|hh)|_generated\.\w+|\.generated\.\w+|OuterClass\.java|^zz_generated\..*\.go)$"
)
_GENERATED_HEADER = re.compile(
    rb"@generated\b|\bDO NOT (EDIT|MODIFY)\b|\bdo not edit\b.{0,40}\bgenerated\b|\bgenerated\b.{0,60}\bdo not edit\b"
    rb"|\b(this|the) (file|code|source|class|module) (was|is|has been) "
    rb"(auto|automatically|machine)?[ -]*generated\b"
    rb"|\b(auto|automatically|machine)[ -]?generated (by|from|file|code|using|with)\b"
    rb"|\bGenerated (by|from|using|with) (the )?"
    rb"(protocol buffer|protoc|thrift|antlr|swig|bison|flex|cython|sip|moc|uic)",
    re.IGNORECASE,
)
_COMMENT_START = re.compile(rb"^[ \t]*(#|//|/\*|\*|--|<!--|\"\"\"|''')", re.MULTILINE)

HEADER_WINDOW = 2048
"""Bytes at the head of a file in which generators sign."""

MINIFIED_AVERAGE_LINE = 200
"""Average line length above which a file counts as minified: hand-written code stays far below."""

MINIFIED_LONGEST_LINE = 5000
"""Longest line in bytes above which a file counts as minified, unless it is one data line among many."""


def vendored(path: str) -> bool:
    """Return whether a path lies in a folder that holds other people's code."""
    return any(part.lower() in _VENDORED_FOLDERS for part in PurePosixPath(path).parts[:-1])


def not_by_hand(path: str, data: bytes) -> str:
    """Return ``generated`` or ``minified`` for a file that no person wrote as it stands, else an empty text."""
    if generated(path, data):
        return "generated"
    return "minified" if minified(data) else ""


def generated(path: str, data: bytes) -> bool:
    """Return whether a generator wrote the file: by its name, or by its signature in a comment at the head."""
    if _GENERATED_NAME.search(PurePosixPath(path).name):
        return True
    head = data[:HEADER_WINDOW]
    lowered = head.lower()
    if b"generated" not in lowered and b"do not" not in lowered:
        return False
    match = _GENERATED_HEADER.search(head)
    if match is None:
        return False
    line_start = head.rfind(b"\n", 0, match.start()) + 1
    return _COMMENT_START.match(head, line_start) is not None or b"/*" in head[: match.start()]


def lfs_pointer(data: bytes) -> bool:
    """Return whether git-lfs keeps the real file elsewhere and this is only its three-line stand-in."""
    return data.startswith(b"version https://git-lfs.github.com/spec/")


def minified(data: bytes) -> bool:
    """Return whether a file's lines are too long to be written by hand."""
    if len(data) < MINIFIED_LONGEST_LINE:
        return False
    if len(data) > MINIFIED_AVERAGE_LINE * (data.count(b"\n") + 1):
        return True
    # A line that holds more than half of the file also holds its middle.
    middle = len(data) // 2
    end = data.find(b"\n", middle)
    longest = (end if end >= 0 else len(data)) - data.rfind(b"\n", 0, middle) - 1
    return longest > MINIFIED_LONGEST_LINE and longest > middle
