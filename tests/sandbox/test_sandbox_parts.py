"""The parts of the sandbox one by one: wire, folders, capture, the description of figures."""

from __future__ import annotations

import ast
import datetime
import decimal
import io
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.sandbox.capture import assigned_names
from multivis.sandbox.folders import JobFolder, remove_tree
from multivis.sandbox.results import frame_limit, read_run
from multivis.sandbox.wire import (
    ResultTooLarge,
    WireError,
    clean_json,
    decode,
    dump_json,
    encode,
    load_json,
)
from multivis.settings import Limits

# ── wire ────────────────────────────────────────────────────────────────────────────────────


@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=50), max_size=4))
def test_a_frame_gives_back_what_was_packed(parts: dict[str, bytes]) -> None:
    header, found = decode(encode({"library": "altair"}, parts), header_bytes=10_000)
    assert header["library"] == "altair"
    assert found == parts


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=300)
def test_no_bytes_break_the_reading_of_a_result(noise: bytes, framed: bool) -> None:
    if framed:
        noise = b"MVR1" + len(noise).to_bytes(4, "big") + noise
    run = read_run(noise, {"exit": 0, "reason": "", "peak": 1}, {}, "x", Limits(), 0.1)
    assert not run.ok
    assert run.spec is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["library", "error", "stdout", "parts", "x"]), _JSON))
@settings(max_examples=300)
def test_no_header_breaks_the_reading_of_a_result(header: dict[str, Any]) -> None:
    text = json.dumps(clean_json(header)).encode()
    frame = b"MVR1" + len(text).to_bytes(4, "big") + text
    run = read_run(frame, {"exit": 0}, {}, "x", Limits(), 0.1)
    assert not run.ok


def test_an_error_in_a_result_keeps_only_what_fits() -> None:
    error = {"kind": "execution", "message": "m" * 9_000, "line": 7, "source_line": "forged"}
    run = read_run(encode({"error": error}, {}), {}, {}, "a\nb", Limits(), 0.1)
    assert run.error is not None
    assert len(run.error.message) == 2_000
    assert (run.error.line, run.error.source_line) == (None, None)
    error["line"] = 2
    run = read_run(encode({"error": error}, {}), {}, {}, "a\nb", Limits(), 0.1)
    assert run.error is not None
    assert (run.error.line, run.error.source_line) == (2, "b")


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        ({"exit": -9, "peak": 10}, "memory"),
        ({"exit": -11, "peak": 10}, "execution"),
        ({"exit": -6, "peak": 1_900_000_000}, "memory"),
        ({"exit": -24, "peak": 10}, "timeout"),
        ({"exit": -25, "peak": 10}, "output"),
        ({"exit": 3, "peak": 10}, "execution"),
        ({"exit": -9, "reason": "timeout"}, "timeout"),
        ({"exit": -9, "reason": "threads"}, "refused"),
        ({"exit": -9, "reason": "disk"}, "output"),
        ({"exit": -9, "reason": "cancelled"}, "worker"),
    ],
)
def test_a_process_that_ended_without_a_result_is_explained(end: dict[str, Any], kind: str) -> None:
    run = read_run(b"", end, {}, "x", Limits(), 0.1)
    assert run.error is not None
    assert run.error.kind == kind


def test_a_frame_over_its_limit_is_an_output_error() -> None:
    run = read_run(None, {"exit": -9, "reason": "cancelled"}, {}, "x", Limits(), 0.1)
    assert run.error is not None
    assert run.error.kind == "output"
    assert frame_limit(Limits(spec_bytes=1)) < frame_limit(Limits(spec_bytes=10))


@pytest.mark.parametrize("text", [b"[1]", b'{"a": NaN}', b'{"a": Infinity}', b"\xff", b"{" * 9999])
def test_what_is_not_a_strict_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(WireError):
        load_json(text)


def test_json_that_nests_too_deeply_is_refused() -> None:
    deep = b'{"a":' + b"[" * 300 + b"]" * 300 + b"}"
    with pytest.raises(WireError, match="nested too deeply"):
        load_json(deep)


