"""The segmentation network: convolutions with ReLU between them, one map of logits at the end."""

from __future__ import annotations

import random

from segtrain.grid import Grid
from segtrain.layers import Conv3x3, Layer, Maps, Parameter, Relu, sigmoid


class SegmentationNet:
    """A plain stack of layers from image to logits."""

    def __init__(self, channels: list[int], seed: int = 0) -> None:
        """Build the stack.

        Args:
            channels: Maps between the convolutions, from first to last.
            seed: Seed of the initial weights.
        """
        draw = random.Random(seed)
        self.channels = list(channels)
        self.layers: list[Layer] = []
        previous = 1
        for width in self.channels:
            self.layers.extend([Conv3x3(previous, width, draw), Relu()])
            previous = width
        self.layers.append(Conv3x3(previous, 1, draw))

    def forward(self, image: Grid) -> Grid:
        """Return the logits of an image."""
        maps: Maps = [image]
        for layer in self.layers:
            maps = layer.forward(maps)
        return maps[0]

    def backward(self, gradient: Grid) -> None:
        """Send the loss's gradient back through all layers."""
        maps: Maps = [gradient]
        for layer in reversed(self.layers):
            maps = layer.backward(maps)

    def predict(self, image: Grid) -> Grid:
        """Return the probability of each pixel."""
        return self.forward(image).map(sigmoid)

    def parameters(self) -> list[Parameter]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def zero_gradients(self) -> None:
        for parameter in self.parameters():
            parameter.zero()

    def state(self) -> list[list[float]]:
        """Return a copy of all weights."""
        return [list(parameter.values) for parameter in self.parameters()]

    def load_state(self, state: list[list[float]]) -> None:
        """Take over weights that :meth:`state` gave.

        Raises:
            ValueError: When they belong to a network of another shape.
        """
        parameters = self.parameters()
        if [len(values) for values in state] != [len(parameter.values) for parameter in parameters]:
            raise ValueError("these weights are for a network of another shape")
        for parameter, values in zip(parameters, state):
            parameter.values = list(values)

    @property
    def size(self) -> int:
        """Number of weights."""
        return sum(len(parameter.values) for parameter in self.parameters())
