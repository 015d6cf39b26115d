"""Which rows train and which are held out, so that held-out scores mean something.

``by-function`` measures generalisation: rows are tied together by paraphrase group, by every function they cite, by
near-identical bodies and by one name in one file (an ``input`` cannot tell overloads apart), and each connected
component lands in one split as a whole. ``by-paraphrase`` measures recall: other wordings of a trained question are
held out (and some requirements, which have one wording each). Random rows would put one answer into both.
"""

from __future__ import annotations

import itertools
import random
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from qarepo_graph.dataset.formats import SPLITS, TRAIN
from qarepo_graph.dataset.functions import FunctionStore
from qarepo_graph.errors import UsageError
from qarepo_graph.schema import QAPair

SplitMode = Literal["by-function", "by-paraphrase", "by-repository", "none"]
SPLIT_MODES: tuple[SplitMode, ...] = ("by-function", "by-paraphrase", "none")
"""What one repository's export can do; ``by-repository`` takes a fleet."""

Place = tuple[str, str]
"""A function's file and qualified name."""

NEAR_IDENTICAL = 0.85
"""Jaccard similarity of character 5-grams from which two bodies are the same for a model."""

_WIDTH = 5


@dataclass(frozen=True)
class Splits:
    """The split of every row.

    Attributes:
        mode: How it was made.
        seed: What it was made with.
        by_row: Split by row id; with ``none``, where every row trains, nobody asks it.
        by_function: Split by id of a function (by-function only); functions tied to no row are in none.
        bodies: Cluster of near-identical bodies by function id: equal numbers are the same for a model.
        places: File and qualified name by function id: how an ``input`` names it.
    """

    mode: SplitMode
    seed: int
    by_row: Mapping[str, str]
    by_function: Mapping[str, str] = field(default_factory=dict)
    bodies: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def of(self, row_id: str) -> str:
        """Return the split of a row."""
        return TRAIN if self.mode == "none" else self.by_row[row_id]

    @property
    def names(self) -> list[str]:
        """Splits that hold rows, train first."""
        present = (TRAIN,) if self.mode == "none" else frozenset(self.by_row.values())
        return [name for name in SPLITS if name in present]

    def hidden_from(self, split: str) -> frozenset[str]:
        """Return the functions a row of this split must not show."""
        return frozenset(one for one, home in self.by_function.items() if home != split)


def parse_ratios(text: str) -> dict[str, float]:
    """Turn ``0.8,0.1,0.1`` (train, validation, test) into shares.

    Raises:
        UsageError: When they are not three numbers from 0 to 1 that add up to 1, with some left for training.
    """
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    if len(shares) != 3 or any(not 0 <= share <= 1 for share in shares) or abs(sum(shares) - 1) > 1e-6 or not shares[0]:
        msg = f"--ratios {text!r} cannot work; give train,validation,test shares that add up to 1, as 0.8,0.1,0.1."
        raise UsageError(msg)
    return dict(zip(SPLITS, shares, strict=True))


def assign_splits(
    pairs: Iterable[QAPair], functions: FunctionStore, *, mode: SplitMode, ratios: Mapping[str, float], seed: int = 0
) -> Splits:
    """Assign every row to a split.

    Args:
        pairs: All rows; read once at most.
        functions: The run's functions, for their bodies.
        mode: ``by-function``, ``by-paraphrase`` or ``none`` (everything trains).
        ratios: Share of rows per split.
        seed: Same rows, ratios and seed give the same splits.

    Raises:
        UsageError: When a split that was asked for would stay empty.
    """
    if mode == "none":
        return Splits(mode, seed, {})
    places: dict[str, Place] = {}
    bodies = cluster_bodies(_bodies(functions, places))
    if mode == "by-paraphrase":
        splits = Splits(mode, seed, _by_paraphrase(pairs, ratios, seed), bodies=bodies, places=places)
    else:
        splits = _by_function(_rows(pairs), bodies, places, ratios, seed)
    for name, share in ratios.items():
        if share and name not in splits.names:
            msg = f"The {name} split would be empty: too few {_unit(mode)} for its share; use --split none or ask more."
            raise UsageError(msg)
    return splits


