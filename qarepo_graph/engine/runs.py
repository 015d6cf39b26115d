"""One run of one repository in this process: lock, ledger, limiter, models, money.

Nodes take the run with :func:`use_run` and give it back; the process holds one :class:`Run` per run directory, so
that ``paraphrase`` and ``ideate_requirements`` share its limits while they work at the same time. Between two nodes
the run stays open for a moment; after ``export`` and after any error it is closed at once, so no lock outlives a run
or is held across an interrupt.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.code.resolution.written_types import WrittenTypes
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.engine.collector import at_rest, set_aside, take_back
from qarepo_graph.engine.progress import Meter
from qarepo_graph.errors import InterruptedRunError, LimitError, QarepoError, RunLockedError
from qarepo_graph.ledger import Database, RunLock, make_private, open_ledger
from qarepo_graph.ledger.directory import run_directory
from qarepo_graph.ledger.snapshot import StoredFunctions, all_files
from qarepo_graph.llm.backend import Reply
from qarepo_graph.llm.limiter import Allowance, Limiter
from qarepo_graph.settings import Settings

if TYPE_CHECKING:
    from qarepo_graph.engine.node_models import NodeModel

_LINGER_SECONDS = 30.0
_open: dict[Path, Run] = {}
_guard = threading.RLock()
_allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class CodeMap:
    """The current snapshot's symbols and calls."""

    index: SymbolIndex
    graph: CallGraph

    @classmethod
    def of(cls, ledger: Database) -> CodeMap:
        """Build both from a ledger's snapshot. Blocks."""
        functions, written = StoredFunctions(ledger), WrittenTypes()
        with at_rest():
            index = SymbolIndex.build(ledger.run(all_files), written.noting(functions))
            return cls(index, CallGraph.build(functions, index, written))


@dataclass(slots=True, eq=False)
class Run:
    """An open run.

    Attributes:
        directory: The run directory.
        settings: What it was opened with.
        ledger: Its database.
        session: Id of this opening; requests and replies carry it.
        limiter: The one limiter of all nodes.
        meter: What this session spent.
        under_way: Replies being bought, by work key, so that identical work is bought once.
        error: The error that ends the run, once there is one; nobody sends after it.
    """

    directory: Path
    settings: Settings
    ledger: Database
    lock: RunLock
    limiter: Limiter
    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    meter: Meter = field(default_factory=Meter)
    under_way: dict[str, asyncio.Future[Reply]] = field(default_factory=dict)
    error: BaseException | None = None
    stop_signal: int = 0
    _models: dict[str, NodeModel] = field(default_factory=dict)
    _models_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _loop: asyncio.AbstractEventLoop | None = None
    _map: CodeMap | None = None
    _users: int = 0
    _closing: threading.Timer | None = None

    @property
    def stopping(self) -> bool:
        """True once nothing new may be sent."""
        return self.stop_signal != 0 or self.error is not None

    def stop(self, signal_number: int) -> None:
        """Let what is in flight finish, send nothing more, then end with ``InterruptedRunError``."""
        self.stop_signal = signal_number

    def raise_if_stopped(self) -> None:
        """Raise what ends the run, if anything does.

        Raises:
            InterruptedRunError: After a signal.
            QarepoError: The error of another node.
        """
        if self.error is not None:
            raise self.error
        if self.stop_signal:
            msg = f"Stopped by a signal; everything answered so far is saved in {str(self.directory)!r}."
            raise InterruptedRunError(msg, self.stop_signal)

    def check_limits(self) -> None:
        """Raise when the next request would cross a limit of this run.

        Raises:
            LimitError: With the limit and how to go on.
        """
        settings, meter = self.settings, self.meter
        if settings.max_requests and meter.requests >= settings.max_requests:
            msg = f"--max-requests {settings.max_requests} is reached; run the same command with a higher one to go on."
            raise LimitError(msg)
        if settings.max_usd and meter.usd is not None and meter.usd >= settings.max_usd:
            msg = f"--max-usd {settings.max_usd} is reached; run the same command with a higher one to go on."
            raise LimitError(msg)

    async def model(self, node: str) -> NodeModel:
        """Return the model a node asks, opened and checked once per run.

        Raises:
            SettingsError: When name, address or key cannot work, or ``--max-usd`` is set and its price is unknown.
            ProviderError: When its server refuses: key, model name, address.
        """
        from qarepo_graph.engine.node_models import model_of, open_model  # LangChain takes a second to import

        spec = model_of(self.settings, node)
        name = spec if isinstance(spec, str) else f"object:{id(spec)}"
        async with self._models_lock:
            if name not in self._models:
                self._loop = asyncio.get_running_loop()
                self._models[name] = await open_model(spec, self.settings, self.limiter, self.meter.hear)
            return self._models[name]

    def code_map(self) -> CodeMap:
        """Return the symbol index and call graph of the current snapshot, built once. Blocks the first time."""
        with _guard:
            if self._map is None:
                self._map = CodeMap.of(self.ledger)
                set_aside()
            return self._map

    def forget_code_map(self) -> None:
        """Drop what :meth:`code_map` built: the snapshot is another one now."""
        with _guard:
            self._map = None

    def close(self) -> None:
        """Close connections, ledger and lock. Safe to call from any thread, and twice."""
        with _guard:
            if _open.get(self.directory) is self:
                del _open[self.directory]
            if not _open:
                take_back()
            if self._closing is not None:
                self._closing.cancel()
        self._close_models()
        self.ledger.close()
        self.lock.release()

    def _close_models(self) -> None:
        models, self._models = list(self._models.values()), {}
        loop, running = self._loop, _running_loop()
        if not models or loop is None or loop.is_closed():
            return
        if running is loop:
            # The task holds itself through the loop until it ends; the loop outlives a node.
            loop.create_task(_close_all(models))
        elif loop.is_running():
            asyncio.run_coroutine_threadsafe(_close_all(models), loop).result(timeout=10)
        elif running is None:
            loop.run_until_complete(_close_all(models))


