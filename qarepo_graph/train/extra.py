"""The optional packages of training, asked for with one sentence where they are missing."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

from qarepo_graph.errors import MissingExtraError, UsageError

_PACKAGES = ("torch", "transformers", "peft", "trl", "datasets", "accelerate")


def require_train() -> None:
    """Do nothing when the packages of training are there.

    Raises:
        MissingExtraError: Naming those that are missing and what brings them.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        msg = f'Training and local models need {", ".join(missing)}: pip install "qarepo-graph[train]".'
        raise MissingExtraError(msg)


def quiet() -> None:
    """Switch progress bars and notices of the training packages off: notebooks and reports stay readable."""
    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    warnings.filterwarnings("ignore", message=".*gradient_checkpointing.*", category=FutureWarning)


def require_qlora() -> None:
    """Do nothing when 4-bit training is possible.

    Raises:
        MissingExtraError: bitsandbytes is not installed.
        UsageError: There is no CUDA device.
    """
    import torch

    if find_spec("bitsandbytes") is None:
        msg = 'QLoRA needs bitsandbytes: pip install "qarepo-graph[qlora]".'
        raise MissingExtraError(msg)
    if not torch.cuda.is_available():
        msg = "QLoRA needs a CUDA device and none is visible; train without it or on another machine."
        raise UsageError(msg)


def check_model(model: str) -> str:
    """Return a model's name with ``~`` expanded; refuse a local folder that cannot be loaded.

    Names on a hub are left to their loader.

    Raises:
        UsageError: When the folder has no weights' configuration or no tokenizer.
    """
    model = str(Path(model).expanduser()) if model.startswith("~") else model
    folder = Path(model)
    if not folder.is_dir():
        if model.startswith((".", "/", "~")) or folder.is_absolute():
            msg = f"The model folder {model} does not exist; give a folder with weights or a name on a hub."
            raise UsageError(msg)
        return model
    for name, what in (("config.json", "model"), ("tokenizer_config.json", "tokenizer")):
        if not (folder / name).is_file():
            msg = f"{model} holds no {what} ({name} is missing); copy the whole model folder."
            raise UsageError(msg)
    return model
