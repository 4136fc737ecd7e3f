"""The offline model plans pictures of volumes: words to calls, without VTK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.offline.turns import Attempt, Turn
from multivis.offline.volume_turn import volume_turn
from multivis.offline.volume_words import color_in, opacity_in, plane_in, view_in

TOOLS_TEXT = """
isosurface slice volume_rendering clip threshold contour streamlines glyphs points surface outline
camera appearance change_stage remove_stage film visualize_histogram look_up_feature find_module
run_module write_module modify_module cannot_answer
"""
TOOLS = TOOLS_TEXT.split()

HEAD = {
    "name": "head.vti",
    "kind": "image",
    "dimensions": [64, 64, 64],
    "bounds": [-100, 100, -100, 100, -100, 100],
    "orientation": "LPS",
    "time_steps": 1,
    "variables": [
        {
            "name": "density",
            "components": 1,
            "association": "point",
            "minimum": -1000,
            "maximum": 2000,
            "mean": -500,
        }
    ],
}
FLOW = {
    **HEAD,
    "orientation": "",
    "time_steps": 8,
    "variables": [
        {"name": "velocity", "components": 3, "minimum": 0, "maximum": 2, "mean": 1},
        {"name": "pressure", "components": 1, "minimum": 0, "maximum": 10, "mean": 4},
        {"name": "temperature", "components": 1, "minimum": 250, "maximum": 400, "mean": 300},
    ],
}
KNOWN = {"skull": 500.0, "skin": -400.0, "brain": 20.0, "bone": 300.0}


def plan(question: str, facts: dict[str, Any] = HEAD, drawing: Any = None) -> list[Any]:
    """Every call until the one that delivers, each answered as the tools would answer."""
    brief = {"question": question, "volume": json.dumps(facts)}
    if drawing is not None:
        brief["drawing"] = json.dumps(drawing)
    attempts: list[Attempt] = []
    for _ in range(14):
        turn = Turn(brief=brief, attempts=tuple(attempts), tools=tuple(TOOLS))
        answer = volume_turn(turn)
        assert answer.tool in TOOLS or answer.text
        if answer.tool == "look_up_feature":
            name = answer.arguments["name"]
            told = {"found": name in KNOWN, "isovalue": KNOWN.get(name), "variable": "density"}
            attempts.append(Attempt(answer.tool, answer.arguments, json.dumps(told)))
            continue
        attempts.append(Attempt(answer.tool, answer.arguments, "1. x: y\nCamera: front, zoom 1"))
        if answer.arguments.get("final") or answer.tool in {"cannot_answer", "write_module"}:
            break
        if not answer.tool:
            break
    return [a for a in attempts if a.tool != "look_up_feature"]


def only(calls: list[Any], tool: str) -> dict[str, Any]:
    (call,) = [call for call in calls if call.tool == tool]
    return call.arguments


@pytest.mark.parametrize(
    ("question", "tool", "expected"),
    [
        ("isosurface at 300", "isosurface", {"isovalue": 300.0}),
        ("an isosurface at 50 % of the range", "isosurface", {"isovalue": 500.0}),
        ("surface where the density is -1,000.5", "isosurface", {"isovalue": -1000.5}),
        ("isosurface at 3e2 in #AABBCC", "isosurface", {"isovalue": 300.0, "color": "#aabbcc"}),
        ("Show the skull 30 % transparent", "isosurface", {"isovalue": 500.0, "opacity": 0.7}),
        ("skin at 20 % opacity", "isosurface", {"isovalue": -400.0, "opacity": 0.2}),
        ("slice along x at 25 %", "slice", {"axis": "x", "position": 0.25}),
        ("a coronal slice at y = 50", "slice", {"axis": "y", "position": 0.75}),
        ("sagittal cross-section in the middle", "slice", {"axis": "x", "position": 0.5}),
        ("volume rendering of the bone", "volume_rendering", {"preset": "ct-bone"}),
        ("cells above 700", "threshold", {"minimum": 700.0}),
        ("threshold below 0", "threshold", {"maximum": 0.0}),
        ("point cloud with size 5", "points", {"size": 5.0}),
        ("histogram with 32 bins", "visualize_histogram", {"bins": 32}),
    ],
)
def test_one_thing_is_one_call(question, tool, expected):
    calls = plan(question)
    found = only(calls, tool)
    assert {name: found.get(name) for name in expected} == expected
    assert calls[-1].arguments["final"] is True


@pytest.mark.parametrize(
    ("words", "side"),
    [
        ("look from the left", "left"),
        ("seen from behind", "back"),
        ("from above", "top"),
        ("the front view", "front"),
        ("viewed from the right-hand side", "right"),
        ("from below", "bottom"),
    ],
)
def test_views(words, side):
    assert only(plan(f"isosurface at 300, {words}"), "camera")["view"] == side
    assert view_in(words)[0] == side


def test_things_in_one_sentence_keep_their_own_looks():
    calls = plan("Red skull with 40 % opaque light blue skin, from behind, on black, 640x480")
    skull, skin = [call.arguments for call in calls if call.tool == "isosurface"]
    assert (skull["name"], skull["color"], skull.get("opacity")) == ("skull", "#d03b33", None)
    assert (skin["name"], skin["color"], skin["opacity"]) == ("skin", "#8ab8de", 0.4)
    assert only(calls, "camera")["view"] == "back"
    looks = only(calls, "appearance")
    assert (looks["background"], looks["width"], looks["height"]) == ("#000000", 640, 480)


def test_an_outer_surface_is_see_through_where_nothing_is_said():
    calls = plan("Show the skull and the skin")
    skull, skin = [call.arguments for call in calls if call.tool == "isosurface"]
    assert "opacity" not in skull and skin["opacity"] < 0.5
    assert "see-through" in calls[-1].arguments["handoff"]


def test_flow_time_and_films():
    calls = plan("Streamlines with 500 seeds coloured by pressure at time step 3", FLOW)
    assert only(calls, "streamlines") | {"final": True} == {
        "color_by": "pressure",
        "seeds": 500,
        "final": True,
    }
    assert only(calls, "appearance")["time"] == 3
    calls = plan("Film over time of the isosurface of temperature at 300 with 8 frames", FLOW)
    assert only(calls, "isosurface")["variable"] == "temperature"
    assert only(calls, "film")["over"] == "time"
    assert (
        only(plan("a movie that turns around the isosurface at 5", FLOW), "film")["over"] == "orbit"
    )
    swept = only(plan("sweep the isovalue from 0 to 900 of the isosurface in 10 frames"), "film")
    assert (swept["minimum"], swept["maximum"], swept["frames"]) == (0.0, 900.0, 10)


def test_what_no_ready_tool_does_is_looked_for_and_written():
    calls = plan("the gradient magnitude after a Gaussian with sigma 2")
    assert calls[0].tool == "find_module"
    assert calls[0].arguments["task"] == "gaussian smoothed data, gradient magnitude, isosurface"
    written = calls[1].arguments
    assert calls[1].tool == "write_module"
    assert '"standard_deviation": 2.0' in written["code"]
    assert {"vtkImageGaussianSmooth", "vtkImageGradientMagnitude"} <= set(written["stages"])
    calls = plan("isosurface of temperature at 300 coloured by pressure", FLOW)
    assert "coloured by another variable" in calls[0].arguments["task"]


# ── follow-ups ──────────────────────────────────────────────────────────────────────────────

TWO = {
    "stages": [
        {"kind": "isosurface", "name": "skull", "isovalue": 500.0, "opacity": 1.0},
        {"kind": "isosurface", "name": "skin", "isovalue": -400.0, "opacity": 0.5},
    ],
    "camera": {"direction": "left", "orbit": 10.0, "zoom": 2.0},
}


@pytest.mark.parametrize(
    ("instruction", "tool", "expected"),
    [
        ("make the skin dark green", "change_stage", {"stage": "skin", "color": "#1f5f2f"}),
        ("skin more transparent", "change_stage", {"stage": "skin", "opacity": 0.3}),
        ("lower the isovalue of the skull by 100", "change_stage", {"isovalue": 400.0}),
        ("set the isovalue of the skull to 650", "change_stage", {"isovalue": 650.0}),
        ("remove the skin", "remove_stage", {"stage": "skin"}),
        ("hide the skull", "remove_stage", {"stage": "skull"}),
        ("cut away the left half of the skin", "clip", {"target": ["skin"], "keep": "negative"}),
        ("clip the back", "clip", {"axis": "y", "keep": "negative"}),
        ("cut off the top 20 %", "clip", {"axis": "z", "keep": "negative", "position": 0.8}),
        ("rotate by 30 degrees", "camera", {"orbit": 40.0}),
        ("zoom out", "camera", {"zoom": pytest.approx(1.34)}),
        ("add a slice along y", "slice", {"axis": "y"}),
        ("also show the brain", "isosurface", {"name": "brain", "isovalue": 20.0}),
        ("without the colour bar", "appearance", {"scalar_bar": False}),
    ],
)
def test_a_follow_up_changes_what_it_names(instruction, tool, expected):
    calls = plan(instruction, drawing=TWO)
    assert [call.tool for call in calls] == [tool]
    found = calls[0].arguments
    assert {name: found.get(name) for name in expected} == expected


def test_it_is_the_first_thing_and_that_is_said():
    calls = plan("make it half transparent, look from the left, cut away the front", drawing=TWO)
    assert [call.tool for call in calls] == ["change_stage", "clip", "camera"]
    assert calls[0].arguments["stage"] == "skull"
    assert "ambiguities" in calls[-1].arguments["handoff"]
    both = plan("make them all opaque", drawing=TWO)
    assert [call.arguments["stage"] for call in both] == ["skull", "skin"]


# ── anything at all ─────────────────────────────────────────────────────────────────────────

WORDS_TEXT = """
show the skull skin half transparent red isosurface at 300 slice along x cut away front left volume
rendering streamlines pressure velocity film over time 12 frames make it remove add opacity 50 %
gaussian largest connected part from above black background zoom and with , .
"""
WORDS = WORDS_TEXT.split()


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from([None, TWO]))
def test_any_words_give_calls_that_end(words, drawing):
    calls = plan(" ".join(words) or "x", FLOW, drawing)
    assert calls or drawing is None
    assert len(calls) < 14


@given(st.text(max_size=120))
def test_any_text_is_read(text):
    assert plan(text or "x")
    for read in (color_in, opacity_in, view_in, plane_in):
        read(text.lower())


def test_a_colour_is_known_whatever_pillow_was_asked_before():
    from PIL import ImageColor

    from multivis.offline import volume_words

    ImageColor.getrgb("teal")
    ImageColor.getrgb("rebeccapurple")
    volume_words._colors.cache_clear()
    assert volume_words.named_color("teal") == "#008080"
    assert volume_words.named_color("rebeccapurple") == "#663399"
