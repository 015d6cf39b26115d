"""``qarepo_graph.run`` shows its work: bars in a notebook, plain lines in a script that asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from qarepo_graph import run

ROOT = Path(__file__).parents[2]
NODES = ("parse", "describe", "paraphrase", "ideate_requirements", "critique")


def make_repository(folder: Path) -> Path:
    folder.mkdir()
    (folder / "vents.py").write_text("def opened(notches):\n    return [n for n in notches if n > 0]\n")
    return folder


def test_a_script_is_told_nothing_unless_it_asks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    repository = make_repository(tmp_path / "house")
    silent = run(repository, questions=2, requirements=0, run_dir=tmp_path / "a")
    assert capfd.readouterr().err == ""
    told = run(repository, questions=2, requirements=0, run_dir=tmp_path / "b", progress=True)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "parse: 1/1 (done)"
    assert lines[-1] == "export: 2/2 (done)"
    assert told["export"]["rows"] == silent["export"]["rows"] == 2


@pytest.mark.full
def test_a_notebook_shows_bars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipywidgets")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    repository = make_repository(tmp_path / "house")
    call = f"import qarepo_graph\n_ = qarepo_graph.run({str(repository)!r}, questions=2, run_dir={str(tmp_path / 'run')!r})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(call)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    widgets = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    (shown,) = [widget["state"] for widget in widgets if widget["model_name"] == "OutputModel"]
    bars = shown["outputs"][0]["data"]["text/plain"]
    assert all(node in bars for node in NODES)
