"""The checks that make sense for every library, on Plotly figures and Matplotlib descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pyarrow as pa
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from multivis.charts.checks import CheckInput, evaluate, get_check
from multivis.sandbox.matplotlib_figure import describe_figure

TOTALS = pd.DataFrame({"region": ["North", "South", "East"], "amount": [250.5, 155.5, 95.25]})
NAMES, AMOUNTS = TOTALS["region"].tolist(), TOTALS["amount"].tolist()
TITLED = 'Title it "Sales". Label the y-axis as "Amount (EUR)".'


def checked(
    spec: dict[str, Any], backend: str, rows: pd.DataFrame | None, question: str
) -> CheckInput:
    table = None if rows is None else pa.Table.from_pandas(rows, preserve_index=False)
    return CheckInput.of(spec, backend=backend, rows=table, question=question)


def plotly(
    *traces: Any, question: str = "", rows: pd.DataFrame | None = TOTALS, **layout: Any
) -> CheckInput:
    figure = json.loads(go.Figure(list(traces), layout).to_json())
    return checked(figure, "plotly", rows, question)


def pyplot(
    draw: Callable[[Any], Any], question: str = "", rows: pd.DataFrame | None = TOTALS
) -> CheckInput:
    figure = Figure()
    axes = figure.subplots()
    draw(axes)
    FigureCanvasAgg(figure).draw()
    description = json.loads(json.dumps(describe_figure(figure)))
    return checked(description, "matplotlib", rows, question)


def bar(names: Any = NAMES, amounts: Any = AMOUNTS, **options: Any) -> Any:
    return go.Bar(x=names, y=amounts, **options)


def titled(axes: Any) -> None:
    axes.bar(NAMES, AMOUNTS)
    axes.set(title="Sales", xlabel="Region", ylabel="Amount (EUR)")


def drawn(*values: float) -> Callable[[Any], Any]:
    return lambda axes: axes.bar(NAMES, values)


def limited(low: float) -> Callable[[Any], Any]:
    def draw(axes: Any) -> None:
        axes.bar(NAMES, AMOUNTS)
        axes.set_ylim(low, 300)

    return draw


def with_legend(axes: Any) -> None:
    axes.bar(NAMES, AMOUNTS, label="sales")
    axes.legend()


PLACES = [f"place {i}" for i in range(80)]
MANY = pd.DataFrame({"region": PLACES, "amount": range(80)})
FIRES_SILENT: list[tuple[str, Callable[[], CheckInput], Callable[[], CheckInput]]] = [
    ("draws-something", lambda: plotly(go.Bar()), lambda: plotly(bar())),
    (
        "drawn-equals-query",
        lambda: plotly(bar(amounts=[11.5, 22.25, 33.125])),
        lambda: plotly(bar()),
    ),
    (
        "title-asked-for",
        lambda: plotly(bar(), question=TITLED),
        lambda: plotly(bar(), question=TITLED, title={"text": "<b>Sales</b>"}),
    ),
    (
        "axis-titles-asked-for",
        lambda: plotly(bar(), question=TITLED),
        lambda: plotly(bar(), question=TITLED, yaxis={"title": {"text": "Amount (EUR)"}}),
    ),
    (
        "chart-type-asked-for",
        lambda: plotly(bar(), question="Draw a line chart of sales."),
        lambda: plotly(
            go.Scatter(x=NAMES, y=AMOUNTS, mode="lines"), question="Draw a line chart of sales."
        ),
    ),
    (
        "orientation-asked-for",
        lambda: plotly(bar(), question="Show a horizontal bar chart."),
        lambda: plotly(
            go.Bar(x=AMOUNTS, y=NAMES, orientation="h"), question="Show a horizontal bar chart."
        ),
    ),
    (
        "sort-asked-for",
        lambda: plotly(bar(), question="Show bars sorted in ascending order."),
        lambda: plotly(bar(), question="Show bars sorted in descending order."),
    ),
    (
        "limit-asked-for",
        lambda: plotly(bar(), question="Show the top 2 regions."),
        lambda: plotly(bar(NAMES[:2], AMOUNTS[:2]), question="Show the top 2 regions."),
    ),
    (
        "bars-start-at-zero",
        lambda: plotly(bar(), yaxis={"range": [90, 300]}),
        lambda: plotly(bar(), yaxis={"range": [0, 300]}),
    ),
    (
        "log-scale-domain",
        lambda: plotly(go.Scatter(x=NAMES, y=[0, -1, 5], mode="lines"), yaxis={"type": "log"}),
        lambda: plotly(go.Scatter(x=NAMES, y=[1, 10, 5], mode="lines"), yaxis={"type": "log"}),
    ),
    (
        "pie-is-readable",
        lambda: plotly(go.Pie(labels=PLACES, values=[1] * 80)),
        lambda: plotly(go.Pie(labels=NAMES, values=AMOUNTS)),
    ),
    (
        "legend-asked-for",
        lambda: plotly(go.Pie(labels=NAMES, values=AMOUNTS), question="Draw a pie, no legend."),
        lambda: plotly(
            go.Pie(labels=NAMES, values=AMOUNTS),
            question="Draw a pie, no legend.",
            showlegend=False,
        ),
    ),
    (
        "too-many-categories",
        lambda: plotly(bar(PLACES, list(range(80))), rows=MANY),
        lambda: plotly(bar()),
    ),
    (
        "colours-asked-for",
        lambda: plotly(bar(marker={"color": "green"}), question="Use red bars."),
        lambda: plotly(bar(marker={"color": "#cc1111"}), question="Use red bars."),
    ),
    ("draws-something", lambda: pyplot(lambda axes: None), lambda: pyplot(titled)),
    (
        "drawn-equals-query",
        lambda: pyplot(drawn(11.5, 22.25, 33.125)),
        lambda: pyplot(drawn(*AMOUNTS)),
    ),
    (
        "title-asked-for",
        lambda: pyplot(drawn(*AMOUNTS), TITLED),
        lambda: pyplot(titled, TITLED),
    ),
    (
        "axis-titles-asked-for",
        lambda: pyplot(drawn(*AMOUNTS), TITLED),
        lambda: pyplot(titled, TITLED),
    ),
    ("axis-has-title", lambda: pyplot(drawn(*AMOUNTS)), lambda: pyplot(titled)),
    (
        "chart-type-asked-for",
        lambda: pyplot(titled, "Draw a scatter plot."),
        lambda: pyplot(lambda axes: axes.scatter([1, 2, 3], AMOUNTS), "Draw a scatter plot."),
    ),
    (
        "orientation-asked-for",
        lambda: pyplot(drawn(*AMOUNTS), "Show a horizontal bar chart."),
        lambda: pyplot(lambda axes: axes.barh(NAMES, AMOUNTS), "Show a horizontal bar chart."),
    ),
    (
        "sort-asked-for",
        lambda: pyplot(drawn(*AMOUNTS), "Show bars sorted in ascending order."),
        lambda: pyplot(drawn(*AMOUNTS), "Show bars sorted in descending order."),
    ),
    (
        "limit-asked-for",
        lambda: pyplot(drawn(*AMOUNTS), "Show the top 2 regions."),
        lambda: pyplot(lambda axes: axes.bar(NAMES[:2], AMOUNTS[:2]), "Show the top 2 regions."),
    ),
    ("bars-start-at-zero", lambda: pyplot(limited(90)), lambda: pyplot(limited(0))),
    (
        "legend-asked-for",
        lambda: pyplot(drawn(*AMOUNTS), "Include a legend."),
        lambda: pyplot(with_legend, "Include a legend."),
    ),
]


@pytest.mark.parametrize(("name", "fires", "silent"), FIRES_SILENT)
def test_a_check_fires_and_stays_silent(
    name: str, fires: Callable[[], CheckInput], silent: Callable[[], CheckInput]
) -> None:
    check = get_check(name)
    broken, recommendation = check(fires())
    sound, nothing = check(silent())
    assert broken.applicable
    assert not broken.passed
    assert recommendation is not None
    assert sound.passed
    assert nothing is None


@pytest.mark.parametrize(
    "given",
    [
        lambda: plotly(bar(), title="Sales", xaxis={"title": "Region"}, yaxis={"title": "Amount"}),
        lambda: plotly(go.Pie(labels=NAMES, values=AMOUNTS)),
        lambda: plotly(go.Heatmap(z=[[1, 2], [3, 4]], x=["a", "b"], y=["c", "d"]), rows=None),
        lambda: pyplot(titled),
        lambda: pyplot(lambda axes: axes.pie(AMOUNTS, labels=NAMES)),
        lambda: pyplot(lambda axes: axes.imshow([[1, 2], [3, 4]]), rows=None),
        lambda: pyplot(lambda axes: axes.boxplot([[1, 2, 3], [2, 3, 4]]), rows=None),
    ],
)
def test_a_sound_chart_of_another_library_passes(given: Callable[[], CheckInput]) -> None:
    evaluation = evaluate(given())
    assert evaluation.passed, [c for c in evaluation.checks if not c.passed]


def test_a_check_that_cannot_read_a_library_says_so() -> None:
    result, _ = get_check("fields-exist")(plotly(bar()))
    assert not result.applicable
    assert "plotly" in result.message


def test_typed_arrays_of_plotly_are_decoded() -> None:
    figure = json.loads(go.Figure(go.Scatter(x=pd.Series([1, 2, 3]), y=TOTALS["amount"])).to_json())
    assert "bdata" in figure["data"][0]["y"]
    given = checked(figure, "plotly", TOTALS, "")
    assert [row["y"] for row in given.facts.marks[0].rows] == AMOUNTS
