"""What is installed: every package, the prompts, the typing marker; and what is pinned."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import multivis

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages_on_disk() -> set[str]:
    """Every folder with an `__init__.py`, by the name that it is imported under."""
    found = set()
    for top, name in (
        (ROOT / "src" / "multivis", "multivis"),
        (ROOT / "graphs", "multivis.graphs"),
        (ROOT / "prompts", "multivis.prompts"),
    ):
        for init in top.rglob("__init__.py"):
            parts = init.parent.relative_to(top).parts
            found.add(".".join((name, *parts)))
    return found


def test_every_package_is_listed():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages_on_disk()


def test_no_folder_of_modules_is_forgotten():
    # A folder with Python files and no __init__.py would be left out of the wheel.
    for module in (ROOT / "src" / "multivis").rglob("*.py"):
        assert (module.parent / "__init__.py").is_file(), module


def test_the_version_is_the_same_everywhere():
    assert PROJECT["project"]["version"] == multivis.__version__
    assert f"## {multivis.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_extras_are_there():
    wanted = {"serve", "app", "volumes", "reader", "postgres", "mysql", "openai", "anthropic"}
    wanted |= {"google", "ollama", "bench", "samples", "dev"}
    assert wanted <= set(PROJECT["project"]["optional-dependencies"])


def test_constraints_pin_exact_versions_and_name_no_place():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 80
    for pin in pins:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[^\s;@/]+", pin), pin


def test_every_direct_dependency_is_pinned():
    pins = {
        line.split("==")[0]
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    extras = PROJECT["project"]["optional-dependencies"]
    needed = [*PROJECT["project"]["dependencies"], *extras["samples"], *extras["dev"]]
    for requirement in needed:
        name = re.split(r"[\s\[<>=!~;]", requirement)[0].lower().replace("_", "-")
        assert name == "multivis" or name in pins, f"{name} is not in constraints.txt"


def test_the_core_is_lean():
    names = {re.split(r"[\[<>=!~; ]", text)[0] for text in PROJECT["project"]["dependencies"]}
    heavy = {"vtk", "panel", "torch", "scipy", "polars", "kaleido", "fastapi"}
    assert not names & heavy


def test_the_wheel_has_prompts_examples_and_the_typing_marker(tmp_path: Path):
    pytest.importorskip("setuptools", minversion="77")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert built.returncode == 0, built.stderr[-2000:]
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "multivis/py.typed" in names
    for prompt in (ROOT / "prompts").glob("*.md"):
        assert f"multivis/prompts/{prompt.name}" in names
    for top, inside in (("src/multivis", "multivis"), ("graphs", "multivis/graphs")):
        for file in (ROOT / top).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"{inside}/{file.relative_to(ROOT / top)}" in names, file
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


BUILD = """
import pathlib, shutil, sys, tempfile, warnings
warnings.simplefilter("ignore")
from setuptools import build_meta
out = pathlib.Path(sys.argv[1])
copy = pathlib.Path(tempfile.mkdtemp())
skip = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
for name in ("src", "graphs", "prompts"):
    shutil.copytree(name, copy / name, ignore=skip)
for name in ("pyproject.toml", "README.md", "LICENSE"):
    shutil.copy(name, copy / name)
import os
os.chdir(copy)
build_meta.build_wheel(str(out))
shutil.rmtree(copy)
"""
