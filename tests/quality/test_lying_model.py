"""A model that lies, as a server on loopback, through the whole product: every planted error is caught and named.

Each function's number decides what the server says of it: the truth, or the truth with one known error. Truth and
repository are those of ``benchmarks/synthetic.py``, computed from the number alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic import truthful
from tests.faults.product import Product
from tests.faults.server import Asked, FaultServer, answer

FUNCTIONS = 96
ATTEMPTS = 2
_PROMPT_SENTENCE = "A sentence that would fit a hundred other functions is too vague."


Lie = Callable[[dict[str, Any], str], dict[str, Any]]
"""From the true reply and the function's name to the false reply."""


def _say(text: str) -> Lie:
    return lambda true, name: true | {"description": f"{true['description']} {text}"}


def _ask(*questions: str) -> Lie:
    return lambda _, name: {"questions": [question.format(name=name) for question in questions]}


DESCRIPTION_LIES: dict[str, tuple[Lie, str]] = {
    "invented name": (_say("It hands the product to `flush_quota_bucket` in the end."), "grounded"),
    "wrong file": (_say("It is defined in `part_000/module_00777.py`."), "grounded"),
    "wrong case": (
        lambda true, _: true | {"description": true["description"].replace("`value`", "`Limit`")},
        "grounded",
    ),
    "wrong exception": (_say("It raises `OSError` when the disk is full."), "grounded"),
    "reversed order": (lambda true, _: true | {"logic_steps": true["logic_steps"][::-1]}, "order"),
    "copied prompt": (_say(_PROMPT_SENTENCE), "leak"),
}
QUESTION_LIES: dict[str, tuple[Lie, str]] = {
    "near copy": (lambda _, name: {"questions": [f"How does `{name}` work?", f"how does {name} work ?"]}, "distinct"),
    "this method": (
        lambda _, name: {"questions": ["How does this method work?", "What does this function do?"]},
        "standalone",
    ),
}
KINDS = ("truth", *DESCRIPTION_LIES, *QUESTION_LIES)


def kind_of(number: int) -> str:
    """What the server does when it is asked about a function."""
    return KINDS[number % len(KINDS)]


def lying(asked: Asked) -> str:
    """Answer a prompt by the script, lies on every attempt."""
    system, user = (str(message["content"]) for message in asked.body["messages"][:2])
    true = json.loads(truthful(system, user))
    if '"reuses"' in system:
        # Two requirements have the two files in focus; the one of the first file asks for what is there already.
        if "_0 (" in user.partition("# Functions in focus")[2]:
            true |= {"question": "How to scale a pixel in one call?", "adds": ["scale_pixel"]}
        return json.dumps(true)
    found = re.search(r"# Function[^`]*`(\w+?_(\d+))`", user)
    assert found, user
    name, kind = found.group(1), kind_of(int(found.group(2)))
    lies = QUESTION_LIES if '"questions"' in system else DESCRIPTION_LIES
    return json.dumps(lies[kind][0](true, name) if kind in lies else true)


@pytest.fixture(scope="module")
async def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Asked]]:
    product = Product(
        tmp_path_factory.mktemp("liar"),
        FUNCTIONS,
        ["--attempts", str(ATTEMPTS), "--requirements", "2", "--negatives", "4", "--yes"],
    )
    async with FaultServer(lambda _: answer(lying)) as server:
        code, said = await product.run(server.url)
        assert code == 0, said  # rejected rows are normal
        return product.folder, server.asked


def rejected(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    lines = (folder / "run" / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    return {(entry["node"], entry["item"].rpartition("_")[2]): entry for entry in map(json.loads, lines)}


async def test_every_kind_of_lie_is_caught_and_no_truth_is_refused(run: tuple[Path, list[Asked]]) -> None:
    folder, _ = run
    refused = rejected(folder)
    caught: Counter[str] = Counter()
    for number in range(FUNCTIONS):
        kind = kind_of(number)
        node = "paraphrase" if kind in QUESTION_LIES else "describe"
        entry = refused.pop((node, str(number)), None)
        if kind == "truth":
            assert entry is None, entry
            continue
        gate = (DESCRIPTION_LIES | QUESTION_LIES)[kind][1]
        caught[kind] += entry is not None and entry["gates"].get(gate, "ok") != "ok" and bool(entry["reasons"])
    planted = Counter(map(kind_of, range(FUNCTIONS)))
    assert {kind: caught[kind] / planted[kind] for kind in KINDS[1:]} == dict.fromkeys(KINDS[1:], 1.0)
    # What is left is the wish that is there already; no true answer was refused.
    assert [(entry["node"], entry["gates"]["new"]) for entry in refused.values()] == [
        ("ideate_requirements", "implemented")
    ]


async def test_no_planted_error_reaches_a_row(run: tuple[Path, list[Asked]]) -> None:
    folder, _ = run
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    answers = " ".join(row["instruction"] + row["output"] for row in rows)
    for lie in ("flush_quota_bucket", "module_00777", "`Limit`", "OSError", _PROMPT_SENTENCE, "this method"):
        assert lie not in answers
    told = {int(number) for row in rows for number in re.findall(r"^How does `\w+_(\d+)` work", row["instruction"])}
    assert told == {number for number in range(FUNCTIONS) if kind_of(number) == "truth"}
    assert sum(row["instruction"].startswith("How to ") for row in rows) == 1


async def test_negatives_name_what_does_not_exist_and_the_nearest_that_does(run: tuple[Path, list[Asked]]) -> None:
    folder, _ = run
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    real = {name for path in (folder / "repo").rglob("*.py") for name in re.findall(r"def (\w+)", path.read_text())}
    found = [re.match(r"This repository has no `(\w+)`\. The nearest is `(\w+)` \(`", row["output"]) for row in rows]
    negatives = [match.groups() for match in found if match]
    assert len(negatives) == 4
    assert not real & {absent for absent, _ in negatives}
    assert real >= {nearest for _, nearest in negatives}


async def test_what_was_refused_is_asked_again_with_its_reasons_and_no_more_often_than_allowed(
    run: tuple[Path, list[Asked]],
) -> None:
    folder, asked = run
    number = KINDS.index("wrong exception")
    about = [entry.text for entry in asked if re.search(rf"# Function `\w+_{number}`", entry.text)]
    assert len(about) == ATTEMPTS
    reason = "- Nothing in the code raises `OSError`; name only exceptions that its lines raise."
    assert [reason in text for text in about] == [False, True]
    assert rejected(folder)["describe", str(number)]["reasons"] == [reason.removeprefix("- ")]
    assert rejected(folder)["describe", str(number)]["attempts"] == ATTEMPTS
