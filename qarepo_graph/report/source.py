"""A run's pairs as its ledger recorded them, for those who come after the run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

from qarepo_graph.code.commit import commit_of
from qarepo_graph.engine.runs import CodeMap
from qarepo_graph.errors import UsageError
from qarepo_graph.ledger import Database
from qarepo_graph.ledger.snapshot import get_meta
from qarepo_graph.nodes.pairs import PairSource
from qarepo_graph.schema import Language


def recorded_pairs(ledger: Database) -> PairSource:
    """Return the pairs of a run that has at least been parsed.

    Raises:
        UsageError: When the run stopped before its parse was done.
    """
    root, language, kinds = (
        ledger.run(partial(get_meta, name=name)) for name in ("repo_dir", "language", "question_types")
    )
    if not root or not language:
        msg = "This run has not read its repository yet; run `qarepo generate` again and look at it afterwards."
        raise UsageError(msg)
    return PairSource(
        ledger=ledger,
        code=CodeMap.of(ledger),
        repository=Path(root).name,
        commit=commit_of(Path(root)),
        language=cast("Language", language),
        question_types=tuple(kinds.split()),
        negatives=int(ledger.run(partial(get_meta, name="negatives", default="0"))),
        seed=int(ledger.run(partial(get_meta, name="seed", default="0"))),
    )


def recorded_description(ledger: Database) -> str:
    """Return what the user said the repository is about."""
    return ledger.run(partial(get_meta, name="repo_description"))
