"""The torture benchmark, small: one request in five fails, the process is killed again and again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.torture import torture


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX only")
async def test_a_tortured_run_ends_as_a_clean_one(tmp_path: Path) -> None:
    figures = await torture(tmp_path, functions=40, kills=4, concurrency=8, seed=3)
    assert figures is not None
    assert (figures["exit_code"], figures["export_as_clean"]) == (0, True), figures["said"]
    assert figures["failing_requests"] >= 10
    assert figures["sold_but_never_committed"] <= figures["bound_kills_times_concurrency"]
    for name in (
        *("rows_missing", "rows_twice", "committed_answers_lost"),
        *("committed_answers_bought_again", "answered_questions_asked_again", "of_these_not_listed"),
        "files_left_by_killed_exports",
    ):
        assert figures[name] == 0, name
