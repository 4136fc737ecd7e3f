"""The notebooks run from top to bottom, and their outputs are kept in the files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_is_a_notebook():
    assert NOTEBOOKS


@pytest.mark.slow
@pytest.mark.timeout(900)  # each runs dozens of questions
@pytest.mark.filterwarnings("default")  # jupyter's own warnings are not ours
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_and_shows_charts(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("vega_datasets")
    monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("MULTIVIS_CODE_SECONDS", "8")  # one spoiled answer never ends
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    client = nbclient.NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert pictures(notebook) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_keeps_its_outputs(path: Path):
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert pictures(notebook) >= 2
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.execution_count is not None, "run: .venv/bin/python docs/run_notebooks.py"
            assert not any(output.output_type == "error" for output in cell.outputs)
    assert path.stat().st_size < 1_000_000
    named = re.findall(r"/(?:home|root|work|Users|tmp)/[\w./-]+", path.read_text(encoding="utf-8"))
    assert not named, "run: .venv/bin/python docs/run_notebooks.py"


def pictures(notebook: object) -> int:
    """How many outputs of a notebook are charts with a picture."""
    return sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells  # type: ignore[attr-defined]
        if cell.cell_type == "code"
        for output in cell.outputs
    )
