"""Which columns and tables the words of a question are linked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LEAGUE = """
CREATE TABLE towns (town_id INTEGER PRIMARY KEY, town_name TEXT, year INTEGER);
CREATE TABLE athletes (athlete_id INTEGER PRIMARY KEY, name TEXT, town_id INTEGER
  REFERENCES towns(town_id), playing_role TEXT, player TEXT, position TEXT, points INTEGER,
  tot_cred INTEGER, is_male TEXT, age INTEGER, guild TEXT);
CREATE TABLE permits (town_id INTEGER REFERENCES towns(town_id), year INTEGER, permits INTEGER);
CREATE TABLE intakes (town_id INTEGER REFERENCES towns(town_id), year INTEGER,
  total_intake_ay INTEGER, part_time_ay INTEGER);
INSERT INTO intakes VALUES (1,2001,400,9),(1,2002,450,9),(2,2001,300,9),(2,2002,310,9);
CREATE TABLE schools (school_id INTEGER PRIMARY KEY, name TEXT, lead INTEGER
  REFERENCES athletes(athlete_id));
CREATE TABLE trained_at (athlete INTEGER REFERENCES athletes(athlete_id),
  school INTEGER REFERENCES schools(school_id), in_charge INTEGER);
CREATE TABLE courses (course_id INTEGER PRIMARY KEY, credits INTEGER, title TEXT);
INSERT INTO towns VALUES (1,'Hull',1850),(2,'York',1900);
INSERT INTO permits VALUES (1,2001,40),(1,2002,45),(2,2001,30),(2,2002,31);
INSERT INTO schools VALUES (1,'North Row',1),(2,'South Row',2);
INSERT INTO trained_at VALUES (1,2,1),(2,1,0),(3,1,1),(4,2,0);
INSERT INTO courses VALUES (1,3,'Rope'),(2,4,'Wall');
""" + "\n".join(
    f"INSERT INTO athletes VALUES ({i},'N{i}',{i % 2 + 1},'r','P{i}',"
    f"'{['Keep', 'Wing', 'Back'][i % 3]}',{i * 7 % 31},{i * 3},'{'TF'[i % 2]}',"
    f"{20 + i},'{['Rope and wall', 'Ice'][i % 2]}');"
    for i in range(1, 13)
)


@pytest.fixture(scope="module")
def league(make_database: Callable[[str], Any]) -> Any:
    return make_database(LEAGUE)


def test_points_whose_distribution_is_shown_are_a_column(league: Any) -> None:
    answer = league.ask("Histogram of the points of the athletes.")
    assert answer.columns == ["points"] and len(answer.rows) == 12


def test_an_adjective_before_a_column_is_no_other_column(league: Any) -> None:
    answer = league.ask("Give me a strip plot of age for each playing position.")
    assert set(answer.columns) == {"age", "position"}


def test_a_table_that_holds_numbers_of_things_is_added_up_and_not_counted(league: Any) -> None:
    answer = league.ask("Show a line chart of the number of permits over the years.")
    assert sorted(answer.rows) == [(2001, 70), (2002, 76)]


def test_the_year_of_the_rows_comes_before_the_year_of_what_they_belong_to(league: Any) -> None:
    answer = league.ask("Line chart of the total intake over the years, one line per town.")
    assert set(answer.rows) >= {(2001, "Hull", 400), (2002, "York", 310)}


def test_men_and_women_are_told_apart_by_a_column_that_says_yes_or_no(league: Any) -> None:
    answer = league.ask("How many athletes are there at each position, and how many are men and "
                        "women? Stacked bars.")  # fmt: skip
    assert answer.spec["encoding"]["color"]["field"] == "is_male"
    assert "WHERE" not in answer.sql


def test_one_gender_of_a_yes_or_no_column_is_a_condition(league: Any) -> None:
    answer = league.ask("Show the number of female athletes per position.")
    assert "is_male = 'F'" in answer.sql


def test_a_value_of_several_words_in_lower_case_is_a_condition(league: Any) -> None:
    answer = league.ask("For the rope and wall athletes, show the age by name as bars.")
    assert "'Rope and wall'" in answer.sql


def test_things_that_are_joined_by_a_link_are_joined_through_it(league: Any) -> None:
    answer = league.ask("Which athletes are trained at which schools? Show the number of athletes "
                        "trained at each school as bars.")  # fmt: skip
    assert "lead" not in answer.sql


def test_abbreviated_totals_are_named_in_full(league: Any) -> None:
    answer = league.ask("Histogram of the total credits.")
    assert answer.columns == ["tot_cred"]


def test_those_who_did_it_each_year_are_no_groups(sales: Any) -> None:
    answer = sales.ask("Number of orders placed each year by customers in bars.")
    assert "name" not in " ".join(answer.columns)


def test_how_many_of_the_things_counts_them(league: Any) -> None:
    answer = league.ask("How many of the athletes come from each town? Horizontal bars please.")
    assert sorted(answer.rows) == [("Hull", 6), ("York", 6)]
