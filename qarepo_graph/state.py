"""The graph's state: JSON types only, ids and counts, never source text.

Everything big lives in the run directory's ledger, so that any checkpointer works and stays small.
"""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict


class RepoInput(TypedDict, total=False):
    """What a caller gives: only ``repo_dir`` is needed."""

    repo_dir: str
    repo_description: str
    output_file: str
    run_dir: str


class StageCounts(TypedDict, total=False):
    """What became of one node's items: the numbers add up to ``total``."""

    total: int
    accepted: int
    reused: int
    rejected: int
    pending: int
    failed: int
    skipped: int


class RepoState(RepoInput, total=False):
    """The repository's way through the graph.

    Attributes:
        files: Files by status and reason (``{"parsed": 12, "skipped:generated": 1}``).
        functions: Functions found, by language.
        not_asked: Those that nothing is asked about, by reason (``{"no_body": 11}``).
        screening: Secrets replaced, functions left out, hidden text, and texts that speak to a model.
        describe: Counts of the node; ``paraphrase``, ``ideate_requirements`` and ``critique`` likewise.
        round: Times the critique has been passed; bounded by ``Settings.attempts``.
        unsettled: Results that go round again.
        export: Rows, files and hashes written.
        usage: Tokens and cost by node.
    """

    files: dict[str, int]
    functions: dict[str, int]
    not_asked: dict[str, int]
    screening: dict[str, int]
    describe: StageCounts
    paraphrase: StageCounts
    ideate_requirements: StageCounts
    critique: StageCounts
    round: int
    unsettled: int
    export: dict[str, Any]
    usage: dict[str, Any]


class RepoOutput(TypedDict, total=False):
    """What a run returns."""

    output_file: str
    run_dir: str
    files: dict[str, int]
    functions: dict[str, int]
    not_asked: dict[str, int]
    screening: dict[str, int]
    describe: StageCounts
    paraphrase: StageCounts
    ideate_requirements: StageCounts
    critique: StageCounts
    round: int
    export: dict[str, Any]
    usage: dict[str, Any]
