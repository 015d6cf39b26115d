"""The licence a file's header names, or the licence file nearest to it, as an SPDX expression."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from qarepo_graph.code.reading import UnreadableFileError, read_regular_file

_WINDOW = 4096
_HINTS = (b"licen", b"permission is", b"neither the name", b"redistribution")
_SPDX = re.compile(rb"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]+?)[ \t]*(?:\*/|-->|\r|\n|$)")
# Looked for in the lowered header: first a word of the phrase, because finding one costs a tenth of a search.
_PHRASES = (
    (b"apache license", re.compile(rb"under the apache license,? version 2\.0"), "Apache-2.0"),
    (b"affero", re.compile(rb"gnu affero general public license"), "AGPL-3.0-only"),
    (b"gnu lesser", re.compile(rb"gnu lesser general public\s+(?:[#*/ ]*\s*)?license"), "LGPL-2.1-or-later"),
    (b"version 2 only", re.compile(rb"gnu general public license version 2 only"), "GPL-2.0-only"),
    (b"gnu general", re.compile(rb"gnu general public license"), "GPL-2.0-or-later"),
    (b"mozilla", re.compile(rb"mozilla public\s+[#*/ ]*license,? v(?:ersion|\.)? ?2\.0"), "MPL-2.0"),
    (b"permission is", re.compile(rb"permission is hereby granted, free of charge"), "MIT"),
    (b"mit licen", re.compile(rb"(?:released|licensed|distributed) under the (?:terms of the )?mit licen[cs]e"), "MIT"),
    (b"boost", re.compile(rb"boost software license.{0,20}1\.0"), "BSL-1.0"),
    (b"neither the name", re.compile(rb"neither the name of"), "BSD-3-Clause"),
    (b"bsd-style", re.compile(rb"governed by a bsd-style\s+[#*/ ]*licen[cs]e"), "BSD-3-Clause"),
    (b"redistributions", re.compile(rb"redistributions of source code must retain"), "BSD-2-Clause"),
)


def header_licence(data: bytes) -> str:
    """Return the SPDX expression of a file's header, from its SPDX line or a well-known phrase; empty if neither."""
    head = data[:_WINDOW]
    lowered = head.lower()
    if not any(hint in lowered for hint in _HINTS):
        return ""
    if b"spdx-" in lowered and (match := _SPDX.search(head)):
        return match.group(1).decode("ascii").strip()
    return next((spdx for word, phrase, spdx in _PHRASES if word in lowered and phrase.search(lowered)), "")


_FILE_NAMES = (
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "LICENCE",
    "LICENCE.txt",
    "COPYING",
    "COPYING.txt",
    "LICENSE.rst",
)
_MOST_BYTES = 200_000
# Whole licence texts, in the order in which one may quote another; which "or later" is meant only headers say.
_TEXTS = (
    (re.compile(rb"gnu affero general public license\s+version 3"), "AGPL-3.0-only"),
    (re.compile(rb"gnu lesser general public license\s+version 3"), "LGPL-3.0-only"),
    (re.compile(rb"gnu lesser general public license\s+version 2\.1"), "LGPL-2.1-only"),
    (re.compile(rb"gnu general public license\s+version 3"), "GPL-3.0-only"),
    (re.compile(rb"gnu general public license\s+version 2"), "GPL-2.0-only"),
    (re.compile(rb"apache license\s+version 2\.0"), "Apache-2.0"),
    (re.compile(rb"mozilla public license,?\s+version 2\.0"), "MPL-2.0"),
    (re.compile(rb"eclipse public license\s*-\s*v(?:ersion)? ?2\.0"), "EPL-2.0"),
    (re.compile(rb"boost software license\s*-\s*version 1\.0"), "BSL-1.0"),
    (re.compile(rb"mulan psl v2|mulan permissive software license.{0,3}version 2"), "MulanPSL-2.0"),
    (re.compile(rb"this is free and unencumbered software released into the public domain"), "Unlicense"),
    (re.compile(rb"cc0 1\.0 universal"), "CC0-1.0"),
    (re.compile(rb"permission is hereby granted, free of charge"), "MIT"),
    (re.compile(rb"permission to use, copy, modify, and(?:/or)? distribute this software"), "ISC"),
    (re.compile(rb"neither the name of"), "BSD-3-Clause"),
    (re.compile(rb"redistributions of source code must retain"), "BSD-2-Clause"),
)


class LicenceFiles:
    """The licence files of a repository, each read once.

    Args:
        root: The repository's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return what the licence file in a file's folder, or the nearest one above it, says; empty if none does."""
        for folder in PurePosixPath(path).parents:
            if licence := self._in(str(folder)):
                return licence
        return ""

    def _in(self, folder: str) -> str:
        if folder not in self._known:
            texts = (self._read(self._root / folder / name) for name in _FILE_NAMES)
            self._known[folder] = next((licence for text in texts if (licence := text_licence(text))), "")
        return self._known[folder]

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return read_regular_file(path, _MOST_BYTES)
        except (UnreadableFileError, ValueError):  # ValueError: a name no system call takes
            return b""


def text_licence(data: bytes) -> str:
    """Return the SPDX id of a whole licence text; empty for one that is not known."""
    lowered = b" ".join(data.lower().split())
    return next((spdx for phrase, spdx in _TEXTS if phrase.search(lowered)), "")
