"""What a focused read costs beside the whole specification, on figures of 10³ to 10⁶ points.

Run: ``python benchmarks/views.py``. Costs are characters of JSON: what a model would read.
A read is focused on a zoom to 0.1 % of the x range, to 10 %, and on a selection.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a script, the folder of the benchmarks is not a package
    sys.path.insert(0, str(Path(__file__).parent))

from multivis.views import ViewSession, ViewStore

SIZES = (10**3, 10**4, 10**5, 10**6)


def figure(points: int) -> dict[str, Any]:
    """Four series of a noisy load curve, as Plotly writes them."""
    import numpy as np
    import plotly.graph_objects as go

    chance = np.random.default_rng(7)
    x = np.arange(points // 4, dtype=float)
    made = go.Figure(layout={"title": "Load", "template": "plotly"})
    for name in ("north", "south", "east", "west"):
        made.add_scatter(x=x, y=np.round(chance.normal(50, 20, len(x)), 3), name=name)
    spec: dict[str, Any] = json.loads(made.to_json())
    return spec


def length(value: Any) -> int:
    """Characters of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False))


def reads(views: ViewSession, points: int) -> dict[str, tuple[int, float]]:
    """Characters and seconds of each focused read."""
    plot = views.store.plot_ids(views.name)[-1]
    middle, size = points // 8, points // 4
    found: dict[str, tuple[int, float]] = {}
    for name, part in (("zoom 0.1 %", 0.001), ("zoom 10 %", 0.1)):
        width = max(2.0, size * part)
        views.relayout(plot, x_min=middle, x_max=middle + width)
        found[name] = timed(lambda: views.get_plot_json(plot, focus=True))
    views.selected(plot, x_min=middle, x_max=middle + 3, y_min=0, limit=5)
    found["selection"] = timed(lambda: views.get_plot_json(plot, focus=True))
    found["extremes"] = timed(lambda: views.call("extremes", {"plot_id": plot}))
    return found


def timed(work: Any) -> tuple[int, float]:
    """Characters of an answer, and the seconds that it took."""
    started = time.perf_counter()
    answer = work()
    return length(answer), time.perf_counter() - started


def main() -> None:
    """Print the table; fail when a focused read costs more than 2 %."""
    worst = 0.0
    print(f"{'points':>9} {'whole':>12}  " + "focused read: characters (share of the whole, time)")
    for points in SIZES:
        spec = figure(points)
        whole = length(spec)
        with ViewStore() as store:
            views = store.session("benchmark")
            views.add_figure(spec)
            cells = []
            for name, (size, seconds) in reads(views, points).items():
                share = size / whole
                worst = max(worst, share if name != "extremes" else 0.0)
                cells.append(f"{name} {size:,} ({100 * share:.2f} %, {seconds * 1000:.0f} ms)")
        print(f"{points:>9,} {whole:>12,}  " + "; ".join(cells))
    print(f"largest share of a focused read: {100 * worst:.2f} % (target 2 %)")
    if worst > 0.02:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
