"""What `import multivis` and `multivis --help` load: structure, not time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import multivis

ROOT = Path(__file__).parents[2]
HEAVY = {
    "altair",
    "duckdb",
    "instructor",
    "langchain",
    "langchain_core",
    "langgraph",
    "matplotlib",
    "numpy",
    "openai",
    "pandas",
    "plotly",
    "polars",
    "pyarrow",
    "sqlalchemy",
    "sqlglot",
    "vl_convert",
}


def loaded(code: str) -> set[str]:
    """The modules that a fresh process has after `code`."""
    script = f"{code}\nimport json, sys; sys.stderr.write(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return {name.split(".")[0] for name in json.loads(ran.stderr)}


def test_importing_multivis_loads_nothing_heavy():
    modules = loaded("import multivis")
    assert not modules & HEAVY
    assert "pydantic" not in modules


def test_showing_the_help_loads_nothing_heavy():
    code = (
        "from multivis.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as stop:\n    assert stop.code == 0"
    )
    modules = loaded(code)
    assert not modules & HEAVY
    assert "pydantic" not in modules


@pytest.mark.parametrize("module", ["state", "errors", "settings", "protocols", "tool", "progress"])
def test_the_ground_floor_loads_nothing_heavy(module: str):
    assert not loaded(f"import multivis.{module}") & HEAVY


def test_the_public_names_are_these():
    assert sorted(multivis.__all__) == [
        "InputError",
        "Limits",
        "MultiVis",
        "MultiVisError",
        "Result",
        "RuleBook",
        "Settings",
        "build_graph",
        "open_source",
    ]


@pytest.mark.parametrize("name", multivis.__all__)
def test_every_public_name_is_there(name: str):
    assert getattr(multivis, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = multivis.nonsense


def test_no_module_is_longer_than_six_hundred_lines():
    for folder in ("src", "graphs", "benchmarks", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            assert len(file.read_text(encoding="utf-8").splitlines()) <= 600, file
