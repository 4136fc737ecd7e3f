"""Which columns are shown: groups that values make, kinds, moments and units in names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.name_weights import name_weights
from multivis.offline.words import likeness

STABLE = """
CREATE TABLE riders (rider_id INTEGER PRIMARY KEY, name TEXT, sex TEXT, height REAL);
CREATE TABLE ref_states (state_code TEXT PRIMARY KEY, state_description TEXT);
CREATE TABLE rides (ride_id INTEGER PRIMARY KEY, rider_id INTEGER REFERENCES riders(rider_id),
  state_code TEXT REFERENCES ref_states(state_code), ground TEXT, minutes REAL, ride_date TEXT);
INSERT INTO ref_states VALUES ('Booked','To come'),('Ridden','It is over'),
  ('Missed','Nobody came');
""" + "\n".join(
    f"INSERT INTO riders VALUES ({i},'N{i}','{'MF'[i % 2]}',{150 + i * 3 % 40});"
    f"INSERT INTO rides VALUES ({i},{i},'{['Booked', 'Ridden', 'Missed'][i % 3]}',"
    f"'{['Forest', 'Beach', 'Training hall', 'Hill'][i % 4]}',{20 + i * 7 % 50},"
    f"'{2000 + i}-0{i % 9 + 1}-11');"
    for i in range(1, 25)
)


@pytest.fixture(scope="module")
def stable(make_database: Callable[[str], Any]) -> Any:
    return make_database(STABLE)


def test_values_that_a_spread_is_shown_for_are_its_groups(stable: Any) -> None:
    answer = stable.ask("Histograms of the riders' height for men and women, one below the other.")
    assert set(answer.columns) == {"sex", "height"}
    assert answer.spec["encoding"]["row"]["field"] == "sex"


def test_a_list_of_values_is_whole_with_words_between_and_other_forms(stable: Any) -> None:
    answer = stable.ask("Compare the number of rides in the forest and on beaches by ground.")
    assert {row[0] for row in answer.rows} == {"Forest", "Beach"}


def test_a_value_in_a_list_is_no_column_of_the_same_word(stable: Any) -> None:
    answer = stable.ask("Violin plots of the minutes for booked, missed and ridden rides, "
                        "side by side.")  # fmt: skip
    assert len(answer.columns) == 2 and "minutes" in answer.columns
    assert len(answer.rows) == 24 and "WHERE" not in answer.sql


def test_values_in_brackets_say_which_column_their_groups_come_from(stable: Any) -> None:
    answer = stable.ask("Bar chart of the number of rides by state (booked, ridden, missed).")
    assert {row[0] for row in answer.rows} == {"Booked", "Ridden", "Missed"}


def test_codes_that_are_words_stand_as_they_are_unless_descriptions_are_asked_for(
    stable: Any,
) -> None:
    plain = stable.ask("Bar chart of the number of rides by state.")
    assert {row[0] for row in plain.rows} == {"Booked", "Ridden", "Missed"}
    described = stable.ask("Bar chart of the number of rides by state, with its description.")
    assert {row[0] for row in described.rows} == {"To come", "It is over", "Nobody came"}


def test_a_number_that_another_one_varies_with_makes_groups(stable: Any) -> None:
    answer = stable.ask("Show how the number of riders varies with their height, as a line.")
    assert "GROUP BY" in answer.sql and len(answer.columns) == 2


def test_decades_and_quarters_are_whole_numbers(stable: Any) -> None:
    decades = stable.ask("How many rides were there by decade? A bar chart.")
    assert {row[0] for row in decades.rows} == {2000, 2010, 2020}
    quarters = stable.ask("How many rides were there in each quarter? A bar chart.")
    assert {row[0] for row in quarters.rows} == {1, 2, 3}


CLUBS = """
CREATE TABLE leagues (league_id INTEGER PRIMARY KEY, league TEXT, year INTEGER);
CREATE TABLE channels (channel_id INTEGER PRIMARY KEY, name TEXT, share_in_percent REAL);
CREATE TABLE clubs (club_id INTEGER PRIMARY KEY, name TEXT, league_id INTEGER
  REFERENCES leagues(league_id), first_promoted REAL, value_in_million REAL, order_year INTEGER);
CREATE TABLE games (game_id INTEGER PRIMARY KEY, club_id INTEGER REFERENCES clubs(club_id),
  game_date TEXT);
CREATE TABLE game_share (game_id INTEGER REFERENCES games(game_id),
  channel_id INTEGER REFERENCES channels(channel_id), day TEXT, share_in_percent REAL);
