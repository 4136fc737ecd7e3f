"""Details of a reference that a new chart keeps: order of names, colours of groups, own counts."""

from __future__ import annotations

from dataclasses import replace

from multivis.offline.adapt import adapt_reference
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View

HEAD = "import altair as alt\nimport pandas as pd\nsource = pd.DataFrame({'a': [1]})\n"


def made(*layers: Layer, outputs: tuple[Output, ...] = ()) -> Plan:
    """A plan of these layers; its query gives the fields of the first."""
    given = tuple(
        Output(c.field, "things", c.field, kind=c.kind or "nominal")
        for c in layers[0].channels
        if c.field
    )
    return Plan(views=(View(layers=layers),), query=Query(outputs=outputs or given))


def kinds(plan: Plan) -> dict[str, str | None]:
    return {c.name: c.kind for c in plan.layers[0].channels}


ROOM = Channel("x", "room", "nominal")
OWNER = Channel("y", "owner", "nominal")
WEIGHT = Channel("color", "weight", "quantitative")


def test_names_on_both_ordinal_axes_of_a_grid_are_ordinal() -> None:
    grid = HEAD + "alt.Chart(source).mark_rect().encode(x='a:O', y='b:O', color='c:Q')"
    adapted = adapt_reference(grid, made(Layer("rect", {}, (ROOM, OWNER, WEIGHT))))
    assert kinds(adapted) == {"x": "ordinal", "y": "ordinal", "color": "quantitative"}


def test_numbers_are_ordered_in_the_cells_of_a_grid_and_measured_in_stacks() -> None:
    grid = HEAD + "alt.Chart(source).mark_rect().encode(x='a:O', y='b:O', color='c:Q')"
    floor = Channel("x", "floor", "quantitative")
    cells = adapt_reference(grid, made(Layer("rect", {}, (floor, OWNER, WEIGHT))))
    assert kinds(cells)["x"] == "ordinal"
    stack = (
        HEAD + "alt.Chart(source).mark_circle().transform_window(id='rank()', groupby=['a'])"
        ".encode(x='a:O', y='id:O')"
    )
    place = Channel("y", "id", "ordinal")
    step = {"window": {"id": "rank()"}, "groupby": ["floor"]}
    dots = adapt_reference(stack, made(Layer("circle", {}, (floor, place), (step,))))
    assert kinds(dots)["x"] == "quantitative"


def test_names_in_place_of_years_on_one_ordinal_axis_are_nominal() -> None:
    bars = HEAD + "alt.Chart(source).mark_bar().encode(x='year:O', y='v:Q')"
    own = made(Layer("bar", {}, (ROOM, Channel("y", "weight", "quantitative"))))
    assert kinds(adapt_reference(bars, own))["x"] == "nominal"


def test_days_that_are_text_stand_in_order_where_time_ran() -> None:
    line = HEAD + "alt.Chart(source).mark_line().encode(x='date:T', y='v:Q')"
    day = Channel("x", "opening_day", "nominal")
    own = made(Layer("line", {}, (day, Channel("y", "weight", "quantitative"))))
    assert kinds(adapt_reference(line, own))["x"] == "ordinal"


def test_bars_side_by_side_are_coloured_by_their_group() -> None:
    bars = HEAD + "alt.Chart(source).mark_bar().encode(x='a:N', xOffset='b:N', y='c:Q')"
    own = made(
        Layer(
            "bar",
            {},
            (
                ROOM,
                Channel("y", "weight", "quantitative"),
                Channel("color", "owner", "nominal"),
            ),
        )
    )
    layer = adapt_reference(bars, own).layers[0]
    shown = {c.name: c.field for c in layer.channels}
    assert shown["xOffset"] == shown["color"] == "owner"


def test_a_count_of_the_chart_stands_where_a_counted_column_stood() -> None:
    dots = HEAD + "alt.Chart(source).mark_circle().encode(x='a:Q', y='b:Q', size='count:Q')"
    own = made(
        Layer(
            "circle",
            {},
            (
                Channel("x", "width", "quantitative", bin=0),
                Channel("y", "height", "quantitative", bin=0),
                Channel("size", None, "quantitative", aggregate="count"),
            ),
        )
    )
    size = adapt_reference(dots, own).layers[0].channel("size")
    assert size is not None
    assert size.aggregate == "count"


def test_labels_that_the_question_draws_in_both_layers_stay_in_both() -> None:
    reference = (
        HEAD + "base = alt.Chart(source).encode(x='v:Q', y='g:O')\n"
        "base.mark_bar() + base.mark_text()\n"
    )
    place, amount = Channel("y", "owner", "ordinal"), Channel("x", "weight", "quantitative")
    text = Channel("text", "weight", "quantitative")
    own = made(
        Layer("bar", {}, (amount, place, WEIGHT, text)), Layer("text", {}, (amount, place, text))
    )
    adapted = adapt_reference(reference, own)
    assert [layer.channel("text") is not None for layer in adapted.layers] == [True, True]


