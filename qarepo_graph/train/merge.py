"""An adapter folded into its base model, for servers that load plain weights."""

from __future__ import annotations

from pathlib import Path

from qarepo_graph.errors import UsageError
from qarepo_graph.train.extra import check_model, require_train


def merge_adapter(model: str, adapter: Path, merged: Path) -> Path:
    """Write the base model with the adapter folded in, tokenizer included, and return the folder.

    The base is loaded unquantised, also after QLoRA: folding into 4-bit weights would round the adapter away.

    Raises:
        MissingExtraError: The packages of training are not installed.
        UsageError: A folder that does not exist or has no tokenizer.
    """
    require_train()
    model = check_model(model)
    if not (adapter / "adapter_config.json").is_file():
        msg = f"{adapter} holds no adapter (adapter_config.json is missing); name the folder training saved it to."
        raise UsageError(msg)
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = AutoModelForCausalLM.from_pretrained(model, dtype="auto")
    PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(merged)
    AutoTokenizer.from_pretrained(adapter).save_pretrained(merged)
    return merged