def open_run(repo_dir: str | Path, settings: Settings | None = None, run_dir: str | Path = "") -> Run:
    """Open (or take, if this process has it open) the run of a repository.

    Args:
        repo_dir: The repository.
        settings: Settings; defaults if None.
        run_dir: The run directory; ``./.qarepo/<name>-<hash>`` if empty.

    Returns:
        The run. Give it back with :func:`release`, or use :func:`use_run`.

    Raises:
        RunLockedError: When another process, or another run of this one, works in the directory.
        StorageError: When the directory cannot be written.
    """
    settings = settings or Settings()
    directory = run_directory(repo_dir, run_dir, settings.dry_run)
    make_private(directory)
    directory = directory.resolve()
    with _guard:
        run = _open.get(directory)
        if run is not None and run.settings is not settings and run.settings != settings:
            if run._users:
                msg = f"This process already runs {str(directory)!r} with other settings; wait for it to end."
                raise RunLockedError(msg)
            run.close()
            run = None
        if run is None:
            lock = RunLock(directory)
            lock.acquire()
            try:
                ledger = open_ledger(directory)
            except BaseException:
                lock.release()
                raise
            limiter = Limiter(settings.concurrency, settings.rpm, settings.tpm, _allowance)
            run = Run(directory, settings, ledger, lock, limiter, meter=Meter(usd_limit=settings.max_usd))
            _open[directory] = run
            set_aside()
        if run._closing is not None:
            run._closing.cancel()
            run._closing = None
        run._users += 1
        return run


def share_limits(allowance: Allowance | None) -> None:
    """Let every run that this process opens from now on ask ``allowance`` before each request; None ends that."""
    global _allowance  # noqa: PLW0603 - like the table of open runs, it is the process's own
    _allowance = allowance


def release(run: Run, *, close: bool = False) -> None:
    """Give a run back; the last one to do so closes it, at once or after a moment in which the next node may come."""
    with _guard:
        run._users -= 1
        if run._users > 0:
            return
        if not close:
            run._closing = threading.Timer(_LINGER_SECONDS, run.close)
            run._closing.daemon = True
            run._closing.start()
            return
    run.close()


@contextlib.contextmanager
def use_run(repo_dir: str, settings: Settings, run_dir: str, *, last: bool = False) -> Iterator[Run]:
    """Take the run for the length of a node; ``last`` and errors close it."""
    run = open_run(repo_dir, settings, run_dir)
    close = True
    try:
        yield run
        close = last
    except QarepoError as error:
        run.error = run.error or error
        raise
    finally:
        release(run, close=close)


async def _close_all(models: list[NodeModel]) -> None:
    for model in models:
        await model.backend.aclose()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
