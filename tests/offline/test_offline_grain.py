"""What the rows of a chart are: what is counted, what groups, and when nothing is combined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from multivis.llm.brief import render_brief
from multivis.offline.model import OfflineChatModel

THEATRES = """
CREATE TABLE theatres (theatre_id INTEGER PRIMARY KEY, theatre_name TEXT, seats INTEGER,
  cattle_stalls INTEGER, total_gains INTEGER);
CREATE TABLE towns (town_id INTEGER PRIMARY KEY, town TEXT, population INTEGER);
CREATE TABLE takings (theatre_id INTEGER REFERENCES theatres(theatre_id), weekday TEXT,
  matinee_takings INTEGER, evening_takings INTEGER, PRIMARY KEY (theatre_id, weekday));
CREATE TABLE plays (play_id INTEGER PRIMARY KEY, theatre_id INTEGER REFERENCES theatres(theatre_id),
  play_name TEXT, award TEXT, outcome TEXT, premiere TEXT, evening TEXT, genre TEXT,
  gradepoint REAL, acts INTEGER, season INTEGER);
CREATE TABLE mishaps (mishap_id INTEGER PRIMARY KEY, play_id INTEGER REFERENCES plays(play_id),
  mishap TEXT);
CREATE TABLE hirings (hiring_id INTEGER PRIMARY KEY,
  theatre_id INTEGER REFERENCES theatres(theatre_id), start_from TEXT, wage REAL);
CREATE TABLE guests (guest_id INTEGER PRIMARY KEY, guest_name TEXT, level INTEGER);
CREATE TABLE tickets (ticket_id INTEGER PRIMARY KEY, guest_id INTEGER REFERENCES guests(guest_id),
  theatre_id INTEGER REFERENCES theatres(theatre_id), price REAL);
