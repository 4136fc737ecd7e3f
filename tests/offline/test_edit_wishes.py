"""What people wish of a chart that multivis itself wrote, for each backend, through `refine`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis
from multivis.agent import Result

BACKENDS = ("altair", "plotly", "matplotlib")
QUESTIONS = {
    "bar": "total amount by region as a bar chart",
    "split": "total amount by product and region as a stacked bar chart",
    "points": "scatter plot of quantity against amount colored by product",
    "pie": "pie chart of total amount by product",
    "counts": "histogram of amount",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE sales (sale_id INTEGER PRIMARY KEY, region TEXT, product TEXT, "
        "month INTEGER, amount REAL, quantity INTEGER)"
    )
    rows = [
        (n, ["North", "South", "East", "West"][n % 4], ["Lamp", "Desk", "Pen"][n % 3],
         n % 12 + 1, 20.0 + (n * 37) % 90 + n % 4 * 30, n % 9 + 1)
        for n in range(60)
    ]  # fmt: skip
    connection.executemany("INSERT INTO sales VALUES (?,?,?,?,?,?)", rows)
    connection.commit()
    connection.close()
    return path


@pytest.fixture(scope="module")
def agents(shop: Path) -> Iterator[dict[str, MultiVis]]:
    made = {backend: MultiVis(str(shop), backend=backend) for backend in BACKENDS}
    yield made
    for agent in made.values():
        agent.close()


@pytest.fixture(scope="module")
def chart_of(agents: dict[str, MultiVis]) -> Callable[[str, str], Result]:
    known: dict[tuple[str, str], Result] = {}

    def ask(backend: str, kind: str) -> Result:
        if (backend, kind) not in known:
            known[backend, kind] = agents[backend].ask(QUESTIONS[kind])
        return known[backend, kind]

    return ask


def told(result: Result) -> str:
    """Specification, figure or description as text, without Plotly's template."""
    spec = dict(result.spec or {})
    if isinstance(spec.get("layout"), dict):
        spec["layout"] = {k: v for k, v in spec["layout"].items() if k != "template"}
    return json.dumps(spec, default=str)


#: Kind of chart, wish, and what the drawn chart says afterwards: Altair, Plotly, Matplotlib.
WISHES: list[tuple[str, str, str | None, str | None, str | None]] = [
    ("bar", "make the bars red and the title 'Sales'", '"color": "red"', '"color": "red"',
     "#ff0000"),
    ("bar", "make the bars red and the title 'Sales'", "Sales", '"Sales"', "Sales"),
    ("bar", "Make North red and South green", '["North", "South", "East", "West"]',
     '"color": "green"', "#ff0000"),
    ("split", "Make North red and South green", '"range": ["red", "green"', '"color": "red"',
     "#ff0000"),
    ("bar", "use shades of blue", "blues", "colorscale", None),
    ("bar", "turn it into a line chart", '"type": "line"', '"mode": "lines"', "line"),
    ("bar", "make it a scatter plot", '"type": "point"', '"mode": "markers"', "point"),
    ("bar", "change it to a pie chart", '"type": "arc"', '"type": "pie"', None),
    ("bar", "Label the x-axis 'Area' and the y-axis 'Money'", "Money", "Money", "Money"),
    ("bar", "sort from highest to lowest", '"sort": "-y"', "total descending", None),
    ("bar", "make the chart 800 by 500", '"width": 800', '"width": 800', None),
    ("bar", "make the bars semi-transparent", '"opacity": 0.5', '"opacity": 0.5', None),
    ("bar", "show the values on the bars", '"type": "text"', "texttemplate", None),
    ("bar", "use a log scale", '"type": "log"', '"type": "log"', "log"),
    ("bar", "make the bars horizontal", None, '"orientation": "h"', None),
    ("bar", "add grid lines", '"grid": true', '"showgrid": true', None),
    ("bar", "add an average line", '"mean"', '"line": {"color": "red", "dash": "dash"}', None),
    ("bar", "add a line at 100", '"datum": 100', '"y0": 100', None),
    ("bar", "only show the top 2 regions", None, None, None),
    ("bar", "exclude North", "indexof", None, None),
    ("split", "hide the legend", '"legend": null', '"showlegend": false', None),
    ("split", "put the legend at the bottom", '"orient": "bottom"', '"orientation": "h"', None),
    ("split", "group the bars side by side", "xOffset", '"barmode": "group"', None),
    ("split", "show as 100% stacked", "normalize", "percent", None),
    ("split", "sort from highest to lowest", '"sort": "-y"', "total descending", None),
    ("split", "use the set2 palette", "set2", "rgb(102,194,165)", "#66c2a5"),
    ("points", "make the points bigger", '"size"', '"size": 12', None),
    ("points", "swap the axes", None, None, None),
    ("points", "add the region to the tooltip", "region", "region=", None),
    ("pie", "turn it into a donut chart", '"innerRadius": 50', '"hole": 0.5', None),
    ("pie", "turn it into a bar chart", '"type": "bar"', '"type": "bar"', "bar"),
    ("counts", "add a mean line", '"mean"', '"line": {"color": "red", "dash": "dash"}', None),
    ("counts", "make the bars green", '"color": "green"', '"color": "green"', "#008000"),
]  # fmt: skip

