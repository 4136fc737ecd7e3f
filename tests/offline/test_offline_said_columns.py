"""Columns that are not named as they are called: initials, keys, people, figures, lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.initials import corrected
from multivis.offline.said_pairs import told_names
from multivis.offline.words import split_name

DOCKS = """
CREATE TABLE ledger (custid INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE deposits (custid INTEGER REFERENCES ledger(custid), balance REAL);
CREATE TABLE crews (crew_code TEXT PRIMARY KEY, crew_name TEXT);
CREATE TABLE staff (staff_id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, gender TEXT,
  rank TEXT, crew_code TEXT REFERENCES crews(crew_code));
CREATE TABLE member_of (staff_id INTEGER REFERENCES staff(staff_id), lodge TEXT);
CREATE TABLE makers (maker_id INTEGER PRIMARY KEY, maker_name TEXT, nationality TEXT);
CREATE TABLE fairs (fair_id INTEGER PRIMARY KEY, motto TEXT, number_of_makers INTEGER);
CREATE TABLE fair_makers (fair_id INTEGER REFERENCES fairs(fair_id),
  maker_id INTEGER REFERENCES makers(maker_id));
CREATE TABLE yachts (yacht_id INTEGER PRIMARY KEY, yacht_name TEXT,
  maker INTEGER REFERENCES makers(maker_id), hull_colour TEXT, launch_year INTEGER, LOA_m REAL,
  price REAL, sail_area REAL);
CREATE TABLE sailors (sailor_id INTEGER PRIMARY KEY, sailor TEXT, post TEXT, season TEXT,
  start_points REAL, reach_points REAL, finish_points REAL, overall_points REAL);
INSERT INTO crews VALUES ('A','Alpha'),('B','Bravo');
""" + "\n".join(
    f"INSERT INTO ledger VALUES ({i},'Client {i}');"
    f"INSERT INTO deposits VALUES ({i},{i * 100.5});"
    f"INSERT INTO staff VALUES ({i},'F{i}','L{i}','{'FM'[i % 2]}','{['Mate', 'Cook'][i % 2]}',"
    f"'{'AB'[i % 2]}');"
    f"INSERT INTO member_of VALUES ({i},'Lodge {i % 3}');INSERT INTO member_of VALUES ({i},'West');"
    f"INSERT INTO makers VALUES ({i},'Maker {i}','{['Danish', 'French', 'Greek'][i % 3]}');"
    f"INSERT INTO fairs VALUES ({i},'Motto {i % 4}',{i * 3});"
    f"INSERT INTO fair_makers VALUES ({i},{i});"
    f"INSERT INTO sailors VALUES ({i},'Sailor {i}','{['Bow', 'Helm'][i % 2]}','{2010 + i % 4}',"
    f"{i}.5,{i * 2},{i * 3},{i * 6});"
    for i in range(1, 13)
) + "\n".join(
    f"INSERT INTO yachts VALUES ({i},'Yacht {i}',{i % 4 + 1},'{['red', 'white'][i % 2]}',"
    f"{2000 + i % 5},{8 + i * 0.25},{1000 * i},{20 + i});"
    for i in range(1, 25)
)  # fmt: skip


@pytest.fixture(scope="module")
def docks(make_database: Callable[[str], Any]) -> Any:
    return make_database(DOCKS)


def test_the_key_of_a_table_says_what_its_rows_are_called(docks: Any) -> None:
    answer = docks.ask("Bar chart of the balance per customer.")
    assert "ledger" in answer.sql and len(answer.rows) == 12
    assert any(str(value).startswith("Client") for value in answer.rows[0])


@pytest.mark.parametrize(("name", "words"), [
    ("custid", ("customer", "id")), ("empname", ("employee", "name")),
    ("candidate", ("candidate",)),
])  # fmt: skip
def test_an_abbreviation_joined_to_a_noun_is_two_words(name: str, words: tuple[str, ...]) -> None:
    assert split_name(name) == words


@pytest.mark.parametrize("said", ["length-over-all", "length over all"])
def test_initials_of_a_column_may_be_written_out(docks: Any, said: str) -> None:
    answer = docks.ask(f"Scatter plot of the price of the yachts against their {said}.")
    assert {"price", "LOA_m"} <= set(answer.columns)


def test_a_column_may_be_said_by_its_initials(docks: Any) -> None:
    answer = docks.ask("Scatter plot of the price of the yachts versus their SA.")
    assert {"price", "sail_area"} <= set(answer.columns)


def test_a_slip_of_the_pen_still_names_the_column(docks: Any) -> None:
    answer = docks.ask("Bar chart of the number of makers by natoinality.")
    assert answer.columns[0] == "nationality" and len(answer.rows) == 3


def test_only_long_words_nearly_the_same_are_slips() -> None:
    known = frozenset({"county", "nationality", "temperature"})
    assert corrected("country", known) == "country"
    assert corrected("temprature", known) == "temperature"
    assert corrected("natoinality", known) == "nationality"


def test_members_of_a_thing_are_the_thing(docks: Any) -> None:
    answer = docks.ask("How many staff members do we have at each rank?")
    assert "member_of" not in answer.sql.lower()
    assert {row[1] for row in answer.rows} == {6}


def test_people_are_the_persons_of_the_table_beside(docks: Any) -> None:
    answer = docks.ask("How many people are in each crew? Bar chart.")
    assert sorted(answer.rows) == [("Alpha", 6), ("Bravo", 6)]


@pytest.mark.parametrize("asked", [
    "Bars of the minimum and maximum price of the yachts by hull colour.",
    "Compare the lowest and the highest price of the yachts for each hull colour as bars.",
])  # fmt: skip
def test_two_figures_of_one_number_stand_beside_each_other(docks: Any, asked: str) -> None:
    answer = docks.ask(asked)
    assert "MIN(price)" in answer.sql and "MAX(price)" in answer.sql
    assert {"Minimum", "Maximum"} <= {str(value) for row in answer.rows for value in row}


def test_figures_are_called_as_the_question_says(docks: Any) -> None:
    answer = docks.ask(
        "Lines of the average and maximum price per launch year (call them usual and dearest)."
    )
    assert {"Usual", "Dearest"} <= {str(value) for row in answer.rows for value in row}


def test_told_names_find_their_measures_by_their_words() -> None:
    asked = "The lines are called 'Entry and exit' and 'Interchange'."
    names = ["interchanges", "annual_entry"]
    assert told_names(asked, names) == ["Interchange", "Entry and exit"]
    assert told_names("No names here, only 'one'.", names) == names


def test_the_number_of_things_counts_them_though_another_table_holds_such_a_number(
    docks: Any,
) -> None:
    counted = docks.ask("Pie chart of the makers by nationality, with the number of makers.")
    assert "COUNT" in counted.sql and "fairs" not in counted.sql
    held = docks.ask("Bar chart of the total number of makers per motto of the fairs.")
    assert "number_of_makers" in held.sql


def test_a_number_that_names_things_stands_along_the_axis(docks: Any) -> None:
    answer = docks.ask("Line of the overall points by sailor number.")
    assert "sailor_id" in answer.columns and "overall_points" in answer.columns


def test_a_column_hinted_at_in_a_list_of_sure_ones_is_shown(docks: Any) -> None:
    answer = docks.ask("Bars of the start, reach and finish points for each sailor.")
    assert {"start", "reach", "finish"} <= {
        str(value).lower() for row in answer.rows for value in row
    }
    assert "overall" not in answer.sql


def test_a_share_of_what_the_rows_are_called_counts_the_rows(docks: Any) -> None:
    answer = docks.ask("Share of sailors by post over the seasons as a 100% stacked area.")
    assert "COUNT" in answer.sql and "GROUP BY" in answer.sql
    assert answer.channel("x")["field"] == "season"


def test_a_name_that_is_asked_for_replaces_the_key_that_refers_to_it(docks: Any) -> None:
    answer = docks.ask(
        "Scatter plot of price versus sail area coloured by the maker (use the maker's maker name)."
    )
    assert "maker_name" in answer.columns and "maker" not in answer.columns


def test_each_owner_makes_the_groups_of_what_it_owns(docks: Any) -> None:
    answer = docks.ask("Bar chart of the average price of each maker's yachts.")
    assert answer.columns[0] == "maker_name" and len(answer.rows) == 4


def test_the_most_of_a_column_ranks_the_groups_by_their_rows(docks: Any) -> None:
    answer = docks.ask("Top ten posts by number of seasons, as bars.")
    assert sorted(answer.rows) == [("Bow", 6), ("Helm", 6)]


@pytest.mark.parametrize("asked", [
    "Number of yachts per launch year as bars, make 2003 orange.",
    "Bars of the number of yachts by launch year; highlight 2003.",
])  # fmt: skip
def test_a_year_that_is_painted_is_one_bar_among_others(docks: Any, asked: str) -> None:
    answer = docks.ask(asked)
    assert len(answer.rows) == 5 and "condition" in answer.channel("color")


@pytest.mark.parametrize("said", [
    "and colour Danish differently", "and make Danish green", "with Danish in a different colour",
])  # fmt: skip
def test_a_value_that_is_painted_is_no_condition(docks: Any, said: str) -> None:
    answer = docks.ask(f"Bar chart of the number of makers by nationality {said}.")
    assert len(answer.rows) == 3 and "condition" in answer.channel("color")


def test_one_row_for_each_thing_is_a_place_on_the_axis_of_lying_bars(docks: Any) -> None:
    answer = docks.ask(
        "Horizontal stacked bars, one row per maker nationality, of the number of makers."
    )
    assert answer.channel("y")["field"] == "nationality" and "row" not in answer.spec["encoding"]


@pytest.mark.parametrize(("said", "order"), [
    ("segments in reverse alphabetical order", "descending"),
    ("the pieces are in alphabetical order", "ascending"),
])  # fmt: skip
def test_segments_have_an_order_of_their_own(docks: Any, said: str, order: str) -> None:
    answer = docks.ask(
        f"Horizontal bars of the number of staff by rank, stacked by gender, {said}."
    )
    assert answer.channel("order")["sort"] == order
    assert answer.channel("order")["field"] == answer.channel("color")["field"]


def test_what_is_listed_in_a_legend_is_told_apart_by_colour(docks: Any) -> None:
    answer = docks.ask(
        "Stacked area of the number of sailors by season with the posts in the legend."
    )
    assert answer.channel("color")["field"] == "post"
    assert answer.channel("x")["field"] == "season"


HALLS = """
CREATE TABLE wards (ward_id INTEGER PRIMARY KEY, ward_name TEXT, district TEXT);
CREATE TABLE halls (hall_id INTEGER PRIMARY KEY, hall_name TEXT, seats INTEGER,
  ward_id INTEGER REFERENCES wards(ward_id));
CREATE TABLE posts (post_code TEXT PRIMARY KEY, post_description TEXT);
CREATE TABLE employees (employee_id INTEGER PRIMARY KEY, employee_name TEXT,
  post_code TEXT REFERENCES posts(post_code));
CREATE TABLE concerts (concert_id INTEGER PRIMARY KEY, hall_id INTEGER REFERENCES halls(hall_id),
  concert_date TEXT, guests INTEGER, outcome TEXT);
INSERT INTO posts VALUES ('AA','Usher'),('BB','Porter'),('CC','Baker');
""" + "\n".join(
    f"INSERT INTO wards VALUES ({i},'Ward {i}','{['North', 'South', 'East'][i % 3]}');"
    f"INSERT INTO halls VALUES ({i},'Hall {i}',{100 + i * 17 % 90},{i});"
    f"INSERT INTO employees VALUES ({i},'E{i}','{['AA', 'BB'][i % 2]}');"
    f"INSERT INTO concerts VALUES ({i},{i},'20{10 + i % 4}-0{i % 9 + 1}-12',{i * 9},"
    f"'{['full', 'empty'][i % 2]}');"
    for i in range(1, 25)
)


@pytest.fixture(scope="module")
def halls(make_database: Callable[[str], Any]) -> Any:
    return make_database(HALLS)


def test_people_in_a_post_are_the_employees(halls: Any) -> None:
    answer = halls.ask("Which posts have how many people in them? Bars by post description.")
    assert ("Usher", 12) in answer.rows and "employees" in answer.sql


@pytest.mark.parametrize("said", [
    "split into rows by the part of town their ward lies in (North, South, East)",
    "one panel for each side of the city (North, South or East)",
])  # fmt: skip
def test_listed_values_tell_which_column_a_phrase_is_about(halls: Any, said: str) -> None:
    answer = halls.ask(f"Histogram of the seats of the halls, {said}.")
    assert set(answer.columns) == {"seats", "district"}
    assert {"row", "column"} & set(answer.spec["encoding"])


def test_the_date_of_a_thing_may_be_that_of_what_happens_there(halls: Any) -> None:
    answer = halls.ask("Dots of the guests by hall date.")
    assert {"concert_date", "guests"} <= set(answer.columns)


def test_small_panels_by_a_group_are_panels(halls: Any) -> None:
    answer = halls.ask("Number of concerts by outcome, in small panels by district.")
    assert {"row", "column", "facet"} & set(answer.spec["encoding"])


def test_the_left_panel_is_no_left_axis(halls: Any) -> None:
    from multivis.offline.concepts import Concept
    from multivis.offline.cues import give_roles
    from multivis.offline.linking import Candidate

    shown = [Concept(Candidate(1.0), 0), Concept(Candidate(1.0), 1)]
    give_roles("[0] on the left panel and [1] on the left", [*shown])
    assert "y" not in shown[0].roles and "y" in shown[1].roles
