"""Parquet files: a few row groups are sampled; ranges come from the statistics in the footers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multivis.data.frames import normalise
from multivis.data.introspect import TableFacts
from multivis.data.profile import plain
from multivis.data.sources.duck import DuckSampler, DuckSource

__all__ = ["ParquetSampler"]

_GROUPS = 10  # row groups of a file that are sampled
_FOOTER_SECONDS = 1.0  # for the footers of all files of a pattern


class ParquetSampler(DuckSampler):
    """Samples Parquet files by their row groups: a few are read, the others skipped."""

    def __init__(self, source: DuckSource, paths: Sequence[Path]) -> None:
        super().__init__(source)
        self.paths = paths

    def sample(
        self, table: TableFacts, count: int | None, seconds: float
    ) -> tuple[Any, bool] | None:
        """(Arrow table, whether it holds every row), or None when there was no time."""
        if count is None or count <= self.rows or len(self.paths) > 1:
            return super().sample(table, count, seconds)
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.paths[0]) as file:
            rows = pa.Table.from_batches(self._batches(file, seconds), file.schema_arrow)
        wanted = [column.name for column in table.columns]
        if rows.column_names != wanted:
            return super().sample(table, count, seconds)
        return normalise(rows).table, False

    def _batches(self, file: Any, seconds: float) -> list[Any]:
        """The first rows of evenly spaced row groups, and of the last."""
        groups = file.metadata.num_row_groups
        chosen = sorted({round(i * (groups - 1) / max(_GROUPS - 1, 1)) for i in range(_GROUPS)})
        size = max(self.rows // len(chosen), 1)
        until = time.monotonic() + seconds
        batches: list[Any] = []
        for group in chosen:
            if batches and time.monotonic() > until:
                break
            batches.append(next(file.iter_batches(batch_size=size, row_groups=[group])))
        return batches

    def extremes(self, table: TableFacts) -> Mapping[str, tuple[Any, Any]]:
        """Ranges over all rows of numbers, dates and times, from the files' own statistics.

        A column is left out when a row group does not tell its range, or when the statistics
        of very many files or columns take too long.
        """
        import pyarrow.parquet as pq

        until = time.monotonic() + _FOOTER_SECONDS
        wanted = {column.name for column in table.columns}
        ranges: dict[str, list[tuple[Any, Any]]] = {}
        types: dict[str, set[Any]] = {}
        for path in self.paths:
            with pq.ParquetFile(path) as file:
                schema, metadata = file.schema_arrow, file.metadata
            for position in range(metadata.num_columns):
                name = str(metadata.schema.column(position).path)
                if name not in wanted or name not in schema.names:
                    continue
                if time.monotonic() > until:
                    wanted.discard(name)
                    continue
                kind = schema.field(name).type
                values = _group_ranges(metadata, position) if _is_ordered(kind) else None
                if values is None:
                    wanted.discard(name)
                    continue
                ranges.setdefault(name, []).extend(values)
                types.setdefault(name, set()).add(kind)
        found = {}
        for name in wanted & ranges.keys():
            if ranges[name] and len(types[name]) == 1:
                pair = _range_of(ranges[name], next(iter(types[name])))
                if pair is not None:
                    found[name] = pair
        return found


def _group_ranges(metadata: Any, position: int) -> list[tuple[Any, Any]] | None:
    """(smallest, largest) of one column in each row group; None where a group does not tell."""
    ranges: list[tuple[Any, Any]] = []
    for group in range(metadata.num_row_groups):
        chunk = metadata.row_group(group).column(position)
        statistics = chunk.statistics
        if statistics is not None and statistics.null_count == chunk.num_values:
            continue  # nothing but nulls
        if statistics is None or not statistics.has_min_max:
            return None
        try:
            pair = (statistics.min, statistics.max)
        except (ValueError, OverflowError):  # a moment that Python cannot hold
            return None
        if any(value != value for value in pair):  # not a number
            return None
        ranges.append(pair)
    return ranges


def _range_of(ranges: Sequence[tuple[Any, Any]], kind: Any) -> tuple[Any, Any] | None:
    """The range of all groups, as a profile has it; None if the values are not of the type."""
    import pyarrow as pa

    ends = [min(pair[0] for pair in ranges), max(pair[1] for pair in ranges)]
    try:
        array = pa.chunked_array([pa.array(ends, type=kind)])
    except pa.ArrowException:
        return None
    low, high = normalise(pa.table({"range": array})).table.column(0).to_pylist()
    return plain(low), plain(high)


def _is_ordered(kind: Any) -> bool:
    """Whether the ends of a range of this Arrow type are exact: numbers, dates and times."""
    import pyarrow as pa

    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
    )
