"""What a question names is used in the role its sentence gives: roles of references, totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

WALKS = """
CREATE TABLE rangers (ranger_id INTEGER PRIMARY KEY, name TEXT, district TEXT, wage REAL);
CREATE TABLE paths (path_id INTEGER PRIMARY KEY, path_name TEXT, valley TEXT, length REAL,
  climb INTEGER, owner_id INTEGER REFERENCES rangers(ranger_id));
CREATE TABLE walks (walk_id INTEGER PRIMARY KEY, path_id INTEGER REFERENCES paths(path_id),
  leader_id INTEGER REFERENCES rangers(ranger_id),
  helper_id INTEGER REFERENCES rangers(ranger_id), weekday TEXT, guests INTEGER, fee REAL,
  walked_on TEXT);
INSERT INTO rangers VALUES (1,'Ada','North',1000),(2,'Bo','North',1200),(3,'Cy','South',900),
  (4,'Di','South',1500);
INSERT INTO paths VALUES (1,'Ridge','Glen',12.5,800,1),(2,'Brook','Glen',5.0,100,2),
  (3,'Moor','Dale',20.0,NULL,3),(4,'Fell','Dale',9.5,650,1),(5,'Quiet','Holm',3.0,10,4);
""" + "\n".join(
    f"INSERT INTO walks VALUES ({i},{(i * i) % 4 + 1},{i % 4 + 1},{(i + 1) % 3 + 1},"
    f"'{_DAYS[i % 7]}',{(i * 7) % 30},{(i * 3) % 20 + 2},"
    f"'{2020 + i % 3}-{i % 12 + 1:02d}-{i % 27 + 1:02d}');"
    for i in range(1, 71)
)


@pytest.fixture(scope="module")
def walks(make_database: Callable[[str], Any]) -> Any:
    return make_database(WALKS)


def _sql(database: Any, question: str) -> str:
    return " ".join(database.ask(question).sql.replace('"', "").split())


@pytest.mark.parametrize(
    ("question", "join"),
    [
        ("Bar chart of the number of walks per leader.", "w.leader_id = r.ranger_id"),
        ("How many walks did each helper join?", "w.helper_id = r.ranger_id"),
        ("Average fee for each owner as bars", "owner_id = r.ranger_id"),
        ("Total fee per leader from the North district", "w.leader_id = r.ranger_id"),
    ],
)
def test_a_role_joins_through_its_own_column(walks: Any, question: str, join: str) -> None:
    sql = _sql(walks, question)
    assert join in sql and "r.name" in sql and sql.count("JOIN rangers") + sql.count(
        "FROM rangers"
    ) == 1  # fmt: skip


def test_two_roles_are_two_people(walks: Any) -> None:
    made = walks.ask("Total guests by leader and helper as a heatmap")
    assert made.columns[:2] == ["leader_name", "helper_name"]
    assert any(leader != helper for leader, helper, _ in made.rows)
    assert sum(row[2] for row in made.rows) == sum((i * 7) % 30 for i in range(1, 71))


def test_names_behind_a_column_are_its_values(walks: Any) -> None:
    question = "Bar chart of the number of walks per valley; put the valley names on the x-axis."
    assert _sql(walks, question).endswith("GROUP BY p.valley")


@pytest.mark.parametrize(
    ("question", "having"),
    [
        ("Total fee per valley as a bar chart, skipping valleys below 100.", "SUM(w.fee) >= 100"),
        ("Total guests per path, leaving out those with 90 guests or more.", "SUM(w.guests) < 90"),
        ("Average fee per path, but only paths whose average is above 10.", "AVG(w.fee) > 10"),
        (
            "Total guests per path and weekday. Keep only paths and weekdays with 30 visitors or "
            "more.",
            "SUM(w.guests) >= 30",
        ),
        ("Total guests per path, only paths that were walked at least twice.", "COUNT(*) >= 2"),
        ("Total guests per path, leaving out paths walked more than three times.", "COUNT(*) <= 3"),
    ],
)  # fmt: skip
def test_a_number_that_no_column_explains_is_one_of_what_is_drawn(
    walks: Any, question: str, having: str
) -> None:
    sql = _sql(walks, question)
    assert f"HAVING {having}" in sql.removesuffix(" ORDER BY p.path_name ASC")
    assert "WHERE" not in sql


@pytest.mark.parametrize(
    "question",
    [
        "A line chart of the average fee by weekday, days running from Monday to Sunday.",
        "Total guests by weekday as bars, ordered from Monday to Friday and then the weekend.",
        "Scatter plot of length against climb. Shade the area where the climb is over 500.",
        "Scatter plot of length and climb; a checkbox makes paths with a climb over 500 larger.",
        "Bars of the total guests per path; show the guests from 0 to 500 on the y-axis.",
        "Bars of the total guests per path. Five times more guests than last year would be nice.",
    ],
)
def test_how_far_an_axis_goes_and_how_marks_look_leaves_no_rows_out(
    walks: Any, question: str
) -> None:
    sql = _sql(walks, question)
    assert "WHERE" not in sql and "HAVING" not in sql


def test_a_stretch_of_days_holds_those_between(walks: Any) -> None:
    made = walks.ask("Bar chart of the total guests by weekday, only Tuesday to Friday.")
    assert {row[0] for row in made.rows} == {"Tuesday", "Wednesday", "Thursday", "Friday"}


@pytest.mark.parametrize(
    "question",
    [
        "Scatter plot of length against climb for paths where the climb is known.",
        "Number of walks per path for paths with a known climb",
        "Length of each path as bars, leaving out paths without a length or with no climb.",
    ],
)
def test_what_is_known_is_not_null(walks: Any, question: str) -> None:
    assert "climb IS NULL" in _sql(walks, question)


def test_a_million_and_zero_are_numbers(walks: Any) -> None:
    assert "length > 0" in _sql(walks, "Length of each path as bars where the length is above zero")
    question = "Wage of each ranger as bars, leaving out rangers with a million wage or more"
    assert "< 1000000" in _sql(walks, question)


def test_who_does_something_makes_no_groups(walks: Any) -> None:
    question = "The top 3 paths by the total guests welcomed by their rangers as bars"
    assert "ranger" not in walks.ask(question).columns[0]
    assert len(walks.ask(question).columns) == 2


def test_numbers_in_bins_of_both_axes_are_counted_in_the_chart(walks: Any) -> None:
    question = (
        "A heatmap of walks by guests and fee; bin both, the color shows the number of walks."
    )
    made = walks.ask(question)
    assert "COUNT" not in made.sql and made.channel("x")["bin"] and made.channel("y")["bin"]


FARMS = """
CREATE TABLE farms (farm_id INTEGER PRIMARY KEY, farm_name TEXT, town TEXT, open_date INTEGER);
CREATE TABLE harvests (farm_id INTEGER REFERENCES farms(farm_id), year INTEGER, harvests INTEGER,
  PRIMARY KEY (farm_id, year));
