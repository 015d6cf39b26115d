"""A two-dimensional grid of numbers: the images, masks and feature maps of this project."""

from __future__ import annotations

from collections.abc import Callable, Iterator


class Grid:
    """Rows of equal length, stored flat."""

    def __init__(self, height: int, width: int, values: list[float] | None = None) -> None:
        if height <= 0 or width <= 0:
            raise ValueError("a grid needs at least one row and one column")
        self.height = height
        self.width = width
        self.values = [0.0] * (height * width) if values is None else values
        if len(self.values) != height * width:
            raise ValueError(f"expected {height * width} values, got {len(self.values)}")

    @classmethod
    def from_rows(cls, rows: list[list[float]]) -> Grid:
        """Build a grid from a list of rows."""
        width = len(rows[0]) if rows else 0
        for row in rows:
            if len(row) != width:
                raise ValueError("all rows must have the same length")
        return cls(len(rows), width, [value for row in rows for value in row])

    def __getitem__(self, position: tuple[int, int]) -> float:
        row, column = position
        return self.values[row * self.width + column]

    def __setitem__(self, position: tuple[int, int], value: float) -> None:
        row, column = position
        self.values[row * self.width + column] = value

    def get_or(self, row: int, column: int, outside: float = 0.0) -> float:
        """Return the value at a position, or ``outside`` beyond the border."""
        if 0 <= row < self.height and 0 <= column < self.width:
            return self.values[row * self.width + column]
        return outside

    def rows(self) -> Iterator[list[float]]:
        """Yield one row after the other."""
        for start in range(0, len(self.values), self.width):
            yield self.values[start : start + self.width]

    def map(self, function: Callable[[float], float]) -> Grid:
        """Return a new grid with the function applied to each value."""
        return Grid(self.height, self.width, [function(value) for value in self.values])

    def combine(self, other: Grid, function: Callable[[float, float], float]) -> Grid:
        """Return a new grid of the function's results for each pair of values."""
        if (self.height, self.width) != (other.height, other.width):
            raise ValueError("grids of different size cannot be combined")
        return Grid(self.height, self.width, [function(a, b) for a, b in zip(self.values, other.values)])

    def crop(self, top: int, left: int, height: int, width: int) -> Grid:
        """Cut out a rectangle that lies inside the grid."""
        if top < 0 or left < 0 or top + height > self.height or left + width > self.width:
            raise IndexError("the crop reaches beyond the border")
        rows = [
            self.values[row * self.width + left : row * self.width + left + width] for row in range(top, top + height)
        ]
        return Grid.from_rows(rows)

    def flipped(self, *, horizontally: bool) -> Grid:
        """Mirror the grid left to right, or top to bottom."""
        rows = list(self.rows())
        if horizontally:
            return Grid.from_rows([row[::-1] for row in rows])
        return Grid.from_rows(rows[::-1])

    def total(self) -> float:
        return sum(self.values)
