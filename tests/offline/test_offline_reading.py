"""Which data a question means: values in other words, keys, counts of several things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LIBRARY = """
CREATE TABLE members (member_id INTEGER PRIMARY KEY, name TEXT, town TEXT, fee_level INTEGER);
CREATE TABLE branches (branch_id INTEGER PRIMARY KEY, name TEXT, town TEXT, opened_year INTEGER,
  membership_fee REAL);
CREATE TABLE branch_registrations (member_id INTEGER REFERENCES members(member_id),
  branch_id INTEGER REFERENCES branches(branch_id), registered_year INTEGER);
CREATE TABLE sales (sale_id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members(member_id),
  branch_id INTEGER REFERENCES branches(branch_id), year INTEGER, amount REAL);
CREATE TABLE books (book_id INTEGER PRIMARY KEY, title TEXT, genre TEXT, binding TEXT,
  pages INTEGER, price REAL, shelf_count TEXT);
CREATE TABLE reading_groups (group_id INTEGER PRIMARY KEY, group_name TEXT);
CREATE TABLE readers_in_groups (group_id INTEGER REFERENCES reading_groups(group_id),
  member_id INTEGER REFERENCES members(member_id));
CREATE TABLE tutors (tutor_id INTEGER PRIMARY KEY, name TEXT, age INTEGER);
CREATE TABLE tutors_in_groups (group_id INTEGER REFERENCES reading_groups(group_id),
  tutor_id INTEGER REFERENCES tutors(tutor_id));
INSERT INTO members VALUES (1,'Ada','Hull',1),(2,'Bo','York',2),(3,'Cy','York',2),(4,'Di','Hull',3);
INSERT INTO branches VALUES (1,'Centre','Hull',1990,5.0),(2,'North','York',2001,7.5),
  (3,'South','York',2005,6.0);
INSERT INTO branch_registrations VALUES (1,1,2016),(2,2,2016),(3,2,2017),(4,1,2018);
INSERT INTO sales VALUES (1,1,1,2020,10.0),(2,2,2,2020,20.0),(3,3,2,2021,5.0),(4,4,1,2021,8.0);
INSERT INTO books VALUES (1,'A','Comedy','hard',100,9.0,'3'),(2,'B','Drama','soft',250,12.0,'5'),
  (3,'C','Romance','soft',300,150.0,'2'),(4,'D','Drama','hard',420,30.0,'4'),
  (5,'E','Essay','spiral',90,20.0,'4');
INSERT INTO reading_groups VALUES (1,'Poetry'),(2,'Crime');
INSERT INTO readers_in_groups VALUES (1,1),(1,2),(1,3),(2,4);
INSERT INTO tutors VALUES (1,'Eve',31),(2,'Flo',58);
INSERT INTO tutors_in_groups VALUES (1,1),(2,1),(2,2);
"""

CAMPUS = """
CREATE TABLE rooms (building TEXT, room_number INTEGER, seats INTEGER,
  PRIMARY KEY (building, room_number));
CREATE TABLE lessons (lesson_id INTEGER PRIMARY KEY, subject TEXT, term TEXT, building TEXT,
  room_number INTEGER, FOREIGN KEY (building, room_number) REFERENCES rooms(building, room_number));
CREATE TABLE marks (pupil_id INTEGER, lesson_id INTEGER REFERENCES lessons(lesson_id),
  mark INTEGER, PRIMARY KEY (pupil_id, lesson_id, mark));
CREATE TABLE people (person_id INTEGER PRIMARY KEY, name TEXT, house TEXT);
CREATE TABLE likes (person_id INTEGER REFERENCES people(person_id),
  liked_id INTEGER REFERENCES people(person_id));
