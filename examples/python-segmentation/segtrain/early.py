"""Knowing when to stop."""

from __future__ import annotations

import math


class EarlyStopping:
    """Stop training when the validation loss no longer improves."""

    def __init__(self, patience: int = 5, min_delta: float = 0.0) -> None:
        self.patience = patience
        self.min_delta = min_delta
        self.best = math.inf
        self.bad_epochs = 0

    def step(self, loss: float) -> bool:
        """Record one epoch's loss; True when training should stop."""
        if math.isnan(loss):
            raise ValueError("validation loss is NaN")
        if loss < self.best - self.min_delta:
            self.best = loss
            self.bad_epochs = 0
            return False
        self.bad_epochs += 1
        return self.bad_epochs >= self.patience

    @property
    def improved(self) -> bool:
        """Whether the last recorded epoch was the best one so far."""
        return self.bad_epochs == 0 and self.best < math.inf
