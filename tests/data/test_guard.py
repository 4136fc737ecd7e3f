"""The SQL guard: what it lets pass, what it refuses, and what it says."""

from __future__ import annotations

import pytest

from multivis.data.guard import MAX_CHARACTERS, MAX_DEPTH, guard_sql
from multivis.errors import QueryRefusedError, QuerySyntaxError, UnknownFieldError
from multivis.protocols import Schema, SourceColumn, Table

SCHEMA = Schema(
    "sqlite",
    (
        Table(
            "airport", tuple(SourceColumn(n, "TEXT") for n in ("id", "name", "City Name", "lat"))
        ),
        Table("flight", tuple(SourceColumn(n, "TEXT") for n in ("fid", "origin", "delay", "day"))),
        Table("order", (SourceColumn("select", "INT"),)),
    ),
)

PASSES = {
    "sqlite": [
        "SELECT name FROM airport",
        "select NAME from AIRPORT;",
        "SELECT name FROM airport -- a comment",
        "SELECT name /* ; DROP TABLE airport */ FROM airport",
        'SELECT "City Name", [name], `lat` FROM airport',
        'SELECT count(*) FROM airport WHERE name = "London"',
        "SELECT a.name, f.delay FROM airport a JOIN flight AS f ON a.id = f.origin",
        "SELECT rowid, oid, _rowid_ FROM airport",
        "SELECT name FROM airport WHERE name GLOB 'L*' AND name LIKE '%;%'",
        "SELECT strftime('%Y', day) AS y, count(*) n FROM flight GROUP BY y HAVING n > 1",
        "SELECT julianday('now') - julianday(day) FROM flight",
        "SELECT name FROM airport a WHERE EXISTS (SELECT 1 FROM flight WHERE origin = a.id)",
        "SELECT name, (SELECT max(delay) FROM flight WHERE origin = airport.id) m FROM airport",
        "SELECT name, rank() OVER (PARTITION BY lat ORDER BY name) FROM airport",
        "SELECT sum(delay) OVER w FROM flight WINDOW w AS (ORDER BY day)",
        "WITH t AS (SELECT origin, delay FROM flight) SELECT origin, avg(delay) FROM t GROUP BY 1",
        "WITH t(a, b) AS (SELECT origin, delay FROM flight) SELECT a FROM t WHERE b > 1",
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 9) SELECT n FROM c",
        "SELECT name FROM airport UNION SELECT origin FROM flight ORDER BY name LIMIT 5",
        "SELECT * FROM (SELECT name AS x FROM airport) WHERE x IS NOT NULL",
        "SELECT t.x FROM (SELECT name AS x FROM airport) t",
        "SELECT CAST(delay AS DECIMAL(10, 2)) FROM flight",
        "SELECT CASE WHEN delay > 0 THEN 'late' ELSE 'on time' END AS s FROM flight GROUP BY s",
        'SELECT "select" FROM "order"',
        "SELECT main.airport.name FROM main.airport",
        "SELECT name FROM airport WHERE id IN (SELECT origin FROM flight)",
        "SELECT group_concat(name, ', ') FROM airport",
        "SELECT iif(delay > 1, 1, 0), coalesce(delay, 0), round(delay, 1) FROM flight",
        "SELECT a.*, f.* FROM airport a LEFT JOIN flight f ON f.origin = a.id",
        "SELECT name FROM airport NATURAL JOIN flight",
        "SELECT 'it''s; DROP TABLE airport' AS t",
        "SELECT name FROM airport LIMIT 5, 10",
        "SELECT name, rank() OVER (PARTITION BY (lat) ORDER BY (id)) FROM airport",
        "SELECT lat, count(*) FROM airport GROUP BY (lat) ORDER\n BY (lat || name)",
    ],
    "duckdb": [
        "SELECT date_trunc('month', day::DATE) AS m, count(*) FROM flight GROUP BY ALL",
        "FROM airport SELECT name",
        "SELECT * EXCLUDE (lat) FROM airport",
        "SELECT * FROM range(3) AS r(i)",
        "SELECT list_transform([1, 2], x -> x + 1) AS l",
        "SELECT quantile_cont(delay::INT, 0.5) FROM flight",
        "SELECT name FROM airport QUALIFY row_number() OVER (ORDER BY name) = 1",
    ],
    "postgres": [
        "SELECT date_trunc('month', day::date) AS m, count(*) FROM flight GROUP BY 1",
        "SELECT to_char(day::date, 'YYYY') FROM public.flight",
        "SELECT DISTINCT ON (origin) origin, delay FROM flight ORDER BY origin, delay DESC",
        "SELECT count(*) FILTER (WHERE delay IS NULL) FROM flight",
        "SELECT s.n FROM generate_series(1, 3) AS s(n)",
        "SELECT a.name, l.delay FROM airport a, LATERAL (SELECT delay FROM flight LIMIT 1) l",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY delay) FROM flight",
    ],
    "mysql": [
        "SELECT DATE_FORMAT(day, '%Y-%m') AS m, COUNT(*) FROM `flight` GROUP BY m",
        'SELECT name FROM airport WHERE name = "London"',
        "SELECT IF(delay > 0, 'late', 'fine') FROM flight",
    ],
}