INSERT INTO towns VALUES (1,'Bath',100),(2,'Truro',200);
""" + "\n".join(
    f"INSERT INTO theatres VALUES ({i},'House {i}',{100 + 37 * i},{i},{900 + 7 * i});"
    + "".join(
        f"INSERT INTO takings VALUES ({i},'{day}',{50 * i + len(day)},{90 * i + len(day)});"
        for day in ("Monday", "Tuesday", "Friday")
    )
    for i in range(1, 6)
) + "\n".join(
    f"INSERT INTO plays VALUES ({i},{i % 5 + 1},'Play {i}',"
    f"'{['Silver Mask', 'Golden Rose'][i % 2]}',"
    f"'{['Praised', 'Panned'][i // 2 % 2]}','{2001 + i % 6}/0{i % 9 + 1}/1{i % 9}','{i} June',"
    f"'{['Farce', 'Tragedy', 'Opera'][i % 3]}',{i % 7 + 0.5},{i % 3 + 1},{2010 + i % 4});"
    f"INSERT INTO mishaps VALUES ({i},{i % 12 + 1},'{['Fall', 'Fire', 'Flood'][i % 3]}');"
    f"INSERT INTO hirings VALUES ({i},{i % 5 + 1},'{2009 + i % 5}',{20 + i});"
    f"INSERT INTO guests VALUES ({i},'Guest {i}',{i % 4});"
    f"INSERT INTO tickets VALUES ({i},{i},{i % 5 + 1},{10 + i});"
    for i in range(1, 41)
)  # fmt: skip


@pytest.fixture(scope="module")
def theatres(make_database: Callable[[str], Any]) -> Any:
    return make_database(THEATRES)


def test_a_key_of_two_columns_that_are_both_shown_leaves_nothing_to_combine(theatres: Any) -> None:
    answer = theatres.ask("Heatmap of evening takings by theatre and weekday")
    assert "AVG" not in answer.sql and "SUM" not in answer.sql
    assert len(answer.rows) == 15


def test_a_condition_settles_its_part_of_a_key(theatres: Any) -> None:
    answer = theatres.ask("Bar chart of the evening takings for each weekday at theatre 2")
    assert "SUM" not in answer.sql
    assert sorted(row[1] for row in answer.rows) == [186, 186, 187]


def test_what_is_counted_is_no_group_even_when_a_column_is_called_like_it(theatres: Any) -> None:
    answer = theatres.ask("Step chart of the total number of mishaps per season")
    assert answer.channel("x")["field"] == "season"
    assert answer.columns == ["season", "number_of_mishaps"]
    assert sum(row[1] for row in answer.rows) == 40


def test_a_share_of_things_counts_them(theatres: Any) -> None:
    answer = theatres.ask(
        "Normalized stacked area chart of the proportion of plays for each genre across seasons, "
        "with seasons on the x-axis"
    )
    assert len(answer.columns) == 3
    assert answer.channel("y")["stack"] == "normalize"
    assert sum(row[2] for row in answer.rows) == 40


def test_those_who_do_something_are_no_groups(theatres: Any) -> None:
    answer = theatres.ask("Bar chart of the total price paid by guests at each theatre")
    assert "guests" not in answer.sql
    assert len(answer.rows) == 5


def test_the_noun_behind_a_measure_is_no_second_measure(theatres: Any) -> None:
    plan = theatres.plan("Bar chart of the total gains population for each theatre")
    assert [o.column for o in plan.query.outputs if o.kind == "quantitative"] == ["total_gains"]


def test_dates_with_slashes_have_years(theatres: Any) -> None:
    answer = theatres.ask("Bar chart of the number of plays by premiere year")
    assert {row[0] for row in answer.rows} == set(range(2001, 2007))


def test_years_as_text_are_years_where_a_start_is_named(theatres: Any) -> None:
    answer = theatres.ask("Line chart of the number of hirings by start year")
    assert answer.columns[0] == "start_from"
    assert [row[1] for row in answer.rows] == [8] * 5


def test_numbers_that_are_named_as_groups_group(theatres: Any) -> None:
    answer = theatres.ask("Line chart of the average gradepoint by season for each number of acts")
    assert answer.channel("color")["field"] == "acts"
    assert answer.channel("color")["type"] == "nominal"
    assert answer.channel("y")["field"] == "average_gradepoint"


def test_two_words_name_a_column_that_is_written_as_one(theatres: Any) -> None:
    answer = theatres.ask("Histogram of the grade points of plays")
    assert answer.channel("x")["field"] == "gradepoint"


def test_values_with_hyphens_and_values_beside_them_are_conditions(theatres: Any) -> None:
    plan = theatres.plan(
        "Bar chart of the number of acts of each play among the Golden Rose-praised plays"
    )
    assert {(f.column, f.values) for f in plan.query.filters} == {
        ("award", ("Golden Rose",)), ("outcome", ("Praised",)),
    }  # fmt: skip


def test_a_range_of_an_axis_is_no_condition(theatres: Any) -> None:
    plan = theatres.plan("Violin plot of seats by theatre, and set the seats range from 10 to 70")
    assert plan.query.filters == ()


def test_a_trend_between_measures_adds_no_time_to_groups_on_x(theatres: Any) -> None:
    answer = theatres.ask(
        "Bar chart of the average acts with genres along the bottom axis, to spot a trend"
    )
    assert answer.columns == ["genre", "average_acts"]


def test_compared_measures_of_things_get_the_things_as_groups(theatres: Any) -> None:
    answer = theatres.ask("Bar chart for theatres comparing seats and total gains")
    assert answer.channel("x")["field"] == "theatre_name"
    assert len(answer.rows) == 10


def test_what_is_ranked_is_shown(theatres: Any) -> None:
    answer = theatres.ask("Bar chart of the three largest theatres by seats")
    assert [row[0] for row in answer.rows[:3]] == ["House 5", "House 4", "House 3"]
    assert answer.spec["transform"][1] == {"filter": "datum.rank <= 3"}


def test_measures_in_rows_of_their_own_become_panels(theatres: Any) -> None:
    answer = theatres.ask(
        "Area chart of matinee takings and evening takings by weekday for each theatre, with "
        "separate rows for matinee takings and evening takings"
    )
    assert answer.channel("row")["field"].endswith("type")
    assert answer.channel("color")["field"] == "theatre_name"
    assert len(answer.rows) == 30


def test_measures_without_words_in_common_keep_the_names_of_their_columns(theatres: Any) -> None:
    answer = theatres.ask("Line chart of seats and total gains for each theatre")
    assert {label for _, _, label, _ in answer.plan.query.fold} == {"seats", "total_gains"}
    assert "replace" in answer.channel("color")["legend"]["labelExpr"]


def test_things_that_are_counted_do_not_colour_a_histogram(theatres: Any) -> None:
    answer = theatres.ask("Histogram of the distribution of seats across theatres")
    assert answer.columns == ["seats"]


def test_the_colour_stands_beside_the_axis_even_when_it_is_a_year(theatres: Any) -> None:
    answer = theatres.ask(
        "Bar chart of the number of hirings in each theatre, with start years in different colors"
    )
    assert answer.channel("x")["field"] == "theatre_name"
    assert answer.channel("color")["field"] == "start_from"


def _turn(text: str, question: str) -> Any:
    tool = {
        "type": "function",
        "function": {
            "name": "execute_sql",
            "parameters": {
                "type": "object",
                "properties": {
                    "sql": {"type": "string"}, "final": {"type": "boolean"},
                    "handoff": {"type": "string"},
                },
            },
        },
    }  # fmt: skip
    brief = render_brief({"question": question, "schema": text, "dialect": "sqlite"})
    return OfflineChatModel().bind_tools([tool]).invoke([HumanMessage(brief)])


def test_a_chart_of_nothing_that_is_there_shows_what_is_there_and_says_so(theatres: Any) -> None:
    answer = _turn(theatres.text, "Draw a picture-perfect chart of galaxies and comets")
    arguments = answer.tool_calls[0]["args"]
    assert "COUNT(*)" in arguments["sql"]
    assert "Nothing that the question names" in arguments["handoff"]


def test_words_without_a_chart_and_without_data_get_no_chart(theatres: Any) -> None:
    assert not _turn(theatres.text, "Who discovered the comets?").tool_calls


CLUBS = """
CREATE TABLE persons (person_id INTEGER PRIMARY KEY, name TEXT, birth_town TEXT);
CREATE TABLE rowers (rower_id INTEGER PRIMARY KEY REFERENCES persons(person_id), medals INTEGER);
CREATE TABLE regions (region_no INTEGER PRIMARY KEY, region TEXT);
CREATE TABLE boats (boat_no INTEGER PRIMARY KEY, region INTEGER REFERENCES regions(region_no),
  boat_name TEXT);
