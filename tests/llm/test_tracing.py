"""What LangSmith is sent, decoded by a receiver on loopback. Each run is a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.graph.early_stopping import write_repository
from tests.llm.langsmith_receiver import Receiver, receiver

MARKER = "validation loss is NaN"  # stands in the analysed code and nowhere else
ROOT = Path(__file__).parents[2]


@pytest.fixture
def langsmith() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def run(
    folder: Path,
    langsmith: Receiver,
    *,
    character: str = "honest",
    environment: dict[str, str] | None = None,
    **knobs: Any,
) -> tuple[dict[str, Any], str]:
    told = {
        "LANGSMITH_ENDPOINT": langsmith.url,
        "LANGSMITH_API_KEY": "ls-secret-0123456789",
        "LANGSMITH_PROJECT": "project-a",
        **(environment or {}),
    }
    # The variables that conftest set for this process (tracing off) do not go along.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH_", "LANGCHAIN_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.llm.traced_run", str(folder), json.dumps(knobs), character],
        env={**kept, **told},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout), done.stderr


def test_a_small_run_is_one_tree_of_named_calls(tmp_path: Path, langsmith: Receiver) -> None:
    write_repository(tmp_path / "repo")
    _, said = run(tmp_path, langsmith, environment={"LANGSMITH_TRACING": "true"})
    (root,) = langsmith.roots()
    assert root["name"] == "qarepo"
    assert root["session_name"] == "project-a"
    (call,) = langsmith.named("describe EarlyStopping.step")
    assert langsmith.path(call)[:2] == ["qarepo", "describe"]
    assert langsmith.path(call)[-1] == "describe EarlyStopping.step"
    assert call["run_type"] == "llm"
    assert {"describe", "prompt:describe@v1", "model:scripted:scripted"} <= set(call["tags"])
    metadata = call["extra"]["metadata"]
    assert metadata["function"] == "pkg/early.py::EarlyStopping.step"
    assert metadata["lines"] == "pkg/early.py:13-22"
    assert metadata["attempt"] == 1
    assert len(metadata["prompt_sha256"]) == 64
    assert metadata["qarepo_run"] == root["extra"]["metadata"]["qarepo_run"]
    worded = langsmith.named("paraphrase EarlyStopping.step")
    assert {langsmith.path(run)[1] for run in worded} == {"paraphrase"}
    assert {run["extra"]["metadata"]["lines"] for run in worded} == {"pkg/early.py:13-22"}
    assert any(MARKER.encode() in body for body in langsmith.bodies)
    (line,) = [line for line in said.splitlines() if line.startswith("Tracing: ")]
    assert f"with their source code go to {langsmith.url}, project 'project-a'" in line
    assert metadata["qarepo_run"] in line
    assert langsmith.keys == {"ls-secret-0123456789"}
    assert "ls-secret" not in said


def test_the_rules_answers_are_named_calls_too(tmp_path: Path, langsmith: Receiver) -> None:
    write_repository(tmp_path / "repo")
    run(tmp_path, langsmith, character="offline", trace=True)
    (call,) = langsmith.named("describe EarlyStopping.step")
    assert langsmith.path(call)[:2] == ["qarepo", "describe"]
    assert langsmith.path(call)[-1] == "describe EarlyStopping.step"
    assert {"describe", "prompt:describe@v1", "model:offline:rules"} <= set(call["tags"])
    assert call["extra"]["metadata"]["lines"] == "pkg/early.py:13-22"
    assert "`EarlyStopping.step(loss)`" in json.loads(call["outputs"]["text"])["description"]
    assert MARKER in call["inputs"]["messages"][1]["content"]


@pytest.mark.full
def test_hidden_code_is_not_sent_and_the_shape_is(tmp_path: Path, langsmith: Receiver) -> None:
    write_repository(tmp_path / "repo")
    _, said = run(tmp_path, langsmith, trace=True, trace_hide_code=True)
    assert "without source text" in said
    assert len(langsmith.named("describe EarlyStopping.step")) == 1
    everything = b"".join(langsmith.bodies)
    for text in (MARKER, "bad_epochs", "a library", "records the `loss`"):
        assert text.encode() not in everything, text
    (call,) = langsmith.named("describe EarlyStopping.step")
    assert set(call["inputs"]) == {"hidden"}
    assert set(call["outputs"]) <= {"hidden", "usage_metadata"}


def test_off_by_the_settings_whatever_the_environment_says(tmp_path: Path, langsmith: Receiver) -> None:
    write_repository(tmp_path / "repo")
    _, said = run(tmp_path, langsmith, environment={"LANGSMITH_TRACING": "true"}, trace=False)
    assert langsmith.bodies == []
    assert "Tracing" not in said


@pytest.mark.full
def test_a_large_run_keeps_its_tree_small_and_traces_chosen_calls_apart(tmp_path: Path, langsmith: Receiver) -> None:
    (tmp_path / "repo").mkdir()
    for module in ("alpha", "beta"):
        text = "".join(f"def {module}_{n}(x):\n    y = x + {n}\n    return y * {n + 3}\n\n\n" for n in range(40))
        (tmp_path / "repo" / f"{module}.py").write_text(text, encoding="utf-8")
    told, _ = run(
        tmp_path,
        langsmith,
        character="silent",
        trace=True,
        attempts=1,
        trace_sample=0.1,
        trace_functions=["beta.py::beta_3*"],
    )
    assert told["asked"] == 2 * 81 - 1  # 80 functions and one requirement, each asked twice but for the one that failed
    graph = next(root for root in langsmith.roots() if root["name"] == "qarepo")
    in_tree = [run for run in langsmith.runs.values() if run["trace_id"] == graph["trace_id"]]
    assert len(in_tree) <= 30
    apart = [root for root in langsmith.roots() if root["name"].startswith("describe ")]
    names = {root["name"].removeprefix("describe ") for root in apart}
    asked_for = {"beta_3"} | {f"beta_{n}" for n in range(30, 40)}
    assert asked_for <= names
    # Five first ones, one in ten of 80, those asked for: far from all, and the same ones for the same seed.
    assert len(asked_for) < len(names) < 40
    (failed,) = [root for root in apart if root["name"] == "describe alpha_17"]
    assert failed["error"].startswith("RuntimeError: the model broke down")
    ties = {root["extra"]["metadata"]["qarepo_run"] for root in [graph, *apart]}
    assert len(ties) == 1
    assert all(run["trace_id"] == run["id"] for run in apart)


@pytest.mark.full
def test_a_missing_key_for_the_hosted_service_is_told(tmp_path: Path, langsmith: Receiver) -> None:
    write_repository(tmp_path / "repo")
    nothing = {"LANGSMITH_ENDPOINT": "", "LANGSMITH_API_KEY": ""}
    told, said = run(tmp_path, langsmith, environment=nothing, trace=True)
    assert told["asked"] == 0
    assert said == "Tracing needs LANGSMITH_API_KEY, or LANGSMITH_ENDPOINT for a server of your own; set one of them.\n"