def test_values_of_data_libraries_become_plain_json() -> None:
    value = {
        "nan": math.nan,
        "infinite": [math.inf, -math.inf],
        "numpy": [np.int64(1), np.float32(0.5), np.bool_(True), np.float64("nan")],
        "array": np.array([1.0, np.nan]),
        "time": pd.Timestamp("2020-01-02 03:04"),
        "no time": pd.NaT,
        "missing": pd.NA,
        "date": datetime.date(2020, 1, 2),
        "decimal": decimal.Decimal("1.5"),
        "set": {"b", "a"},
        "bytes": b"x",
        "series": pd.Series([1, 2]),
        3: "a number as key",
    }
    assert json.loads(dump_json(value, maximum=10_000, what="value")) == {
        "nan": None,
        "infinite": [None, None],
        "numpy": [1, 0.5, True, None],
        "array": [1.0, None],
        "time": "2020-01-02T03:04:00",
        "no time": None,
        "missing": None,
        "date": "2020-01-02",
        "decimal": 1.5,
        "set": ["a", "b"],
        "bytes": "x",
        "series": [1, 2],
        "3": "a number as key",
    }


def test_typed_arrays_are_written_out() -> None:
    value = {"z": {"dtype": "i2", "bdata": "AQACAAMABAA=", "shape": "2, 2"}}
    assert json.loads(dump_json(value, maximum=1_000, what="figure")) == {"z": [[1, 2], [3, 4]]}


@given(_JSON)
def test_cleaning_gives_strict_json(value: Any) -> None:
    json.dumps(clean_json(value), allow_nan=False)


def test_json_over_its_limit_is_refused() -> None:
    with pytest.raises(ResultTooLarge, match="at most 10 are allowed"):
        dump_json("x" * 20, maximum=10, what="value")


# ── folders ─────────────────────────────────────────────────────────────────────────────────


