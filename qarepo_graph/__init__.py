"""Turn a local code repository into checked question/answer pairs for fine-tuning a code model."""

from __future__ import annotations

__version__ = "0.1.0"
