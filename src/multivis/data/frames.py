"""Rows of every engine as Arrow tables that become the same pandas frame everywhere.

Two ways lead to a frame: the sandbox reads the Arrow file with `to_pandas`, an exported script
asks the source itself. So that both give the same dtypes, the Arrow table is normalised here
and every step that changes a value is also given as one line of pandas for the script
(`Conversion`).
"""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Conversion", "Loaded", "arrow_from_rows", "normalise", "to_pandas", "unique_names"]

_INT64 = 2**63


@dataclass(frozen=True)
class Conversion:
    """How one column was changed, as a pandas expression on ``{column}``.

    Attributes:
        column: Its final name.
        expression: For example ``"pd.to_datetime({column})"``.
        imports: Modules that the expression needs besides pandas.
        note: What the asker should know, or an empty string.
        rows: What the script does to its Arrow table ``rows`` before it becomes a frame, for
            values that pandas cannot take.
    """

    column: str
    expression: str
    imports: tuple[str, ...] = ()
    note: str = ""
    rows: str = ""

    def line(self, frame: str = "df") -> str:
        """The assignment for a script."""
        column = f"{frame}[{self.column!r}]"
        return f"{column} = " + self.expression.replace("{column}", column)


@dataclass(frozen=True)
class Loaded:
    """A normalised table and what was done to get it.

    Attributes:
        table: The rows.
        conversions: Value changes, for the script.
        renamed: The final column names when any had to change, else None.
        truncated: Whether more rows were there.
        row_count: Rows kept.
    """

    table: pa.Table
    conversions: tuple[Conversion, ...] = ()
    renamed: tuple[str, ...] | None = None
    truncated: bool = False
    row_count: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the asker should know about the changes."""
        notes = [conversion.note for conversion in self.conversions if conversion.note]
        if self.renamed is not None:
            notes.append(
                "Output columns with the same name were renamed: the columns are now "
                + ", ".join(repr(name) for name in self.renamed)
                + "."
            )
        return tuple(notes)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """The one way from an Arrow table to a pandas frame.

    Scripts and the sandbox do the same: ``table.to_pandas()``, with no options. Integers with
    nulls become ``float64``, booleans with nulls ``object``, timestamps ``datetime64``.
    """
    frame: pd.DataFrame = table.to_pandas()
    return frame


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Output names, duplicates and empty ones made unique: ``x, x`` → ``x, x_1``."""
    taken = set(names)
    seen: set[str] = set()
    result = []
    for position, name in enumerate(names):
        base = name or f"column_{position}"
        new, count = base, 0
        while new in seen or (new != name and new in taken):
            count += 1
            new = f"{base}_{count}"
        seen.add(new)
        result.append(new)
    return tuple(result)


# ── rows of Python values (SQLite, Postgres, MySQL) ─────────────────────────────────────────


def arrow_from_rows(
    names: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]], row_limit: int
) -> Loaded:
    """Turn rows of Python values into a table, batch by batch.

    Columns of one type become that type, integers with floats become floats. A column that
    mixes types becomes text, unless the texts are blank: then they become nulls.

    Args:
        names: Output names as the engine gives them.
        batches: Lists of rows.
        row_limit: Most rows kept; one more read row means that the result is truncated.
    """
    import pyarrow as pa

    final = unique_names(names)
    builders = [_ColumnBuilder(name) for name in final]
    count = 0
    truncated = False
    for batch in batches:
        rows = batch
        if count + len(rows) > row_limit:
            rows = rows[: row_limit - count]
            truncated = True
        count += len(rows)
        if rows:
            for builder, values in zip(builders, zip(*rows, strict=True), strict=True):
                builder.add(values)
        if truncated:
            break
    arrays, conversions = [], []
    for builder in builders:
        array, conversion = builder.finish()
        arrays.append(array)
        if conversion is not None:
            conversions.append(conversion)
    table = pa.Table.from_arrays(arrays, names=list(final))
    renamed = final if tuple(names) != final else None
    return Loaded(table, tuple(conversions), renamed, truncated, table.num_rows)


