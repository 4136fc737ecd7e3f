"""Which rows a reference's form needs, and what it leaves to the question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from multivis.offline.adapt import adapt_reference
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View

HEAD = "import altair as alt\nimport pandas as pd\nsource = pd.DataFrame({'a': [1]})\n"
KIND = Output("kind", "animals", "kind", title="Kind")
NUMBER = Output("number", aggregate="count", kind="quantitative")
HEAVY = Output("weight", "animals", "weight", "avg", kind="quantitative")


def plan(*channels: Channel, outputs: tuple[Output, ...], limit: int | None = None) -> Plan:
    layer = Layer("bar", {}, channels)
    return Plan(views=(View(layers=(layer,)),), query=Query(outputs=outputs, limit=limit))


X_KIND = Channel("x", "kind", "nominal")
Y_NUMBER = Channel("y", "number", "quantitative")
Y_WEIGHT = Channel("y", "weight", "quantitative")


def shown(adapted: Plan) -> list[tuple[str, str | None, str]]:
    return [(c.name, c.field, c.aggregate) for c in adapted.layers[0].channels]


def test_a_reference_that_counts_in_the_chart_gets_the_rows() -> None:
    reference = HEAD + "alt.Chart(source).mark_bar().encode(x='a:O', y='count():Q')"
    adapted = adapt_reference(reference, plan(X_KIND, Y_NUMBER, outputs=(KIND, NUMBER)))
    assert [o.name for o in adapted.query.outputs] == ["kind"]
    assert not adapted.query.grouped
    assert shown(adapted) == [("x", "kind", ""), ("y", None, "count")]


def test_a_count_by_a_part_of_a_date_stays_in_the_query() -> None:
    reference = HEAD + "alt.Chart(source).mark_bar().encode(x='a:O', y='count():Q')"
    month = Output("month", "animals", "born", time_unit="month", kind="ordinal")
    given = plan(Channel("x", "month", "ordinal"), Y_NUMBER, outputs=(month, NUMBER))
    assert adapt_reference(reference, given).query == given.query


def test_a_reference_that_averages_in_the_chart_gets_the_rows() -> None:
    reference = HEAD + "alt.Chart(source).mark_point().encode(x='a:N', y='mean(b):Q')"
    adapted = adapt_reference(reference, plan(X_KIND, Y_WEIGHT, outputs=(KIND, HEAVY)))
    assert not adapted.query.grouped
    assert ("y", "weight", "mean") in shown(adapted)


def test_the_lowest_and_the_highest_of_one_column_stay_in_the_query() -> None:
    reference = HEAD + "alt.Chart(source).mark_errorbar().encode(x='a:N', y='b:Q')"
    low = replace(HEAVY, name="low", aggregate="min")
    high = replace(HEAVY, name="high", aggregate="max")
    given = plan(
        X_KIND, Channel("y", "low", "quantitative"), Channel("y2", "high"),
        outputs=(KIND, low, high),
    )  # fmt: skip
    assert adapt_reference(reference, given).query == given.query


RANKED = (
    HEAD
    + """
