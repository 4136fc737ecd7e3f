"""Runs: the protocol in four configurations, limits, faults, interruption, and the scores."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from multivis.bench.iplotbench import load_set
from multivis.bench.iplotbench.answering import answer_question
from multivis.bench.iplotbench.conversation import (
    CONFIGURATIONS,
    Conversation,
)
from multivis.bench.iplotbench.looking import with_points
from multivis.bench.iplotbench.offline import OfflineChartModel
from multivis.bench.iplotbench.run import run_benchmark
from multivis.bench.iplotbench.score import score_run
from multivis.errors import (
    InputError,
    OptionError,
    OutputError,
    ProviderError,
    SourceNotFoundError,
)
from multivis.testing import RecordedCall, ScriptedChatModel
from multivis.views import ViewStore

FIGURE = {"data": [{"type": "pie", "labels": ["Red", "Blue"], "values": [1, 3]}], "layout": {}}
WRITTEN = json.dumps(FIGURE)
NAMES = list(CONFIGURATIONS)


@pytest.fixture
def pictured(small_set: Path, tmp_path: Path) -> Path:
    """Ten figures whose "pictures" are their names, for readers that know them by heart."""
    import shutil

    folder = tmp_path / "set"
    shutil.copytree(small_set, folder)
    for case in load_set(folder):
        case.image.write_bytes(case.id.encode())
    return folder


def by_heart(folder: Path) -> Callable[[bytes], dict | None]:
    """A reader that knows the truth."""
    figures = {case.id: case.figure for case in load_set(folder)}
    return lambda image: figures.get(image.decode(errors="replace"))


def script(recreation: object = WRITTEN, answer: object = "1") -> Callable[[RecordedCall], object]:
    """A model that recreates with one item and answers with another."""

    def reply(call: RecordedCall) -> object:
        asked = [m for m in call.messages if isinstance(m, HumanMessage)]
        return recreation if len(asked) == 1 else answer

    return reply


def scripted(*items: object) -> ScriptedChatModel:
    return ScriptedChatModel(list(items), repeat=True)


def read(path: Path) -> dict:
    return json.loads(path.read_text())


# ── the protocol ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("config", NAMES)
def test_every_configuration_offers_its_tools_and_writes_its_files(
    config: str, pictured: Path, tmp_path: Path
):
    model = scripted(script())
    out = tmp_path / "out"
    told = run_benchmark(pictured, out, config=config, model=model, limit=1)
    (case,) = load_set(pictured, limit=1)
    assert all(call.tool_names == CONFIGURATIONS[config] for call in model.calls)
    assert len(model.calls) == 1 + len(case.questions)
    assert read(out / case.id / "fig.json") == FIGURE
    wanted = {str(number): 1 for number in range(len(case.questions))}
    assert read(out / case.id / "answers.json") == wanted
    assert told == read(out / "summary.json")
    assert (told["finished"], told["without_figure"], told["without_answer"]) == (1, 0, 0)
    assert told["config"] == config and told["model"] == "ScriptedChatModel(scripted)"


def test_questions_are_asked_in_the_session_of_the_recreation(pictured: Path, tmp_path: Path):
    model = scripted(script())
    run_benchmark(pictured, tmp_path / "out", config="full", model=model, limit=1)
    (case,) = load_set(pictured, limit=1)
    system, first, reply, *rest = model.calls[-1].messages
    assert isinstance(system, SystemMessage) and "5 rounds" in system.text
    assert "recreate this plot" in first.text
    assert first.content[1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert reply.text == WRITTEN
    asked = [message for message in rest if isinstance(message, HumanMessage)]
    assert len(asked) == len(case.questions)
    for message, question in zip(asked, case.questions, strict=True):
        assert message.text.startswith(question.text)
        assert "plot_id 1" in message.text


def test_without_tools_nothing_is_said_of_plots(pictured: Path, tmp_path: Path):
    model = scripted(script())
    run_benchmark(pictured, tmp_path / "out", config="vision", model=model, limit=1)
    assert "plot_id" not in "".join(m.text for m in model.calls[-1].messages)
    assert "You have no tools." in model.calls[0].messages[0].text


def test_tools_see_the_own_figure_and_are_counted(pictured: Path, tmp_path: Path):
    steps = [
        {"name": "legendclick", "args": {"plot_id": 1, "curve_number": 0}},
        {"name": "query_interactions", "args": {"plot_id": 1}},
        {"name": "get_plot_json", "args": {"plot_id": 1, "path": "data[0].labels"}},
    ]

    def reply(call: RecordedCall) -> object:
        asked = [m for m in call.messages if isinstance(m, HumanMessage)]
        if len(asked) != 2:
            return WRITTEN if len(asked) == 1 else "0"
        done = sum(isinstance(m, ToolMessage) for m in call.messages)
        return steps[done] if done < len(steps) else "1"

    model = scripted(reply)
    out = tmp_path / "out"
    run_benchmark(pictured, out, config="full", model=model, limit=1)
    heard = [m.text for m in model.calls[-1].messages if isinstance(m, ToolMessage)]
    assert json.loads(heard[0])["success"] is True
    events = json.loads(heard[1])["events"]
    assert [event["event_type"] for event in events] == ["init", "legendclick"]
    assert json.loads(heard[2]) in (["Red", "Blue"], {"value": ["Red", "Blue"]})
    scores = score_run(pictured, out)
    used = scores["tools"]["vbar_categorical"]
    assert used["share_of_sessions"]["legendclick"] == 1.0
    assert used["share_of_sessions"]["relayout"] == 0.0
    assert used["calls"]["query_interactions"] == 1
    assert used["total"] == 1


def test_a_tool_of_another_configuration_is_refused_and_the_session_goes_on(
    pictured: Path, tmp_path: Path
):
    def reply(call: RecordedCall) -> object:
        if any(isinstance(m, ToolMessage) for m in call.messages):
            return script()(call)
        return [
            {"name": "relayout", "args": {"plot_id": 1}},
            {"name": "get_plot_json", "args": "{broken"},
        ]

    model = scripted(reply)
    told = run_benchmark(pictured, tmp_path / "o", config="introspection", model=model, limit=1)
    heard = [m.text for m in model.calls[-1].messages if isinstance(m, ToolMessage)]
    assert "no tool 'relayout'" in heard[0]
    assert "not valid JSON" in heard[1]
    assert told["without_figure"] == 0


def test_after_five_rounds_of_tools_the_invocation_ends(pictured: Path, tmp_path: Path):
    # It calls tools for ever, also when it is asked questions: nothing is extracted.
    model = scripted({"name": "query_interactions", "args": {"plot_id": 1}})
    out = tmp_path / "out"
    told = run_benchmark(pictured, out, config="full", model=model, limit=1)
    (case,) = load_set(pictured, limit=1)
    assert len(model.calls) == 6 * (1 + len(case.questions))
    assert told["tool_calls"] == {"query_interactions": 5 * (1 + len(case.questions))}
    last = [m for m in model.calls[6].messages if isinstance(m, ToolMessage)][-1]
    assert "no rounds of tools are left" in last.text
    assert told["without_figure"] == 1
    assert told["without_answer"] == len(case.questions)
    assert not (out / case.id / "fig.json").exists()


@pytest.mark.slow
def test_a_figure_that_was_shown_and_never_written_out_counts(pictured: Path, tmp_path: Path):
    code = "import plotly.graph_objects as go\nfig = go.Figure(go.Bar(x=['a', 'b'], y=[1, 2]))"
    model = scripted(
        script(answer="0"),
    )

    def reply(call: RecordedCall) -> object:
        if any(isinstance(m, ToolMessage) for m in call.messages):
            return script("Done.", "0")(call)
        return {"name": "show_plot", "args": {"plotly_codes": code}}

    model = scripted(reply)
    out = tmp_path / "out"
    run_benchmark(pictured, out, config="interaction", model=model, limit=1)
    (case,) = load_set(pictured, limit=1)
    (trace,) = read(out / case.id / "fig.json")["data"]
    assert trace["type"] == "bar" and list(trace["x"]) == ["a", "b"]


@pytest.mark.slow
@pytest.mark.browser
def test_a_picture_that_a_tool_made_reaches_the_model(pictured: Path, tmp_path: Path):
    def reply(call: RecordedCall) -> object:
        asked = [m for m in call.messages if isinstance(m, HumanMessage)]
        if len(asked) == 2 and not any(isinstance(m, ToolMessage) for m in call.messages):
            return {"name": "get_plot_image", "args": {"plot_id": 1}}
        return WRITTEN if len(asked) == 1 else "1"

    model = scripted(reply)
    run_benchmark(pictured, tmp_path / "out", config="interaction", model=model, limit=1)
    shown = [m for m in model.calls[-1].messages if isinstance(m, HumanMessage)][2]
    assert "pictures that you asked for" in shown.text
    assert shown.content[1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────


def test_prose_is_invalid_scores_zero_and_is_reported(pictured: Path, tmp_path: Path):
    model = scripted(script("I see a pie.", "Perhaps."))
    out = tmp_path / "out"
    told = run_benchmark(pictured, out, config="vision", model=model, limit=5)
    assert told["without_figure"] == 5
    scores = score_run(pictured, out)
    assert scores["invalid"]["figures"] == 5
    assert scores["invalid"]["answers"] == scores["questions"] > 0
    assert set(scores["recreation"]["invalid_as_zero"].values()) == {0.0}
    assert scores["accuracy"]["all"] == 0.0


def test_invalid_figures_count_in_one_mean_and_not_in_the_other(pictured: Path, tmp_path: Path):
    truth = by_heart(pictured)
    model = OfflineChartModel(read=lambda image: truth(image) if b"line" not in image else None)
    out = tmp_path / "out"
    run_benchmark(pictured, out, config="vision", model=model)
    scores = score_run(pictured, out)
    assert scores["invalid"] == {"figures": 4, "answers": 0}
    assert scores["recreation"]["valid_only"]["data"] == pytest.approx(1.0)
    assert scores["recreation"]["invalid_as_zero"]["data"] == pytest.approx(0.6)
    assert scores["recreation"]["by_type"]["line"]["type"] == 0.0
    assert scores["well_recreated"]["figures"] == 6
    assert scores["well_recreated"]["per_figure"] == 1.0


def test_a_slow_model_is_stopped_and_the_next_figure_is_run(pictured: Path, tmp_path: Path):
    def slow(call: RecordedCall) -> object:
        asked = [m for m in call.messages if isinstance(m, HumanMessage)]
        if len(asked) == 3:
            time.sleep(30)
        return WRITTEN if len(asked) == 1 else "1"

    out = tmp_path / "out"
    told = run_benchmark(pictured, out, config="vision", model=scripted(slow), limit=2, seconds=0.5)
    assert told["status"] == {"timeout": 2}
    assert told["without_figure"] == 0
    first = load_set(pictured, limit=2)[0]
    assert list(read(out / first.id / "answers.json")) == ["0"]
    assert "0.5 s" in told["sessions"][first.id]["why"]


class Refused(Exception):
    """A fault for good, as providers raise it."""

    status_code = 400


def test_a_provider_that_fails_again_and_again_ends_the_run_and_resume_goes_on(
    pictured: Path, tmp_path: Path
):
    out = tmp_path / "out"
    with pytest.raises(ProviderError, match="5 figures in a row"):
        run_benchmark(pictured, out, config="vision", model=scripted(Refused("no")), jobs=1)
    told = read(out / "summary.json")
    assert told["status"].keys() == {"provider"}
    told = run_benchmark(pictured, out, config="vision", model=scripted(script()), resume=True)
    assert told["status"] == {"done": 10}


def test_an_interrupted_run_goes_on_where_it_was(pictured: Path, tmp_path: Path):
    out = tmp_path / "out"
    model = OfflineChartModel(read=by_heart(pictured))

    def interrupt(done: int, total: int) -> None:
        assert total == 10
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_benchmark(pictured, out, model=model, report=interrupt)
    kept = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/session.json")}
    assert 3 <= len(kept) < 10
    # A figure whose session was cut while it was written is run again.
    cut = next(iter(kept))
    (out / cut / "session.json").write_text('{"figure_id": "')
    seen: list[int] = []
    told = run_benchmark(
        pictured, out, model=model, resume=True, report=lambda done, total: seen.append(done)
    )
    assert seen[0] == len(kept) - 1 and seen[-1] == 10
    assert told["finished"] == 10
    for name, written in kept.items():
        same = (out / name / "session.json").stat().st_mtime_ns == written
        assert same == (name != cut)


def test_a_run_is_not_mixed_with_another(pictured: Path, tmp_path: Path):
    out = tmp_path / "out"
    model = OfflineChartModel(read=by_heart(pictured))
    run_benchmark(pictured, out, config="vision", model=model, limit=1)
    with pytest.raises(OutputError, match="not empty"):
        run_benchmark(pictured, out, config="vision", model=model, limit=1)
    with pytest.raises(OutputError, match="with vision"):
        run_benchmark(pictured, out, config="full", model=model, limit=1, resume=True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"config": "telepathy"}, "configuration 'telepathy'"),
        ({"jobs": 0}, "jobs = 0"),
        ({"limit": 0}, "limit = 0"),
        ({"seconds": -1}, "seconds = -1"),
        ({"rounds": -1}, "rounds = -1"),
    ],
)
def test_a_bad_option_is_refused_before_anything_is_written(
    options: dict, words: str, pictured: Path, tmp_path: Path
):
    with pytest.raises(OptionError, match=words):
        run_benchmark(pictured, tmp_path / "out", model=scripted("1"), **options)
    assert not (tmp_path / "out").exists()


def test_a_set_without_pictures_cannot_be_run(small_set: Path, tmp_path: Path):
    with pytest.raises(InputError, match="no picture"):
        run_benchmark(small_set, tmp_path / "out", model=scripted("1"))


# ── the model without weights ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("config", NAMES)
@pytest.mark.parametrize("jobs", [1, 3])
def test_with_a_perfect_reader_everything_is_right_in_every_configuration(
    config: str, jobs: int, pictured: Path, tmp_path: Path
):
    out = tmp_path / "out"
    model = OfflineChartModel(read=by_heart(pictured))
    told = run_benchmark(pictured, out, config=config, model=model, jobs=jobs)
    calls = told["tool_calls"]
    assert calls.get("get_plot_json", 0) == (10 if "get_plot_json" in CONFIGURATIONS[config] else 0)
    looks = "relayout" in CONFIGURATIONS[config]
    assert calls.get("relayout", 0) == calls.get("selected", 0)
    assert bool(calls.get("relayout")) is looks and set(calls) <= set(CONFIGURATIONS[config])
    scores = score_run(pictured, out)
    for value in scores["recreation"]["invalid_as_zero"].values():
        assert value == pytest.approx(1.0)
    assert scores["data_by_penalty"].keys() == {"1", "3", "5", "7", "10"}
    # Of several exactly straight lines none is the smoothest by more than rounding.
    wrong = {
        question
        for question, counts in scores["accuracy"]["by_question"].items()
        if counts["right"] < counts["asked"]
    }
    assert wrong <= {"8", "9"}
    assert scores["accuracy"]["all"] > 0.97
    assert scores["invalid"] == {"figures": 0, "answers": 0}


CLOSE = {
    "data": [
        {"type": "scatter", "mode": "lines", "name": name, "x": [0, 50, 100], "y": y}
        for name, y in (("Red", [10, 20, 30]), ("Blue", [12, 20.5, 40]), ("Gold", [80, 90, 99]))
    ],
    "layout": {"xaxis": {}, "yaxis": {}},
}


def offline_session(
    config: str, *questions: str, figure: dict = CLOSE, rounds: int = 5
) -> tuple[list[int | None], list[tuple[str, dict]], dict]:
    """Answers of the model without weights, its calls, and the state of its figure at the end."""
    with ViewStore() as store:
        views = store.session("figure")
        model = OfflineChartModel(read=lambda image: figure)
        talk = Conversation(model, config, views, rounds=rounds)
        picture = store.picture("figure", 1, 1)
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(b"a picture")
        talk.recreate(picture)
        answers = [talk.answer(question) for question in questions]
        calls = [
            (call["name"], call["args"])
            for message in talk.messages
            if isinstance(message, AIMessage)
            for call in message.tool_calls
        ]
        state = views.focus(1) if CONFIGURATIONS[config] else {}
    return answers, calls, state


def test_lines_that_come_close_are_isolated_zoomed_and_selected():
    answers, calls, focus = offline_session("interaction", "Does Red intersect Blue?")
    assert answers == [0]
    assert [name for name, _ in calls] == ["legendclick", "relayout", "selected"]
    assert calls[0][1]["curve_number"] == 2 and focus["traces"] == [0, 1]
    box = calls[2][1]
    assert (box["x_min"], box["x_max"]) == (0, 100) and box["y_min"] < 20 < 20.5 < box["y_max"]


def test_lines_that_stay_apart_need_no_look_and_hidden_ones_come_back():
    apart = "Is Red less than Gold?"
    assert offline_session("full", apart)[1] == [
        ("get_plot_json", {"plot_id": 1, "path": "data", "max_chars": 1_000_000})
    ]
    tight = {**CLOSE, "data": [*CLOSE["data"]]}
    tight["data"][2] = {**CLOSE["data"][2], "y": [79, 90, 39.5]}
    close = ("Is Red less than Blue?", "Is Blue less than Gold?")
    answers, calls, focus = offline_session("interaction", *close, figure=tight)
    assert answers == [1, 0] and focus["traces"] == [1, 2]
    clicks = [arguments["curve_number"] for name, arguments in calls if name == "legendclick"]
    assert clicks == [2, 0, 2]


def test_close_bars_and_ends_are_selected_only_where_the_specification_is_out_of_reach():
    bars = {"data": [{"type": "bar", "x": ["Red", "Blue", "Gold"], "y": [50, 50.5, 10]}]}
    question = "Is Blue the maximum?"
    answers, calls, _ = offline_session("interaction", question, figure=bars)
    assert answers == [1] and [name for name, _ in calls] == ["relayout", "selected"]
    answers, calls, _ = offline_session("full", question, figure=bars)
    assert answers == [1] and [name for name, _ in calls] == ["get_plot_json"]
    ends = "Does Red have the lowest value?"
    answers, calls, _ = offline_session("interaction", ends)
    assert answers == [1] and calls[-1][0] == "selected" and "x_min" not in calls[-1][1]
    lying = {"data": [{"type": "bar", "orientation": "h", "y": ["Red", "Blue"], "x": [9.9, 10]}]}
    lying["data"].append({"type": "bar", "orientation": "h", "y": ["Gold"], "x": [1]})
    answers, calls, _ = offline_session("interaction", "Is Red less than Blue?", figure=lying)
    assert answers == [1] and {"x_min", "x_max"} <= set(calls[-1][1])


@pytest.mark.parametrize("rounds", [0, 1, 2])
@pytest.mark.parametrize("config", NAMES)
def test_with_few_rounds_it_answers_from_what_it_knows(config: str, rounds: int):
    answers, calls, _ = offline_session(config, "Does Red intersect Blue?", rounds=rounds)
    assert answers == [0]
    looks = [name for name, _ in calls if name == "selected"]
    assert len(looks) == (rounds == 2 and config == "interaction")


def test_what_a_look_shows_takes_the_place_of_what_was_remembered():
    seen = [{"trace": 0, "index": 1, "x": 50, "y": 21.0}, {"trace": 9, "index": 0, "y": 1}]
    figure = with_points(CLOSE, seen)
    assert figure["data"][0]["y"] == [10, 21.0, 30] and CLOSE["data"][0]["y"][1] == 20
    assert answer_question(CLOSE, "Does Red intersect Blue?") == 0
    assert answer_question(figure, "Does Red intersect Blue?") == 1


@pytest.mark.slow
@pytest.mark.data
def test_the_chart_reader_recreates_public_figures_and_answers(
    made_elsewhere: Path, tmp_path: Path
):
    pytest.importorskip("rapidocr", reason="the extra 'reader' is not installed")
    out = tmp_path / "out"
    told = run_benchmark(made_elsewhere, out, config="full", model="offline", limit=5)
    assert told["status"] == {"done": 5} and told["without_figure"] == 0
    scores = score_run(made_elsewhere, out)
    for value in scores["recreation"]["invalid_as_zero"].values():
        assert value > 0.95
    assert scores["accuracy"]["all"] > 0.85


def test_what_cannot_be_read_is_said_and_still_answered(pictured: Path, tmp_path: Path):
    model = OfflineChartModel(read=lambda image: None)
    told = run_benchmark(pictured, tmp_path / "out", config="full", model=model, limit=1)
    assert (told["without_figure"], told["without_answer"]) == (1, 0)


def test_a_figure_without_the_name_in_question_answers_no(pictured: Path, tmp_path: Path):
    model = OfflineChartModel(read=lambda image: FIGURE)
    told = run_benchmark(pictured, tmp_path / "out", config="full", model=model, limit=3)
    assert told["without_answer"] == 0


# ── the commands ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, pictured: Path) -> None:
    """In place of the chart reader: one that knows the pictures by heart."""
    from multivis.bench.iplotbench import offline

    monkeypatch.setattr(offline, "read_chart_figure", by_heart(pictured))


def test_run_and_score_say_in_one_line_what_came_of_it(
    run: Callable, pictured: Path, tmp_path: Path, reader: None
):
    out = tmp_path / "out"
    options = ("--config", "full", "--model", "offline", "--data", pictured, "--out", out)
    done = run("run", *options, "--limit", 5)
    assert done.code == 0, done.err
    assert "5 of 5 figures, 0 without a valid figure" in done.out
    done = run("run", *options, "--resume")
    assert done.code == 0 and "10 of 10 figures" in done.out
    done = run("score", "--data", pictured, out)
    assert done.code == 0, done.err
    last = done.out.strip().splitlines()[-1]
    assert last.startswith("S_Type 1.0000  S_Data 1.0000  S_Text 1.0000  S_Style 1.0000  accuracy")
    assert "10 figures" in last and "invalid: 0 figures, 0 answers" in last
    for words in ("Recreation", "S_Data by λ", "topology", "get_plot_json", "dot_line"):
        assert words in done.out
    assert read(out / "scores.json")["figures"] == 10


def test_a_bad_command_ends_with_2_and_one_sentence(run: Callable, pictured: Path, tmp_path: Path):
    done = run("run", "--config", "x", "--data", pictured, "--out", tmp_path / "o")
    assert done.code == 2 and "no configuration 'x'" in done.err
    done = run("score", "--data", pictured, tmp_path / "nothing")
    assert done.code == 2 and "holds no figure" in done.err


def test_scores_come_from_the_files_alone(pictured: Path, tmp_path: Path):
    # No summary, no session: two files a figure, written by anybody.
    out = tmp_path / "theirs"
    for number, case in enumerate(load_set(pictured)):
        folder = out / case.id
        folder.mkdir(parents=True)
        answers = {str(i): q.answer for i, q in enumerate(case.questions)}
        if number == 0:
            answers.pop("0")
            answers["1"] = "yes"
        (folder / "answers.json").write_text(json.dumps(answers))
        if number:
            (folder / "fig.json").write_text(json.dumps(case.figure))
        else:
            (folder / "fig.json").write_text("{broken")
    scores = score_run(pictured, out)
    questions = scores["questions"]
    assert scores["invalid"] == {"figures": 1, "answers": 2}
    assert scores["accuracy"]["all"] == pytest.approx((questions - 2) / questions)
    assert scores["accuracy"]["answered_only"] == 1.0
    assert scores["recreation"]["invalid_as_zero"]["data"] == pytest.approx(0.9)
    assert scores["by_figure"]["vbar_categorical_0000"]["wrong_answers"] == [0, 1]
    assert scores["tools"] == {}
    again = score_run(pictured, out)
    assert again == scores == read(out / "scores.json")


def test_scoring_a_folder_of_another_set_is_refused(pictured: Path, tmp_path: Path):
    (tmp_path / "out" / "strange_0000").mkdir(parents=True)
    with pytest.raises(SourceNotFoundError, match="holds no figure"):
        score_run(pictured, tmp_path / "out")


def test_a_message_keeps_its_usage(pictured: Path, tmp_path: Path):
    model = scripted(script(AIMessage(WRITTEN)))
    told = run_benchmark(pictured, tmp_path / "out", config="vision", model=model, limit=1)
    assert told["tokens"] > 0