class _ColumnBuilder:
    """Collects the values of one column; keeps Arrow chunks where a batch has one plain type."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.types: set[type] = set()
        self.huge = False
        self.nulls = False
        self.chunks: list[Any] = []  # Arrow arrays, or tuples of Python values

    def add(self, values: Sequence[Any]) -> None:
        import pyarrow as pa

        types = set(map(type, values))
        if type(None) in types:
            self.nulls = True
            types.discard(type(None))
        self.types |= types
        if types <= {int} or types <= {float} or types <= {str}:
            try:
                arrow_type = (
                    pa.int64() if int in types else pa.float64() if float in types else None
                )
                if str in types:
                    arrow_type = pa.string()
                self.chunks.append(
                    pa.array(values, type=arrow_type or pa.null(), from_pandas=False)
                )
                return
            except (OverflowError, pa.ArrowInvalid):
                self.huge = True
            except UnicodeEncodeError:
                values = [_valid(value) for value in values]
        self.chunks.append(tuple(values))

    def values(self) -> Iterator[Any]:
        """Every value as Python sees it."""
        for chunk in self.chunks:
            if isinstance(chunk, tuple):
                yield from chunk
            else:
                yield from chunk.to_pylist()

    def finish(self) -> tuple[Any, Conversion | None]:
        """The column as a chunked array, and how it was changed."""
        import pyarrow as pa

        types = {_family(kind) for kind in self.types}
        if not types:
            return pa.chunked_array([pa.nulls(sum(map(len, self.chunks)))], type=pa.null()), None
        if types == {"int"} and not self.huge:
            return self._plain(pa.int64()), None
        if types <= {"int", "float"}:
            conversion = Conversion(self.name, '{column}.astype("float64")') if self.huge else None
            return self._plain(pa.float64()), conversion
        if types <= {"int", "float", "decimal"}:
            return self._converted(lambda value: float(value), pa.float64()), None
        if types == {"text"}:
            return self._plain(pa.string()), None
        if types == {"bool"}:
            return self._plain(pa.bool_()), None
        if types <= {"date", "datetime"}:
            return self._dates(types)
        if types == {"duration"}:
            return self._converted(_seconds, pa.float64()), Conversion(
                self.name,
                "pd.to_timedelta({column}).dt.total_seconds()",
                note=f"Column {self.name!r} holds durations; they are given in seconds.",
            )
        if types == {"bytes"}:
            return self._converted(lambda value: bytes(value).hex(), pa.string()), Conversion(
                self.name,
                "{column}.map(lambda value: bytes(value).hex(), na_action='ignore')",
                note=f"Column {self.name!r} holds binary values; they are shown in hexadecimal.",
            )
        if types == {"json"}:
            return self._converted(_json_text, pa.string()), Conversion(
                self.name,
                "{column}.map(lambda value: json.dumps(value, default=str), na_action='ignore')",
                ("json",),
            )
        if types <= {"int", "float", "text"} and self._texts_are_blank():
            return self._blank_as_null()
        return self._as_text(mixed=len(types) > 1)

    def _plain(self, arrow_type: pa.DataType) -> pa.ChunkedArray:
        import pyarrow as pa

        arrays = []
        for chunk in self.chunks:
            if isinstance(chunk, tuple):
                if pa.types.is_floating(arrow_type):
                    chunk = [None if value is None else float(value) for value in chunk]
                arrays.append(pa.array(chunk, type=arrow_type, from_pandas=False))
            else:
                arrays.append(chunk if chunk.type == arrow_type else _cast(chunk, arrow_type))
        return pa.chunked_array(arrays, type=arrow_type)

    def _converted(self, change: Any, arrow_type: pa.DataType) -> pa.ChunkedArray:
        import pyarrow as pa

        values = [None if value is None else change(value) for value in self.values()]
        return pa.chunked_array([pa.array(values, type=arrow_type, from_pandas=False)])

    def _dates(self, types: set[str]) -> tuple[Any, Conversion | None]:
        import pyarrow as pa

        zoned = any(
            getattr(value, "tzinfo", None) is not None
            for value in self.values()
            if value is not None
        )
        arrow_type = pa.timestamp("us", tz="UTC") if zoned else pa.timestamp("us")
        try:
            array = self._converted(lambda value: _moment(value, zoned), arrow_type)
        except (OverflowError, ValueError):
            return self._as_text(mixed=False)
        expression = '{column}.astype("datetime64[us]")'
        if zoned:
            expression = 'pd.to_datetime({column}, utc=True).astype("datetime64[us, UTC]")'
        return array, Conversion(self.name, expression)

    def _texts_are_blank(self) -> bool:
        return all(not value.strip() for value in self.values() if isinstance(value, str))

    def _blank_as_null(self) -> tuple[Any, Conversion]:
        import pyarrow as pa

        values = [None if isinstance(value, str) else value for value in self.values()]
        whole = not any(isinstance(value, float) for value in values) and not self.huge
        array = pa.array(
            values if whole else [None if v is None else float(v) for v in values],
            type=pa.int64() if whole else pa.float64(),
            from_pandas=False,
        )
        return pa.chunked_array([array]), Conversion(
            self.name,
            "{column}.map(lambda value: None if isinstance(value, str) else value)"
            '.astype("float64")',
            note=f"Blank texts among the numbers of column {self.name!r} were read as missing.",
        )

    def _as_text(self, *, mixed: bool) -> tuple[Any, Conversion]:
        import pyarrow as pa

        note = f"Column {self.name!r} mixes types; its values are shown as text." if mixed else ""
        return self._converted(_text, pa.string()), Conversion(
            self.name,
            "{column}.map(lambda value: value.hex() if isinstance(value, bytes) else str(value), "
            "na_action='ignore')",
            note=note,
        )


def _family(kind: type) -> str:
    """The family of a Python type that an engine returns."""
    if kind is bool:
        return "bool"
    for family, kinds in _FAMILIES:
        if issubclass(kind, kinds):
            return family
    return "other"


_FAMILIES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("int", (int,)),
    ("float", (float,)),
    ("decimal", (decimal.Decimal,)),
    ("text", (str,)),
    ("datetime", (datetime.datetime,)),
    ("date", (datetime.date,)),
    ("duration", (datetime.timedelta,)),
    ("bytes", (bytes, bytearray, memoryview)),
    ("json", (dict, list)),
)


def _cast(array: pa.Array, arrow_type: pa.DataType) -> pa.Array:
    return array.cast(arrow_type, safe=False)


def _valid(value: Any) -> Any:
    """A text that UTF-8 can hold: lone surrogates are replaced."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(_valid(str(value)))


