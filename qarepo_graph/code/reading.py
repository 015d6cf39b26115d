r"""Bytes of one file to UTF-8 bytes with ``\n`` line ends.

Order: byte order mark, PEP 263 cookie (Python), strict UTF-8, then a guess that is marked with ``?``. Decoding never
drops or replaces a byte silently: a text that no codec reads is an error with a reason.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

BINARY_WINDOW = 8192
"""Bytes looked at for a NUL, as git does."""

_GUESS_WINDOW = 65536
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Text encodings only: a cookie may name any codec of the interpreter, some of which transform rather than decode.
_ALLOWED_NAMES = (
    "ascii utf-8 utf-16 utf-32 latin-1 iso8859-2 iso8859-5 iso8859-7 iso8859-9 iso8859-15 cp1250 cp1251 "
    "cp1252 cp1253 cp1254 cp1257 cp437 cp850 cp866 koi8-r koi8-u mac-roman gbk gb2312 gb18030 big5 cp950 "
    "shift_jis cp932 euc-jp iso2022-jp euc-kr cp949 johab"
)
_ALLOWED = frozenset(codecs.lookup(name).name for name in _ALLOWED_NAMES.split())
_EAST_ASIAN_NAMES = "gbk gb2312 gb18030 big5 cp950 shift_jis cp932 euc-jp euc-kr cp949 johab"
_EAST_ASIAN = frozenset(codecs.lookup(name).name for name in _EAST_ASIAN_NAMES.split())


class UnreadableFileError(Exception):
    """A file that is not read; its text is the reason as it stands in ``SourceFile.reason``."""


@dataclass(frozen=True, slots=True)
class DecodedText:
    r"""A file's text.

    Attributes:
        data: UTF-8, no byte order mark, line ends ``\n``.
        encoding: What it was read with, with ``?`` behind a guess.
    """

    data: bytes
    encoding: str


def read_regular_file(path: str | Path, max_bytes: int) -> bytes:
    """Read a file of limited size without following a link and without blocking on a pipe.

    The checks are made on the opened descriptor, so a file swapped between check and read cannot slip through.

    Raises:
        UnreadableFileError: ``symlink``, ``not_regular``, ``too_large``, ``vanished`` or ``unreadable``.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC", "O_NOCTTY"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise UnreadableFileError("vanished") from None
    except OSError:
        linked = os.path.islink(path)  # noqa: PTH114 - the path as it was opened
        raise UnreadableFileError("symlink" if linked else "unreadable") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):  # before a file object is made of it: that refuses a folder in its own way
        os.close(descriptor)
        raise UnreadableFileError("not_regular")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > max_bytes:
            raise UnreadableFileError("too_large")
        try:
            data = file.read(max_bytes + 1)
        except OSError:
            raise UnreadableFileError("unreadable") from None
    if len(data) > max_bytes:
        raise UnreadableFileError("too_large")
    return data


def decode(data: bytes, *, python: bool = False) -> DecodedText:
    """Return a file's text as UTF-8 with normalised line ends.

    Args:
        data: The file's bytes.
        python: Obey a PEP 263 cookie in the first two lines.

    Raises:
        UnreadableFileError: ``binary`` or ``encoding``.
    """
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _transcoded(data, codec)
    if b"\0" in data[:BINARY_WINDOW]:
        raise UnreadableFileError("binary")
    if python and (cookie := _cookie(data)) not in ("", "utf-8"):
        return _transcoded(data, cookie)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data)
    return DecodedText(_normalised(data), "utf-8")


def _cookie(data: bytes) -> str:
    for line in data.split(b"\n", 2)[:2]:
        if match := _COOKIE.match(line):
            try:
                name = codecs.lookup(match.group(1).decode("ascii", "replace")).name
            except LookupError:
                raise UnreadableFileError("encoding") from None
            if name not in _ALLOWED:
                raise UnreadableFileError("encoding")
            return name
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return ""


def _guessed(data: bytes) -> DecodedText:
    """Guess: East Asian answers are right even for short texts; Western ones are not, so those become cp1252."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESS_WINDOW]).best()
    if best is not None:
        name = codecs.lookup(best.encoding).name
        if name in _EAST_ASIAN:
            # gb18030 holds gbk and gb2312 entirely, cp932 and cp949 hold shift_jis and euc-kr.
            wider = {"gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}.get(name, name)
            try:
                return _transcoded(data, wider, guessed=True)
            except UnreadableFileError:
                pass
    try:
        return _transcoded(data, "cp1252", guessed=True)
    except UnreadableFileError:
        return _transcoded(data, "latin-1", guessed=True)


def _transcoded(data: bytes, codec: str, *, guessed: bool = False) -> DecodedText:
    try:
        decoded = data.decode(codec)
    except UnicodeDecodeError:
        raise UnreadableFileError("encoding") from None
    if "\0" in decoded[:BINARY_WINDOW]:
        raise UnreadableFileError("binary")
    shown = "utf-8" if codec == "utf-8-sig" else codec
    return DecodedText(_normalised(decoded.encode("utf-8", "surrogatepass")), shown + ("?" if guessed else ""))


def _normalised(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    if b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return data.replace(b"\r\n", b"\n")
