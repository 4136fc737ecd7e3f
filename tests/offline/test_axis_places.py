"""What the words put on which axis."""

from __future__ import annotations

import pytest

from multivis.offline.axis_places import places_as_said, stated_places
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View

OUTPUTS = (
    Output("kind", "animals", "kind", title="Kind of Animal"),
    Output("weight", "animals", "weight", "avg", kind="quantitative", title="Average Weight"),
)
STANDING = Layer(
    "bar",
    {},
    (
        Channel("x", "kind", "nominal", title="Average Weight (kg)", sort="-y"),
        Channel("y", "weight", "quantitative", title="Kind"),
    ),
)
PLAN = Plan(views=(View(layers=(STANDING,)),), query=Query(outputs=OUTPUTS))


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("Weights by kind, with the kinds on the x-axis and the weight on the y-axis.", True),
        ("Weights by kind, with the kinds on the y-axis and the weight on the x-axis.", False),
        ("Weights by kind. Label the y-axis 'Kind' and the x-axis 'Average Weight (kg)'.", False),
        ("Draw horizontal bars of the weights by kind.", False),
        ("Draw vertical bars of the weights by kind.", True),
        ("How heavy are the kinds of animals?", None),
    ],
)
def test_words_say_where_things_are(question: str, stated: bool | None) -> None:
    assert stated_places(STANDING, OUTPUTS, question) is stated


def test_axes_are_exchanged_with_their_titles_in_place() -> None:
    question = "Weights by kind. Label the y-axis 'Kind' and the x-axis 'Average Weight (kg)'."
    layer = places_as_said(PLAN, OUTPUTS, question).layers[0]
    x, y = layer.channel("x"), layer.channel("y")
    assert x is not None
    assert y is not None
    assert (x.field, x.title) == ("weight", "Average Weight (kg)")
    assert (y.field, y.title, y.sort) == ("kind", "Kind", "-x")


def test_axes_stay_where_the_words_are_silent() -> None:
    assert places_as_said(PLAN, OUTPUTS, "How heavy are the kinds of animals?") == PLAN


def test_lines_and_areas_run_along_x() -> None:
    lines = PLAN.with_layers(Layer("line", {}, STANDING.channels))
    question = "Weights by kind. Label the y-axis 'Kind' and the x-axis 'Average Weight (kg)'."
    assert places_as_said(lines, OUTPUTS, question) == lines