def _unit(mode: SplitMode) -> str:
    return "independent functions" if mode == "by-function" else "wordings per question"


class _Row(NamedTuple):
    """What ties a row to others; the pair itself, with its answer, is not kept."""

    id: str
    group_id: str
    scenario: int
    function_ids: tuple[str, ...]


def _rows(pairs: Iterable[QAPair]) -> list[_Row]:
    return [_Row(pair.id, pair.group_id, pair.scenario, pair.function_ids) for pair in pairs]


def _by_function(
    rows: list[_Row],
    bodies: Mapping[str, int],
    places: Mapping[str, Place],
    ratios: Mapping[str, float],
    seed: int,
) -> Splits:
    from networkx.utils import UnionFind

    ties: UnionFind[object] = UnionFind()
    for function_id, body in bodies.items():  # those no row cites too: one may be a copy of two that rows do
        ties.union(("body", body), ("place", places[function_id]))
    for group_id, function_ids in dict.fromkeys((row.group_id, row.function_ids) for row in rows):
        ties.union(("group", group_id), *(("body", bodies[one]) for one in function_ids))
    tied: dict[object, list[_Row]] = defaultdict(list)
    for row in rows:
        tied[ties["group", row.group_id]].append(row)
    components = list(tied.values())
    random.Random(seed).shuffle(components)
    components.sort(key=len, reverse=True)  # stable: components of one size stay shuffled
    by_row: dict[str, str] = {}
    by_component: dict[object, str] = {}
    balance = _Balance(rows, ratios)
    for component in components:
        split = balance.place(component)
        by_component[ties["group", component[0].group_id]] = split
        by_row.update(dict.fromkeys((row.id for row in component), split))
    found = {one: by_component.get(ties["body", body]) for one, body in bodies.items()}
    homes = {one: split for one, split in found.items() if split is not None}
    return Splits("by-function", seed, by_row, homes, bodies, places)


class _Balance:
    """Places components so that every split comes near its share in each scenario."""

    def __init__(self, rows: list[_Row], ratios: Mapping[str, float]) -> None:
        totals: dict[int, int] = defaultdict(int)
        for row in rows:
            totals[row.scenario] += 1
        self._totals = totals
        self._left = {
            (split, scenario): share * total
            for split, share in ratios.items()
            if share
            for scenario, total in totals.items()
        }
        self._splits = [split for split, share in ratios.items() if share]

    def place(self, component: list[_Row]) -> str:
        sizes: dict[int, int] = defaultdict(int)
        for row in component:
            sizes[row.scenario] += 1

        def overshoot(split: str) -> float:
            """Squared distance from the shares that is left when the component goes there."""
            return sum(
                (((self._left[split, scenario] - size) ** 2) - self._left[split, scenario] ** 2)
                / self._totals[scenario] ** 2
                for scenario, size in sizes.items()
            )

        chosen = min(self._splits, key=overshoot)
        for scenario, size in sizes.items():
            self._left[chosen, scenario] -= size
        return chosen


def _by_paraphrase(pairs: Iterable[QAPair], ratios: Mapping[str, float], seed: int) -> dict[str, str]:
    groups: dict[str, list[str]] = defaultdict(list)
    requirements: list[str] = []
    for pair in pairs:
        if pair.scenario == 1:
            groups[pair.group_id].append(pair.id)
        else:
            requirements.append(pair.id)
    chance = random.Random(seed)
    by_row = {}
    # A requirement has one wording: those held out are requirements that training never saw.
    for ids, least in [*((group, 0) for group in groups.values()), (requirements, 1)]:
        order = list(range(len(ids)))
        chance.shuffle(order)
        names = _quota(len(ids), ratios, chance, least)
        by_row.update({ids[position]: name for position, name in zip(order, names, strict=True)})
    return by_row


