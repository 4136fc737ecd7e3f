"""PostgreSQL and MySQL/MariaDB servers, through SQLAlchemy.

Every connection is read-only and bounded in time by the server itself; the guard stops SQL
that would reset those settings.
"""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

from multivis.cancellation import when_cancelled
from multivis.data.frames import Loaded, arrow_from_rows
from multivis.data.introspect import ColumnFacts, TableFacts, build_schema
from multivis.data.sources import mysql
from multivis.data.sources.base import BaseSource, sql_literal
from multivis.errors import (
    EmptySourceError,
    MissingExtraError,
    MultiVisError,
    OptionError,
    QueryExecutionError,
    QueryRefusedError,
    QueryTimeoutError,
    SourceAccessError,
    SourceNotFoundError,
)
from multivis.protocols import ForeignKey, Schema
from multivis.settings import Limits

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

__all__ = ["PASSWORD_VARIABLE", "ServerSource", "open_server", "server_url"]

PASSWORD_VARIABLE = "MULTIVIS_PASSWORD"
_BATCH = 20_000
_EXACT_ROWS = 200_000  # tables that the server thinks are smaller are counted
_CONNECT_SECONDS = 10
_CANCEL_SECONDS = 2.0
_DRIVERS = {
    "postgres": ("postgresql+psycopg", "psycopg", "PostgreSQL sources", "postgres"),
    "mysql": ("mysql+pymysql", "pymysql", "MySQL sources", "mysql"),
}


def open_server(address: str, dialect: str, limits: Limits) -> ServerSource:
    """Open a server's database.

    Raises:
        MissingExtraError: The driver is not installed.
        OptionError: The address does not parse.
        SourceAccessError: Wrong password, no permission, no server.
        SourceNotFoundError: No such database.
        EmptySourceError: It has no table.
    """
    return ServerSource(address, dialect, limits)


def server_url(address: str, dialect: str) -> URL:
    """The address as SQLAlchemy has it: our driver, the password from the environment if need be.

    Raises:
        OptionError: It does not parse or names no database.
    """
    import os

    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise OptionError(
            "The address of the database server does not parse.",
            hint="Write postgresql://user@host:port/database.",
        ) from error
    if not url.database:
        raise OptionError(
            f"The address {_without_secrets(url).render_as_string()!r} names no database.",
            hint="Write postgresql://user@host:port/database.",
        )
    url = url.set(drivername=_DRIVERS[dialect][0])
    password = os.environ.get(PASSWORD_VARIABLE)
    if url.password is None and password:
        url = url.set(password=password)
    return url


def _without_secrets(url: URL) -> URL:
    """The address with no password in it, neither before the host nor among the options."""
    from sqlalchemy import URL

    options = {name: value for name, value in url.query.items() if "pass" not in name.lower()}
    return URL.create(url.drivername, url.username, None, url.host, url.port, url.database, options)


