"""From a trained network to masks and objects."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import overload

from segtrain.grid import Grid
from segtrain.model import SegmentationNet


@dataclass(frozen=True)
class Region:
    """One connected object in a mask."""

    pixels: frozenset[tuple[int, int]]

    @property
    def area(self) -> int:
        return len(self.pixels)

    def bounding_box(self) -> tuple[int, int, int, int]:
        """Return top, left, bottom and right, all inclusive."""
        rows = [row for row, _ in self.pixels]
        columns = [column for _, column in self.pixels]
        return min(rows), min(columns), max(rows), max(columns)


@overload
def threshold(probabilities: Grid, limit: float) -> Grid: ...
@overload
def threshold(probabilities: list[Grid], limit: float) -> list[Grid]: ...
def threshold(probabilities: Grid | list[Grid], limit: float = 0.5) -> Grid | list[Grid]:
    """Turn probabilities into masks of zeros and ones; takes one map or several."""
    if isinstance(probabilities, list):
        return [threshold(grid, limit) for grid in probabilities]
    return probabilities.map(lambda value: 1.0 if value >= limit else 0.0)


def predict_mask(model: SegmentationNet, image: Grid, limit: float = 0.5) -> Grid:
    """Return the mask of an image."""
    return threshold(model.predict(image), limit)


def tiles(image: Grid, size: int, stride: int) -> Iterator[tuple[int, int, Grid]]:
    """Yield square parts that cover the whole image, with the row and column they start at."""
    if stride < 1 or size < 1:
        raise ValueError("size and stride must be positive")
    last_row, last_column = max(0, image.height - size), max(0, image.width - size)
    rows = sorted({*range(0, last_row + 1, stride), last_row})
    columns = sorted({*range(0, last_column + 1, stride), last_column})
    for row in rows:
        for column in columns:
            yield row, column, image.crop(row, column, min(size, image.height), min(size, image.width))


def predict_tiled(model: SegmentationNet, image: Grid, size: int, stride: int) -> Grid:
    """Predict a large image part by part; where parts overlap, their probabilities are averaged."""
    summed = Grid(image.height, image.width)
    counts = Grid(image.height, image.width)
    for top, left, tile in tiles(image, size, stride):
        probabilities = model.predict(tile)
        for row in range(tile.height):
            for column in range(tile.width):
                summed[top + row, left + column] += probabilities[row, column]
                counts[top + row, left + column] += 1.0
    return summed.combine(counts, lambda value, count: value / count)


def find_regions(mask: Grid, smallest: int = 1) -> list[Region]:
    """Return the connected objects of a mask, largest first; smaller ones than ``smallest`` are left out."""
    seen: set[tuple[int, int]] = set()
    regions = []
    for row in range(mask.height):
        for column in range(mask.width):
            if mask[row, column] < 0.5 or (row, column) in seen:
                continue
            pixels = flood(mask, (row, column))
            seen |= pixels
            if len(pixels) >= smallest:
                regions.append(Region(frozenset(pixels)))
    regions.sort(key=lambda region: -region.area)
    return regions


def flood(mask: Grid, start: tuple[int, int]) -> set[tuple[int, int]]:
    """Return all set pixels that hang together with the start, sideways or up and down."""
    reached = {start}
    queue = deque([start])
    while queue:
        row, column = queue.popleft()
        for neighbour in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if neighbour not in reached and mask.get_or(*neighbour) >= 0.5:
                reached.add(neighbour)
                queue.append(neighbour)
    return reached


def render(mask: Grid, filled: str = "#", empty: str = ".") -> str:
    """Return a mask as lines of text."""
    return "\n".join("".join(filled if value >= 0.5 else empty for value in row) for row in mask.rows())
