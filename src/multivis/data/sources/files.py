"""CSV, TSV, Parquet, JSON and Excel files, one table each (Excel: one a sheet), through DuckDB.

The engine reads the files where they are: a large Parquet file is never loaded whole.
"""

from __future__ import annotations

import codecs
import csv
import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.data.sources.duck import DuckSampler, DuckSource, connect_safely, lock, sql_text
from multivis.data.sources.sqlite import quote_name
from multivis.errors import (
    EmptySourceError,
    SourceAccessError,
    SourceFormatError,
    SourceNotFoundError,
)
from multivis.settings import Limits

if TYPE_CHECKING:
    from multivis.data.sources.base import BaseSource

__all__ = ["FileSource", "has_glob", "open_file", "open_glob", "read_head", "table_name"]

_WHOLE_SNIFF = 64_000_000  # bytes up to which every row decides a CSV column's type
_SNIFFED_ROWS = 500_000
_PROBE = 1_000_000  # bytes looked at to tell the encoding


def has_glob(text: str) -> bool:
    """Whether a path is a pattern."""
    return any(mark in text for mark in "*?[")


def read_head(path: Path, size: int = 16) -> bytes:
    """The first bytes of a file.

    Raises:
        SourceAccessError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise SourceAccessError(
            f"The file {str(path)!r} cannot be read: {error.strerror}.",
            hint="Check its permissions.",
        ) from error


def table_name(stem: str) -> str:
    """A table name from a file name: letters, digits and underscores."""
    name = re.sub(r"\W+", "_", stem).strip("_") or "data"
    return f"t_{name}" if name[0].isdigit() else name


def open_glob(pattern: str, endings: Mapping[str, str], limits: Limits) -> BaseSource:
    """Open all files of a pattern as one table.

    Raises:
        SourceNotFoundError: Nothing matches.
        SourceFormatError: They are not all of one kind that can be read together.
    """
    # Path.glob takes no absolute pattern.
    names = glob.glob(str(Path(pattern).expanduser()), recursive=True)  # noqa: PTH207
    paths = sorted(Path(name).resolve() for name in names if Path(name).is_file())
    if not paths:
        raise SourceNotFoundError(f"No file matches {pattern!r}.", hint="Check the pattern.")
    kinds = {endings.get(path.suffix.lower(), "") for path in paths}
    if len(kinds) != 1 or not kinds <= {"csv", "tsv", "parquet", "json", "ndjson"}:
        raise SourceFormatError(
            f"The files that match {pattern!r} are not all CSV, Parquet or JSON of one kind.",
            hint="Use a pattern with one ending, such as '*.parquet'.",
        )
    stem = re.sub(r"[*?\[\]]+", "", Path(pattern).stem).strip("_-. ")
    name = table_name(stem or paths[0].parent.name)
    return FileSource(paths, kinds.pop(), name, limits, pattern)


def open_file(path: Path, kind: str, limits: Limits, address: str) -> BaseSource:
    """Open one data file.

    Raises:
        SourceFormatError: It is not what its ending says.
        EmptySourceError: It holds no row.
    """
    if path.stat().st_size == 0:
        raise EmptySourceError(f"The file {str(path)!r} is empty.", hint="Give a file with rows.")
    real = path.resolve()
    if kind == "excel":
        from multivis.data.sources.frames import open_excel

        return open_excel(real, limits, address)
    if kind in ("csv", "tsv"):
        _check_is_text(real)
        encoding = _encoding(real)
        if encoding != "utf-8":
            from multivis.data.sources.frames import open_encoded_csv

            return open_encoded_csv(
                real, encoding, _delimiter(real, encoding, kind), limits, address
            )
    return FileSource([real], kind, table_name(path.stem), limits, address)


class FileSource(DuckSource):
    """One table over files that DuckDB reads by itself.

    Args:
        paths: The files, resolved.
        kind: ``csv``, ``tsv``, ``parquet``, ``json`` or ``ndjson``.
        name: Of the table.
        limits: Bounds.
        address: How a person named them.
    """

    def __init__(
        self, paths: Sequence[Path], kind: str, name: str, limits: Limits | None, address: str
    ) -> None:
        import duckdb

        bounds = limits or Limits()
        self.paths = tuple(paths)
        self.kind = kind
        connection = connect_safely(bounds)
        try:
            self._views = _views(connection, name, _reader(connection, self.paths, kind), kind)
            for statement in self._views.values():
                connection.execute(statement)
            first = [
                connection.sql(f"SELECT * FROM {quote_name(view)} LIMIT 1").to_arrow_table()
                for view in self._views
            ]
            lock(connection, self.paths)
        except duckdb.Error as error:
            connection.close()
            raise SourceFormatError(
                f"The file {str(paths[0])!r} cannot be read as {kind.upper()}: {_said(error)}.",
                hint="Check the ending of its name, or export it again.",
            ) from error
        except SourceFormatError:
            connection.close()
            raise
        if not any(table.num_rows for table in first):
            connection.close()
            raise EmptySourceError(
                f"The file {str(paths[0])!r} has no rows.", hint="Give a file with rows."
            )
        super().__init__(address, bounds, connection)

    def files(self) -> Mapping[str, Path]:
        """The data files, under the paths that scripts use."""
        return {str(path): path for path in self.paths}

    def _sampler(self) -> DuckSampler:
        from multivis.data.sources.parquet import ParquetSampler

        return ParquetSampler(self, self.paths) if self.kind == "parquet" else DuckSampler(self)

    def _open_code(self) -> str:
        views = "".join(f"connection.execute({view!r})\n" for view in self._views.values())
        return f"connection = duckdb.connect()\n{views}"


_RECORDS = re.compile(r"STRUCT\(.*\)\[\]")


def _said(error: Exception) -> str:
    """What DuckDB said, without the statement that multivis wrote."""
    text = " ".join(str(error).partition("\nLINE ")[0].split())
    return text.partition(": ")[2][:200].rstrip(".") or text[:200].rstrip(".")


def _views(connection: Any, name: str, reader: str, kind: str) -> dict[str, str]:
    """View names to statements.

    A JSON object that wraps lists of records (``{"nodes": [...], "links": [...]}``) is a table
    for each list; with one list only, the table has the name of the file.
    """
    if kind == "json":
        columns = connection.execute(f"DESCRIBE SELECT * {reader}").fetchall()
        lists = [str(c[0]) for c in columns if _RECORDS.fullmatch(str(c[1]))]
        one = connection.execute(f"SELECT count(*) FROM (SELECT 1 {reader} LIMIT 2)").fetchone()
        if lists and one[0] == 1:
            named = {table_name(item) if len(lists) > 1 else name: item for item in lists}
            return {
                view: f"CREATE VIEW {quote_name(view)} AS SELECT unnest(record) FROM "
                f"(SELECT unnest({quote_name(item)}) AS record {reader})"
                for view, item in named.items()
            }
    return {name: f"CREATE VIEW {quote_name(name)} AS SELECT * {reader}"}


def _reader(connection: Any, paths: Sequence[Path], kind: str) -> str:
    """The FROM clause that reads the files, with every detail of a CSV file spelled out."""
    listed = "[" + ", ".join(sql_text(str(path)) for path in paths) + "]"
    one = sql_text(str(paths[0])) if len(paths) == 1 else listed
    if kind == "parquet":
        return f"FROM read_parquet({one}{', union_by_name=true' if len(paths) > 1 else ''})"
    if kind in ("json", "ndjson"):
        form = "newline_delimited" if kind == "ndjson" else "auto"
        return f"FROM read_json({one}, format='{form}', sample_size=-1)"
    options = [f"sample_size={-1 if _size(paths) <= _WHOLE_SNIFF else _SNIFFED_ROWS}"]
    if kind == "tsv":
        options.append("delim='\t'")
    if _has_header(paths[0]):
        options.append("header=true")
    arguments = ", ".join(options)
    if len(paths) > 1:
        return f"FROM read_csv({listed}, union_by_name=true, {arguments})"
    delimiter, columns, prompt = _sniff(connection, one, arguments)
    if delimiter == ";":
        # Where a semicolon separates, a comma is often the decimal mark.
        other = _sniff(connection, one, f"{arguments}, decimal_separator=','")
        if _texts(other[1]) < _texts(columns):
            prompt = other[2]
    return prompt.rstrip().rstrip(";")


def _sniff(connection: Any, file: str, arguments: str) -> tuple[str, list[dict[str, str]], str]:
    """(delimiter, columns, FROM clause) as DuckDB reads a CSV file."""
    found = connection.execute(
        f"SELECT Delimiter, Columns, Prompt FROM sniff_csv({file}, {arguments})"
    ).fetchone()
    return str(found[0]), list(found[1]), str(found[2])


def _texts(columns: Sequence[Mapping[str, str]]) -> int:
    return sum(column["type"] == "VARCHAR" for column in columns)


def _size(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def _check_is_text(path: Path) -> None:
    """A CSV file holds no NUL bytes, except in UTF-16."""
    head = read_head(path, 4096)
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceFormatError(
            f"The file {str(path)!r} is not a text file, as its ending says.",
            hint="Check the ending of its name, or export it again.",
        )


def _encoding(path: Path) -> str:
    """The encoding of a text file: by its byte order mark, else UTF-8 if it decodes."""
    head = read_head(path, _PROBE)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(_PROBE * 16):
                decoder.decode(block)
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "cp1252" if _decodes(head, "cp1252") else "latin-1"
    return "utf-8"


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(path: Path, encoding: str, kind: str) -> str:
    """The delimiter of a file that DuckDB cannot sniff."""
    if kind == "tsv":
        return "\t"
    text = read_head(path, _PROBE).decode(encoding, "replace")
    try:
        return csv.Sniffer().sniff("\n".join(text.splitlines()[:50]), ",;\t|").delimiter
    except csv.Error:
        return ","


_NUMBER = re.compile(r"\s*[-+]?\d[\d.,]*\s*")


def _has_header(path: Path) -> bool:
    """Whether the first line names columns: no cell of it is a number, none is there twice."""
    text = read_head(path, 65_536).decode("utf-8-sig", "replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    cells = [cell.strip().strip('"') for cell in re.split(r"[,;\t|]", first)]
    filled = [cell for cell in cells if cell]
    return bool(filled) and not any(_NUMBER.fullmatch(cell) for cell in filled)
