"""What a question says beside the matter, what its titles tell, and what only stands out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.asides import without_asides
from multivis.offline.database_turn import plan_question

PUPILS = """
CREATE TABLE pupils (pupil_id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT,
  fee INTEGER, house TEXT);
CREATE TABLE payments (payment_id INTEGER PRIMARY KEY,
  pupil_id INTEGER REFERENCES pupils(pupil_id), paid_on TEXT, amount REAL, method TEXT);
INSERT INTO pupils VALUES (1,'Ann','Lee',5,'Oak'),(2,'Bo','Lee',7,'Elm'),(3,'Cy','Fox',9,'Oak');
INSERT INTO payments VALUES (1,1,'2021-01-03 07:15:00',10,'cash'),
  (2,1,'2021-02-09 18:00:00',20,'card'),(3,2,'2021-02-11 07:45:00',5,'card');
"""


@pytest.fixture(scope="module")
def pupils(make_database: Callable[[str], Any]) -> Any:
    """Pupils with first and last names, and what they paid."""
    return make_database(PUPILS)


@pytest.mark.parametrize(
    ("question", "gone", "kept"),
    [
        ("Instead of the wheat prices, could you show rain by month?", "wheat", "rain"),
        ("Show rain by month instead of temperature.", "temperature", "rain"),
        ("I have this chart showing yields by site, but I'd like hours by team.", "yield", "hours"),
        ("Can you change my stock price chart to show rain by month?", "stock", "rain"),
        ("Show rain by month from our city_weather database.", "weather", "rain"),
        ("I like this plot of petals, but show me rain by month.", "petals", "rain"),
    ],
)
def test_the_old_chart_and_the_place_of_the_data_are_left_out(
    question: str, gone: str, kept: str
) -> None:
    left = without_asides(question)
    assert gone not in left
    assert kept in left
    assert len(left) == len(question)


def test_a_question_without_asides_stays_as_it_is() -> None:
    question = "Show the number of books for each genre as a bar chart, titled 'Books by Genre'."
    assert without_asides(question) == question


def test_columns_of_the_old_chart_are_not_drawn(sales: Any) -> None:
    answer = sales.ask(
        "Instead of showing the unit price by category, show the number of customers by country"
    )
    assert "unit_price" not in answer.sql
    assert dict(answer.rows) == {"United Kingdom": 2, "Spain": 2}


def test_people_are_called_by_first_and_last_name(pupils: Any) -> None:
    answer = pupils.ask("Bar chart of the fee of each pupil")
    assert sorted(answer.rows) == [("Ann Lee", 5), ("Bo Lee", 7), ("Cy Fox", 9)]
    assert pupils.ask("Number of pupils by last name").columns[0] == "last_name"


def test_total_payments_are_added_up_and_payments_are_counted(pupils: Any) -> None:
    total = pupils.ask("Line chart of the total of the payments over time by month")
    assert [row[1] for row in total.rows] == [10, 25]
    counted = pupils.ask("Bar chart of the number of payments for each method")
    assert dict(counted.rows) == {"card": 2, "cash": 1}


def test_an_axis_title_names_the_number_that_the_question_leaves_out(school: Any) -> None:
    answer = school.ask(
        'Show a bar chart of the departments of teachers, with the y-axis titled "Average Salary"'
    )
    assert dict(answer.rows) == {"Arts": 49500, "Science": 56000, "Sports": 45000}


def test_months_of_a_year_and_hours_are_written_with_two_digits(pupils: Any) -> None:
    assert {row[0] for row in pupils.ask("Number of payments by hour of the day").rows} == {
        "07",
        "18",
    }


def test_a_highlighted_group_leaves_the_others_in_the_chart(school: Any) -> None:
    answer = school.ask(
        "Bar chart of the number of teachers in each department, with Arts highlighted in orange"
    )
    assert len(answer.rows) == 3
    assert "orange" in str(answer.channel("color"))


def test_values_given_as_examples_are_no_conditions(pupils: Any) -> None:
    answer = pupils.ask("Bar chart of the number of payments for each method, like cash and card")
    assert len(answer.rows) == 2
    assert "WHERE" not in answer.sql


def test_bars_above_and_below_zero_get_two_colours(school: Any) -> None:
    answer = school.ask(
        "Bar chart of the total budget of each club, positive values in green and negative in red"
    )
    assert "green" in str(answer.channel("color"))
    assert "red" in str(answer.channel("color"))


@pytest.mark.parametrize("name", ["amount", "value"])
@pytest.mark.parametrize("by", ["by", "per", "for each"])
def test_a_measure_with_a_common_name_is_meant_where_a_measure_stands(name: str, by: str) -> None:
    schema = (
        'TABLE "sale" (120 rows)\n'
        '  "shop" TEXT, nominal, 3 distinct, values "Mill", "Quay", "Park"\n'
        '  "month" INTEGER, ordinal, 6 distinct, 1 .. 6, values 1, 2, 3, 4, 5, 6\n'
        f'  "{name}" INTEGER, quantitative, 120 distinct, 1 .. 1906\n'
    )
    for group in ("shop", "month"):
        query = plan_question(f"Show {name} {by} {group}", schema, "sqlite").plan.query
        assert [(output.column, output.aggregate) for output in query.outputs] == [
            (group, ""),
            (name, "sum"),
        ]
