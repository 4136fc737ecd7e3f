"""Kinds of charts that words describe without their names."""

from __future__ import annotations

import pytest

from multivis.offline.chart_kinds import read_chart_kind


@pytest.mark.parametrize(
    ("words", "family"),
    [
        ("A grid of crop by valley whose cells are darker the more farms there are", "heatmap"),
        ("Color a square for each year and status by the number of loans", "heatmap"),
        ("How many loans for each rating and status? Use shades in a matrix", "heatmap"),
        ("Slices of a circle for the number of farms by crop", "arc"),
        ("What portion of the loans has each status? One round chart", "arc"),
        ("Show median, quartiles and outliers of the cost for each status", "box"),
        ("Mirrored densities of the wage standing side by side for each trade", "violin"),
        ("What share of the loans cost at most a given amount? Draw it as a step line", "ecdf"),
        ("How do the budgets add up, each bar starting where the one before ended?", "waterfall"),
        ("Loans per month as an area folded into two bands", "horizon"),
        ("Compare the quantiles of the wage with those of a normal distribution", "qq"),
        ("How do age, wage and height relate pairwise?", "matrix"),
        ("Smooth curves of the distribution of wages, one per trade", "density"),
        ("One little tick per worker showing the age, a row for each trade", "strip"),
        ("Does the wage go up with age? One mark for each worker", "scatter"),
        ("Workers by age and wage with a slider for the age", "scatter"),
        ("What share of the loans has each status? A ring chart would be nice", "arc"),
        ("A horizon-style graph of the rain per month", "horizon"),
        ("Loan calendar: years across the top, months going down, shaded by their number",
         "heatmap"),
        ("A matrix of farms by crop with the weight in the tiles", "heatmap"),
        ("A month-by-year grid of the loans", "heatmap"),
        ("Bin the age and the wage of the workers and color by the count", "heatmap"),
        ("How are the wages spread? Bins of 500, please", "histogram"),
        ("Tons picked over the years, stacked by crop", "area"),
        ("Wage per worker on a log scale. Line.", "line"),
        ("Mean wage per age with a standard deviation band", "line"),
        ("The age of the youngest and the oldest as dots with a line between the two", "dumbbell"),
    ],
)  # fmt: skip
def test_words_describe_a_kind(words: str, family: str) -> None:
    assert read_chart_kind(words).family == family


@pytest.mark.parametrize(
    ("words", "family"),
    [
        ("A bar chart of the farms per crop in shades of green", "bar"),
        ("A line chart of the loans per year with grid lines", "line"),
        ("Bars of the number of loans per status", "bar"),
        ("A scatter plot of age and wage with one dot for each worker", "scatter"),
        ("Points of age against wage, those below in up to 10 bins", "scatter"),
        ("Stacked bars of the loans over the years", "bar"),
    ],
)
def test_a_kind_that_is_named_stays(words: str, family: str) -> None:
    assert read_chart_kind(words).family == family


def test_what_fills_the_height_is_a_share_and_what_shades_time_a_band() -> None:
    assert read_chart_kind("Loans per year, every bar reaching 100%").stacking == "normalize"
    areas = read_chart_kind("Loans per month as areas that fill the whole height")
    assert (areas.family, areas.stacking) == ("area", "normalize")
    band = read_chart_kind(
        "Draw the mean rating over the years and shade the 95% confidence interval"
    )
    assert (band.family, band.band) == ("line", True)


def test_bars_that_are_not_side_by_side_lie_over_each_other() -> None:
    bars = read_chart_kind("Plan as pale bars and sales in blue bars, not side by side")
    assert bars.stacking == "layered"
    assert read_chart_kind("Plan and sales as bars side by side").stacking == "grouped"
