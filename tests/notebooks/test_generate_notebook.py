"""The notebook runs from top to bottom as it is, and its saved outputs come from such a run."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "01_generate.ipynb"

pytestmark = pytest.mark.full


def texts(notebook: object) -> str:
    """Return everything the cells printed or showed as text."""
    parts = []
    for cell in notebook.cells:  # type: ignore[attr-defined]
        for output in cell.get("outputs", ()):
            parts.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(parts)


def execute(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return texts(notebook)


def test_it_runs_with_the_rules_and_without_any_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    shown = execute(monkeypatch)
    assert "deepseek:deepseek-flash: skipped, DEEPSEEK_API_KEY is not set" in shown
    assert "Vents.adjust" in shown
    assert "not_json: The reply is not one json object" in shown


def test_it_runs_with_a_real_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xllamacpp")
    from tests.llm.llamacpp import llama_server

    with llama_server(key="") as server:
        monkeypatch.setenv("LLAMA_URL", server.url)
        shown = execute(monkeypatch)
    # A random model's words are refused by the gates; that it was asked, and answered, is what shows here.
    assert "llamacpp:tiny: There is no row to export" in shown


def test_its_saved_outputs_are_from_a_run() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count == n for n, cell in enumerate(cells, 1))
    assert "Vents.adjust" in texts(notebook)
