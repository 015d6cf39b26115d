"""What an engine is: a place where surveys and shards run. It knows no repository and makes no decision.

An engine runs :func:`run_file` (or its async twin) wherever it likes, as often as it must, and hands back what became
of each shard. Nothing else crosses the border: file names in, :class:`Outcome` out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from qarepo_graph.errors import InterruptedRunError, ProviderError, QarepoError, RunLockedError
from qarepo_graph.fleet.copies import Copies
from qarepo_graph.fleet.manifest import Repository
from qarepo_graph.fleet.plan import read_spec
from qarepo_graph.fleet.shard import Part, arun_shard, run_shard
from qarepo_graph.fleet.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one shard.

    Attributes:
        shard: Its file in the plan.
        repository: Its repository.
        part: What it made; None where it failed.
        error: Why it failed, one sentence.
        exit_code: What a single run would have ended with.
        ends_all: True when the others would meet the same: provider, limit or signal.
        signal_number: The signal that ended it; 0 = none.
    """

    shard: str
    repository: str = ""
    part: Part | None = None
    error: str = ""
    exit_code: int = 0
    ends_all: bool = False
    signal_number: int = 0


LOCKED_SECONDS = 60
"""Ray ends the workers of a dead driver within seconds; longer, and it is somebody else's run."""

Work = Callable[[str], Awaitable[Outcome]]


class Engine(Protocol):
    """A place where shards run."""

    def survey(self, jobs: Sequence[tuple[Repository, Mapping[str, Any]]], folder: str) -> Iterator[tuple[int, Survey]]:
        """Survey repositories, in any order; each with its place among the jobs."""

    def find_copies(self, tables: Sequence[str], order: Mapping[str, int]) -> Copies:
        """Find the functions that an earlier repository holds."""

    def run(self, shards: Sequence[str]) -> Iterator[Outcome | None]:
        """Run shards, in any order; None once in a while, so that the caller can look at the totals."""

    def end(self, refusal: str, signal_number: int = 0) -> None:
        """Begin no shard and send no request any more; what is in flight is finished and saved."""

    def totals(self) -> dict[str, Any]:
        """Return what the shared budget granted and was told so far (:class:`~qarepo_graph.fleet.budget.Totals`)."""

    def close(self) -> None:
        """End every worker."""


def run_file(file: str) -> Outcome:
    """Run the shard of a plan's file; errors meant for the user become part of the outcome."""
    spec = read_spec(file)
    try:
        return Outcome(shard=file, repository=spec.repository, part=run_shard(spec))
    except QarepoError as error:
        return failed(file, error, spec.repository)


async def arun_file(file: str) -> Outcome:
    """Do as :func:`run_file` does inside a running event loop.

    A run directory that is locked is waited for: workers of a killed driver live on for a moment.
    """
    spec = read_spec(file)
    waited = 0
    while True:
        try:
            return Outcome(shard=file, repository=spec.repository, part=await arun_shard(spec))
        except RunLockedError as error:
            if waited >= LOCKED_SECONDS:
                return failed(file, error, spec.repository)
            waited += 1
            await asyncio.sleep(1)
        except QarepoError as error:
            return failed(file, error, spec.repository)


def failed(file: str, error: BaseException, repository: str = "") -> Outcome:
    """Return the outcome of a shard that ended with an error."""
    return Outcome(
        shard=file,
        repository=repository,
        error=str(error) or type(error).__name__,
        exit_code=error.exit_code if isinstance(error, QarepoError) else 1,
        ends_all=isinstance(error, (ProviderError, InterruptedRunError)),
        signal_number=error.signal_number if isinstance(error, InterruptedRunError) else 0,
    )
