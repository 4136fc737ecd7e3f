"""What the benchmarks share: repeated timing and a small table. Not a benchmark itself."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Row", "measure", "print_table"]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: What was measured.
        seconds: Median.
        note: Anything else, for example a size or a target.
    """

    name: str
    seconds: float
    note: str = ""


def measure(work: Callable[[], Any], *, repeat: int = 5) -> float:
    """Median seconds of `repeat` calls."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Print times and their ratio to the first row, the baseline of the same run."""
    print(title)
    width = max(len(row.name) for row in rows)
    for row in rows:
        ratio = row.seconds / rows[0].seconds
        print(f"  {row.name:<{width}}  {row.seconds:8.3f} s  {ratio:7.2f} x  {row.note}".rstrip())
