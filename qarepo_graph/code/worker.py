"""The worker process: reads jobs from standard input, parses one file after the other, writes the results.

It is started by ``workers.py`` as a bare interpreter and never imports the caller's ``__main__``.
"""

from __future__ import annotations

import gc
import io
import os
import pickle
import signal
import struct
import sys
from dataclasses import dataclass, is_dataclass
from typing import IO, Any

_LENGTH = struct.Struct("<Q")
_LONGEST = 1 << 30
"""Bytes of one message; what a 2 MB file parses to has a few dozen MB."""

MEMORY_LIMIT = 4 << 30
"""Address space of one worker in bytes, where the system has such a limit: a 2 MB file needs about 100 MB."""

COLLECT_EVERY = 500
"""Files after which the worker collects what cycles there may be."""


@dataclass(frozen=True, slots=True)
class FileJob:
    """One file to read and parse."""

    path: str
    location: str
    language: str
    bytes: int


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What is the same for all files of a run."""

    max_file_bytes: int
    skip_anonymous: bool
    include_generated: bool
    file_seconds: float
    learned: dict[str, Any]


def send(stream: IO[bytes], message: object) -> None:
    """Write one message."""
    payload = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(payload)) + payload)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message.

    Raises:
        EOFError: When the other side is gone, or sends what it never would: something has overwritten its memory.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > _LONGEST:
        raise EOFError
    payload = _exactly(stream, length)
    try:
        return _OwnRecords(io.BytesIO(payload)).load()
    except Exception as error:  # damaged bytes raise whatever they happen to hit
        raise EOFError from error


class _OwnRecords(pickle.Unpickler):
    """Makes plain values and this package's records, and calls nothing else.

    A worker that hostile text has taken over must not reach its parent by what it sends.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Return a record's class.

        Raises:
            pickle.UnpicklingError: For any other name.
        """
        found = super().find_class(module, name) if module.startswith(_RECORDS) else None
        if not isinstance(found, type) or not is_dataclass(found):
            msg = f"{module}.{name} is no record"
            raise pickle.UnpicklingError(msg)
        return found


_RECORDS = ("qarepo_graph.schema.", "qarepo_graph.code.")


def main() -> None:
    """Serve jobs until standard input ends."""
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business; it closes our input
    inbox = sys.stdin.buffer
    outbox = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break the protocol
    _limit_memory()
    # Extraction makes many small objects and no cycles: the collector would only search in vain.
    gc.disable()
    parsed = 0
    try:
        options = receive(inbox)

        send(outbox, "ready")
        while True:
            for kind, job in receive(inbox):
                _limit_processor(options.file_seconds)
                result = _survey(job, options) if kind == "survey" else _parse(job, options)
                _limit_processor(0)
                send(outbox, result)
                parsed += 1
                if parsed % COLLECT_EVERY == 0:
                    gc.collect()
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _parse(job: FileJob, options: WorkerOptions) -> Any:
    from qarepo_graph.code.extract import extract
    from qarepo_graph.code.reading import UnreadableFileError, read_regular_file

    try:
        raw = read_regular_file(job.location, options.max_file_bytes)
        return extract(
            job.path,
            job.language,
            raw,
            skip_anonymous=options.skip_anonymous,
            include_generated=options.include_generated,
            learned=options.learned.get(job.language),
        )
    except UnreadableFileError as error:
        return str(error)
    except (RecursionError, MemoryError):
        return "too_complex"


def _survey(job: FileJob, options: WorkerOptions) -> Any:
    from qarepo_graph.code.languages import LANGUAGES
    from qarepo_graph.code.reading import UnreadableFileError, decode, read_regular_file

    survey = LANGUAGES[job.language].survey
    try:
        return survey(decode(read_regular_file(job.location, options.max_file_bytes)).data) if survey else None
    except (UnreadableFileError, RecursionError, MemoryError):
        return None


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _limit_processor(seconds: float) -> None:
    """Have the system end this process after so much processor time, whatever C code is running; 0 takes it back.

    Processor time, because on a busy machine a wall clock gives up files that only waited for their turn.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):  # a lower limit is already in force
        return


if __name__ == "__main__":
    main()
