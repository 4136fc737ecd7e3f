"""All gold and reference code of the benchmark's development part runs in the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from multivis.protocols import Run
from multivis.sandbox import ForkedSandbox, powers

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not powers()["strict"], reason=f"no strict sandbox: {powers()['problem']}"),
]

Script = tuple[str, dict[str, Path]]


def gold(shared_data: Path, part: str) -> dict[str, Script]:
    """Code and database of every case of one scenario."""
    folder = shared_data / "multivis_bench"
    scripts: dict[str, Script] = {}
    for case in json.loads((folder / f"{part}.json").read_text()):
        name = f"{case['db_id']}.sqlite"
        inputs = {f"database/{name}": shared_data / "databases" / name}
        scripts[case["id"]] = (case["code"], inputs)
        if "original_code_path" in case:
            original = (folder / case["original_code_path"]).read_text()
            scripts[f"{case['id']} original"] = (original, inputs)
    return scripts


def references(shared_data: Path, library: str) -> dict[str, Script]:
    """Every reference script of a library that has any code in it."""
    folder = shared_data / "multivis_bench" / "code" / library
    scripts = {path.stem: path.read_text() for path in sorted(folder.glob("*.py"))}
    return {name: (code, {}) for name, code in scripts.items() if code.strip()}


def runs_plainly(code: str, inputs: Mapping[str, Path], folder: Path) -> bool:
    """Whether plain Python runs the code to its end."""
    for name, path in inputs.items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"MPLBACKEND": "Agg", "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode == 0


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ForkedSandbox]:
    with ForkedSandbox() as made:
        yield made


def run_all(sandbox: ForkedSandbox, scripts: Mapping[str, Script]) -> dict[str, Run]:
    with ThreadPoolExecutor(2) as threads:
        runs = threads.map(lambda script: sandbox.run(*script), scripts.values())
        return dict(zip(scripts, runs, strict=True))


@pytest.mark.parametrize("part", ["A", "B", "C", "D", "altair", "matplotlib"])
def test_code_that_runs_plainly_gives_a_chart(
    sandbox: ForkedSandbox, shared_data: Path, tmp_path: Path, part: str
) -> None:
    of_cases = part in "ABCD"
    scripts = gold(shared_data, part) if of_cases else references(shared_data, part)
    runs = run_all(sandbox, scripts)
    wanted = "matplotlib" if part == "matplotlib" else "altair"
    failed = {name for name, run in runs.items() if run.library != wanted}
    assert len(failed) <= 0.2 * len(scripts)
    wrong = {
        name: runs[name].error for name in failed if runs_plainly(*scripts[name], folder=tmp_path)
    }
    assert wrong == {}