INSERT INTO leagues VALUES (1,'North',1950),(2,'South',1960);
INSERT INTO channels VALUES (1,'One',30.0),(2,'Two',20.0);
""" + "\n".join(
    f"INSERT INTO clubs VALUES ({i},'C{i}',{i % 2 + 1},{1990 + i % 5},{i * 3.5},{1980 + i});"
    f"INSERT INTO games VALUES ({i},{i},'{2010 + i % 3}-05-0{i % 9 + 1}');"
    f"INSERT INTO game_share VALUES ({i},{i % 2 + 1},'{['Mon', 'Tue', 'Wed'][i % 3]}',{i}.5);"
    for i in range(1, 13)
)


@pytest.fixture(scope="module")
def clubs(make_database: Callable[[str], Any]) -> Any:
    return make_database(CLUBS)


def test_the_average_of_a_part_is_that_of_a_column_and_no_count(clubs: Any) -> None:
    answer = clubs.ask("What was the average share of the games on each day? A line, please.")
    assert "AVG(share_in_percent)" in answer.sql and "FROM game_share" in answer.sql


def test_a_year_beside_something_that_happened_is_when_it_happened(clubs: Any) -> None:
    answer = clubs.ask("Area chart of how many clubs were first promoted in each year, by league.")
    assert {row[0] for row in answer.rows} == {1990, 1991, 1992, 1993, 1994}


def test_the_year_of_what_is_counted_comes_before_a_year_elsewhere(clubs: Any) -> None:
    answer = clubs.ask("A line chart of the number of games per year for each club's league.")
    assert {row[0] for row in answer.rows} == {2010, 2011, 2012}


def test_a_unit_tells_little_of_a_name_unless_the_name_is_the_unit() -> None:
    named = name_weights(("asset", "in", "billion"), frozenset())
    assert named[2] < 0.5 * named[0]
    assert name_weights(("mile",), frozenset()) == [1.0]
    assert name_weights(("total", "mile"), frozenset())[1] == 1.0


def test_what_belongs_to_a_thing_is_shown_and_makes_no_groups(clubs: Any) -> None:
    answer = clubs.ask("A bar chart with one bar per club name and its value in million.")
    assert "value_in_million" in answer.columns and "COUNT" not in answer.sql


def test_names_are_written_at_points_where_the_question_says_write(stable: Any) -> None:
    answer = stable.ask("Scatter plot of the height of the riders versus the minutes of their "
                        "rides, and write the name of the rider next to each point.")  # fmt: skip
    assert "name" in " ".join(answer.columns)
    assert any(layer["encoding"].get("text") for layer in answer.spec["layer"])


def test_an_asked_month_is_that_of_any_year(stable: Any) -> None:
    answer = stable.ask("In which months do rides take place? Bars split by ground.")
    assert "'%m'" in answer.sql and "ground" in answer.columns


def test_a_name_without_vowels_is_an_abbreviation() -> None:
    assert likeness("appt", "appointment") > 0.5 and likeness("bldg", "building") > 0.5
    assert likeness("apps", "appointment") == 0.0 and likeness("bold", "building") == 0.0


FARM = """
CREATE TABLE regions (region_code TEXT PRIMARY KEY, region_name TEXT);
CREATE TABLE towns (town_id INTEGER PRIMARY KEY, town TEXT, region_code TEXT
  REFERENCES regions(region_code));
CREATE TABLE farms (farm_id INTEGER PRIMARY KEY, name TEXT, town_id INTEGER
  REFERENCES towns(town_id), region_code TEXT, barn_count INTEGER, room_count INTEGER,
  rent REAL, start_date TEXT);
