"""Titles have the names of tables in the singular or the plural, as people write them."""

from __future__ import annotations

import pytest

from multivis.offline.words import in_plural, in_singular

PAIRS = [
    ("Company", "Companies"),
    ("Movie", "Movies"),
    ("Person", "People"),
    ("Bus", "Buses"),
    ("Class", "Classes"),
    ("Box Score", "Box Scores"),
    ("Organization", "Organizations"),
    ("TV Series", "TV Series"),
    ("Match", "Matches"),
    ("Survey", "Surveys"),
    ("city", "cities"),
]


@pytest.mark.parametrize(("one", "many"), PAIRS)
def test_a_title_is_put_into_the_singular_and_the_plural(one: str, many: str) -> None:
    assert in_singular(many) == one
    assert in_plural(one) == many


@pytest.mark.parametrize(("one", "many"), PAIRS)
def test_what_is_in_that_number_stays(one: str, many: str) -> None:
    assert in_singular(one) == one
    assert in_plural(many) == many
