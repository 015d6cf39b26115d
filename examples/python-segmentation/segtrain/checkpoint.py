"""Weights on disk, and keeping only the best ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

from segtrain.model import SegmentationNet

FORMAT = 1


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be used."""


def save_checkpoint(path: str | Path, model: SegmentationNet, epoch: int, loss: float) -> None:
    """Write the model's weights so that a crash never leaves half a file."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    record = {"format": FORMAT, "epoch": epoch, "loss": loss, "channels": model.channels, "weights": model.state()}
    temporary = target.with_suffix(".tmp")
    temporary.write_text(json.dumps(record), encoding="utf-8")
    os.replace(temporary, target)


def load_checkpoint(path: str | Path) -> tuple[SegmentationNet, int]:
    """Build the model a checkpoint describes.

    Returns:
        The model and the epoch it was saved in.

    Raises:
        CheckpointError: When the file is missing or of another format.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint at {path}") from error
    if record.get("format") != FORMAT:
        raise CheckpointError(f"{path} has format {record.get('format')}, expected {FORMAT}")
    model = SegmentationNet(record["channels"])
    model.load_state(record["weights"])
    return model, record["epoch"]


class BestKeeper:
    """Remembers the weights of the best epoch."""

    def __init__(self) -> None:
        self.loss = float("inf")
        self.epoch = -1
        self._weights: list[list[float]] | None = None

    def offer(self, model: SegmentationNet, epoch: int, loss: float) -> bool:
        """Keep the weights if the loss is the lowest so far; tell whether they were kept."""
        if loss >= self.loss:
            return False
        self.loss = loss
        self.epoch = epoch
        self._weights = model.state()
        return True

    def restore(self, model: SegmentationNet) -> None:
        """Put the best weights back into the model."""
        if self._weights is None:
            raise CheckpointError("no epoch was kept yet")
        model.load_state(self._weights)
