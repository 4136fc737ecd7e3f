"""Medians, shares of a part, empty groups and odd names: measures that must not be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from multivis.offline.database_turn import plan_question
from multivis.offline.sql import write_sql

CLINIC = """
CREATE TABLE wards (ward_id INTEGER PRIMARY KEY, ward_name TEXT);
CREATE TABLE patients (patient_id INTEGER PRIMARY KEY, patient_name TEXT, gender TEXT,
  age INTEGER, weight REAL, ward_id INTEGER REFERENCES wards(ward_id));
INSERT INTO wards VALUES (1,'North'),(2,'South'),(3,'East'),(4,'Closed');
""" + "\n".join(
    f"INSERT INTO patients VALUES ({i},'P{i}','{'FFM'[i % 3]}',{20 + (i * i) % 61},"
    f"{'NULL' if i % 7 == 0 else 50 + (i * 13) % 47},{i % 3 + 1});"
    for i in range(1, 30)
)


@pytest.fixture(scope="module")
def clinic(make_database: Callable[[str], Any]) -> Any:
    return make_database(CLINIC)


def _groups(clinic: Any, column: str) -> dict[str, list[float]]:
    table = clinic.source.execute(
        f"SELECT ward_name, {column} AS v FROM patients JOIN wards USING (ward_id) "
        f"WHERE {column} IS NOT NULL"
    ).table.to_pylist()
    found: dict[str, list[float]] = {}
    for row in table:
        found.setdefault(row["ward_name"], []).append(row["v"])
    return found


@pytest.mark.parametrize("column", ["age", "weight"])
def test_a_median_is_the_median_also_where_the_engine_has_none(clinic: Any, column: str) -> None:
    answer = clinic.ask(f"Bar chart of the median {column} of patients by ward name")
    expected = {name: float(np.median(v)) for name, v in _groups(clinic, column).items()}
    assert dict(answer.rows) == pytest.approx(expected)


def test_a_median_of_everything_needs_no_groups(clinic: Any) -> None:
    planned = plan_question("Median age of patients by gender", clinic.text, "sqlite")
    outputs = tuple(o for o in planned.plan.query.outputs if o.aggregate)
    from dataclasses import replace

    sql, _ = write_sql(replace(planned.plan.query, outputs=outputs), planned.catalog, "sqlite")
    ages = [age for ages in _groups(clinic, "age").values() for age in ages]
    (row,) = clinic.source.execute(sql).table.to_pylist()
    assert list(row.values()) == [float(np.median(ages))]


@pytest.mark.parametrize(
    ("dialect", "words"),
    [("duckdb", "MEDIAN("), ("postgres", "PERCENTILE_CONT("), ("mysql", "ROW_NUMBER()")],
)
def test_each_engine_computes_a_median_in_its_own_way(
    clinic: Any, dialect: str, words: str
) -> None:
    planned = plan_question("Median age of patients by gender", clinic.text, dialect)
    sql, _ = write_sql(planned.plan.query, planned.catalog, dialect)
    assert words in sql
    assert "AVG(age)" not in sql


def test_the_share_of_a_part_has_everyone_as_its_whole(clinic: Any) -> None:
    answer = clinic.ask("What percentage of patients are female in each ward? Show a bar chart.")
    table = clinic.source.execute(
        "SELECT ward_name, AVG(gender = 'F') AS s FROM patients JOIN wards USING (ward_id) "
        "GROUP BY ward_name"
    ).table.to_pylist()
    assert dict(answer.rows) == pytest.approx({r["ward_name"]: r["s"] for r in table})
    assert answer.channel("y")["axis"]["format"] == ".0%"


def test_the_share_of_a_part_alone_stands_beside_the_other_parts(clinic: Any) -> None:
    answer = clinic.ask("What share of the patients is female?")
    assert dict(answer.rows) == {"F": 19, "M": 10}


def test_the_share_beyond_a_number_keeps_those_below_in_the_whole(clinic: Any) -> None:
    answer = clinic.ask("Percentage of patients with an age over 60 by gender as bars")
    table = clinic.source.execute(
        "SELECT gender, AVG(age > 60) AS s FROM patients GROUP BY gender"
    ).table.to_pylist()
    assert dict(answer.rows) == pytest.approx({r["gender"]: r["s"] for r in table})


def test_groups_without_members_are_shown_with_zero_when_every_group_is_asked_for(
    clinic: Any,
) -> None:
    answer = clinic.ask("Number of patients in every ward as a bar chart")
    assert ("Closed", 0) in answer.rows
    assert any("shown with 0" in text for text in answer.plan.assumptions)


def test_groups_without_members_are_told_when_they_are_not_shown(clinic: Any) -> None:
    answer = clinic.ask("Number of patients by ward as a bar chart")
    assert len(answer.rows) == 3
    assert any("1 of 4" in text for text in answer.plan.assumptions)


def test_names_with_dots_apostrophes_and_umlauts_keep_their_aggregates(
    make_database: Callable[[str], Any],
) -> None:
    odd = make_database(
        'CREATE TABLE t ("it\'s" TEXT, "größe" REAL, "a.b" REAL);'
        + "".join(f"INSERT INTO t VALUES ('v{i % 3}', {i * i}, {i});" for i in range(9))
    )
    assert sorted(odd.ask("average a.b by it's as bars").rows) == [
        ("v0", 3.0), ("v1", 4.0), ("v2", 5.0),
    ]  # fmt: skip
    answer = odd.ask("average größe by it's as bars")
    assert answer.plan.query.outputs[1].aggregate == "avg"
    assert answer.plan.query.outputs[1].name == "average_größe"
