"""From an address to the source that it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from multivis.errors import OptionError, SourceFormatError, SourceNotFoundError
from multivis.protocols import Source
from multivis.settings import Limits

if TYPE_CHECKING:
    from multivis.data.sources.base import BaseSource

__all__ = ["open_source"]

_SQLITE = {".sqlite", ".sqlite3", ".db", ".db3", ".s3db"}
_DUCKDB = {".duckdb", ".ddb"}
_FILES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
_SERVERS = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "postgresql+psycopg": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mysql+pymysql": "mysql",
    "mariadb+pymysql": "mysql",
}
_KNOWN = (
    "a .sqlite, .db, .duckdb, .csv, .tsv, .parquet, .json, .ndjson or .xlsx file, "
    "a sqlite:///, duckdb:///, postgresql:// or mysql:// address, or a data frame"
)


def open_source(
    address: Any, *, limits: Limits | None = None, cache_dir: str | Path | None = None
) -> Source:
    """Open data that can then be asked in SQL, read-only.

    Args:
        address: One of

            - a path or ``sqlite:///path``, ``duckdb:///path``: a database file;
            - a path to a CSV, TSV, Parquet, JSON, NDJSON or Excel file (a glob such as
              ``data/*.parquet`` reads all as one table);
            - ``postgresql://user@host/db`` or ``mysql://user@host/db``; the password comes
              from the address or from ``MULTIVIS_PASSWORD``;
            - a pandas, Polars or Arrow frame, or a mapping of names to frames;
            - an object that already is a `Source`: it is given back as it is.
        limits: Bounds on time, rows and memory.
        cache_dir: Where frames are written, under ``frames``, once a script is to load them;
            `Settings.cache_dir` by default.

    Raises:
        SourceNotFoundError: No such file or server.
        SourceFormatError: The file is not what its ending says, or of no known kind.
        SourceAccessError: Wrong password, missing permission, no server.
        EmptySourceError: No table in it.
        MissingExtraError: An optional dependency is not installed.
        OptionError: The address is of no known kind.
    """
    bounds = limits or Limits()
    if isinstance(address, str | Path):
        text = str(address)
        if not text.strip():
            raise OptionError("The address of the data is empty.", hint=f"Give {_KNOWN}.")
        scheme, found, rest = text.partition("://")
        if found and isinstance(address, str):
            return _open_url(scheme.lower(), rest, text, bounds)
        return _open_path(text, bounds, text)
    if isinstance(address, Source):
        return address
    return _open_frames(address, bounds, cache_dir)


def _open_url(scheme: str, rest: str, text: str, limits: Limits) -> Source:
    if scheme in ("sqlite", "duckdb", "file"):
        path = unquote(rest.partition("?")[0])
        # sqlite:///x.db is relative, sqlite:////x.db absolute; file:///x is absolute.
        if path.startswith("/") and scheme != "file":
            path = path[1:]
        if not path:
            raise OptionError(
                f"The address {text!r} names no file.", hint=f"Write {scheme}:///path."
            )
        if scheme == "file":
            return _open_path(path, limits, text)
        found = _existing(path)
        return (
            _open_sqlite(found, limits, text)
            if scheme == "sqlite"
            else _open_duckdb(found, limits, text)
        )
    dialect = _SERVERS.get(scheme)
    if dialect is None:
        raise OptionError(
            f"The address {scheme + '://…'!r} is of no known kind.", hint=f"Give {_KNOWN}."
        )
    from multivis.data.sources.server import open_server

    return open_server(text, dialect, limits)


def _open_path(text: str, limits: Limits, address: str) -> Source:
    from multivis.data.sources.files import has_glob, open_file, open_glob

    if has_glob(text) and not Path(text).exists():
        return open_glob(text, _FILES, limits)
    path = _existing(text)
    kind = _recognised(path)
    if kind == "sqlite":
        return _open_sqlite(path, limits, address)
    if kind == "duckdb":
        return _open_duckdb(path, limits, address)
    return open_file(path, kind, limits, address)


def _existing(text: str) -> Path:
    """The file that a path names."""
    path = Path(text).expanduser()
    try:
        exists, folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        raise SourceNotFoundError(
            f"The path {text[:200]!r} cannot be used: {error}.", hint="Give a path to a file."
        ) from error
    if not exists:
        raise SourceNotFoundError(
            f"There is no file {text!r}.",
            hint="Check the path; it is relative to the working folder.",
        )
    if folder:
        raise SourceFormatError(
            f"{text!r} is a folder and not a file.",
            hint=f"Give a file in it, or a pattern such as {str(path / '*.parquet')!r}.",
        )
    return path


def _recognised(path: Path) -> str:
    """What a file is: by its first bytes where those tell, else by its ending."""
    from multivis.data.sources.files import read_head

    head = read_head(path)
    ending = path.suffix.lower()
    if head.startswith(b"SQLite format 3\x00"):
        by_header = "sqlite"
    elif head[8:12] == b"DUCK":
        by_header = "duckdb"
    elif head.startswith(b"PAR1"):
        by_header = "parquet"
    else:
        by_header = ""
    by_ending = (
        "sqlite" if ending in _SQLITE else "duckdb" if ending in _DUCKDB else _FILES.get(ending, "")
    )
    if by_header and (not by_ending or by_header == by_ending):
        return by_header
    if by_header:
        raise SourceFormatError(
            f"The file {str(path)!r} ends in {ending!r} but holds {_named(by_header)} data.",
            hint="Give it the ending of what it is.",
        )
    if not by_ending:
        raise SourceFormatError(
            f"The file {str(path)!r} is of no known kind.", hint=f"Give {_KNOWN}."
        )
    return by_ending


def _named(kind: str) -> str:
    return {"sqlite": "SQLite", "duckdb": "DuckDB", "parquet": "Parquet"}[kind]


def _open_sqlite(path: Path, limits: Limits, address: str) -> BaseSource:
    from multivis.data.sources.sqlite import SqliteSource

    return SqliteSource(path, limits, address)


def _open_duckdb(path: Path, limits: Limits, address: str) -> BaseSource:
    from multivis.data.sources.duck import DuckDatabaseSource

    return DuckDatabaseSource(path, limits, address)


def _open_frames(value: Any, limits: Limits, cache_dir: str | Path | None) -> BaseSource:
    from multivis.data.sources.frames import FrameSource, is_frame

    if isinstance(value, Mapping):
        frames = {str(name): frame for name, frame in value.items()}
    else:
        frames = {"data": value}
    if not frames or not all(is_frame(frame) for frame in frames.values()):
        raise OptionError(
            f"Data of type {type(value).__name__!r} cannot be opened.", hint=f"Give {_KNOWN}."
        )
    return FrameSource(frames, limits, cache_dir=cache_dir)
