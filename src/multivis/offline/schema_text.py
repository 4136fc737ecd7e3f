"""Reading the schema text of a brief back into a `Schema`.

The format is the one that `multivis.data.describe` writes; lines that are not understood are
passed over, so that a cut text still gives what it holds.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, cast

from multivis.protocols import ForeignKey, Schema, SourceColumn, Table

__all__ = ["is_cut", "read_schema"]

_NAME = r'("(?:[^"\\]|\\.)*")'
_TABLE = re.compile(rf"^TABLE {_NAME}(?: \((about )?([\d,_]+)? ?rows?.*\))?")
_COLUMN = re.compile(rf"^  {_NAME}\s*(.*)$")
_KEY = re.compile(
    rf"^FOREIGN KEY {_NAME}\.{_NAME} -> {_NAME}\.{_NAME}(?: \((declared|inferred)(?: ([\d.]+))?\))?"
)
_CUT = re.compile(r"^… \d+ more table", re.MULTILINE)
_KINDS = ("quantitative", "temporal", "nominal", "ordinal")

Kind = Literal["quantitative", "temporal", "nominal", "ordinal"]


def is_cut(text: str) -> bool:
    """Whether the text says that tables were left out."""
    return bool(_CUT.search(text))


def _value(text: str) -> Any:
    """A value as it was written: JSON, or the bare text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _column(name: str, rest: str) -> SourceColumn:
    facts: dict[str, Any] = {"kind": "nominal", "primary_key": False}
    body, _, values = rest.partition(", values ")
    samples: list[Any] = []
    decoder = json.JSONDecoder()
    position = 0
    while position < len(values):
        try:
            value, position = decoder.raw_decode(values, position)
        except ValueError:
            break
        samples.append(value)
        position += len(", ") if values.startswith(", ", position) else len(values)
    parts = body.split(", ")
    declared: list[str] = []
    while parts and parts[0] not in _KINDS:
        declared.append(parts.pop(0))
    for part in parts:
        if part in _KINDS:
            facts["kind"] = part
        elif part == "primary key":
            facts["primary_key"] = True
        elif found := re.fullmatch(r"(?:about )?([\d,_]+)\+? (distinct|nulls?)", part):
            number = int(re.sub(r"\D", "", found.group(1)))
            facts["distinct" if found.group(2) == "distinct" else "nulls"] = number
        elif " .. " in part:
            low, high = part.split(" .. ", 1)
            facts["minimum"], facts["maximum"] = _value(low), _value(high)
    return SourceColumn(
        name=name,
        type=", ".join(declared),
        kind=cast(Kind, facts["kind"]),
        primary_key=facts["primary_key"],
        distinct=facts.get("distinct"),
        nulls=facts.get("nulls"),
        minimum=facts.get("minimum"),
        maximum=facts.get("maximum"),
        samples=tuple(samples),
    )


def read_schema(text: str, dialect: str = "sqlite") -> Schema:
    """Tables, columns, keys and profiles that the text describes.

    Args:
        text: The section ``schema`` of a brief.
        dialect: sqlglot's name of the dialect; it is not part of the text.
    """
    tables: list[tuple[str, int | None, bool, list[SourceColumn]]] = []
    keys: list[ForeignKey] = []
    for line in text.splitlines():
        if found := _TABLE.match(line):
            count = found.group(3)
            rows = int(re.sub(r"\D", "", count)) if count else None
            tables.append((str(_value(found.group(1))), rows, bool(found.group(2)), []))
        elif found := _KEY.match(line):
            names = [str(_value(found.group(index))) for index in range(1, 5)]
            inferred = found.group(5) == "inferred"
            confidence = float(found.group(6)) if found.group(6) else 1.0
            keys.append(ForeignKey(*names, inferred=inferred, confidence=confidence))
        elif tables and (found := _COLUMN.match(line)):
            tables[-1][3].append(_column(str(_value(found.group(1))), found.group(2)))
    return Schema(
        dialect=dialect,
        tables=tuple(
            Table(name, tuple(columns), row_count=rows, estimated=estimated)
            for name, rows, estimated, columns in tables
        ),
        foreign_keys=tuple(keys),
    )