CREATE TABLE payments (payment_id INTEGER PRIMARY KEY, farm_id INTEGER REFERENCES farms(farm_id),
  kind TEXT, paid_on TEXT, amount REAL, volume TEXT);
CREATE TABLE order_headers (order_id INTEGER PRIMARY KEY, amount_ordered REAL, status TEXT);
CREATE TABLE meals (meal_id INTEGER PRIMARY KEY, dish_name TEXT, dish_price REAL);
CREATE TABLE dishes (dish_id INTEGER PRIMARY KEY, dish_name TEXT, dish_price REAL);
CREATE TABLE farm_manage (farm_id INTEGER REFERENCES farms(farm_id),
  manager_id INTEGER REFERENCES managers(manager_id));
CREATE TABLE managers (manager_id INTEGER PRIMARY KEY, name TEXT, country TEXT);
INSERT INTO managers VALUES (1,'Al','Wales'),(2,'Bo','Wales'),(3,'Cy','Kent');
CREATE TABLE tools (tool_id INTEGER PRIMARY KEY, tool_name TEXT);
CREATE TABLE farm_tools (farm_id INTEGER REFERENCES farms(farm_id),
  tool_id INTEGER REFERENCES tools(tool_id));
INSERT INTO tools VALUES (1,'Plough'),(2,'Rake');
INSERT INTO farm_tools VALUES (1,1),(1,2),(2,1);
INSERT INTO farms VALUES (1,'Oak','Leeds',1901),(2,'Elm','Leeds',1920),(3,'Ash','York',1920),
  (4,'Fir','Hull',1950);
