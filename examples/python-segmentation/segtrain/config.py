"""Everything a run can be told, from a JSON file and the command line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any


class ConfigError(ValueError):
    """A setting that cannot work."""


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one training run."""

    samples: int = 24
    size: int = 12
    noise: float = 0.2
    validation_share: float = 0.25
    batch_size: int = 4
    epochs: int = 6
    rate: float = 0.2
    schedule: str = "cosine"
    channels: list[int] = field(default_factory=lambda: [4])
    augmentations: list[str] = field(default_factory=lambda: ["flip"])
    dice_weight: float = 0.5
    patience: int = 3
    seed: int = 7

    def checked(self) -> TrainConfig:
        """Return self, or say which value cannot work.

        Raises:
            ConfigError: For the first value that is out of range.
        """
        for name in ("samples", "size", "batch_size", "epochs", "patience"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1")
        if not self.channels:
            raise ConfigError("channels must name at least one layer")
        if self.rate <= 0:
            raise ConfigError("rate must be positive")
        return self

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


def load_config(path: str | Path) -> TrainConfig:
    """Read a configuration file.

    Raises:
        ConfigError: When the file is missing, not JSON, or has an unknown key.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream)
    except FileNotFoundError:
        raise ConfigError(f"there is no configuration at {path}") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
    unknown = set(data) - {entry.name for entry in fields(TrainConfig)}
    if unknown:
        raise ConfigError(f"unknown settings: {', '.join(sorted(unknown))}")
    return TrainConfig(**data).checked()


def apply_overrides(config: TrainConfig, overrides: dict[str, str]) -> TrainConfig:
    """Return a configuration with values from the command line in place of its own."""
    changes: dict[str, Any] = {}
    for name, text in overrides.items():
        if not hasattr(config, name):
            raise ConfigError(f"unknown setting {name!r}")
        changes[name] = parse_value(text, getattr(config, name))
    return replace(config, **changes).checked()


def parse_value(text: str, like: Any) -> Any:
    """Read a text as a value of the same type as another one."""
    if isinstance(like, bool):
        return text.lower() in {"1", "true", "yes"}
    if isinstance(like, list):
        members = [part.strip() for part in text.split(",") if part.strip()]
        return [int(part) if part.isdigit() else part for part in members]
    return type(like)(text)
