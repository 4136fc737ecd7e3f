"""How well pictures of charts are read: every kind in three looks, on random data.

Run: ``python benchmarks/reader.py --seed 1 --count 4 [--kind bar] [--look altair] [--jpeg]``.
Prints a table: S_Type and S_Data of each cell, the share of series with the right name, and CPU
seconds a figure. Plotly's look needs Chrome and is left out without it.

S_Type and S_Data are those of iPlotBench (Eq. 1, λ = 5), but each axis is measured by its own
range, so that long dates or small counts do not hide errors.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import math
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

if __name__ == "__main__":  # run as a script, the folder of the benchmarks is not a package
    sys.path.insert(0, str(Path(__file__).parent))

from reader_charts import KINDS, LOOKS, Chart, draw, make_chart

from multivis.bench.iplotbench.similarity import match_traces
from multivis.bench.iplotbench.traces import Trace
from multivis.errors import RenderError
from multivis.reader import ChartReading, read_chart

_PENALTY = 5.0
Points = list[tuple[Any, Any]]


@dataclass(frozen=True)
class Score:
    """How one picture was read: S_Type, S_Data, share of series names, CPU seconds."""

    type: float
    data: float
    names: float
    seconds: float


def main() -> None:
    """Measure and print."""
    options = _options()
    cells: dict[tuple[str, str], list[Score]] = {}
    for kind in options.kind or KINDS:
        for look in options.look or LOOKS:
            for number in range(options.count):
                seed = 1000 * options.seed + number
                picture = _picture(kind, look, seed, options)
                if picture is None:
                    continue
                score, reading = measure(make_chart(kind, seed), picture, look)
                cells.setdefault((kind, look), []).append(score)
                if score.data < options.show or score.type < options.show:
                    print(f"  {kind}, {look}, {seed}: S_Type {score.type:.2f} S_Data "
                          f"{score.data:.3f} names {score.names:.2f}; read as {reading.kind} "
                          f"{reading.reason} {reading.notes}")  # fmt: skip
    _print_table(cells)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Read random charts and score what was read.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=4, help="charts for each kind and look")
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--look", action="append", choices=LOOKS)
    parser.add_argument("--jpeg", action="store_true", help="as JPEG of quality 75")
    parser.add_argument("--width", type=int, help="draw again at this width in pixels")
    parser.add_argument("--show", type=float, default=0.0, help="list figures below this S_Data")
    parser.add_argument("--keep", type=Path, help="folder that keeps pictures between runs")
    return parser.parse_args()


def _picture(kind: str, look: str, seed: int, options: argparse.Namespace) -> bytes | None:
    """The picture, drawn or kept; None when the look cannot be drawn here."""
    chart = make_chart(kind, seed)
    if options.width:
        # Small pictures hold less: the library's own layout is kept, the resolution is changed.
        base = (chart.size or (640, 480))[0]
        chart.scale = options.width / (base * (0.7 if look == "altair" else 1.0))
    mark = hashlib.sha256(repr((chart, look)).encode()).hexdigest()[:8]
    name = f"{kind}-{look}-{seed}-{mark}.png".replace(" ", "-")
    kept = options.keep / name if options.keep else None
    if kept is not None and kept.is_file():
        picture = kept.read_bytes()
    else:
        try:
            picture = draw(chart, look)
        except RenderError:
            return None
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(picture)
    return _as_jpeg(picture) if options.jpeg else picture


def _as_jpeg(picture: bytes) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(file, "JPEG", quality=75)
    return file.getvalue()


def measure(chart: Chart, picture: bytes, look: str) -> tuple[Score, ChartReading]:
    """Read one picture and compare with what it shows."""
    started = time.process_time()
    reading = read_chart(picture)
    seconds = time.process_time() - started
    theirs, mine = truth_traces(chart, look), reading_traces(reading)
    if any("no year" in note for note in reading.notes):
        # Such an axis tells days apart, no more.
        theirs, mine = _from_start(theirs), _from_start(mine)
    unit = [_ranges([point[axis] for _, points in theirs for point in points]) for axis in (0, 1)]
    a = [_trace(chart.kind, points, unit, i) for i, (_, points) in enumerate(theirs)]
    b = [_trace(reading.kind or "", points, unit, i) for i, (_, points) in enumerate(mine)]
    most = max(len(a), len(b), 1)
    pairs = match_traces(a, b)
    kinds = sum(first.kind == second.kind for first, second in pairs) / most
    data = sum(math.exp(-_PENALTY * _distance(first, second)) for first, second in pairs) / most
    names = [theirs[first.position][0] == mine[second.position][0] for first, second in pairs]
    return Score(kinds, data, sum(names) / most, seconds), reading


def _distance(first: Trace, second: Trace) -> float:
    """The mean distance to the nearest point both ways; both axes in shares of their range."""
    import numpy as np

    if not first.points or not second.points:
        return math.inf
    apart = np.zeros((len(first.points), len(second.points)))
    for axis in (0, 1):
        for i, one in enumerate(first.points):
            for j, two in enumerate(second.points):
                a, b = one[axis], two[axis]
                if isinstance(a, str) or isinstance(b, str):
                    apart[i, j] += 0.5 * (a != b)
                else:
                    apart[i, j] += 0.5 * min(1.0, abs(a - b))
    return float(apart.min(axis=0).mean() + apart.min(axis=1).mean()) / 2


def _ranges(values: list[Any]) -> tuple[float, float]:
    numbers = [value for value in values if not isinstance(value, str)]
    if not numbers:
        return 0.0, 1.0
    return min(numbers), (max(numbers) - min(numbers)) or abs(max(numbers)) or 1.0


def _trace(kind: str, points: Points, unit: list[tuple[float, float]], position: int) -> Trace:
    scaled = tuple(
        tuple(value.strip().casefold() if isinstance(value, str) else (value - low) / size
              for value, (low, size) in zip(point, unit, strict=True))
        for point in points
    )  # fmt: skip
    return Trace(kind, scaled, position, {})  # type: ignore[arg-type]


def truth_traces(chart: Chart, look: str) -> list[tuple[str, Points]]:
    """Name and points of every series as they are drawn."""
    import numpy as np

    kind, rows = chart.kind, chart.series
    if kind == "scatter":
        return [(name, list(points)) for name, points in rows.items()]
    if kind == "histogram":
        counts, edges = np.histogram(rows[""], bins=chart.edges)
        return [("", [((low + high) / 2, float(count))
                 for low, high, count in zip(edges, edges[1:], counts, strict=False)
                 if count])]  # fmt: skip
    if kind == "box":
        return [("", [(f"{name}|{key}", value) for name, values in rows.items()
                 for key, value in _five_numbers(values, look).items()])]  # fmt: skip
    if kind == "heat map":
        return [("", [(f"{x}|{name}", value) for name, values in rows.items()
                 for x, value in zip(chart.x, values, strict=True)])]  # fmt: skip
    if kind in ("pie", "donut"):
        total = sum(rows[""])
        return [("", [(x, value / total) for x, value in zip(chart.x, rows[""], strict=True)])]
    xs = [datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() for day in chart.x
          ] if chart.dates else chart.x  # fmt: skip
    places = [x if isinstance(x, str) else float(x) for x in xs]
    return [(name, list(zip(places, values, strict=True))) for name, values in rows.items()]


def _from_start(traces: list[tuple[str, Points]]) -> list[tuple[str, Points]]:
    """The same traces with x counted from the first."""
    first = min((x for _, points in traces for x, _ in points), default=0)
    return [(name, [(x - first, y) for x, y in points]) for name, points in traces]


def _five_numbers(values: list[float], look: str) -> dict[str, float]:
    """Quartiles by the library's own rule; whiskers at the last value within 1.5 ranges."""
    import numpy as np

    method = "hazen" if look == "plotly" else "linear"
    q1, median, q3 = (float(np.percentile(values, p, method=method)) for p in (25, 50, 75))  # type: ignore[call-overload]
    reach = 1.5 * (q3 - q1)
    low = min(value for value in values if value >= q1 - reach)
    high = max(value for value in values if value <= q3 + reach)
    return {"low": low, "q1": q1, "median": median, "q3": q3, "high": high}


