"""What is read from Matplotlib, seaborn, pandas and Plotly scripts."""

from __future__ import annotations

import pytest

from multivis.charts.reference import read_code

PLT = "import matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\n"


@pytest.mark.parametrize(
    ("line", "method", "mark"),
    [
        ("plt.bar(x, y)", "bar", "bar"),
        ("plt.barh(x, y)", "barh", "bar"),
        ("plt.plot(x, y)", "plot", "line"),
        ("plt.plot(x, y, 'o')", "plot", "point"),
        ("plt.scatter(x, y)", "scatter", "point"),
        ("plt.hist(x, bins=10)", "hist", "bar"),
        ("plt.boxplot([x, y])", "boxplot", "boxplot"),
        ("plt.pie(x)", "pie", "arc"),
        ("plt.imshow(z, cmap='viridis')", "imshow", "rect"),
        ("plt.pcolormesh(z)", "pcolormesh", "rect"),
        ("plt.fill_between(x, y)", "fill_between", "area"),
        ("plt.stackplot(x, y)", "stackplot", "area"),
        ("plt.errorbar(x, y, yerr=e)", "errorbar", "errorbar"),
        ("plt.violinplot(x)", "violinplot", "area"),
        ("plt.axhline(3)", "axhline", "rule"),
        ("plt.annotate('a', (1, 2))", "annotate", "text"),
        ("df.plot(kind='barh')", "barh", "bar"),
        ("df.plot.scatter(x='a', y='b')", "scatter", "point"),
    ],
)
def test_drawing_calls_are_named_by_their_vega_mark(line: str, method: str, mark: str) -> None:
    (artist,) = read_code(PLT + line).artists
    assert (artist.method, artist.mark) == (method, mark)


def test_axes_settings_are_collected() -> None:
    facts = read_code(
        PLT
        + """
fig, axes = plt.subplots(2, 1, sharex=True)
for i, g in enumerate(groups):
    axes[i].hist(df[df.g == g]["v"], alpha=0.5)
ax2 = axes[0].twinx()
axes[0].set_title("One")
axes[1].set_title("Two")
axes[1].set_xlabel("v")
axes[1].set_yscale("log")
axes[1].grid(True)
axes[1].legend(loc="upper right")
"""
    )
    assert facts.library == "matplotlib" and facts.artists[0].repeated
    assert facts.artists[0].options == {"alpha": 0.5}
    settings = facts.settings
    assert settings["title"] == ["One", "Two"] and settings["x_title"] == "v"
    assert settings["y_scale"] == "log" and "twin_x" in settings
    assert settings["subplots"] == {"arguments": [2, 1], "sharex": True}


def test_seaborn_is_read() -> None:
    facts = read_code("import seaborn as sns\nsns.heatmap(table, cmap='Blues', annot=True)\n")
    assert facts.marks == ("rect",) and facts.artists[0].options["cmap"] == "Blues"


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("fig = px.bar(df, x='a', y='b', title='T')", "bar"),
        ("fig = px.line(df, x='a', y='b')", "line"),
        ("fig = go.Figure(go.Scatter(x=a, y=b, mode='lines'))", "line"),
        ("fig = go.Figure(); fig.add_trace(go.Heatmap(z=z))", "rect"),
        ("fig = go.Figure(data=[go.Pie(labels=a, values=b)])", "arc"),
    ],
)
def test_plotly_traces_are_read(line: str, mark: str) -> None:
    facts = read_code(
        f"import plotly.express as px\nimport plotly.graph_objects as go\n{line}\nfig.show()\n"
    )
    assert facts.library == "plotly" and facts.marks == (mark,)


def test_code_without_a_chart_has_no_marks() -> None:
    facts = read_code("import math\nprint(math.pi)\n")
    assert facts.library == "unknown" and facts.marks == ()