class ServerSource(BaseSource):
    """A database on a server.

    Args:
        address: URL; the password may be left to the environment.
        dialect: ``postgres`` or ``mysql``.
        limits: Bounds.
    """

    def __init__(self, address: str, dialect: str, limits: Limits | None = None) -> None:
        import importlib.util

        _, module, what, extra = _DRIVERS[dialect]
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(what, extra=extra)
        url = server_url(address, dialect)
        public = _without_secrets(url).set(drivername=address.partition("://")[0].partition("+")[0])
        super().__init__(public.render_as_string(), limits)
        self.dialect = dialect  # type: ignore[misc]
        self._url = url
        self._engine = _engine(url, dialect, self.limits)
        weakref.finalize(self, self._engine.dispose)
        self._facts = mysql.ServerFacts()
        self._checked_connection()

    def close(self) -> None:
        """Give back the connections; closing twice is allowed."""
        super().close()
        self._engine.dispose()

    def _checked_connection(self) -> None:
        """Connect once, so that a wrong password is told at once."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                if self.dialect == "mysql":
                    self._facts = mysql.server_facts(connection)
        except (SQLAlchemyError, OSError, RuntimeError) as error:
            self._engine.dispose()
            raise _access_error(error, self.address) from error

    # ── queries ─────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _connection(self, seconds: float, rows: int | None = None) -> Iterator[Connection]:
        """A read-only connection whose statements end after some seconds (MySQL: some rows)."""
        with self._engine.connect() as connection:
            milliseconds = max(int(seconds * 1000), 1)
            if self.dialect == "postgres":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
            else:
                mysql.prepare_session(connection, milliseconds, rows)
            try:
                with when_cancelled(self._stopper(connection)):
                    yield connection
            finally:
                connection.rollback()

    def _stopper(self, connection: Connection) -> Callable[[], None]:
        """What ends the statement that a connection runs, from another thread."""
        driver: Any = connection.connection.driver_connection
        if self.dialect == "postgres":
            return lambda: driver.cancel_safe(timeout=_CANCEL_SECONDS)
        number = int(driver.thread_id())

        def kill() -> None:
            with self._engine.connect() as other:
                other.exec_driver_sql(f"KILL QUERY {number}")

        return kill

    def _run(self, sql: str, row_limit: int, seconds: float) -> Loaded:
        from sqlalchemy.exc import SQLAlchemyError

        deadline = time.monotonic() + seconds
        try:
            with self._connection(seconds, row_limit + 1) as connection:
                # No parameters: a percent sign in the text stays one. Streaming: a cursor on
                # the server, which takes a single SELECT only and sends batches.
                options = {"no_parameters": True, "stream_results": True, "yield_per": _BATCH}
                result = connection.execution_options(**options).exec_driver_sql(sql)
                with closing(result):
                    described = result.cursor.description or ()
                    names = [str(item[0]) for item in described]
                    batches = _batches(result, row_limit, deadline)
                    if self.dialect != "mysql":
                        return arrow_from_rows(names, batches, row_limit)
                    cleaner = mysql.RowCleaner(described)
                    loaded = arrow_from_rows(names, cleaner.clean(batches), row_limit)
                    return cleaner.described(loaded)
        except (SQLAlchemyError, _LateError, UnicodeError, ValueError) as error:
            raise self._explain(error, seconds) from error

    def _explain(self, error: Exception, seconds: float) -> MultiVisError:
        """The engine's error as one of ours."""
        import re

        from multivis.data.resolve import unknown_column, unknown_table

        text = _engine_text(error)
        lowered = text.lower()
        late = ("statement timeout", "maximum statement execution time", "max_statement_time")
        if isinstance(error, _LateError) or any(word in lowered for word in late):
            return QueryTimeoutError(
                f"The query was stopped after {seconds:g} seconds.",
                hint="Narrow it: filter or aggregate earlier, or join fewer tables.",
            )
        if "read-only transaction" in lowered or "read only transaction" in lowered:
            return QueryRefusedError(
                f"The query was refused by the engine: {text}.",
                hint="Write exactly one SELECT statement.",
            )
        if found := re.search(
            r'column "?([^"\s]+)"? does not exist|Unknown column \'([^\']+)\'', text
        ):
            name = (found[1] or found[2]).rpartition(".")[2]
            return unknown_column(name, (), self.schema())
        if found := re.search(
            r"relation \"([^\"]+)\" does not exist|Table '[^']*?\.([^']+)' doesn't exist", text
        ):
            return unknown_table(found[1] or found[2], self.schema())
        return QueryExecutionError(
            f"The database could not run the query: {text.rstrip('.')}.", hint="Correct the SQL."
        )

    def _imports(self) -> tuple[str, ...]:
        return ("import os", "import sqlalchemy")

    def _load_code(self, sql: str, recipe: Loaded) -> str:
        url = _without_secrets(self._url)
        settings = (
            mysql.script_settings(self._facts, sql, recipe) if self.dialect == "mysql" else []
        )
        lines = [
            f"url = sqlalchemy.make_url({url.render_as_string()!r})",
            f'password = os.environ.get("{PASSWORD_VARIABLE}")',
            "if password:",
            "    url = url.set(password=password)",
            "engine = sqlalchemy.create_engine(url)",
            "with engine.connect() as connection:",
            "    connection = connection.execution_options(no_parameters=True)",
            *(f'    connection.exec_driver_sql("{setting}")' for setting in settings),
            f"    df = pd.read_sql_query({sql_literal(sql)}, connection)",
            "engine.dispose()",
        ]
        return "\n".join(lines) + "\n"

    # ── schema ──────────────────────────────────────────────────────────────────────────

    def _read_schema(self, deadline: float) -> Schema:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._connection(max(self.limits.profile_seconds, 1.0)) as connection:
                reflect = mysql.reflect if self.dialect == "mysql" else _reflect
                tables, keys = reflect(connection)
                if not tables:
                    raise EmptySourceError(
                        f"The database {self.address!r} has no table.",
                        hint="Check the name of the database and the permissions of the user.",
                    )
                sampler = _ServerSampler(connection, self.dialect, self.limits.profile_rows)
                return build_schema(self.dialect, tables, keys, sampler, deadline)
        except SQLAlchemyError as error:
            raise _access_error(error, self.address) from error


class _LateError(Exception):
    """The deadline passed between two batches."""


