"""The rules that let every loader take our files, each held against every format (docs/datasets.md)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qarepo_graph.dataset.context import json_bytes
from qarepo_graph.dataset.export import DatasetOptions, export_dataset
from qarepo_graph.dataset.formats import FORMATS, Record
from qarepo_graph.dataset.functions import FunctionTable
from qarepo_graph.dataset.read import read_rows
from qarepo_graph.dataset.rows import encoded_rows
from qarepo_graph.dataset.writer import ExportOptions
from qarepo_graph.schema import QAPair

TEXT_FORMATS = [name for name in FORMATS if name != "parquet"]
# ms-swift takes these columns for its own; a row with `objects` is dropped without a word.
RESERVED_BY_SWIFT = {"objects", "tools", "images", "videos", "audios", "label", "rejected_response"}
ODD = "half a sign \udcff, a zero \x00, a separator \u2028, 早停?"


@pytest.fixture
def odd_pairs(pairs: list[QAPair]) -> list[QAPair]:
    """Both scenarios, an answer of its own, a Chinese row, and text that is not quite text."""
    ready = replace(pairs[0], id="ready", group_id="ready", question=ODD, answer=f"There is none. {ODD}")
    chinese = replace(pairs[2], id="zh", group_id="zh", language="zh")
    return [*pairs, ready, chinese]


def exported(name: str, pairs: list[QAPair], table: FunctionTable, folder: Path, **more: Any) -> list[dict[str, Any]]:
    general = folder / "general.json"
    general.write_text(json.dumps([{"instruction": "Say hello", "output": "Hello", "input": None}]), encoding="utf-8")
    rows = ExportOptions(context="full", repository_description=ODD)
    options = DatasetOptions(rows=rows, formats=(name,), mix=general, mix_share=0.4, reasoning=True, **more)
    export_dataset(pairs, table, folder / "out", options)
    return list(read_rows(folder / "out" / name / f"train{FORMATS[name].suffix}"))


def shape(value: Any) -> Any:
    """Return the keys and types of a value; a list is as long as it is, chats being one question and its answer."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("system", ["", "Be exact."])
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_every_row_has_every_key_with_one_type_and_no_null(
    name: str, system: str, odd_pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    rows = exported(name, odd_pairs, table, tmp_path, system=system)
    assert len(rows) == len(odd_pairs) + 1
    shapes = [json.dumps(shape(row)) for row in rows]
    assert len(set(shapes)) == 1
    assert "NoneType" not in shapes[0]
    assert [list(row) for row in rows] == [list(rows[0])] * len(rows)


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_no_column_is_one_a_loader_keeps_for_itself(
    name: str, odd_pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    keys = set(exported(name, odd_pairs, table, tmp_path)[0])
    assert not keys & RESERVED_BY_SWIFT
    # `messages` beside alpaca, or prompt and completion beside messages, would win over it.
    assert sum(bool(keys & some) for some in ({"messages"}, {"instruction"}, {"prompt"}, {"conversations"})) == 1
    assert keys <= {"instruction", "input", "output", "system", "conversations", "messages", "prompt", "completion"}


@pytest.mark.parametrize("system", ["", "Be exact."])
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_rows_of_one_answer_are_encoded_together_as_they_would_be_alone(name: str, system: str) -> None:
    said = {"input": ODD, "context": ODD, "output": f"{ODD} \0question\0", "reasoning": ODD, "system": system}
    questions = ["How?", ODD, "\0question\0", "Which `\\n` is it?\n"]
    records = [Record(id=str(number), instruction=asked, **said) for number, asked in enumerate(questions)]
    form = FORMATS[name]
    assert encoded_rows(form, records) == [json_bytes(form.encode(record)) for record in records]


@pytest.mark.parametrize("name", ["qarepo", "alpaca"])
def test_input_is_a_string(name: str, odd_pairs: list[QAPair], table: FunctionTable, tmp_path: Path) -> None:
    rows = exported(name, odd_pairs, table, tmp_path)
    assert {type(row["input"]) for row in rows} == {str}
    assert json.loads(rows[0]["input"])["repository_description"].startswith("half a sign ?")


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_files_are_utf8_without_a_mark_and_a_row_stays_in_its_line(
    name: str, odd_pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    rows = exported(name, odd_pairs, table, tmp_path)
    path = tmp_path / "out" / name / f"train{FORMATS[name].suffix}"
    content = path.read_bytes()
    text = content.decode("utf-8")  # half a surrogate pair would not decode
    assert not content.startswith(b"\xef\xbb\xbf")
    assert "half a sign ?, a zero \\u0000, a separator \u2028, 早停?" in text
    lines = len(rows) + (2 if path.suffix == ".json" else 0)
    assert content.count(b"\n") == lines


def test_parquet_takes_the_same_texts(odd_pairs: list[QAPair], table: FunctionTable, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    options = DatasetOptions(rows=ExportOptions(context="none"), formats=("parquet",))
    export_dataset(odd_pairs, table, tmp_path / "out", options)
    rows = parquet.read_table(tmp_path / "out/parquet/train.parquet").to_pylist()
    assert [row["instruction"] for row in rows][4] == ODD.replace("\udcff", "?")
    assert not [key for row in rows for key, value in row.items() if value is None]


def test_metadata_stands_beside_the_rows_by_id(odd_pairs: list[QAPair], table: FunctionTable, tmp_path: Path) -> None:
    rows = exported("messages", odd_pairs, table, tmp_path)
    facts = list(read_rows(tmp_path / "out/metadata/train.jsonl"))
    assert [fact["id"] for fact in facts] == [*(pair.id for pair in odd_pairs), "mix-1"]
    assert len(rows) == len(facts)


@pytest.mark.parametrize("mode", ["none", "by-function", "by-paraphrase"])
def test_the_card_says_how_rows_were_held_out(
    mode: Any, odd_pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    options = DatasetOptions(split=mode, ratios={"train": 1.0, "validation": 0.0, "test": 0.0})
    export_dataset(odd_pairs, table, tmp_path / "out", replace(options, formats=("messages",)))
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert f"`{mode}`, seed 0." in card
