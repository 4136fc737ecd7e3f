"""What only MySQL and MariaDB do: session settings, reflection, and values of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from multivis.data.frames import Conversion, Loaded
from multivis.data.introspect import ColumnFacts, TableFacts
from multivis.protocols import ForeignKey

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "RowCleaner",
    "ServerFacts",
    "limit_time",
    "prepare_session",
    "reflect",
    "script_settings",
    "server_facts",
]

# With these modes the server reads quotes in another way than the guard does.
_QUOTE_MODES = ("ANSI_QUOTES", "NO_BACKSLASH_ESCAPES")
_DEEP = "max_recursive_iterations = 4294967295"  # the time limit ends what has no end
_BIT = 16  # type codes of the protocol
_DATES = frozenset({7, 10, 12, 14})


def prepare_session(connection: Connection, milliseconds: int, rows: int | None = None) -> None:
    """Read only, bounded in time and rows, quotes as in standard MySQL.

    Args:
        connection: Just taken from the pool; no transaction has begun.
        milliseconds: Longest statement.
        rows: Most rows of a SELECT that names no limit of its own; None for all. Without it
            the driver would read the rest of a large result to be rid of it.
    """
    connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
    mode = "IF(FIND_IN_SET('ONLY_FULL_GROUP_BY', @@GLOBAL.sql_mode), 'ONLY_FULL_GROUP_BY', '')"
    limit = "DEFAULT" if rows is None else str(rows)
    settings = [
        f"sql_mode = {mode}",
        f"sql_select_limit = {limit}",
        _time_setting(connection, milliseconds),
        *([_DEEP] if _is_mariadb(connection) else []),
    ]
    connection.exec_driver_sql("SET " + ", ".join(f"SESSION {item}" for item in settings))


def limit_time(connection: Connection, milliseconds: int) -> None:
    """End every later statement of the session after some time."""
    connection.exec_driver_sql(f"SET SESSION {_time_setting(connection, milliseconds)}")


def _is_mariadb(connection: Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _time_setting(connection: Connection, milliseconds: int) -> str:
    """MySQL counts in milliseconds, MariaDB in seconds."""
    if _is_mariadb(connection):
        return f"max_statement_time = {milliseconds / 1000}"
    return f"max_execution_time = {milliseconds}"


@dataclass(frozen=True)
class ServerFacts:
    """What a server does when it is left to itself.

    Attributes:
        mariadb: MariaDB ends a recursion after 1000 rounds in silence; MySQL says so.
        quotes: It reads quotes in another way than the guard does.
    """

    mariadb: bool = False
    quotes: bool = False


def server_facts(connection: Connection) -> ServerFacts:
    """Ask a server once."""
    modes = str(connection.exec_driver_sql("SELECT @@GLOBAL.sql_mode").scalar()).split(",")
    return ServerFacts(_is_mariadb(connection), any(mode in modes for mode in _QUOTE_MODES))


def script_settings(facts: ServerFacts, sql: str, recipe: Loaded) -> list[str]:
    """Statements without which a script would read something else, or far more."""
    settings = []
    if facts.quotes:
        settings.append("SET SESSION sql_mode = ''")
    if facts.mariadb and "recursive" in sql.lower():
        settings.append(f"SET SESSION {_DEEP}")
    if recipe.truncated:
        settings.append(f"SET SESSION sql_select_limit = {recipe.row_count}")
    return settings


def reflect(connection: Connection) -> tuple[list[TableFacts], list[ForeignKey]]:
    """Tables, views, columns and keys of the session's database, from the information schema."""
    plain = connection.execution_options(no_parameters=True)
    views = {
        str(name)
        for (name,) in plain.exec_driver_sql(
            "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE()"
        )
    }
    columns: dict[str, list[ColumnFacts]] = {}
    for table, column, kind, key in plain.exec_driver_sql(
        "SELECT table_name, column_name, column_type, column_key FROM information_schema.columns "
        "WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
    ):
        columns.setdefault(str(table), []).append(
            ColumnFacts(str(column), _text(kind), key == "PRI")
        )
    keys = [
        ForeignKey(str(table), str(column), str(other), str(to))
        for table, column, other, to in plain.exec_driver_sql(
            "SELECT table_name, column_name, referenced_table_name, referenced_column_name "
            "FROM information_schema.key_column_usage WHERE table_schema = DATABASE() "
            "AND referenced_table_schema = DATABASE() AND referenced_table_name IS NOT NULL "
            "ORDER BY table_name, constraint_name, ordinal_position"
        )
    ]
    tables = [TableFacts(name, tuple(found), view=name in views) for name, found in columns.items()]
    return sorted(tables, key=lambda table: table.name), keys


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class RowCleaner:
    """Gives bit fields as whole numbers and dates of zeros as missing values.

    Args:
        description: Of the driver's cursor: names and type codes.
    """

    def __init__(self, description: Sequence[Sequence[Any]]) -> None:
        self.bits = [at for at, item in enumerate(description) if item[1] == _BIT]
        self.dates = [at for at, item in enumerate(description) if item[1] in _DATES]
        self.zeros: set[int] = set()

    def clean(self, batches: Iterable[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
        """The batches with plain values."""
        for batch in batches:
            if not batch or not (self.bits or self.dates):
                yield batch
                continue
            columns = list(zip(*batch, strict=True))
            for at in self.bits:
                columns[at] = tuple(_whole(value) for value in columns[at])
            for at in self.dates:
                # The driver leaves a date that does not exist as a text.
                if str in set(map(type, columns[at])):
                    self.zeros.add(at)
                    columns[at] = tuple(
                        None if isinstance(value, str) else value for value in columns[at]
                    )
            yield list(zip(*columns, strict=True))

    def described(self, loaded: Loaded) -> Loaded:
        """The table with what was done to it, for scripts and for the asker."""
        import pyarrow as pa

        made: list[Conversion] = []
        for at in self.bits:
            column = loaded.table.column(at)
            if not pa.types.is_null(column.type):
                whole = pa.types.is_integer(column.type) and not column.null_count
                made.append(
                    Conversion(
                        loaded.table.column_names[at],
                        "{column}.map(lambda value: int.from_bytes(value, 'big'), "
                        f"na_action='ignore').astype(\"{'int64' if whole else 'float64'}\")",
                    )
                )
        for at in sorted(self.zeros):
            name = loaded.table.column_names[at]
            made.append(
                Conversion(
                    name,
                    "{column}.map(lambda value: None if isinstance(value, str) else value)",
                    note=f"Dates of zeros in column {name!r} were read as missing.",
                )
            )
        return replace(loaded, conversions=(*made, *loaded.conversions)) if made else loaded


def _whole(value: Any) -> Any:
    return int.from_bytes(value, "big") if isinstance(value, bytes) else value
