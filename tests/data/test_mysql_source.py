"""MySQL and MariaDB, against a real MariaDB server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pandas.testing import assert_frame_equal

from multivis.data import open_source
from multivis.data.frames import to_pandas
from multivis.errors import (
    EmptySourceError,
    MissingExtraError,
    QueryExecutionError,
    QueryRefusedError,
    QueryTimeoutError,
    SourceAccessError,
    SourceNotFoundError,
    UnknownFieldError,
)
from multivis.protocols import Source
from multivis.testing.mysql import PASSWORD
from multivis.testing.sources import SourceConformance

pytestmark = pytest.mark.mysql

SETUP = """
CREATE TABLE a (
    id INT PRIMARY KEY, n DECIMAL(20, 0), d DATE, price DECIMAL(10, 2), tm TIME, ts TIMESTAMP NULL,
    dt DATETIME(3), j JSON, bl BLOB, b BOOLEAN, flag BIT(1), bits BIT(12), built YEAR,
    size ENUM('small', 'large'), huge BIGINT UNSIGNED, x DOUBLE, `odd %name:x``y` TEXT
);
INSERT INTO a VALUES (
    1, 2, '2020-01-01', 1.5, '10:00', '2020-01-01 10:00', '2020-01-01 10:00:00.125', '{"a": 1}',
    'ab', TRUE, b'1', b'100000000001', 1999, 'small', 18446744073709551615, 0.5, 'x%y:z'
);
INSERT INTO a (id) VALUES (2);
CREATE TABLE b (
    k INT AUTO_INCREMENT PRIMARY KEY, x INT, label VARCHAR(20), FOREIGN KEY (x) REFERENCES a (id)
);
INSERT INTO b (x, label) SELECT 1 + seq % 2, concat('v', seq) FROM seq_1_to_250000;
CREATE TABLE `odd %table:n``ame` (`a b` INT, `select` TEXT);
INSERT INTO `odd %table:n``ame` VALUES (1, 'é😀'), (2, "it's");
CREATE TABLE zero (d DATE, dt DATETIME);
SET sql_mode = '';
INSERT INTO zero VALUES ('0000-00-00', '0000-00-00 00:00:00'), ('2020-02-03', '2020-02-03 04:05');
CREATE VIEW w AS SELECT x, count(*) AS n FROM b GROUP BY x;
ANALYZE TABLE a, b;
"""


@pytest.fixture(scope="module")
def database(mysql_url: str) -> Iterator[str]:
    import pymysql
    from sqlalchemy.engine import make_url

    url = make_url(mysql_url)
    with pymysql.connect(
        host=url.host or "", port=url.port or 0, user=url.username, password=PASSWORD,
        autocommit=True,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        cursor.execute("CREATE DATABASE room")
        cursor.execute("CREATE DATABASE room_empty")
        cursor.execute("CREATE USER 'outsider'@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
        cursor.execute("USE room")
        for statement in SETUP.split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        yield mysql_url.replace("/first", "/room")
        cursor.execute("DROP DATABASE room")
        cursor.execute("DROP DATABASE room_empty")
        cursor.execute("DROP USER 'outsider'@'127.0.0.1'")


@pytest.fixture
def source(database: str) -> Iterator[Source]:
    opened = open_source(database)
    yield opened
    opened.close()


class TestMariaDB(SourceConformance):
    url: str

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def server(cls, database: str) -> None:
        cls.url = database

    @pytest.fixture(autouse=True)
    def password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)

    def make_source(self) -> Source:
        return open_source(self.url)


def test_the_schema_has_keys_views_and_estimates(source: Source) -> None:
    schema = source.schema()
    assert [(t.name, t.estimated) for t in schema.tables] == [
        ("a", False), ("b", True), ("odd %table:n`ame", False), ("w", False), ("zero", False),
    ]  # fmt: skip
    large = schema.tables[1]
    assert large.row_count is not None
    assert 150_000 < large.row_count < 350_000
    declared = [k for k in schema.foreign_keys if not k.inferred]
    assert [(k.table, k.column, k.to_table, k.to_column) for k in declared] == [
        ("b", "x", "a", "id")
    ]
    assert [c.name for c in large.columns if c.primary_key] == ["k"]


def test_the_kinds_are_those_of_the_values(source: Source) -> None:
    table = source.schema().table("a")
    assert table is not None
    kinds = {c.name: c.kind for c in table.columns}
    assert kinds == {
        "id": "nominal", "n": "quantitative", "d": "temporal", "price": "quantitative",
        "tm": "quantitative", "ts": "temporal", "dt": "temporal", "j": "nominal",
        "bl": "nominal", "b": "nominal", "flag": "nominal", "bits": "quantitative",
        "built": "ordinal", "size": "nominal", "huge": "quantitative", "x": "quantitative",
        "odd %name:x`y": "nominal",
    }  # fmt: skip


def test_values_come_as_plain_types(source: Source) -> None:
    rows = source.execute("SELECT * FROM a WHERE id = 1").table.to_pylist()[0]
    assert rows["d"].isoformat() == "2020-01-01T00:00:00"
    assert rows["dt"].isoformat() == "2020-01-01T10:00:00.125000"
    assert (rows["n"], rows["price"], rows["b"], rows["built"]) == (2.0, 1.5, 1, 1999)
    assert (rows["flag"], rows["bits"]) == (1, 2049)
    assert (rows["tm"], rows["bl"], rows["size"]) == (36_000.0, "6162", "small")
    assert rows["huge"] == 2.0**64


def test_dates_of_zeros_are_missing_values(source: Source) -> None:
    rows = source.execute("SELECT * FROM zero ORDER BY d")
    assert [str(kind) for kind in rows.table.schema.types] == ["timestamp[us]"] * 2
    assert rows.table.column("d").null_count == rows.table.column("dt").null_count == 1
    assert any("'d'" in note and "missing" in note for note in rows.notes)


SCRIPTED = [
    "SELECT * FROM a ORDER BY id",
    "SELECT * FROM a WHERE id = 2",
    "SELECT flag, bits FROM a WHERE id = 1",
    "SELECT `odd %name:x``y` FROM a WHERE `odd %name:x``y` LIKE 'x%' AND 'a:b' <> ':c'",
    "SELECT x, count(*), count(*) FROM b GROUP BY x ORDER BY 1",
    "SELECT * FROM `odd %table:n``ame` ORDER BY `a b`",
    "SELECT date_format(ts, '%Y-%m') AS m, sum(n) AS s, avg(price) AS p FROM a GROUP BY 1",
    "SELECT * FROM w ORDER BY x",
    "SELECT * FROM zero ORDER BY d",
    "SELECT NULL AS n, b FROM a",
    'SELECT "a text" AS t, \'it\\\'s "so"\' AS u',
]


@pytest.mark.parametrize("sql", SCRIPTED)
def test_scripts_load_the_very_same_frame_and_hold_no_password(
    source: Source, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = source.execute(sql)
    code = source.prologue(rows.sql).code
    assert PASSWORD not in code
    assert "MULTIVIS_PASSWORD" in code
    monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)
    names: dict[str, Any] = {}
    exec(compile(code, "<prologue>", "exec"), names)
    assert_frame_equal(names["df"], to_pandas(rows.table))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT k, label FROM b ORDER BY k DESC",
        "SELECT k, label FROM b ORDER BY k DESC LIMIT 20",
        "SELECT k AS x, label AS x FROM b ORDER BY k DESC",
    ],
)
def test_a_script_of_a_cut_query_loads_the_same_rows_in_the_same_order(
    source: Source, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = source.execute(sql, row_limit=5)
    assert rows.truncated
    assert rows.table.column(0).to_pylist() == [250_000, 249_999, 249_998, 249_997, 249_996]
    monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)
    names: dict[str, Any] = {}
    exec(compile(source.prologue(rows.sql).code, "<prologue>", "exec"), names)
    assert_frame_equal(names["df"], to_pandas(rows.table))


def test_a_script_runs_by_itself(source: Source, tmp_path: Path) -> None:
    rows = source.execute("SELECT x, count(*) AS n FROM b GROUP BY x ORDER BY x")
    script = tmp_path / "load.py"
    script.write_text(source.prologue(rows.sql).code + "print(df.to_csv(index=False))\n")
    environment = {**os.environ, "MULTIVIS_PASSWORD": PASSWORD}
    done = subprocess.run(
        [sys.executable, "-I", str(script)],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["x,n", "1,125000", "2,125000"]


def test_the_password_may_come_from_the_environment(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)
    bare = database.replace(f":{PASSWORD.replace(' ', '%20')}@", "@")
    source = open_source(bare)
    assert source.address == bare
    source.close()


def test_the_address_never_shows_the_password(source: Source) -> None:
    assert PASSWORD not in source.address
    assert "%20" not in source.address
    assert PASSWORD not in repr(source)


def test_a_wrong_password_is_told(database: str) -> None:
    with pytest.raises(SourceAccessError, match="user name or the password") as caught:
        open_source(database.replace("a%20secret", "wrong"))
    assert "wrong" not in str(caught.value)


def test_a_user_without_rights_is_told(database: str) -> None:
    with pytest.raises(SourceAccessError, match="may not use that database"):
        open_source(database.replace("tester:", "outsider:"))


def test_a_missing_database_is_told(database: str) -> None:
    with pytest.raises(SourceNotFoundError, match="no such database"):
        open_source(database.replace("/room", "/nowhere"))


def test_a_missing_package_of_the_driver_is_told() -> None:
    from multivis.data.sources.server import _access_error

    error = _access_error(
        RuntimeError("'cryptography' package is required for caching_sha2_password auth methods"),
        "mysql://me@host/db",
    )
    assert isinstance(error, MissingExtraError)
    assert "multivis[mysql]" in str(error)


def test_a_server_that_is_not_there_is_told(database: str) -> None:
    import re

    with pytest.raises(SourceAccessError, match="does not answer"):
        open_source(re.sub(r":\d+/", ":1/", database))


def test_a_database_with_no_table_is_told(database: str) -> None:
    source = open_source(database.replace("/room", "/room_empty"))
    with pytest.raises(EmptySourceError):
        source.schema()
    source.close()


def test_the_row_limit_does_not_outlive_its_query(source: Source) -> None:
    rows = source.execute("SELECT * FROM b", row_limit=7)
    assert rows.table.num_rows == 7
    assert rows.truncated
    both = source.execute("SELECT x FROM b UNION ALL SELECT x FROM b", row_limit=9)
    assert (both.table.num_rows, both.truncated) == (9, True)
    inner = source.execute("SELECT count(*) AS n FROM (SELECT * FROM b) AS t", row_limit=3)
    assert inner.table.to_pylist() == [{"n": 250_000}]
    whole = source.execute("SELECT k FROM b")
    assert (whole.table.num_rows, whole.truncated) == (250_000, False)


def test_a_deep_recursion_is_not_cut_in_silence(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = source.execute(
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3000) "
        "SELECT count(*) AS n FROM t"
    )
    assert rows.table.to_pylist() == [{"n": 3000}]
    monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)
    names: dict[str, Any] = {}
    exec(compile(source.prologue(rows.sql).code, "<prologue>", "exec"), names)
    assert_frame_equal(names["df"], to_pandas(rows.table))


def test_quotes_mean_the_same_on_a_server_with_other_modes(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pymysql
    from sqlalchemy.engine import make_url

    url = make_url(database)
    monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)
    with pymysql.connect(
        host=url.host or "", port=url.port or 0, user=url.username, password=PASSWORD,
        autocommit=True,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        cursor.execute("SELECT @@GLOBAL.sql_mode")
        before = cursor.fetchall()[0][0]
        cursor.execute("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
        try:
            opened = open_source(database)
            # With NO_BACKSLASH_ESCAPES this would be a text, a call and a comment.
            rows = opened.execute(r"""SELECT '\', sleep(9) -- ' AS a, "label" AS b""")
            assert rows.table.to_pylist() == [{"a": "', sleep(9) -- ", "b": "label"}]
            names: dict[str, Any] = {}
            exec(compile(opened.prologue(rows.sql).code, "<prologue>", "exec"), names)
            assert_frame_equal(names["df"], to_pandas(rows.table))
            opened.close()
        finally:
            cursor.execute("SET GLOBAL sql_mode = %s", (before,))


def test_the_server_stops_a_slow_query(source: Source) -> None:
    source.schema()
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError, match=r"0\.3 seconds"):
        source.execute("SELECT count(*) FROM b p, b q WHERE p.label <> q.label", seconds=0.3)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM b",
        "UPDATE b SET label = 'x'",
        "INSERT INTO b (x) VALUES (1)",
        "CREATE TABLE copy AS SELECT * FROM b",
        "DROP TABLE b",
        "TRUNCATE b",
        "SELECT * FROM b FOR UPDATE",
    ],
)
def test_the_guard_refuses_what_writes(source: Source, sql: str) -> None:
    with pytest.raises(QueryRefusedError):
        source.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM b",
        "UPDATE b SET label = 'x'",
        "INSERT INTO b (x) VALUES (1)",
        "CREATE TABLE copy AS SELECT * FROM b",
        "DROP TABLE b",
        "TRUNCATE b",
        "SELECT 1; DELETE FROM b",
        "SET SESSION TRANSACTION READ WRITE; DELETE FROM b",
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE b",
    ],
)
def test_the_server_itself_refuses_what_the_guard_would(source: Source, sql: str) -> None:
    before = source.execute("SELECT count(*) AS n FROM b").table.to_pylist()
    with pytest.raises((QueryRefusedError, QueryExecutionError)):
        source._run(sql, 10, 5.0)  # type: ignore[attr-defined]
    assert source.execute("SELECT count(*) AS n FROM b").table.to_pylist() == before


def test_a_write_inside_a_read_only_session_is_named_as_refused(source: Source) -> None:
    with pytest.raises(QueryRefusedError, match="READ ONLY transaction"):
        source._run("DELETE FROM b", 10, 5.0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sleep(3)",
        "SELECT load_file('/etc/passwd')",
        "SELECT benchmark(1000000000, md5('x'))",
        "SELECT get_lock('x', 10)",
        "SELECT * FROM b INTO OUTFILE '/tmp/out'",
        "SELECT @@version",
        "SELECT @x := 1",
        "SELECT 1 /*! INTO OUTFILE '/tmp/out' */",
        "SELECT * FROM mysql.user",
        "SELECT * FROM information_schema.tables",
        "SHOW TABLES",
        "HANDLER b OPEN",
        "DO sleep(1)",
        "CALL something()",
    ],
)
def test_the_guard_refuses_what_only_mysql_knows(source: Source, sql: str) -> None:
    with pytest.raises((QueryRefusedError, UnknownFieldError)):
        source.execute(sql)


def test_errors_are_ours(source: Source) -> None:
    with pytest.raises(UnknownFieldError, match="'label'"):
        source.execute("SELECT lable FROM b")
    with pytest.raises(UnknownFieldError):
        source.execute("SELECT * FROM other.nothing")
    with pytest.raises(QueryExecutionError, match="more than 1 row"):
        source.execute("SELECT (SELECT k FROM b) AS x")


def test_a_table_in_another_case_is_told_when_the_server_minds(source: Source) -> None:
    with pytest.raises(UnknownFieldError, match="Did you mean 'b'"):
        source.execute("SELECT * FROM B")