CREATE TABLE films (film_id INTEGER PRIMARY KEY, title TEXT);
CREATE TABLE genres (genre_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE film_genres (film_id INTEGER REFERENCES films(film_id),
  genre_id INTEGER REFERENCES genres(genre_id));
CREATE TABLE workshop_engineers (engineer_id INTEGER PRIMARY KEY, last_name TEXT);
CREATE TABLE engineer_visits (visit_id INTEGER PRIMARY KEY,
  engineer_id INTEGER REFERENCES workshop_engineers(engineer_id), hours REAL);
INSERT INTO rooms VALUES ('East',1,20),('East',2,30),('West',1,50);
INSERT INTO lessons VALUES (1,'Art','spring','East',1),(2,'Math','autumn','East',2),
  (3,'Math','spring','West',1);
INSERT INTO marks VALUES (1,1,3),(1,2,4),(2,1,5);
INSERT INTO people VALUES (1,'Ann','Red'),(2,'Bob','Blue'),(3,'Cat','Blue');
INSERT INTO likes VALUES (1,2),(1,3),(2,3);
INSERT INTO films VALUES (1,'Up'),(2,'Jaws');
INSERT INTO genres VALUES (1,'Fun'),(2,'Fear');
INSERT INTO film_genres VALUES (1,1),(2,2),(2,1);
INSERT INTO workshop_engineers VALUES (1,'Gill'),(2,'Hart');
INSERT INTO engineer_visits VALUES (1,1,2.0),(2,1,3.0),(3,2,1.5);
"""


@pytest.fixture(scope="module")
def library(make_database: Callable[[str], Any]) -> Any:
    return make_database(LIBRARY)


@pytest.fixture(scope="module")
def campus(make_database: Callable[[str], Any]) -> Any:
    return make_database(CAMPUS)


def _same(answer: Any, expected: list[tuple[object, ...]]) -> bool:
    found = sorted(tuple(sorted(map(str, row))) for row in answer.rows)
    return found == sorted(tuple(sorted(map(str, row))) for row in expected)


def test_a_column_of_two_words_is_not_read_across_by(library: Any) -> None:
    answer = library.ask("Line chart of the total sales amount by fee level across the years")
    assert _same(answer, [(2020, 1, 10.0), (2020, 2, 20.0), (2021, 2, 5.0), (2021, 3, 8.0)])


def test_a_year_is_that_of_what_is_counted_and_joins_go_through_it(library: Any) -> None:
    answer = library.ask("Bar chart of the number of member registrations by year for each town")
    assert "registered_year" in answer.sql and "sales" not in answer.sql


def test_values_are_known_in_the_plural_and_in_lower_case(library: Any) -> None:
    answer = library.ask("Histogram of the pages of our comedies, dramas and romances")
    assert sorted(row[0] for row in answer.rows) == [100, 250, 300, 420]


def test_a_value_before_the_noun_that_has_it_is_a_condition(library: Any) -> None:
    answer = library.ask("Scatter plot of pages and price of soft books")
    assert "binding = 'soft'" in answer.sql


def test_whether_one_or_the_other_makes_groups_and_no_condition(library: Any) -> None:
    answer = library.ask("Average price of books by whether they are hard or soft, as bars")
    assert "WHERE" not in answer.sql and "GROUP BY\n  binding" in answer.sql


def test_all_values_there_are_make_no_condition(campus: Any) -> None:
    answer = campus.ask("Compare the number of spring and autumn lessons per subject as bars")
    assert "WHERE" not in answer.sql and "term" in answer.sql


@pytest.mark.parametrize(
    ("words", "test"),
    [
        ("Ignore books above $100.", "price <= 100"),
        ("Leave out prices below 10.", "price >= 10"),
        ("Skip books with 300 pages or more.", "pages < 300"),
    ],
)
def test_what_is_left_out_is_the_opposite_condition(library: Any, words: str, test: str) -> None:
    assert test in library.ask(f"Scatter plot of pages versus price of books. {words}").sql


def test_groups_with_enough_rows_are_counted_and_kept(library: Any) -> None:
    answer = library.ask("Which genres have at least 2 bindings? Show them as bars.")
    assert _same(answer, [("Drama", 2)])
    answer = library.ask("Bar chart of the number of books for each genre that has more than one.")
    assert _same(answer, [("Drama", 2)])


def test_a_number_beyond_which_groups_follow_counts_no_groups(library: Any) -> None:
    assert "HAVING" not in library.ask("Number of books with pages over 100 by genre").sql


def test_things_that_are_counted_beside_each_other_are_counted_apart(library: Any) -> None:
    answer = library.ask("How many members and how many tutors are in each reading group? Bars.")
    assert _same(
        answer,
        [("Crime", 1, "Members"), ("Crime", 2, "Tutors"), ("Poetry", 1, "Tutors"),
         ("Poetry", 3, "Members")],
    )  # fmt: skip


def test_the_youngest_and_the_oldest_are_a_range(library: Any) -> None:
    answer = library.ask("How old are the youngest and the oldest tutors of each reading group?")
    assert _same(answer, [("Poetry", 31, 31), ("Crime", 31, 58)])


def test_text_of_whole_numbers_is_cast_to_whole_numbers(library: Any) -> None:
    answer = library.ask("Scatter plot of shelf count versus pages of books")
    assert all(isinstance(value, int) for row in answer.rows for value in row)


def test_a_range_of_an_axis_is_no_condition(library: Any) -> None:
    answer = library.ask(
        "Scatter plot of pages versus price of books. Let the price axis run from 0 to 50."
    )
    assert "WHERE" not in answer.sql


def test_the_average_amount_of_a_thing_is_the_average_of_its_column(library: Any) -> None:
    assert "AVG(" in library.ask("Bar chart of the average sale amount per town of members").sql


def test_a_key_of_two_columns_joins_by_both(campus: Any) -> None:
    answer = campus.ask("Scatter plot of seats by subject of the lessons")
    assert answer.sql.count("room_number") >= 2
    assert len(answer.rows) == 3


def test_a_number_that_is_part_of_a_key_is_still_a_number(campus: Any) -> None:
    assert "AVG(" in campus.ask("Bar chart of the average mark per subject").sql


def test_likes_are_those_of_who_likes(campus: Any) -> None:
    answer = campus.ask("Bar chart of the number of likes per person")
    assert _same(answer, [("Ann", 2), ("Bob", 1)])


def test_a_table_of_pairs_is_called_by_what_it_ends_with(campus: Any) -> None:
    answer = campus.ask("Bar chart of the number of films by film genre")
    assert _same(answer, [("Fun", 2), ("Fear", 1)])


def test_the_last_word_of_a_table_says_what_it_holds(campus: Any) -> None:
    answer = campus.ask("Which engineers have the most visits? Bars.")
    assert _same(answer, [("Gill", 2), ("Hart", 1)])


def test_hours_can_be_an_amount(campus: Any) -> None:
    answer = campus.ask("How many hours did each engineer spend? Bar chart.")
    assert _same(answer, [("Gill", 5.0), ("Hart", 1.5)])


REPAIRS = """
CREATE TABLE shops (shop_id INTEGER PRIMARY KEY, shop_name TEXT, country TEXT);
CREATE TABLE repairs (repair_id INTEGER PRIMARY KEY, shop_id INTEGER REFERENCES shops(shop_id),
  repair_type_code TEXT, repair_status_code TEXT, result TEXT, cost_of_repair REAL, year INTEGER);
CREATE TABLE supplier_charges (charge_id INTEGER PRIMARY KEY, charge_type TEXT, charge REAL);
CREATE TABLE access_log (entry_id INTEGER PRIMARY KEY, logged TEXT);
INSERT INTO shops VALUES (1,'Alder','France'),(2,'Birch','Spain'),(3,'Cedar','France');
INSERT INTO repairs VALUES (1,1,'clock','Open','Accept',10,2019),(2,1,'watch','Closed','Reject',20,
  2020),(3,2,'clock','New','Accept',30,2020),(4,1,'ring','Open','Accept',25,2021),
  (5,2,'ring','Closed','Reject',35,2021);
INSERT INTO supplier_charges VALUES (1,'day',5),(2,'hour',1);
INSERT INTO access_log VALUES (1,'2020-03-01'),(2,'2021-04-01'),(3,'2021-05-01');
"""


@pytest.fixture(scope="module")
def repairs(make_database: Callable[[str], Any]) -> Any:
    return make_database(REPAIRS)


def test_what_one_would_like_is_no_example(repairs: Any) -> None:
    answer = repairs.ask("I'd like to compare the cost of repair of shops in France per shop")
    assert "country = 'France'" in answer.sql


def test_the_wish_behind_like_this_one_is_heard(repairs: Any) -> None:
    answer = repairs.ask("A donut like this one that shows the number of repairs per shop")
    assert _same(answer, [("Alder", 3), ("Birch", 2)])


def test_the_wish_behind_what_it_stands_in_for_is_heard(repairs: Any) -> None:
    answer = repairs.ask("Bars for our data instead of the sample: one bar per repair type, "
                         "the number of repairs as its length")  # fmt: skip
    assert "repair_type_code" in answer.sql


@pytest.mark.parametrize("words", ["new, open or closed", "accepted or rejected"])
def test_a_list_behind_whether_makes_groups(repairs: Any, words: str) -> None:
    answer = repairs.ask(
        f"Stacked bars of the number of repairs per shop, the colors show whether they are {words}"
    )
    assert "WHERE" not in answer.sql
    assert ("result" if "accepted" in words else "repair_status_code") in answer.sql


@pytest.mark.parametrize("kind", ["status", "type"])
def test_the_status_of_a_thing_is_its_column(repairs: Any, kind: str) -> None:
    answer = repairs.ask(f"Bar chart of the number of repairs, stacked by the {kind} of the repair")
    assert f"repair_{kind}_code" in answer.sql


def test_small_words_of_a_name_do_not_count(repairs: Any) -> None:
    assert "cost_of_repair" in repairs.ask("Histogram of what our repairs cost").sql


@pytest.mark.parametrize(
    "words", ["Only shops with at least three.", "Leave out shops with only two.",
              "Only show shops with 3 or more of them."]
)  # fmt: skip
def test_groups_are_kept_by_a_bare_number_of_rows(repairs: Any, words: str) -> None:
    answer = repairs.ask(f"Bar chart of the number of repairs per shop. {words}")
    assert _same(answer, [("Alder", 3)])


def test_the_rows_of_a_named_table_are_what_is_counted(repairs: Any) -> None:
    answer = repairs.ask("Count the number of visits grouped by year from my access_log table")
    assert _same(answer, [(2020, 1), (2021, 2)])


def test_the_owner_of_a_column_takes_no_place(repairs: Any) -> None:
    answer = repairs.ask("Line chart: year of the repair along the bottom, total cost of repair up")
    assert _same(answer, [(2019, 10.0), (2020, 50.0), (2021, 60.0)])


WORKSHOP = """
CREATE TABLE sizes (size_code TEXT PRIMARY KEY, size_description TEXT);
CREATE TABLE owners (owner_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE boats (boat_id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES owners(owner_id),
  size_code TEXT REFERENCES sizes(size_code), boat_name TEXT, age INTEGER, launched TEXT);
CREATE TABLE refits (refit_id INTEGER PRIMARY KEY, boat_id INTEGER REFERENCES boats(boat_id),
  cost REAL);
CREATE TABLE berths (berth_id INTEGER PRIMARY KEY, pier TEXT, min_fee REAL, max_fee REAL);
INSERT INTO sizes VALUES ('S','Small'),('L','Large');
INSERT INTO owners VALUES (1,'Kim'),(2,'Lee');
INSERT INTO boats VALUES (1,1,'S','Gull',4,'1988-05-01'),(2,1,'L','Tern',12,'1995-07-01'),
  (3,2,'L','Kite',9,'1999-09-01');
INSERT INTO refits VALUES (1,1,2100.0),(2,2,2900.0),(3,3,9000.0),(4,1,2500.0);
INSERT INTO berths VALUES (1,'East',10.0,20.0),(2,'West',12.0,30.0);
"""


@pytest.fixture(scope="module")
def workshop(make_database: Callable[[str], Any]) -> Any:
    return make_database(WORKSHOP)


def test_a_plural_in_zes_is_a_word(workshop: Any) -> None:
    assert _same(workshop.ask("Pie chart of boats by size"), [("Small", 1), ("Large", 2)])


def test_older_than_is_a_condition_on_the_age(workshop: Any) -> None:
    answer = workshop.ask("Bar chart of the number of boats older than 8 per size")
    assert _same(answer, [("Large", 2)])


def test_years_are_no_range_of_an_amount(workshop: Any) -> None:
    answer = workshop.ask("Histogram of the refit cost of boats launched between 1990 and 1999")
    assert "cost BETWEEN" not in answer.sql and "1990" in answer.sql


def test_who_spent_the_most_is_told_by_the_amounts(workshop: Any) -> None:
    answer = workshop.ask("Which owners spent the most on refits? Bars.")
    assert _same(answer, [("Kim", 7500.0), ("Lee", 9000.0)])


def test_two_columns_share_their_noun(workshop: Any) -> None:
    answer = workshop.ask("Compare the minimum and maximum fee for each pier in grouped bars")
    assert "min_fee" in answer.sql and "max_fee" in answer.sql
    assert len(answer.rows) == 4


TICKETS = """
CREATE TABLE clients (client_id INTEGER PRIMARY KEY, client_type_code TEXT, town TEXT,
  country TEXT);
CREATE TABLE suppliers (supplier_id INTEGER PRIMARY KEY, country TEXT);
CREATE TABLE agents (agent_id INTEGER PRIMARY KEY, agent_first_name TEXT, agent_last_name TEXT);
CREATE TABLE tickets (ticket_id INTEGER PRIMARY KEY,
  client_id INTEGER REFERENCES clients(client_id),
  agent_id INTEGER REFERENCES agents(agent_id), ticket_type_code TEXT, ticket_status_code TEXT,
  opened TEXT, hours REAL, vote_percent REAL, votes INTEGER);
INSERT INTO suppliers VALUES (1,'Spain'),(2,'Italy');
INSERT INTO agents VALUES (1,'Ann','Ash'),(2,'Ben','Bay');
""" + "\n".join(
    f"INSERT INTO clients VALUES ({i},'{['firm', 'person'][i % 2]}','Town {i % 4}',"
    f"'{['France', 'Germany', 'Norway'][i % 3]}');"
    f"INSERT INTO tickets VALUES ({i},{i},{i % 2 + 1},'{['fault', 'wish'][i % 2]}',"
    f"'{['open', 'done', 'late'][i % 3]}','20{18 + i % 3}-0{i % 9 + 1}-01',{i % 5 + 0.5},"
    f"{i}.5,{100 + i});"
    for i in range(1, 25)
)


@pytest.fixture(scope="module")
def tickets(make_database: Callable[[str], Any]) -> Any:
    return make_database(TICKETS)


def test_a_bare_kind_is_that_of_the_things_before(tickets: Any) -> None:
    answer = tickets.ask("Number of tickets per month and status")
    assert "ticket_status_code" in answer.sql and "%Y-%m" in answer.sql
    assert "ticket_type_code" in tickets.ask("Bar chart of the number of tickets by type").sql


def test_the_kind_of_one_table_is_not_that_of_another(tickets: Any) -> None:
    answer = tickets.ask("Heatmap of the tickets by client type and status")
    assert "client_type_code" in answer.sql and "ticket_status_code" in answer.sql


def test_an_average_that_is_compared_is_a_condition_on_groups(tickets: Any) -> None:
    answer = tickets.ask("Which towns have an average number of hours over 2? Bars.")
    assert "WHERE" not in answer.sql and "HAVING" in answer.sql


def test_values_of_a_list_belong_to_one_column_and_make_the_groups(tickets: Any) -> None:
    answer = tickets.ask("Average hours of the tickets of clients in Germany, France and Norway")
    assert "suppliers" not in answer.sql and "GROUP BY\n  c.country" in answer.sql


def test_years_behind_a_noun_are_a_range(tickets: Any) -> None:
    answer = tickets.ask("Boxplot of hours per town for the years 2018 to 2019")
    assert "BETWEEN 2018 AND 2019" in answer.sql


def test_a_year_before_a_noun_is_a_condition(tickets: Any) -> None:
    assert "= 2019" in tickets.ask("Histogram of the hours of the 2019 tickets").sql


def test_percentage_is_percent(tickets: Any) -> None:
    assert "vote_percent" in tickets.ask("Bar chart of the average vote percentage by town").sql


def test_people_are_called_by_both_names_whatever_stands_before(tickets: Any) -> None:
    answer = tickets.ask("Bar chart of the number of tickets per agent")
    assert {"Ann Ash", "Ben Bay"} == {
        name for row in answer.rows for name in row if "n" in str(name)
    }


def test_on_average_is_the_average(tickets: Any) -> None:
    assert "AVG(" in tickets.ask("How many hours do tickets take on average in each town?").sql


def test_what_lacks_a_value_can_be_left_out(tickets: Any) -> None:
    answer = tickets.ask(
        "Scatter plot of hours and votes. Leave out tickets without a vote percent."
    )
    assert "NOT" in answer.sql and "NULL" in answer.sql


STABLES = """
CREATE TABLE stables (stable_id INTEGER PRIMARY KEY, name TEXT, region TEXT);
CREATE TABLE horses (horse_id INTEGER PRIMARY KEY, name TEXT, horse_num TEXT, sex TEXT,
  height REAL, stable_id INTEGER REFERENCES stables(stable_id));
CREATE TABLE lessons (lesson_id INTEGER PRIMARY KEY, lesson_name TEXT);
CREATE TABLE rider_lesson_enrolments (enrolment_id INTEGER PRIMARY KEY,
  lesson_id INTEGER REFERENCES lessons(lesson_id), enrolled TEXT, date_of_completion TEXT,
  total_spent REAL, rider_level INTEGER);
INSERT INTO stables VALUES (1,'Elm','North'),(2,'Oak','South');
INSERT INTO horses VALUES (1,'Ada','101','mare',150,1),(2,'Bo','102','stallion',160,1),
  (3,'Cy','103','mare',170,2),(4,'Di','104','mare',155,2),(5,'Ed','105','stallion',165,2);
INSERT INTO lessons VALUES (1,'Jumps'),(2,'Dressage');
INSERT INTO rider_lesson_enrolments VALUES (1,1,'2016-11-01','2017-01-10',10.0,1),
  (2,1,'2016-12-01','2018-02-10',20.0,2),(3,2,'2017-01-01','2018-03-10',30.0,2),
  (4,2,'2018-01-01','2019-03-10',5.0,1);
"""


@pytest.fixture(scope="module")
def stables(make_database: Callable[[str], Any]) -> Any:
    return make_database(STABLES)


def test_each_thing_and_a_property_of_it_are_two_groups(stables: Any) -> None:
    answer = stables.ask("Average height of the horses in each stable by region")
    assert "s.name" in answer.sql and "s.region" in answer.sql


def test_the_number_of_things_is_no_column_of_their_numbers(stables: Any) -> None:
    assert _same(stables.ask("Bars: number of horses per stable"), [("Elm", 2), ("Oak", 3)])


def test_a_name_does_not_begin_with_of(stables: Any) -> None:
    answer = stables.ask("Bar chart of the number of enrolments per lesson")
    assert _same(answer, [("Jumps", 2), ("Dressage", 2)])


def test_several_years_are_a_list(stables: Any) -> None:
    answer = stables.ask("Number of rider lesson enrolments completed each month in 2017 and 2018")
    assert "IN (2017, 2018)" in answer.sql


def test_a_number_behind_each_makes_groups_of_another(stables: Any) -> None:
    answer = stables.ask("How much did riders of each rider level spend?")
    assert "GROUP BY" in answer.sql and "SUM(" in answer.sql and "total_spent" in answer.sql


def test_coloured_things_have_a_bar_each(stables: Any) -> None:
    answer = stables.ask("Show the horses' height as bars, colored by sex")
    assert len(answer.rows) == 5


def test_completions_are_counted_by_their_own_date(stables: Any) -> None:
    answer = stables.ask("Line chart of the number of completions by year")
    assert _same(answer, [(2017, 1), (2018, 2), (2019, 1)])
