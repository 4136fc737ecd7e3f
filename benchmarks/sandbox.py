"""A job in the warm sandbox, against a cold interpreter that only imports the same libraries.

Target: under 60 ms for a warm Altair job, the specification included.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from timing import Row, measure, print_table

from multivis.sandbox import ForkedSandbox, SubprocessSandbox

ALTAIR = """
import altair as alt
import pandas as pd
df = pd.DataFrame({"region": ["north", "south", "west"] * 20, "sales": range(60)})
chart = alt.Chart(df).mark_bar().encode(x="region:N", y="sum(sales):Q").properties(title="Sales")
"""
PLOTLY = """
import plotly.graph_objects as go
figure = go.Figure(go.Bar(x=["north", "south", "west"], y=[1, 2, 3]))
figure.show()
"""
MATPLOTLIB = """
import matplotlib.pyplot as plt
plt.bar(["north", "south", "west"], [1, 2, 3])
plt.title("Sales")
plt.show()
"""
JOBS = 20


def _cold() -> None:
    """A cold interpreter that draws nothing."""
    subprocess.run([sys.executable, "-c", "import altair, pandas"], check=True)


def _start() -> None:
    """A new sandbox and its first job."""
    with ForkedSandbox() as sandbox:
        sandbox.run(ALTAIR)


def main() -> None:
    """Measure and print."""
    with ForkedSandbox() as warm, SubprocessSandbox() as plain:

        def job(code: str) -> Callable[[], None]:
            def work() -> None:
                run = warm.run(code)
                if not run.ok:
                    raise RuntimeError(str(run.error))

            work()
            return work

        def many() -> None:
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(lambda _: warm.run(ALTAIR), range(JOBS)))

        for code in (ALTAIR, PLOTLY, MATPLOTLIB) * 2:  # until everything is imported
            warm.run(code)
        rows = [
            Row("python -c 'import altair, pandas'", measure(_cold), "baseline"),
            Row("warm job, Altair", measure(job(ALTAIR), repeat=15), "target < 0.060 s"),
            Row("warm job, Plotly", measure(job(PLOTLY), repeat=15)),
            Row("warm job, Matplotlib (PNG)", measure(job(MATPLOTLIB), repeat=15)),
            Row("warm jobs, four threads, each", measure(many) / JOBS),
            Row("start and first job", measure(_start, repeat=3)),
            Row("plain subprocess, Altair", measure(lambda: plain.run(ALTAIR), repeat=3)),
        ]
    print_table("The sandbox", rows)


if __name__ == "__main__":
    main()
