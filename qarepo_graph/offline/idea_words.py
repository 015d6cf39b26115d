"""Names that tell whether an idea would be wanted: what waits, what writes, what is done item by item."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPPOSITES: dict[str, tuple[str, ...]] = {
    "add": ("remove", "discard", "delete", "pop", "erase"),
    "append": ("remove", "pop", "delete", "truncate"),
    "insert": ("remove", "delete", "erase", "pop"),
    "register": ("unregister", "deregister", "remove"),
    "subscribe": ("unsubscribe",),
    "attach": ("detach",),
    "enable": ("disable",),
    "lock": ("unlock", "release"),
    "freeze": ("unfreeze", "thaw"),
    "reserve": ("release", "free"),
    "push": ("pop",),
    "start": ("stop", "shutdown", "close", "end"),
    "connect": ("disconnect", "close"),
    "open": ("close",),
    "save": ("load", "restore", "read", "open"),
    "export": ("import", "load"),
    "encode": ("decode",),
    "decode": ("encode",),
    "serialize": ("deserialize", "parse"),
    "deserialize": ("serialize",),
    "compress": ("decompress", "uncompress", "extract"),
    "encrypt": ("decrypt",),
    "pack": ("unpack",),
}
"""Verb of a name to those that undo it: the first names the idea, any of them beside it says that it is there."""

CHANGING = _set("add append insert register subscribe attach enable lock freeze reserve push start connect open")
"""Verbs that are undone only where they change something: ``add(a, b)`` of two numbers has no counterpart."""

WRITES = _set(
    "write_text write_bytes unlink rmdir rmtree mkdir makedirs copyfile deleteIfExists createDirectories writeString "
    "os.remove os.rename os.replace shutil.move json.dump"
)
"""Calls that only file operations have: ``write``, ``remove`` and ``replace`` are methods of texts and lists too."""

WAITS = _set("urlopen recv recv_into accept connect wait communicate openConnection getaddrinfo")
"""Calls that return when somebody else is done."""

SOCKET_CALLS = _set("accept connect")
"""Names of waiting calls that other objects have too (``visitor.accept``)."""

BLOCKS = WAITS | _set("sleep sendall")
"""Calls that hold up the thread they run on."""

ITEMWISE = _set(
    "parse load read convert encode decode render escape unescape serialize deserialize validate resolve fetch "
    "download upload send process tokenize compile compute calculate translate normalize normalise transform classify "
    "predict extract import insert add append register remove delete encrypt decrypt compress decompress publish notify"
)
"""Verbs whose work somebody may have for many items at once."""

LONG_JOBS = _set(
    "load save download upload process convert train import export run scan walk build index compile render copy send "
    "fetch migrate sync install parse read write dump transfer compress decompress merge evaluate fit predict backup "
    "restore generate update execute visit collect"
)
"""Verbs of work long enough to be followed."""

KNOBS = _set(
    "timeout limit size count n num flag depth level index idx pos position offset mode options opts config settings "
    "callback handler listener logger verbose default strict type kind cls klass context ctx indent width step seed "
    "args kwargs other rhs o obj that self out os is stream"
)
"""Parameters that say how, not on what."""

CHECKABLE = _set(
    "path filename file_name filepath file_path directory folder url uri host port email username user_name password "
    "date encoding charset size capacity width height length count limit timeout rate probability threshold amount "
    "quantity price weight seed epochs batch_size buffer_size page percent percentage ratio age year month day"
)
"""Parameters that have wrong values whoever calls: no negative width, no empty path."""

CHOSEN_TEXTS = _set(
    "encoding charset locale separator delimiter sep host directory folder algorithm errors timezone tz prefix suffix "
    "level"
)
"""What a text written into the body may stand for so that a caller would choose it."""

FIXED = _set("mask magic bit bits version base prime shift code offset")
"""Words of names whose value is what it is: nobody chooses a bit mask."""

CARRIERS = _set(
    "reader writer stream buffer iterator it file out in input output cursor parser lexer tokenizer token state ctx "
    "context connection socket session queue node visitor sink source"
)
"""Parameters that change while they are used, so that the same one does not give the same result."""

EXPECTED_ERRORS = _set(
    "ImportError ModuleNotFoundError StopIteration KeyError AttributeError IndexError KeyboardInterrupt Empty Full "
    "InterruptedException NumberFormatException CancelledError asyncio.CancelledError queue.Empty BlockingIOError "
    "FileNotFoundError SystemExit GeneratorExit"
)
"""Errors that are a way of asking, or that nobody needs to hear of."""

GENERAL_ERRORS = _set(
    "ValueError TypeError RuntimeError Exception IllegalArgumentException IllegalStateException "
    "RuntimeException std::runtime_error std::invalid_argument std::out_of_range"
)
"""Built-in errors that say nothing of who raised them."""