def _json_text(value: Any) -> str:
    return json.dumps(value, default=str)


def _seconds(value: datetime.timedelta) -> float:
    return value.total_seconds()


def _moment(value: datetime.date, zoned: bool) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    zone = datetime.UTC if zoned else None
    return datetime.datetime(value.year, value.month, value.day, tzinfo=zone)


# ── Arrow tables (DuckDB) ───────────────────────────────────────────────────────────────────


def normalise(table: pa.Table, truncated: bool = False) -> Loaded:
    """Change types that pandas would hold as Python objects into plain ones.

    Decimals become integers (scale 0, if they fit) or floats, dates timestamps, intervals
    seconds, nested values JSON text, binary values hexadecimal text, categories text.
    """
    import pyarrow as pa

    names = tuple(str(name) for name in table.column_names)
    final = unique_names(names)
    arrays: list[Any] = []
    conversions: list[Conversion] = []
    for position, (name, given) in enumerate(zip(final, table.columns, strict=True)):
        column, left_out = _on_the_calendar(name, given, position)
        conversions.extend(left_out)
        array, conversion = _normal_column(name, column, position)
        arrays.append(array)
        if conversion is not None:
            conversions.append(conversion)
    result = pa.Table.from_arrays(arrays, names=list(final))
    renamed = final if names != final else None
    return Loaded(result, tuple(conversions), renamed, truncated, result.num_rows)


