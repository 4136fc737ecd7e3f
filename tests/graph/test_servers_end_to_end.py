"""From a question to a checked chart over real database servers, with the offline model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multivis.agent import MultiVis
from multivis.state import Status
from multivis.testing.mysql import PASSWORD as MYSQL_PASSWORD
from multivis.testing.postgres import PASSWORD as POSTGRES_PASSWORD

SHOP = [
    "CREATE TABLE customers (customer_id INT PRIMARY KEY, name VARCHAR(40), country VARCHAR(40))",
    "CREATE TABLE orders (order_id INT PRIMARY KEY, customer_id INT NOT NULL, placed DATE, "
    "amount DECIMAL(10, 2), paid BOOLEAN, "
    "FOREIGN KEY (customer_id) REFERENCES customers (customer_id))",
    "INSERT INTO customers VALUES (1, 'Ana', 'France'), (2, 'Bo', 'Chile'), "
    "(3, 'Chloé', 'France'), (4, 'Dai', 'Japan')",
    "INSERT INTO orders VALUES (1, 1, '2021-01-05', 9.50, TRUE), (2, 1, '2021-02-11', 20.25, TRUE),"
    " (3, 2, '2021-02-20', 3.25, FALSE), (4, 3, '2022-01-05', 8.00, TRUE), "
    "(5, 4, '2022-03-15', 41.00, TRUE), (6, 4, '2022-03-30', 1.75, FALSE)",
]
BY_COUNTRY = {"France": 37.75, "Chile": 3.25, "Japan": 42.75}
QUESTIONS = {
    "Show the total order amount by country of the customer as a bar chart": "bar",
    "Show the total order amount per month as a line chart": "line",
}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def postgres_shop(postgres_url: str) -> Iterator[str]:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
        url = postgres_url.replace("/postgres", "/shop")
        with psycopg.connect(url, autocommit=True) as own:
            for statement in SHOP:
                own.execute(statement)  # type: ignore[arg-type]
        yield url
        connection.execute("DROP DATABASE shop WITH (FORCE)")


@pytest.fixture(scope="module")
def mysql_shop(mysql_url: str) -> Iterator[str]:
    import pymysql
    from sqlalchemy.engine import make_url

    url = make_url(mysql_url)
    with pymysql.connect(
        host=url.host or "", port=url.port or 0, user=url.username, password=MYSQL_PASSWORD,
        autocommit=True,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        for statement in ["CREATE DATABASE shop", "USE shop", *SHOP]:
            cursor.execute(statement)
        yield mysql_url.replace("/first", "/shop")
        cursor.execute("DROP DATABASE shop")


@pytest.fixture(
    params=[
        pytest.param(("postgres_shop", POSTGRES_PASSWORD), marks=pytest.mark.postgres),
        pytest.param(("mysql_shop", MYSQL_PASSWORD), marks=pytest.mark.mysql),
    ],
    ids=["postgres", "mysql"],
)
def shop(request: pytest.FixtureRequest) -> tuple[str, str]:
    """URL of a shop's database, and the password in it."""
    fixture, password = request.param
    return request.getfixturevalue(fixture), password


