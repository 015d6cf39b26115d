"""The prompts of a large repository fit, and its requirements reach all over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.prompt_budget import measure
from benchmarks.synthetic import write_repository


@pytest.mark.parametrize("functions", [1_500, pytest.param(10_000, marks=pytest.mark.full)])
def test_every_prompt_fits_and_fifty_requirements_reach_twenty_modules(tmp_path: Path, functions: int) -> None:
    budget = measure(write_repository(tmp_path, functions), 50)
    assert (budget.functions, budget.requirements) == (functions, 50)
    assert budget.holds, budget
    assert budget.modules == min(50, functions // 50)
