"""The licence a file's header names, as an SPDX id."""

from __future__ import annotations

import re

_WINDOW = 4096
_HINT = re.compile(rb"[Ll]icen[cs]e|LICEN[CS]E|Permission is|Neither the name|Redistribution")
_SPDX = re.compile(rb"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]+?)[ \t]*(?:\*/|-->|\r|\n|$)")
# Matched against the lowered header: case-insensitive search would cost several times as much.
_PHRASES = (
    (re.compile(rb"licensed under the apache license,? version 2\.0"), "Apache-2.0"),
    (re.compile(rb"gnu affero general public license"), "AGPL-3.0-only"),
    (re.compile(rb"gnu lesser general public\s+(?:[#*/ ]*\s*)?license"), "LGPL-2.1-or-later"),
    (re.compile(rb"gnu general public license version 2 only"), "GPL-2.0-only"),
    (re.compile(rb"gnu general public license"), "GPL-2.0-or-later"),
    (re.compile(rb"mozilla public\s+[#*/ ]*license,? v(?:ersion|\.)? ?2\.0"), "MPL-2.0"),
    (re.compile(rb"permission is hereby granted, free of charge"), "MIT"),
    (re.compile(rb"(?:released|licensed|distributed) under the (?:terms of the )?mit licen[cs]e"), "MIT"),
    (re.compile(rb"boost software license.{0,20}1\.0"), "BSL-1.0"),
    (re.compile(rb"neither the name of"), "BSD-3-Clause"),
    (re.compile(rb"governed by a bsd-style\s+[#*/ ]*licen[cs]e"), "BSD-3-Clause"),
    (re.compile(rb"redistributions of source code must retain"), "BSD-2-Clause"),
)


def header_licence(data: bytes) -> str:
    """Return the SPDX expression of a file's header, from its SPDX line or a well-known phrase; empty if neither."""
    head = data[:_WINDOW]
    if not _HINT.search(head):
        return ""
    if match := _SPDX.search(head):
        return match.group(1).decode("ascii").strip()
    lowered = head.lower()
    return next((spdx for phrase, spdx in _PHRASES if phrase.search(lowered)), "")
