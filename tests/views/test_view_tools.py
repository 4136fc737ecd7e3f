"""The tools as agents take them, and what a focused read costs."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pytest

from multivis.settings import Settings
from multivis.state import FailureKind
from multivis.views import OPERATIONS, ViewSession, ViewStore, langchain_view_tools, view_tools
from multivis.views.arrays import encode_array

SEVEN = [
    "show_plot",
    "get_plot_image",
    "get_plot_json",
    "relayout",
    "legendclick",
    "selected",
    "query_interactions",
]
CONTEXT = SimpleNamespace(dependencies=SimpleNamespace(settings=Settings()))


def test_the_seven_tools_have_the_papers_names_and_arguments():
    assert list(OPERATIONS)[:7] == SEVEN
    arguments = {name: OPERATIONS[name].arguments.model_fields for name in SEVEN}
    assert list(arguments["show_plot"]) == ["plotly_codes"]
    assert list(arguments["get_plot_image"]) == ["plot_id", "interaction_id"]
    assert {"plot_id", "x_min", "x_max", "y_min", "y_max"} <= set(arguments["relayout"])
    assert {"plot_id", "curve_number"} <= set(arguments["legendclick"])
    assert {"plot_id", "x_min", "x_max", "y_min", "y_max"} <= set(arguments["selected"])
    assert list(arguments["query_interactions"]) == ["plot_id", "event_type"]


def test_an_agents_tool_gives_an_outcome_or_a_failure(views: ViewSession, two_lines: int):
    tools = {t.name: t for t in view_tools(views.store, views)}
    assert list(tools) == list(OPERATIONS)
    for tool in tools.values():
        assert tool.definition()["function"]["parameters"]["type"] == "object"
    click = tools["legendclick"]
    good = click.run(click.arguments(plot_id=two_lines, curve_number=0), CONTEXT)
    assert good.failure is None and json.loads(good.text)["success"]
    bad = click.run(click.arguments(plot_id=two_lines, curve_number=5), CONTEXT)
    assert bad.failure.kind is FailureKind.PARAMETER and "0 (rise), 1 (fall)" in bad.text
    show = tools["show_plot"]
    failed = show.run(show.arguments(plotly_codes="1 / 0"), CONTEXT)
    assert failed.failure.kind is FailureKind.EXECUTION
    views.close()


def test_an_agent_reads_no_more_of_a_specification_than_it_may(views: ViewSession):
    plot = views.add_figure({"data": [{"y": list(range(5000)), "x": list(range(5000))}]})["plot_id"]
    (tool,) = view_tools(views.store, views, names=("get_plot_json",))
    made = tool.run(tool.arguments(plot_id=plot), CONTEXT)
    assert len(made.text) <= Settings().limits.observation_characters


def test_langchain_takes_the_tools_and_reads_errors_as_text(store: ViewStore, two_lines: int):
    tools = {t.name: t for t in langchain_view_tools(store, "test")}
    made = json.loads(tools["selected"].invoke({"plot_id": two_lines, "x_min": 2}))
    assert made["point_count"] == 4
    text = tools["legendclick"].invoke({"plot_id": two_lines, "curve_number": 9})
    assert "valid curve numbers are 0 (rise), 1 (fall)" in text
    assert "no plot 5" in tools["extremes"].invoke({"plot_id": 5})


@pytest.mark.parametrize("points", [10**3, 10**4, 10**5])
@pytest.mark.parametrize("typed", [False, True])
def test_a_focused_read_costs_at_most_two_percent(views: ViewSession, points: int, typed: bool):
    import numpy as np

    chance = random.Random(points)
    x = list(range(points))
    y = [round(chance.gauss(50, 20), 2) for _ in x]
    column = encode_array(np.array(y)) if typed else y
    trace = {"type": "scatter", "mode": "lines", "name": "load", "x": x, "y": column}
    layout = {"template": {"layout": {"colorway": ["#636efa"] * 100}}, "xaxis": {"title": "t"}}
    spec = {"data": [trace], "layout": layout}
    plot = views.add_figure(spec)["plot_id"]
    whole = len(json.dumps(spec))
    for share in (0.002, 0.1, 1.0):
        views.relayout(plot, x_min=points // 2, x_max=points // 2 + max(2, points * share))
        made = views.get_plot_json(plot, focus=True)
        assert len(json.dumps(made, ensure_ascii=False)) <= 0.02 * whole
        assert made["data"][0]["points"] >= 3 if "data" in made else made["points"] >= 3


def test_an_answer_says_when_not_all_points_in_focus_are_shown(views: ViewSession):
    plot = views.add_figure({"data": [{"x": list(range(9000)), "y": list(range(9000))}]})["plot_id"]
    views.relayout(plot, x_min=0, x_max=5000)
    made = views.get_plot_json(plot, focus=True)
    assert "zoom further" in made["hint"].lower() and made["data"][0]["points"] == 5001
    whole = views.get_plot_json(plot, focus=True, max_chars=500_000)
    assert len(whole["data"][0]["x"]) == 5001 and "hint" not in whole
