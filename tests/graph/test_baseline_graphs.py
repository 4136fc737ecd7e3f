"""The systems of Tables 2 to 4 as graphs: each runs on any chat model and keeps to its own way."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis
from multivis.bench.multivis_bench.run import last_state
from multivis.bench.multivis_bench.systems import SYSTEMS, system_graph
from multivis.errors import OptionError
from multivis.settings import Limits
from multivis.state import Request, State, Status
from multivis.testing import ScriptedChatModel

ROOT = Path(__file__).parents[2]
SQL = "SELECT item, SUM(price) AS total FROM sale GROUP BY item"
CODE = 'chart = alt.Chart(df).mark_bar().encode(x=alt.X("item:N"), y=alt.Y("total:Q"))'
RAW = 'chart = alt.Chart(df).mark_bar().encode(x=alt.X("item:N"), y=alt.Y("sum(price):Q"))'
QUESTION = "Total price by item of every sale as a bar chart"
GET_ROWS = {"name": "execute_sql", "args": {"sql": SQL, "final": True}}
DRAW = {"name": "execute_code", "args": {"code": CODE, "final": True}}
DRAW_RAW = {"name": "execute_code", "args": {"code": RAW, "final": True}}
WHOLE = {"name": "WholeChart", "args": {"sql": SQL, "code": CODE}}
TABLES = {"name": "Tables", "args": {"tables": ["sale"]}}
VQL = {"name": "Statement", "args": {"vql": f"VISUALIZE BAR {SQL}"}}


def decide(action: str) -> dict[str, Any]:
    """What a coordinating model says; only without rules is it asked at every step."""
    return {"name": "CoordinatorDecision", "args": {"action": action, "why": "It is next."}}


SCRIPTS: dict[str, list[Any]] = {
    "multivis": [GET_ROWS, DRAW],
    "instructing-llm": [WHOLE],
    "llm-workflow": [GET_ROWS, DRAW],
    "nvagent": [TABLES, VQL],
    "without-rules": [
        decide("database"),
        GET_ROWS,
        decide("visualization"),
        {"name": "execute_code", "args": {"code": f"import altair as alt\n{CODE}", "final": True}},
        decide("validation"),
    ],
    "without-database": [DRAW_RAW],
    "without-validation": [GET_ROWS, DRAW],
    "only-generation": [DRAW_RAW],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE sale (item TEXT, price REAL)")
        connection.execute("CREATE TABLE keeper (name TEXT, age INTEGER)")
        rows = [(("tea", "cocoa", "coffee")[i % 3], 2.5 + i % 7) for i in range(30)]
        connection.executemany("INSERT INTO sale VALUES (?, ?)", rows)
        connection.commit()
    return path


@pytest.fixture(scope="module")
def box() -> Any:
    from multivis.sandbox import open_sandbox

    opened = open_sandbox()
    yield opened
    opened.close()


Run = Callable[..., tuple[State, ScriptedChatModel]]


@pytest.fixture
def run(shop: Path, box: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a system on the shop with a script."""
    monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path / "cache"))

    def call(system: str, script: list[Any], **request: Any) -> tuple[State, ScriptedChatModel]:
        model = ScriptedChatModel(script)
        with MultiVis(
            model=model, sandbox=box, limits=Limits(max_steps=5, max_agent_steps=2)
        ) as agent:
            asked = Request(question=QUESTION, data=str(shop), **request)
            context = agent.dependencies(shop)
            state = last_state(system_graph(system), asked, context)
        return state, model

    return call


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_draws_with_the_calls_that_its_way_needs(system: str, run: Run):
    state, model = run(system, SCRIPTS[system])
    assert state.status is Status.COMPLETE, state.failures
    assert state.chart is not None and "alt.Chart" in state.chart.script
    assert len(model.calls) == len(SCRIPTS[system])
    assert state.usage.calls == len(SCRIPTS[system])


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_ends_without_a_chart_when_the_model_says_nothing(system: str, run: Run):
    state, _ = run(system, ["I cannot do that."] * 800)
    assert state.status is not Status.COMPLETE
    assert state.chart is None and state.failures


