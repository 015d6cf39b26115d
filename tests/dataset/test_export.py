"""A dataset folder: every format's exact row, splits without leakage, the card, what is replaced and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qarepo_graph.dataset.export import DatasetOptions, DatasetSummary, export_dataset, read_manifest
from qarepo_graph.dataset.formats import FORMATS
from qarepo_graph.dataset.functions import FunctionTable
from qarepo_graph.dataset.leakage import Leakage
from qarepo_graph.dataset.splits import parse_ratios
from qarepo_graph.dataset.writer import ExportOptions
from qarepo_graph.errors import UsageError
from qarepo_graph.schema import DescriptionInFile, Function, QAPair, StepInFile

PLAIN = DatasetOptions(rows=ExportOptions(context="none", answer_code=False))


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def project(
    new_function: Callable[..., Function], new_pair: Callable[..., QAPair]
) -> tuple[FunctionTable, list[QAPair]]:
    """Forty functions with five questions each; f0 and f1 have near-identical bodies, f2 and f3 share a requirement."""
    functions, descriptions, pairs = {}, {}, []
    for number in range(40):
        body = "".join(f"    total = total * {number + 3} + {step * (number + 7)}\n" for step in range(6))
        if number < 2:
            body = (
                "".join(f"    total += weights[{step}] * sample[{step}]\n" for step in range(30)) + f"    # {number}\n"
            )
        function = new_function(
            f"f{number}", f"pkg/m{number % 4}.py", 10, f"def f{number}(total):\n{body}    return total\n"
        )
        says = DescriptionInFile(
            description=f"`f{number}` computes total number {number}.",
            logic_steps=(StepInFile(text="Return `total`.", start_line=10, end_line=11),),
        )
        functions[function.id], descriptions[function.id] = function, says
        pairs += [new_pair(ask, f"Wording {ask} about `f{number}`?", function, says) for ask in range(5)]
    return FunctionTable(functions, descriptions), pairs


def test_every_formats_exact_row(step_pair: QAPair, table: FunctionTable, tmp_path: Path) -> None:
    options = replace(PLAIN, formats=tuple(FORMATS), system="Be exact.", reasoning=True)
    export_dataset([step_pair], table, tmp_path / "out", options)
    answer = (
        "`EarlyStopping.step` records one epoch's loss and returns whether training should stop.\n\n"
        "**Where:** `train/early.py`, lines 17-22, method of `EarlyStopping`.\n\n"
        "**Logic steps**\n"
        "1. (19-21) If `loss` is below `self.best`, keep it and return `False`.\n2. (22) Otherwise return `True`."
    )
    thought = "<think>\n" + answer.split("**Logic steps**\n")[1] + "\n</think>\n\n" + answer
    question = step_pair.question
    system = {"role": "system", "content": "Be exact."}
    user, assistant = {"role": "user", "content": question}, {"role": "assistant", "content": thought}
    out = tmp_path / "out"
    assert json.loads((out / "qarepo/train.json").read_text(encoding="utf-8")) == [
        {"instruction": question, "input": '{"function_list":[],"repository_description":""}', "output": answer}
    ]
    assert lines(out / "alpaca/train.jsonl") == [
        {"instruction": question, "input": "", "output": thought, "system": "Be exact."}
    ]
    assert lines(out / "sharegpt/train.jsonl") == [
        {
            "conversations": [{"from": "human", "value": question}, {"from": "gpt", "value": thought}],
            "system": "Be exact.",
        }
    ]
    assert lines(out / "messages/train.jsonl") == [{"messages": [system, user, assistant]}]
    assert lines(out / "prompt-completion/train.jsonl") == [{"prompt": [system, user], "completion": [assistant]}]
    parquet = pytest.importorskip("pyarrow.parquet")
    [row] = parquet.read_table(out / "parquet/train.parquet").to_pylist()
    assert (row["id"], row["instruction"], row["output"]) == ("step-1", question, thought)
    assert row["function_ids"] == ["train/early.py::EarlyStopping.step"]


def test_the_prompt_of_chat_formats_is_question_and_context(
    step_pair: QAPair, table: FunctionTable, tmp_path: Path
) -> None:
    options = replace(PLAIN, rows=ExportOptions(context="full"), formats=("qarepo", "messages"))
    export_dataset([step_pair], table, tmp_path / "out", options)
    [seed] = json.loads((tmp_path / "out/qarepo/train.json").read_text(encoding="utf-8"))
    [chat] = lines(tmp_path / "out/messages/train.jsonl")
    assert [message["role"] for message in chat["messages"]] == ["user", "assistant"]
    assert chat["messages"][0]["content"] == seed["instruction"] + "\n" + seed["input"]


def export_split(project: tuple[FunctionTable, list[QAPair]], folder: Path, **more: object) -> DatasetSummary:
    table, pairs = project
    return export_dataset(pairs, table, folder, replace(PLAIN, **more))


@pytest.mark.parametrize("context", ["full", "relevant"])
def test_by_function_leaks_nothing_input_included(
    context: str, project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    summary = export_split(project, tmp_path / "out", split="by-function", rows=ExportOptions(context=context))
    assert summary.rows == {"train": 160, "validation": 20, "test": 20}
    assert summary.leakage == Leakage(rows=40)
    # The count above is ours; look for ourselves in the files too.
    rows = {
        split: json.loads((tmp_path / f"out/qarepo/{split}.json").read_text(encoding="utf-8")) for split in summary.rows
    }
    shown = {
        split: {one["name"] for row in some for one in json.loads(row["input"])["function_list"]}
        for split, some in rows.items()
    }
    assert shown["train"] | shown["validation"] | shown["test"] == {f"f{number}" for number in range(40)}
    assert not shown["train"] & (shown["validation"] | shown["test"])
    assert ("f0" in shown["train"]) == ("f1" in shown["train"])
    for row in rows["test"]:
        own = row["instruction"].split("`")[1]
        entries = {one["name"]: one["metadata"] for one in json.loads(row["input"])["function_list"]}
        assert entries[own] == {"description": "", "logic_steps": []}


@pytest.mark.parametrize("seed", range(5))
def test_near_identical_bodies_land_in_one_split_whatever_they_are_called(
    seed: int, new_function: Callable[..., Function], new_pair: Callable[..., QAPair], tmp_path: Path
) -> None:
    """Ten families of four functions, each member a copy with another name, number or comment: as generated code is."""
    functions, pairs = {}, []
    for family in range(10):
        lines = [f"    value = value * {family + 2} + weights[{family}][{step}]\n" for step in range(25)]
        for member in range(4):
            name = f"family{family}_member{member}"
            body = [*lines, f"    return value - {member}\n"] if member < 3 else [*lines, "    return value  # last\n"]
            function = new_function(name, f"pkg/m{member}.py", 1, f"def {name}(value):\n{''.join(body)}")
            says = DescriptionInFile(
                description=f"`{name}` computes its own value.",
                logic_steps=(StepInFile(text="Return it.", start_line=1, end_line=2),),
            )
            functions[function.id] = function
            pairs += [new_pair(ask, f"Wording {ask} about `{name}`?", function, says) for ask in range(2)]
    options = replace(PLAIN, split="by-function", seed=seed)
    summary = export_dataset(pairs, FunctionTable(functions, {}), tmp_path / "out", options)
    assert summary.leakage == Leakage(rows=16)
    homes: dict[str, set[str]] = {}
    for split in summary.rows:
        for row in json.loads((tmp_path / f"out/qarepo/{split}.json").read_text(encoding="utf-8")):
            homes.setdefault(row["instruction"].split("`")[1].split("_")[0], set()).add(split)
    assert len(homes) == 10
    assert all(len(splits) == 1 for splits in homes.values())


@pytest.mark.parametrize("seed", range(3))
def test_overloads_that_an_input_cannot_tell_apart_land_in_one_split(
    seed: int, project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    """Every function gets an overload of its name that no row cites, and that is a copy of another function."""
    table, pairs = project
    overloads = {}
    functions = list(table.functions.values())
    for number, function in enumerate(functions):
        other = functions[number // 2 * 2]
        one = replace(function, id=f"{function.id}#2", code=other.code, code_hash=other.code_hash)
        overloads[one.id] = one
    both = replace(table, functions={**table.functions, **overloads})
    options = replace(PLAIN, rows=ExportOptions(context="full"), split="by-function", seed=seed)
    assert export_dataset(pairs, both, tmp_path / "out", options).leakage == Leakage(rows=40)


def test_by_paraphrase_holds_out_other_wordings_of_trained_questions(
    project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    summary = export_split(project, tmp_path / "out", split="by-paraphrase")
    assert sum(summary.rows.values()) == 200
    assert 15 <= summary.rows["test"] <= 25
    leakage = summary.leakage
    assert leakage is not None
    assert (leakage.questions, leakage.own_answer) == (0, 0)
    assert leakage.functions == leakage.answers == leakage.rows == 200 - summary.rows["train"]


def test_leakage_is_counted_where_it_is(project: tuple[FunctionTable, list[QAPair]], tmp_path: Path) -> None:
    table, pairs = project
    same = [replace(pair, question="The same question?") for pair in pairs]
    summary = export_dataset(same, table, tmp_path / "out", replace(PLAIN, split="by-function"))
    assert summary.leakage == Leakage(rows=40, questions=40)
    shown = replace(PLAIN, split="by-paraphrase", rows=ExportOptions(context="full"))
    summary = export_dataset(pairs, table, tmp_path / "out2", shown)
    assert summary.leakage is not None
    assert summary.leakage.shown == summary.leakage.rows > 0


def test_a_shared_requirement_keeps_its_functions_together(
    project: tuple[FunctionTable, list[QAPair]], requirement_pair: QAPair, tmp_path: Path
) -> None:
    table, pairs = project
    ids = tuple(pair.function_ids[0] for pair in pairs[10:25:5])
    tied = [*pairs, replace(requirement_pair, function_ids=ids)]
    for seed in range(4):
        summary = export_dataset(tied, table, tmp_path / "out", replace(PLAIN, split="by-function", seed=seed))
        assert summary.leakage is not None
        assert (summary.leakage.functions, summary.leakage.bodies) == (0, 0)


def test_same_seed_same_bytes_other_seed_other_split(
    project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    def content(**more: object) -> dict[str, bytes]:
        export_split(project, tmp_path / "out", split="by-function", formats=("messages", "parquet"), **more)
        return {str(path): path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    pytest.importorskip("pyarrow")
    first = content()
    assert content() == first
    assert content(seed=1) != first


def test_files_of_an_earlier_export_go_when_they_are_ours(
    project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export_split(project, out, split="by-function", formats=("messages", "alpaca"))
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    export_split(project, out, formats=("messages",))
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert names == [
        "README.md",
        "dataset_info.json",
        "manifest.json",
        "messages/train.jsonl",
        "metadata/train.jsonl",
        "notes.txt",
    ]
    assert sorted(read_manifest(out)["files"]) == [name for name in names if name not in ("manifest.json", "notes.txt")]


def test_the_card_tells_rows_split_leakage_and_sources(
    project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    table, pairs = project
    run = {
        "functions": {"python": 41},
        "files": {"parsed": 4, "skipped:generated": 1},
        "describe": {"total": 41, "accepted": 40, "rejected": 1},
    }
    options = replace(PLAIN, split="by-function", formats=("messages", "qarepo"))
    export_dataset(pairs, table, tmp_path / "out", options, run=run)
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    for line in (
        "- config_name: messages\n  default: true\n  data_files:\n  - split: train\n    path: messages/train.jsonl",
        "| test | 1 | en | how_implemented | 20 |",
        "Measured on the written rows, of 40 held-out rows:",
        "| function, shown in an `input` | 0 |",
        "| offline:rules | rules | 200 |",
        "| describe@v1 | " + "0" * 64 + " |",
        "40 of 41 functions (41 python) are cited by a row.",
        "| describe | 41 | 40 | 1 | 2.4% |",
        "every answer and question was written by rules",
    ):
        assert line in card


def test_dataset_info_is_complete_for_llama_factory(
    project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    export_split(project, tmp_path / "out", formats=tuple(name for name in FORMATS if name != "parquet"))
    text = (tmp_path / "out/dataset_info.json").read_text(encoding="ascii")
    info = json.loads(text)
    assert sorted(info) == ["alpaca_train", "messages_train", "qarepo_train", "sharegpt_train"]
    assert info["sharegpt_train"] == {
        "file_name": "sharegpt/train.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations"},
        "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"},
    }


def test_no_system_message_means_no_column(step_pair: QAPair, table: FunctionTable, tmp_path: Path) -> None:
    """LLaMA-Factory takes the template's own message for an empty column, ms-swift an empty message."""
    export_dataset([step_pair], table, tmp_path / "out", replace(PLAIN, formats=("alpaca", "sharegpt")))
    assert list(lines(tmp_path / "out/alpaca/train.jsonl")[0]) == ["instruction", "input", "output"]
    assert list(lines(tmp_path / "out/sharegpt/train.jsonl")[0]) == ["conversations"]


