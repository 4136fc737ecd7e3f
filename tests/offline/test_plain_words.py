"""Counts, sums, averages and distances from them, in the many words that people have for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.catalog import Catalog
from multivis.offline.plain_words import in_plain_words
from multivis.protocols import Schema

STABLES = """
CREATE TABLE ranches (ranch_id INTEGER PRIMARY KEY, ranch_name TEXT, county TEXT);
CREATE TABLE riders (rider_id INTEGER PRIMARY KEY, rider_name TEXT, gender TEXT,
  ranch_id INTEGER REFERENCES ranches(ranch_id), stature_cm REAL);
CREATE TABLE horses (horse_id INTEGER PRIMARY KEY, horse_name TEXT, breed TEXT, resale_val REAL,
  jump_and_trot REAL, gallop_score REAL, canter_score REAL);
CREATE TABLE rides (ride_id INTEGER PRIMARY KEY, rider_id INTEGER REFERENCES riders(rider_id),
  horse_id INTEGER REFERENCES horses(horse_id), fee REAL, season INTEGER);
INSERT INTO ranches VALUES (1,'Ash','East'),(2,'Birch','West');
INSERT INTO riders VALUES (1,'Kim','F',1,160),(2,'Lou','M',1,181),(3,'Max','M',2,175);
INSERT INTO horses VALUES (1,'Dot','Cob',900,3,7,5),(2,'Fig','Arab',2100,5,9,4),
  (3,'Gus','Cob',1500,4,6,8);
