"""Losses over a map of logits, each with its gradient."""

from __future__ import annotations

import math

from segtrain.grid import Grid
from segtrain.layers import sigmoid

SMOOTH = 1.0


def binary_cross_entropy(logits: Grid, mask: Grid) -> tuple[float, Grid]:
    """Return the mean cross entropy of the pixels, and its gradient by the logits."""
    count = len(logits.values)

    def pixel(logit: float, target: float) -> float:
        return max(logit, 0.0) - logit * target + math.log1p(math.exp(-abs(logit)))

    loss = logits.combine(mask, pixel).total() / count
    gradient = logits.combine(mask, lambda logit, target: (sigmoid(logit) - target) / count)
    return loss, gradient


def soft_dice(logits: Grid, mask: Grid) -> tuple[float, Grid]:
    """Return one minus the smoothed Dice overlap, and its gradient by the logits."""
    probabilities = logits.map(sigmoid)
    overlap = 2.0 * probabilities.combine(mask, lambda p, target: p * target).total() + SMOOTH
    size = probabilities.total() + mask.total() + SMOOTH

    def slope(p: float, target: float) -> float:
        by_probability = (overlap - 2.0 * target * size) / (size * size)
        return by_probability * p * (1.0 - p)

    return 1.0 - overlap / size, probabilities.combine(mask, slope)


class CombinedLoss:
    """A weighted sum of cross entropy and Dice loss."""

    def __init__(self, dice_weight: float = 0.5) -> None:
        if not 0.0 <= dice_weight <= 1.0:
            raise ValueError("dice_weight must be between 0 and 1")
        self.dice_weight = dice_weight

    def __call__(self, logits: Grid, mask: Grid) -> tuple[float, Grid]:
        entropy, entropy_gradient = binary_cross_entropy(logits, mask)
        dice, dice_gradient = soft_dice(logits, mask)
        weight = self.dice_weight
        loss = (1.0 - weight) * entropy + weight * dice
        return loss, entropy_gradient.combine(dice_gradient, lambda a, b: (1.0 - weight) * a + weight * b)
