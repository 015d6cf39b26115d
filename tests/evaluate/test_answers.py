"""Scores of answers: exact values on small texts, in English and Chinese."""

from __future__ import annotations

import pytest

from qarepo_graph.dataset.read import Example

pytest.importorskip("sacrebleu", reason="scoring needs the extra [metrics]")
pytest.importorskip("rouge_score", reason="scoring needs the extra [metrics]")

from qarepo_graph.evaluate.answers import METRICS, compare_table, score_answers, summarise
from qarepo_graph.evaluate.data import data_figures, distinct, self_bleu, vendi
from qarepo_graph.evaluate.facts import facts_of, qualified_name, step_recall
from qarepo_graph.evaluate.words import quoted_names, words

REFERENCE = """`EarlyStopping.step` records one loss.

**Where:** `train/early.py`, lines 17-22, method of `EarlyStopping`.

**Logic steps**
1. (19-21) If `loss` is below `self.best`, keep it and return `False`.
2. (22) Otherwise return `True`.

**Code**
```python
1. def step(self): ...
```"""


def make_example(number: int = 1, answer: str = REFERENCE, group: str = "g", **more: object) -> Example:
    metadata = {
        "group_id": group,
        "scenario": 1,
        "question_type": "how_implemented",
        "language": "en",
        "function_ids": ["train/early.py::EarlyStopping.step"],
        "provenance": {"functions": [{"id": "train/early.py::EarlyStopping.step(float)#2", "file": "train/early.py"}]},
        **more,
    }
    prompt = ({"role": "user", "content": f"Question {number}?"},)
    return Example(id=f"row-{number}", prompt=prompt, answer=answer, metadata=metadata)


def test_facts_of_a_reference() -> None:
    facts = facts_of(make_example())
    assert facts.functions == ("EarlyStopping.step",)
    assert facts.files == ("train/early.py",)
    assert facts.steps == ("If `loss` is below `self.best`, keep it and return `False`.", "Otherwise return `True`.")
    assert [qualified_name(one) for one in ("a.cpp::ns::A::f(int, B<C>)", "a.py::f", "A.java::A.f()#3")] == [
        "ns::A::f",
        "f",
        "A.f",
    ]


def test_an_answer_is_scored_by_what_it_says() -> None:
    example = make_example()
    swapped = (
        "`step` in `train/early.py`:\n1. Otherwise return `True`.\n"
        "2. If `loss` is below `self.best`, keep it and return `False`. It calls `imagined_name`."
    )
    perfect, wrong, blank = score_answers([example] * 3, [REFERENCE, swapped, "  "])
    assert [getattr(perfect, metric) for metric in METRICS] == [1.0] * 8
    assert (wrong.function, wrong.file, wrong.steps, wrong.exact) == (1.0, 1.0, 0.5, 0.0)
    assert wrong.facts == pytest.approx(2.5 / 3)
    assert wrong.grounded == pytest.approx(6 / 7)
    assert [getattr(blank, metric) for metric in METRICS] == [0.0] * 8


def test_steps_count_in_order_only() -> None:
    facts = facts_of(make_example(answer="1. open the file\n2. read all its lines\n3. close the file again"))
    assert step_recall(facts, "open the file, then\nread all its lines\nclose the file again") == 1.0
    assert step_recall(facts, "close the file again\nread all its lines") == pytest.approx(1 / 3)
    assert step_recall(facts, "something else") == 0.0


def test_chinese_is_read_by_character() -> None:
    assert words("调用 `fit_model` 两次") == ["调", "用", "fit_model", "两", "次"]
    example = make_example(answer="返回训练好的模型权重")
    same, near = score_answers([example] * 2, ["返回训练好的模型权重", "返回保存好的模型权重"])
    assert (same.rouge_l, same.chrf) == (1.0, 1.0)
    assert near.rouge_l == pytest.approx(0.8)
    assert 0 < near.chrf < 1


def test_names_in_fences_are_code_not_claims() -> None:
    assert quoted_names("use `a.b` and ``c`d``\n```python\n`e`\n```\nor `f`") == ["a.b", "c`d", "f"]


def test_the_interval_follows_groups_not_rows() -> None:
    rows = [make_example(n, group=f"g{n // 5}") for n in range(40)]
    answers = [REFERENCE if n < 20 else "" for n in range(40)]
    estimate = summarise(score_answers(rows, answers))["all"]["exact"]
    assert (estimate.mean, estimate.rows) == (0.5, 40)
    # Eight groups, half right: the bootstrap of a share of 8, not of 40.
    assert estimate.low <= 0.25
    assert estimate.high >= 0.75
    assert set(summarise(score_answers(rows, answers))) == {"all", "scenario 1", "how_implemented"}


def test_table_has_a_line_per_part_and_contender() -> None:
    rows = [make_example(n, scenario=n % 2 + 1) for n in range(4)]
    scores = {"base": score_answers(rows, [""] * 4), "tuned": score_answers(rows, [REFERENCE] * 4)}
    lines = compare_table(scores).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| all"] * 2
    assert lines[2].startswith("| all | base | 4 | 0.00 [0.00, 0.00] |")
    assert lines[3].startswith("| all | tuned | 4 | 1.00 [1.00, 1.00] |")
    assert len(lines) == 2 + 2 * 4


def test_diversity_tells_copies_from_paraphrases() -> None:
    copies = ["How does f work?", "How does f work ?", "how does f work?"]
    paraphrases = ["How does f work?", "Walk me through f.", "请说明 f 的实现流程"]
    assert self_bleu([copies])["3"] > 80 > 20 > self_bleu([paraphrases])["3"]
    assert self_bleu([["alone"]]) is None
    assert 1 <= vendi(copies) < 1.6 < 2.5 < vendi(paraphrases) <= 3
    assert distinct(["a b a b"], 1) == 0.5
    assert distinct(["a b a b"], 2) == pytest.approx(2 / 3)


def test_figures_of_a_dataset_count_its_leaks() -> None:
    train = [make_example(1), make_example(2)]
    test = [make_example(2), make_example(3, answer="other", function_ids=["x.py::other"])]
    figures = data_figures({"train": train, "test": test})
    assert figures["rows"] == {"train": 2, "test": 2}
    assert figures["leakage"] == {
        "held_out_rows": 2,
        "questions": 1,
        "answers": 1,
        "functions": 1,
        "answer_in_prompt": 0,
    }
    assert figures["rows_by_scenario"] == {"1": 4}
    assert figures["tokens"]["tokenizer"].startswith("estimate")
