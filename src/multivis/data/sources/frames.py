"""Frames of pandas, Polars and Arrow, and files that are loaded into frames, through DuckDB."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.data.introspect import TableFacts
from multivis.data.sources.duck import DuckSampler, DuckSource, connect_safely, lock
from multivis.data.sources.files import table_name
from multivis.errors import EmptySourceError, OptionError, OutputError, SourceFormatError
from multivis.settings import Limits

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["FrameSource", "arrow_of", "is_frame", "open_encoded_csv", "open_excel"]

_BLOCKS = 20


def is_frame(value: Any) -> bool:
    """Whether a value is a pandas, Polars or Arrow table; imports none of them."""
    for module, names in (
        ("pandas", ("DataFrame",)),
        ("polars", ("DataFrame", "LazyFrame")),
        ("pyarrow", ("Table", "RecordBatch")),
    ):
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(value, tuple(getattr(loaded, n) for n in names)):
            return True
    return False


def arrow_of(frame: Any) -> pa.Table:
    """A frame as an Arrow table with unique text names; mixed object columns become text.

    Raises:
        OptionError: It is no frame, or a column holds values that no table can.
    """
    import pyarrow as pa

    module = type(frame).__module__.partition(".")[0]
    if module == "polars":
        frame = frame.collect() if hasattr(frame, "collect") else frame
        table = frame.to_arrow()
    elif isinstance(frame, pa.RecordBatch):
        table = pa.Table.from_batches([frame])
    elif isinstance(frame, pa.Table):
        table = frame
    elif module == "pandas":
        table = _arrow_of_pandas(frame)
    else:
        raise OptionError(
            f"Data of type {type(frame).__name__!r} is no frame.",
            hint="Give a pandas, Polars or Arrow table.",
        )
    names = [name.encode("utf-8", "replace").decode("utf-8") for name in table.column_names]
    return _plain_types(table).rename_columns(list(_caseless_names(names)))


def _plain_types(table: pa.Table) -> pa.Table:
    """Columns of types that Arrow only carries (periods, intervals, UUIDs, JSON) as plain ones.

    A period becomes the moment at which it begins. What DuckDB and Arrow's own functions do not
    compute with (half floats, decimals of more than 38 digits, categories that are no texts)
    becomes the next type that they do.
    """
    import pyarrow as pa

    for position, field in enumerate(table.schema):
        column = table.column(position)
        if pa.types.is_float16(field.type):
            table = table.set_column(position, field.name, column.cast(pa.float32()))
        elif pa.types.is_decimal256(field.type):
            table = table.set_column(position, field.name, column.cast(pa.float64()))
        elif pa.types.is_dictionary(field.type) and not pa.types.is_string(field.type.value_type):
            plain = column.cast(field.type.value_type)
            table = table.set_column(position, field.name, plain)
        elif _holds_nothing(field.type):
            texts = [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]
            table = table.set_column(position, field.name, pa.array(texts, type=pa.string()))
        if not isinstance(field.type, pa.BaseExtensionType):
            continue
        if field.type.extension_name == "pandas.period":
            plain = pa.Array.from_pandas(column.to_pandas().dt.to_timestamp())
        else:
            texts = [None if value is None else str(value) for value in column.to_pylist()]
            plain = pa.array(texts, type=pa.string())
        table = table.set_column(position, field.name, plain)
    return table


def _holds_nothing(kind: pa.DataType) -> bool:
    """Whether a type has a record without fields in it, of ``{}`` alone: no Parquet file has."""
    import pyarrow as pa

    if not pa.types.is_nested(kind):
        return False
    empty = pa.types.is_struct(kind) and kind.num_fields == 0
    return empty or any(_holds_nothing(kind.field(at).type) for at in range(kind.num_fields))


def _arrow_of_pandas(frame: Any) -> pa.Table:
    import pandas as pd
    import pyarrow as pa

    if not isinstance(frame.index, pd.RangeIndex) and any(n is not None for n in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    arrays = []
    for position in range(frame.shape[1]):
        series = frame.iloc[:, position]
        try:
            array = pa.Array.from_pandas(series)
        except (ValueError, TypeError, NotImplementedError, ArithmeticError):
            array = _as_texts(series)
        arrays.append(array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array]))
    names = [_column_name(name) for name in frame.columns]
    return pa.Table.from_arrays(arrays, names=names)


def _as_texts(series: Any) -> pa.Array:
    """Values of several types, or of none that Arrow has, as texts."""
    import pyarrow as pa

    try:
        texts = [
            None if missing else str(value).encode("utf-8", "replace").decode("utf-8")
            for value, missing in zip(series.astype(object), series.isna(), strict=True)
        ]
        return pa.array(texts, type=pa.string())
    except Exception as error:  # whatever the objects' own __str__ raises
        raise OptionError(
            f"The column {series.name!r} holds values that no table can: {error}.",
            hint="Convert them to numbers, dates or texts first.",
        ) from error


def _column_name(name: Any) -> str:
    text = "_".join(str(part) for part in name) if isinstance(name, tuple) else str(name)
    return text.encode("utf-8", "replace").decode("utf-8")


def _caseless_names(names: list[str]) -> list[str]:
    """Names that DuckDB can tell apart: it ignores case."""
    seen: set[str] = set()
    result = []
    for position, name in enumerate(names):
        base = name or f"column_{position}"
        new, count = base, 0
        while new.lower() in seen:
            count += 1
            new = f"{base}_{count}"
        seen.add(new.lower())
        result.append(new)
    return result


class FrameSource(DuckSource):
    """Tables in memory.

    Args:
        frames: Names to pandas, Polars or Arrow tables.
        limits: Bounds.
        address: How a person names them; ``frame:NAME`` by default.
        code: Python that makes a mapping ``frames`` of names to Arrow tables, for scripts; it may
            use pandas as ``pd`` and PyArrow as ``pa``.
            Without it the tables are kept as Parquet files when a script is first asked for.
        files: Files that `code` reads.
        cache_dir: Where tables are kept, under ``frames``; `Settings.cache_dir` by default.

    Raises:
        EmptySourceError: No table has a row.
        OptionError: Not all of them are frames.
    """

    def __init__(
        self,
        frames: Mapping[str, Any],
        limits: Limits | None = None,
        address: str = "",
        code: str = "",
        files: Mapping[str, Path] | None = None,
        cache_dir: str | Path | None = None,
    ) -> None:
        self.tables = {name: arrow_of(frame) for name, frame in frames.items()}
        if not any(table.num_rows and table.num_columns for table in self.tables.values()):
            listed = ", ".join(repr(name) for name in self.tables)
            raise EmptySourceError(
                f"The data has no rows ({listed}).", hint="Give data with at least one row."
            )
        bounds = limits or Limits()
        connection = connect_safely(bounds)
        lock(connection)
        self._code = code
        self._loaded_from_file = bool(code)
        self._files = dict(files or {})
        self._cache_dir = cache_dir
        super().__init__(address or f"frame:{','.join(self.tables)}", bounds, connection)

    def files(self) -> Mapping[str, Path]:
        """Files that scripts read; for frames they are written on the first call."""
        if not self._code:
            self._keep()
        return dict(self._files)

    def _prepare(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Registered tables belong to one connection, so every cursor gets them."""
        for name, table in self.tables.items():
            cursor.register(name, table)

    def _read_schema(self, deadline: float) -> Any:
        from multivis.data.introspect import ColumnFacts, build_schema

        facts = [
            TableFacts(
                name,
                tuple(ColumnFacts(f.name, _type_name(f.type)) for f in table.schema),
                extra={"arrow": table},
            )
            for name, table in self.tables.items()
        ]
        return build_schema(self.dialect, facts, (), _FrameSampler(self), deadline)

    def _keep(self) -> None:
        """Write the tables as Parquet files, named by content, so that a script can read them."""
        import pyarrow.parquet as pq

        root = self._cache_folder()
        lines = []
        for name, table in self.tables.items():
            try:
                root.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle, temporary = tempfile.mkstemp(dir=root, suffix=".parquet")
                os.close(handle)
                pq.write_table(table, temporary)
                with Path(temporary).open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
                target = root / f"{table_name(name)}-{digest}.parquet"
                Path(temporary).replace(target)
            except OSError as error:
                raise OutputError(
                    f"The folder {str(root)!r} cannot be written: {error.strerror}.",
                    hint="Set MULTIVIS_CACHE_DIR to a folder that can.",
                ) from error
            self._files[str(target)] = target
            lines.append(f"    {name!r}: pq.read_table({str(target)!r}),\n")
        self._code = "frames = {\n" + "".join(lines) + "}\n"

    def _cache_folder(self) -> Path:
        from multivis.settings import load_settings

        folder = self._cache_dir or load_settings().cache_dir
        return Path(folder).expanduser().resolve() / "frames"

    def _imports(self) -> tuple[str, ...]:
        library = (
            "import pyarrow as pa" if self._loaded_from_file else "import pyarrow.parquet as pq"
        )
        return ("import duckdb", library)

    def _open_code(self) -> str:
        if not self._code:
            self._keep()
        return (
            f"{self._code}"
            "connection = duckdb.connect()\n"
            "for name, frame in frames.items():\n"
            "    connection.register(name, frame)\n"
        )