@pytest.mark.parametrize(("dialect", "sql"), [(d, s) for d, all_ in PASSES.items() for s in all_])
def test_a_harmless_select_passes(dialect: str, sql: str) -> None:
    assert guard_sql(sql, dialect, SCHEMA)


REFUSED = [
    ("sqlite", "INSERT INTO airport VALUES (1)"),
    ("sqlite", "REPLACE INTO airport VALUES (1)"),
    ("sqlite", "DELETE FROM airport"),
    ("sqlite", "DROP TABLE airport"),
    ("sqlite", "PRAGMA writable_schema = 1"),
    ("sqlite", "ATTACH 'x.db' AS x"),
    ("sqlite", "VACUUM INTO 'x.db'"),
    ("sqlite", "BEGIN"),
    ("sqlite", "EXPLAIN SELECT 1"),
    ("sqlite", "VALUES (1)"),
    ("sqlite", "SELECT 1; DROP TABLE airport"),
    ("sqlite", "SELECT 1;;SELECT 2"),
    ("sqlite", "SELECT load_extension('x')"),
    ("sqlite", "SELECT LOAD_EXTENSION /* hidden */ ('x')"),
    ("sqlite", "SELECT \"load_extension\"('x')"),
    ("sqlite", "SELECT readfile('/etc/passwd')"),
    ("sqlite", "SELECT writefile('x', name) FROM airport"),
    ("sqlite", "SELECT name FROM airport WHERE id = ?"),
    ("sqlite", "SELECT name FROM airport WHERE id = :id"),
    ("sqlite", "SELECT fts3_tokenizer('x')"),
    ("sqlite", "SELECT name\x00 FROM airport"),
    (
        "sqlite",
        "WITH load_extension(a) AS (SELECT 1) SELECT load_extension('x') FROM load_extension",
    ),
    ("duckdb", "COPY airport TO 'x.csv'"),
    ("duckdb", "COPY (SELECT 1) TO 'x.csv'"),
    ("duckdb", "INSTALL httpfs"),
    ("duckdb", "LOAD httpfs"),
    ("duckdb", "SET memory_limit = '1TB'"),
    ("duckdb", "SELECT * FROM read_csv('/etc/passwd')"),
    ("duckdb", "SELECT * FROM read_parquet('x')"),
    ("duckdb", "SELECT * FROM read_text('/etc/passwd')"),
    ("duckdb", "SELECT * FROM glob('*')"),
    ("duckdb", "SELECT getenv('HOME')"),
    ("duckdb", "SELECT 'HOME'.getenv()"),
    ("duckdb", "SELECT * FROM duckdb_settings()"),
    ("duckdb", "SELECT * FROM query('DROP TABLE airport')"),
    ("duckdb", "DESCRIBE airport"),
    ("duckdb", "SUMMARIZE airport"),
    ("duckdb", "EXPORT DATABASE 'x'"),
    ("duckdb", "SELECT nextval('s')"),
    ("postgres", "SELECT pg_sleep(10)"),
    ("postgres", "SELECT pg_catalog.pg_sleep(10)"),
    ("postgres", "SELECT pg_read_file('/etc/passwd')"),
    ("postgres", "SELECT lo_import('/etc/passwd')"),
    ("postgres", "SELECT set_config('statement_timeout', '0', false)"),
    ("postgres", "SELECT query_to_xml('DELETE FROM airport', true, true, '')"),
    ("postgres", "SELECT dblink('x', 'y')"),
    ("postgres", "SELECT pg_terminate_backend(1)"),
    ("postgres", "SELECT nextval('s')"),
    ("postgres", "SELECT * INTO copy FROM airport"),
    ("postgres", "SELECT * FROM airport FOR UPDATE"),
    ("postgres", "SELECT * FROM airport FOR SHARE"),
    ("postgres", 'SELECT U&"\\0070g_sleep"(1)'),
    ("postgres", "WITH x AS (DELETE FROM airport RETURNING *) SELECT * FROM x"),
    ("postgres", "WITH x AS (INSERT INTO airport VALUES (1) RETURNING *) SELECT * FROM x"),
    ("postgres", "SET statement_timeout = 0"),
    ("postgres", "DO $$ BEGIN PERFORM 1; END $$"),
    ("postgres", "COPY airport TO PROGRAM 'sh'"),
    ("postgres", "SELECT 1; COMMIT"),
    ("postgres", "SELECT $1"),
    ("mysql", "SELECT SLEEP(10)"),
    ("mysql", "SELECT BENCHMARK(1000000, 1)"),
    ("mysql", "SELECT LOAD_FILE('/etc/passwd')"),
    ("mysql", "SELECT * FROM airport INTO OUTFILE 'x'"),
    ("mysql", "SELECT 1 /*! + SLEEP(10) */"),
    ("mysql", "SELECT 1 /*!50000 INTO OUTFILE 'x' */"),
    ("mysql", "SELECT @a := 1"),
    ("mysql", "SELECT @@global.secure_file_priv"),
    ("mysql", "SELECT GET_LOCK('x', 10)"),
    ("mysql", "SELECT * FROM airport LOCK IN SHARE MODE"),
]