def _engine(url: URL, dialect: str, limits: Limits) -> Engine:
    from sqlalchemy import create_engine

    arguments: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS}
    if dialect == "postgres":
        milliseconds = int(limits.query_seconds * 1000)
        arguments["options"] = (
            f"-c default_transaction_read_only=on -c statement_timeout={milliseconds} "
            "-c standard_conforming_strings=on -c lock_timeout=2000"
        )
    else:
        arguments["charset"] = "utf8mb4"
        arguments["local_infile"] = False
        arguments["init_command"] = "SET SESSION TRANSACTION READ ONLY"
    return create_engine(
        url,
        connect_args=arguments,
        pool_size=2,
        max_overflow=4,
        pool_pre_ping=True,
        pool_recycle=600,
    )


def _batches(result: Any, row_limit: int, deadline: float) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows in batches; one row more than the limit tells that there are more."""
    left = row_limit + 1
    while left > 0:
        rows = result.fetchmany(min(_BATCH, left))
        if not rows:
            return
        left -= len(rows)
        yield rows
        if time.monotonic() > deadline:
            raise _LateError


def _engine_text(error: Exception) -> str:
    """The engine's own words, on one line, without PostgreSQL's excerpt and MySQL's number."""
    import re

    text = " ".join(str(getattr(error, "orig", None) or error).split("\nLINE ")[0].split())
    found = re.fullmatch(r"""\(\d+, (["'])(.*)\1\)""", text)
    return found[2].replace("\\'", "'") if found else text


def _access_error(error: Exception, address: str) -> MultiVisError:
    """Why a server does not let us in, without the address's password."""
    text = _engine_text(error)
    lowered = text.lower()
    if "'cryptography' package" in lowered:
        return MissingExtraError("This server's way of checking passwords", extra="mysql")
    if ("does not exist" in lowered and "database" in lowered) or "unknown database" in lowered:
        return SourceNotFoundError(
            f"There is no such database at {address!r}.", hint="Check the name of the database."
        )
    if "access denied" in lowered and "to database" in lowered:
        return SourceAccessError(
            f"The user may not use that database: {address!r}.",
            hint="Grant SELECT on it, or give another user.",
        )
    if any(word in lowered for word in ("password", "access denied", "authentication", "role")):
        return SourceAccessError(
            f"The server at {address!r} refused the user name or the password.",
            hint=f"Check them; the password can be given in {PASSWORD_VARIABLE}.",
        )
    return SourceAccessError(
        f"The server at {address!r} does not answer: {text[:200].rstrip('.')}.",
        hint="Check host and port, and that the server runs.",
    )


def _reflect(connection: Connection) -> tuple[list[TableFacts], list[ForeignKey]]:
    """PostgreSQL: tables, views, columns and keys of the default schema and the other ones."""
    from sqlalchemy import inspect
    from sqlalchemy.engine.reflection import ObjectKind

    inspector = inspect(connection)
    default = inspector.default_schema_name
    names = [
        default,
        *(
            name
            for name in inspector.get_schema_names()
            if name not in (default, "information_schema") and not name.startswith("pg_")
        ),
    ]
    tables: list[TableFacts] = []
    keys: list[ForeignKey] = []
    for schema in names:
        views = set(inspector.get_view_names(schema))
        with warnings.catch_warnings():
            # xml, points and an extension's own types: they are named and shown as text
            warnings.filterwarnings("ignore", "Did not recognize type")
            columns = inspector.get_multi_columns(schema, kind=ObjectKind.ANY)
        primary = inspector.get_multi_pk_constraint(schema)
        for key, facts in columns.items():
            found = primary.get(key)
            own = set(found["constrained_columns"]) if found else set()
            described = tuple(
                ColumnFacts(item["name"], _type_name(item["type"], connection), item["name"] in own)
                for item in facts
            )
            if described:
                tables.append(
                    TableFacts(_named(schema, key[1], default), described, view=key[1] in views)
                )
        for key, constraints in inspector.get_multi_foreign_keys(schema).items():
            for item in constraints:
                other = _named(item["referred_schema"] or schema, item["referred_table"], default)
                pairs = zip(item["constrained_columns"], item["referred_columns"], strict=True)
                keys += [
                    ForeignKey(_named(schema, key[1], default), own_column, other, to)
                    for own_column, to in pairs
                ]
    return sorted(tables, key=lambda table: table.name), keys


def _named(schema: str | None, table: str, default: str | None) -> str:
    return table if schema in (None, default) else f"{schema}.{table}"


def _type_name(kind: Any, connection: Connection) -> str:
    from sqlalchemy.exc import CompileError

    try:
        return str(kind.compile(dialect=connection.dialect))
    except CompileError:
        return str(type(kind).__name__)