INSERT INTO order_headers VALUES (1,10,'Open'),(2,20,'Paid'),(3,30,'Paid'),(4,40,'Open');
INSERT INTO meals VALUES (1,'Soup',4),(2,'Soup',5),(3,'Stew',8),(4,'Stew',9);
INSERT INTO dishes VALUES (1,'Soup',3),(2,'Stew',7);
""" + "\n".join(
    [f"INSERT INTO harvests VALUES ({f},{2000 + y},{500 + 7 * y});"
     for f in range(1, 5) for y in range(6)]
    + [f"INSERT INTO payments VALUES ({i},{i % 4 + 1},'{['Sale', 'Refund'][i % 2]}',"
       f"'{2020 + i % 3}-{i % 12 + 1:02d}-{i % 27 + 1:02d}',{10 + i},"
       f"'{'null' if i == 9 else 100 + i % 6}');" for i in range(1, 25)]
)  # fmt: skip


@pytest.fixture(scope="module")
def farms(make_database: Callable[[str], Any]) -> Any:
    return make_database(FARMS)


@pytest.mark.parametrize(
    ("question", "piece"),
    [
        ("A line chart of the harvests gathered each year", "SUM(harvests)"),
        ("The total amount of sales and refunds by date, one line per kind", "SUM(amount)"),
        ("The total amount for each Leeds farm as bars", "WHERE f.town = 'Leeds' GROUP BY f.farm_"),
        ("A line chart of the average amount by the year it was paid on", "AVG(amount)"),
        ("The number of orders per status as bars", "FROM order_headers GROUP BY status"),
        ("Bars of the volume of each payment", "volume <> 'null'"),
        (
            "The average price of meals for each dish name as bars; dish names on the x-axis and "
            "the average price on the y-axis.",
            "AVG(dish_price) AS average_dish_price FROM meals",
        ),
        ("How many farms opened over the years? A line chart.", "GROUP BY open_date"),
        (
            "Bars of the total amount for each kind, coloured by the year the payment was made.",
            "GROUP BY CAST(STRFTIME('%Y', paid_on) AS INTEGER), kind",
        ),
    ],
)
def test_what_is_named_is_measured_and_grouped(farms: Any, question: str, piece: str) -> None:
    assert piece in _sql(farms, question)


def test_a_wish_for_one_line_per_thing_is_no_likeness(farms: Any) -> None:
    question = "The total amount per year as a line chart. I'd like one coloured line per farm."
    assert "f.farm_name" in _sql(farms, question)


@pytest.mark.parametrize(
    "question",
    [
        "The total amount per farm as a bar chart with the names on x. That way I can see at once "
        "which farm has more sale payments and which has more refund payments.",
        "Show me the total amount per farm as a bar chart with the farms along the x-axis, so I "
        "can see whether refund payments matter.",
    ],
)
def test_what_a_chart_is_for_is_no_condition(farms: Any, question: str) -> None:
    assert "WHERE" not in _sql(farms, question)


def test_an_effect_of_hovering_leaves_the_groups_alone(farms: Any) -> None:
    question = (
        "The total amount per year as a line chart. One coloured line per farm that gets thicker "
        "when I hover over it."
    )
    assert "f.farm_name" in _sql(farms, question)


def test_a_participle_behind_what_is_counted_moves_the_count_nowhere(walks: Any) -> None:
    assert "COUNT" in _sql(walks, "The number of rangers walked per district as bars")
    assert "rangers" in _sql(walks, "The number of rangers employed per district as bars")


def test_people_in_our_database_stay_who_they_are(walks: Any) -> None:
    sql = _sql(walks, "The wage of the North rangers in our database as bars")
    assert "WHERE district = 'North'" in sql


def test_the_title_to_be_is_a_title(farms: Any) -> None:
    question = 'The amount per kind as bars, and the title to be "Meals of Leeds Farms".'
    assert "farms" not in _sql(farms, question)


def test_things_without_pairs_count_as_zero(farms: Any) -> None:
    question = "The number of tools of every farm as bars; farms without any tools count as zero."
    assert dict(farms.ask(question).rows) == {"Oak": 2, "Elm": 1, "Ash": 0, "Fir": 0}


def test_who_taught_or_led_something_makes_no_groups(walks: Any) -> None:
    made = walks.ask("A line chart of the average fee of the walks led by North rangers per year")
    assert len(made.columns) == 2


def test_people_are_counted_and_not_what_they_do(farms: Any) -> None:
    question = "How many farm managers come from each country? Bars please."
    assert dict(farms.ask(question).rows) == {"Wales": 2, "Kent": 1}
