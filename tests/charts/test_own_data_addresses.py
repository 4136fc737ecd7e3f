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
