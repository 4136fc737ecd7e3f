"""Generated modules: how long one takes to make, to run again, to be shown; memory of 10,000.

python benchmarks/volume_modules.py [--modules 10000]
"""

from __future__ import annotations

import argparse
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
        f"find among {count:,} modules: median {1e3 * statistics.median(times):.1f} ms, "
        f"95 % within {1e3 * times[int(0.95 * len(times))]:.1f} ms"
    )


def measure_runs() -> None:
    """A question that needs a module: written, run on new data, shown again."""
    question = "Show the largest connected part of the isosurface at 400"
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        with MultiVis("phantom:head?size=64", cache_dir=cache) as agent:
            agent.ask("isosurface at 100")  # imports and the first window
            written = timed(lambda: agent.ask(question))
            other = timed(lambda: agent.ask(question.replace("400", "500")))
            shown = statistics.median(timed(lambda: agent.ask(question)) for _ in range(5))
            asked = iter(("isosurface at 310", "isosurface at 320", "isosurface at 330"))
            ready = statistics.median(timed(lambda: agent.ask(next(asked))) for _ in range(3))
            data = agent.dependencies().source
            runner = agent.dependencies().modules
            assert runner is not None
            drawing = agent.ask(question).state.chart
            assert drawing is not None
            from multivis.volumes.data import volume_of
            from multivis.volumes.drawing import Drawing

            volume = volume_of(data)
            assert volume is not None
            stored = Drawing.model_validate_json(drawing.code)
            answer = statistics.median(
                timed(lambda: runner.answer(stored, volume)) for _ in range(20)
            )
    print(f"written, validated, kept, delivered      {written:6.2f} s")
    print(f"stored module, other parameters          {other:6.2f} s")
    print(f"stored picture, same data and parameters {shown:6.2f} s")
    print(f"its answer in the memory alone           {1e3 * answer:6.1f} ms")
    print(f"ready tool                               {ready:6.2f} s")
    print(f"written : shown = {written / shown:.0f} : 1")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--modules", type=int, default=10_000, help="0: leave this out")
    arguments = parser.parse_args()
    measure_runs()
    if arguments.modules:
        measure_memory(arguments.modules)


if __name__ == "__main__":
    main()
