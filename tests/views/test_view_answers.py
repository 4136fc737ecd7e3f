"""Questions about a chart in view, answered with evidence."""

from __future__ import annotations

import pytest

from multivis.state import Chart, CheckResult, Provenance, Recommendation, Severity
from multivis.views import ViewSession, answer_about, cited, evidence, register_draft


@pytest.fixture
def lines(views: ViewSession) -> int:
    x = [0, 1, 2, 3, 4]
    series = {
        "Red": [1, 5, 2, 7, 3],
        "Dark Green": [4, 4, 4, 4, 4],
        "Green": [9, 9.5, 10, 10.5, 11],
    }
    data = [{"mode": "lines", "name": k, "x": x, "y": y} for k, y in series.items()]
    return int(views.add_figure({"data": data})["plot_id"])


@pytest.fixture
def bars(views: ViewSession) -> int:
    data = [{"type": "bar", "x": ["Aqua", "Navy", "Lime", "Teal"], "y": [5, 2, 8, 5]}]
    return int(views.add_figure({"data": data})["plot_id"])


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Does Red intersect Dark Green?", True),
        ("Does Red intersect Green?", False),
        ("Where do Red and Dark Green cross?", ["0.75", "1.33333", "2.4", "3.75"]),
        ("Is Red less than Green?", True),
        ("Is Red greater than Dark Green?", False),
        ("Is Red the smoothest?", False),
        ("Is Dark Green the smoothest?", True),
        ("Is Red the roughest?", True),
        ("Does Green have the maximum area under the curve?", True),
        ("Does Dark Green have the minimum area under the curve?", True),
        ("Does Red have the lowest value?", True),
        ("Does Dark Green have the highest value?", False),
        ("Which is the highest?", "Green"),
        ("Which line is the roughest?", "Red"),
        ("When was Red at its peak?", "3"),
        ("What is the total of Red?", 18.0),
        ("What is the average of Dark Green?", 4.0),
        ("How many lines are there?", 3),
        ("Did Red fall?", True),
        ("Did Green fall?", False),
        ("Are any values missing?", 0),
    ],
)
def test_questions_about_lines(views: ViewSession, lines: int, question, value):
    answer = answer_about(views.view(lines), question)
    assert answer.value == value and answer.understood
    assert answer.evidence[0]["calculator"]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Is Navy the minimum?", True),
        ("Is Lime the maximum?", True),
        ("Is Aqua the maximum?", False),
        ("Is Aqua the low median?", True),
        ("Is Teal the low median?", False),
        ("Is Teal the high median?", True),
        ("Is Navy less than Teal?", True),
        ("Is Aqua less than Teal?", False),
        ("Is Lime greater than Aqua?", True),
        ("What share has Lime?", 0.4),
        ("What is Lime?", 8.0),
        ("What is the second highest?", "Aqua"),
        ("Is it sorted?", False),
        ("How much more is Lime than Aqua?", 3.0),
        ("Rank them", ["Lime", "Aqua", "Teal", "Navy"]),
    ],
)
def test_questions_about_bars(views: ViewSession, bars: int, question, value):
    assert answer_about(views.view(bars), question).value == value


def test_the_longest_name_is_the_one_that_is_meant(views: ViewSession, lines: int):
    answer = answer_about(views.view(lines), "Is dark green less than green?")
    assert answer.value is True and answer.evidence[0]["a"]["name"] == "Dark Green"


def test_here_is_what_a_person_clicked_or_selected(views: ViewSession, lines: int):
    views.record(lines, {"points": [{"curveNumber": 0, "pointIndex": 2}]})
    answer = answer_about(views.view(lines), "Why did it drop here?")
    assert "Red fell from 5 (1) to 2 (2), -60 %" in answer.text
    assert "holds no cause" in answer.text
    views.selected(lines, x_min=2, x_max=4)
    answer = answer_about(views.view(lines), "Why did Red fall here?")
    assert "from 7 (3) to 3 (4)" in answer.text and answer.value == -4
    assert (
        answer_about(views.view(lines), "What is the lowest here?").evidence[0]["minimum"]["value"]
        == 2
    )


def test_what_changed_is_answered_from_the_history(views: ViewSession, lines: int):
    assert answer_about(views.view(lines), "What changed?").text == "Nothing changed."
    views.legendclick(lines, 1)
    assert "switched off" in answer_about(views.view(lines), "What has changed?").text


def test_a_question_that_is_not_understood_is_answered_with_what_can_be_asked(
    views: ViewSession, lines: int
):
    made = views.ask(lines, "Tell me a story")
    assert made["understood"] is False and made["value"] is None and "Red" in made["text"]


# ── grounding ───────────────────────────────────────────────────────────────────────────────


def draft(views: ViewSession, spec: dict) -> int:
    made = Chart(
        backend="plotly",
        code="c",
        script="c",
        provenance=Provenance(question="q", code_sha256="0"),
    )
    return register_draft(views, made, spec)


def check(**evidence_of) -> CheckResult:
    return CheckResult(
        id="values-match",
        statement="Drawn values are those of the data.",
        severity=Severity.ERROR,
        passed=False,
        message="A value differs.",
        evidence=evidence_of,
    )


def test_a_draft_becomes_a_plot_and_its_checks_get_points(views: ViewSession):
    spec = {"data": [{"type": "bar", "name": "s", "x": ["a", "b"], "y": [3, 7]}]}
    plot = draft(views, spec)
    records = evidence(views, plot, [check(drawn=[7])])
    assert records[0]["about"] == "drawn" and records[0]["traces"][0]["maximum"] == 7
    point = records[1]["points"][0]
    assert (point["trace"], point["index"], point["label"], point["value"]) == (0, 1, "b", 7.0)
    advice = Recommendation(
        target="code", severity=Severity.ERROR, text="Draw 8.", check="values-match"
    )
    other = advice.model_copy(update={"check": "another"})
    text = "Draw 8. Evidence: s b = 7.0 (trace 0, point 1)."
    assert [r.text for r in cited([advice, other], records)] == [text, "Draw 8."]


def test_checks_that_passed_need_no_evidence(views: ViewSession):
    plot = draft(views, {"data": [{"type": "bar", "x": ["a"], "y": [3]}]})
    passed = check().model_copy(update={"passed": True})
    assert [r["about"] for r in evidence(views, plot, [passed])] == ["drawn"]


def test_where_points_crowd_the_view_is_zoomed_and_put_back(views: ViewSession):
    x = [1 + i / 1000 for i in range(40)] + [100, 200]
    y = [2 + i / 1000 for i in range(40)] + [100, 300]
    plot = draft(views, {"data": [{"mode": "markers", "x": x, "y": y}]})
    record = evidence(views, plot, [])[1]
    assert record["about"] == "crowded" and record["points"] == 40
    low, high = record["range"]["xaxis"]
    assert low <= 1 and high >= 1.039
    events = views.query_interactions(plot)["events"]
    assert [e["event_type"] for e in events] == ["init", "relayout", "relayout"]
    assert events[1]["id"] == record["interaction_id"] and views.focus(plot) == {}


def test_points_that_spread_out_are_not_crowded(views: ViewSession):
    spread = {"mode": "markers", "x": list(range(50)), "y": list(range(50))}
    plot = draft(views, {"data": [spread]})
    assert len(evidence(views, plot, [])) == 1
