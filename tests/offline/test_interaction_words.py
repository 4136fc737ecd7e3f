"""Sliders and overviews in words: ends, starts, steps, colours of both sides, dates."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.offline.interaction_words import (
    asks_for_overview,
    first_range,
    side_colours,
    slider_numbers,
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a slider on speed running from 0 to 300. start the slider at 200", ((0, 300), None, 200)),
        ("move a slider for people (0 to 150 million)", ((0, 150_000_000), None, None)),
        ("a slider between 2 and 9.5 in steps of 0.5, starting at 4", ((2, 9.5), 0.5, 4)),
        ("a slider for the age", (None, None, None)),
    ],
)
def test_a_slider_has_the_numbers_that_words_give(text: str, numbers: Any) -> None:
    assert slider_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("everything below the cutoff should be red and the rest blue", ("red", "blue")),
        ("a slider that marks younger ones in red and older in blue", ("red", "blue")),
        ("red below the cutoff, blue otherwise", ("red", "blue")),
        ("those above the threshold in green, the others gray", ("gray", "green")),
        ("a slider for the age", None),
    ],
)
def test_both_sides_of_a_threshold_have_their_colours(text: str, colours: Any) -> None:
    assert side_colours(text) == colours


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("An area plot with a brushable mini-version underneath", True),
        ("A histogram with a linked overview to zoom", True),
        ("A zoomable histogram: dragging in the lower one should re-bin the upper one", True),
        ("An overview strip below that I can brush", True),
        ("I need an overview of the channels as bars with a brush", False),
        ("A line with a mean below 10", False),
    ],
)
def test_an_overview_is_a_second_chart(text: str, wanted: bool) -> None:
    assert asks_for_overview(text) is wanted


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Start with 1990 to 2010 selected", (1990, 2010)),
        ("The brush should open on 1 July 2012 - 30 June 2015", (2012, 2015)),
        ("Open it on March 3, 2019 to 2020-04-05 initially", (2019, 2020)),
    ],
)
def test_the_first_range_is_read_in_any_form(text: str, years: tuple[int, int]) -> None:
    written = str(first_range(text)["x"])
    assert written.count("alt.DateTime(") == 2
    assert all(f"year={year}" in written for year in years)


def test_a_chosen_range_of_a_histogram_is_binned_anew(school: Any) -> None:
    answer = school.ask("Histogram of the ages of students with a linked overview to zoom")
    upper, lower = answer.spec["vconcat"]
    assert "extent" in upper["encoding"]["x"]["bin"]
    assert "extent" not in lower["encoding"]["x"]["bin"]
