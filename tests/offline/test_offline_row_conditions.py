"""Which rows come out: what is left out, conditions on groups, splits that a question makes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.groupings import wants_rest

STATIONS = """
CREATE TABLE stations (station_id INTEGER PRIMARY KEY, name TEXT, region TEXT, height INTEGER);
CREATE TABLE readings (reading_id INTEGER PRIMARY KEY,
  station_id INTEGER REFERENCES stations(station_id), year INTEGER, rainfall INTEGER,
  taken_on TEXT, verified INTEGER, method TEXT);
INSERT INTO stations VALUES (1,'Fell Top','North',900),(2,'Mill Pond','South',40),
  (3,'Quay','South',5),(4,'Ridge','North',600);
""" + "\n".join(
    f"INSERT INTO readings VALUES ({i},{i % 4 + 1},{1895 + i % 12},{10 + (i * 7) % 60},"
    f"{'NULL' if i % 9 == 0 else repr(f'2021-{i % 12 + 1:02d}-{i % 27 + 1:02d}')},{i % 3 % 2},"
    f"'{['Manual', 'Radar', 'Gauge'][i % 3]}');"
    for i in range(1, 61)
)


@pytest.fixture(scope="module")
def stations(make_database: Callable[[str], Any]) -> Any:
    return make_database(STATIONS)


@pytest.mark.parametrize(
    "text",
    [
        "paint Hull in orange and all the others in steel blue",
        "the rest in grey please",
        "show the others as faded points",
    ],
)
def test_others_in_a_colour_are_not_put_together(text: str) -> None:
    assert not wants_rest(text)


@pytest.mark.parametrize(
    "text", ["the rest as one grey bar", "with everything else grouped as Other", "others in one"]
)
def test_others_together_are_the_rest(text: str) -> None:
    assert wants_rest(text)


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("Total rainfall by station. Ignore readings before 1900.", "year >= 1900"),
        ("Total rainfall by station, leaving out readings after 1900.", "year <= 1900"),
        ("Average rainfall per station. Skip readings without a date.", "taken_on IS NULL"),
        ("Total rainfall by station, excluding manual readings.", "method <> 'Manual'"),
        ("Total rainfall by station; leave out those with the method Radar.", "method <> 'Radar'"),
    ],
)
def test_rows_that_are_left_out_are_not_those_that_are_taken(
    stations: Any, question: str, condition: str
) -> None:
    sql = stations.ask(question).sql
    assert condition in sql.replace('"', "").replace("r.", "").replace("readings.", "")


@pytest.mark.parametrize(
    "question",
    [
        "Total rainfall by station, only for stations with over 300 rainfall",
        "Which stations measured more than 300 rainfall in total? Bars please.",
        "Show the total rainfall per region for regions that have more than 300 rainfall.",
    ],
)
def test_a_condition_on_groups_compares_their_totals(stations: Any, question: str) -> None:
    sql = " ".join(stations.ask(question).sql.split())
    assert re.search(r"HAVING SUM\(r?\.?rainfall\) > 300", sql) and "WHERE" not in sql


@pytest.mark.parametrize(
    "question",
    [
        "Total rainfall by station, counting readings with over 30 rainfall",
        "Total rainfall by station for rainfall above 30",
    ],
)
def test_a_condition_on_rows_stays_one(stations: Any, question: str) -> None:
    sql = stations.ask(question).sql
    assert "WHERE" in sql and "HAVING" not in sql


def test_a_number_with_a_thousands_comma_counts_no_rows(stations: Any) -> None:
    sql = stations.ask("Total rainfall by region. Only regions with over 10,000 rainfall.").sql
    assert "COUNT" not in sql and "10000" in sql


CLUBS = """
CREATE TABLE hikers (hiker_id INTEGER PRIMARY KEY, name TEXT, home TEXT, age INTEGER);
CREATE TABLE huts (hut_id INTEGER PRIMARY KEY, hut_name TEXT, beds INTEGER);
CREATE TABLE hut_service (service_id INTEGER PRIMARY KEY, service_name TEXT);
CREATE TABLE has_service (hut_id INTEGER REFERENCES huts(hut_id),
  service_id INTEGER REFERENCES hut_service(service_id));