def test_general_rows_join_training_only_and_the_card_says_so(
    project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    general = tmp_path / "general.jsonl"
    general.write_text(
        "\n".join(json.dumps({"instruction": f"Say {n}", "input": "calmly", "output": str(n)}) for n in range(100)),
        encoding="utf-8",
    )
    summary = export_split(project, tmp_path / "out", split="by-function", mix=general, mix_share=0.2)
    assert (summary.mixed, summary.rows["train"], summary.rows["test"]) == (40, 200, 20)
    rows = json.loads((tmp_path / "out/qarepo/train.json").read_text(encoding="utf-8"))
    assert rows[-1]["instruction"].startswith("Say ")
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "40 general-instruction rows (20.0% of training) come from general.jsonl." in card


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[]", "holds no rows"),
        (b"nonsense", "is not JSON"),
        (b'[{"question": "a"}]', "neither instruction and output nor messages"),
        (
            json.dumps([{"messages": [{"role": role, "content": "a"} for role in ("user", "assistant") * 2]}]).encode(),
            "longer conversation",
        ),
    ],
)
def test_bad_general_rows(
    content: bytes, words: str, project: tuple[FunctionTable, list[QAPair]], tmp_path: Path
) -> None:
    general = tmp_path / "general.json"
    general.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        export_split(project, tmp_path / "out", mix=general)


