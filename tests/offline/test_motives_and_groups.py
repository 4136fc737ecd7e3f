"""Why a question is asked is no request; groups and what is left out are said in many ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.left_out import left_out_actively

FARMS = """
CREATE TABLE farms (farm_id INTEGER PRIMARY KEY, name TEXT, region TEXT, acres REAL);
CREATE TABLE harvests (harvest_id INTEGER PRIMARY KEY,
  farm_id INTEGER REFERENCES farms(farm_id), crop TEXT, grade_type_code TEXT,
  harvest_date TEXT, tons REAL, moisture REAL);
INSERT INTO farms VALUES (1,'Hill',  'North', 10), (2,'Dale', 'North', 20),
  (3,'Brook','South', 40), (4,'Moor', 'South', 80);
INSERT INTO harvests VALUES (1,1,'wheat','A','2019-03-02', 5, 0.1),
  (2,1,'oats', 'B','2020-04-02', 7, NULL), (3,2,'wheat','A','2020-04-11', 9, 0.3),
  (4,3,'oats', 'B','2021-05-20', 4, 0.4), (5,3,'wheat','A','2021-05-22', 6, 0.2),
  (6,3,'wheat','B','2022-05-22', 8, 0.6);
"""


@pytest.fixture(scope="module")
def farms(make_database: Callable[[str], Any]) -> Any:
    """Farms, and what they brought in."""
    return make_database(FARMS)


@pytest.mark.parametrize(
    "question",
    [
        "Do larger farms get moister crops? Plot tons against moisture as dots.",
        "I wonder whether wheat does better in the north. Plot tons against moisture as dots.",
        "For our meeting I'd like to find out how acres and dates matter: plot tons against "
        "moisture as dots.",
    ],
)
def test_what_one_wants_to_learn_is_neither_drawn_nor_a_condition(
    farms: Any, question: str
) -> None:
    answer = farms.ask(question)
    assert sorted(answer.rows, key=str) == sorted(
        [(0.1, 5), (None, 7), (0.3, 9), (0.4, 4), (0.2, 6), (0.6, 8)], key=str
    )


def test_the_first_question_counts_where_the_rest_says_only_the_form(farms: Any) -> None:
    answer = farms.ask("How many harvests did each farm have? Use bars, the largest first.")
    assert dict(answer.rows)["Brook"] == 3


def test_numbers_that_the_rest_calls_both_are_taken_from_the_first_question(farms: Any) -> None:
    answer = farms.ask(
        "Do acres matter for the tons and the moisture? Make a scatter plot of the acres of each "
        "farm against both numbers in two colors."
    )
    held = {value for row in answer.rows for value in row}
    assert {0.1, 0.3, 0.6} <= held and {80, 40} & held and {9, 4} <= held


def test_groups_of_the_first_question_are_kept(farms: Any) -> None:
    answer = farms.ask("Which regions do well? Show the total tons as bars.")
    assert dict(answer.rows) == {"North": 21, "South": 18}


@pytest.mark.parametrize(
    "question",
    [
        "Count the harvests per farm, stacking the crops inside each bar.",
        "Number of harvests for each farm as bars, divided into colours according to crop.",
        "Count the harvests for every combination of farm and crop.",
        "Farm x crop heat map of the number of harvests.",
        "Bars with the number of harvests by farm, with the crops as layers.",
    ],
)
def test_two_groups_said_in_other_words(farms: Any, question: str) -> None:
    found = {frozenset(row) for row in farms.ask(question).rows}
    assert found == {
        frozenset(("Hill", "wheat", 1)), frozenset(("Hill", "oats", 1)),
        frozenset(("Dale", "wheat", 1)), frozenset(("Brook", "oats", 1)),
        frozenset(("Brook", "wheat", 2)),
    }  # fmt: skip


def test_a_column_per_month_and_a_row_per_year_are_two_groups(farms: Any) -> None:
    answer = farms.ask(
        "A grid of coloured squares with the sum of tons by harvest date, one row per year and "
        "one column per month."
    )
    found = {(int(month), int(year)): tons for month, year, tons in answer.rows}
    assert found == {(3, 2019): 5, (4, 2020): 16, (5, 2021): 10, (5, 2022): 8}


def test_a_kind_is_a_type(farms: Any) -> None:
    answer = farms.ask("Count the harvests, one bar for every kind of harvest.")
    assert dict(answer.rows) == {"A": 3, "B": 3}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2020 or later only", {2020: 2, 2021: 2, 2022: 1}),
        ("2019 through 2020", {2019: 1, 2020: 2}),
        ("2021 onwards", {2021: 2, 2022: 1}),
        ("2020 or earlier", {2019: 1, 2020: 2}),
    ],
)
def test_stretches_of_years(farms: Any, said: str, kept: dict[int, int]) -> None:
    answer = farms.ask(f"Number of harvests by year of harvest date, {said}.")
    assert {int(year): number for year, number in answer.rows} == kept


@pytest.mark.parametrize(
    "question",
    [
        "Plot tons against moisture as dots. Harvests with no moisture are to be ignored.",
        "Plot tons against moisture as dots, and drop records whose moisture is missing.",
        "Tons against moisture as dots; exclude blanks in the moisture.",
    ],
)
def test_rows_without_a_value_are_left_out(farms: Any, question: str) -> None:
    assert len(farms.ask(question).rows) == 5


def test_groups_with_few_rows_are_left_out(farms: Any) -> None:
    answer = farms.ask(
        "Number of harvests per farm as bars. Farms with fewer than two harvests can be skipped."
    )
    assert dict(answer.rows) == {"Hill": 2, "Brook": 3}


def test_where_an_axis_begins_and_what_the_mouse_is_over_are_no_conditions(farms: Any) -> None:
    answer = farms.ask(
        "Acres of each farm as bars; acres may start above zero. Mousing over one shows its acres."
    )
    assert len(answer.rows) == 4
    assert "WHERE" not in answer.sql and "HAVING" not in answer.sql


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("Farms with no name are ignored.", "leave out Farms with no name."),
        ("Those without a date should be left out.", "leave out Those without a date."),
        ("The legend can be left out.", "The legend can be left out."),
        ("All farms are shown.", "All farms are shown."),
    ],
)
def test_what_is_left_out_is_said_actively(question: str, plain: str) -> None:
    assert left_out_actively(question) == plain


def test_a_reason_at_the_end_makes_no_condition(farms: Any) -> None:
    answer = farms.ask(
        "Number of harvests per farm as bars, because I'm trying to see when wheat was ahead."
    )
    assert sum(number for _, number in answer.rows) == 6
    assert "wheat" not in answer.sql


def test_a_kind_that_is_said_again_is_the_same_kind(farms: Any) -> None:
    answer = farms.ask(
        "Our crop team wants to see the tons within every type of harvest. Draw total tons "
        "as bars, one bar per type."
    )
    assert dict(answer.rows) == {"A": 20, "B": 19}


def test_what_stands_before_the_tooltip_is_drawn(farms: Any) -> None:
    answer = farms.ask("Harvest count by crop - ring-shaped pie, values on hover")
    assert dict(answer.rows) == {"wheat": 4, "oats": 2}


def test_groups_crossed_by_hyphens(farms: Any) -> None:
    answer = farms.ask("A year-by-crop heat map of the total tons, by harvest date.")
    assert {frozenset(row) for row in answer.rows} == {
        frozenset((2019, "wheat", 5)), frozenset((2020, "oats", 7)), frozenset((2020, "wheat", 9)),
        frozenset((2021, "oats", 4)), frozenset((2021, "wheat", 6)), frozenset((2022, "wheat", 8)),
    }  # fmt: skip
