"""The exported folder to a dataset hub, through huggingface_hub."""

from __future__ import annotations

from pathlib import Path

from qarepo_graph.dataset.export import read_manifest
from qarepo_graph.errors import MissingExtraError, ProviderError


def push_to_hub(folder: Path, name: str, *, endpoint: str | None = None) -> str:
    """Upload exactly the files of the folder's manifest as a private dataset and return its address.

    The key is huggingface_hub's own business (``HF_TOKEN`` or its login); a mirror is named by ``HF_ENDPOINT``.

    Args:
        folder: Made by ``qarepo export``.
        name: ``owner/name``; created private where it does not exist.
        endpoint: The hub's address, instead of ``HF_ENDPOINT`` or the public one.

    Raises:
        MissingExtraError: huggingface_hub is not installed.
        UsageError: The folder is no exported dataset.
        ProviderError: The hub refuses.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        msg = 'Uploading needs huggingface_hub: pip install "qarepo-graph[train]".'
        raise MissingExtraError(msg) from error
    files = [*read_manifest(folder)["files"], "manifest.json"]
    api = HfApi(endpoint=endpoint)
    try:
        address = api.create_repo(name, repo_type="dataset", private=True, exist_ok=True)
        api.upload_folder(repo_id=name, repo_type="dataset", folder_path=folder, allow_patterns=files)
    except (HfHubHTTPError, ValueError, OSError) as error:  # ValueError: names and addresses it cannot read
        first = str(error).strip().partition("\n")[0]
        msg = f"The hub did not take {name} ({first}); check the name, HF_TOKEN and HF_ENDPOINT."
        raise ProviderError(msg) from error
    return str(address)
