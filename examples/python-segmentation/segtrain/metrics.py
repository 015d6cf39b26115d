"""How good a predicted mask is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from segtrain.grid import Grid


@dataclass
class Confusion:
    """Pixels by what was predicted and what is true."""

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    true_negative: int = 0

    def add(self, predicted: bool, actual: bool) -> None:
        """Count one pixel."""
        if predicted and actual:
            self.true_positive += 1
        elif predicted:
            self.false_positive += 1
        elif actual:
            self.false_negative += 1
        else:
            self.true_negative += 1

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(
            self.true_positive + other.true_positive,
            self.false_positive + other.false_positive,
            self.false_negative + other.false_negative,
            self.true_negative + other.true_negative,
        )

    @property
    def pixels(self) -> int:
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


def confusion(probabilities: Grid, mask: Grid, threshold: float = 0.5) -> Confusion:
    """Compare a predicted mask with the true one, pixel by pixel."""
    counts = Confusion()
    for probability, target in zip(probabilities.values, mask.values):
        counts.add(probability >= threshold, target > 0.5)
    return counts


def intersection_over_union(counts: Confusion) -> float:
    """Return the overlap by the union; two empty masks overlap fully."""
    union = counts.true_positive + counts.false_positive + counts.false_negative
    return counts.true_positive / union if union else 1.0


def dice_score(counts: Confusion) -> float:
    """Return twice the overlap by the sum of both sizes."""
    size = 2 * counts.true_positive + counts.false_positive + counts.false_negative
    return 2 * counts.true_positive / size if size else 1.0


def pixel_accuracy(counts: Confusion) -> float:
    if counts.pixels == 0:
        raise ZeroDivisionError("no pixel was counted")
    return (counts.true_positive + counts.true_negative) / counts.pixels


class MetricTracker:
    """Averages numbers by name over an epoch."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = defaultdict(float)
        self._counts: dict[str, int] = defaultdict(int)

    def update(self, name: str, value: float, weight: int = 1) -> None:
        """Add a value that stands for ``weight`` samples."""
        if weight <= 0:
            raise ValueError("weight must be positive")
        self._sums[name] += value * weight
        self._counts[name] += weight

    def mean(self, name: str) -> float:
        """Return the average of a number.

        Raises:
            KeyError: When nothing was added under this name.
        """
        if name not in self._counts:
            raise KeyError(f"no value was tracked as {name!r}")
        return self._sums[name] / self._counts[name]

    def summary(self) -> dict[str, float]:
        return {name: self.mean(name) for name in sorted(self._counts)}
