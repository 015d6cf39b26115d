"""Put repository text between marks it cannot forge, so that a prompt can say where data begins and ends.

The marks are made from the content's own hash: the same text always gets the same fence, so a piece of work keeps its
key and the provider's prefix cache keeps its hits, and a text cannot hold the mark that closes it.
"""

from __future__ import annotations

from hashlib import sha256


def fence(text: str, language: str = "") -> str:
    """Return the text between two lines that do not occur in it.

    Args:
        text: Repository text; kept as it is.
        language: A word about the text for the opening line (``python``); only letters, digits, ``+#.-`` are kept.
    """
    mark = fence_mark(text)
    label = "".join(char for char in language if char.isalnum() or char in "+#.-")[:24]
    opening = f"<data-{mark} {label}>" if label else f"<data-{mark}>"
    return f"{opening}\n{text}\n</data-{mark}>"


def fence_mark(text: str) -> str:
    """Return 12 hexadecimal digits made from the text's hash that do not occur in the text."""
    lowered = text.lower()
    turn = 0
    while True:
        mark = sha256(f"{turn}:{text}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
        if mark not in lowered:
            return mark
        turn += 1
