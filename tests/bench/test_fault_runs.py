"""The fault bench: faults are injected as asked, runs end, and what is reported is true."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.tool import tool_call

from multivis.bench.faults import Plan, Report, RunRecord, own_tasks, run_faults, write_report
from multivis.bench.faults.kept import forget_runs, keep_runs
from multivis.bench.faults.report import share
from multivis.bench.faults.tasks import case_tasks, split_gold
from multivis.charts.tools import chart_tools
from multivis.cli import main
from multivis.data.tools import data_tools
from multivis.errors import OptionError
from multivis.graph.nodes.validation import VALIDATION_AGENT
from multivis.testing import FaultyChatModel, ScriptedChatModel
from multivis.testing.faults import KINDS, applicable, spoil
from multivis.testing.world import WORLD_KINDS

TOOLS = [tool.definition() for tool in (*data_tools(), *chart_tools(), *VALIDATION_AGENT.tools())]
ARGUMENTS = {
    "execute_sql": {"sql": "SELECT region FROM sales"},
    "execute_code": {"code": "chart = alt.Chart(df).mark_bar()"},
    "submit_evaluation": {"passed": True},
}


def answer(name: str) -> AIMessage:
    call = tool_call(name=name, args=ARGUMENTS[name], id="call_1")
    return AIMessage("", tool_calls=[call])


def test_every_kind_of_fault_can_happen_to_some_answer() -> None:
    found = {kind for name in ARGUMENTS for kind in applicable(answer(name), TOOLS)}
    assert found == set(KINDS)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_fault_changes_the_answer_or_raises(name: str) -> None:
    good = answer(name)
    for kind in applicable(good, TOOLS):
        try:
            spoiled = spoil(good, kind, TOOLS, random=Random(1))
        except Exception as error:
            assert kind in {"http_429", "http_500", "timeout", "connection_reset"}, error
            continue
        assert (spoiled.content, spoiled.tool_calls, spoiled.response_metadata) != (
            good.content,
            good.tool_calls,
            good.response_metadata,
        ), kind


def faulty(seed: int, **options: object) -> list[tuple[int, str]]:
    call = {"name": "execute_sql", "args": ARGUMENTS["execute_sql"]}
    model = FaultyChatModel(
        inner=ScriptedChatModel([call], repeat=True), rate=0.5, seed=seed, **options
    )
    bound = model.bind_tools(TOOLS)
    for number in range(40):
        try:
            bound.invoke([("user", f"question {number}")])
        except Exception as error:
            assert str(error)
    return list(model.injected)


def test_the_same_seed_spoils_the_same_calls_and_the_rate_is_kept() -> None:
    first = faulty(3)
    assert first == faulty(3) != faulty(4)
    assert 10 <= len(first) <= 30
    assert {kind for _, kind in faulty(3, kinds=("empty",))} == {"empty"}


def test_a_conversation_that_is_stuck_begins_anew_with_a_new_conversation() -> None:
    call = {"name": "execute_sql", "args": ARGUMENTS["execute_sql"]}
    model = FaultyChatModel(
        inner=ScriptedChatModel([call], repeat=True), faults={1: "same_call"}
    ).bind_tools(TOOLS)
    stuck = [model.invoke([("user", "a")]).tool_calls[0]["args"] for _ in range(3)]
    assert stuck == [{**ARGUMENTS["execute_sql"], "final": False}] * 3
    assert model.invoke([("user", "b")]).tool_calls[0]["args"] == ARGUMENTS["execute_sql"]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault 'rude'"):
        FaultyChatModel(inner=ScriptedChatModel([]), kinds=("rude",))


@pytest.mark.slow
def test_every_fault_is_survived_and_nothing_is_written(tmp_path: Path) -> None:
    tasks = own_tasks(tmp_path / "data")
    before = tasks[0].data.read_bytes()
    records = tuple(run_faults(Plan(tasks, (0.3,), 12, seed=5)))
    report = Report("multivis", records)
    assert report.sound
    assert tasks[0].data.read_bytes() == before
    assert {record.ended for record in records} <= {"complete", "failed", "exhausted"}
    assert sum(record.completed for record in records) >= 11
    assert {kind for record in records for kind in record.injected} <= set(KINDS)
    assert {record.world for record in records} <= {"", *WORLD_KINDS}
    write_report([report], tmp_path / "out")
    told = json.loads((tmp_path / "out" / "report.json").read_text())
    assert told[0]["rates"][0]["runs"] == 12
    assert (tmp_path / "out" / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_kinds_of_the_world_can_be_chosen_and_leave_the_model_alone(tmp_path: Path) -> None:
    tasks = own_tasks(tmp_path)[:1]
    (found,) = run_faults(Plan(tasks, (1.0,), 1, kinds=("clock_jumped",)))
    assert (found.world, found.injected, found.ended) == ("clock_jumped", (), "complete")


def test_an_interrupted_bench_goes_on_where_it_stopped(tmp_path: Path) -> None:
    plan = Plan(own_tasks(tmp_path / "data")[:1], (0.0, 0.2), 2, seed=3, world=False)
    begun = keep_runs(plan, tmp_path / "out")
    first = [next(begun), next(begun)]
    begun.close()
    with pytest.raises(OptionError, match="interrupted bench"):
        next(keep_runs(plan, tmp_path / "out"))
    with pytest.raises(OptionError, match="other options: seed"):
        next(keep_runs(replace(plan, seed=4), tmp_path / "out", resume=True))
    file = tmp_path / "out" / "multivis.part.jsonl"
    file.write_text(file.read_text() + '{"task": "cut o')
    records = list(keep_runs(plan, tmp_path / "out", resume=True))
    assert records[:2] == first
    assert [(r.rate, r.number) for r in records] == [(0.0, 0), (0.0, 1), (0.2, 0), (0.2, 1)]
    forget_runs("multivis", tmp_path / "out")
    assert not file.exists()


def test_the_tables_of_a_bench_fit_into_eighty_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = str(tmp_path / "out")
    with pytest.raises(SystemExit) as stop:
        main(["bench", "faults", "--rate", "0.3", "--runs", "2", "--seed", "5", "--out", out])
    assert stop.value.code == 0
    told = capsys.readouterr().out
    assert "100.00 % [34.24, 100.00]" in told
    assert "…" not in told
    assert not list(Path(out).glob("*.part.jsonl"))


def record(ended: str, **fields: object) -> RunRecord:
    return RunRecord(task="t", rate=0.1, number=0, ended=ended, **fields)  # type: ignore[arg-type]


def test_a_report_is_sound_only_if_all_ended_and_nothing_was_written() -> None:
    good = record("complete", executed=True, injected=("empty", "prose"))
    assert Report("s", (good, record("failed"))).sound
    assert not Report("s", ()).sound
    for bad in (record("hung"), record("raised"), record("complete", written=("/x",))):
        assert not Report("s", (good, bad)).sound
    (row,) = Report("s", (good, record("failed"))).rates()
    assert (row["completed"].value, row["hung"], row["raised"]) == (0.5, 0, 0)
    assert [kind["kind"] for kind in Report("s", (good,)).kinds()] == ["empty", "prose"]


def test_the_interval_of_a_share_is_wilsons() -> None:
    found = share(10, 100)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0552, 0.1744)
    assert share(5, 5).high == 1.0


GOLD = """\
import sqlite3
import pandas as pd
import altair as alt

