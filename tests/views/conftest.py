"""Figures and sessions that the tests of the views share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from multivis.views import ViewSession, ViewStore


@pytest.fixture
def store() -> Iterator[ViewStore]:
    with ViewStore() as opened:
        yield opened


@pytest.fixture
def views(store: ViewStore) -> ViewSession:
    return store.session("test")


@pytest.fixture
def as_json():
    """A Plotly figure or an Altair chart as its specification."""

    def convert(figure: Any) -> dict[str, Any]:
        return json.loads(figure.to_json())

    return convert


@pytest.fixture
def two_lines(views: ViewSession) -> int:
    """Plot of two lines, `rise` and `fall`, that cross at x = 1.5."""
    spec = {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "rise",
                "x": [0, 1, 2, 3],
                "y": [1, 2, 3, 4],
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "fall",
                "x": [0, 1, 2, 3],
                "y": [4, 3, 2, 1],
            },
        ],
        "layout": {"title": {"text": "Two lines"}},
    }
    return int(views.add_figure(spec)["plot_id"])
