"""Turning gradients into smaller losses: SGD with momentum, and learning rates over time."""

from __future__ import annotations

import math
from collections.abc import Callable

from segtrain.layers import Parameter

Schedule = Callable[[int], float]


class Sgd:
    """Stochastic gradient descent with momentum and weight decay."""

    def __init__(
        self, parameters: list[Parameter], rate: float, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> None:
        if rate <= 0:
            raise ValueError("the learning rate must be positive")
        self.parameters = parameters
        self.rate = rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self._velocity = [[0.0] * len(parameter.values) for parameter in parameters]

    def step(self) -> None:
        """Move every weight against its gradient."""
        for parameter, velocity in zip(self.parameters, self._velocity):
            for index, gradient in enumerate(parameter.gradient):
                slope = gradient + self.weight_decay * parameter.values[index]
                velocity[index] = self.momentum * velocity[index] - self.rate * slope
                parameter.values[index] += velocity[index]


def clip_gradients(parameters: list[Parameter], limit: float) -> float:
    """Scale all gradients down together when their norm is above the limit; return the norm before."""
    norm = math.sqrt(sum(gradient**2 for parameter in parameters for gradient in parameter.gradient))
    if norm > limit:
        factor = limit / norm
        for parameter in parameters:
            parameter.gradient = [gradient * factor for gradient in parameter.gradient]
    return norm


def step_schedule(rate: float, every: int, factor: float = 0.1) -> Schedule:
    """Return a schedule that lowers the rate by a factor every few epochs."""

    def at(epoch: int) -> float:
        return rate * factor ** (epoch // every)

    return at


def cosine_schedule(rate: float, epochs: int, floor: float = 0.0) -> Schedule:
    """Return a schedule that falls along half a cosine from ``rate`` to ``floor``."""

    def at(epoch: int) -> float:
        progress = min(1.0, epoch / max(1, epochs - 1))
        return floor + 0.5 * (rate - floor) * (1.0 + math.cos(math.pi * progress))

    return at


def build_schedule(kind: str, rate: float, epochs: int) -> Schedule:
    """Return the schedule a configuration names."""
    match kind:
        case "constant":
            return lambda _epoch: rate
        case "step":
            return step_schedule(rate, every=max(1, epochs // 3))
        case "cosine":
            return cosine_schedule(rate, epochs)
        case _:
            raise ValueError(f"unknown schedule {kind!r}")
