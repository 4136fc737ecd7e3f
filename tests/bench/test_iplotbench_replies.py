"""What a model wrote: a digit and a figure are found in it, or nothing is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.bench.iplotbench.conversation import read_digit, read_figure

FIGURE = {"data": [{"type": "pie", "labels": ["Red", "Blue"], "values": [1, 3]}], "layout": {}}
WRITTEN = json.dumps(FIGURE)


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("1", 1),
        (" 0\n", 0),
        ("Answer: 1.", 1),
        ("**0**", 0),
        ("1 and 0", None),
        ("10", None),
        ("0.5", None),
        ("yes", None),
        ("", None),
        ("1.\n1", 1),
    ],
)
def test_a_digit_is_found_when_it_is_the_only_one(text: str, digit: int | None):
    assert read_digit(text) == digit


@given(st.text(max_size=60))
def test_any_reply_is_read_without_an_error(text: str):
    assert read_digit(text) in (0, 1, None)
    assert read_figure(text) is None


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"```json\n{WRITTEN}\n```",
        f"Here it is:\n```\n{WRITTEN}\n```\nDone.",
        f"The figure {{nearly}} is {WRITTEN} and that is all.",
    ],
)
def test_a_figure_is_found_among_words(text: str):
    assert read_figure(text) == FIGURE


@pytest.mark.parametrize("text", ['{"data": []}', '{"a": 1}', "[1]", "{" * 500, "null"])
def test_what_is_no_figure_is_not_found(text: str):
    assert read_figure(text) is None
