"""One shard: rows of the run in one part, found again, never bought again, and only the functions it was given."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from benchmarks.synthetic import function_name, write_repository
from qarepo_graph import run
from qarepo_graph.errors import UsageError
from qarepo_graph.fleet import ShardSpec, run_shard
from qarepo_graph.fleet.parts import part_facts

KNOBS = {"questions": 2, "requirements": 1}


@pytest.fixture
def spec(tmp_path: Path) -> ShardSpec:
    repository = write_repository(tmp_path / "repo", 8)
    return ShardSpec(repository="team/repo", repo_dir=str(repository), folder=str(tmp_path / "fleet"), knobs=KNOBS)


def rows_of(spec: ShardSpec) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(spec.part).to_pylist()
    return rows


def test_a_part_holds_the_rows_of_an_ordinary_run_and_is_made_once(spec: ShardSpec, tmp_path: Path) -> None:
    part = run_shard(spec)
    state = run(spec.repo_dir, run_dir=tmp_path / "single", output_file=tmp_path / "single.json", **KNOBS)
    single = json.loads((tmp_path / "single.json").read_text(encoding="utf-8"))
    rows = rows_of(spec)
    assert [(row["instruction"], row["output"]) for row in rows] == [
        (row["instruction"], row["output"]) for row in single
    ]
    assert part.rows == len(rows) == state["export"]["rows"]
    assert part.asked > 0
    assert {row["repository"] for row in rows} == {"team/repo"}
    assert rows[0]["function_ids"] == [f"team/repo/part_000/module_00000.py::{function_name(0)}"]
    assert json.loads(rows[0]["metadata"])["provenance"]["repository"] == "team/repo"
    assert part_facts(spec.part)["run"]["functions"] == {"python": 8}
    assert sorted(path.name for path in spec.part.parent.iterdir()) == [spec.part.name]

    written = spec.part.stat().st_mtime_ns
    again = run_shard(spec)
    assert (again.found, again.asked, again.rows) == (True, 0, part.rows)
    assert spec.part.stat().st_mtime_ns == written

    spec.part.unlink()  # as after a kill between the last answer and the part
    assert run_shard(spec).asked == 0
    assert rows_of(spec) == rows


def test_no_row_tells_its_own_answer(spec: ShardSpec) -> None:
    run_shard(spec)
    for row in rows_of(spec):
        if row["scenario"] == 1:
            name = row["function_ids"][0].rpartition("::")[2]
            own = [one for one in json.loads(row["input"])["function_list"] if one["name"] == name]
            assert [one["metadata"]["description"] for one in own] == [""]


def test_a_slice_asks_only_its_functions_and_hands_the_others_to_the_next_one(spec: ShardSpec) -> None:
    ids = [f"part_000/module_00000.py::{function_name(number)}" for number in range(8)]
    first = replace(spec, functions=tuple(ids[:3]), piece="0/2", knobs={"questions": 2, "requirements": 0})
    run_shard(first)
    assert {row["function_ids"][0] for row in rows_of(first)} == {f"team/repo/{one}" for one in ids[:3]}
    assert part_facts(first.part)["run"]["functions"] == {"python": 8}

    moved = replace(first, functions=tuple(ids[2:5]))  # same place, other content: what was bought for it stays
    assert (moved.id != first.id, moved.run_dir == first.run_dir) == (True, True)
    assert run_shard(moved).asked == 4  # two new functions, a description and questions each
    assert {row["function_ids"][0] for row in rows_of(moved)} == {f"team/repo/{one}" for one in ids[2:5]}


def test_the_id_follows_what_decides_the_rows_and_nothing_else(spec: ShardSpec) -> None:
    assert replace(spec, knobs=KNOBS | {"concurrency": 3, "rpm": 7, "max_usd": 1.0}).id == spec.id
    assert replace(spec, repo_dir="/elsewhere", folder="/elsewhere").id == spec.id
    others = [
        replace(spec, knobs=KNOBS | {"questions": 3}),
        replace(spec, content="x"),
        replace(spec, description="other words"),
        replace(spec, functions=("a.py::f",)),
        replace(spec, piece="1/2"),
        replace(spec, split="test"),
        replace(spec, repository="team/other"),
    ]
    assert len({spec.id, *(other.id for other in others)}) == 8
    assert ShardSpec.from_record(json.loads(json.dumps(others[3].to_record()))).id == others[3].id


def test_slices_share_out_what_is_computed_from_the_index(spec: ShardSpec) -> None:
    ids = tuple(f"part_000/module_00000.py::{function_name(number)}" for number in range(8))
    knobs = {"questions": 2, "requirements": 0, "negatives": 6}
    whole = replace(spec, knobs=knobs)
    slices = [replace(whole, functions=ids[:4], piece="0/2"), replace(whole, functions=ids[4:], piece="1/2")]
    for one in (whole, *slices):
        run_shard(one)
    together = [row for one in slices for row in rows_of(one)]
    assert sorted(row["id"] for row in together) == sorted(row["id"] for row in rows_of(whole))
    assert sum(row["question_type"] == "negative" for row in together) == 6


def test_a_list_of_functions_that_cannot_be_read_is_one_sentence(spec: ShardSpec, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--ask-only .* cannot be read"):
        run(spec.repo_dir, run_dir=tmp_path / "run", ask_only=str(tmp_path / "missing"))
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    with pytest.raises(UsageError, match="lists no function"):
        run(spec.repo_dir, run_dir=tmp_path / "run", ask_only=str(tmp_path / "empty"))