def test_a_very_deep_folder_is_removed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    here = os.open(root, os.O_RDONLY)
    for _ in range(2_500):
        os.mkdir("d" * 20, dir_fd=here)
        below = os.open("d" * 20, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    remove_tree(root)
    assert not root.exists()


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    root = tmp_path / "root"
    (root / "closed" / "deep").mkdir(parents=True)
    (root / "link").symlink_to(kept)
    (root / "closed" / "deep" / "loop").symlink_to(root)
    (root / "closed").chmod(0)
    remove_tree(root)
    assert not root.exists()
    assert (kept / "file").read_text() == "x"


def test_removing_what_is_not_there_is_allowed(tmp_path: Path) -> None:
    remove_tree(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


def test_only_small_regular_files_come_back(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path, {"in.txt": b"input"})
    (folder.work / "small.txt").write_bytes(b"s")
    (folder.work / "sub").mkdir()
    (folder.work / "sub" / "b.txt").write_bytes(b"b")
    with (folder.work / "large.bin").open("wb") as file:
        file.truncate(6_000_000)
    os.mkfifo(folder.work / "pipe")
    (folder.work / "link").symlink_to("/etc/hostname")
    assert folder.files() == {"small.txt": b"s", "sub/b.txt": b"b"}
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_at_most_thirty_two_files_come_back(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path, {})
    for number in range(50):
        (folder.work / f"{number:02}.txt").write_bytes(b"x")
    assert len(folder.files()) == 32


# ── capture ─────────────────────────────────────────────────────────────────────────────────


def test_names_come_in_the_order_of_their_last_assignment() -> None:
    code = (
        "a = 1\nb = 2\nfor c in []:\n    d = 1\na = 3\n"
        "def f():\n    hidden = 1\n"
        "class K:\n    hidden2 = 1\n"
        "with open('x') as e:\n    g: int = 1\nif (h := 1): i, (j, *k) = 1, (2, 3)\n"
    )
    names = assigned_names(ast.parse(code))
    assert names.index("a") > names.index("b")
    assert set(names) == {"a", "b", "c", "d", "e", "g", "h", "i", "j", "k"}


# ── figures ─────────────────────────────────────────────────────────────────────────────────


def _described(draw: str) -> dict[str, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    from multivis.sandbox.matplotlib_figure import describe_figure, watch_boxes

    watch_boxes()
    figure, axes = plt.subplots()
    try:
        exec(draw, {"ax": axes, "fig": figure, "np": np, "plt": plt})
        figure.savefig(io.BytesIO(), format="png")
        found = describe_figure(figure)
    finally:
        plt.close(figure)
    json.dumps(found, allow_nan=False)
    return found


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        ("ax.bar(['a', 'b'], [1, 2])", {"type": "bars", "count": 2, "height": [1.0, 2.0]}),
        ("ax.barh(['a', 'b'], [1, 2])", {"orientation": "horizontal", "width": [1.0, 2.0]}),
        ("ax.hist([1, 1, 2], bins=2)", {"type": "bars", "height": [2.0, 1.0]}),
        ("ax.plot([1, 2], [3, float('nan')], label='k')", {"type": "line", "y": [3.0, None]}),
        ("ax.plot([1, 2], [3, 4], 'o')", {"type": "points", "x": [1.0, 2.0]}),
        ("ax.plot(['a', 'b'], [3, 4])", {"type": "line", "x": ["a", "b"]}),
        ("ax.scatter([1, 2], [3, 4], label='s')", {"type": "points", "label": "s", "count": 2}),
        ("ax.pie([1, 3], labels=['a', 'b'])", {"type": "pie", "shares": [0.25, 0.75]}),
        ("ax.imshow([[1, 2], [3, 4]])", {"type": "image", "shape": [2, 2]}),
        ("ax.pcolormesh(np.ones((2, 3)))", {"type": "image", "count": 6}),
        ("ax.fill_between([1, 2], [3, 4])", {"type": "area", "count": 1}),
        ("ax.errorbar([1, 2], [3, 4], yerr=1)", {"type": "errorbar", "y": [3.0, 4.0]}),
        ("ax.stem([1, 2], [3, 4])", {"type": "stem", "count": 2}),
        ("ax.text(1, 2, 'hello')", {"type": "text", "text": "hello", "x": 1.0}),
        ("ax.axvspan(1, 2)", {"type": "other", "shape": "Rectangle"}),
        ("ax.boxplot([[1, 2, 3], [4, 4, 4]])", {"type": "box", "count": 2, "median": [2.0, 4.0]}),
        ("ax.boxplot([1, 2, 3], patch_artist=True)", {"type": "box", "upper": [2.5]}),
        ("ax.plot(np.arange('2020-01', '2020-03', dtype='M8[M]'), [1, 2])", {"type": "line"}),
    ],
)
def test_an_artist_is_described(draw: str, expected: dict[str, Any]) -> None:
    (axes,) = _described(draw)["axes"]
    first = axes["artists"][0]
    assert {name: first[name] for name in expected} == expected


def test_axes_say_titles_scales_ticks_and_legend() -> None:
    found = _described(
        "fig.suptitle('all'); ax.set_title('t'); ax.set_xlabel('x'); ax.set_ylabel('y')\n"
        "ax.plot([1, 2], [1, 100], label='k'); ax.set_yscale('log'); ax.legend(title='kind')"
    )
    (axes,) = found["axes"]
    assert found["title"] == "all"
    assert (axes["title"], axes["xlabel"], axes["ylabel"]) == ("t", "x", "y")
    assert (axes["xscale"], axes["yscale"]) == ("linear", "log")
    assert (axes["legend"], axes["legend_title"]) == (["k"], "kind")
    assert len(axes["xticklabels"]) > 2


def test_the_data_of_an_artist_is_cut_at_its_limit() -> None:
    (axes,) = _described("ax.plot(range(5000))")["axes"]
    (line,) = axes["artists"]
    assert line["count"] == 5_000
    assert len(line["x"]) == 2_000
