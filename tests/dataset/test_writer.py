"""One file in the seed's format: exact rows, replaced only when ours, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from qarepo_graph.dataset.export import DatasetOptions, export_dataset
from qarepo_graph.dataset.functions import FunctionTable
from qarepo_graph.dataset.read import read_rows
from qarepo_graph.dataset.writer import ExportOptions, check_output, write_dataset
from qarepo_graph.errors import StorageError, UsageError
from qarepo_graph.schema import QAPair

FULL = ExportOptions(repository_description='A "small" training project', context="full")

STEP_META = {
    "description": "`EarlyStopping.step` records one epoch's loss and returns whether training should stop.",
    "logic_steps": [
        "If `loss` is below `self.best`, keep it and return `False`.",
        "Otherwise return `True`.",
    ],
}
FIT_META = {
    "description": "`fit` trains until the stopper asks to stop.",
    "logic_steps": ["Loop over the losses and break when `stopper.step` says so."],
}


def written(pairs: list[QAPair], table: FunctionTable, path: Path, options: ExportOptions) -> list[dict[str, str]]:
    summary = write_dataset(pairs, table, path, options)
    text = path.read_text(encoding="utf-8")
    rows = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    assert len(rows) == summary.rows == len(pairs)
    assert summary.bytes == path.stat().st_size
    return rows


def test_the_seeds_row_to_the_letter(pairs: list[QAPair], table: FunctionTable, tmp_path: Path) -> None:
    rows = written(pairs, table, tmp_path / "example.json", FULL)
    step, fit = table.all()
    assert [list(row) for row in rows] == [["instruction", "input", "output"]] * 4
    assert rows[0]["instruction"] == "How does `EarlyStopping.step` decide to stop?"
    assert [json.loads(row["input"]) for row in rows] == [
        {
            "function_list": [
                {"name": "EarlyStopping.step", "code": step.code, "file": "train/early.py", "metadata": STEP_META},
                {"name": "fit", "code": fit.code, "file": "train/loop.py", "metadata": FIT_META},
            ],
            "repository_description": 'A "small" training project',
        }
    ] * 4
    assert rows[0]["output"] == rows[1]["output"] != rows[2]["output"]
    assert rows[0]["output"].endswith("```python\n" + step.code + "```")
    assert rows[3]["output"].startswith("**Solution:** Keep a copy")


def test_no_code_concerns_the_input_and_no_answer_code_the_answer(
    step_pair: QAPair, table: FunctionTable, tmp_path: Path
) -> None:
    bare = ExportOptions(context="full", code=False)
    [row] = written([step_pair], table, tmp_path / "a.jsonl", bare)
    assert json.loads(row["input"]) == {
        "function_list": [
            {"name": "EarlyStopping.step", "file": "train/early.py", "metadata": STEP_META},
            {"name": "fit", "file": "train/loop.py", "metadata": FIT_META},
        ],
        "repository_description": "",
    }
    assert "def step" in row["output"]
    [row] = written([step_pair], table, tmp_path / "b.jsonl", ExportOptions(context="full", answer_code=False))
    assert "def step" in row["input"]
    assert row["output"].endswith("2. (22) Otherwise return `True`.")


def test_context_modes(step_pair: QAPair, table: FunctionTable, tmp_path: Path) -> None:
    def names(**more: object) -> list[str]:
        [row] = written([step_pair], table, tmp_path / "c.jsonl", ExportOptions(**more))
        return [one["name"] for one in json.loads(row["input"])["function_list"]]

    assert names(context="none") == []
    assert names(context="full") == ["EarlyStopping.step", "fit"]
    assert names(context="relevant") == ["EarlyStopping.step", "fit"]
    # The own function has 488 bytes of record, its neighbour 204: a budget of 520 bytes holds only the first.
    assert names(context="relevant", context_budget=130) == ["EarlyStopping.step"]
    summary = write_dataset([step_pair], table, tmp_path / "c.jsonl", ExportOptions(context_budget=130))
    assert (summary.context, summary.context_switched) == ("relevant", True)
    summary = write_dataset([step_pair], table, tmp_path / "c.jsonl", ExportOptions())
    assert (summary.context, summary.context_switched) == ("full", False)


def test_an_own_function_over_the_budget_is_listed_without_its_code(
    step_pair: QAPair, table: FunctionTable, tmp_path: Path
) -> None:
    options = ExportOptions(context="relevant", context_budget=75)
    [row] = written([step_pair], table, tmp_path / "d.jsonl", options)
    assert json.loads(row["input"])["function_list"] == [
        {"name": "EarlyStopping.step", "file": "train/early.py", "metadata": STEP_META}
    ]


def test_sidecar_has_a_line_per_row_in_the_rows_order(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    summary = write_dataset(pairs, table, tmp_path / "e.json", FULL)
    lines = [json.loads(line) for line in Path(summary.sidecar).read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["step-1", "step-2", "fit-1", "restore-1"]
    assert lines[0]["provenance"]["functions"][0]["start_line"] == 17
    assert lines[3]["provenance"]["functions"][1]["file"] == "train/loop.py"
    assert summary.scenarios == {"1": 3, "2": 1}
    manifest = json.loads(Path(summary.manifest).read_text(encoding="utf-8"))
    assert manifest["files"]["e.json"] == {"rows": 4, "bytes": summary.bytes, "sha256": summary.sha256}
    assert manifest["files"]["e.json.meta.jsonl"]["rows"] == 4


def test_two_runs_give_the_same_bytes_and_only_the_owner_reads_them(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    write_dataset(pairs, table, tmp_path / "f.json", FULL)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_dataset(pairs, table, tmp_path / "f.json", FULL)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    assert sorted(first) == ["f.json", "f.json.manifest.json", "f.json.meta.jsonl"]
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_more_than_a_gigabyte_is_told_before_it_is_written(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    summary = write_dataset(pairs, table, tmp_path / "g.json", FULL, rows=len(pairs))
    write_dataset(pairs, table, tmp_path / "g.json", replace(FULL, context="relevant"), rows=10**9)
    assert caplog.messages == []
    listed = FULL.inputs(table).shared_bytes
    assert 0.3 * summary.bytes < listed * len(pairs) < summary.bytes
    write_dataset(pairs, table, tmp_path / "g.json", FULL, rows=10**7)
    (told,) = caplog.messages
    assert told == (
        f"About {listed / 100:.1f} GB are being written: each of about 10,000,000 rows lists every function; "
        "--context relevant lists only those a row is about."
    )


def test_our_file_is_replaced_and_any_other_refused(pairs: list[QAPair], table: FunctionTable, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match="add --force"):
        write_dataset(pairs, table, path, FULL)
    assert path.read_text(encoding="utf-8") == "[]"
    assert [one.name for one in tmp_path.iterdir()] == ["mine.json"]
    write_dataset(pairs, table, path, ExportOptions(force=True))
    write_dataset(pairs[:1], table, path, FULL)
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(UsageError, match="not as qarepo wrote it"):
        check_output(path)


def test_bad_outputs_are_refused_before_anything_is_written(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    (tmp_path / "folder.json").mkdir()
    for path, words in (
        (tmp_path / "x.csv", "something.json"),
        (tmp_path / "missing" / "x.json", "does not exist"),
        (tmp_path / "folder.json", "is a folder"),
    ):
        with pytest.raises(UsageError, match=words):
            check_output(path)
    with pytest.raises(UsageError, match="no row to export"):
        write_dataset([], table, tmp_path / "x.json", FULL)
    assert [one.name for one in tmp_path.iterdir()] == ["folder.json"]


def test_an_error_midway_leaves_the_old_file_and_no_temporary_one(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    path = tmp_path / "h.jsonl"
    write_dataset(pairs[:1], table, path, FULL)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}

    def failing():
        yield pairs[1]
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match="No space left on device"):
        write_dataset(failing(), table, path, FULL)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_killed_between_two_renames_the_files_are_still_ours(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    write_dataset(pairs[:1], table, tmp_path / "i.jsonl", FULL)
    script = textwrap.dedent(f"""
        import os
        from pathlib import Path
        from qarepo_graph.dataset import publish
        real, done = publish.replace, []
        def replace(temporary, target):
            real(temporary, target)
            done.append(target)
            if len(done) == 2:  # the manifest that knows old and new, then the first data file
                os._exit(9)
        publish.replace = replace
        with publish.Publication(Path({str(tmp_path)!r}) / "i.jsonl.manifest.json") as publication:
            for name in ("i.jsonl", "i.jsonl.meta.jsonl"):
                publication.open(Path({str(tmp_path)!r}) / name).add(b"{{}}")
            publication.commit({{}})
    """)
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert (tmp_path / "i.jsonl").read_bytes() == b"{}\n"
    write_dataset(pairs, table, tmp_path / "i.jsonl", FULL)
    assert len(list(read_rows(tmp_path / "i.jsonl"))) == 4


def test_what_killed_exports_left_of_these_files_is_removed_and_nothing_else(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    write_dataset(pairs[:1], table, tmp_path / "l.json", FULL)
    ours = [".l.json.ab_9xyz0.tmp", ".l.json.meta.jsonl.abcdefgh.tmp", ".l.json.manifest.json.abcdefgh.tmp"]
    others = [
        ".l.json.ABCDEFGH.tmp",
        ".l.json.abcdefghi.tmp",
        ".l.json.bak.tmp",
        ".l.jsonl.abcdefgh.tmp",
        ".xl.json.abcdefgh.tmp",
        ".lxjson.abcdefgh.tmp",
        "l.json.abcdefgh.tmp",
        ".l.json.abcdefgh.tmp.txt",
    ]
    for name in (*ours, *others):
        (tmp_path / name).write_text("half a ro", encoding="utf-8")
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    (tmp_path / ".l.json.a_folder.tmp").mkdir()
    os.utime(tmp_path / ".l.json.a_folder.tmp", (1_000_000_000, 1_000_000_000))
    under_way = tmp_path / ".l.json.underway.tmp"
    under_way.write_text("another process writes this", encoding="utf-8")
    os.utime(under_way, (4_000_000_000, 4_000_000_000))
    write_dataset(pairs, table, tmp_path / "l.json", FULL)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*others, ".l.json.a_folder.tmp", under_way.name, "l.json", "l.json.manifest.json", "l.json.meta.jsonl"]
    )


def test_text_no_file_can_hold_becomes_a_question_mark(step_pair: QAPair, table: FunctionTable, tmp_path: Path) -> None:
    odd = replace(step_pair, question="what \udcff is \u2028 this, 早停？")
    [row] = written([odd], table, tmp_path / "j.json", FULL)
    assert row["instruction"] == "what ? is \u2028 this, 早停？"


def test_an_answer_edited_in_one_row_stays_in_that_row(
    pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    """A reviewer edits rows, not groups: what a group's rows share is found by looking, not by their group."""
    edited = replace(pairs[1], answer="Edited by hand.")
    rows = written([pairs[0], edited, *pairs[2:]], table, tmp_path / "k.json", FULL)
    first = rows[0]["output"]
    assert first.startswith("`EarlyStopping.step` records")
    assert [row["output"] for row in rows[:2]] == [first, "Edited by hand."]
    export_dataset([pairs[0], edited], table, tmp_path / "folder", DatasetOptions(formats=("messages",)))
    answers = [row["messages"][1]["content"] for row in read_rows(tmp_path / "folder/messages/train.jsonl")]
    assert answers == [first, "Edited by hand."]
