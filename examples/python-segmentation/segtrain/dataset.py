"""Samples drawn on the fly: a shape on noise, and the mask that says where the shape is."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segtrain.grid import Grid


@dataclass(frozen=True)
class Sample:
    """One image with its mask; both have the same size."""

    image: Grid
    mask: Grid
    name: str


class ShapeDataset:
    """Circles and rectangles on a noisy background, the same ones for the same seed."""

    KINDS = ("circle", "rectangle")

    def __init__(self, count: int, size: int = 16, noise: float = 0.2, seed: int = 0) -> None:
        self.count = count
        self.size = size
        self.noise = noise
        self.seed = seed

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:
        """Draw the sample at an index."""
        if not 0 <= index < self.count:
            raise IndexError(f"sample {index} of {self.count}")
        draw = random.Random(self.seed * 1_000_003 + index)
        kind = self.KINDS[index % len(self.KINDS)]
        mask = self._mask(kind, draw)
        image = self._paint(mask, draw)
        return Sample(image, mask, f"{kind}-{index:04d}")

    def _mask(self, kind: str, draw: random.Random) -> Grid:
        if kind == "circle":
            return draw_circle(self.size, draw)
        return draw_rectangle(self.size, draw)

    def _paint(self, mask: Grid, draw: random.Random) -> Grid:
        """Put noise on everything and brighten what the mask covers."""

        def shade(covered: float) -> float:
            base = 0.8 if covered else 0.1
            return min(1.0, max(0.0, base + draw.gauss(0.0, self.noise)))

        return mask.map(shade)


def draw_circle(size: int, draw: random.Random) -> Grid:
    """Draw a filled circle at a random place."""
    radius = draw.uniform(size * 0.15, size * 0.3)
    row = draw.uniform(radius, size - radius)
    column = draw.uniform(radius, size - radius)
    mask = Grid(size, size)
    for y in range(size):
        for x in range(size):
            if (y - row) ** 2 + (x - column) ** 2 <= radius**2:
                mask[y, x] = 1.0
    return mask


def draw_rectangle(size: int, draw: random.Random) -> Grid:
    """Draw a filled rectangle at a random place."""
    height = draw.randint(size // 4, size // 2)
    width = draw.randint(size // 4, size // 2)
    top = draw.randint(0, size - height)
    left = draw.randint(0, size - width)
    mask = Grid(size, size)
    for y in range(top, top + height):
        for x in range(left, left + width):
            mask[y, x] = 1.0
    return mask


def split_indices(count: int, validation_share: float, seed: int = 0) -> tuple[list[int], list[int]]:
    """Split sample indices into training and validation ones.

    Args:
        count: Number of samples.
        validation_share: Share of samples for validation, between 0 and 1.
        seed: Seed of the shuffle.

    Returns:
        Training indices and validation indices.

    Raises:
        ValueError: When the share leaves one of the two without a sample.
    """
    held_out = round(count * validation_share)
    if held_out == 0 or held_out == count:
        raise ValueError(f"a share of {validation_share} leaves one part of {count} samples empty")
    indices = list(range(count))
    random.Random(seed).shuffle(indices)
    return indices[held_out:], indices[:held_out]


def batches(
    dataset: ShapeDataset, indices: Sequence[int], batch_size: int, *, drop_last: bool = False
) -> Iterator[list[Sample]]:
    """Yield samples in lists of ``batch_size``."""
    if batch_size < 1:
        raise ValueError("batch_size must be at least 1")
    batch: list[Sample] = []
    for index in indices:
        batch.append(dataset[index])
        if len(batch) == batch_size:
            yield batch
            batch = []
    if batch and not drop_last:
        yield batch
