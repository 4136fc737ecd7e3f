"""What neither a reference nor the words tell apart is not told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from multivis.offline.adapt_call import adapt_to_reference
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View

HEAD = "import altair as alt\nimport pandas as pd\nsource = pd.DataFrame({'a': [1]})\n"
STACKS = "alt.Chart(source).mark_bar().encode(x='v:Q', y='g:N', color='h:N')"
PLAIN = "alt.Chart(source).mark_bar().encode(x='v:Q', y='g:N')"
PANELS = "alt.Chart(source).mark_bar().encode(x='g:N', y='v:Q', color='g:N', column='h:N')"
HISTOGRAM = "alt.Chart(source).mark_bar().encode(alt.X('v:Q').bin(), y='count()'{})"
SHADED = HISTOGRAM.format(", color=alt.Color('v:Q').bin()")

WEIGHT = Channel("x", "weight", "quantitative")
ROOM = Channel("y", "room", "nominal")
OWNER = Channel("color", "owner", "nominal")
BINS = Channel("x", "weight", "quantitative", bin=0)
COUNT = Channel("y", None, "quantitative", aggregate="count")


def plan(*channels: Channel, mark: str = "bar") -> Plan:
    fields = dict.fromkeys((c.field, c.kind) for c in channels if c.field)
    outputs = tuple(Output(f, "things", f, kind=k or "nominal") for f, k in fields if f)
    return Plan(views=(View(layers=(Layer(mark, {}, channels),)),), query=Query(outputs=outputs))


def told(reference: str, own: Plan, question: str = "") -> list[tuple[str, str | None]]:
    adapted = adapt_to_reference(HEAD + reference, own, question)
    return [(c.name, c.field) for c in adapted.layers[0].channels]


def test_panels_go_where_the_reference_has_one_and_no_word_asks_for_them() -> None:
    own = plan(WEIGHT, ROOM, OWNER, replace(OWNER, name="column"))
    assert ("column", "owner") not in told(STACKS, own, "Weight by room and owner.")
    assert ("column", "owner") in told(STACKS, own, "Weight by room, a panel for each owner.")
    assert ("column", "owner") in told(PANELS, own, "Weight by room and owner.")


def test_panels_that_alone_tell_things_apart_stay() -> None:
    own = plan(WEIGHT, ROOM, Channel("column", "owner", "nominal"))
    assert ("column", "owner") in told(PLAIN, own, "Weight by room and owner.")


def test_two_axes_leave_no_room_for_panels_and_their_column_is_not_asked_for() -> None:
    own = plan(WEIGHT, ROOM, Channel("column", "owner", "nominal"))
    (view,) = own.views
    line = replace(view.layers[0], mark="line", channels=(WEIGHT, ROOM))
    dual = replace(view, layers=(*view.layers, line), resolve={"y": "independent"})
    figure = "import matplotlib.pyplot as plt\nplt.bar([1], [2])\nplt.twinx()\nplt.plot([1], [2])"
    adapted = adapt_to_reference(figure, replace(own, views=(dual,)), "Weight by room.")
    assert [o.name for o in adapted.query.outputs] == ["weight", "room"]


@pytest.mark.parametrize(
    ("reference", "question", "coloured"),
    [
        (HISTOGRAM.format(""), "The weights of the things of the two owners.", None),
        (HISTOGRAM.format(""), "The weights of the things, coloured by owner.", "owner"),
        (HISTOGRAM.format(", color='g:N'"), "The weights of the two owners.", "owner"),
        (SHADED, "The weights of the two owners, in the same colours.", "weight"),
    ],
)
def test_a_histogram_has_groups_where_the_reference_or_the_words_have_them(
    reference: str, question: str, coloured: str | None
) -> None:
    shown = dict(told(reference, plan(BINS, COUNT, OWNER), question))
    assert shown.get("color") == coloured


def test_a_plot_of_a_figure_with_panels_keeps_them() -> None:
    own = plan(WEIGHT, ROOM, OWNER, replace(OWNER, name="column"))
    panels = "import matplotlib.pyplot as plt\nf, axes = plt.subplots(1, 3)\naxes[0].bar([1], [2])"
    plain = "import matplotlib.pyplot as plt\nplt.bar([1], [2])"
    for figure, kept in ((panels, True), (plain, False)):
        channels = adapt_to_reference(figure, own, "Weight by room.").layers[0].channels
        assert any(c.name == "column" for c in channels) is kept


def test_both_axes_in_bins_make_a_heat_map_of_bins() -> None:
    from multivis.offline.reference_kind import kind_of_code

    cells = "alt.Chart(source).mark_rect().encode(alt.X('a:Q').bin(), alt.Y('b:Q').bin(), {})"
    assert "bins" in kind_of_code(HEAD + cells.format("color='count()'"))


def test_rows_of_histograms_that_are_asked_for_stay() -> None:
    rows = "alt.Chart(source).mark_bar().encode(alt.X('v:Q').bin(), y='count()', row='g:N')"
    own = plan(BINS, COUNT, Channel("row", "owner", "nominal"))
    assert dict(told(rows, own, "Weights, one row for each owner."))["row"] == "owner"
    assert dict(told(HISTOGRAM.format(""), own, "Weights, one row for each owner."))["row"]
