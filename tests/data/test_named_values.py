"""Values that a question names are found in the data, as the data spell them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.data import open_source
from multivis.data.describe import describe_schema, samples_shown
from multivis.data.named_values import (
    describe_named_values,
    named_values,
    parse_named_values,
    with_named_values,
)
from multivis.errors import QueryTimeoutError
from multivis.protocols import Schema, Source

TOWNS = [
    *(f"Town {number}" for number in range(30)),
    "Ely", "St. Ives", "Kirk Newton Abbey", "Price", "Will", "O'Hara Bay", "Potteries", "Beacons",
]  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "towns.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE town (name TEXT, size TEXT, price REAL, code TEXT)")
        rows = [(name, "small", 1.0, f" C{i}") for i, name in enumerate(TOWNS)]
        connection.executemany("INSERT INTO town VALUES (?, ?, ?, ?)", rows)
        connection.commit()
    return open_source(path)


def found(source: Source, question: str, **more: float) -> dict[tuple[str, str], tuple[str, ...]]:
    schema = source.schema()
    shown = {c.name: c.samples for c in schema.tables[0].columns}
    hidden = set(TOWNS) - set(shown["name"])
    assert {"Ely", "St. Ives", "Price"} <= hidden  # only what the samples leave out is looked up
    return named_values(source, schema, question, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Rain in Ely and elsewhere", "Ely"),
        ("rain in ely by month", "Ely"),
        ("Compare ST. IVES with the others", "St. Ives"),
        ("visitors of Kirk Newton, by year", "Kirk Newton Abbey"),
        ("visitors at 'kirk newton'", "Kirk Newton Abbey"),
        ("How busy is O'Hara Bay?", "O'Hara Bay"),
        ("the beacon in winter", ""),
        ("all beacons in winter", "Beacons"),
        ("Potteries' sales", "Potteries"),
    ],
)
def test_a_value_that_the_samples_do_not_show_is_found(
    source: Source, question: str, value: str
) -> None:
    assert found(source, question) == ({("town", "name"): (value,)} if value else {})


@pytest.mark.parametrize(
    "question",
    ["the price of a town", "Which towns will grow?", "rain by month", "", "size small", "!?"],
)
def test_everyday_words_names_of_columns_and_shown_values_are_not_told(
    source: Source, question: str
) -> None:
    assert found(source, question) == {}


def test_a_code_with_blanks_around_it_is_told_as_it_is_stored(source: Source) -> None:
    assert found(source, "codes C31 and C35")["town", "code"] == (" C31", " C35")


def test_many_values_that_begin_alike_are_not_told(source: Source) -> None:
    assert found(source, "rain in 'Town'") == {}


def test_no_time_finds_nothing(source: Source) -> None:
    assert found(source, "rain in Ely", seconds=0.0) == {}


def test_a_source_that_is_too_slow_finds_nothing(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> None:
        raise QueryTimeoutError("The query took too long.")

    schema = source.schema()
    monkeypatch.setattr(source, "execute", late)
    assert named_values(source, schema, "rain in Ely") == {}


def test_tables_of_other_engines_are_searched_too() -> None:
    frame = pd.DataFrame({"name": TOWNS, "rain": range(len(TOWNS))})
    source = open_source({"town": frame})
    assert named_values(source, source.schema(), "rain in Ely") == {("town", "name"): ("Ely",)}


def test_more_columns_than_one_query_takes_are_all_searched(tmp_path: Path) -> None:
    frame = pd.DataFrame({f"c{number}": TOWNS for number in range(70)})
    source = open_source({"wide": frame})
    assert len(named_values(source, source.schema(), "rain in Ely")) == 70


def test_a_column_shows_the_values_that_were_found_first(source: Source) -> None:
    schema = source.schema()
    told = with_named_values(schema, found(source, "rain in Ely"))
    column = told.tables[0].columns[0]
    assert column.samples[0] == "Ely"
    assert set(column.samples[1:]) == set(schema.tables[0].columns[0].samples)
    assert with_named_values(schema, {}) is schema


def test_fewer_samples_are_shown_where_there_is_less_room(source: Source) -> None:
    schema = source.schema()
    assert samples_shown(schema, 9_000) == 10
    assert samples_shown(schema, 320) < 10
    assert describe_schema(schema, 320).count('"Town') == samples_shown(schema, 320)
    assert samples_shown(Schema("sqlite", schema.tables * 40, ()), 200) == 0


names = st.text(min_size=1, max_size=12)


@given(st.dictionaries(st.tuples(names, names), st.lists(names, min_size=1, max_size=3).map(tuple),
                       max_size=4))  # fmt: skip
def test_the_text_reads_back(values: dict[tuple[str, str], tuple[str, ...]]) -> None:
    assert parse_named_values(describe_named_values(values)) == values
