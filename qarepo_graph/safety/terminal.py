r"""Show names and texts of others on a terminal: what could act is written out, as ``\x1b`` or ``\u202e``.

A file name may hold escape sequences that move the cursor, write to the clipboard or turn text around. Everything
shown that this package did not write goes through here.
"""

from __future__ import annotations

import unicodedata

# Format characters that text in Arabic, Indic scripts and emoji needs; alone they neither reorder nor hide letters.
_JOINERS = frozenset("\u200c\u200d")
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, limit: int = 0) -> str:
    r"""Return the text on one line with every control, format and unassigned character written out.

    Args:
        text: Any text, lone surrogates (undecodable file names) included.
        limit: Longest result in characters; 0 = no limit. A longer one keeps its ends around ``…``.
    """
    shown = text if text.isascii() and text.isprintable() else "".join(map(_written_out, text))
    if limit and len(shown) > limit:
        head = max(1, (limit - 1) // 2)
        return shown[:head] + "…" + shown[len(shown) - (limit - 1 - head) :]
    return shown


def _written_out(char: str) -> str:
    if unicodedata.category(char) not in _ACTING or char in _JOINERS:
        return char
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
