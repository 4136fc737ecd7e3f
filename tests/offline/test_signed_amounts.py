"""Amounts of some kinds of rows are taken away from those of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TILL = """
CREATE TABLE tills (till_id INTEGER PRIMARY KEY, till_name TEXT);
CREATE TABLE movements (movement_id INTEGER PRIMARY KEY,
  till_id INTEGER REFERENCES tills(till_id), kind TEXT, amount REAL, moved_on TEXT);
INSERT INTO tills VALUES (1,'100'),(2,'200');
INSERT INTO movements VALUES (1,1,'Deposit',50,'2020-01-05'),(2,1,'Withdrawal',80,'2020-01-09'),
  (3,2,'Deposit',70,'2020-02-01'),(4,2,'Withdrawal',20,'2020-02-11'),(5,2,'Deposit',5,'2020-02-12');
"""


@pytest.fixture(scope="module")
def till(make_database: Callable[[str], Any]) -> Any:
    return make_database(TILL)


@pytest.mark.parametrize(
    "question",
    [
        "Signed amount by till name as bars: deposits count as positive, withdrawals as negative",
        "Net amount per till name, counting deposits as positive and withdrawals as negative, bars",
        "Bars of the amount per till name with withdrawals going down",
        "Deposits minus withdrawals: bars of the amount for each till name",
    ],
)
def test_kinds_that_count_as_negative_are_taken_away(till: Any, question: str) -> None:
    answer = till.ask(question)
    assert dict(answer.rows) == {"100": -30.0, "200": 55.0}
    assert any("negative" in text for text in answer.plan.assumptions)


def test_kinds_that_only_make_groups_keep_their_sign(till: Any) -> None:
    answer = till.ask("Total amount by kind as bars, deposits and withdrawals")
    assert dict(answer.rows) == {"Deposit": 125.0, "Withdrawal": 100.0}


def test_a_name_of_digits_stays_a_name(till: Any) -> None:
    answer = till.ask("Total amount by till name as bars")
    assert [row[0] for row in answer.rows] == ["100", "200"]
