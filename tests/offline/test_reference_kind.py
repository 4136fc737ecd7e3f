"""The kind of chart of a reference, in words, and a question that leaves the kind to it."""

from __future__ import annotations

import pytest

from multivis.offline.reference_kind import kind_of_code, kind_of_style, with_kind

_HEAD = "import altair as alt\nimport pandas as pd\ndf = pd.DataFrame({'a': [1], 'b': [2]})\n"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("alt.Chart(df).mark_bar().encode(x='a:N', y='b:Q')", "bar chart"),
        ("alt.Chart(df).mark_bar().encode(x='b:Q', y='a:N')", "horizontal bar chart"),
        ("alt.Chart(df).mark_bar().encode(x='a:N', y='sum(b)', color='c:N')", "stacked bar chart"),
        (
            "alt.Chart(df).mark_bar().encode(x='a:N', y='b:Q', xOffset='c:N', color='c:N')",
            "grouped bar chart",
        ),
        ("alt.Chart(df).mark_bar().encode(alt.X('b:Q').bin(), y='count()')", "histogram"),
        (
            "alt.Chart(df).mark_bar().encode(x='a:N', y='b:Q')"
            " + alt.Chart(df).mark_tick().encode(x='a:N', y='c:Q')",
            "bar chart with tick marks",
        ),
        (
            "alt.Chart(df).mark_bar().encode(x='a:N', y='b:Q')"
            " + alt.Chart(df).mark_line().encode(x='a:N', y='c:Q')",
            "bar chart with a line on a separate axis",
        ),
        ("alt.Chart(df).mark_bar().encode(x='a:T', x2='b:T', y='c:N')", "gantt chart"),
        (
            "alt.Chart(df).mark_line().encode(x='b:Q', y='a:N', detail='a:N')"
            " + alt.Chart(df).mark_point().encode(x='b:Q', y='a:N', color='c:O')",
            "ranged dot plot",
        ),
        ("alt.Chart(df).mark_arc(innerRadius=30).encode(theta='b:Q', color='a:N')", "donut chart"),
        (
            "alt.Chart(df).mark_rect().encode(x='a:O', y='c:O', color='b:Q')"
            " + alt.Chart(df).mark_text().encode(x='a:O', y='c:O', text='b:Q')",
            "heatmap with text labels in the cells",
        ),
        ("alt.Chart(df).mark_circle().encode(x='a:Q', y='b:Q', size='c:Q')", "bubble plot"),
        ("alt.Chart(df).mark_tick().encode(x='b:Q', y='a:O')", "strip plot"),
        ("alt.Chart(df).mark_line().encode(x='a:T', y='b:Q', color='c:N')", "multi-line chart"),
        (
            "alt.Chart(df).mark_line(point=True).encode(x='a:Q', y='b:Q', order='c:O')",
            "connected scatter plot",
        ),
        (
            "alt.Chart(df).transform_density('b', as_=['b', 'density'], groupby=['a'])"
            ".mark_area(orient='horizontal').encode(alt.X('density:Q').stack('center'),"
            " y='b:Q', color='a:N', column='a:N')",
            "violin plot",
        ),
    ],
)
def test_the_marks_and_channels_of_altair_code_tell_its_kind(code: str, kind: str) -> None:
    assert kind_of_code(f"{_HEAD}chart = {code}\nchart\n") == kind


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        ("ax.barh(a, b)", "horizontal bar chart"),
        ("ax.hist(b, bins=10)\nax.axvline(3)", "histogram with a mean line"),
        ("ax.imshow(b)", "heatmap"),
        ("ax.pie(b, wedgeprops=dict(width=0.4))", "donut chart"),
        ("ax.scatter(a, b, s=sizes)", "bubble plot"),
        ("ax.scatter(a, b, marker='|')", "strip plot"),
        ("ax.step(a, b)", "step line chart"),
        ("for c in cs:\n    ax.plot(a, b)", "multi-line chart"),
        ("ax.fill_between(a, b, c)\nax.plot(a, d)", "line chart with a confidence band"),
        ("for c in cs:\n    ax.bar(a, b, bottom=c)", "stacked bar chart"),
        ("ax.violinplot(b)", "violin plot"),
    ],
)
def test_the_calls_of_a_figure_script_tell_its_kind(calls: str, kind: str) -> None:
    head = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
    assert kind_of_code(f"{head}{calls}\nplt.show()\n") == kind


def test_code_that_draws_nothing_has_no_kind() -> None:
    assert kind_of_code("total = 1 + 1") == ""
    assert kind_of_code("not python at all (") == ""


def test_a_question_without_a_kind_takes_that_of_the_reference() -> None:
    told = with_kind("Use our harbours in my code", "bubble plot")
    assert told == "Use our harbours in my code. Make it a bubble plot."
    assert with_kind("Use our harbours.", "") == "Use our harbours."


def test_a_question_for_another_kind_stays_as_it_is() -> None:
    asked = "Turn this into a pie chart of tons by harbour."
    assert with_kind(asked, "stacked bar chart") == asked


def test_a_form_seen_in_a_picture_is_said_before_the_kind_that_was_measured() -> None:
    assert kind_of_style({"kind": "histogram", "form": "bar chart with tick marks"}) == (
        "bar chart with tick marks"
    )
    assert kind_of_style({"kind": "donut"}) == "donut"