INSERT INTO rides VALUES (1,1,1,10,1),(2,1,2,30,1),(3,2,2,20,2),(4,3,3,40,2),(5,3,1,15,3);
"""


@pytest.fixture(scope="module")
def stables(make_database: Callable[[str], Any]) -> Any:
    return make_database(STABLES)


@pytest.mark.parametrize(
    "question",
    [
        "Rider headcount by ranch name, as bars",
        "Bars of the head count of riders for each ranch name",
        "Draw one bar for every ranch name showing its headcount",
        "Tally the riders by ranch name",
        "Each ranch's number of riders, bars",
        "Bars for the ranches showing how many riders live in each",
        "Ranch name vs. number of riders, ordinary bars",
        "Rider counts per ranch name",
    ],
)
def test_a_headcount_or_tally_is_a_number_of_rows(stables: Any, question: str) -> None:
    assert dict(stables.ask(question).rows) == {"Ash": 2, "Birch": 1}


@pytest.mark.parametrize(
    "question",
    [
        "Take each horse's resale_val minus the mean resale_val of all horses, a bar per horse",
        "For every horse name, the resale val less the overall average as bars",
        "Bars by horse name: the difference between each horse's resale val and the average",
        "Subtract the mean resale val of all horses from each horse's resale val and show bars",
    ],
)
def test_a_number_less_its_mean_is_how_far_it_lies_from_the_average(
    stables: Any, question: str
) -> None:
    assert dict(stables.ask(question).rows) == {"Dot": -600.0, "Fig": 600.0, "Gus": 0.0}


def test_a_number_less_the_mean_of_another_number_stays() -> None:
    said = "The gallop score minus the mean canter score of all horses"
    assert in_plain_words(said, Catalog(Schema("sqlite", ()))) == said


def test_the_distance_from_the_average_stands_upright_against_the_other_number(
    stables: Any,
) -> None:
    answer = stables.ask("Plot each horse's gallop score minus the mean against resale val as dots")
    assert answer.channel("x")["field"] == "resale_val"
    assert "gallop_score" in str(answer.spec["transform"])


@pytest.mark.parametrize(
    "question",
    [
        "Add up, rider by rider, the fees of the rides, as bars",
        "What do the fees add up to for each rider?",
        "Total up the fees by rider",
        "Sum of the fee by rider across all horses",
        "Bars of the total fee per rider over all horses",
    ],
)
def test_what_is_added_up_is_a_sum_for_each_thing_named(stables: Any, question: str) -> None:
    assert dict(stables.ask(question).rows) == {"Kim": 40.0, "Lou": 20.0, "Max": 55.0}


def test_a_verb_may_say_the_average(stables: Any) -> None:
    answer = stables.ask("Average their resale val by breed and draw bars")
    assert dict(answer.rows) == {"Arab": 2100.0, "Cob": 1200.0}


def test_the_order_to_rank_is_no_column(make_database: Callable[[str], Any]) -> None:
    shops = make_database(
        "CREATE TABLE shops (shop_id INTEGER PRIMARY KEY, shop_name TEXT, city TEXT, rank INTEGER);"
        "INSERT INTO shops VALUES (1,'A','Hull',4),(2,'B','Hull',2),(3,'C','York',1);"
    )
    answer = shops.ask("Which cities have the most shops? Please rank them.")
    assert answer.columns == ["city", "number_of_shops"]
    assert "rank" in shops.ask("Number of shops by rank").columns


@pytest.mark.parametrize(
    "question",
    [
        "Plot the resale val across against gallop score in one colour and canter score in "
        "another, as dots",
        "Dots with the resale val along the bottom, one colour for the gallop score and another "
        "for the canter score",
    ],
)
def test_colours_that_tell_two_numbers_apart_are_no_third_number(
    stables: Any, question: str
) -> None:
    answer = stables.ask(question)
    assert answer.channel("color")["field"] == "measure"
    assert set(answer.columns) == {"resale_val", "gallop_score", "canter_score"}


def test_what_stands_in_quotes_keeps_its_words() -> None:
    catalog = Catalog(Schema("sqlite", ()))
    said = 'Call it "Headcount minus the mean" and tally the shops'
    assert in_plain_words(said, catalog).startswith('Call it "Headcount minus the mean" and count')


@pytest.mark.parametrize(
    "question",
    [
        "For every breed a bar reaching from its lowest to its highest resale val",
        "Bars by breed that start at the smallest resale val and end at the largest",
    ],
)
def test_bars_from_the_lowest_to_the_highest_show_a_range(stables: Any, question: str) -> None:
    assert set(stables.ask(question).rows) == {("Cob", 900.0, 1500.0), ("Arab", 2100.0, 2100.0)}


def test_an_order_from_the_lowest_to_the_highest_is_no_range(stables: Any) -> None:
    asked = "Bars of the average resale val by breed, sorted from the lowest to the highest"
    assert len(stables.ask(asked).columns) == 2


def test_a_size_may_be_one_number_minus_another(stables: Any) -> None:
    answer = stables.ask(
        "Bubbles of resale val against jump and trot, size = gallop score minus canter score"
    )
    assert "gallop_score - " in " ".join(answer.sql.split()).replace("horses.", "")


def test_what_each_row_holds_a_number_of_is_summed_from_there(
    make_database: Callable[[str], Any],
) -> None:
    galas = make_database(
        "CREATE TABLE galas (gala_id INTEGER PRIMARY KEY, town TEXT, number_of_guests INTEGER);"
        "CREATE TABLE guests (guest_id INTEGER PRIMARY KEY, gala_id INTEGER REFERENCES"
        " galas(gala_id), guest_name TEXT);"
        "INSERT INTO galas VALUES (1,'Hull',40),(2,'York',10),(3,'Hull',5);"
        "INSERT INTO guests VALUES (1,1,'Ann'),(2,1,'Ben'),(3,2,'Cat');"
    )
    answer = galas.ask("For our galas, sum the guests by town and draw bars")
    assert dict(answer.rows) == {"Hull": 45, "York": 10}


def test_the_number_of_things_is_no_quantity_of_them(make_database: Callable[[str], Any]) -> None:
    shop = make_database(
        "CREATE TABLE client_orders (order_id INTEGER PRIMARY KEY, state TEXT);"
        "CREATE TABLE lines (line_id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES"
        " client_orders(order_id), order_quantity INTEGER);"
        "INSERT INTO client_orders VALUES (1,'Open'),(2,'Open'),(3,'Done');"
        "INSERT INTO lines VALUES (1,1,7),(2,1,2),(3,2,9),(4,3,1);"
    )
    for asked in ("Number of orders by state, bars", "Order counts by state, bars"):
        assert dict(shop.ask(asked).rows) == {"Open": 2, "Done": 1}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("The two tallest riders as bars", ["Lou", "Max"]),
        ("Tallest two riders, bars", ["Lou", "Max"]),
        ("What are the 2 shortest riders?", ["Kim", "Max"]),
    ],
)
def test_a_superlative_says_by_which_number_the_first_few_are_taken(
    make_database: Callable[[str], Any], question: str, names: list[str]
) -> None:
    yard = make_database(STABLES.replace("stature_cm", "height_cm"))
    answer = yard.ask(question)
    assert {"rider_name", "height_cm"} == set(answer.columns)
    shown = sorted(answer.rows, key=lambda row: -row[1])
    first = shown[:2] if "allest" in question else shown[::-1][:2]
    assert [row[0] for row in first] == names
    assert "2" in answer.sql or "2" in str(answer.spec.get("transform"))
