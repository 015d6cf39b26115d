"""The training loop, and the command that starts it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from segtrain.augment import build_augmentation
from segtrain.checkpoint import BestKeeper, save_checkpoint
from segtrain.config import ConfigError, TrainConfig, apply_overrides, load_config
from segtrain.dataset import Sample, ShapeDataset, batches, split_indices
from segtrain.early import EarlyStopping
from segtrain.losses import CombinedLoss
from segtrain.metrics import Confusion, MetricTracker, confusion, intersection_over_union
from segtrain.model import SegmentationNet
from segtrain.optim import Sgd, build_schedule, clip_gradients


@dataclass
class History:
    """What happened in each epoch."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    stopped_early: bool = False

    def record(self, epoch: int, **values: float) -> None:
        self.epochs.append({"epoch": epoch, **values})

    def best(self, name: str = "validation_loss") -> dict[str, float]:
        """Return the epoch with the lowest value.

        Raises:
            ValueError: When no epoch was recorded.
        """
        if not self.epochs:
            raise ValueError("no epoch was recorded")
        return min(self.epochs, key=lambda epoch: epoch[name])


@contextmanager
def timed(tracker: MetricTracker, name: str) -> Iterator[None]:
    """Track the seconds a block takes."""
    start = time.perf_counter()
    try:
        yield
    finally:
        tracker.update(name, time.perf_counter() - start)


def train_batch(model: SegmentationNet, batch: list[Sample], loss: CombinedLoss, optimizer: Sgd) -> float:
    """Take one optimizer step on a batch and return its mean loss."""
    model.zero_gradients()
    total = 0.0
    for sample in batch:
        logits = model.forward(sample.image)
        value, gradient = loss(logits, sample.mask)
        total += value
        model.backward(gradient.map(lambda slope: slope / len(batch)))
    clip_gradients(model.parameters(), limit=5.0)
    optimizer.step()
    return total / len(batch)


def evaluate(model: SegmentationNet, samples: list[Sample], loss: CombinedLoss) -> tuple[float, float]:
    """Return mean loss and intersection over union of a set of samples."""
    tracker = MetricTracker()
    counts = Confusion()
    for sample in samples:
        value, _ = loss(model.forward(sample.image), sample.mask)
        tracker.update("loss", value)
        counts = counts + confusion(model.predict(sample.image), sample.mask)
    return tracker.mean("loss"), intersection_over_union(counts)


def fit(
    config: TrainConfig, report: Callable[[dict[str, float]], None] | None = None
) -> tuple[SegmentationNet, History]:
    """Train a network as a configuration says.

    Args:
        config: Settings of the run.
        report: Called with the numbers of each epoch.

    Returns:
        The network with the weights of its best epoch, and the history.
    """
    dataset = ShapeDataset(config.samples, config.size, config.noise, config.seed)
    training, held_out = split_indices(len(dataset), config.validation_share, config.seed)
    validation = [dataset[index] for index in held_out]
    augment = build_augmentation(config.augmentations, config.seed)
    model = SegmentationNet(config.channels, config.seed)
    loss = CombinedLoss(config.dice_weight)
    optimizer = Sgd(model.parameters(), config.rate)
    schedule = build_schedule(config.schedule, config.rate, config.epochs)
    stopping, keeper, history = EarlyStopping(config.patience), BestKeeper(), History()
    for epoch in range(config.epochs):
        optimizer.rate = max(schedule(epoch), 1e-6)
        tracker = MetricTracker()
        with timed(tracker, "seconds"):
            for batch in batches(dataset, training, config.batch_size):
                value = train_batch(model, [augment(sample) for sample in batch], loss, optimizer)
                tracker.update("loss", value, len(batch))
        validation_loss, overlap = evaluate(model, validation, loss)
        history.record(epoch, loss=tracker.mean("loss"), validation_loss=validation_loss, iou=overlap)
        keeper.offer(model, epoch, validation_loss)
        if report is not None:
            report(history.epochs[-1])
        if stopping.step(validation_loss):
            history.stopped_early = True
            break
    keeper.restore(model)
    return model, history


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a small segmentation network.")
    parser.add_argument("--config", help="JSON file with settings")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--output", default="checkpoints/best.json", help="where the weights go")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one setting")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = parse_arguments(arguments)
    overrides = dict(entry.split("=", 1) for entry in options.set)
    if options.epochs is not None:
        overrides["epochs"] = str(options.epochs)
    try:
        config = load_config(options.config) if options.config else TrainConfig()
        config = apply_overrides(config, overrides)
    except ConfigError as error:
        print(f"error: {error}")
        return 2
    model, history = fit(config, report=print)
    best = history.best()
    save_checkpoint(options.output, model, int(best["epoch"]), best["validation_loss"])
    print(f"best epoch {best['epoch']:.0f}: loss {best['validation_loss']:.3f}, IoU {best['iou']:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