_DAY = 86_400
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def _on_the_calendar(
    name: str, column: pa.ChunkedArray, position: int
) -> tuple[Any, list[Conversion]]:
    """The column without moments that neither Python nor a chart's axis has.

    DuckDB knows ``infinity``, years before 1 and after 9999, and the time 24:00; Python's dates
    end at both, and pandas refuses whole columns for one of them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_date32(kind):
        unit, width, low, high = 1, "int32", -719_162, 2_932_897
    elif pa.types.is_timestamp(kind) or pa.types.is_date64(kind):
        unit = _DAY * _UNITS[getattr(kind, "unit", "ms")]
        width, low, high = "int64", -719_162, 2_932_897
    elif pa.types.is_time(kind):
        unit = _DAY * _UNITS[kind.unit]
        width, low, high = ("int32" if pa.types.is_time32(kind) else "int64"), 0, 1
    else:
        return column, []
    least, most = max(low * unit, -(2**63)), min(high * unit, 2**63 - 1)
    ends = pc.min_max(column.cast(width))
    if not ends["min"].is_valid or (
        least <= ends["min"].as_py() and (ends["max"].as_py() < most or most == 2**63 - 1)
    ):
        return column, []
    whole = column.cast(width)
    fits = pc.and_(pc.greater_equal(whole, least), pc.less(whole, most))
    kept = pc.if_else(fits, column, pa.scalar(None, kind))
    lost = kept.null_count - column.null_count
    script = (
        f"whole = rows.column({position}).cast({width!r})\n"
        f"fits = pc.and_(pc.greater_equal(whole, {least}), pc.less(whole, {most}))\n"
        f"rows = rows.set_column({position}, rows.column_names[{position}], "
        f"pc.if_else(fits, rows.column({position}), None))\n"
    )
    what = "times past 24:00" if pa.types.is_time(kind) else "dates outside the years 1 to 9999"
    note = f"{lost:,} values of column {name!r} are {what}; they were left out."
    return kept, [Conversion(name, "", ("pyarrow.compute as pc",), note, script)]


def _normal_column(
    name: str, column: pa.ChunkedArray, position: int
) -> tuple[Any, Conversion | None]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_decimal(kind):
        return _normal_decimal(name, column)
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("us")), Conversion(
            name, '{column}.astype("datetime64[us]")'
        )
    if pa.types.is_timestamp(kind) and kind.tz is not None and kind.tz != "UTC":
        return column.cast(pa.timestamp(kind.unit, tz="UTC")), Conversion(
            name, '{column}.dt.tz_convert("UTC")'
        )
    if pa.types.is_dictionary(kind):
        return column.cast(pa.string()), Conversion(name, '{column}.astype("str")')
    if pa.types.is_interval(kind) or pa.types.is_duration(kind):
        return _normal_interval(name, column)
    if pa.types.is_time(kind):
        values = [None if value is None else str(value) for value in column.to_pylist()]
        return _strings(values), Conversion(name, "{column}.map(str, na_action='ignore')")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        values = [None if value is None else value.hex() for value in column.to_pylist()]
        return _strings(values), Conversion(
            name,
            "{column}.map(bytes.hex, na_action='ignore')",
            note=f"Column {name!r} holds binary values; they are shown in hexadecimal.",
        )
    if pa.types.is_nested(kind):
        values = [
            None if value is None else json.dumps(value, default=str)
            for value in column.to_pylist()
        ]
        if pa.types.is_union(kind):  # pandas has no such column
            return _strings(values), Conversion(
                name,
                "",
                ("json", "pyarrow as pa"),
                rows=f"rows = rows.set_column({position}, rows.column_names[{position}], pa.array("
                "[None if value is None else json.dumps(value, default=str) "
                f"for value in rows.column({position}).to_pylist()], type=pa.string()))\n",
            )
        return _strings(values), Conversion(
            name,
            "pd.Series([None if value is None else json.dumps(value, default=str) "
            f"for value in rows.column({name!r}).to_pylist()], dtype='str')",
            ("json",),
        )
    return column, None


def _strings(values: Sequence[str | None]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array([pa.array(values, type=pa.string())])


def _normal_decimal(name: str, column: pa.ChunkedArray) -> tuple[Any, Conversion]:
    import pyarrow as pa

    if column.type.scale == 0:
        try:
            whole = column.cast(pa.int64())
        except pa.ArrowInvalid:
            whole = None
        if whole is not None:
            target = "float64" if column.null_count else "int64"
            return whole, Conversion(name, f'{{column}}.astype("{target}")')
    return column.cast(pa.float64()), Conversion(name, '{column}.astype("float64")')


def _normal_interval(name: str, column: pa.ChunkedArray) -> tuple[Any, Conversion]:
    import pyarrow as pa

    if pa.types.is_duration(column.type):
        seconds = [None if v is None else v.total_seconds() for v in column.to_pylist()]
        expression = "{column}.dt.total_seconds()"
    else:
        seconds = [
            None if v is None else (v.months * 30 + v.days) * 86400 + v.nanoseconds / 1e9
            for v in column.to_pylist()
        ]
        expression = (
            "{column}.map(lambda v: (v.months * 30 + v.days) * 86400 + v.nanoseconds / 1e9, "
            "na_action='ignore').astype('float64')"
        )
    array = pa.chunked_array([pa.array(seconds, type=pa.float64())])
    note = f"Column {name!r} holds durations; they are given in seconds."
    return array, Conversion(name, expression, note=note)
