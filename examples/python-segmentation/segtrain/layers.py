"""The parts of a network: each runs forward and hands gradients back."""

from __future__ import annotations

import math
import random

from segtrain.grid import Grid

Maps = list[Grid]


class Parameter:
    """Weights and the gradient that belongs to them."""

    def __init__(self, values: list[float]) -> None:
        self.values = values
        self.gradient = [0.0] * len(values)

    def zero(self) -> None:
        """Forget the gradient."""
        self.gradient = [0.0] * len(self.values)


class Layer:
    """Base of all layers; one without weights has no parameters."""

    def forward(self, inputs: Maps) -> Maps:
        raise NotImplementedError

    def backward(self, gradients: Maps) -> Maps:
        raise NotImplementedError

    def parameters(self) -> list[Parameter]:
        return []


class Conv3x3(Layer):
    """A 3x3 convolution with zero padding, so that maps keep their size."""

    def __init__(self, inputs: int, outputs: int, draw: random.Random) -> None:
        scale = math.sqrt(2.0 / (inputs * 9))
        self.inputs = inputs
        self.outputs = outputs
        self.weights = Parameter([draw.gauss(0.0, scale) for _ in range(outputs * inputs * 9)])
        self.bias = Parameter([0.0] * outputs)
        self._seen: Maps = []

    def parameters(self) -> list[Parameter]:
        return [self.weights, self.bias]

    def _offset(self, output: int, channel: int) -> int:
        return (output * self.inputs + channel) * 9

    def forward(self, inputs: Maps) -> Maps:
        """Return one map per output channel and remember the inputs for the way back."""
        if len(inputs) != self.inputs:
            raise ValueError(f"expected {self.inputs} maps, got {len(inputs)}")
        self._seen = inputs
        height, width = inputs[0].height, inputs[0].width
        result = []
        for output in range(self.outputs):
            summed = Grid(height, width, [self.bias.values[output]] * (height * width))
            for channel, grid in enumerate(inputs):
                self._correlate(grid, self._offset(output, channel), summed)
            result.append(summed)
        return result

    def _correlate(self, grid: Grid, offset: int, into: Grid) -> None:
        kernel = self.weights.values[offset : offset + 9]
        for row in range(grid.height):
            for column in range(grid.width):
                value = 0.0
                for place, weight in enumerate(kernel):
                    value += weight * grid.get_or(row + place // 3 - 1, column + place % 3 - 1)
                into[row, column] += value

    def backward(self, gradients: Maps) -> Maps:
        """Add to the gradients of weights and bias; return those of the inputs."""
        back = [Grid(grid.height, grid.width) for grid in self._seen]
        for output, gradient in enumerate(gradients):
            self.bias.gradient[output] += gradient.total()
            for channel, grid in enumerate(self._seen):
                self._backward_pair(grid, gradient, self._offset(output, channel), back[channel])
        return back

    def _backward_pair(self, grid: Grid, gradient: Grid, offset: int, back: Grid) -> None:
        for row in range(grid.height):
            for column in range(grid.width):
                flowing = gradient[row, column]
                if flowing == 0.0:
                    continue
                for place in range(9):
                    y, x = row + place // 3 - 1, column + place % 3 - 1
                    if 0 <= y < grid.height and 0 <= x < grid.width:
                        self.weights.gradient[offset + place] += flowing * grid[y, x]
                        back[y, x] += flowing * self.weights.values[offset + place]


class Relu(Layer):
    """Let positive values through and cut the others off."""

    def __init__(self) -> None:
        self._seen: Maps = []

    def forward(self, inputs: Maps) -> Maps:
        self._seen = inputs
        return [grid.map(lambda value: max(0.0, value)) for grid in inputs]

    def backward(self, gradients: Maps) -> Maps:
        return [
            gradient.combine(grid, lambda flowing, value: flowing if value > 0 else 0.0)
            for gradient, grid in zip(gradients, self._seen)
        ]


def sigmoid(value: float) -> float:
    """Squash a number into (0, 1) without overflow on either side."""
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    power = math.exp(value)
    return power / (1.0 + power)
