"""Random changes of a sample that leave its meaning alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

from segtrain.dataset import Sample
from segtrain.grid import Grid


class Augmentation(Protocol):
    """Anything that turns a sample into another one."""

    def __call__(self, sample: Sample, draw: random.Random) -> Sample:
        """Return the changed sample."""


class RandomFlip:
    """Mirror image and mask together."""

    def __init__(self, probability: float = 0.5) -> None:
        self.probability = probability

    def __call__(self, sample: Sample, draw: random.Random) -> Sample:
        if draw.random() >= self.probability:
            return sample
        sideways = draw.random() < 0.5
        return Sample(
            sample.image.flipped(horizontally=sideways), sample.mask.flipped(horizontally=sideways), sample.name
        )


class RandomCrop:
    """Cut out a square and pad it back to the original size."""

    def __init__(self, share: float = 0.8) -> None:
        if not 0 < share <= 1:
            raise ValueError("share must be in (0, 1]")
        self.share = share

    def __call__(self, sample: Sample, draw: random.Random) -> Sample:
        size = max(1, int(sample.image.height * self.share))
        top = draw.randint(0, sample.image.height - size)
        left = draw.randint(0, sample.image.width - size)
        return Sample(
            self._cut(sample.image, top, left, size), self._cut(sample.mask, top, left, size), sample.name
        )

    @staticmethod
    def _cut(grid: Grid, top: int, left: int, size: int) -> Grid:
        return pad_to(grid.crop(top, left, size, size), grid.height, grid.width)


class Brightness:
    """Scale all pixels of the image by one random factor; the mask stays."""

    def __init__(self, strength: float = 0.2) -> None:
        self.strength = strength

    def __call__(self, sample: Sample, draw: random.Random) -> Sample:
        factor = 1.0 + draw.uniform(-self.strength, self.strength)
        image = sample.image.map(lambda value: min(1.0, value * factor))
        return Sample(image, sample.mask, sample.name)


class Compose:
    """Apply several augmentations one after the other."""

    def __init__(self, steps: list[Augmentation], seed: int = 0) -> None:
        self.steps = steps
        self.draw = random.Random(seed)

    def __call__(self, sample: Sample) -> Sample:
        for step in self.steps:
            sample = step(sample, self.draw)
        return sample


def pad_to(grid: Grid, height: int, width: int, value: float = 0.0) -> Grid:
    """Surround a grid with a constant so that it has the wanted size.

    Raises:
        ValueError: When the grid is already larger.
    """
    if grid.height > height or grid.width > width:
        raise ValueError("cannot pad to a smaller size")
    top = (height - grid.height) // 2
    left = (width - grid.width) // 2
    padded = Grid(height, width, [value] * (height * width))
    for row in range(grid.height):
        for column in range(grid.width):
            padded[top + row, left + column] = grid[row, column]
    return padded


def build_augmentation(names: list[str], seed: int = 0) -> Callable[[Sample], Sample]:
    """Return the augmentation that a configuration names.

    Raises:
        KeyError: For a name nobody knows.
    """
    known: dict[str, Callable[[], Augmentation]] = {"flip": RandomFlip, "crop": RandomCrop, "brightness": Brightness}
    steps = []
    for name in names:
        if name not in known:
            raise KeyError(f"unknown augmentation {name!r}; choose from {sorted(known)}")
        steps.append(known[name]())
    return Compose(steps, seed)
