"""From rows to the record that travels in the state, and back to the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multivis.data.introspect import family_of
from multivis.data.profile import judge_kind, plain, profile_array
from multivis.errors import MultiVisError
from multivis.protocols import ArtifactStore, Rows, Schema, Source
from multivis.settings import Limits
from multivis.state import ArtifactReference, Column, QueryResult

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ARROW_MEDIA_TYPE", "query_result", "read_rows"]

ARROW_MEDIA_TYPE = "application/vnd.apache.arrow.file"
_EXACT_ROWS = 100_000
_LONGEST_TEXT = 300  # characters of one value in the preview and the samples


def query_result(
    rows: Rows,
    source: Source,
    store: ArtifactStore,
    limits: Limits | None = None,
    handoff: str = "",
) -> QueryResult:
    """Keep the rows in the store and describe them.

    Args:
        rows: What a source returned.
        source: That source (for the dialect and for what its schema says of the columns).
        store: Where the Arrow file is kept.
        limits: `preview_rows`.
        handoff: What the database agent wants the visualization agent to know.
    """
    bounds = limits or Limits()
    table = rows.table
    reference = store.put(_to_bytes(table), ARROW_MEDIA_TYPE, "rows.arrow")
    schema = source.schema()
    columns = tuple(
        _describe(name, column, schema)
        for name, column in zip(table.column_names, table.columns, strict=True)
    )
    head = table.slice(0, bounds.preview_rows).to_pylist()
    return QueryResult(
        sql=rows.sql,
        dialect=source.dialect,
        columns=columns,
        row_count=table.num_rows,
        truncated=rows.truncated,
        preview=tuple({name: _short(value) for name, value in row.items()} for row in head),
        rows=reference,
        seconds=rows.seconds,
        handoff=handoff,
    )


def read_rows(reference: ArtifactReference, store: ArtifactStore) -> pa.Table:
    """The rows behind a reference.

    Raises:
        MultiVisError: The file is gone, damaged or no Arrow file.
    """
    import pyarrow as pa

    content = store.get(reference)
    try:
        with pa.ipc.open_file(pa.BufferReader(content)) as reader:
            return reader.read_all()
    except pa.ArrowInvalid as error:
        raise MultiVisError(
            f"The artefact {reference.name or reference.sha256[:12]!r} is not an Arrow file.",
            hint="Run the question again.",
        ) from error


def _to_bytes(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _describe(name: str, column: pa.ChunkedArray, schema: Schema) -> Column:
    """One column with its profile; large results are profiled on evenly spaced rows."""
    import pyarrow.compute as pc

    count = len(column)
    sampled = column
    if count > _EXACT_ROWS:
        step = -(-count // _EXACT_ROWS)
        sampled = column.take(list(range(0, count, step)))
    profile = profile_array(sampled, samples=5)
    low, high, distinct = profile.minimum, profile.maximum, profile.distinct
    if sampled is not column and column.null_count < count:
        extremes = pc.min_max(column)
        low, high = plain(extremes["min"].as_py()), plain(extremes["max"].as_py())
        distinct = _estimated_distinct(profile.distinct, profile.count - profile.nulls, count)
    family = family_of(column.type)
    kind = judge_kind(name, family, profile, key=_is_key(name, schema))
    if family == "text" and kind == "quantitative":
        kind = "nominal"  # the rows hold text; a chart must not treat it as numbers
    return Column(
        name=name,
        type=str(column.type),
        kind=kind,
        nulls=column.null_count,
        distinct=distinct,
        minimum=_short(low),
        maximum=_short(high),
        samples=tuple(_short(value) for value in profile.samples),
    )


def _estimated_distinct(seen: int, sampled: int, count: int) -> int:
    """Distinct values of a whole column from a sample: nearly all new ones scale with it."""
    if sampled and seen > 0.9 * sampled:
        return round(seen * count / sampled)
    return seen


def _is_key(name: str, schema: Schema) -> bool:
    """Whether every column of that name in the source is a key or refers to one."""
    referring = {(key.table, key.column) for key in schema.foreign_keys}
    found = [
        column.primary_key or (table.name, column.name) in referring
        for table in schema.tables
        for column in table.columns
        if column.name == name
    ]
    return bool(found) and all(found)


def _short(value: Any) -> Any:
    """A JSON value; long texts are cut."""
    value = plain(value)
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[: _LONGEST_TEXT - 1] + "…"
    return value
