"""What is kept and found again: validated charts by schema and versions, documents by words."""

from __future__ import annotations

from multivis.memory.documents import DocumentIndex
from multivis.memory.fingerprint import data_fingerprint, schema_fingerprint
from multivis.memory.sqlite import NoMemory, SqliteMemory

__all__ = [
    "DocumentIndex",
    "NoMemory",
    "SqliteMemory",
    "data_fingerprint",
    "schema_fingerprint",
]