def test_bad_options_are_one_sentence(project: tuple[FunctionTable, list[QAPair]], tmp_path: Path) -> None:
    table, pairs = project
    for words, change in (
        ("'csv' is unknown", {"formats": ("csv",)}),
        ("'randomly' is unknown", {"split": "randomly"}),
    ):
        with pytest.raises(UsageError, match=words):
            export_split(project, tmp_path / "out", **change)
    with pytest.raises(UsageError, match="no row to export"):
        export_dataset([], table, tmp_path / "out", PLAIN)
    with pytest.raises(UsageError, match="validation split would be empty"):
        export_dataset(pairs[:5], table, tmp_path / "out", replace(PLAIN, split="by-function"))
    with pytest.raises(UsageError, match="does not exist"):
        export_dataset(pairs, table, tmp_path / "no" / "out", PLAIN)
    for text in ("0.5,0.5", "a,b,c", "0,0.5,0.5", "0.9,0.2,-0.1"):
        with pytest.raises(UsageError, match="add up to 1"):
            parse_ratios(text)
    assert parse_ratios("0.9,0.05,0.05") == {"train": 0.9, "validation": 0.05, "test": 0.05}


def test_a_foreign_readme_is_not_overwritten(project: tuple[FunctionTable, list[QAPair]], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not as qarepo wrote it"):
        export_split(project, tmp_path / "out")
    assert (tmp_path / "out/README.md").read_text(encoding="utf-8") == "mine"
