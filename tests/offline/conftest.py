"""Small databases of everyday things, and one call from a question to its chart."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from multivis.data import open_source
from multivis.data.describe import describe_schema
from multivis.offline.altair_code import write_altair
from multivis.offline.database_turn import plan_question
from multivis.offline.plan import Plan
from multivis.offline.sql import write_sql

SALES = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name TEXT, city TEXT, country TEXT,
  segment TEXT);
CREATE TABLE products (product_id INTEGER PRIMARY KEY, product_name TEXT, category TEXT,
  unit_price REAL);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY,
  customer_id INTEGER REFERENCES customers(customer_id), order_date TEXT, shipping_cost REAL);
CREATE TABLE order_lines (line_id INTEGER PRIMARY KEY,
  order_id INTEGER REFERENCES orders(order_id),
  product_id INTEGER REFERENCES products(product_id), quantity INTEGER);
INSERT INTO customers VALUES (1,'Ada Bell','Leeds','United Kingdom','Consumer'),
  (2,'Bo Chen','York','United Kingdom','Corporate'),(3,'Cy Diaz','Madrid','Spain','Consumer'),
  (4,'Di Evans','Sevilla','Spain','Home Office');
INSERT INTO products VALUES (1,'Lamp','Furniture',40.0),(2,'Desk','Furniture',200.0),
  (3,'Pen','Office',2.5),(4,'Paper','Office',5.0),(5,'Phone','Technology',600.0);
INSERT INTO orders VALUES (1,1,'2022-01-10',5.0),(2,1,'2022-02-11',7.5),(3,2,'2022-02-20',3.0),
  (4,3,'2023-01-05',9.0),(5,3,'2023-03-15',4.0),(6,4,'2023-03-30',6.0);
INSERT INTO order_lines VALUES (1,1,1,2),(2,1,3,10),(3,2,2,1),(4,3,5,1),(5,4,4,6),(6,4,1,1),
  (7,5,3,20),(8,6,5,2),(9,6,2,1);
"""

FLIGHTS = """
CREATE TABLE airlines (code TEXT PRIMARY KEY, airline_name TEXT);
CREATE TABLE airports (airport_id INTEGER PRIMARY KEY, airport_name TEXT,
  international_passengers INTEGER, domestic_passengers INTEGER, total_passengers INTEGER,
  runway_length TEXT);
CREATE TABLE flights (flight_id INTEGER PRIMARY KEY, airline_code TEXT REFERENCES airlines(code),
  airport_id INTEGER REFERENCES airports(airport_id), departure_time TEXT, delay_minutes REAL,
  distance_miles REAL, launch_year INTEGER);
INSERT INTO airlines VALUES ('AA','Alpha Air'),('BB','Beta Jet'),('CC','Cirrus');
INSERT INTO airports VALUES (1,'North Field',500,300,800,'3,500 m'),
  (2,'South Bay',100,700,800,'2,100 m'),(3,'East Hill',50,150,200,'1,800 m');
""" + "\n".join(
    f"INSERT INTO flights VALUES ({i},'{'AABBCC'[(i % 3) * 2 : (i % 3) * 2 + 2]}',{i % 3 + 1},"
    f"'2021-{i % 12 + 1:02d}-{i % 27 + 1:02d} {i % 24:02d}:15:00',{(i * 7) % 50},{100 + i * 13},"
    f"{2015 + i % 5});"
    for i in range(1, 61)
)

SCHOOL = """
CREATE TABLE teachers (teacher_id INTEGER PRIMARY KEY, name TEXT, department TEXT, salary REAL,
  years_experience INTEGER);
CREATE TABLE students (student_id INTEGER PRIMARY KEY, name TEXT, gender TEXT, age INTEGER,
  home_town TEXT, math_score REAL, reading_score REAL);
CREATE TABLE clubs (club_id INTEGER PRIMARY KEY, club_name TEXT, budget REAL);
CREATE TABLE memberships (student_id INTEGER REFERENCES students(student_id),
  club_id INTEGER REFERENCES clubs(club_id), joined_year INTEGER);
INSERT INTO clubs VALUES (1,'Chess',100),(2,'Drama',250),(3,'Robotics',400);
INSERT INTO teachers VALUES (1,'Ms Fox','Science',50000,5),(2,'Mr Gray','Science',62000,15),
  (3,'Mrs Hill','Arts',48000,8),(4,'Mr Ives','Arts',51000,12),(5,'Ms Jay','Sports',45000,3);
""" + "\n".join(
    f"INSERT INTO students VALUES ({i},'Student {i}','{'FM'[i % 2]}',{14 + i % 5},"
    f"'{['Bath', 'Truro', 'Hull'][i % 3]}',{40 + (i * 37) % 60},{45 + (i * 23) % 50});"
    f"INSERT INTO memberships VALUES ({i},{i % 3 + 1},{2018 + i % 4});"
    for i in range(1, 41)
)


@dataclass
class Answered:
    """What became of a question: its plan, SQL, rows, code and specification."""

    plan: Plan
    sql: str
    rows: list[tuple[Any, ...]]
    columns: list[str]
    code: str
    spec: dict[str, Any]

    def channel(self, name: str, layer: int = 0) -> dict[str, Any]:
        """A channel's definition in a unit or layer of the specification."""
        unit = self.spec["layer"][layer] if "layer" in self.spec else self.spec
        return dict(unit["encoding"][name])

    @property
    def marks(self) -> list[str]:
        """The marks, in order."""
        units = self.spec.get("layer", [self.spec])
        return [u["mark"] if isinstance(u["mark"], str) else u["mark"]["type"] for u in units]


class Database:
    """A SQLite file with its schema text."""

    def __init__(self, path: Path, script: str) -> None:
        connection = sqlite3.connect(path)
        connection.executescript(script)
        connection.commit()
        connection.close()
        self.path = path
        self.source = open_source(f"sqlite:///{path}")
        self.text = describe_schema(self.source.schema(), 9_000)

    def plan(self, question: str) -> Plan:
        """The plan for a question."""
        return plan_question(question, self.text, "sqlite").plan

    def ask(self, question: str) -> Answered:
        """Everything from a question to the specification of its chart."""
        import altair as alt
        import numpy as np
        import pandas as pd

        planned = plan_question(question, self.text, "sqlite")
        sql, lost = write_sql(planned.plan.query, planned.catalog, "sqlite")
        assert not lost
        result = self.source.execute(sql)
        frame = result.table.to_pandas()
        code = write_altair(planned.plan)
        names: dict[str, Any] = {"df": frame, "alt": alt, "pd": pd, "np": np}
        exec(code, names)
        spec = names["chart"].to_dict()
        rows = [tuple(row.values()) for row in result.table.to_pylist()]
        return Answered(planned.plan, sql, rows, list(frame.columns), code, spec)


@pytest.fixture(scope="session")
def make_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Database]]:
    made: list[Database] = []

    def make(script: str) -> Database:
        path = tmp_path_factory.mktemp("offline") / f"data_{len(made)}.sqlite"
        made.append(Database(path, script))
        return made[-1]

    yield make
    for database in made:
        database.source.close()


@pytest.fixture(scope="session")
def sales(make_database: Callable[[str], Database]) -> Database:
    return make_database(SALES)


@pytest.fixture(scope="session")
def flights(make_database: Callable[[str], Database]) -> Database:
    return make_database(FLIGHTS)


@pytest.fixture(scope="session")
def school(make_database: Callable[[str], Database]) -> Database:
    return make_database(SCHOOL)
