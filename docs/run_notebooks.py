"""Run the notebooks and keep their outputs in the files.

Run by `make docs-pictures`; the tests run the same notebooks and compare nothing but errors.
Outputs name the folder of this checkout as ``~/multivis``, wherever it is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def main() -> None:
    """Execute every notebook in a folder of its own and write it back."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            NotebookClient(
                notebook, timeout=300, resources={"metadata": {"path": folder}}, record_timing=False
            ).execute()
        notebook.metadata["language_info"] = {"name": "python"}
        text = nbformat.writes(notebook).replace(str(NOTEBOOKS.parent), "~/multivis")
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
