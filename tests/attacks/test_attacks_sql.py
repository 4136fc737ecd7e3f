"""Attacks with SQL: each is refused or stopped, says why, changes nothing, and the next query runs.

Every statement does bounded harm even if both walls fell: it aims at tables and files that a
test made, at loopback, and sleeps or counts for seconds only.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from multivis import open_source
from multivis.errors import MultiVisError
from multivis.protocols import Source

SECRET = "the-secret-of-the-host"
ROWS = [(1, "ann", 10.5), (2, "bob", 20.0), (3, "cid", 5.25)]


@dataclass
class Target:
    """A source under attack, a file beside it, and a way to tell whether anything changed."""

    source: Source
    secret: Path
    folder: Path
    state: Callable[[], object]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def secret_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("host")
    (folder / "secret.csv").write_text(f"word\n{SECRET}\n")
    return folder


@pytest.fixture(scope="module")
def sqlite_target(
    tmp_path_factory: pytest.TempPathFactory, secret_folder: Path
) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("sqlite")
    path = folder / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE person (id INTEGER, name TEXT, debt REAL)")
        connection.executemany("INSERT INTO person VALUES (?, ?, ?)", ROWS)
    connection.close()
    source = open_source(path)
    yield Target(
        source,
        secret_folder / "secret.csv",
        folder,
        lambda: (_digest(path), sorted(item.name for item in folder.iterdir())),
    )
    source.close()


@pytest.fixture(scope="module")
def duckdb_target(
    tmp_path_factory: pytest.TempPathFactory, secret_folder: Path
) -> Iterator[Target]:
    import duckdb

    folder = tmp_path_factory.mktemp("duckdb")
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE person (id INTEGER, name VARCHAR, debt DOUBLE)")
        connection.executemany("INSERT INTO person VALUES (?, ?, ?)", ROWS)
    source = open_source(path)
    yield Target(
        source,
        secret_folder / "secret.csv",
        folder,
        lambda: (_digest(path), sorted(item.name for item in folder.iterdir())),
    )
    source.close()


@pytest.fixture(scope="module")
def postgres_target(postgres_url: str, secret_folder: Path) -> Iterator[Target]:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS attacked CASCADE")
        connection.execute("CREATE SCHEMA attacked")
        connection.execute("CREATE TABLE person (id INTEGER, name TEXT, debt DOUBLE PRECISION)")
        connection.execute("CREATE SEQUENCE ticket")
        connection.execute(
            "CREATE FUNCTION pay(who INTEGER) RETURNS INTEGER LANGUAGE sql AS "
            "'UPDATE person SET debt = 0 WHERE id = who RETURNING id'"
        )
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO person VALUES (%s, %s, %s)", ROWS)

        def state() -> object:
            rows = connection.execute("SELECT * FROM person ORDER BY id").fetchall()
            names = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "ORDER BY relname"
            ).fetchall()
            ticket = connection.execute("SELECT last_value, is_called FROM ticket").fetchall()
            objects = connection.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchall()
            return rows, names, ticket, objects

        source = open_source(postgres_url)
        yield Target(source, secret_folder / "secret.csv", secret_folder, state)
        source.close()
        connection.execute("DROP FUNCTION pay(INTEGER)")
        connection.execute("DROP SEQUENCE ticket")
        connection.execute("DROP TABLE person")
        connection.execute("DROP SCHEMA attacked CASCADE")


def _strikes(target: Target, attack: str) -> None:
    """The attack gives an error of ours and no secret; nothing changed; the next query runs."""
    before = target.state()
    statement = attack.replace("{secret}", str(target.secret)).replace(
        "{folder}", str(target.folder)
    )
    with pytest.raises(MultiVisError) as caught:
        rows = target.source.execute(statement, seconds=1.0)
        assert SECRET not in str(rows.table.to_pydict())
    assert SECRET not in str(caught.value)
    assert str(caught.value).strip().endswith((".", "!", "?", ")"))
    assert target.state() == before
    rows = target.source.execute("SELECT count(*) AS people FROM person")
    assert rows.table.to_pydict() == {"people": [len(ROWS)]}


EVERYWHERE = {
    "a second statement": "SELECT id FROM person; DROP TABLE person",
    "a second statement after a comment": "SELECT id FROM person; -- harmless\nDELETE FROM person",
    "a statement hidden behind a comment": "SELECT 1 /* */; UPDATE person SET debt = 0",
    "a write alone": "UPDATE person SET debt = 0",
    "a delete in capitals and spaces": "  DeLeTe\n\tFROM person",
    "an insert": "INSERT INTO person VALUES (4, 'eve', 0)",
    "an insert from a query": "INSERT INTO person SELECT * FROM person",
    "a merge": "MERGE INTO person USING person AS p ON 1 = 1 WHEN MATCHED THEN DELETE",
    "a truncate": "TRUNCATE TABLE person",
    "a new table": "CREATE TABLE loot AS SELECT * FROM person",
    "a temporary table": "CREATE TEMPORARY TABLE loot (id INTEGER)",
    "a view": "CREATE VIEW loot AS SELECT * FROM person",
    "a renamed column": "ALTER TABLE person RENAME COLUMN debt TO gift",
    "a transaction left open": "BEGIN; SELECT 1",
    "an explain that runs": "EXPLAIN ANALYZE DELETE FROM person",
    "a quoted table of the system": 'SELECT * FROM "sqlite_master" UNION SELECT * FROM pg_shadow',
    "a table that is not there": "SELECT * FROM users",
    "a column that is not there": "SELECT password FROM person",
    "full-width letters": "\uff24\uff32\uff2f\uff30 TABLE person",
    "a zero-width space in a keyword": "DR\u200bOP TABLE person",
    "a null byte": "SELECT id FROM person\x00; DROP TABLE person",
    "an unclosed comment": "SELECT id FROM person /* DROP TABLE person",
    "an unclosed string": "SELECT 'id FROM person; DROP TABLE person",
    "an empty statement": " ; ; ",
    "nesting without end": "SELECT " + "(" * 400 + "1" + ")" * 400,
    "a statement of a megabyte": "SELECT id FROM person WHERE " + " OR ".join(["id = 1"] * 90_000),
    "a recursive query without end": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    ),
    "a product of everything with everything": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
        "SELECT count(*) FROM n a, n b, n c, n d WHERE a.i + b.i + c.i + d.i = -1"
    ),
}

SQLITE = {
    "another database attached": "ATTACH DATABASE '{folder}/other.db' AS other",
    "a pragma that writes": "PRAGMA journal_mode = WAL",
    "a pragma as a table": "SELECT * FROM pragma_database_list()",
    "an extension": "SELECT load_extension('{folder}/evil.so')",
    "a file read": "SELECT readfile('{secret}') AS text",
    "a file written": "SELECT writefile('{folder}/loot', 'x') AS bytes",
    "the copy into a file": "VACUUM INTO '{folder}/copy.db'",
    "the schema table": "SELECT sql FROM sqlite_master",
    "a huge blob": "SELECT length(zeroblob(2000000000)) AS size, zeroblob(2000000000) AS blob",
    "a huge text": "SELECT replace(hex(zeroblob(500000)), '00', hex(zeroblob(5000))) AS text",
    "an edit of the schema": "PRAGMA writable_schema = 1",
    "a delete in a common table expression": "WITH gone AS (DELETE FROM person) SELECT 1",
    "a glob bomb": (
        "SELECT count(*) AS n FROM person a, person b, person c, person d, person e, person f, "
        "person g, person h, person i, person j, person k, person l, person m, person o, "
        "person p, person q, person r WHERE a.name || r.name || "
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' GLOB '*a*a*a*a*a*a*a*a*a*a*c'"
    ),
}

DUCKDB = {
    "a file as a table": "SELECT * FROM '{secret}'",
    "a file through a function": "SELECT * FROM read_csv('{secret}')",
    "a file as text": "SELECT content FROM read_text('{secret}')",
    "a file as a blob": "SELECT content FROM read_blob('{secret}')",
    "a folder listed": "SELECT * FROM glob('{folder}/*')",
    "a copy to a file": "COPY person TO '{folder}/loot.csv'",
    "an export": "EXPORT DATABASE '{folder}/loot'",
    "another database attached": "ATTACH '{folder}/other.duckdb' AS other",
    "an extension installed": "INSTALL httpfs",
    "an extension loaded": "LOAD '{folder}/evil.duckdb_extension'",
    "a setting": "SET enable_external_access = true",
    "a setting through a pragma": "PRAGMA memory_limit = '100GB'",
    "a secret": "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "the settings listed": "SELECT * FROM duckdb_settings()",
    "the environment": "SELECT getenv('HOME') AS home",
    "a query in a string": "SELECT * FROM query('DROP TABLE person')",
    "a table named in a string": "SELECT * FROM query_table('{secret}')",
    "a file over the network": "SELECT * FROM 'http://127.0.0.1:9/secret.csv'",
    "a variable": "SET VARIABLE x = 1",
    "rows without end": "SELECT count(*) FROM range(100000000000000) t(i) WHERE i % 7 = 8",
}

POSTGRES = {
    "a file read": "SELECT pg_read_file('/etc/hostname') AS text",
    "a binary file read": "SELECT pg_read_binary_file('/etc/hostname') AS bytes",
    "a folder listed": "SELECT pg_ls_dir('/') AS name",
    "a sleep": "SELECT pg_sleep(20)",
    "a sleep in a condition": "SELECT id FROM person WHERE pg_sleep(20) IS NULL",
    "a program run": "COPY person TO PROGRAM 'cat > /dev/null'",
    "a copy to a file": "COPY person TO '/tmp/loot.csv'",
    "a block of code": "DO $$ BEGIN DELETE FROM person; END $$",
    "a block with another tag": "DO $tag$ BEGIN PERFORM pay(1); END $tag$",
    "a function with a side effect": "SELECT pay(1) AS paid",
    "a function with a side effect, quoted": 'SELECT "pay"(1) AS paid',
    "a function of a schema": "SELECT public.pay(1) AS paid",
    "a sequence moved": "SELECT nextval('ticket') AS next",
    "a sequence set": "SELECT setval('ticket', 100) AS next",
    "a large object made": "SELECT lo_create(0) AS object",
    "a large object from a file": "SELECT lo_import('/etc/hostname') AS object",
    "another server": "SELECT * FROM dblink('host=127.0.0.1', 'SELECT 1') AS t(i INTEGER)",
    "a setting through a function": "SELECT set_config('statement_timeout', '0', false) AS s",
    "a setting": "SET default_transaction_read_only = off",
    "a role": "SET ROLE postgres",
    "a backend ended": "SELECT pg_terminate_backend(pg_backend_pid()) AS ended",
    "the configuration reloaded": "SELECT pg_reload_conf() AS done",
    "a lock held": "SELECT pg_advisory_lock(1)",
    "rows locked": "SELECT id FROM person FOR UPDATE",
    "the passwords": "SELECT rolname, rolpassword FROM pg_authid",
    "the settings listed": "SELECT name, setting FROM pg_settings",
    "a query turned to xml": "SELECT query_to_xml('DELETE FROM person', true, true, '') AS x",
    "a table turned to xml": "SELECT table_to_xml('pg_authid', true, true, '') AS x",
    "a delete in a common table expression": (
        "WITH gone AS (DELETE FROM person RETURNING id) SELECT id FROM gone"
    ),
    "a select into a table": "SELECT id INTO loot FROM person",
    "a word in escapes": "SELECT U&'\\0064rop' AS x, pay(1) AS paid",
    "dollar quoting around a statement": (
        "SELECT $$; DROP TABLE person; --$$ AS x; DELETE FROM person"
    ),
    "a regular expression bomb": (
        "SELECT count(*) AS n FROM generate_series(1, 100000000) AS s(i) "
        "WHERE repeat('a', 500 + i % 7) ~ '^(a|a?)+\\1+b$'"
    ),
    "rows without end": "SELECT count(*) AS n FROM generate_series(1, 100000000000) AS s(i)",
    "a listener": "LISTEN loot",
    "a prepared statement": "PREPARE p AS DELETE FROM person",
    "a call": "CALL pay(1)",
}


def test_there_are_at_least_sixty_attacks() -> None:
    distinct = len(EVERYWHERE) + len(SQLITE) + len(DUCKDB) + len(POSTGRES)
    assert distinct >= 60


@pytest.mark.parametrize("attack", sorted({**EVERYWHERE, **SQLITE}))
def test_sqlite_withstands(sqlite_target: Target, attack: str) -> None:
    _strikes(sqlite_target, {**EVERYWHERE, **SQLITE}[attack])


@pytest.mark.parametrize("attack", sorted({**EVERYWHERE, **DUCKDB}))
def test_duckdb_withstands(duckdb_target: Target, attack: str) -> None:
    _strikes(duckdb_target, {**EVERYWHERE, **DUCKDB}[attack])


@pytest.mark.postgres
@pytest.mark.parametrize("attack", sorted({**EVERYWHERE, **POSTGRES}))
def test_postgresql_withstands(postgres_target: Target, attack: str) -> None:
    _strikes(postgres_target, {**EVERYWHERE, **POSTGRES}[attack])
