"""What answers and datasets are worth, in numbers: facts found, grounding, overlap, diversity, leakage."""

from __future__ import annotations