class _ServerSampler:
    """Counts and samples of tables on a server, each within its own time."""

    def __init__(self, connection: Connection, dialect: str, rows: int) -> None:
        self.connection = connection
        self.dialect = dialect
        self.rows = rows

    def count(self, table: TableFacts, seconds: float) -> tuple[int | None, bool]:
        """(rows, whether that is an estimate): the server's own estimate for large tables."""
        estimate = None if table.view else self._estimate(table, seconds)
        if estimate is None or estimate < _EXACT_ROWS:
            counted = self._fetch(f"SELECT count(*) FROM {self._name(table)}", seconds)
            if counted is not None:
                return int(counted[1][0][0]), False
        return estimate, estimate is not None

    def _estimate(self, table: TableFacts, seconds: float) -> int | None:
        if self.dialect == "postgres":
            name = self._name(table).replace("'", "''")
            sql = f"SELECT reltuples::bigint FROM pg_class WHERE oid = '{name}'::regclass"
        else:
            name = table.name.replace("\\", "\\\\").replace("'", "''")
            sql = (
                "SELECT table_rows FROM information_schema.tables "
                f"WHERE table_schema = DATABASE() AND table_name = '{name}'"
            )
        found = self._fetch(sql, seconds)
        if found is None or not found[1] or found[1][0][0] is None or found[1][0][0] < 0:
            return None
        return int(found[1][0][0])

    def sample(
        self, table: TableFacts, count: int | None, seconds: float
    ) -> tuple[Any, bool] | None:
        """(Arrow table, whether it holds every row), or None when there was no time."""
        whole = count is not None and count <= self.rows
        columns = ", ".join(self._quote(column.name) for column in table.columns)
        found = None
        if self.dialect == "postgres" and not whole and count and not table.view:
            percent = min(100.0, max(100.0 * self.rows * 1.2 / count, 1e-6))
            found = self._fetch(
                f"SELECT {columns} FROM {self._name(table)} TABLESAMPLE SYSTEM ({percent:.6f}) "
                f"REPEATABLE (1) LIMIT {self.rows}",
                seconds,
            )
        if found is None or not found[1]:
            found = self._fetch(
                f"SELECT {columns} FROM {self._name(table)} LIMIT {self.rows}", seconds
            )
        if found is None:
            return None
        return arrow_from_rows(found[0], [found[1]], self.rows).table, whole

    def contains(
        self, table: TableFacts, column: str, values: Sequence[Any], seconds: float
    ) -> int | None:
        """How many of some values are in a column, or None when there was no time."""
        from sqlalchemy import bindparam, text

        name = self._quote(column).replace(":", "\\:")
        statement = text(
            f"SELECT count(DISTINCT {name}) FROM {self._name(table).replace(':', chr(92) + ':')} "
            f"WHERE {name} IN :values"
        ).bindparams(bindparam("values", expanding=True))
        found = self._fetch(statement, seconds, {"values": list(values)})
        return None if found is None else int(found[1][0][0])

    def extremes(self, table: TableFacts) -> Mapping[str, tuple[Any, Any]]:
        """Ranges that are known without reading rows: none."""
        return {}

    def _fetch(
        self, sql: Any, seconds: float, values: dict[str, Any] | None = None
    ) -> tuple[list[str], list[Any]] | None:
        """(names, rows), or None when it took too long or the server said no."""
        from sqlalchemy.exc import SQLAlchemyError

        savepoint = self.connection.begin_nested()
        try:
            milliseconds = max(int(seconds * 1000), 1)
            if self.dialect == "postgres":
                self.connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
            else:
                mysql.limit_time(self.connection, milliseconds)
            if values is None:
                plain = self.connection.execution_options(no_parameters=True)
                result = plain.exec_driver_sql(sql)
            else:
                result = self.connection.execute(sql, values)
            described = result.cursor.description or ()
            rows: list[Any] = list(result.fetchall())
            if self.dialect == "mysql":
                rows = list(chain.from_iterable(mysql.RowCleaner(described).clean([rows])))
            names = [str(name) for name in result.keys()]  # noqa: SIM118
            savepoint.commit()
        except SQLAlchemyError:
            savepoint.rollback()
            return None
        return names, rows

    def _quote(self, name: str) -> str:
        # SQLAlchemy's own would double percent signs, for parameters that are not sent.
        mark = "`" if self.dialect == "mysql" else '"'
        return mark + name.replace(mark, mark * 2) + mark

    def _name(self, table: TableFacts) -> str:
        parts = table.name.split(".", 1) if self.dialect == "postgres" else [table.name]
        return ".".join(self._quote(part) for part in parts)
