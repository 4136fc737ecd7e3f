"""The library of examples: every one runs in the sandbox and draws something."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.backends import get_backend
from multivis.charts.examples import (
    categories,
    example_list,
    get_example,
    keywords_of,
    search_examples,
)
from multivis.charts.scenegraph import Scene
from multivis.charts.summary import describe_chart
from multivis.errors import OptionError
from multivis.protocols import Example, Sandbox

ALL = example_list(None)
GALLERY = (
    "Simple Charts",
    "Bar Charts",
    "Line Charts",
    "Area Charts",
    "Circular Plots",
    "Scatter Plots",
    "Uncertainties And Trends",
    "Distributions",
    "Tables",
    "Maps",
    "Interactive Charts",
    "Advanced Calculations",
    "Case Studies",
)


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.name)
def test_the_example_runs_and_draws_something(example: Example, sandbox: Sandbox) -> None:
    backend = get_backend(example.backend)
    run = sandbox.run(example.code, preset=backend.environment())
    assert run.error is None
    assert run.library == example.backend
    spec = backend.specification(run)
    if example.backend == "altair":
        scene = Scene.of(spec)
        assert len(list(scene.items())) > 1
        assert not [problem for problem in scene.problems if problem.kind == "empty_view"]
        assert backend.png(spec, scale=1.0).startswith(b"\x89PNG")
    assert "Draws nothing" not in describe_chart(spec, example.backend)


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.name)
def test_the_example_is_described_and_has_its_own_data(example: Example) -> None:
    assert example.description.endswith(".")
    assert len(example.description) < 120
    assert len(keywords_of(example.name)) >= 3
    assert re.search(r"^(df|raw|shapes) = ", example.code, re.MULTILINE)
    assert not re.search(r"https?://|\.csv|vega_datasets|read_", example.code)
    assert len(example.code.splitlines()) <= 45


def test_all_categories_of_the_gallery_are_covered() -> None:
    assert categories("altair") == GALLERY
    assert len(example_list("altair")) >= 60
    assert len(example_list("plotly")) >= 5
    assert len(example_list("matplotlib")) >= 5


def test_names_are_unique() -> None:
    names = [example.name for example in ALL]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("category", ["Bar Charts", "bar charts", "BAR", "bars"])
def test_a_category_is_found_in_any_spelling(category: str) -> None:
    found = example_list("altair", category)
    assert {example.category for example in found} == {"Bar Charts"}


def test_an_unknown_category_is_refused_with_the_ones_that_exist() -> None:
    with pytest.raises(OptionError, match="'Circular Plots'"):
        example_list("altair", "sankey")


def test_an_unknown_name_gets_the_nearest_names() -> None:
    with pytest.raises(OptionError, match="bar_stacked"):
        get_example("stacked_bar")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Show a stacked bar chart of the total by month", "bar_stacked"),
        ("a pie of the share of each answer", "pie_simple"),
        ("box plot of salary for each department", "box_plot"),
        ("histogram of ages", "histogram_simple"),
        ("grouped bars side by side", "bar_grouped"),
        ("donut chart", "donut_simple"),
        ("scatter plot with a linear regression trend line", "scatter_regression"),
        ("brush to filter linked bars", "interactive_brush"),
        ("candlestick of stock prices", "case_candlestick"),
        ("annotated heat map", "heatmap_annotated"),
    ],
)
def test_a_request_finds_its_example(text: str, name: str) -> None:
    assert name in [example.name for example in search_examples(text, limit=3)]


def test_words_without_meaning_find_nothing() -> None:
    assert search_examples("xyzzy of the qwrtp") == ()


@given(st.text(max_size=60), st.integers(0, 10))
@settings(deadline=None, max_examples=40)
def test_any_text_gives_at_most_the_limit(text: str, limit: int) -> None:
    assert len(search_examples(text, limit=limit, backend=None)) <= limit
