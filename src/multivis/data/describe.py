"""The schema as text for a brief, and back: what a model, a person and a program all read.

Names and values are JSON strings, so that no name can break the format. When the text is too
long, the least important goes first: samples, then profiles of columns, then the columns of
the tables that come last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from multivis.protocols import ForeignKey, Schema, SourceColumn, Table

__all__ = ["describe_schema", "describe_table", "parse_schema", "samples_shown"]

_BARE = r"[A-Za-z_][A-Za-z0-9_ ]*(?:\([0-9, ]*\))?[A-Za-z0-9_ \[\]]*"
_KINDS = ("quantitative", "temporal", "nominal", "ordinal")
_SAMPLE_CHARACTERS = 60
_LEVELS = (10, 5, 3, 1, 0)  # samples a column, from rich to poor; then no profile at all


def describe_schema(schema: Schema, max_chars: int) -> str:
    """Write a schema as text of at most `max_chars` characters.

    Args:
        schema: What to describe.
        max_chars: Size of the text; at least 200 are used.

    Returns:
        Lines as `parse_schema` reads them. Tables that did not fit are counted on the last line.
    """
    size = max(max_chars, 200)
    keys = [_key_line(key) for key in schema.foreign_keys]
    text = _whole(schema, keys, size)[0]
    return text if text else _what_fits(schema, keys, size)


def samples_shown(schema: Schema, max_chars: int) -> int:
    """How many values of a column `describe_schema` shows in `max_chars` characters."""
    keys = [_key_line(key) for key in schema.foreign_keys]
    return max(0, _whole(schema, keys, max(max_chars, 200))[1])


def _whole(schema: Schema, keys: Sequence[str], size: int) -> tuple[str, int]:
    """All tables with as many samples as fit, and how many; no text if even names do not."""
    for level in (*_LEVELS, -1):
        lines = [describe_table(table, samples=level) for table in schema.tables]
        text = "\n".join([*lines, *keys])
        if len(text) <= size:
            return text, level
    return "", 0


def describe_table(table: Table, *, samples: int = 10) -> str:
    """One table as text.

    Args:
        table: What to describe.
        samples: Values shown a column; 0 shows counts and ranges only, -1 only the type.
    """
    head = f"TABLE {_quoted(table.name)}"
    if table.row_count is not None:
        head += f" ({'about ' if table.estimated else ''}{table.row_count} rows)"
    return "\n".join([head, *(_column_line(column, samples) for column in table.columns)])


def _what_fits(schema: Schema, keys: Sequence[str], size: int) -> str:
    """As many tables as fit with bare columns, then names, then a count of the rest."""
    room = size - 90  # for the closing line
    parts: list[str] = []
    used = 0
    shown: set[str] = set()
    pending = list(schema.tables)
    # Most of the room goes to columns; the rest to the names of the other tables.
    for table in schema.tables:
        text = _table_in(table, int(room * 0.6) - used - 1)
        if not text:
            break
        parts.append(text)
        used += len(text) + 1
        shown.add(table.name)
        pending.pop(0)
    for key, line in zip(schema.foreign_keys, keys, strict=True):
        if {key.table, key.to_table} <= shown and used + len(line) + 1 <= room * 0.75:
            parts.append(line)
            used += len(line) + 1
    while pending:
        line = describe_table(replace(pending[0], columns=()))
        if used + len(line) + 1 > room:
            break
        parts.append(line)
        used += len(line) + 1
        pending.pop(0)
    if pending:
        parts.append(f"… {len(pending)} more tables: use find_fields or list_tables")
    return "\n".join(parts)[:size]


def _table_in(table: Table, room: int) -> str:
    """A table with bare columns, or with those of its columns that fit; empty if few do."""
    text = describe_table(table, samples=-1)
    if len(text) <= room:
        return text
    lines = text.split("\n")
    left = room - len(lines[0]) - 60
    kept = 0
    for line in lines[1:]:
        left -= len(line) + 1
        if left < 0:
            break
        kept += 1
    if kept < min(10, len(table.columns)):
        return ""
    rest = len(table.columns) - kept
    return "\n".join([*lines[: kept + 1], f"  … {rest} more columns: use get_table"])


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _column_line(column: SourceColumn, samples: int) -> str:
    declared = column.type if _bare(column.type) else _quoted(column.type)
    parts = [f"  {_quoted(column.name)} {declared}", column.kind]
    if column.primary_key:
        parts.append("primary key")
    if samples >= 0:
        if column.distinct is not None:
            parts.append(f"{'' if column.exact else 'about '}{column.distinct} distinct")
        if column.nulls:
            parts.append(f"{column.nulls} nulls")
        is_text = isinstance(column.minimum, str) and column.kind != "temporal"
        if column.minimum is not None and not is_text:
            parts.append(f"{_value(column.minimum)} .. {_value(column.maximum)}")
    if samples > 0 and _worth_showing(column):
        values = [_value(value) for value in column.samples[:samples]]
        if values:
            more = column.distinct is None or column.distinct > len(values)
            parts.append("values " + ", ".join(values) + (", …" if more else ""))
    return ", ".join(parts)


def _bare(declared: str) -> bool:
    """Whether a declared type can stand without quotes."""
    return declared == declared.strip() and bool(re.fullmatch(_BARE, declared))


def _worth_showing(column: SourceColumn) -> bool:
    """Samples help for texts; for numbers only when there are few."""
    if any(isinstance(value, str) for value in column.samples):
        return not (column.kind == "temporal" and (column.distinct or 0) > 50)
    return column.distinct is not None and column.distinct <= 12


def _value(value: Any) -> str:
    if isinstance(value, str) and len(value) > _SAMPLE_CHARACTERS:
        value = value[: _SAMPLE_CHARACTERS - 1] + "…"
    return json.dumps(value, ensure_ascii=False)


def _key_line(key: ForeignKey) -> str:
    how = f"inferred {key.confidence:.2f}" if key.inferred else "declared"
    return (
        f"FOREIGN KEY {_quoted(key.table)}.{_quoted(key.column)} -> "
        f"{_quoted(key.to_table)}.{_quoted(key.to_column)} ({how})"
    )


# ── reading it back ─────────────────────────────────────────────────────────────────────────

_STRING = r'"(?:[^"\\]|\\.)*"'
_TABLE = re.compile(rf"TABLE ({_STRING})(?: \((about )?(\d+) rows\))?$")
_COLUMN = re.compile(rf"  ({_STRING}) ({_STRING}|{_BARE}), ({'|'.join(_KINDS)})(?:, (.*))?$")
_KEY = re.compile(
    rf"FOREIGN KEY ({_STRING})\.({_STRING}) -> ({_STRING})\.({_STRING}) "
    r"\((declared|inferred ([0-9.]+))\)$"
)
_RANGE = re.compile(rf"({_STRING}|-?[\w.+-]+) \.\. ({_STRING}|-?[\w.+-]+)")


def parse_schema(text: str, dialect: str = "") -> Schema:
    """Read the text of `describe_schema` back.

    Args:
        text: The description; lines of other kinds are skipped.
        dialect: The dialect to note in the schema (the text does not hold it).
    """
    tables: list[Table] = []
    columns: list[SourceColumn] = []
    keys: list[ForeignKey] = []
    for line in text.split("\n"):
        if match := _TABLE.match(line):
            _close(tables, columns)
            count = int(match[3]) if match[3] else None
            tables.append(Table(json.loads(match[1]), (), count, bool(match[2])))
        elif tables and (match := _COLUMN.match(line)):
            columns.append(_parse_column(match))
        elif match := _KEY.match(line):
            own, column, other, to = (json.loads(match[i]) for i in range(1, 5))
            inferred = match[6] is not None
            keys.append(
                ForeignKey(own, column, other, to, inferred, float(match[6]) if inferred else 1.0)
            )
    _close(tables, columns)
    return Schema(dialect, tuple(tables), tuple(keys))


def _close(tables: list[Table], columns: list[SourceColumn]) -> None:
    """Give the columns read so far to the last table."""
    if tables:
        tables[-1] = replace(tables[-1], columns=tuple(columns))
    columns.clear()


def _parse_column(match: re.Match[str]) -> SourceColumn:
    declared = match[2]
    if declared.startswith('"'):
        declared = json.loads(declared)
    facts: dict[str, Any] = {"exact": True}
    rest = match[4] or ""
    head, values = _split_values(rest)
    if values:
        facts["samples"] = tuple(_parse_values(values))
    for part in _split_outside_strings(head):
        if part == "primary key":
            facts["primary_key"] = True
        elif found := re.fullmatch(r"(about )?(\d+) distinct", part):
            facts["distinct"] = int(found[2])
            facts["exact"] = not found[1]
        elif found := re.fullmatch(r"(\d+) nulls", part):
            facts["nulls"] = int(found[1])
        elif found := _RANGE.fullmatch(part):
            facts["minimum"], facts["maximum"] = json.loads(found[1]), json.loads(found[2])
    if "distinct" in facts:
        facts.setdefault("nulls", 0)
    else:
        facts["exact"] = False
    name: str = json.loads(match[1])
    return SourceColumn(name, declared, match[3], **facts)  # type: ignore[arg-type]


def _split_values(rest: str) -> tuple[str, str]:
    """The facts before ``values`` and the values after it."""
    for found in re.finditer(rf"{_STRING}|(?:^|(?<=, ))values ", rest):
        if found[0] == "values ":
            return rest[: found.start()].removesuffix(", "), rest[found.end() :]
    return rest, ""


def _split_outside_strings(text: str) -> list[str]:
    """Split at commas that are not inside a JSON string."""
    return [part.strip() for part in re.findall(rf"(?:{_STRING}|[^,\"])+", text)]


def _parse_values(text: str) -> list[Any]:
    found = re.findall(rf"{_STRING}|true|false|null|-?\d[\d.eE+-]*", text)
    return [json.loads(item) for item in found]
