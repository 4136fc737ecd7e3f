"""Which columns are shown: groups that values make, kinds, moments and units in names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

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
    described = stable.ask("Bar chart of the number of rides by state.")
    assert {row[0] for row in described.rows} == {"To come", "It is over", "Nobody came"}


def test_a_number_that_another_one_varies_with_makes_groups(stable: Any) -> None:
    answer = stable.ask("Show how the number of riders varies with their height, as a line.")
    assert "GROUP BY" in answer.sql and len(answer.columns) == 2


def test_decades_and_quarters_are_whole_numbers(stable: Any) -> None:
    decades = stable.ask("How many rides were there by decade? A bar chart.")
    assert {row[0] for row in decades.rows} == {2000, 2010, 2020}
    quarters = stable.ask("How many rides were there in each quarter? A bar chart.")
    assert {row[0] for row in quarters.rows} == {1, 2, 3}
