"""Fine-tuning from exported rows: a tiny model for smoke tests, LoRA and QLoRA, merging, batched answers.

Needs the extra ``[train]``; nothing else of the package imports it.
"""

from __future__ import annotations
