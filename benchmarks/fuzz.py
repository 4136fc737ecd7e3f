"""A long fuzzing of every door that inputs come through.

    python benchmarks/fuzz.py --seed 1 --seconds 600 --corpus fuzzing [--target schemas …]

Each target runs in a process of its own, so that a death of it is seen, too; its inputs are
counted, its endings listed, and every defect is shrunk to a small input that shows it. Exit
status 0 only if none was found. The corpus keeps inputs that failed, and they are tried first.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import multiprocessing
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_HANGING = 90.0
_SHRINKS = 60.0


class Found(Exception):
    """A defect, for Hypothesis to shrink."""


class HangError(Exception):
    """An input that took too long."""


def main() -> int:
    """Run the targets one after the other; print what was found."""
    options = _options()
    sys.path.insert(0, str(_ROOT))
    names = list(importlib.import_module("tests.fuzz.targets").TARGETS)
    chosen = options.target or names
    options.corpus.mkdir(parents=True, exist_ok=True)
    reports = []
    for name in chosen:
        if name not in names:
            print(f"There is no target {name!r}; there are {', '.join(names)}.")
            return 2
        report = _in_process(name, options)
        reports.append(report)
        print(f"{name}: {report['inputs']:,} inputs in {report['seconds']:.0f} s, "
              f"{len(report['defects'])} defects", flush=True)  # fmt: skip
        for ending, count in Counter(report["endings"]).most_common(12):
            print(f"    {count:6,}  {ending}")
        for place, told in report["defects"].items():
            print(f"  DEFECT {place}\n    input: {told['input']}\n{told['trace']}", flush=True)
    _write_report(options.corpus / f"report-{options.seed}.json", reports)
    print(f"{sum(report['inputs'] for report in reports):,} inputs in all")
    return 1 if any(report["defects"] for report in reports) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--corpus", type=Path, default=Path("fuzzing"))
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    parser.add_argument("--deep", action="store_true", help="draw and run what is exported, too")
    return parser.parse_args()


def _write_report(path: Path, reports: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps(reports, indent=1, default=repr), encoding="utf-8")


def _in_process(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One target in a process of its own; a death of it is a defect."""
    report_file = options.corpus / f"{name}.json"
    last = options.corpus / f"{name}.last.txt"
    report_file.unlink(missing_ok=True)
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=_campaign,
        args=(name, options.seed, options.seconds, options.corpus, options.deep),
    )
    started = time.monotonic()
    process.start()
    process.join(options.seconds + 20 * _SHRINKS)
    if process.is_alive():
        process.kill()
        process.join()
    made: dict[str, Any] = {"name": name, "inputs": 0, "endings": {}, "defects": {}}
    if report_file.exists():
        made = json.loads(report_file.read_text(encoding="utf-8"))
    if process.exitcode != 0:
        made["defects"][f"the process ended with {process.exitcode}"] = {
            "input": last.read_text(encoding="utf-8") if last.exists() else "?",
            "trace": "",
        }
    return {**made, "seconds": time.monotonic() - started}


def _campaign(name: str, seed: int, seconds: float, corpus: Path, deep: bool) -> None:
    """Fuzz one target for some time (in the process of its own)."""
    sys.path.insert(0, str(_ROOT))
    warnings.simplefilter("error")
    targets = importlib.import_module("tests.fuzz.targets")
    import os

    with tempfile.TemporaryDirectory(prefix="multivis-fuzz-") as folder:
        os.environ["MULTIVIS_CACHE_DIR"] = str(Path(folder) / "cache")
        world = targets.World(Path(folder), deep=deep)
        try:
            _Campaign(targets, name, seed, corpus, world).run(seconds)
        finally:
            world.close()


class _Campaign:
    """Chunks of inputs until the time is over; a known defect is counted and passed over."""

    def __init__(self, targets: Any, name: str, seed: int, corpus: Path, world: Any) -> None:
        self.targets = targets
        self.target = targets.TARGETS[name]
        self.seed = seed
        self.corpus = corpus
        self.world = world
        self.inputs = 0
        self.endings: Counter[str] = Counter()
        self.defects: dict[str, dict[str, Any]] = {}
        self.now: str | None = None
        self.smallest = ""
        self.trace = ""
        self.slowest = 0.0
        self.shrink_until = 0.0

    def run(self, seconds: float) -> None:
        """Fuzz for some seconds."""
        until = time.monotonic() + seconds
        chunk = 0
        while time.monotonic() < until:
            self._forget()
            try:
                self._chunk(self.seed * 100_003 + chunk, until)
            except Exception:  # what Hypothesis makes of `Found`, a group or "flaky" among it
                if self.now is None:
                    raise
            if self.now is not None:
                self.defects[self.now] = {"input": self.smallest, "trace": self.trace}
            self._write()
            chunk += 1

    def _forget(self) -> None:
        """No defect is being shrunk."""
        self.now = None

    def _write(self) -> None:
        path = self.corpus / f"{self.target.name}.json"
        told = {
            "name": self.target.name,
            "inputs": self.inputs,
            "endings": dict(self.endings),
            "defects": self.defects,
            "slowest": self.slowest,
        }
        path.write_text(json.dumps(told, default=repr), encoding="utf-8")

    def _chunk(self, seed: int, until: float) -> None:
        import hypothesis
        from hypothesis.database import DirectoryBasedExampleDatabase

        settings = hypothesis.settings(
            max_examples=400,
            deadline=None,
            database=DirectoryBasedExampleDatabase(self.corpus / "examples"),
            suppress_health_check=list(hypothesis.HealthCheck),
            report_multiple_bugs=False,
            phases=(hypothesis.Phase.reuse, hypothesis.Phase.generate, hypothesis.Phase.shrink),
        )

        @hypothesis.seed(seed)
        @settings
        @hypothesis.given(self.target.inputs)
        def once(made: Any) -> None:
            if self.now is None and time.monotonic() > until:
                return
            self._once(made)

        with contextlib.redirect_stdout(sys.stderr):
            once()

    def _once(self, made: Any) -> None:
        if self.now is not None and time.monotonic() > self.shrink_until:
            return
        self.inputs += 1
        shown = repr(made)[:20_000]
        (self.corpus / f"{self.target.name}.last.txt").write_bytes(
            shown.encode("utf-8", "backslashreplace")
        )
        started = time.monotonic()
        try:
            with _alarm(_HANGING):
                ended = self.targets.run_target(self.target, made, self.world)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            place = self.targets.place_of(error)
            if isinstance(error, self.targets.WrongError):
                place = "WrongError: " + str(error).partition("\n")[0][:60]
            self.endings[f"DEFECT {place}"] += 1
            if place in self.defects or self.now not in (None, place):
                return
            if self.now is None:
                self.shrink_until = time.monotonic() + _SHRINKS
            if self.now is None or len(shown) <= len(self.smallest):
                self.smallest = shown
                self.trace = self.targets.short_trace(error)
            self.now = place
            raise Found(place) from None
        self.slowest = max(self.slowest, time.monotonic() - started)
        self.endings[ended[:80]] += 1


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise where the program is when it takes too long."""

    def ring(*_: Any) -> None:
        raise HangError(f"over {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    sys.exit(main())
