"""What makes two sources the same to the memory: their tables, columns and keys; their data."""

from __future__ import annotations

import hashlib
import json

from multivis.protocols import Schema

__all__ = ["data_fingerprint", "schema_fingerprint"]


def schema_fingerprint(schema: Schema) -> str:
    """A fingerprint of a schema, 64 hexadecimal digits.

    It covers dialect, tables, columns with their types, primary keys and declared foreign keys;
    not the rows, profiles or inferred keys, which change from day to day. The order in which
    tables and columns are listed does not matter.

    Args:
        schema: The schema of a source.
    """
    content = {
        "dialect": schema.dialect,
        "tables": sorted(
            [
                table.name,
                sorted([c.name, c.type.upper(), c.primary_key] for c in table.columns),
            ]
            for table in schema.tables
        ),
        "keys": sorted(
            [key.table, key.column, key.to_table, key.to_column]
            for key in schema.foreign_keys
            if not key.inferred
        ),
    }
    return _digest(content)


def data_fingerprint(schema: Schema) -> str:
    """A fingerprint of the rows as the profiles show them, 64 hexadecimal digits.

    It covers, for each table, the number of rows, and for each column distinct values, nulls,
    range and samples: what a source knows without reading everything anew. Rows that change
    none of that leave the fingerprint as it is.

    Args:
        schema: The schema of a source, with profiles.
    """
    return _digest(
        sorted(
            [
                table.name,
                table.row_count,
                sorted(
                    [c.name, c.distinct, c.nulls, str(c.minimum), str(c.maximum), str(c.samples)]
                    for c in table.columns
                ),
            ]
            for table in schema.tables
        )
    )


def _digest(content: object) -> str:
    """SHA-256 of JSON values."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