CREATE TABLE cattle (farm_id INTEGER REFERENCES farms(farm_id), year INTEGER, cattle INTEGER);
INSERT INTO regions VALUES ('N','North'),('S','South');
INSERT INTO towns VALUES (1,'Hull','N'),(2,'York','N'),(3,'Bath','S');
""" + "\n".join(
    f"INSERT INTO farms VALUES ({i},'F{i}',{i % 3 + 1},'{'NS'[i % 2]}',{i % 5},{i % 7},{i * 9.5},"
    f"'20{10 + i}-01-02');"
    f"INSERT INTO cattle VALUES ({i},2020,{i * 40}),({i},2021,{i * 50});"
    for i in range(1, 13)
)


@pytest.fixture(scope="module")
def farms(make_database: Callable[[str], Any]) -> Any:
    return make_database(FARM)


def test_a_column_called_as_a_key_joins_though_no_reference_is_declared(farms: Any) -> None:
    answer = farms.ask("Bar chart of the number of farms in each region, by region name.")
    assert sorted(answer.rows) == [("North", 6), ("South", 6)] and "towns" not in answer.sql


def test_where_a_slider_starts_is_no_column(farms: Any) -> None:
    answer = farms.ask("Scatter plot of room count versus rent of the farms with a slider for the "
                       "rent from 0 to 90 (step 10, start at 50).")  # fmt: skip
    assert "start_date" not in answer.sql


def test_a_total_that_each_row_has_is_not_added_up_beside_plain_points(farms: Any) -> None:
    answer = farms.ask("Scatter plot of the number of barns against the total number of rooms of "
                       "the farms.")  # fmt: skip
    assert "SUM" not in answer.sql and len(answer.rows) == 12


def test_great_numbers_in_a_column_called_as_its_table_are_the_things(farms: Any) -> None:
    answer = farms.ask("Line chart of the number of cattle per year.")
    assert "SUM(cattle)" in answer.sql and "COUNT" not in answer.sql


def test_years_that_are_spread_out_are_numbers(clubs: Any) -> None:
    answer = clubs.ask("A strip plot of when the clubs were first promoted, one row per league.")
    assert "first_promoted" in answer.columns and "COUNT" not in answer.sql
    fields = {c["field"]: c["type"] for c in answer.spec["encoding"].values() if "field" in c}
    assert fields["first_promoted"] == "quantitative"


def test_the_last_of_a_list_is_the_size_and_a_year_is_a_place(clubs: Any) -> None:
    answer = clubs.ask("Bubble chart of the clubs: order year, first promoted, and value in "
                       "million of the club as the bubble size.")  # fmt: skip
    assert answer.spec["encoding"]["size"]["field"] == "value_in_million"
    places = {answer.spec["encoding"][axis]["field"] for axis in ("x", "y")}
    assert places == {"order_year", "first_promoted"}


BILLS = """
CREATE TABLE bills (bill_id INTEGER PRIMARY KEY, shop TEXT, unpaid INTEGER, is_female TEXT,
  goals INTEGER, amount REAL);
""" + "\n".join(
    f"INSERT INTO bills VALUES ({i},'{'ABC'[i % 3]}',{i % 2},'{'TTF'[i % 3]}',{i % 2},{i * 5});"
    for i in range(1, 19)
)


@pytest.fixture(scope="module")
def bills(make_database: Callable[[str], Any]) -> Any:
    return make_database(BILLS)


def test_yes_and_no_are_written_out_where_both_sides_are_told_apart(bills: Any) -> None:
    answer = bills.ask("How many bills are paid and how many are unpaid in each shop? "
                       "Stacked bars.")  # fmt: skip
    assert set(answer.rows) >= {("A", "Unpaid", 3), ("A", "Paid", 3)}
    women = bills.ask("Stacked bar chart of the number of bills per shop, for men and women.")
    assert {row[1] for row in women.rows} == {"Male", "Female"}


def test_small_numbers_are_no_answers_of_yes_and_no(bills: Any) -> None:
    answer = bills.ask("Bar chart of the number of bills by goals.")
    assert "CASE" not in answer.sql


def test_what_follows_a_group_on_an_axis_is_no_part_of_its_list(bills: Any) -> None:
    answer = bills.ask("One panel per shop, the goals on the y-axis and the amount on the x-axis, "
                       "as points.")  # fmt: skip
    assert answer.spec["encoding"]["y"]["field"] == "goals"


TRAINS = """
CREATE TABLE trains (day TEXT, train INTEGER, line TEXT);
CREATE TABLE attendance (day TEXT, attendance INTEGER, hall TEXT);
""" + "\n".join(
    f"INSERT INTO trains VALUES ('2024-01-{1 + i % 9:02}',{100 + i % 40},'{'AB'[i % 2]}');"
    f"INSERT INTO attendance VALUES ('2024-01-{1 + i % 9:02}',{900 + i},'{'NS'[i % 2]}');"
    for i in range(60)
)


def test_the_numbers_that_things_go_by_are_not_how_many_there_are(
    make_database: Callable[[str], Any],
) -> None:
    trains = make_database(TRAINS)
    assert "COUNT(*)" in trains.ask("Draw the number of trains per day for each line.").sql
    assert 'SUM("attendance")' in trains.ask("Show the attendance by hall.").sql.replace(
        "SUM(attendance)", 'SUM("attendance")'
    )
