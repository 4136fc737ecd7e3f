"""Every example of the library can be shown, zoomed, selected on, switched and calculated with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from multivis.charts.backends import get_backend
from multivis.charts.examples import example_list
from multivis.charts.scenegraph import Scene
from multivis.errors import InputError
from multivis.sandbox import open_sandbox
from multivis.views import ViewSession, ViewStore
from multivis.views.figure import Axis


@pytest.fixture(scope="module")
def shown() -> Iterator[ViewSession]:
    sandbox = open_sandbox()
    with ViewStore() as store:
        yield store.session("examples", sandbox=sandbox)
    sandbox.close()


def half(axis: Axis) -> dict:
    """Bounds of the lower half of an axis."""
    assert axis.extent is not None
    low, high = axis.extent
    if axis.type == "category":
        ends = axis.categories[0], axis.categories[len(axis.categories) // 2]
    else:
        ends = axis.value(low), axis.value(low + (high - low) / 2)
    return {f"{axis.letter}_min": ends[0], f"{axis.letter}_max": ends[1]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "example",
    [e for backend in ("altair", "plotly", "matplotlib") for e in example_list(backend)],
    ids=lambda e: e.name,
)
def test_an_example_can_be_read_and_handled(shown: ViewSession, example):
    made = shown.show_plot(get_backend(example.backend).environment() + example.code)
    plot, figure = made["plot_id"], shown.figure(made["plot_id"])
    assert any(row["points"] for row in made["traces"]) or example.category == "map"
    for axis in list(figure.axes().values())[:2]:
        if axis.extent is None or axis.extent[0] == axis.extent[1]:
            continue
        found = shown.selected(plot, **half(axis))
        assert found["point_count"] >= len(found["points"])
        if example.backend != "matplotlib":
            zoomed = shown.relayout(plot, **half(axis))
            assert zoomed["focus"]["ranges"]
    if example.backend == "altair":
        shown.legendclick(plot, 0)
        assert Scene.of(figure.specification(shown.state(plot))).width > 0
    for calculator in ("extremes", "medians", "sums", "order", "steps"):
        try:
            assert shown.call(calculator, {"plot_id": plot})
        except InputError as error:  # words, shapes and hidden traces have no numbers
            assert "numeric value" in str(error) or "No visible trace" in str(error)
