"""Every text format through the loaders people use: `datasets` for all, TRL for those it understands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qarepo_graph.dataset.export import DatasetOptions, export_dataset
from qarepo_graph.dataset.formats import FORMATS
from qarepo_graph.dataset.functions import FunctionTable
from qarepo_graph.dataset.read import read_examples, splits_of
from qarepo_graph.dataset.writer import ExportOptions
from qarepo_graph.errors import UsageError
from qarepo_graph.schema import QAPair

TEXT_FORMATS = [name for name in FORMATS if name != "parquet"]
ODD = "Chinese 早停, a line separator \u2028, a tab \t, quotes \" and ' and \\, an emoji 🙂?"


@pytest.fixture
def folder(pairs: list[QAPair], table: FunctionTable, tmp_path: Path) -> Path:
    odd = replace(pairs[0], id="odd", question=ODD)
    options = DatasetOptions(rows=ExportOptions(context="full"), formats=TEXT_FORMATS, system="Be exact.")
    export_dataset([odd, *pairs], table, tmp_path / "out", options)
    return tmp_path / "out"


def test_every_format_reads_back_to_one_prompt_and_answer(folder: Path) -> None:
    def of(name: str) -> list:
        suffix = FORMATS[name].suffix
        return [(one.prompt[-1]["content"], one.answer) for one in read_examples(folder / name / f"train{suffix}")]

    expected = of("messages")
    assert len(expected) == 5
    assert expected[0][0].startswith(ODD + "\n{")
    for name in TEXT_FORMATS:
        assert of(name) == expected
    [first, *_] = read_examples(folder)
    assert (first.id, first.metadata["scenario"], first.prompt[0]["role"]) == ("odd", 1, "system")


def test_reading_says_what_is_missing(folder: Path, tmp_path: Path) -> None:
    assert splits_of(folder) == ["train"]
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "odd.jsonl").write_bytes(b'{"question": 1}\n')
    (tmp_path / "broken.json").write_bytes(b'[{"instruction": ')
    for path, split, words in (
        (folder, "test", "has no test split, only train"),
        (tmp_path, "train", "is no exported dataset"),
        (tmp_path / "empty.jsonl", "train", "holds no rows"),
        (tmp_path / "odd.jsonl", "train", "no known format"),
        (tmp_path / "broken.json", "train", "is not JSON"),
        (tmp_path / "none.json", "train", "Cannot read"),
    ):
        with pytest.raises(UsageError, match=words):
            read_examples(path, split)


@pytest.mark.full
@pytest.mark.parametrize("name", FORMATS)
def test_datasets_loads_the_folder_by_format_name(
    name: str, pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra [train]")
    options = DatasetOptions(rows=ExportOptions(context="full"), formats=tuple(FORMATS))
    export_dataset(pairs, table, tmp_path / "out", options)
    where: dict[str, Any] = {"path": str(tmp_path / "out"), "name": name}
    if name == "parquet":  # `datasets` reads a folder with one reader; the card names the other one's call
        where = {"path": "parquet", "data_files": str(tmp_path / "out/parquet/train.parquet")}
    rows = datasets.load_dataset(**where, split="train", cache_dir=str(tmp_path / "cache"))
    assert len(rows) == 4
    read = read_examples(tmp_path / "out")
    texts = {
        "qarepo": lambda row: (row["instruction"] + "\n" + row["input"], row["output"]),
        "alpaca": lambda row: (row["instruction"] + "\n" + row["input"], row["output"]),
        "parquet": lambda row: (row["instruction"] + "\n" + row["input"], row["output"]),
        "sharegpt": lambda row: tuple(turn["value"] for turn in row["conversations"]),
        "messages": lambda row: tuple(turn["content"] for turn in row["messages"]),
        "prompt-completion": lambda row: (row["prompt"][0]["content"], row["completion"][0]["content"]),
    }[name]
    assert [texts(row) for row in rows] == [(one.prompt[-1]["content"], one.answer) for one in read]


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["messages", "prompt-completion"])
def test_trl_trains_on_the_file_as_it_is(
    name: str, pairs: list[QAPair], table: FunctionTable, tmp_path: Path, new_pair: Callable[..., QAPair]
) -> None:
    trl = pytest.importorskip("trl", reason="needs the extra [train]")
    datasets = pytest.importorskip("datasets", reason="needs the extra [train]")
    from transformers import AutoTokenizer

    from qarepo_graph.train.sft import load_weights, use_cpu_well
    from qarepo_graph.train.tiny import build_tiny

    use_cpu_well()
    export_dataset(pairs, table, tmp_path / "out", replace(DatasetOptions(), formats=(name,)))
    rows = datasets.load_dataset(str(tmp_path / "out"), name, split="train", cache_dir=str(tmp_path / "cache"))
    tiny = str(build_tiny(tmp_path / "tiny", ["some text to learn from"], vocabulary=400, hidden=32))
    arguments = trl.SFTConfig(
        output_dir=str(tmp_path / "run"), max_steps=2, max_length=4096, use_cpu=True, bf16=False, report_to=[]
    )
    trainer = trl.SFTTrainer(
        model=load_weights(tiny),
        args=arguments,
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(tiny),
    )
    assert len(trainer.train_dataset) == 4
    assert trainer.train().global_step == 2