def reading_traces(reading: ChartReading) -> list[tuple[str, Points]]:
    """The same of a reading."""
    found = []
    for series in reading.series:
        if reading.kind == "box":
            points: Points = [
                (f"{x}|{key}", series.extra[key][i])
                for i, x in enumerate(series.x)
                for key in ("low", "q1", "median", "q3", "high")
            ]
        elif reading.kind == "heat map":
            points = [(f"{x}|{y}", z) for x, y, z in zip(
                series.x, series.y, series.extra["z"], strict=True)]  # fmt: skip
        elif reading.kind in ("pie", "donut"):
            points = [(x, angle / math.tau) for x, angle in zip(series.x, series.y, strict=True)]
        else:
            points = list(zip(series.x, series.y, strict=True))
        found.append((series.name, points))
    return found


def _print_table(cells: dict[tuple[str, str], list[Score]]) -> None:
    print("S_Type / S_Data / names / CPU seconds")
    print(f"{'':18}" + "".join(f"{look:>28}" for look in LOOKS))
    for kind in KINDS:
        row = [cells.get((kind, look), []) for look in LOOKS]
        if any(row):
            print(f"{kind:18}" + "".join(f"{_cell(scores):>28}" for scores in row))
    for look in LOOKS:
        scores = [score for (_, own), found in cells.items() if own == look for score in found]
        if scores:
            print(f"all, {look}: {_cell(scores)} ({len(scores)} figures)")


def _cell(scores: list[Score]) -> str:
    if not scores:
        return "-"
    means = [fmean(getattr(score, part) for score in scores)
             for part in ("type", "data", "names", "seconds")]  # fmt: skip
    return f"{means[0]:.2f} / {means[1]:.3f} / {means[2]:.2f} / {means[3]:.1f}"


if __name__ == "__main__":
    main()
