"""However a test of faults ends, the product it started ends with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.product import kill_what_was_started


@pytest.fixture(autouse=True)
def _nothing_outlives_its_test() -> Iterator[None]:
    yield
    kill_what_was_started()
