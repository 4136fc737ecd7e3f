"""Room for few categories, numbers that can be read, titles in words, axis titles in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View
from multivis.offline.sizes import with_formats, with_room
from multivis.offline.words import humanise

YEARS = [{"name": "year", "distinct": 3}, {"name": "sales", "distinct": 3}]


def _plan(mark: str, *, horizontal: bool = False, **more: Any) -> Plan:
    category = Channel("y" if horizontal else "x", "year", "ordinal")
    value = Channel("x" if horizontal else "y", "sales", "quantitative")
    return Plan(views=(View(layers=(Layer(mark, channels=(category, value)),)),), **more)


@pytest.mark.parametrize("mark", ["line", "area", "bar", "point"])
def test_three_years_are_not_drawn_sixty_pixels_wide(mark: str) -> None:
    assert 300 <= with_room(_plan(mark), YEARS).views[0].width <= 420


def test_a_size_that_was_asked_for_stays() -> None:
    assert with_room(_plan("bar", width=250), YEARS).views[0].width == 0


def test_many_categories_keep_the_step_of_the_library() -> None:
    many = [{"name": "year", "distinct": 40}]
    assert with_room(_plan("bar"), many).views[0].width == 0
    assert with_room(_plan("line"), many).views[0].width == 0


def test_horizontal_bars_get_a_height_for_their_rows() -> None:
    view = with_room(_plan("bar", horizontal=True), YEARS).views[0]
    assert (view.width, view.height) == (0, 90)


def test_means_in_labels_and_tooltips_have_two_decimals() -> None:
    layer = Layer("bar", channels=(
        Channel("text", "m", "quantitative"), Channel("tooltip", "n", "quantitative"),
        Channel("tooltip", "g", "nominal"),
    ))  # fmt: skip
    outputs = (Output("m", "t", "c", "avg"), Output("n", "t", "", "count"), Output("g"))
    plan = Plan(views=(View(layers=(layer,)),), query=Query(outputs=outputs))
    columns = [
        {"name": "m", "minimum": 3.57142857, "maximum": 8.0},
        {"name": "n", "minimum": 1, "maximum": 12},
    ]
    assert [c.format for c in with_formats(plan, columns).layers[0].channels] == [".2f", "", ""]


def test_large_numbers_in_labels_have_separators() -> None:
    layer = Layer("bar", channels=(Channel("text", "n", "quantitative"),))
    plan = Plan(views=(View(layers=(layer,)),))
    columns = [{"name": "n", "minimum": 1200, "maximum": 1234567}]
    assert with_formats(plan, columns).layers[0].channels[0].format == ","


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("dep_delay", "Departure Delay"), ("Arr_Time", "Arrival Time"),
        ("Num_Employees", "Number of Employees"), ("num_of_staff", "Number of Staff"),
        ("avg_qty", "Average Quantity"), ("Dept_Name", "Department Name"),
        ("max_amt", "Maximum Amount"), ("station_no", "Station Number"), ("dep", "Dep"),
    ],
)  # fmt: skip
def test_abbreviations_in_names_are_written_out(name: str, title: str) -> None:
    assert humanise(name) == title


PHOTOS = """
CREATE TABLE ranges (range_id INTEGER PRIMARY KEY, mountain_range TEXT);
CREATE TABLE photos (photo_id INTEGER PRIMARY KEY, range_id INTEGER REFERENCES ranges(range_id),
  avg_likes REAL);
INSERT INTO ranges VALUES (1,'Alps'),(2,'Andes');
INSERT INTO photos VALUES (1,1,3),(2,1,4),(3,2,5);
"""


@pytest.fixture(scope="module")
def photos(make_database: Callable[[str], Any]) -> Any:
    return make_database(PHOTOS)


@pytest.mark.parametrize(
    "pair", ["'Range' and 'Number of Photos'", "'Number of Photos' and 'Range'"]
)
def test_a_pair_of_axis_titles_goes_where_the_content_is(photos: Any, pair: str) -> None:
    question = "Horizontal bar chart of the number of photos per mountain range, "
    answer = photos.ask(f"{question} label the axes as {pair}.")
    assert answer.channel("x")["title"] == "Number of Photos"
    assert answer.channel("y")["title"] == "Range"


def test_an_axis_that_is_named_gets_its_title_whatever_it_says(photos: Any) -> None:
    answer = photos.ask(
        "Bar chart of the number of photos per mountain range. Label the x-axis 'Number of Photos'"
        " and the y-axis 'Range'."
    )
    assert answer.channel("x")["title"] == "Number of Photos"
    assert answer.channel("y")["title"] == "Range"


def test_an_average_of_averages_says_average_once(photos: Any) -> None:
    answer = photos.ask("Average likes by mountain range as bars")
    assert answer.channel("y")["title"] == "Average Likes"


@pytest.mark.parametrize(
    ("days", "ordered"),
    [("Friday Tuesday Monday", "Monday Tuesday Friday"), ("sat sun tue", "tue sat sun")],
)
def test_names_of_weekdays_follow_the_calendar(
    make_database: Callable[[str], Any], days: str, ordered: str
) -> None:
    rows = ",".join(f"('{day}', {n})" for n, day in enumerate(days.split() * 2))
    database = make_database(
        f"CREATE TABLE readings (day_of_week TEXT, level REAL); INSERT INTO readings VALUES {rows};"
    )
    answer = database.ask("Bar chart of the average level by day of week")
    order = answer.channel("x")["sort"]
    shown = {row[0] for row in answer.rows}
    assert [day for day in order if day in shown] == ordered.split()


def test_a_share_of_a_count_is_a_share_of_the_things(photos: Any) -> None:
    answer = photos.ask("Bar chart of the percentage of photos in each mountain range")
    assert answer.channel("y")["title"] == "Share of Photos"
