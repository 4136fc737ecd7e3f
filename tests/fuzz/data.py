"""Databases, frames and files from the descriptions that `strategies` makes."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import enum
import fractions
import io
import json
import math
import random
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["NotBuiltError", "asked", "make_database", "make_file", "make_frame", "quoted"]


class NotBuiltError(Exception):
    """The engine itself refuses such a thing: no input for multivis."""


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def asked(question: Any, table: str, columns: list[str]) -> str:
    """The question, with names of the data put into a template."""
    if isinstance(question, str):
        return question
    template, way = question
    names = [way.format(columns[index % len(columns)]) for index in range(3)]
    text: str = template.replace("{t}", way.format(table))
    for letter, name in zip("abc", names, strict=True):
        text = text.replace("{" + letter + "}", name)
    return text


# ── databases ───────────────────────────────────────────────────────────────────────────────


def make_database(made: Mapping[str, Any], path: Path) -> Path:
    """Write a database.

    Raises:
        NotBuiltError: The engine takes no such table.
    """
    path.unlink(missing_ok=True)
    if made["engine"] == "sqlite":
        _make_sqlite(made, path)
    else:
        _make_duckdb(made, path)
    return path


def _columns(table: Mapping[str, Any]) -> str:
    named = [
        f"{quoted(name)} {'' if kind == 'ANYTHING' else kind}" for name, kind in table["columns"]
    ]
    taken = {name.lower() for name, _ in table["columns"]}
    more = [f"more{index}" for index in range(table["more"]) if f"more{index}" not in taken]
    return ", ".join([*named, *(f"{name} INTEGER" for name in more)])


def _make_sqlite(made: Mapping[str, Any], path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        for table in made["tables"]:
            name = quoted(table["name"])
            connection.execute(f"CREATE TABLE {name} ({_columns(table)})")
            if table["rows"]:
                marks = ", ".join("?" * len(table["columns"]))
                listed = ", ".join(quoted(column) for column, _ in table["columns"])
                connection.executemany(
                    f"INSERT INTO {name} ({listed}) VALUES ({marks})", table["rows"]
                )
        for statement in made["extras"]:
            with contextlib.suppress(sqlite3.Error):
                connection.execute(statement)
        connection.commit()
    except (sqlite3.Error, OverflowError, ValueError) as error:
        raise NotBuiltError(str(error)) from error
    finally:
        connection.close()


def _make_duckdb(made: Mapping[str, Any], path: Path) -> None:
    import duckdb

    connection = duckdb.connect(str(path))
    try:
        for table in made["tables"]:
            name = quoted(table["name"])
            connection.execute(f"CREATE TABLE {name} ({_columns(table)})")
            marks = ", ".join("?" * len(table["columns"]))
            listed = ", ".join(quoted(column) for column, _ in table["columns"])
            for row in table["rows"]:
                with contextlib.suppress(duckdb.Error):
                    connection.execute(f"INSERT INTO {name} ({listed}) VALUES ({marks})", row)
        for statement in made["extras"]:
            with contextlib.suppress(duckdb.Error):
                connection.execute(statement)
    except (duckdb.Error, UnicodeEncodeError) as error:
        raise NotBuiltError(str(error)) from error
    finally:
        connection.close()


# ── frames ──────────────────────────────────────────────────────────────────────────────────


class _Thing:
    """An object that no table knows."""

    def __repr__(self) -> str:
        return "<thing>"


class _Colour(enum.Enum):
    RED = 1
    BLUE = 2


def make_frame(made: Mapping[str, Any]) -> Any:
    """A frame, or a mapping of names to frames.

    Raises:
        NotBuiltError: pandas, Polars or Arrow itself takes no such column.
    """
    import pandas as pd

    dice = random.Random(made["seed"])
    count = made["rows"]
    columns = [_values(kind, count, dice) for _, kind in made["columns"]]
    names = [_name(name) for name, _ in made["columns"]]
    try:
        frame = pd.concat([pd.Series(values).reset_index(drop=True) for values in columns], axis=1)
        frame.columns = pd.Index(names, dtype=object, tupleize_cols=made["index"] == "multi")
        frame = _indexed(frame, made["index"])
        return _as(frame, made["as"])
    except BaseException as error:  # Polars panics outside Exception
        raise NotBuiltError(str(error)) from error


def _name(name: Any) -> Any:
    if name == "timestamp:2020-01-01":
        return datetime.datetime(2020, 1, 1)
    if name == "class:x":
        return _Thing()
    return tuple(name) if isinstance(name, list) else name


def _indexed(frame: Any, kind: str) -> Any:
    import pandas as pd

    count = len(frame)
    if kind == "multi":
        frame.index = pd.MultiIndex.from_arrays(
            [[f"g{i % 2}" for i in range(count)], list(range(count))], names=["group", None]
        )
    elif kind == "named":
        frame.index = pd.Index([f"n{i}" for i in range(count)], name=str(frame.columns[0]))
    elif kind == "dates":
        frame.index = pd.date_range("2020-01-01", periods=count, name="when")
    elif kind == "twice":
        frame.index = pd.Index([0] * count)
    elif kind == "text":
        frame.index = pd.Index([chr(97 + i) for i in range(count)])
    return frame


def _as(frame: Any, kind: str) -> Any:
    if kind == "mapping":
        return {"first one": frame, "second": frame.head(2)}
    if kind == "pandas":
        return frame
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    if kind == "arrow":
        return table
    import polars as pl

    if any(pa.types.is_decimal256(field.type) for field in table.schema):
        raise NotBuiltError("Polars has no decimals of more than 38 digits, and panics.")
    return pl.from_arrow(table)


def _values(kind: str, count: int, dice: random.Random) -> Any:
    import numpy as np
    import pandas as pd

    def pick(*some: Any) -> list[Any]:
        return [dice.choice(some) for _ in range(count)]

    days = pd.date_range("2020-01-01", periods=max(count, 1))[:count]
    makers: dict[str, Any] = {
        "int": lambda: [dice.randint(-9, 99) for _ in range(count)],
        "bool": lambda: pick(True, False),
        "float": lambda: pick(1.5, -0.0, 2.25, float("nan"), 1e300),
        "text": lambda: pick("a", "b", "c", "d e"),
        "date": lambda: days,
        "mixed": lambda: pick(1, "a", None, 2.5, b"x", datetime.date(2020, 1, 1), [1], {"a": 1}),
        "category": lambda: pd.Categorical(pick("x", "y", None)),
        "category_int": lambda: pd.Categorical(pick(1, 2, 3)),
        "ordered": lambda: pd.Categorical(pick("lo", "hi"), ["lo", "hi"], ordered=True),
        "period": lambda: pd.period_range("2020-01", periods=count, freq="M"),
        "interval": lambda: pd.interval_range(0, max(count, 1))[:count],
        "timedelta": lambda: pd.to_timedelta([f"{i} days 3 hours" for i in range(count)]),
        "timezone": lambda: days.tz_localize("Asia/Kolkata"),
        "sparse": lambda: pd.arrays.SparseArray(pick(0, 0, 1)),
        "Int64": lambda: pd.array(pick(1, 2, None), dtype="Int64"),
        "boolean": lambda: pd.array(pick(True, False, None), dtype="boolean"),
        "string": lambda: pd.array(pick("a", None), dtype="string"),
        "nested_list": lambda: pick([1, 2], [], None),
        "nested_dict": lambda: pick({"a": 1}, {"b": [1]}, {}, None),
        "objects": lambda: pick(_Thing(), _Colour.RED, Path("x"), range(3), int),
        "huge_int": lambda: pick(2**70, -(2**90), 1),
        "decimal": lambda: pick(
            decimal.Decimal("1.10"), decimal.Decimal("NaN"), decimal.Decimal(10) ** 40
        ),
        "bytes": lambda: pick(b"a", b"\xff\x00", None),
        "complex": lambda: pick(1 + 2j, 0j),
        "old_dates": lambda: pick(datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None),
        "python_dates": lambda: pick(datetime.datetime(2020, 1, 1), datetime.datetime(1600, 1, 1)),
        "all_null": lambda: [None] * count,
        "inf": lambda: pick(math.inf, -math.inf, 1.0),
        "uint64": lambda: np.array(pick(2**64 - 1, 0), dtype="uint64"),
        "float16": lambda: np.array(pick(1.5, 65504), dtype="float16"),
        "arrow": lambda: pd.array(pick(1, None), dtype="int32[pyarrow]"),
        "long_text": lambda: pick("x" * 20_000, "y" * 10_000),
        "sets": lambda: pick({1, 2}, frozenset({"a"})),
        "numpy_arrays": lambda: pick(np.zeros(3), np.zeros((2, 2)), None),
        "empty_text": lambda: pick("", " ", None),
        "times": lambda: pick(datetime.time(12, 30), None),
        "mixed_numbers": lambda: pick(1, 2.5, True, decimal.Decimal("3.1"), 2**65),
        "fractions": lambda: pick(fractions.Fraction(1, 3), 1),
        "nat": lambda: pd.to_datetime(pick("2020-01-01", None)),
    }
    try:
        return makers[kind]()
    except Exception as error:
        raise NotBuiltError(str(error)) from error


# ── files ───────────────────────────────────────────────────────────────────────────────────


def make_file(made: Mapping[str, Any], folder: Path) -> Path:
    """Write a data file."""
    content = _content(made["content"], folder)
    damage = made["damage"]
    if damage is not None and content:
        kind, share = damage
        at = min(int(share * len(content)), len(content) - 1)
        if kind == "cut":
            content = content[:at]
        elif kind == "double":
            content = content + content[at:]
        else:
            content = content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
    path = folder / f"some data{made['ending']}"
    path.write_bytes(content)
    return path


def _content(made: Mapping[str, Any], folder: Path) -> bytes:
    kind = made["kind"]
    if kind == "csv":
        lines = [made["header"], *made["rows"]] if made["header"] else made["rows"]
        text = made["newline"].join(made["delimiter"].join(line) for line in lines)
        return str(text).encode(made["encoding"], "replace")
    if kind == "json":
        return json.dumps(made["value"]).encode()
    if kind == "ndjson":
        return "\n".join(json.dumps(value) for value in made["values"]).encode()
    if kind == "bytes":
        return bytes(made["value"])
    if kind == "xlsx":
        return _excel(made)
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        target = io.BytesIO()
        pq.write_table(pa.table({"region": ["a", "b"], "amount": [1, 2]}), target)
        return target.getvalue()
    table = {
        "name": "sales", "columns": [["region", "TEXT"], ["amount", "INTEGER"]],
        "rows": [["a", 1], ["b", 2]], "more": 0,
    }  # fmt: skip
    path = folder / f"inner.{kind}"
    make_database({"engine": kind, "tables": [table], "extras": []}, path)
    return path.read_bytes()


def _excel(made: Mapping[str, Any]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = Workbook()
    book.remove(book.active)
    for name in made["sheets"]:
        sheet = book.create_sheet(name)
        for row in made["rows"]:
            with contextlib.suppress(IllegalCharacterError, ValueError):
                sheet.append([cell if not isinstance(cell, bytes) else cell.hex() for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
