"""Isolated worker processes with a time limit per file.

The parser is C code that reads hostile text, and it holds the interpreter's lock while it runs, so files are parsed in
processes of their own. A worker that dies or hangs costs one file: it is replaced, and the rest of its files go to the
new one. ``multiprocessing`` is not used, because its spawned children import the caller's ``__main__`` again: an
unguarded script would run twice, and a notebook or a server has no such file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.spawn import get_executable
from pathlib import Path
from typing import Any

from qarepo_graph.code.worker import FileJob, WorkerOptions, receive, send

CHUNK_BYTES = 200_000
CHUNK_FILES = 32
SINGLE_WORKER_BYTES = 3_000_000
"""Below this amount of source a second process costs more than it saves (measured: about 3 MB)."""

_START_SECONDS = 60.0
_WALL_FACTOR = 12.0
_HOME = str(Path(__file__).parents[2])
# -I keeps the current folder and PYTHON* variables out: the analysed repository must never be imported from. The
# parent's own path goes behind the standard one, so that nothing in it can shadow a library; only the package itself
# comes from where the parent's lies, because another version may be installed and both ends must speak the same.
_BOOT = (
    "import sys; sys.path.insert(0, {home!r}); import qarepo_graph; del sys.path[0]; "
    "sys.path += [p for p in {path!r} if p not in sys.path]; "
    "from qarepo_graph.code.worker import main; main()"
)


@dataclass(frozen=True, slots=True)
class Lost:
    """A file that cost its worker: ``timeout`` or ``crashed``."""

    reason: str


def default_workers(total_bytes: int) -> int:
    """Return how many processes suit this amount of source."""
    if total_bytes < SINGLE_WORKER_BYTES:
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    return max(1, min(len(affinity(0)) if affinity else os.cpu_count() or 1, 8))


def run_jobs(kind: str, jobs: Iterable[FileJob], options: WorkerOptions, *, workers: int) -> Iterator[Any]:
    """Yield one result per job, in the order of the jobs.

    Args:
        kind: ``parse`` or ``survey``.
        jobs: The files.
        options: Sent to every worker once.
        workers: Processes.

    Yields:
        What the worker made of the job, or :class:`Lost`.
    """
    local = threading.local()
    started: list[_Worker] = []

    def run(chunk: list[FileJob]) -> list[Any]:
        if not hasattr(local, "worker"):
            local.worker = _Worker(options)
            started.append(local.worker)
        worker: _Worker = local.worker
        return worker.run(kind, chunk)

    # Chunks in flight are bounded, so that memory does not grow with the repository.
    pending: deque[Future[list[Any]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="qarepo-parse") as threads:
        try:
            for chunk in _chunks(jobs):
                pending.append(threads.submit(run, chunk))
                if len(pending) > 2 * workers:
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
            for worker in started:
                worker.stop()


def _chunks(jobs: Iterable[FileJob]) -> Iterator[list[FileJob]]:
    chunk: list[FileJob] = []
    size = 0
    for job in jobs:
        chunk.append(job)
        size += job.bytes
        if size >= CHUNK_BYTES or len(chunk) >= CHUNK_FILES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def boot_code() -> str:
    """Return what a worker's interpreter runs."""
    return _BOOT.format(home=_HOME, path=[entry for entry in sys.path if entry])


class _Worker:
    """One child process and its pipes; used by one thread."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        # The worker limits its own processor time where the system can; the wall clock then only ends a standstill.
        self._wall_seconds = options.file_seconds * (_WALL_FACTOR if hasattr(signal, "setitimer") else 1)
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, kind: str, chunk: list[FileJob]) -> list[Any]:
        """Return one result per job, replacing the process wherever it is lost."""
        results: list[Any] = []
        while len(results) < len(chunk) and not self._stopped:
            process = self._process or self._start()
            rest = chunk[len(results) :]
            try:
                assert process.stdin is not None
                send(process.stdin, [(kind, job) for job in rest])
                for _ in rest:
                    results.append(self._receive(process, self._wall_seconds))  # noqa: PERF401 - what came before a loss is kept
            except TimeoutError:  # an OSError too, so it comes first
                self._discard()
                results.append(Lost("timeout"))
            except (EOFError, OSError):
                self._discard()
                results.append(Lost("crashed"))
        return results

    def stop(self) -> None:
        """End the process; called from the thread that consumes the results."""
        self._stopped = True
        self._discard()

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [os.fsdecode(get_executable()), "-I", "-c", boot_code()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in _ENVIRONMENT},
        )
        assert process.stdin is not None
        send(process.stdin, self._options)
        self._receive(process, _START_SECONDS)
        return process

    def _receive(self, process: subprocess.Popen[bytes], seconds: float) -> Any:
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(seconds, expire)
        timer.start()
        try:
            assert process.stdout is not None
            return receive(process.stdout)
        except EOFError:
            if expired.is_set() or process.wait() == -getattr(signal, "SIGPROF", 0):
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue


# What an interpreter needs to start; keys and tokens of the parent stay with the parent.
_ENVIRONMENT_WORDS = "PATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH SYSTEMROOT TEMP TMP TMPDIR HOME USERPROFILE LANG LC_ALL"
_ENVIRONMENT = frozenset(_ENVIRONMENT_WORDS.split())