def test_an_order_without_a_type_stays_without_one() -> None:
    bars = (
        HEAD + "alt.Chart(source).mark_bar().encode(x='sum(v):Q', y='a:N', color='b:N', "
        "order=alt.Order('b', sort='ascending'))"
    )
    own = made(
        Layer(
            "bar",
            {},
            (
                Channel("x", "weight", "quantitative"),
                Channel("y", "room", "nominal"),
                Channel("color", "owner", "nominal"),
            ),
        )
    )
    order = adapt_reference(bars, own).layers[0].channel("order")
    assert order is not None
    assert (order.field, order.kind) == ("owner", None)


def test_a_line_that_grows_under_the_pointer_needs_no_tooltip() -> None:
    reference = (
        HEAD + "near = alt.selection_point(on='mouseover', nearest=True, fields=['b'])\n"
        "base = alt.Chart(source).encode(x='a:T', y='v:Q', color='b:N')\n"
        "points = base.mark_circle().encode(opacity=alt.value(0)).add_params(near)\n"
        "lines = base.mark_line().encode(size=alt.condition(~near, alt.value(1), alt.value(3)))\n"
        "points + lines\n"
    )
    day, amount = Channel("x", "day", "temporal"), Channel("y", "weight", "quantitative")
    tip = Channel("tooltip", "weight", "quantitative")
    own = made(Layer("line", {}, (day, amount, Channel("color", "owner", "nominal"), tip)))
    kept = adapt_reference(reference, own, "Weight over days; hovering makes the line thicker.")
    told = adapt_reference(reference, own, "Weight over days, hover for a tooltip.")
    assert [layer.channel("tooltip") is None for layer in kept.layers] == [True, True]
    assert told.layers[0].channel("tooltip") is not None


def test_a_condition_of_the_reference_is_no_column_to_colour_by() -> None:
    reference = (
        HEAD + "alt.Chart(source).mark_bar().encode(x='a:N', y='b:Q', "
        "color=alt.condition(alt.datum.b > 3, alt.value('orange'), alt.value('gray')))"
    )
    amount = Channel("y", "weight", "quantitative")
    own = made(Layer("bar", {}, (ROOM, amount, Channel("color", "owner", "nominal"))))
    color = adapt_reference(reference, own).layers[0].channel("color")
    assert color is not None
    assert color.condition is not None
    assert color.condition.then == "orange"


def test_segments_are_ordered_by_what_orders_them_in_the_reference() -> None:
    bars = (
        HEAD + "alt.Chart(source).mark_bar().encode(x='v:Q', y='a:N', color='b:N', "
        "order=alt.Order('b', sort='ascending'))"
    )
    channels = (
        Channel("x", "weight", "quantitative"),
        Channel("y", "room", "nominal"),
        Channel("color", "owner", "nominal"),
        Channel("order", "weight", "quantitative", sort="descending"),
    )
    order = adapt_reference(bars, made(Layer("bar", {}, channels))).layers[0].channel("order")
    assert order is not None
    assert (order.field, order.kind, order.sort) == ("owner", None, "descending")


DOTS = (
    HEAD + "base = alt.Chart(source).encode(x='life:Q', y='country:N')\n"
    "base.mark_line().encode(detail='country:N') + base.mark_point().encode(color='year:O')\n"
)


def test_several_numbers_are_rows_where_the_reference_tells_their_groups_by_colour() -> None:
    numbers = (Channel("x", "low", "quantitative"), Channel("x2", "high", "quantitative"))
    own = made(Layer("bar", {}, (Channel("y", "room", "nominal"), *numbers)))
    adapted = adapt_reference(DOTS, own)
    assert [measure[:3] for measure in adapted.query.fold] == [
        ("things", "low", "low"),
        ("things", "high", "high"),
    ]
    line, points = adapted.layers
    assert (line.mark, points.mark) == ("line", "point")
    shown = {c.name: c.field for c in points.channels}
    assert shown == {"x": "value", "y": "room", "color": "measure"}


def test_one_number_or_ranked_rows_are_not_put_one_below_another() -> None:
    place, low = Channel("y", "room", "nominal"), Channel("x", "low", "quantitative")
    assert adapt_reference(DOTS, made(Layer("bar", {}, (place, low)))).query.fold == ()
    own = made(Layer("bar", {}, (place, low, Channel("x2", "high", "quantitative"))))
    query = replace(own.query, order=(("low", True),))
    assert adapt_reference(DOTS, replace(own, query=query)).query.fold == ()


