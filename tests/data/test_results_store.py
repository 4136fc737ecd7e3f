"""Results in the state, rows in the store."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from multivis.data import open_source
from multivis.data.artifacts import FileArtifactStore
from multivis.data.results import query_result, read_rows
from multivis.errors import MultiVisError, OutputError
from multivis.protocols import Rows
from multivis.settings import Limits


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    store = FileArtifactStore(tmp_path / "store")
    one, two = store.put(b"abc", "text/plain", "a"), store.put(b"abc", "text/plain", "a")
    assert one == two
    assert store.get(one) == b"abc"
    assert store.path(one).read_bytes() == b"abc"
    assert len([p for p in (tmp_path / "store").rglob("*") if p.is_file()]) == 1


def test_damaged_bytes_are_told_and_mended_by_keeping_them_again(tmp_path: Path) -> None:
    store = FileArtifactStore(tmp_path)
    reference = store.put(b"abcdef", "text/plain")
    path = store.path(reference)
    path.chmod(0o644)
    path.write_bytes(b"abcdeX")
    with pytest.raises(MultiVisError, match="damaged"):
        store.get(reference)
    path.write_bytes(b"abc")
    with pytest.raises(MultiVisError, match="damaged"):
        store.path(reference)
    assert store.get(store.put(b"abcdef", "text/plain")) == b"abcdef"


def test_gone_bytes_are_told(tmp_path: Path) -> None:
    store = FileArtifactStore(tmp_path)
    reference = store.put(b"abc", "text/plain")
    store.path(reference).unlink()
    with pytest.raises(MultiVisError, match="gone"):
        store.get(reference)
    with pytest.raises(MultiVisError, match="gone"):
        store.path(reference)


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        FileArtifactStore(tmp_path / "file" / "store")


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path: Path) -> None:
    store = FileArtifactStore(tmp_path)
    content = bytes(range(256)) * 4_000
    threads = [threading.Thread(target=store.put, args=(content, "x/y")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].read_bytes() == content


def test_a_result_describes_its_columns_and_keeps_its_rows(shop: Path, tmp_path: Path) -> None:
    source, store = open_source(shop), FileArtifactStore(tmp_path / "store")
    rows = source.execute("SELECT name, joined, score, customer_id FROM customer ORDER BY name")
    result = query_result(rows, source, store, handoff="name is for x")
    assert [(c.name, c.type, c.kind, c.nulls, c.distinct) for c in result.columns] == [
        ("name", "string", "nominal", 0, 4),
        ("joined", "string", "temporal", 0, 4),
        ("score", "double", "quantitative", 1, 3),
        ("customer_id", "int64", "nominal", 0, 4),
    ]
    assert (result.columns[2].minimum, result.columns[2].maximum) == (1.5, 4.0)
    assert result.row_count == 4
    assert result.handoff == "name is for x"
    assert result.preview[0] == {
        "name": "Ana", "joined": "2020-01-05", "score": 1.5, "customer_id": 1,
    }  # fmt: skip
    assert read_rows(result.rows, store).equals(rows.table)
    json.dumps(result.model_dump(mode="json"), allow_nan=False)


def test_a_preview_is_short_and_plain(tmp_path: Path, shop: Path) -> None:
    source, store = open_source(shop), FileArtifactStore(tmp_path / "store")
    table = pa.table({"v": [float("nan"), float("inf"), 1.0] * 20, "t": ["x" * 9_000] * 60})
    result = query_result(
        Rows(table, "SELECT 1", False, 0.0), source, store, Limits(preview_rows=7)
    )
    assert len(result.preview) == 7
    assert [row["v"] for row in result.preview[:3]] == [None, None, 1.0]
    assert len(result.preview[0]["t"]) == 300
    json.dumps(result.model_dump(mode="json"), allow_nan=False)


def test_a_large_result_has_exact_extremes_and_estimated_counts(tmp_path: Path, shop: Path) -> None:
    source, store = open_source(shop), FileArtifactStore(tmp_path / "store")
    table = pa.table({"i": list(range(300_000)), "g": [i % 7 for i in range(300_000)]})
    result = query_result(Rows(table, "SELECT 1", False, 0.0), source, store)
    assert (result.columns[0].minimum, result.columns[0].maximum) == (0, 299_999)
    assert result.columns[0].distinct == 300_000
    assert result.columns[1].distinct == 7


def test_numeric_text_in_a_result_is_not_a_quantity(tmp_path: Path, shop: Path) -> None:
    source, store = open_source(shop), FileArtifactStore(tmp_path / "store")
    rows = source.execute("SELECT CAST(amount AS TEXT) AS a FROM orders")
    assert query_result(rows, source, store).columns[0].kind == "nominal"


def test_a_result_of_no_rows_and_of_nulls_has_a_record(tmp_path: Path, shop: Path) -> None:
    source, store = open_source(shop), FileArtifactStore(tmp_path / "store")
    for sql in ("SELECT name FROM country WHERE 1 = 0", "SELECT NULL AS n FROM country"):
        result = query_result(source.execute(sql), source, store)
        assert result.columns[0].distinct == 0
        assert read_rows(result.rows, store).num_rows == result.row_count


def test_bytes_that_are_no_arrow_file_are_told(tmp_path: Path) -> None:
    store = FileArtifactStore(tmp_path)
    with pytest.raises(MultiVisError, match="not an Arrow file"):
        read_rows(store.put(b"hello", "text/plain"), store)