def run_alone(folder: Path, password: str) -> subprocess.CompletedProcess[str]:
    """Run an exported script as a person would, with the password in the environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MULTIVIS_")}
    return subprocess.run(
        [sys.executable, "chart.py"],
        cwd=folder, env={**environment, "MULTIVIS_PASSWORD": password, "MPLBACKEND": "agg"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def pairs(result: Any) -> dict[Any, Any]:
    """The first column of the rows to the second."""
    names = result.data.column_names[:2]
    return dict(zip(*(result.data.column(name).to_pylist() for name in names), strict=True))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_to_a_server_becomes_a_chart_and_a_script_that_runs_alone(
    shop: tuple[str, str], sandbox: Any, tmp_path: Path, question: str
) -> None:
    url, password = shop
    with MultiVis(url, sandbox=sandbox) as agent:
        result = agent.ask(question)
        saved = result.save(tmp_path)
    assert result.status is Status.COMPLETE, (result.sql, result.failures, result.evaluation)
    assert result.passed
    mark = result.spec["mark"]
    assert (mark["type"] if isinstance(mark, dict) else mark) == QUESTIONS[question]
    if "country" in question:
        assert pairs(result) == BY_COUNTRY
        assert "JOIN" in result.sql.upper()
    else:
        assert list(pairs(result).values()) == [9.5, 23.5, 8.0, 42.75]
    for path in saved.values():
        content = path.read_bytes()
        assert password.encode() not in content
        assert password.replace(" ", "%20").encode() not in content
    assert "@127.0.0.1" in saved["code"].read_text()
    address = json.loads(saved["result"].read_text())["data"]
    assert address == url.replace(f":{password.replace(' ', '%20')}@", "@")
    done = run_alone(tmp_path, password)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("backend", ["plotly", "matplotlib"])
def test_other_chart_libraries_draw_from_servers_too(
    shop: tuple[str, str], sandbox: Any, tmp_path: Path, backend: str
) -> None:
    url, password = shop
    with MultiVis(url, sandbox=sandbox, backend=backend) as agent:
        result = agent.ask("Show the number of orders by country as a bar chart")
        result.save(tmp_path)
    assert result.passed, (result.sql, result.failures, result.evaluation)
    assert pairs(result) == {"France": 3, "Chile": 1, "Japan": 2}
    done = run_alone(tmp_path, password)
    assert done.returncode == 0, done.stderr


def test_a_filter_on_a_boolean_and_a_date_reaches_the_server(
    shop: tuple[str, str], sandbox: Any
) -> None:
    with MultiVis(shop[0], sandbox=sandbox) as agent:
        result = agent.ask(
            "Show the total amount of orders placed after 2021-12-31 by country as a bar chart"
        )
    assert result.passed, (result.sql, result.failures, result.evaluation)
    assert pairs(result) == {"France": 8.0, "Japan": 42.75}


def test_a_missing_password_is_told_when_the_script_runs(
    shop: tuple[str, str], sandbox: Any, tmp_path: Path
) -> None:
    url, _ = shop
    with MultiVis(url, sandbox=sandbox) as agent:
        agent.ask(next(iter(QUESTIONS))).save(tmp_path)
    done = run_alone(tmp_path, "not this one")
    assert done.returncode != 0
    assert "password" in done.stderr.lower()


@pytest.mark.postgres
def test_one_server_may_hold_the_data_and_the_checkpoints(postgres_shop: str, sandbox: Any) -> None:
    options: dict[str, Any] = {"sandbox": sandbox, "checkpointer": postgres_shop}
    with MultiVis(postgres_shop, approve_sql=True, **options) as agent:
        waiting = agent.ask(next(iter(QUESTIONS)), thread_id="of the shop")
        assert waiting.interrupt is not None
    with MultiVis(postgres_shop, approve_sql=True, **options) as agent:
        result = agent.resume("of the shop", True)
        assert result.passed
        assert pairs(result) == BY_COUNTRY
        # The tables of the checkpoints lie beside those of the shop and do no harm.
        again = agent.ask(next(iter(QUESTIONS)))
        assert again.interrupt is not None
        assert agent.resume(again.thread_id, True).passed
    import psycopg

    with psycopg.connect(postgres_shop) as connection:
        kept = connection.execute(
            "SELECT c::text FROM checkpoints c UNION ALL SELECT w::text FROM checkpoint_writes w "
            "UNION ALL SELECT encode(blob, 'escape') FROM checkpoint_blobs WHERE blob IS NOT NULL "
            "UNION ALL SELECT encode(blob, 'escape') FROM checkpoint_writes"
        ).fetchall()
    assert kept
    whole = " ".join(str(row[0]) for row in kept)
    assert POSTGRES_PASSWORD not in whole
    assert POSTGRES_PASSWORD.replace(" ", "%20") not in whole