#: What the Matplotlib script says afterwards, where its description says nothing of it.
SCRIPT_SAYS = {
    "use shades of blue": "get_cmap('Blues')",
    "change it to a pie chart": "ax.pie(",
    "sort from highest to lowest": "ascending=False",
    "make the chart 800 by 500": "figsize=(8, 5)",
    "make the bars semi-transparent": "alpha=0.5",
    "show the values on the bars": "bar_label(container",
    "make the bars horizontal": "barh(",
    "add grid lines": "ax.grid(True",
    "add an average line": "ax.axhline(df['total_amount'].mean()",
    "add a line at 100": "ax.axhline(100",
    "only show the top 2 regions": "LIMIT 2",
    "exclude North": "['North']",
    "hide the legend": "get_legend().remove()",
    "put the legend at the bottom": "loc='upper center'",
    "group the bars side by side": "stacked=False",
    "show as 100% stacked": "wide.div(",
    "make the points bigger": "s=90",
    "swap the axes": 'ax.scatter(rows["quantity"], rows["amount"]',
    "turn it into a donut chart": "wedgeprops={'width': 0.4}",
    "add a mean line": "ax.axvline(df['amount'].mean()",
}
#: A picture has no tooltips.
IMPOSSIBLE = {("matplotlib", "add the region to the tooltip")}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("kind", "wish", "altair", "plotly", "matplotlib"), WISHES)
def test_a_wish_is_fulfilled_in_what_is_drawn(
    agents: dict[str, MultiVis],
    chart_of: Callable[[str, str], Result],
    backend: str,
    kind: str,
    wish: str,
    altair: str | None,
    plotly: str | None,
    matplotlib: str | None,
) -> None:
    before = chart_of(backend, kind)
    after = agents[backend].refine(before, wish)
    missed = [note.text for note in after.notes if note.text.startswith("Not done")]
    if (backend, wish) in IMPOSSIBLE:
        assert missed
        return
    assert after.passed and missed == [] and after.usage.calls == 2
    expected = {"altair": altair, "plotly": plotly, "matplotlib": matplotlib}[backend]
    if expected is not None:
        assert expected in told(after)
        if expected not in {"Sales", "region", "line", "bar", "mean"}:
            assert expected not in told(before)
    elif backend == "matplotlib":
        assert SCRIPT_SAYS[wish] in (after.code or "")
        assert SCRIPT_SAYS[wish] not in (before.code or "")
    else:
        assert told(after) != told(before)


@pytest.mark.parametrize("backend", BACKENDS)
def test_lying_bars_stand_again_as_they_were(
    agents: dict[str, MultiVis], chart_of: Callable[[str, str], Result], backend: str
) -> None:
    before = chart_of(backend, "bar")
    lying = agents[backend].refine(before, "make the bars horizontal")
    standing = agents[backend].refine(lying, "make the bars vertical")
    assert lying.passed and standing.passed
    if backend == "matplotlib":
        assert "invert_yaxis" in (lying.code or "") and "invert_yaxis" not in (standing.code or "")
        return

    def axes(result: Result) -> Any:
        spec: dict[str, Any] = result.spec or {}
        return spec["encoding"] if backend == "altair" else spec["data"][0].get("x")

    assert axes(standing) == axes(before) != axes(lying)
