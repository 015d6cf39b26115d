"""Which functions of a fleet are copies of another repository's: found before any call, so that none is paid for.

A function is asked about in the first repository that holds it; training repositories come first. So no held-out row
is about a function that a training repository holds, word for word or nearly. Copies inside one repository are not
looked at: they land in one split, and every function of a repository is to be covered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qarepo_graph.dataset.parquet import load_pyarrow
from qarepo_graph.dataset.splits import cluster_bodies


@dataclass(frozen=True)
class Copies:
    """What is left to another repository.

    Attributes:
        exact: Ids by repository whose text stands in an earlier one, white space aside.
        near: Ids by repository whose text is nearly that of an earlier one.
    """

    exact: Mapping[str, frozenset[str]] = field(default_factory=dict)
    near: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, repository: str) -> frozenset[str]:
        """Return every id of a repository that is not asked about there."""
        nothing: frozenset[str] = frozenset()
        return self.exact.get(repository, nothing) | self.near.get(repository, nothing)

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind."""
        return {kind: sum(map(len, getattr(self, kind).values())) for kind in ("exact", "near")}

    @classmethod
    def gather(cls, found: Iterable[tuple[str, str, bool]]) -> Copies:
        """Make it of repository, id and whether the copy is exact."""
        exact: dict[str, set[str]] = defaultdict(set)
        near: dict[str, set[str]] = defaultdict(set)
        for repository, function_id, is_exact in found:
            (exact if is_exact else near)[repository].add(function_id)
        return cls(*({name: frozenset(ids) for name, ids in kind.items()} for kind in (exact, near)))


def find_copies(tables: Sequence[str], order: Mapping[str, int]) -> Copies:
    """Find the copies in this process; every distinct text is in memory once.

    Args:
        tables: The repositories' surveys.
        order: Place of each repository; the earliest that holds a function keeps it.
    """
    texts: dict[str, str] = {}
    functions: list[tuple[str, str, str]] = []
    for repository, function_id, body, text in _asked(tables):
        texts.setdefault(body, text)
        functions.append((repository, function_id, body))
    clusters = cluster_bodies((body, body, text) for body, text in texts.items())
    return Copies.gather(left_to_others(functions, clusters, order))


def left_to_others(
    functions: Iterable[tuple[str, str, str]], clusters: Mapping[str, int], order: Mapping[str, int]
) -> Iterator[tuple[str, str, bool]]:
    """Yield repository, id and whether it is exact of every function that an earlier repository holds.

    Args:
        functions: Repository, id and body hash of each.
        clusters: Cluster of near-identical bodies by body hash.
        order: Place of each repository.
    """
    functions = list(functions)
    first_body: dict[str, int] = {}
    first_cluster: dict[int, int] = {}
    for repository, _, body in functions:
        place = order[repository]
        first_body[body] = min(place, first_body.get(body, place))
        first_cluster[clusters[body]] = min(place, first_cluster.get(clusters[body], place))
    for repository, function_id, body in functions:
        if order[repository] > first_cluster[clusters[body]]:
            yield repository, function_id, order[repository] > first_body[body]


def cluster_of_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return one representative per body that is near-identical to another; bodies of no pair are missing."""
    from networkx.utils import UnionFind

    ties: UnionFind[str] = UnionFind()
    for one, other in pairs:
        ties.union(one, other)
    return {body: ties[body] for body in ties}


def _asked(tables: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    pa = load_pyarrow()
    for table in tables:
        for batch in pa.parquet.ParquetFile(table).iter_batches(columns=["repository", "id", "asked", "body", "text"]):
            for row in batch.to_pylist():
                if row["asked"]:
                    yield row["repository"], row["id"], row["body"], row["text"]
