"""Near-identical bodies: the few comparisons that are made find what comparing all with all would find."""

from __future__ import annotations

import hashlib
import random

import pytest

from qarepo_graph.dataset.splits import body_grams, cluster_bodies, is_near_identical


def changed(text: str, chance: random.Random) -> str:
    """Return a text with some signs replaced, added and left out, and now and then cut."""
    signs = list(text)
    for _ in range(chance.randrange(len(signs) // 25)):
        place = chance.randrange(len(signs))
        signs[place : place + chance.randrange(2)] = chance.choice(["", "x", "é", " = 1"])
    return "".join(signs)[: int(len(signs) * chance.choice([0.8, 0.95, 1]))]


@pytest.mark.parametrize("seed", range(5))
def test_clusters_are_those_of_comparing_all_with_all(seed: int) -> None:
    chance = random.Random(seed)
    originals = [
        "\n".join(f"total_{chance.randrange(40)} += weights[{chance.randrange(40)}] * {line}" for line in range(12))
        for _ in range(6)
    ]
    texts = [changed(chance.choice(originals), chance) for _ in range(80)]
    expected = list(range(len(texts)))
    grams = [body_grams(text) for text in texts]
    for one in range(len(texts)):
        for other in range(one):
            if is_near_identical(grams[one], grams[other]):
                joined = {expected[one], expected[other]}
                expected = [min(joined) if number in joined else number for number in expected]
    numbers: dict[int, int] = {}
    bodies = [(str(n), hashlib.sha256(text.encode()).hexdigest(), text) for n, text in enumerate(texts)]
    assert list(cluster_bodies(bodies).values()) == [numbers.setdefault(one, len(numbers)) for one in expected]
    assert 6 < len(numbers) < 70
