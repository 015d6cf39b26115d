"""The licence a file's header names, as an SPDX id."""

from __future__ import annotations

import re

_WINDOW = 4096
_SPDX = re.compile(rb"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]+?)[ \t]*(?:\*/|-->|\r|\n|$)")
_PHRASES = (
    (re.compile(rb"Licensed under the Apache License,? Version 2\.0", re.I), "Apache-2.0"),
    (re.compile(rb"GNU AFFERO GENERAL PUBLIC LICENSE", re.I), "AGPL-3.0-only"),
    (re.compile(rb"GNU Lesser General Public\s+(?:[#*/ ]*\s*)?License", re.I), "LGPL-2.1-or-later"),
    (re.compile(rb"GNU General Public License version 2 only", re.I), "GPL-2.0-only"),
    (re.compile(rb"GNU General Public License", re.I), "GPL-2.0-or-later"),
    (re.compile(rb"Mozilla Public\s+[#*/ ]*License,? v(?:ersion|\.)? ?2\.0", re.I), "MPL-2.0"),
    (re.compile(rb"Permission is hereby granted, free of charge", re.I), "MIT"),
    (re.compile(rb"(?:released|licensed|distributed) under the (?:terms of the )?MIT licen[cs]e", re.I), "MIT"),
    (re.compile(rb"Boost Software License.{0,20}1\.0", re.I), "BSL-1.0"),
    (re.compile(rb"Neither the name of", re.I), "BSD-3-Clause"),
    (re.compile(rb"governed by a BSD-style\s+[#*/ ]*licen[cs]e", re.I), "BSD-3-Clause"),
    (re.compile(rb"Redistributions of source code must retain", re.I), "BSD-2-Clause"),
)


def header_licence(data: bytes) -> str:
    """Return the SPDX expression of a file's header, from its SPDX line or a well-known phrase; empty if neither."""
    head = data[:_WINDOW]
    if match := _SPDX.search(head):
        return match.group(1).decode("ascii").strip()
    return next((spdx for phrase, spdx in _PHRASES if phrase.search(head)), "")
