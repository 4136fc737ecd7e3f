"""Generated modules: how long one takes to make, to run again, to be shown; memory of 10,000.

python benchmarks/volume_modules.py [--modules 10000]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from multivis import MultiVis
from multivis.memory.modules import Module, ModuleMemory, Signature, Variable

WORDS_TEXT = """
smooth gradient magnitude connected largest decimate curvature median gaussian skull skin nose
brain difference pressure velocity projection maximum minimum warp elevation distance probe
resample sphere cylinder normals mirrored vorticity divergence temperature density
"""
WORDS = WORDS_TEXT.split()


def timed(function: Callable[[], object]) -> float:
    """Wall time of a call in seconds."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def measure_memory(count: int) -> None:
    """Finding a module among many; half of them share each word with hundreds of others."""
    chosen = random.Random(1)
    variables = tuple(Variable(f"v{index}") for index in range(5))
    with tempfile.TemporaryDirectory() as folder, ModuleMemory(Path(folder) / "m.db") as memory:
        for number in range(count):
            task = " ".join(chosen.sample(WORDS, 4))
            kind = chosen.choice(["image", "unstructured"])
            code = f'PARAMETERS = {{"a": {number}.0}}\nstage = {number}\n'
            memory.keep(Module(task, Signature(kind, 3, (chosen.choice(variables),)), code))
        data = Signature("image", 3, variables)
        times = []
        for _ in range(200):
            task = "show the " + " ".join(chosen.sample(WORDS, 4))
            times.append(timed(lambda task=task: memory.find(task, data)))  # type: ignore[misc]
    times.sort()
    print(
        f"find among {count:,} modules: median {1e3 * statistics.median(times):.1f} ms, 95 % "
        f"within {1e3 * times[int(0.95 * len(times))]:.1f} ms, worst {1e3 * times[-1]:.1f} ms"
    )


QUESTIONS = (
    "Show the largest connected part of the isosurface at 400",
    "Show the isosurface at 400 after a Gaussian filter",
    "Show the isosurface at 400 coloured by curvature",
)


def measure_runs(size: int) -> None:
    """Questions that need a module: written; run with new parameters and on new data; shown.

    All in one process, all from the question to the delivered, checked picture. A module that is
    written or run draws; where data and parameters are those it has drawn before, its picture and
    what was read back are taken from the memory and checked again, and nothing is drawn.
    """
    rows: dict[str, list[float]] = {}

    def note(name: str, question: str, *data: str) -> None:
        rows.setdefault(name, []).append(timed(lambda: agent.ask(question, *data)))

    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        other = f"phantom:head?size={size}&seed=3"
        with MultiVis(f"phantom:head?size={size}", cache_dir=cache) as agent:
            agent.ask("isosurface at 100")  # imports and the first window
            agent.ask("isosurface at 100", other)
            note("written, the first one: the sandbox starts", QUESTIONS[0])
            runner = agent.dependencies().modules
            assert runner is not None
            runner.memory.forget(next(iter(runner.memory)))
            for question in QUESTIONS:
                note("written, the sandbox is warm", question)
                note("stored, other parameters: run", question.replace("400", "500"))
                note("stored, other data: run", question, other)
                for _ in range(5):
                    note("stored, same data and parameters: shown", question)
            for value in (310, 320, 330):
                note("ready tool", f"isosurface at {value}")
    medians = {name: statistics.median(found) for name, found in rows.items()}
    shown = medians["stored, same data and parameters: shown"]
    for name, median in medians.items():
        print(f"{name:<44} {1e3 * median:7.0f} ms   {median / shown:6.1f} × as long as shown")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--modules", type=int, default=10_000, help="0: leave this out")
    parser.add_argument("--size", type=int, default=192, help="samples a side of the head")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    measure_runs(arguments.size)
    if arguments.modules:
        measure_memory(arguments.modules)


if __name__ == "__main__":
    main()