def test_numbers_that_different_marks_show_stay_in_their_columns() -> None:
    place, mean = Channel("x", "room", "nominal"), Channel("y", "mean", "quantitative")
    spread = (Channel("y", "low", "quantitative"), Channel("y2", "high", "quantitative"))
    own = made(Layer("bar", {}, (place, mean, *spread)), Layer("errorbar", {}, (place, *spread)))
    bars = HEAD + "alt.Chart(source).mark_bar().encode(x='a:N', y='b:Q', column='c:N')"
    assert adapt_reference(bars, own).query.fold == ()


_ERRORS = (
    "alt.Chart(source).mark_errorbar(extent='ci').encode(x='v:Q', y='g:N')"
    " + alt.Chart(source).mark_point().encode(x='mean(v):Q', y='g:N')"
)


def _with_errors() -> Plan:
    spread = Layer("errorbar", {"extent": "ci"}, (ROOM, Channel("y", "weight", "quantitative")))
    mean = Channel("y", "weight", "quantitative", aggregate="mean")
    return made(spread, Layer("point", {"filled": True}, (ROOM, mean)))


def test_error_bars_lie_where_those_of_the_reference_lie() -> None:
    turned = adapt_reference(HEAD + _ERRORS, _with_errors())
    assert [(c.name, c.field) for c in turned.layers[0].channels] == [
        ("y", "room"),
        ("x", "weight"),
    ]
    said = adapt_reference(HEAD + _ERRORS, _with_errors(), "Weight by room, rooms on the x-axis.")
    assert said.layers[0].channel("x") == ROOM


def test_error_bars_of_a_figure_lie_where_their_errors_run_along_x() -> None:
    figure = "import matplotlib.pyplot as plt\nplt.errorbar([1], [2], {}=[0.1])\nplt.show()\n"
    lying = adapt_reference(figure.format("xerr"), _with_errors()).layers[0].channel("x")
    standing = adapt_reference(figure.format("yerr"), _with_errors()).layers[0].channel("x")
    assert [c and c.field for c in (lying, standing)] == ["weight", "room"]


def test_what_is_computed_for_a_line_is_no_cloud_of_the_reference() -> None:
    reference = HEAD + "alt.Chart(source).mark_circle().encode(x='a:Q', y='g:N', size='b:Q')"
    share = Channel("y", "share", "quantitative")
    steps = ({"window": {"share": "cume_dist()"}, "sort": ["weight"]},)
    along = Channel("x", "weight", "quantitative")
    own = made(Layer("line", {"interpolate": "step-after"}, (along, share), steps))
    assert [layer.mark for layer in adapt_reference(reference, own).layers] == ["line"]


def test_a_plan_with_more_layers_than_its_reference_keeps_them() -> None:
    reference = HEAD + (
        "bars = alt.Chart(source).mark_bar().encode(x='g:O', y='v:Q')\n"
        "over = alt.Chart(source).mark_bar().encode(x='g:O', y='t:Q', y2='v:Q')\n"
        "rule = alt.Chart(source).mark_rule().encode(y='t:Q')\n"
        "chart = bars + over + rule"
    )
    amount = Channel("y", "weight", "quantitative")
    limit = Layer("rule", {}, (Channel("y", datum=9, kind="quantitative"),))
    beyond = Layer("bar", {"color": "red"}, (ROOM, amount), ({"filter": "datum.weight > 9"},))
    text = Layer("text", {"text": "9"}, (Channel("y", datum=9, kind="quantitative"),))
    own = made(Layer("bar", {}, (ROOM, amount)), beyond, limit, text)
    layers = adapt_reference(reference, own).layers
    assert [layer.mark for layer in layers] == ["bar", "bar", "rule", "text"]


def test_layers_with_rows_of_their_own_keep_their_form() -> None:
    reference = HEAD + (
        "alt.Chart(source).mark_circle().encode(x='v:Q', y='g:N', size='count()')"
        " + alt.Chart(source).mark_tick().encode(x='m:Q', y='g:N')"
        " + alt.Chart(source).mark_text().encode(y='g:N', text='t:N')"
    )
    along = Channel("x", "weight", "quantitative")
    ticks = Layer("tick", {}, (ROOM, Channel("x", "median", "quantitative")), data={"median": [1]})
    own = made(Layer("circle", {}, (along, OWNER)), ticks)
    kept = adapt_reference(reference, own).layers
    assert [(layer.mark, layer.data) for layer in kept] == [
        ("circle", {}),
        ("tick", {"median": [1]}),
    ]
