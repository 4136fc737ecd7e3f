"""Validated charts, kept and found again: by schema and versions first, by words second."""

from __future__ import annotations

from multivis.memory.fingerprint import data_fingerprint, schema_fingerprint
from multivis.memory.sqlite import NoMemory, SqliteMemory

__all__ = ["NoMemory", "SqliteMemory", "data_fingerprint", "schema_fingerprint"]