CREATE TABLE walks (walk_id INTEGER PRIMARY KEY, hiker_id INTEGER REFERENCES hikers(hiker_id),
  kilometres REAL);
INSERT INTO hikers VALUES (1,'Ann','Bern',31),(2,'Ben','Chur',45),(3,'Cat','Bern',31);
INSERT INTO huts VALUES (1,'Alp',20),(2,'Berg',30),(3,'Coll',10);
INSERT INTO hut_service VALUES (1,'Meals'),(2,'Shower'),(3,'Guide');
INSERT INTO has_service VALUES (1,1),(2,1),(3,1),(1,2),(2,2),(3,3);
INSERT INTO walks VALUES (1,1,5),(2,1,6),(3,1,7),(4,2,8),(5,2,9),(6,3,10);
"""


@pytest.fixture(scope="module")
def clubs(make_database: Callable[[str], Any]) -> Any:
    return make_database(CLUBS)


@pytest.mark.parametrize(
    "question",
    [
        "Which hikers went on the most walks?",
        "Who did the most walks? Show bars.",
        "Show me which hikers made the fewest walks.",
    ],
)
def test_what_there_is_most_of_is_counted_for_those_who_have_it(clubs: Any, question: str) -> None:
    assert sorted(clubs.ask(question).rows) == [("Ann", 3), ("Ben", 2), ("Cat", 1)]


@pytest.mark.parametrize(
    "question",
    ["Which services are found in the most huts?", "The services that most huts offer, bars"],
)
def test_pairs_in_a_link_table_are_called_by_what_they_end_with(clubs: Any, question: str) -> None:
    assert sorted(clubs.ask(question).rows) == [("Guide", 1), ("Meals", 3), ("Shower", 2)]


@pytest.mark.parametrize(
    "question",
    [
        "A scatter plot of the age of the hikers against their total kilometres",
        "Do older hikers walk more? Scatter plot of age and total kilometres, with colours for "
        "home and details on hover.",
    ],
)
def test_a_scatter_plot_of_things_puts_the_rows_that_belong_to_each_together(
    clubs: Any, question: str
) -> None:
    rows = clubs.ask(question).rows
    assert len(rows) == 3
    assert {"Ann", "Ben", "Cat"} == {v for row in rows for v in row} & {"Ann", "Ben", "Cat"}
    assert {18.0, 17.0, 10.0} <= {v for row in rows for v in row}


def test_a_word_unknown_to_the_schema_does_not_hide_what_is_counted(clubs: Any) -> None:
    answer = clubs.ask("Bars for each hiker with the number of mountain walks")
    assert sorted(answer.rows) == [("Ann", 3), ("Ben", 2), ("Cat", 1)]


@pytest.mark.parametrize(
    "question",
    [
        "Bars of the total rainfall of each station, only stations higher than 500",
        "How many stations lower than 100 are there in each region?",
    ],
)
def test_an_adjective_compares_the_number_it_speaks_of(stations: Any, question: str) -> None:
    sql = stations.ask(question).sql
    assert re.search(r"height [<>] \d+", sql)


def test_where_an_axis_is_to_run_leaves_no_rows_out(clubs: Any) -> None:
    sql = clubs.ask("A histogram of the age of the hikers. Let age run from 20 to 60.").sql
    assert "WHERE" not in sql


def test_a_total_beside_a_plain_number_of_the_same_thing_is_its_own_column(flights: Any) -> None:
    answer = flights.ask(
        "A scatter plot of international passengers against the total number of domestic "
        "passengers of the airports, coloured by airport name"
    )
    assert "SUM" not in answer.sql and len(answer.rows) == 3


@pytest.mark.parametrize(
    "question",
    [
        "Who are the two hikers with the most walks? Horizontal bars.",
        "Show the top 2 hikers by number of walks as bars",
        "What are the two services that most huts offer? Bars.",
    ],
)
def test_the_first_n_are_ranked_in_the_chart_so_that_ties_stay(clubs: Any, question: str) -> None:
    answer = clubs.ask(question)
    assert len(answer.rows) == 3
    assert answer.spec["transform"][1] == {"filter": "datum.rank <= 2"}


def test_of_very_many_groups_only_the_first_are_fetched(make_database: Callable[..., Any]) -> None:
    rows = ",".join(f"({i},'Town {i}',{i * 7 % 1013})" for i in range(1, 400))
    towns = make_database(
        f"CREATE TABLE towns (id INTEGER PRIMARY KEY, name TEXT, people INTEGER);"
        f"INSERT INTO towns VALUES {rows};"
    )
    assert len(towns.ask("Bars of the 10 most populated towns, by people").rows) == 10


SUBTYPES = """
CREATE TABLE people (people_id INTEGER PRIMARY KEY, name TEXT, height REAL, weight REAL);
CREATE TABLE climber (climber_id INTEGER PRIMARY KEY,
  people_id INTEGER REFERENCES people(people_id), club TEXT);
