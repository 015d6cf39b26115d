"""Exceptions that code raises without saying so: an index, a cast, a conversion, an opened file.

An answer may name such an exception only where the function's text holds the construct that raises it.
"""

from __future__ import annotations

import re

_Table = dict[str, tuple[str, ...]]

_PYTHON_FILES = r"\bopen\(|\bos\.(?!path\.|environ|get|name\b|sep\b|linesep)|\bPath\b|\.(?:read|write)_(?:text|bytes)\("
_PYTHON: _Table = {
    r"\w\s*\[|\)\s*\[|\bpop\(|\.index\(|\bdel ": ("KeyError", "IndexError", "LookupError"),
    r"\bnext\(|__next__": ("StopIteration", "StopAsyncIteration"),
    r"\bassert\b": ("AssertionError",),
    r"[/%]|\bdivmod\(": ("ZeroDivisionError",),
    r"\b(?:int|float|complex|Decimal)\(|\.(?:index|remove)\(": ("ValueError",),
    r"\bgetattr\(|\bsetattr\(|\bdelattr\(": ("AttributeError",),
    r"\bimport\b|import_module\(": ("ImportError", "ModuleNotFoundError"),
    _PYTHON_FILES + r"|\bsocket\b": ("OSError", "IOError"),
    _PYTHON_FILES: ("FileNotFoundError", "PermissionError", "FileExistsError", "IsADirectoryError"),
    r"\.(?:en|de)code\(": ("UnicodeError", "UnicodeDecodeError", "UnicodeEncodeError"),
    r"\bwait\w*\(|\btimeout\s*=[^=]": ("TimeoutError",),
    r"\bawait\b|\basync\b": ("CancelledError",),
}
_JAVA: _Table = {
    r"\w\s*\[|\bcharAt\(|\bget\(|\bsub\w*\(|\bset\(|\bremove\(|"
    r"\bcopyOfRange\(|\barraycopy\(|\bcheckIndex\(|\belementAt\(|\blistIterator\(": (
        "IndexOutOfBoundsException",
        "ArrayIndexOutOfBoundsException",
        "StringIndexOutOfBoundsException",
    ),
    r"": ("NullPointerException", "SecurityException"),
    r"\.(?:add\w*|remove\w*|set|put\w*|clear|retainAll)\(": ("UnsupportedOperationException",),
    r"\(\s*(?:final\s+)?[A-Z]\w*(?:<[^()]*>)?(?:\[\])*\s*\)\s*[\w(]|\bcompare\w*\(": ("ClassCastException",),
    r"\b(?:parse\w+|valueOf|decode|BigDecimal|BigInteger)\s*\(|::(?:parse\w+|valueOf)\b": ("NumberFormatException",),
    r"[/%]|Exact\(": ("ArithmeticException",),
    r"\bnew\s+\w+\s*\[": ("NegativeArraySizeException",),
    r"\b(?:next|getFirst|getLast|orElseThrow|element|pop|remove)\w*\(": ("NoSuchElementException",),
    r"\b(?:wait|notify|notifyAll)\(": ("IllegalMonitorStateException",),
    r"\bsuper\s*\(\s*\w": ("IllegalArgumentException",),
}
_CPP: _Table = {
    r"\bnew\b|\bmake_\w+|\bstring\b|\bvector\b": ("bad_alloc",),
    r"\.at\(|\bstoi\b|\bsto\w+\(|\bsubstr\(": ("out_of_range",),
    r"\bdynamic_cast\b": ("bad_cast",),
    r"\bget<|\bvisit\(": ("bad_variant_access",),
    r"\.value\(": ("bad_optional_access",),
    r"\breserve\(|\bresize\(": ("length_error",),
    r"\bsto\w+\(": ("invalid_argument",),
}
_TABLES = {"python": _PYTHON, "java": _JAVA, "cpp": _CPP, "c": _CPP}
_COMPILED = {
    language: {name: re.compile(pattern) for pattern, names in table.items() for name in names}
    for language, table in _TABLES.items()
}


def may_raise(name: str, code: str, language: str) -> bool:
    """Say whether a piece of code holds a construct of its language that raises this exception by itself."""
    pattern = _COMPILED.get(language, {}).get(name)
    return pattern is not None and pattern.search(code) is not None
