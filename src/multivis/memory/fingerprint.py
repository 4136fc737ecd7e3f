"""What makes two sources the same to the memory: their tables, columns and declared keys."""

from __future__ import annotations

import hashlib
import json

from multivis.protocols import Schema

__all__ = ["schema_fingerprint"]


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
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