def _quota(count: int, ratios: Mapping[str, float], chance: random.Random, least: int) -> list[str]:
    """Return the splits of a group's rows; fractions are rounded by chance, and one row always trains."""
    names: list[str] = []
    for name, share in ratios.items():
        if name != TRAIN and share:
            names += [name] * max(least, int(count * share + chance.random()))
    names = names[: max(0, count - 1)]
    return names + [TRAIN] * (count - len(names))


def _bodies(functions: FunctionStore, places: dict[str, Place]) -> Iterator[tuple[str, str, str]]:
    """Yield every function's id, hash and code, and note its place."""
    for function in functions.all():
        places[function.id] = function.file, function.qualified_name
        yield function.id, function.code_hash, function.code


def cluster_bodies(bodies: Iterable[tuple[str, str, str]]) -> dict[str, int]:
    """Return a cluster number by key; near-identical bodies share one.

    Only bodies that share enough of their rarest n-grams are compared (see :func:`_least_common`).

    Args:
        bodies: Key, hash and text of each body; equal hashes are equal texts.
    """
    from networkx.utils import UnionFind

    ties: UnionFind[str] = UnionFind()
    by_hash: dict[str, str] = {}
    grams: dict[str, array[int]] = {}  # a twentieth of the memory that sets would take
    order = []
    for key, digest, text in bodies:
        order.append(key)
        first = by_hash.setdefault(digest, key)
        ties.union(key, first)
        if first == key:
            grams[key] = array("I", sorted(body_grams(text)))
    frequency = Counter(itertools.chain.from_iterable(grams.values()))
    holders: dict[int, list[str]] = defaultdict(list)
    for key, mine in grams.items():
        rarest = sorted(mine, key=frequency.__getitem__)[: _rarest(len(mine))]  # equal ones stay in their order
        shared = Counter(itertools.chain.from_iterable(holders[gram] for gram in rarest if gram in holders))
        for other, common in shared.items():
            if common < _least_common(len(mine), len(grams[other])) or ties[key] == ties[other]:
                continue
            if is_near_identical(frozenset(mine), frozenset(grams[other])):
                ties.union(key, other)
        for gram in rarest:
            if frequency[gram] > 1:
                holders[gram].append(key)
    numbers: dict[str, int] = {}
    return {key: numbers.setdefault(ties[key], len(numbers)) for key in order}


def _rarest(size: int) -> int:
    """Return how many of a body's n-grams are looked at: near-identical bodies share at least one of so many."""
    return int((1 - NEAR_IDENTICAL) * size) + 1


def _least_common(mine: int, other: int) -> float:
    """Return how many of their rarest n-grams near-identical bodies share at least, by how many they have.

    They share ``alike`` in all, so either has but ``size - alike`` that the other lacks. Were all of them among its
    rarest, the rest of its rarest would still be shared, and be among the other's rarest: both are in one order.
    """
    alike = NEAR_IDENTICAL / (1 + NEAR_IDENTICAL) * (mine + other) - 1e-6  # less what rounding may add
    return min(_rarest(mine) - mine, _rarest(other) - other) + alike


def is_near_identical(mine: frozenset[int], other: frozenset[int]) -> bool:
    """Say whether two bodies' character n-grams overlap enough (:data:`NEAR_IDENTICAL`)."""
    shared = len(mine & other)
    return shared >= NEAR_IDENTICAL * (len(mine) + len(other) - shared)


def body_grams(code: str) -> frozenset[int]:
    """Return the character 5-grams of a body as hashes, white space folded; chance collisions do not matter."""
    text = " ".join(code.split())
    starts = range(max(1, len(text) - _WIDTH + 1))
    if text.isascii():  # a character is a byte then, and most code is
        folded = text.encode()
        runs = {folded[start : start + _WIDTH] for start in starts}
    else:
        runs = {text[start : start + _WIDTH].encode("utf-8", "surrogatepass") for start in starts}
    return frozenset(map(zlib.crc32, runs))
