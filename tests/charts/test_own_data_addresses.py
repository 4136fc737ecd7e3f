"""Addresses of absolute files in a script are led to the files that the sandbox has."""

from __future__ import annotations

from pathlib import Path

import pytest

from multivis.charts.own_data import find_own_data

REAL = Path("/somewhere/deep/shop.sqlite")


@pytest.mark.parametrize(
    ("address", "led_to"),
    [
        ("file:/somewhere/deep/shop.sqlite?mode=ro", "file:data/shop.sqlite?mode=ro"),
        ("file:///somewhere/deep/shop.sqlite?mode=ro", "file:data/shop.sqlite?mode=ro"),
        ("sqlite:////somewhere/deep/shop.sqlite", "sqlite:///data/shop.sqlite"),
        ("/somewhere/deep/shop.sqlite", "data/shop.sqlite"),
    ],
)
def test_an_absolute_address_is_replaced(address: str, led_to: str):
    code = f"import sqlite3\nconnection = sqlite3.connect({address!r}, uri=True)\n"
    own = find_own_data(code, (address,), {str(REAL): REAL})
    assert repr(led_to) in own.code
    assert own.inputs == {"data/shop.sqlite": REAL}
    assert own.replaced == (address,)


@pytest.mark.parametrize("address", ["file:shop.sqlite?mode=ro", "sqlite:///shop.sqlite"])
def test_a_relative_address_stays_as_it_is(address: str):
    code = f"connection = connect({address!r})\n"
    own = find_own_data(code, (address,), {str(REAL): REAL})
    assert own.code == code
    assert own.inputs == {"shop.sqlite": REAL}


def test_a_file_named_inside_a_statement_is_replaced():
    real = Path("/somewhere/deep/sales.csv")
    code = (
        "import duckdb\nconnection = duckdb.connect()\n"
        "connection.execute('CREATE VIEW s AS SELECT * FROM "
        "read_csv(\\'/somewhere/deep/sales.csv\\', header=true)')\n"
    )
    own = find_own_data(code, (), {str(real): real})
    assert "'data/sales.csv'" in own.code.replace("\\", "")
    assert "/somewhere" not in own.code
    assert own.inputs == {"data/sales.csv": real}


def test_two_files_in_one_statement_are_both_replaced():
    files = {"/a/x.csv": Path("/a/x.csv"), "/b/y.csv": Path("/b/y.csv")}
    code = "c.execute(\"SELECT * FROM '/a/x.csv' JOIN '/b/y.csv' USING (id)\")\n"
    own = find_own_data(code, (), files)
    assert "'data/x.csv'" in own.code
    assert "'data/y.csv'" in own.code
    assert set(own.inputs) == {"data/x.csv", "data/y.csv"}


def test_a_relative_file_inside_a_statement_is_an_input():
    real = Path("/somewhere/deep/sales.csv")
    code = "c.execute(\"SELECT * FROM read_csv('sales.csv')\")\n"
    own = find_own_data(code, (), {"sales.csv": real})
    assert own.code == code
    assert own.inputs == {"sales.csv": real}


def test_two_files_of_one_name_stay_two_files():
    files = {"/a/x.csv": Path("/a/x.csv"), "/b/x.csv": Path("/b/x.csv")}
    own = find_own_data("c.execute(\"SELECT * FROM '/a/x.csv' JOIN '/b/x.csv'\")\n", (), files)
    assert sorted(map(str, own.inputs.values())) == ["/a/x.csv", "/b/x.csv"]
    assert all(f"'{name}'" in own.code for name in own.inputs)
