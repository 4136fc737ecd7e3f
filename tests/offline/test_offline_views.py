"""Several views of the same rows, and brushes that link them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CARS = "CREATE TABLE cars (car_id INTEGER PRIMARY KEY, car_name TEXT, origin TEXT, mpg REAL," + (
    " horsepower INTEGER, weight INTEGER);"
) + "\n".join(
    f"INSERT INTO cars VALUES ({i},'Car {i}','{['USA', 'Japan', 'Europe'][i % 3]}',"
    f"{10 + i % 20},{60 + i * 3 % 90},{2000 + i * 7 % 900});"
    for i in range(1, 81)
)  # fmt: skip


@pytest.fixture(scope="module")
def cars(make_database: Callable[[str], Any]) -> Any:
    return make_database(CARS)


def _mark(spec: dict[str, Any]) -> str:
    return str(spec["mark"] if isinstance(spec["mark"], str) else spec["mark"]["type"])


def test_histograms_at_the_margins_stand_above_and_beside_the_points(cars: Any) -> None:
    spec = cars.ask(
        "Scatter plot of horsepower against mpg coloured by origin, with histograms at the top "
        "and right side using 15 bins"
    ).spec
    top, (points, right) = spec["vconcat"][0], spec["vconcat"][1]["hconcat"]
    assert [_mark(v) for v in (top, points, right)] == ["bar", "point", "bar"]
    assert top["encoding"]["x"]["field"] == points["encoding"]["x"]["field"] == "mpg"
    assert right["encoding"]["y"]["field"] == points["encoding"]["y"]["field"] == "horsepower"
    assert top["encoding"]["x"]["bin"] == {"maxbins": 15}
    assert top["width"] == points["width"]
    assert right["height"] == points["height"]


def test_two_pairs_of_measures_make_two_charts_with_brushes_that_work_together(cars: Any) -> None:
    answer = cars.ask(
        'Two side-by-side scatter plots: horsepower versus mpg, titled "A", and weight versus mpg,'
        ' titled "B". Brushing in one plot should highlight the points in both.'
    )
    views = answer.spec["hconcat"]
    assert [(v["encoding"]["x"]["field"], v["encoding"]["y"]["field"]) for v in views] == [
        ("horsepower", "mpg"), ("weight", "mpg"),
    ]  # fmt: skip
    assert [v["title"] for v in views] == ["A", "B"]
    for view in views:
        shown = str(view["encoding"]["color"])
        assert "brush_1" in shown
        assert "brush_2" in shown
    assert len(answer.spec["params"]) == 2


def test_each_histogram_of_a_crossfilter_follows_the_brushes_of_the_others(cars: Any) -> None:
    answer = cars.ask("Histograms of horsepower, weight and mpg with crossfilter brushing")
    views = answer.spec["hconcat"]
    assert len(views) == 3
    for index, view in enumerate(views, start=1):
        behind, before = view["layer"]
        assert behind["mark"]["color"] == "lightgray"
        followed = {step["filter"]["param"] for step in before["transform"]}
        assert followed == {f"brush_{n}" for n in (1, 2, 3) if n != index}


def test_one_pair_of_measures_stays_one_chart(cars: Any) -> None:
    assert "hconcat" not in cars.ask("Scatter plot of horsepower versus mpg").spec
