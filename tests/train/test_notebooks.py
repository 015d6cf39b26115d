"""The fine-tuning and inference notebooks, executed from end to end with the tiny model, and as they are committed."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = ("02_finetune_qwen_lora.ipynb", "03_inference.ipynb")


def texts(notebook: nbformat.NotebookNode) -> str:
    """Return everything the notebook printed or showed as text."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(
        output.get("text", "") or "\n".join(str(value) for kind, value in output.data.items() if kind != "image/png")
        for output in outputs
    )


@pytest.mark.parametrize("name", NAMES)
def test_committed_executed_small_and_without_machine_paths(name: str) -> None:
    path = NOTEBOOKS / name
    assert path.stat().st_size <= 1_000_000
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]
    assert not re.findall(r"/(?:work|root|home|tmp|Users)/|[A-Z]:\\\\", texts(notebook))


def test_committed_outputs_tell_both_scenarios() -> None:
    training, inference = (texts(nbformat.read(NOTEBOOKS / name, as_version=4)) for name in NAMES)
    found = re.search(r"exact on \d+ trained questions: ([\d.]+)", training)
    assert found is not None
    assert float(found.group(1)) >= 0.9
    assert "merged answers like the adapter: True" in training
    for part in ("scenario 1", "scenario 2"):
        for contender in ("base", "tuned"):
            assert f"| {part} | {contender} |" in inference


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_both_notebooks_run_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trl", reason="training needs the extra [train]")
    pytest.importorskip("rouge_score", reason="scoring needs the extra [metrics]")
    from nbclient import NotebookClient

    monkeypatch.setenv("QAREPO_OUT", str(tmp_path / "out"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    done = {}
    for name in NAMES:
        notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
        resources = {"metadata": {"path": str(NOTEBOOKS)}}
        NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
        done[name] = texts(notebook)
    assert "merged answers like the adapter: True" in done[NAMES[0]]
    exact = re.search(r"exact on \d+ trained questions: ([\d.]+)", done[NAMES[0]])
    assert exact is not None
    assert float(exact.group(1)) >= 0.9
    tuned = re.search(r"\| scenario 1 \| tuned \| \d+ \| ([\d.]+)", done[NAMES[1]])
    base = re.search(r"\| scenario 1 \| base \| \d+ \| ([\d.]+)", done[NAMES[1]])
    assert tuned is not None
    assert base is not None
    assert float(tuned.group(1)) > 0.5 > float(base.group(1))
