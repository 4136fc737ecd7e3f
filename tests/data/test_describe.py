"""The schema as text: a round trip, and what goes first when there is little room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.data import open_source
from multivis.data.describe import describe_schema, parse_schema
from multivis.protocols import ForeignKey, Schema, SourceColumn, Table


def test_the_text_reads_as_agreed(shop: Path) -> None:
    text = describe_schema(open_source(shop).schema(), 9_000)
    lines = text.split("\n")
    assert lines[0] == 'TABLE "country" (3 rows)'
    assert lines[1] == '  "id" INTEGER, nominal, primary key, 3 distinct, 1 .. 3, values 1, 2, 3'
    assert lines[2] == ('  "name" TEXT, nominal, 3 distinct, values "France", "Chile", "Japan"')
    assert 'FOREIGN KEY "customer"."country_id" -> "country"."id" (declared)' in lines
    assert lines[-1].startswith(
        'FOREIGN KEY "orders"."customer_id" -> "customer"."customer_id" (inferred 0.'
    )


def test_the_text_reads_back(shop: Path) -> None:
    schema = open_source(shop).schema()
    text = describe_schema(schema, 9_000)
    parsed = parse_schema(text, "sqlite")
    assert describe_schema(parsed, 9_000) == text
    assert parsed.foreign_keys == schema.foreign_keys
    assert [t.row_count for t in parsed.tables] == [t.row_count for t in schema.tables]
    assert parsed.tables[0].columns[2].maximum == 68_000_000


names = st.text(min_size=1, max_size=12)
values = st.one_of(
    st.text(max_size=20), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)
columns = st.builds(
    SourceColumn,
    name=names,
    type=st.one_of(
        st.sampled_from(["INT", "VARCHAR(20)", "DECIMAL(9, 2)", "", "INTEGER[]"]), names
    ),
    kind=st.sampled_from(["quantitative", "temporal", "nominal", "ordinal"]),
    primary_key=st.booleans(),
    distinct=st.integers(0, 99),
    nulls=st.integers(0, 9),
    samples=st.lists(st.text(max_size=12), max_size=3).map(tuple),
    exact=st.booleans(),
)
tables = st.builds(
    Table,
    name=names,
    columns=st.lists(columns, min_size=1, max_size=3).map(tuple),
    row_count=st.one_of(st.none(), st.integers(0, 10**9)),
)
keys = st.builds(
    ForeignKey, table=names, column=names, to_table=names, to_column=names,
    inferred=st.just(True), confidence=st.integers(0, 100).map(lambda n: n / 100),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(tables, min_size=1, max_size=3), st.lists(keys, max_size=2))
def test_any_schema_survives_the_round_trip(found: list[Table], refers: list[ForeignKey]) -> None:
    schema = Schema("sqlite", tuple(found), tuple(refers))
    parsed = parse_schema(describe_schema(schema, 1_000_000), "sqlite")
    assert parsed.foreign_keys == schema.foreign_keys
    for own, other in zip(parsed.tables, schema.tables, strict=True):
        assert (own.name, own.row_count) == (other.name, other.row_count)
        for left, right in zip(own.columns, other.columns, strict=True):
            assert left == replace(right, samples=left.samples)
            if right.distinct and not (right.kind == "temporal" and right.distinct > 50):
                assert left.samples == right.samples


@settings(deadline=None)
@given(st.lists(tables, min_size=1, max_size=3), st.integers(200, 2_000))
def test_the_text_never_outgrows_its_room(found: list[Table], size: int) -> None:
    assert len(describe_schema(Schema("sqlite", tuple(found)), size)) <= size


@settings(deadline=None)
@given(st.text())
def test_reading_any_text_gives_a_schema(text: str) -> None:
    assert isinstance(parse_schema(text), Schema)


def wide(tables: int, columns: int) -> Schema:
    return Schema(
        "sqlite",
        tuple(
            Table(
                f"table_{t}",
                tuple(
                    SourceColumn(f"column_{c}", "TEXT", distinct=9, samples=("a value", "another"))
                    for c in range(columns)
                ),
                5,
            )
            for t in range(tables)
        ),
    )


def test_samples_go_before_profiles_and_profiles_before_columns() -> None:
    schema = wide(5, 10)
    full = describe_schema(schema, 100_000)
    assert "another" in full
    fewer = describe_schema(schema, len(full) - 10)
    assert "a value" in fewer
    assert '"another"' not in fewer
    bare = describe_schema(schema, 2_000)
    assert "distinct" not in bare
    assert bare.count("column_9") == 5


def test_tables_without_room_are_named_then_counted() -> None:
    text = describe_schema(wide(200, 20), 3_000)
    lines = text.split("\n")
    assert lines[-1].endswith("more tables: use find_fields or list_tables")
    named = [line for line in lines if line.startswith("TABLE ")]
    left = int(lines[-1].split()[1])
    assert len(named) + left == 200
    assert any(line.startswith("  ") for line in lines)
    assert len(text) <= 3_000


@pytest.mark.parametrize("size", [200, 500])
def test_a_table_too_wide_for_the_room_is_still_named(size: int) -> None:
    text = describe_schema(wide(1, 500), size)
    assert text.startswith('TABLE "table_0"')
    assert len(text) <= size


def test_a_wide_first_table_does_not_hide_its_columns(make_sqlite: Callable[..., Path]) -> None:
    text = describe_schema(wide(1, 200), 3_000)
    assert text.count('  "column_') > 20