alt.Chart(source).mark_bar().encode(x=alt.X('a:N').sort('-y'), y='b:Q').transform_window(
    rank='rank(b)', sort=[alt.SortField('b', order='descending')]
).transform_filter(alt.datum.rank < 11)
"""
)


def test_a_reference_that_ranks_takes_all_rows_and_the_number_of_the_question() -> None:
    adapted = adapt_reference(RANKED, plan(X_KIND, Y_WEIGHT, outputs=(KIND, HEAVY), limit=3))
    assert adapted.query.limit is None
    window, test = adapted.layers[0].transforms
    assert window["window"] == {"rank": "rank(weight)"}
    assert str(test["filter"]).strip("()").replace('datum["rank"]', "rank") == "rank < 4"


def test_a_ranking_reference_keeps_its_number_where_the_question_has_none() -> None:
    adapted = adapt_reference(RANKED, plan(X_KIND, Y_WEIGHT, outputs=(KIND, HEAVY)))
    assert "11" in str(adapted.layers[0].transforms[1])


def test_with_the_same_marks_the_channels_are_still_those_of_the_reference() -> None:
    reference = HEAD + (
        "alt.Chart(source).mark_bar().encode(x=alt.X('a:Q', bin=True), y='count()', row='b:N')"
    )
    adapted = adapt_reference(reference, plan(X_KIND, Y_WEIGHT, outputs=(KIND, HEAVY)))
    assert shown(adapted) == [("x", "weight", ""), ("y", None, "count"), ("row", "kind", "")]
    assert adapted.layers[0].channels[0].bin == 0


def test_a_colour_by_the_amount_stays_when_the_reference_is_filled() -> None:
    shade = Channel("color", "weight", "quantitative")
    adapted = adapt_reference(RANKED, plan(X_KIND, Y_WEIGHT, shade, outputs=(KIND, HEAVY)))
    assert ("color", "weight", "") in shown(adapted)


def test_a_step_that_writes_over_a_field_speaks_of_the_new_one() -> None:
    reference = HEAD + (
        "alt.Chart(source).transform_density('b', as_=['b', 'density'], groupby=['a'])"
        ".mark_area(orient='horizontal').encode("
        "alt.X('density:Q').stack('center'), y='b:Q', color='a:N', column='a:N')"
    )
    raw = replace(HEAVY, aggregate="")
    adapted = adapt_reference(reference, plan(X_KIND, Y_WEIGHT, outputs=(KIND, raw)))
    assert adapted.layers[0].transforms[0]["as"] == ["weight", "density"]
    assert ("y", "weight", "") in shown(adapted)
    assert ("column", "kind", "") in shown(adapted)


def test_groups_that_the_query_sums_up_are_not_summed_up_again() -> None:
    reference = HEAD + (
        "alt.Chart(source).transform_aggregate(count='count()', groupby=['a'])"
        ".transform_window(rank='rank(count)', sort=[alt.SortField('count', order='descending')])"
        ".transform_filter(alt.datum.rank <= 10).mark_bar().encode(x='count:Q', y='a:N')"
    )
    given = plan(X_KIND, Y_NUMBER, outputs=(KIND, NUMBER), limit=4)
    adapted = adapt_reference(reference, given)
    assert adapted.query.grouped
    assert [next(iter(step)) for step in adapted.layers[0].transforms] == ["window", "filter"]
    assert shown(adapted) == [("x", "number", ""), ("y", "kind", "")]


def test_the_mark_that_all_named_chart_types_share_is_the_one_that_is_meant() -> None:
    reference = HEAD + "alt.Chart(source).mark_point().encode(x='a:Q', y='b:N')"
    raw = replace(HEAVY, aggregate="")
    given = plan(X_KIND, Y_WEIGHT, outputs=(KIND, raw))
    lines = given.with_layers(replace(given.layers[0], mark="line"))
    question = "A line chart of the cumulative distribution of the weights"
    assert adapt_reference(reference, lines, question).layers[0].mark == "line"


def test_labels_that_a_reference_draws_without_a_text_show_the_amount() -> None:
    reference = HEAD + (
        "base = alt.Chart(source).encode(x='b:Q', y='a:N')\n"
        "chart = base.mark_bar() + base.mark_text(dx=3)\n"
    )
    adapted = adapt_reference(reference, plan(X_KIND, Y_WEIGHT, outputs=(KIND, HEAVY)))
    text = adapted.layers[1].channel("text")
    assert text is not None
    assert text.field == "weight"


def test_numbers_in_the_cells_of_a_figure_stand_in_a_single_row_too() -> None:
    reference = (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
        "ax.imshow(grid, cmap='viridis')\nfor i in range(3):\n    ax.text(i, 0, str(i))\nplt.show()"
    )
    shade = Channel("color", "weight", "quantitative")
    given = plan(X_KIND, shade, outputs=(KIND, HEAVY))
    cells = given.with_layers(replace(given.layers[0], mark="rect"))
    adapted = adapt_reference(reference, cells)
    assert [layer.mark for layer in adapted.layers] == ["rect", "text"]
    assert adapted.layers[1].channel("text") is not None


def test_text_is_as_nominal_as_in_the_reference() -> None:
    reference = HEAD + "alt.Chart(source).mark_rect().encode(x='a:N', y='c:N', color='b:Q')"
    place = Output("place", "animals", "place", title="Place")
    given = plan(
        Channel("x", "kind", "ordinal"), Channel("y", "place", "ordinal"),
        outputs=(KIND, place, HEAVY),
    )  # fmt: skip
    adapted = adapt_reference(reference, given)
    kinds = [c.kind for c in adapted.layers[0].channels if c.field in {"kind", "place"}]
    assert kinds == ["nominal", "nominal"]


def test_dots_that_a_reference_stacks_by_rank_stand_for_rows_not_for_groups() -> None:
    reference = HEAD + (
        "alt.Chart(source).transform_window(id='rank()', groupby=['a'])"
        ".mark_circle().encode(x='a:O', y='id:O')"
    )
    adapted = adapt_reference(reference, plan(X_KIND, Y_NUMBER, outputs=(KIND, NUMBER)))
    assert adapted.layers[0].mark == "circle"
    assert not adapted.query.grouped
    assert [o.name for o in adapted.query.outputs] == ["kind"]


def test_densities_become_violins_where_a_figure_draws_violins() -> None:
    step = {"density": "weight", "as": ["weight", "density"], "groupby": ["kind"]}
    channels = (
        Channel("x", "weight", "quantitative"),
        Channel("y", "density", "quantitative"),
        Channel("column", "kind", "nominal"),
    )
    given = plan(*channels, outputs=(KIND, replace(HEAVY, aggregate="")))
    densities = given.with_layers(Layer("area", {}, channels, (step,)))
    reference = "import matplotlib.pyplot as plt\nplt.violinplot(data)\nplt.show()\n"
    adapted = adapt_reference(reference, densities)
    assert [name for name, _, _ in shown(adapted)] == ["x", "y", "color", "column"]
    assert adapted.layers[0].options["orient"] == "horizontal"
    assert adapted.layers[0].channels[0].stack == "center"
    assert adapt_reference(reference, adapted).layers == adapted.layers


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("The kinds by weight; keep the color gradient for the bars.", "weight"),
        ("The bars get darker as the weights increase.", "weight"),
        ("The kinds by weight, with bars in blue.", None),
    ],
)
def test_bars_in_a_gradient_are_coloured_by_their_amount(question: str, field: str | None) -> None:
    reference = "import matplotlib.pyplot as plt\nplt.bar(a, b, color=shades)\nplt.show()\n"
    given = plan(X_KIND, Y_WEIGHT, outputs=(KIND, HEAVY))
    colour = adapt_reference(reference, given, question).layers[0].channel("color")
    assert (colour.field if colour else None) == field


def test_lying_bars_that_become_areas_run_along_x_with_their_parts_in_rows() -> None:
    given = plan(
        Channel("x", "weight", "quantitative"), Channel("y", "kind", "ordinal"),
        Channel("column", "kind", "nominal"), outputs=(KIND, HEAVY),
    )  # fmt: skip
    reference = "import matplotlib.pyplot as plt\nplt.fill_between(a, b)\nplt.show()\n"
    adapted = adapt_reference(reference, given)
    assert adapted.layers[0].mark == "area"
    assert {name: field for name, field, _ in shown(adapted)} == {
        "x": "kind",
        "y": "weight",
        "row": "kind",
    }


def test_bars_in_panels_stand_where_their_colours_are() -> None:
    from multivis.offline.adapt_figures import placed_in_panels
    from multivis.offline.plan import Channel, Layer, Plan, View

    channels = (
        Channel("y", "amount", "quantitative"),
        Channel("color", "part", "nominal"),
        Channel("column", "town", "nominal"),
    )
    placed = placed_in_panels(Plan(views=(View(layers=(Layer("bar", {}, channels),)),)))
    assert placed.layers[0].channel("x") == Channel("x", "part", "nominal")
    assert placed_in_panels(placed) == placed
