"""Specifications from generated code lose addresses and scripts, and say so."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.clean import (
    clean_figure,
    clean_specification,
    is_safe_address,
    is_safe_picture,
)


def unit(**more: Any) -> dict[str, Any]:
    return {
        "data": {"values": [{"a": 1, "url": "data:image/png;base64,AA"}]},
        "mark": "point",
        "encoding": {"x": {"field": "a", "type": "quantitative"}},
        **more,
    }


def test_a_harmless_specification_stays_as_it_is() -> None:
    spec = unit(title="see https://example.org", datasets={"d": [{"href": "javascript:1"}]})
    assert clean_specification(spec) == (spec, ())


@pytest.mark.parametrize(
    "url", ["https://example.org/x.csv", "file:///etc/passwd", "data.csv", "//example.org/x"]
)
def test_data_by_address_becomes_no_rows(url: str) -> None:
    cleaned, problems = clean_specification(unit(data={"url": url, "format": {"type": "csv"}}))
    assert cleaned["data"] == {"values": []}
    assert url in problems[0]


def test_data_by_address_is_found_in_layers_and_lookups() -> None:
    lookup = {"lookup": "a", "from": {"data": {"url": "x.json"}, "key": "a", "fields": ["b"]}}
    spec = {"layer": [unit(transform=[lookup]), {"hconcat": [unit(data={"url": "y.json"})]}]}
    cleaned, problems = clean_specification(spec)
    assert len(problems) == 2
    assert "x.json" not in json.dumps(cleaned)
    assert "y.json" not in json.dumps(cleaned)


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " java\nscript:alert(1)",
        "\u0001javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:x",
    ],
)
def test_a_link_that_runs_something_is_left_out(href: str) -> None:
    assert not is_safe_address(href)
    for place in (
        unit(mark={"type": "point", "href": href}),
        unit(encoding={"href": {"value": href}}),
        unit(encoding={"href": {"condition": {"test": "true", "value": href}, "value": "#"}}),
        unit(encoding={"href": {"datum": href}}),
    ):
        cleaned, problems = clean_specification(place)
        assert href not in json.dumps(cleaned, ensure_ascii=False)
        assert len(problems) == 1


def test_a_link_to_the_web_stays() -> None:
    spec = unit(mark={"type": "point", "href": "https://example.org"})
    assert clean_specification(spec) == (spec, ())


def test_links_in_rows_are_judged_row_by_row() -> None:
    spec = unit(
        data={"name": "d"},
        datasets={"d": [{"a": 1, "l": "https://example.org"}, {"a": 2, "l": "javascript:x"}]},
        encoding={"href": {"field": "l", "type": "nominal"}},
    )
    cleaned, problems = clean_specification(spec)
    assert [row["l"] for row in cleaned["datasets"]["d"]] == ["https://example.org", None]
    assert len(problems) == 1


def test_a_computed_link_is_left_out() -> None:
    spec = unit(
        transform=[{"calculate": "'java' + 'script:alert(1)'", "as": "l"}],
        encoding={"href": {"field": "l"}},
    )
    cleaned, problems = clean_specification(spec)
    assert "href" not in cleaned["encoding"]
    assert problems
    signal = clean_specification(
        unit(mark={"type": "point", "href": {"expr": "'java' + 'script:'"}})
    )
    assert "href" not in signal[0]["mark"]


@pytest.mark.parametrize(
    ("expression", "stays"),
    [
        ("'https://example.org/search?q=' + datum.name", True),
        ("'https://example.org/' + datum['a b'] + '/x'", True),
        ('"http://example.org/a"', True),
        ("(('https://example.org/?q=' + datum.name) + '(x)')", True),
        ("('java' + 'script:' + 'https://example.org/')", False),
        ("replace('https://example.org/', /.*/, datum.x)", False),
        ("'https://example.org' + datum.name", False),
        ("datum.name + 'https://example.org/'", False),
        ("'https://example.org/' == '' ? 'x' : 'javascript:alert(1)'", False),
        ("'https://example.org/' && 'javascript:alert(1)'", False),
        ("'java' + 'script:alert(1)'", False),
        ("'https://example.org/' + (datum.a = 1)", False),
    ],
)
def test_a_link_put_together_from_a_written_out_web_address_stays(
    expression: str, stays: bool
) -> None:
    spec = unit(transform=[{"calculate": expression, "as": "l"}], encoding={"href": {"field": "l"}})
    cleaned, problems = clean_specification(spec)
    assert ("href" in cleaned["encoding"]) is stays
    assert bool(problems) is not stays
    picture = {**spec, "encoding": {"url": {"field": "l"}}}
    assert "url" not in clean_specification(picture)[0]["encoding"]


def test_pictures_from_addresses_are_blanked_and_pictures_in_the_data_stay() -> None:
    rows = [{"u": "https://example.org/a.png"}, {"u": "data:image/png;base64,AA"}]
    spec = unit(data={"values": rows}, mark="image", encoding={"url": {"field": "u"}})
    cleaned, problems = clean_specification(spec)
    assert [row["u"] for row in cleaned["data"]["values"]] == [None, "data:image/png;base64,AA"]
    assert problems
    assert not is_safe_picture("data:image/svg+xml,<svg onload=x>")
    assert "url" not in clean_specification(unit(mark={"type": "image", "url": "a.png"}))[0]["mark"]


def test_options_of_the_page_are_left_out_and_other_metadata_stays() -> None:
    spec = unit(usermeta={"embedOptions": {"editorUrl": "javascript:1"}, "mine": 1})
    cleaned, problems = clean_specification(spec)
    assert cleaned["usermeta"] == {"mine": 1}
    assert problems


@pytest.mark.parametrize(
    "sequence", [{"start": 0, "stop": 1e9}, {"stop": 1, "step": 0}, {"stop": "x"}]
)
def test_an_endless_sequence_is_left_out(sequence: dict[str, Any]) -> None:
    cleaned, problems = clean_specification(unit(data={"sequence": sequence}))
    assert cleaned["data"] == {"values": []}
    assert problems


def test_a_sequence_of_reasonable_length_stays() -> None:
    spec = unit(data={"sequence": {"start": 0, "stop": 12.7, "step": 0.1, "as": "x"}})
    assert clean_specification(spec) == (spec, ())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "url", "href", "values", "field", "mark", "as", "sequence", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["data", "encoding", "layer", "mark", "x"]), json_values))
@settings(deadline=None, max_examples=200)
def test_cleaning_ends_changes_nothing_given_and_is_done_once(spec: dict[str, Any]) -> None:
    before = copy.deepcopy(spec)
    cleaned, _ = clean_specification(spec)
    assert spec == before
    assert clean_specification(cleaned) == (cleaned, ())


def test_a_figure_loses_pictures_from_addresses() -> None:
    figure = {
        "data": [
            {"type": "image", "source": "https://example.org/a.png"},
            {"type": "bar", "y": [1]},
        ],
        "layout": {"images": [{"source": "https://example.org/b.png"}], "title": {"text": "t"}},
    }
    cleaned, problems = clean_figure(figure)
    assert cleaned["data"] == [{"type": "bar", "y": [1]}]
    assert cleaned["layout"] == {"images": [], "title": {"text": "t"}}
    assert len(problems) == 2
    assert clean_figure(cleaned) == (cleaned, ())