def _type_name(arrow_type: Any) -> str:
    return str(arrow_type).partition("<")[0].replace("large_string", "string")


class _FrameSampler(DuckSampler):
    """Counts and samples tables that are in memory already."""

    def count(self, table: TableFacts, seconds: float) -> tuple[int | None, bool]:
        """(rows, False)."""
        return table.extra["arrow"].num_rows, False

    def sample(
        self, table: TableFacts, count: int | None, seconds: float
    ) -> tuple[Any, bool] | None:
        """(Arrow table, whether it holds every row)."""
        import pyarrow as pa

        from multivis.data.frames import normalise

        rows = table.extra["arrow"]
        if rows.num_rows <= self.rows:
            return normalise(rows).table, True
        size = max(self.rows // _BLOCKS, 1)
        starts = [block * rows.num_rows // _BLOCKS for block in range(_BLOCKS)]
        parts = [rows.slice(start, size) for start in starts]
        return normalise(pa.concat_tables(parts)).table, False


# ── files that are loaded into frames ───────────────────────────────────────────────────────

# What `_tables` does, for scripts.
_TO_ARROW = (
    "frames = {\n"
    "    name: pa.table({\n"
    "        str(c): pa.array(\n"
    "            f[c].map(str, na_action='ignore') if f[c].dtype == object else f[c],\n"
    "            from_pandas=True,\n"
    "        )\n"
    "        for c in f\n"
    "    })\n"
    "    for name, f in loaded.items()\n"
    "}\n"
)


def _tables(loaded: Mapping[str, Any]) -> dict[str, pa.Table]:
    """Frames that pandas read, as Arrow tables; columns of mixed objects become text."""
    import pyarrow as pa

    return {
        name: pa.table(
            {
                str(c): pa.array(
                    f[c].map(str, na_action="ignore") if f[c].dtype == object else f[c],
                    from_pandas=True,
                )
                for c in f
            }
        )
        for name, f in loaded.items()
    }


def open_excel(path: Path, limits: Limits, address: str) -> FrameSource:
    """An Excel file: every sheet with rows is a table.

    Raises:
        SourceFormatError: It is no Excel file.
        EmptySourceError: No sheet has a row.
    """
    import pandas as pd

    with _reading(path, "an Excel file"):
        sheets = pd.read_excel(path, sheet_name=None)
        loaded = {str(name): sheet for name, sheet in sheets.items() if len(sheet)}
        tables = _tables(loaded)
    code = (
        f"loaded = pd.read_excel({str(path)!r}, sheet_name=None)\n"
        "loaded = {str(name): sheet for name, sheet in loaded.items() if len(sheet)}\n"
    )
    return _from_tables(path, tables, code, limits, address)


def open_encoded_csv(
    path: Path, encoding: str, delimiter: str, limits: Limits, address: str
) -> FrameSource:
    """A CSV file in an encoding that DuckDB does not read.

    Raises:
        SourceFormatError: It does not parse.
        EmptySourceError: It has no row.
    """
    import pandas as pd

    name = table_name(path.stem)
    with _reading(path, "a CSV file"):
        tables = _tables({name: pd.read_csv(path, sep=delimiter, encoding=encoding)})
    code = (
        f"loaded = {{{name!r}: pd.read_csv({str(path)!r}, sep={delimiter!r}, "
        f"encoding={encoding!r})}}\n"
    )
    return _from_tables(path, tables, code, limits, address)


@contextmanager
def _reading(path: Path, what: str) -> Iterator[None]:
    """openpyxl and pandas raise many types for a damaged file: one of ours for all of them."""
    try:
        yield
    except Exception as error:
        raise SourceFormatError(
            f"The file {str(path)!r} is not {what} that can be read: {error}.",
            hint="Check the ending of its name, or export it again.",
        ) from error


def _from_tables(
    path: Path, tables: Mapping[str, pa.Table], code: str, limits: Limits, address: str
) -> FrameSource:
    if not tables:
        raise EmptySourceError(
            f"The file {str(path)!r} has no rows.", hint="Give a file with rows."
        )
    return FrameSource(tables, limits, address, code + _TO_ARROW, {str(path): path})