@pytest.mark.parametrize(
    "asked",
    [
        "Ships per harbour, grouped by flag, in my bars.",
        "Each harbour gets two bars, ships and boats.",
        "For each harbour a bar for ships and a bar for boats.",
        "The rows are the harbours, with the ships per flag in each.",
    ],
)
def test_several_lying_bars_of_each_thing_are_grouped_bars(asked: str) -> None:
    assert with_kind(asked, "horizontal bar chart").endswith("a horizontal grouped bar chart.")
    assert with_kind("Ships per harbour.", "horizontal bar chart").endswith(
        "a horizontal bar chart."
    )


_BARS = "alt.Chart(df).mark_bar().encode(x='a:N', y='b:Q')"


def test_bars_with_their_parts_beyond_a_rule_ask_for_these_parts() -> None:
    beyond = "alt.Chart(df).mark_bar().encode(x='a:N', y='c:Q', y2='b:Q')"
    rule = "alt.Chart(df).mark_rule().encode(y='c:Q')"
    assert "above the threshold" in kind_of_code(f"{_HEAD}{_BARS} + {beyond} + {rule}")
    assert kind_of_code(f"{_HEAD}{_BARS} + {rule}") == "bar chart"
    figure = (
        "import matplotlib.pyplot as plt\nplt.bar(a, b)\nplt.bar(a, c, bottom=9)\nplt.axhline(9)"
    )
    assert "above the threshold" in kind_of_code(figure)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Sales by city.", "bar chart with labels"),
        ("Sales by city, but I don't need the labels.", "bar chart"),
        ("Sales by city without any text labels.", "bar chart"),
        ("Sales by city, leave out the labels.", "bar chart"),
    ],
)
def test_labels_that_the_words_refuse_are_not_asked_for(question: str, asked: str) -> None:
    assert with_kind(question, "bar chart with labels").endswith(f"Make it a {asked}.")


def test_bars_around_a_circle_are_told_from_slices() -> None:
    around = "alt.Chart(df).mark_arc().encode(theta='a:O', radius='b:Q')"
    rings = "alt.Chart(df).mark_arc().encode(theta=alt.value(6.3), radius='c:Q')"
    assert kind_of_code(f"{_HEAD}{rings} + {around}") == "polar bar chart"
    slices = "alt.Chart(df).mark_arc().encode(theta='b:Q', radius='b:Q', color='a:N')"
    assert kind_of_code(_HEAD + slices) == "radial chart"


@pytest.mark.parametrize(
    ("question", "kind", "added"),
    [
        ("Ages per club, and keep the rounded bars.", "heat lane chart", True),
        ("Ages per club as a bar chart.", "heat lane chart", False),
        ("Ages with one line for the mean.", "histogram with a mean line", True),
        ("Sales over time by region.", "stacked area chart", True),
        ("Sales by year as a line chart.", "stacked area chart", False),
        ("Sales and costs with a line for each.", "scatter plot with loess lines", True),
    ],
)
def test_words_for_the_marks_of_a_reference_ask_for_no_other_kind(
    question: str, kind: str, added: bool
) -> None:
    assert with_kind(question, kind).endswith(f"Make it a {kind}.") is added


def test_points_that_a_slider_parts_from_binned_ones_are_told_from_plain_points() -> None:
    moved = (
        "cut = alt.param(value=5, bind=alt.binding_range(min=0, max=9))\n"
        "one = alt.Chart(df).mark_circle().encode(x='a:Q', y='b:Q')\n"
        "binned = alt.Chart(df).mark_circle().encode(alt.X('a:Q').bin(), alt.Y('b:Q').bin(), "
        "size='count()')\n"
    )
    chart = "alt.layer(one, binned)"
    assert "slider" in kind_of_code(f"{_HEAD}{moved}{chart}.add_params(cut)")
    assert "slider" not in kind_of_code(f"{_HEAD}{moved}{chart}")


@pytest.mark.parametrize("name", ["bar and tick chart", "bar-and-tick plot", "bar and tick plot"])
def test_bars_and_ticks_together_are_no_strip_plot(name: str) -> None:
    from multivis.offline.chart_kinds import read_chart_kind

    kind = read_chart_kind(f"Update my {name} with the mean price and the cost of each article.")
    assert (kind.family, kind.overlay) == ("bar", "tick")


def test_marks_that_only_catch_the_pointer_are_no_kind_of_chart() -> None:
    place = "x='a:T', y='b:Q', color='c:N'"
    unseen = f"alt.Chart(df).mark_circle().encode({place}, opacity=alt.value(0))"
    line = f"alt.Chart(df).mark_line().encode({place})"
    assert kind_of_code(f"{_HEAD}{unseen} + {line}") == "multi-line chart"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("d = gaussian_kde(v)(x)\nplt.fill_between(x, d)", "density plot"),
        (
            "for g in gs:\n    plt.fill_between(x, gaussian_kde(v[g])(x), label=g)",
            "stacked density plot",
        ),
        (
            "h, a, b = np.histogram2d(v, w)\nplt.imshow(h)",
            "2D histogram heatmap with both axes in bins",
        ),
        ("h, e = np.histogram(v, bins=9)\nplt.bar(e[:-1], h)", "histogram"),
        ("h, e = np.histogram(v)\nplt.bar(e[:-1], h, bottom=-h / 2)", "heat lane chart"),
        ("plt.scatter(norm.ppf(p), np.quantile(v, p))", "quantile-quantile plot"),
        (
            "for i, row in d.iterrows():\n"
            "    plt.barh(row['a'], row['end'] - row['start'], left=row['start'])",
            "gantt chart",
        ),
    ],
)
def test_the_statistics_of_a_figure_tell_its_kind(code: str, kind: str) -> None:
    assert kind_of_code(f"import matplotlib.pyplot as plt\nimport numpy as np\n{code}\n") == kind