CREATE TABLE repairs (repair_id INTEGER PRIMARY KEY, boat_no INTEGER REFERENCES boats(boat_no),
  hours INTEGER);
INSERT INTO regions VALUES (1,'North'),(2,'South');
""" + "\n".join(
    f"INSERT INTO persons VALUES ({i},'Person {i}','Town {i % 2}');"
    f"INSERT INTO rowers VALUES ({i},{i * 2});"
    f"INSERT INTO boats VALUES ({i},{i % 2 + 1},'Boat {i}');"
    f"INSERT INTO repairs VALUES ({i},{i % 3 + 1},{i});"
    for i in range(1, 9)
)


@pytest.fixture(scope="module")
def clubs(make_database: Callable[[str], Any]) -> Any:
    return make_database(CLUBS)


def test_things_without_a_name_of_their_own_are_called_as_what_they_are(clubs: Any) -> None:
    answer = clubs.ask("Bar chart of the medals of each rower, with the rowers' names along x")
    assert "SUM" not in answer.sql
    assert ("Person 3", 6) in answer.rows


def test_numbers_that_refer_to_other_rows_are_neither_added_up_nor_shown(clubs: Any) -> None:
    answer = clubs.ask("Bar chart of the number of boats per region")
    assert sorted(answer.rows) == [("North", 4), ("South", 4)]


def test_a_number_of_things_is_no_column_called_number(clubs: Any) -> None:
    answer = clubs.ask("Bar chart of the number of repairs for each boat")
    assert "SUM" not in answer.sql
    assert sorted(row[1] for row in answer.rows)[-3:] == [2, 3, 3]


def test_single_things_are_ordered_by_what_is_theirs(theatres: Any) -> None:
    answer = theatres.ask("Bar chart of the total ticket price for each guest, ordered by level")
    levels = [row[answer.columns.index("level")] for row in answer.rows]
    assert levels == sorted(levels)
