"""Every snippet of the README and the guides runs, and every link leads somewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _helper():
    """The shared helpers of this folder (tests are not packages)."""
    spec = importlib.util.spec_from_file_location(
        "_guides", Path(__file__).with_name("conftest.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_guides"] = module
    spec.loader.exec_module(module)
    return module


snippets = _helper().snippets
GUIDES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_PYTHON = [f for f in GUIDES if any(s.language == "python" for s in snippets(f))]
WITH_SHELL = [
    f
    for f in GUIDES
    if any(s.language == "sh" and re.search("^multivis", s.code, re.M) for s in snippets(f))
]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", WITH_PYTHON, ids=name)
def test_the_python_of_a_guide_runs(file: Path, guide_folder: Path):
    # One namespace a file, as if typed in from top to bottom.
    namespace: dict = {"__name__": "__main__"}
    for snippet in snippets(file):
        if snippet.language == "python":
            padded = "\n" * (snippet.line - 1) + snippet.code  # errors show the guide's own line
            exec(compile(padded, str(file), "exec"), namespace)
    assert set(guide_folder.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("file", WITH_SHELL, ids=name)
def test_the_commands_of_a_guide_run(file: Path, guide_folder: Path):
    commands = [
        command
        for snippet in snippets(file)
        if snippet.language == "sh"
        for command in re.sub(r"\\\n\s*", "", snippet.code).splitlines()
        if command.startswith("multivis ")
    ]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for command in commands:
        ran = subprocess.run(
            ["bash", "-c", f"set -eo pipefail; {command}"],
            cwd=guide_folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stderr}"


@pytest.mark.parametrize("file", [*GUIDES, ROOT / "CONTRIBUTING.md"], ids=name)
def test_every_link_to_a_file_leads_somewhere(file: Path):
    text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (file.parent / target).exists(), f"{name(file)} links to {target}"


def test_the_pictures_of_the_readme_are_there_and_small():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(pictures) >= 3
    for picture in pictures:
        assert 3_000 < (ROOT / picture).stat().st_size < 150_000, picture


def between(file: Path, tag: str) -> str:
    """The generated part of a guide."""
    match = re.search(f"<!-- {tag} -->\n(.*?)<!-- end -->", file.read_text("utf-8"), flags=re.S)
    assert match is not None, f"{file} has no part {tag!r}"
    return match[1].strip()


def _generated():
    spec = importlib.util.spec_from_file_location("_parts", ROOT / "docs" / "make_parts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("file", "tag"),
    [
        ("README.md", "multivis graph"),
        ("docs/rules.md", "rules"),
        ("docs/checks.md", "checks"),
        ("docs/settings.md", "choices"),
        ("docs/settings.md", "limits"),
    ],
)
def test_what_a_guide_lists_is_what_the_code_has(file: str, tag: str):
    made = _generated().PARTS[tag]()
    assert between(ROOT / file, tag) == made.strip(), "run: .venv/bin/python docs/make_parts.py"