conn = sqlite3.connect('database/x.sqlite')
query = '''SELECT a FROM t'''
data = pd.read_sql_query(query, conn)
conn.close()
chart = alt.Chart(data).mark_bar()
chart
"""


def test_a_gold_script_is_split_into_its_statement_and_its_chart() -> None:
    assert split_gold(GOLD) == (
        "SELECT a FROM t",
        "import pandas as pd\nimport altair as alt\ndata = df\n"
        "chart = alt.Chart(data).mark_bar()\nchart\n",
    )
    assert split_gold(GOLD + "more = pd.read_sql_query('SELECT 1', conn)\n") is None
    assert split_gold("chart = (") is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rate", "2"], "rates"),
        (["--rate", "many"], "rates"),
        (["--kinds", "rude"], "no fault"),
        (["--system", "magic"], "no system"),
        (["--cases", "missing.json"], "--databases"),
        (["--cases", "missing.json", "--databases", "."], "cannot be read"),
    ],
)
def test_bad_options_are_told_in_a_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["bench", "faults", "--out", str(tmp_path / "out"), *arguments])
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


def test_cases_without_a_usable_gold_are_told(tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text('[{"id": 1, "db_id": "x", "NLQ": "q", "code": "1"}]')
    with pytest.raises(OptionError, match="None of the 1 cases"):
        case_tasks(tmp_path / "cases.json", tmp_path)