def test_the_graphs_are_listed_for_the_server():
    listed = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    for module, _ in SYSTEMS.values():
        name = module.rpartition(".")[2]
        assert listed[name] == f"./graphs/{name}.py:graph"
        assert len((ROOT / "graphs" / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 30


def test_instructing_a_model_gives_no_second_chance(run: Run):
    wrong = {"name": "WholeChart", "args": {"sql": "SELECT nothing FROM sale", "code": CODE}}
    state, model = run("instructing-llm", [wrong, WHOLE])
    assert state.status is Status.FAILED and len(model.calls) == 1


def test_instructing_a_model_returns_a_changed_script_of_a_refinement(run: Run, shop: Path):
    script = (
        "import sqlite3\nimport pandas as pd\nimport altair as alt\n"
        f"connection = sqlite3.connect({str(shop)!r})\n"
        f"df = pd.read_sql_query({SQL!r}, connection)\n"
        "chart = alt.Chart(df).mark_bar().encode(x='item:N', y='total:Q')\n"
    )
    changed = script.replace("mark_bar", "mark_line")
    answer = {"name": "WholeChart", "args": {"code": changed}}
    state, _ = run("instructing-llm", [answer], existing=script)
    assert state.status is Status.COMPLETE, state.failures
    assert "mark_line" in state.chart.script


def test_the_workflow_repairs_once_and_not_twice(run: Run):
    broken = {"name": "execute_code", "args": {"code": "chart = alt.Chart(", "final": True}}
    state, model = run("llm-workflow", [GET_ROWS, broken, DRAW])
    assert state.status is Status.COMPLETE and len(model.calls) == 3
    state, model = run("llm-workflow", [GET_ROWS, broken, broken, DRAW])
    assert state.status is Status.FAILED and len(model.calls) == 3


def test_the_workflow_repairs_a_query_and_then_draws(run: Run):
    wrong = {"name": "execute_sql", "args": {"sql": "SELECT nothing FROM sale", "final": True}}
    state, model = run("llm-workflow", [wrong, GET_ROWS, DRAW])
    assert state.status is Status.COMPLETE and len(model.calls) == 3


def test_nvagent_mends_a_statement_and_gives_up_after_two_repairs(run: Run):
    wrong = {"name": "Statement", "args": {"vql": "VISUALIZE CUBE SELECT item, price FROM sale"}}
    state, _ = run("nvagent", [TABLES, wrong, VQL])
    assert state.status is Status.COMPLETE
    state, model = run("nvagent", [TABLES, wrong, wrong, wrong, VQL])
    assert state.status is Status.FAILED and len(model.calls) == 4
    assert "CUBE" in state.failures[-1].message


def test_nvagent_composes_from_the_tables_that_were_chosen(run: Run):
    _, model = run("nvagent", [TABLES, VQL])
    processor, composer = (str(call.messages[-1].content) for call in model.calls)
    assert "keeper" in processor and "keeper" not in composer


def test_without_the_database_agent_the_nearest_table_is_drawn(run: Run):
    state, _ = run("without-database", [DRAW_RAW])
    assert state.query is not None and state.query.sql.replace('"', "") == "SELECT * FROM sale"


def test_without_validation_nothing_is_checked(run: Run):
    state, _ = run("without-validation", [GET_ROWS, DRAW])
    assert state.evaluation is not None and not state.evaluation.checks


def test_without_rules_no_rule_acts(run: Run):
    state, _ = run("without-rules", SCRIPTS["without-rules"])
    assert not [event for event in state.trace if event.event == "rule"]


def test_a_graph_of_your_own_is_a_system_and_a_wrong_name_is_told():
    own = system_graph("multivis.graphs.llm_workflow:graph")
    assert own.name == "llm_workflow"
    assert system_graph("llm_workflow") is own
    for name in ("magic", "no_such_module:graph", "multivis.graphs.llm_workflow:nothing"):
        with pytest.raises(OptionError):
            system_graph(name)


def test_a_run_that_nothing_ends_is_cut_off_in_time(run: Run, monkeypatch: pytest.MonkeyPatch):
    from multivis.bench.multivis_bench import run as harness

    monkeypatch.setattr(harness, "_PATIENCE", 0.0)
    state, model = run("without-rules", [decide("database"), GET_ROWS] * 50)
    assert state.status is Status.EXHAUSTED
    assert "time for one case" in state.failures[-1].message
    assert len(model.calls) <= 2