@pytest.mark.parametrize(("dialect", "sql"), REFUSED)
def test_anything_else_is_refused(dialect: str, sql: str) -> None:
    with pytest.raises(QueryRefusedError):
        guard_sql(sql, dialect, SCHEMA)


UNKNOWN = [
    ("SELECT nme FROM airport", "airport.name"),
    ("SELECT name FROM airports", "airport"),
    ("SELECT a.nam FROM airport a", "airport.name"),
    ("SELECT flihgt.delay FROM flight", "flight"),
    ("SELECT name FROM (SELECT lat FROM airport) t", ""),
    ("SELECT t.name FROM (SELECT lat FROM airport) t", ""),
    ("SELECT delay FROM airport WHERE id IN (SELECT orign FROM flight)", ""),
    ("WITH t AS (SELECT lat FROM airport) SELECT name FROM t", ""),
    ("SELECT name FROM sqlite_master", ""),
    ("SELECT * FROM pragma_table_list", ""),
    ("SELECT name FROM other.airport", ""),
]


@pytest.mark.parametrize(("sql", "suggestion"), UNKNOWN)
def test_an_unknown_name_is_told_with_near_ones(sql: str, suggestion: str) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        guard_sql(sql, "sqlite", SCHEMA)
    assert suggestion in " ".join(caught.value.suggestions)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("dialect", "table"),
    [
        ("mysql", "otherdb.airport"),
        ("mysql", "mysql.user"),
        ("mysql", "information_schema.tables"),
        ("postgres", "pg_catalog.pg_shadow"),
        ("postgres", "pg_authid"),
        ("postgres", "information_schema.tables"),
        ("duckdb", "information_schema.tables"),
        ("duckdb", "system.information_schema.airport"),
        ("duckdb", "duckdb_secrets"),
        ("sqlite", "temp.airport"),
        ("sqlite", "sqlite_schema"),
    ],
)
def test_tables_outside_the_source_are_unknown(dialect: str, table: str) -> None:
    with pytest.raises(UnknownFieldError):
        guard_sql(f"SELECT * FROM {table}", dialect, SCHEMA)


def test_a_file_name_is_no_table_in_duckdb() -> None:
    with pytest.raises(UnknownFieldError):
        guard_sql("SELECT * FROM '/etc/passwd'", "duckdb", SCHEMA)


def test_an_unknown_column_lists_the_real_ones() -> None:
    with pytest.raises(UnknownFieldError, match="'fid', 'origin', 'delay', 'day'"):
        guard_sql("SELECT zzz FROM flight", "sqlite", SCHEMA)


def test_a_column_of_another_table_is_found_there() -> None:
    with pytest.raises(UnknownFieldError) as caught:
        guard_sql("SELECT delay FROM airport", "sqlite", SCHEMA)
    assert "flight.delay" in caught.value.suggestions


@pytest.mark.parametrize("sql", ["SELEC 1 FROM", "SELECT (1", "SELECT 'open", "SELECT FROM WHERE"])
def test_what_does_not_parse_is_told_as_such(sql: str) -> None:
    with pytest.raises(QuerySyntaxError, match="does not parse"):
        guard_sql(sql, "sqlite", SCHEMA)


@pytest.mark.parametrize("sql", ["", "  \n", ";", "-- only a comment"])
def test_nothing_is_refused(sql: str) -> None:
    with pytest.raises(QueryRefusedError):
        guard_sql(sql, "sqlite", SCHEMA)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 1000 + "1" + ")" * 1000,
        "SELECT " + "NOT " * 5000 + "1",
        "SELECT " + "- " * 5000 + "1",
        "SELECT " + "CASE WHEN 1 THEN " * 500 + "1" + " END" * 500,
        "SELECT 1" + " + 1" * (MAX_CHARACTERS // 4),
        "SELECT " + "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
    ],
    ids=["parentheses", "not", "minus", "case", "long", "one too deep"],
)
def test_depth_and_size_are_bounded(sql: str) -> None:
    with pytest.raises(QueryRefusedError):
        guard_sql(sql, "sqlite", SCHEMA)


def test_the_text_is_kept_but_for_semicolons_and_comments_around_it() -> None:
    sql = "  /* first */ SELECT name,\n  lat -- why\nFROM airport ; ; -- last"
    assert guard_sql(sql, "sqlite", SCHEMA) == "SELECT name,\n  lat -- why\nFROM airport"
