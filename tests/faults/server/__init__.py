"""Servers that misbehave on loopback, and write down what really arrived.

``FaultServer`` (``books``) speaks the chat-completions interface. A script, a function of the request and its attempt,
chooses an act (``acts``) per request: answer, refuse, hang, drip, cut. Its ledger is the oracle of a test: what was
accepted, when, with which body, how much was billed, how many were in flight at once. ``raw_server`` and ``TcpProxy``
(``lines``) do to the connection what aiohttp is too polite for. Nothing of the product is patched; a test may run it
in-process or as a subprocess.
"""

from __future__ import annotations

from tests.faults.server.acts import (
    answer,
    at_random,
    chunk,
    completion,
    drip,
    error,
    flood,
    gzip_bomb,
    hang,
    in_order,
    keep_alive_then,
    reset,
    say,
    stream,
)
from tests.faults.server.books import Act, Answer, Asked, FaultServer, Script, request_key
from tests.faults.server.lines import TcpProxy, http_bytes, raw_server

__all__ = [
    "Act",
    "Answer",
    "Asked",
    "FaultServer",
    "Script",
    "TcpProxy",
    "answer",
    "at_random",
    "chunk",
    "completion",
    "drip",
    "error",
    "flood",
    "gzip_bomb",
    "hang",
    "http_bytes",
    "in_order",
    "keep_alive_then",
    "raw_server",
    "request_key",
    "reset",
    "say",
    "stream",
]
