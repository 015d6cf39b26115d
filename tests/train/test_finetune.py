"""The whole way with a tiny model: rows to adapter, adapter to merged weights, both to the same answers."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from qarepo_graph.dataset.read import Example
from qarepo_graph.errors import UsageError

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
pytest.importorskip("trl", reason="training needs the extra [train]: pip install -c constraints/ci.txt -e .[train]")

from qarepo_graph.train.infer import LocalModel  # noqa: E402 - after the skip
from qarepo_graph.train.merge import merge_adapter  # noqa: E402 - after the skip
from qarepo_graph.train.sft import SftOptions, SftReport, finetune, load_weights  # noqa: E402 - after the skip
from qarepo_graph.train.tiny import build_tiny  # noqa: E402 - after the skip

VERBS = {"load": "reads", "save": "writes", "check": "tests", "sort": "orders"}
NOUNS = ("image", "mask", "model", "report", "config")


def make_examples() -> list[Example]:
    examples = []
    for verb, says in VERBS.items():
        for noun in NOUNS:
            name = f"{verb}_{noun}"
            answer = (
                f"`{name}` {says} the {noun}.\n\n**Where:** `{noun}s.py`, line {len(noun)}.\n\n"
                f"**Logic steps**\n1. Open the {noun}.\n2. It {says} what it holds."
            )
            for ask, wording in enumerate(("How does `{}` work?", "请说明 `{}` 的实现流程。")):
                prompt = ({"role": "user", "content": wording.format(name)},)
                examples.append(Example(id=f"{name}-{ask}", prompt=prompt, answer=answer))
    return examples


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return make_examples()


@pytest.fixture(scope="module")
def tiny(examples: list[Example], tmp_path_factory: pytest.TempPathFactory) -> str:
    texts = [text for one in examples for text in (one.prompt[0]["content"], one.answer)]
    return str(build_tiny(tmp_path_factory.mktemp("tiny"), texts, vocabulary=700))


@pytest.fixture(scope="module")
def report(tiny: str, examples: list[Example], tmp_path_factory: pytest.TempPathFactory) -> SftReport:
    folder = tmp_path_factory.mktemp("adapter")
    return finetune(examples, tiny, folder, SftOptions().for_tiny(epochs=30))


def recall(model: LocalModel, examples: list[Example], **more: bool) -> float:
    answers = model.answers([one.prompt for one in examples], max_new_tokens=200, **more)
    return sum(answer == one.answer for answer, one in zip(answers, examples, strict=True)) / len(examples)


def test_the_tuned_model_knows_its_answers_and_the_base_does_not(
    tiny: str, report: SftReport, examples: list[Example]
) -> None:
    assert (report.rows, report.too_long, report.steps) == (40, {}, 150)
    assert report.losses[-1][1] < 0.1 * report.losses[0][1]
    model = LocalModel(tiny, report.adapter)
    assert recall(model, examples) >= 0.9
    assert recall(model, examples, tuned=False) == 0


def test_merged_weights_answer_like_the_adapter(
    tiny: str, report: SftReport, examples: list[Example], tmp_path: Path
) -> None:
    prompts = [one.prompt for one in examples]
    merged = LocalModel(str(merge_adapter(tiny, report.adapter, tmp_path / "merged")))
    adapted = LocalModel(tiny, report.adapter)
    assert merged.answers(prompts, max_new_tokens=200) == adapted.answers(prompts, max_new_tokens=200)


def test_a_batch_answers_as_its_rows_do_alone(tiny: str, report: SftReport, examples: list[Example]) -> None:
    model = LocalModel(tiny, report.adapter)
    prompts = [one.prompt for one in examples[::7]]
    assert model.answers(prompts, batch=6) == model.answers(prompts, batch=1)


def test_only_the_answer_is_learned(tiny: str, tmp_path: Path) -> None:
    """Two rows with one question and different answers keep a loss of at least one bit where they part."""
    question = ({"role": "user", "content": "Which one?"},)
    rows = [Example(id=answer, prompt=question, answer=answer) for answer in ("model", "mask")] * 8
    rows = [Example(id=str(n), prompt=one.prompt, answer=one.answer) for n, one in enumerate(rows)]
    report = finetune(rows, tiny, tmp_path, SftOptions().for_tiny(epochs=40))
    # One undecidable token of three (end mark and line break are certain): ln 2 / 3. With the prompt it were far less.
    assert report.losses[-1][1] == pytest.approx(0.6931 / 3, abs=0.02)


def test_neither_training_nor_a_closed_model_keeps_weights_in_memory(
    tiny: str, examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a 24 GB card the next model is loaded where the last one was: left to chance both lie there for a while."""
    loaded: list[weakref.ref[Any]] = []

    def watched(*given: Any, **more: Any) -> Any:
        weights = load_weights(*given, **more)
        loaded.append(weakref.ref(weights))
        return weights

    monkeypatch.setattr("qarepo_graph.train.sft.load_weights", watched)
    monkeypatch.setattr("qarepo_graph.train.infer.load_weights", watched)
    gc.disable()
    try:
        finetune(examples[:4], tiny, tmp_path, SftOptions().for_tiny(epochs=1))
        assert [weights() for weights in loaded] == [None]
        model = LocalModel(tiny, tmp_path)
        assert not model.on_cuda
        model.close()
        assert [weights() for weights in loaded] == [None, None]
    finally:
        gc.enable()


def test_four_bit_training_takes_no_managed_memory(
    tiny: str, examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adapter's optimizer states are small: 8 bit, not paged."""
    seen: list[str] = []

    class Stop(Exception):
        pass

    def told(**arguments: Any) -> None:
        seen.append(arguments["optim"])
        raise Stop

    monkeypatch.setattr("trl.SFTConfig", told)
    monkeypatch.setattr("qarepo_graph.train.sft.require_qlora", lambda: None)
    for qlora in (True, False):
        with pytest.raises(Stop):
            finetune(examples[:4], tiny, tmp_path, SftOptions(qlora=qlora))
    assert seen == ["adamw_8bit", "adamw_torch"]


def test_rows_over_the_limit_are_named(tiny: str, examples: list[Example], tmp_path: Path) -> None:
    long = Example(id="long", prompt=examples[0].prompt, answer="word " * 600)
    options = SftOptions(max_length=256).for_tiny(epochs=1)
    report = finetune([*examples[:8], long], tiny, tmp_path, options)
    assert report.rows == 8
    assert list(report.too_long) == ["long"]
    assert report.too_long["long"] > 600 > 256 >= report.longest
    with pytest.raises(UsageError, match="Every row is longer than 256 tokens"):
        finetune([long], tiny, tmp_path, options)


def test_bad_models_and_rows(tiny: str, examples: list[Example], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no row to train on"):
        finetune([], tiny, tmp_path, SftOptions())
    with pytest.raises(UsageError, match="does not exist"):
        finetune(examples, str(tmp_path / "none"), tmp_path, SftOptions())
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no tokenizer"):
        LocalModel(str(tmp_path))
    with pytest.raises(UsageError, match="holds no adapter"):
        merge_adapter(tiny, tmp_path, tmp_path / "merged")
