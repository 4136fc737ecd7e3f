"""Plotly's typed arrays, dates and numbers, as the views read them."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from multivis.errors import SourceFormatError
from multivis.views.arrays import (
    as_date,
    as_list,
    date_text,
    dates,
    decode_array,
    decode_tree,
    encode_array,
    looks_like_dates,
    numbers,
    plain,
)

TYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"]


@settings(deadline=None)
@given(
    st.sampled_from(TYPES).flatmap(
        lambda code: npst.arrays(np.dtype(code), npst.array_shapes(max_dims=3, max_side=6))
    )
)
def test_a_typed_array_comes_back_with_its_type_and_shape(array):
    back = decode_array(json.loads(json.dumps(encode_array(array))))
    assert back.dtype == array.dtype and back.shape == array.shape
    assert back.tobytes() == array.tobytes()


@settings(deadline=None)
@given(npst.arrays(np.float64, st.integers(1, 30)))
def test_plotly_itself_writes_what_is_read(array):
    import plotly.graph_objects as go

    written = json.loads(go.Figure(go.Scatter(y=array)).to_json())["data"][0]["y"]
    back = decode_array(written) if isinstance(written, dict) else np.array(written, dtype=float)
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"dtype": "f8", "bdata": "not base64!"}, "cannot be decoded"),
        ({"dtype": "f8", "bdata": "AAAA"}, "cannot be decoded"),
        ({"dtype": "complex", "bdata": ""}, "unknown type 'complex'"),
        ({"dtype": "f4", "bdata": "AAAAAA==", "shape": "2, 2"}, "cannot be decoded"),
    ],
)
def test_a_broken_typed_array_is_named(value, says):
    with pytest.raises(SourceFormatError, match=says):
        decode_array(value)


def test_typed_arrays_deep_in_a_figure_become_lists():
    grid = np.array([[1.5, np.nan], [3.0, 4.0]])
    tree = {"data": [{"z": encode_array(grid), "marker": {"size": encode_array(grid[0])}}]}
    assert decode_tree(tree) == {
        "data": [{"z": [[1.5, None], [3.0, 4.0]], "marker": {"size": [1.5, None]}}]
    }


@settings(deadline=None)
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))
def test_a_date_is_the_same_after_text_and_back(moment):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    found = as_date(moment)
    assert datetime(1970, 1, 1) + timedelta(milliseconds=found) == moment
    assert as_date(date_text(found)) == found
    assert dates([moment.isoformat()])[0] == found


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ("1970-01-02", 86_400_000.0),
        ("1970-02", 31 * 86_400_000.0),
        ("1970-01-01 01:30", 5_400_000.0),
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01T02:00:00+02:00", 0.0),
        (date(1970, 1, 2), 86_400_000.0),
        (datetime(1970, 1, 1, tzinfo=UTC), 0.0),
        (12.5, 12.5),
    ],
)
def test_every_form_of_a_date_is_read(value, milliseconds):
    assert as_date(value) == milliseconds
    assert dates([value])[0] == milliseconds


@pytest.mark.parametrize("value", [None, "soon", True, "2020-13-45"])
def test_what_is_no_date_is_not_a_number(value):
    assert math.isnan(as_date(value))


def test_words_and_numbers_are_no_dates():
    assert looks_like_dates(["2020-01-01", None, "2020-02-01T10:00"])
    assert not looks_like_dates(["2020-01-01", "tea"])
    assert not looks_like_dates([2020, 2021])
    assert not looks_like_dates([None])


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(allow_nan=False), st.integers(-(10**9), 10**9)), min_size=1))
def test_numbers_as_text_are_the_same_numbers(values):
    expected = np.array([float(v) for v in values])
    np.testing.assert_array_equal(numbers(values), expected)
    np.testing.assert_array_equal(numbers([repr(v) for v in values]), expected)


def test_what_is_no_number_is_missing():
    assert [math.isnan(v) for v in numbers([None, "tea", True, 1])] == [True, True, True, False]


def test_values_become_json():
    given_ = {"a": np.float64(1.5), "b": np.array([1, 2]), "c": float("nan"), "d": date(2020, 1, 2)}
    assert json.dumps(plain(given_)) == '{"a": 1.5, "b": [1, 2], "c": null, "d": "2020-01-02"}'
    assert as_list({"0": "a", "1": "b"}) == ["a", "b"] and as_list(None) == []
