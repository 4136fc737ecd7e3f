"""The seven tools: payloads of the paper, errors, history, isolation, persistence."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from multivis.errors import CodeError, InputError, OptionError, OutputError, RenderError
from multivis.views import OPERATIONS, ViewSession, ViewStore

PNG = b"\x89PNG\r\n\x1a\n"


def spec(points: int = 3) -> dict:
    return {
        "data": [{"type": "bar", "x": [f"c{i}" for i in range(points)], "y": list(range(points))}]
    }


# ── show_plot ───────────────────────────────────────────────────────────────────────────────


def test_code_runs_in_the_sandbox_and_gives_a_plot(views: ViewSession):
    code = (
        "import plotly.graph_objects as go\n"
        "fig = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name='a'))"
    )
    made = views.show_plot(code)
    assert made["plot_id"] == 1 and made["library"] == "plotly"
    assert made["traces"] == [{"trace": 0, "name": "a", "kind": "line", "points": 2}]
    assert views.store.code("test", 1) == code
    altair = (
        "import altair as alt, pandas as pd\n"
        "chart = alt.Chart(pd.DataFrame({'a': [1, 2]})).mark_point().encode(x='a:Q')"
    )
    assert views.show_plot(altair)["library"] == "vega-lite"
    drawn = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.bar(['u', 'v'], [1, 2])"
    made = views.show_plot(drawn)
    assert (made["plot_id"], made["library"]) == (3, "matplotlib")
    assert views.call("extremes", {"plot_id": 3})["maximum"]["label"] == "v"
    assert Path(views.get_plot_image(3)["image_path"]).read_bytes().startswith(PNG)
    assert "image" not in views.get_plot_json(3)
    with pytest.raises(InputError, match="cannot be zoomed"):
        views.relayout(3, x_min=0, x_max=1)
    with pytest.raises(InputError, match="cannot be changed by its legend"):
        views.legendclick(3, 0)
    with pytest.raises(CodeError, match=r"in line 2: 1 / 0"):
        views.show_plot("x = 1\n1 / 0")
    with pytest.raises(CodeError, match="no figure"):
        views.show_plot("x = 1")
    with pytest.raises(CodeError, match="no code"):
        views.show_plot("  ")
    views.close()


# ── relayout, legendclick, selected ─────────────────────────────────────────────────────────


def test_relayout_records_the_ranges_of_the_paper(views: ViewSession, two_lines: int):
    made = views.relayout(two_lines, x_min=1, x_max=2, y_min=0.5, y_max=3.5)
    assert made["success"] and made["payload"] == {
        "xaxis.range[0]": 1.0,
        "xaxis.range[1]": 2.0,
        "yaxis.range[0]": 0.5,
        "yaxis.range[1]": 3.5,
    }
    assert made["focus"] == {"ranges": {"xaxis": [1, 2], "yaxis": [0.5, 3.5]}}
    assert views.get_plot_json(two_lines)["layout"]["xaxis"]["range"] == [1.0, 2.0]


def test_a_bound_left_out_stays_where_it_is(views: ViewSession, two_lines: int):
    views.relayout(two_lines, x_min=1, x_max=2)
    assert views.relayout(two_lines, x_max=2.5)["focus"]["ranges"] == {"xaxis": [1, 2.5]}


def test_legendclick_switches_off_and_on(views: ViewSession, two_lines: int):
    made = views.legendclick(two_lines, 1)
    assert made["payload"] == {"curve_number": 1, "expanded_index": 1, "visible": "legendonly"}
    assert views.get_plot_json(two_lines, path="data[1].visible") == "legendonly"
    assert views.call("extremes", {"plot_id": two_lines})["maximum"]["index"] == 3
    assert views.legendclick(two_lines, 1)["payload"]["visible"] is True
    assert views.get_plot_json(two_lines, path="data[1].visible") is True


@pytest.mark.parametrize("number", [2, -1, 99])
def test_a_bad_curve_number_is_an_error_that_names_the_valid_ones(
    views: ViewSession, two_lines: int, number: int
):
    with pytest.raises(InputError, match=r"valid curve numbers are 0 \(rise\), 1 \(fall\)"):
        views.legendclick(two_lines, number)
    assert len(views.query_interactions(two_lines)["events"]) == 1


def test_selected_gives_the_points_in_the_box(views: ViewSession, two_lines: int):
    made = views.selected(two_lines, x_min=1, x_max=3, y_min=2.5)
    assert made["point_count"] == 3 and made["range"] == {"x": [1, 3], "y": [2.5, None]}
    assert [(p["trace"], p["index"], p["x"], p["y"]) for p in made["points"]] == [
        (0, 2, 2, 3),
        (0, 3, 3, 4),
        (1, 1, 1, 3),
    ]
    assert made["points"][0]["label"] == "2"
    event = views.query_interactions(two_lines, "selected")["events"][0]
    assert event["payload"] == {"point_count": 3, "range": {"x": [1, 3], "y": [2.5, None]}}


def test_hidden_traces_have_no_selected_points(views: ViewSession, two_lines: int):
    views.legendclick(two_lines, 0)
    assert {p["trace"] for p in views.selected(two_lines, x_min=0)["points"]} == {1}


def test_more_points_than_asked_for_are_counted_and_hinted_at(views: ViewSession):
    plot = views.add_figure(spec(50))["plot_id"]
    made = views.selected(plot, y_min=0, limit=5)
    assert made["point_count"] == 50 and len(made["points"]) == 5 and "5 of 50" in made["hint"]


def test_a_selection_without_bounds_is_an_error(views: ViewSession, two_lines: int):
    with pytest.raises(InputError, match="No bound was given"):
        views.selected(two_lines)


def test_an_empty_selection_has_no_points(views: ViewSession, two_lines: int):
    assert views.selected(two_lines, x_min=100)["points"] == []


# ── get_plot_json ───────────────────────────────────────────────────────────────────────────


def test_a_small_specification_comes_whole(views: ViewSession, two_lines: int):
    whole = views.get_plot_json(two_lines)
    assert set(whole) == {"data", "layout"} and whole["data"][0]["y"] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data[0].y", [1, 2, 3, 4]),
        ("data[1].y[1:3]", [3, 2]),
        ("data[-1].name", "fall"),
        ('layout["title"].text', "Two lines"),
        ("data[0].x[3]", 3),
    ],
)
def test_a_path_leads_to_a_part(views: ViewSession, two_lines: int, path, value):
    assert views.get_plot_json(two_lines, path=path) == value


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("data[7]", "no element 7. It has 2: use 0 to 1"),
        ("layout.xaxis", "no 'xaxis' in layout. It has title"),
        ("layout[0]", "no list: it is an object with title"),
        ("data[0].y[0].z", "no 'z'"),
        ("data[[", "cannot be read"),
    ],
)
def test_a_path_that_leads_nowhere_names_what_is_there(
    views: ViewSession, two_lines: int, path, says
):
    with pytest.raises(InputError) as error:
        views.get_plot_json(two_lines, path=path)
    assert says in str(error.value)


def test_an_answer_too_long_is_shortened_with_a_hint(views: ViewSession):
    plot = views.add_figure(spec(5000))["plot_id"]
    for most in (100, 500, 2000, 20_000):
        made = views.get_plot_json(plot, max_chars=most)
        assert len(json.dumps(made)) <= max(most, 260) and "focus" in made["hint"]
    short = views.get_plot_json(plot, path="data[0].y", max_chars=300)
    assert short["length"] == 5000 and short["maximum"] == 4999
    with pytest.raises(InputError, match="100 or more"):
        views.get_plot_json(plot, max_chars=5)
    with pytest.raises(InputError, match="at once"):
        views.get_plot_json(plot, path="data", focus=True)


def test_a_focused_read_has_the_rows_of_the_figure(views: ViewSession, two_lines: int):
    views.legendclick(two_lines, 1)
    views.relayout(two_lines, x_min=1, x_max=2)
    made = views.get_plot_json(two_lines, focus=True)
    assert made["data"] == [
        {
            "trace": 0,
            "name": "rise",
            "points": 2,
            "of": 4,
            "index": [1, 2],
            "x": [1, 2],
            "y": [2, 3],
        }
    ]


# ── history and pictures ────────────────────────────────────────────────────────────────────


def test_history_is_in_order_and_can_be_filtered(views: ViewSession, two_lines: int):
    views.relayout(two_lines, x_min=0, x_max=1)
    views.legendclick(two_lines, 0)
    views.selected(two_lines, x_min=0)
    events = views.query_interactions(two_lines)["events"]
    assert [e["event_type"] for e in events] == ["init", "relayout", "legendclick", "selected"]
    assert [e["id"] for e in events] == [1, 2, 3, 4]
    assert set(events[0]) == {"id", "event_type", "payload", "actor", "has_screenshot"}
    assert len(views.query_interactions(two_lines, "relayout")["events"]) == 1
    with pytest.raises(InputError, match="no event type 'zoom'"):
        views.query_interactions(two_lines, "zoom")


@pytest.mark.browser
def test_each_state_has_its_own_picture_made_on_demand(views: ViewSession, two_lines: int):
    views.relayout(two_lines, x_min=1, x_max=2)
    first = Path(views.get_plot_image(two_lines, interaction_id=1)["image_path"])
    latest = Path(views.get_plot_image(two_lines)["image_path"])
    assert first.is_absolute() and first.read_bytes().startswith(PNG)
    assert first.read_bytes() != latest.read_bytes()
    assert views.get_plot_image(two_lines, interaction_id=1)["image_path"] == str(first)
    assert [e["has_screenshot"] for e in views.query_interactions(two_lines)["events"]] == [
        True,
        True,
    ]
    with pytest.raises(InputError, match=r"no interaction 77. Its interactions are 1, 2"):
        views.get_plot_image(two_lines, interaction_id=77)


def test_without_a_browser_the_error_names_the_fix_and_the_rest_works(
    views: ViewSession, two_lines: int, monkeypatch: pytest.MonkeyPatch
):
    import builtins

    real = builtins.__import__

    def no_kaleido(name, *rest, **options):
        if name == "kaleido":
            raise ImportError("No module named 'kaleido'")
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", no_kaleido)
    with pytest.raises(RenderError, match="Chrome or Chromium"):
        views.get_plot_image(two_lines)
    assert not views.query_interactions(two_lines)["events"][0]["has_screenshot"]
    assert views.relayout(two_lines, x_min=0, x_max=1)["success"]
    assert views.selected(two_lines, x_min=0)["point_count"] == 8


def test_what_changed_is_told_between_any_two_states(views: ViewSession, two_lines: int):
    views.relayout(two_lines, x_min=1, x_max=2)
    views.legendclick(two_lines, 0)
    last = views.changes(two_lines)
    assert (last["before"], last["after"], last["hidden"], last["ranges"]) == (2, 3, [0], {})
    all_of_it = views.changes(two_lines, before=1, after=3)
    assert all_of_it["ranges"] == {"xaxis": {"before": None, "after": [1, 2]}}
    assert all_of_it["in_view"][1] == {
        "trace": 1,
        "name": "fall",
        "points": [4, 2],
        "minimum": [1.0, 2.0],
        "maximum": [4.0, 3.0],
    }
    views.reset(two_lines)
    assert views.changes(two_lines, before=1)["same"]


# ── sessions ────────────────────────────────────────────────────────────────────────────────


def test_sessions_do_not_see_each_other(store: ViewStore, two_lines: int):
    other = store.session("other")
    with pytest.raises(InputError, match=r"no plot 1 in this session. Show one first"):
        other.get_plot_json(two_lines)
    assert other.add_figure(spec())["plot_id"] == 2
    assert store.sessions() == ("other", "test")
    with pytest.raises(InputError, match="Its plots are 2"):
        other.relayout(two_lines, x_min=0)
    assert store.forget("other") == 1 and store.sessions() == ("test",)
    with pytest.raises(InputError, match="no plot 1"):
        other.get_plot_json(1)


def test_a_number_names_one_plot_of_the_whole_store_and_is_never_given_again(store: ViewStore):
    with pytest.raises(InputError, match=r"no plot 1\. No plot is kept yet"):
        store.session_of(1)
    for name in ("a", "b", "a"):
        store.session(name).add_figure(spec())
    assert [store.session_of(number) for number in (1, 2, 3)] == ["a", "b", "a"]
    assert store.plot_ids("a") == (1, 3)
    with pytest.raises(InputError, match=r"no plot 9\. The plots are 1, 2, 3"):
        store.session_of(9)
    store.forget("a")
    assert store.session("c").add_figure(spec())["plot_id"] == 4
    with pytest.raises(InputError, match="The plots are 2, 4"):
        store.session_of(3)
    for _ in range(25):
        store.session("d").add_figure(spec())
    with pytest.raises(InputError, match="the latest 20 of 27: 10, 11"):
        store.session_of(1)


def test_two_stores_on_one_file_give_no_number_twice(tmp_path: Path):
    with ViewStore(tmp_path / "views.sqlite") as one, ViewStore(tmp_path / "views.sqlite") as two:
        made = [s.session("s").add_figure(spec())["plot_id"] for s in (one, two, one, two)]
    assert made == [1, 2, 3, 4]


def test_a_store_that_counted_in_each_session_still_opens(tmp_path: Path):
    file = tmp_path / "views.sqlite"
    with ViewStore(file) as store:
        for name in ("a", "b"):
            store.session(name).add_figure(spec())
        store.session("b").add_figure(spec())
    with closing(sqlite3.connect(file)) as database:  # as earlier versions kept it
        database.execute("DROP TABLE numbers")
        database.execute("UPDATE plots SET plot_id = plot_id - 1 WHERE session = 'b'")
        database.execute("UPDATE interactions SET plot_id = plot_id - 1 WHERE session = 'b'")
        database.commit()
    with ViewStore(file) as store:
        assert store.plot_ids("a") == (1,) and store.plot_ids("b") == (1, 2)
        assert store.session("b").get_plot_json(1)["data"]
        assert store.session_of(2) == "b"
        with pytest.raises(InputError, match="2 plots 1 in this store, in the sessions 'a', 'b'"):
            store.session_of(1)
        assert store.session("a").add_figure(spec())["plot_id"] == 3
        assert store.session_of(3) == "a"


def test_plots_and_history_are_there_after_a_restart(tmp_path: Path):
    file = tmp_path / "folder" / "views.sqlite"
    with ViewStore(file) as store:
        views = store.session("a")
        views.add_figure({"data": [{"y": [1, 2, 3], "x": [0, 1, 2]}]})
        views.relayout(1, x_min=1, x_max=2)
        chart = {"mark": "bar", "data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}}}
        views.add_figure(chart)
        picture = Path(views.get_plot_image(2)["image_path"])
    with ViewStore(file) as store:
        again = store.session("a")
        assert [p["library"] for p in again.plots()] == ["plotly", "vega-lite"]
        assert again.get_plot_json(1, focus=True)["data"][0]["x"] == [1, 2]
        assert again.query_interactions(2)["events"][0]["has_screenshot"] and picture.is_file()
        assert again.legendclick(1, 0)["interaction_id"] == 4


def test_a_file_that_is_no_store_is_refused(tmp_path: Path):
    file = tmp_path / "x.sqlite"
    file.write_bytes(b"not a database, but long enough to be looked at " * 40)
    with pytest.raises(OutputError, match="cannot be kept"):
        ViewStore(file)
    with pytest.raises(OutputError, match="cannot be kept"):
        ViewStore(file / "below")


def test_many_threads_and_stores_get_ids_of_their_own(tmp_path: Path):
    file = tmp_path / "views.sqlite"
    stores = [ViewStore(file), ViewStore(file)]
    stores[0].session("s").add_figure(spec())
    ids: list[int] = []

    def work(store: ViewStore) -> None:
        for _ in range(10):
            ids.append(store.session("s").relayout(1, y_min=0, y_max=2)["interaction_id"])

    threads = [threading.Thread(target=work, args=(s,)) for s in stores * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids) == list(range(2, 42))
    for store in stores:
        store.close()
        store.close()


def test_a_closed_store_keeps_nothing_in_memory_behind():
    store = ViewStore()
    store.session("a").add_figure(spec())
    folder = store.picture("a", 1, 1).parents[1]
    store.close()
    assert not folder.exists()
    with pytest.raises(sqlite3.ProgrammingError):
        store.sessions()


# ── people ──────────────────────────────────────────────────────────────────────────────────


def test_what_a_person_does_is_in_the_same_history(views: ViewSession, two_lines: int):
    views.record(two_lines, {"xaxis.range[0]": 0.5, "xaxis.range[1]": 2.5})
    views.record(two_lines, {"curveNumber": 0})
    views.record(two_lines, {"range": {"x": [2, 1]}, "points": []})
    clicked = views.record(two_lines, {"points": [{"curveNumber": 1, "pointIndex": 2}]})
    assert clicked["focus"]["selection"] == {"xaxis": [2, 2]}
    events = views.query_interactions(two_lines)["events"]
    assert [e["event_type"] for e in events[1:]] == ["relayout", "legendclick", "selected", "click"]
    assert {e["actor"] for e in events[1:]} == {"person"}
    assert events[-1]["payload"]["points"][0]["y"] == 2
    views.record(two_lines, {"xaxis.autorange": True})
    assert "ranges" not in views.focus(two_lines)
    with pytest.raises(InputError, match="says nothing of the view: it has hovered"):
        views.record(two_lines, {"hovered": 1})
    with pytest.raises(InputError, match="no point of the figure"):
        views.record(two_lines, {"points": [{"curveNumber": 9, "pointIndex": 0}]})


def test_a_persons_zoom_on_a_log_axis_comes_in_exponents(views: ViewSession):
    plot = views.add_figure(
        {"data": [{"x": [1, 10, 100], "y": [1, 2, 3]}], "layout": {"xaxis": {"type": "log"}}}
    )["plot_id"]
    made = views.record(plot, {"xaxis.range": [0.5, 1.5]})
    assert made["focus"]["ranges"]["xaxis"] == pytest.approx([10**0.5, 10**1.5])


# ── calls by name ───────────────────────────────────────────────────────────────────────────


def test_every_operation_can_be_called_by_name(views: ViewSession, two_lines: int):
    special = {
        "show_plot": None,
        "get_plot_image": None,
        "legendclick": {"curve_number": 0},
        "relayout": {"x_min": 0, "x_max": 2},
        "selected": {"x_min": 0},
        "compare": {"a": "rise", "b": "fall"},
        "crossings": {"a": 0, "b": 1},
    }
    for name in [n for n, s in OPERATIONS.items() if special.get(n, {}) is not None]:
        arguments = {"plot_id": two_lines, **(special.get(name) or {})}
        assert json.loads(json.dumps(views.call(name, arguments))), name


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("zoom", {}, "no view tool 'zoom'"),
        ("relayout", {}, "plot_id does not fit"),
        ("relayout", {"plot_id": 1, "z": 1}, "z does not fit"),
        ("legendclick", {"plot_id": 1, "curve_number": "a"}, "curve_number does not fit"),
        ("get_plot_json", {"plot_id": 1, "max_chars": 1}, "max_chars does not fit"),
    ],
)
def test_a_call_that_does_not_fit_is_one_clear_sentence(views: ViewSession, name, arguments, says):
    with pytest.raises(OptionError, match=says):
        views.call(name, arguments)


def test_a_long_history_is_cut_from_its_old_end(views: ViewSession, two_lines: int):
    for i in range(200):
        views.record(two_lines, {"xaxis.range": [0, 1 + i], "note": "x" * 100})
    made = views.query_interactions(two_lines)
    assert made["events"][-1]["id"] == 201 and "oldest are left out" in made["hint"]
    assert len(json.dumps(made)) < 22_000


def test_what_json_cannot_hold_is_null(views: ViewSession):
    nan, infinite = float("nan"), float("inf")
    plot = views.add_figure({"data": [{"x": [0, 1, 2], "y": [nan, infinite, 3]}]})["plot_id"]
    assert views.get_plot_json(plot)["data"][0]["y"] == [None, None, 3]
    found = views.call("extremes", {"plot_id": plot})
    assert json.loads(json.dumps(found, allow_nan=False))["minimum"]["value"] == 3
