"""The upload of an exported dataset: told, asked for, done."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer


def push(folder: Path, name: str, *, yes: bool) -> None:
    """Upload the folder after consent and print its address.

    Raises:
        ConsentError: When nobody is there to ask, or the answer is no.
        ProviderError: The hub refuses.
    """
    from qarepo_graph.dataset.hub import push_to_hub
    from qarepo_graph.errors import ConsentError

    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    question = f"The dataset in {folder}, code included, goes to {hub} as the private dataset {name}. Go on?"
    if not yes and (not sys.stdin.isatty() or not typer.confirm(question, err=True)):
        msg = f"Nothing was uploaded to {hub}; add --yes to agree."
        raise ConsentError(msg)
    sys.stdout.write(f"uploaded    {push_to_hub(folder, name)}\n")