CREATE TABLE depots (depot_id INTEGER PRIMARY KEY, town TEXT);
CREATE TABLE services (service_id INTEGER PRIMARY KEY,
  depot_id INTEGER REFERENCES depots(depot_id), service_type_code TEXT);
CREATE TABLE parcels (parcel_id INTEGER PRIMARY KEY,
  depot_id INTEGER REFERENCES depots(depot_id), service_type_code TEXT, sent_on TEXT);
INSERT INTO people VALUES (1,'Ann',1.7,60),(2,'Ben',1.8,80),(3,'Cat',1.6,55),(4,'Dan',1.9,90);
INSERT INTO climber VALUES (1,1,'Alp'),(2,3,'Alp');
INSERT INTO depots VALUES (1,'Hull'),(2,'York');
INSERT INTO services VALUES (1,1,'Air'),(2,1,'Sea'),(3,2,'Air');
INSERT INTO parcels VALUES (1,1,'Air','2020-01-02'),(2,1,'Air','2020-02-03'),
  (3,2,'Sea','2021-03-04');
"""


@pytest.fixture(scope="module")
def subtypes(make_database: Callable[[str], Any]) -> Any:
    return make_database(SUBTYPES)


def test_columns_of_people_are_those_of_the_kind_of_people_spoken_of(subtypes: Any) -> None:
    answer = subtypes.ask("Scatter plot of the height and weight of the climbers")
    assert sorted(answer.rows) == [(1.6, 55.0), (1.7, 60.0)]


def test_what_is_counted_is_grouped_by_its_own_code(subtypes: Any) -> None:
    answer = subtypes.ask("What share of all parcels belongs to each service type? Bars.")
    assert sorted(answer.rows) == [("Air", 2), ("Sea", 1)]


def test_dates_that_are_selected_at_first_leave_no_rows_out(subtypes: Any) -> None:
    answer = subtypes.ask(
        "An area chart of the number of parcels by sent on date, with an overview below. "
        "When it opens, 2020 should already be selected."
    )
    assert "WHERE" not in answer.sql


def test_a_number_of_things_is_no_condition_on_who_has_them(clubs: Any) -> None:
    sql = clubs.ask("Which hikers have at least two walks? Show bars.").sql
    assert "COUNT(*) >= 2" in sql and "WHERE" not in sql


def test_more_bars_than_asked_for_are_fine_where_ranks_tie() -> None:
    import altair as alt
    import pandas as pd
    import pyarrow as pa

    from multivis.charts.checks import evaluate
    from multivis.charts.checks.base import CheckInput

    frame = pd.DataFrame({"place": list("abcde"), "visits": [9, 7, 7, 2, 1]})
    chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(x="place:N", y="visits:Q")
        .transform_window(rank="rank()", sort=[alt.SortField("visits", order="descending")])
        .transform_filter("datum.rank <= 2")
    )
    given = CheckInput.of(
        chart.to_dict(), rows=pa.Table.from_pandas(frame), question="Bars of the top 2 places"
    )
    assert "limit-asked-for" not in {c.id for c in evaluate(given).checks if not c.passed}


def test_a_spread_takes_the_rows_of_the_groups_that_are_large_enough(clubs: Any) -> None:
    answer = clubs.ask(
        "Box plots of the kilometres of the walks for each hiker with at least two walks"
    )
    assert sorted({v for row in answer.rows for v in row if isinstance(v, str)}) == ["Ann", "Ben"]
    assert len(answer.rows) == 5


def test_a_value_behind_not_is_one(stations: Any) -> None:
    sql = stations.ask("How many readings that are not manual are there per station? Bars.").sql
    assert re.search(r"method <> 'Manual'", sql)
