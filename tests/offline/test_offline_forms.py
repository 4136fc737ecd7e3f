"""The offline model under the baselines, which ask for a form instead of a tool call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis
from multivis.bench.multivis_bench.run import last_state
from multivis.bench.multivis_bench.systems import system_graph
from multivis.llm.brief import render_brief
from multivis.offline import OfflineChatModel
from multivis.state import Request, State

QUESTION = "Show the number of orders per customer country as a bar chart."


@pytest.fixture(scope="module")
def agent() -> Iterator[MultiVis]:
    with MultiVis() as made:
        yield made


def run(agent: MultiVis, database: Any, system: str, question: str, **more: Any) -> State:
    request = Request(question=question, data=str(database.path), **more)
    return last_state(system_graph(system), request, agent.dependencies(database.path))


def drawn(agent: MultiVis, database: Any, state: State) -> dict[str, Any]:
    """The specification of a chart; it lies in the store."""
    assert state.chart is not None and state.chart.spec is not None
    content = agent.dependencies(database.path).store.get(state.chart.spec)
    found: dict[str, Any] = json.loads(content)
    return found


def form(name: str, **fields: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": fields, "required": list(fields)}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def ask(database: Any, tool: dict[str, Any], question: str, **sections: str) -> Any:
    brief = {"question": question, "dialect": "sqlite", "schema": database.text, **sections}
    return OfflineChatModel().bind_tools([tool]).invoke(render_brief(brief))


VQL = form("Statement", vql={"type": "string"})


def test_one_prompt_gives_a_query_and_the_code_that_draws_it(agent: MultiVis, sales: Any) -> None:
    state = run(agent, sales, "instructing-llm", QUESTION)
    assert state.query is not None and state.chart is not None
    assert {column.kind for column in state.query.columns} == {"nominal", "quantitative"}
    assert drawn(agent, sales, state)["mark"]["type"] == "bar"
    assert state.usage.calls == 1


def test_one_prompt_edits_a_given_script_and_asks_for_no_rows(
    agent: MultiVis, sales: Any, tmp_path: Path
) -> None:
    script = tmp_path / "bars.py"
    script.write_text(
        "import altair as alt\nimport pandas as pd\n"
        'df = pd.DataFrame({"tea": ["green", "black"], "cups": [3, 5]})\n'
        'chart = alt.Chart(df).mark_bar().encode(x="tea:N", y="cups:Q")\n'
    )
    wish = 'Change the title to "Cups of tea"'
    state = run(agent, sales, "instructing-llm", wish, existing=str(script))
    assert state.query is None and state.chart is not None
    assert "Cups of tea" in str(drawn(agent, sales, state)["title"])


def test_nvagent_draws_what_vql_can_say(agent: MultiVis, sales: Any) -> None:
    state = run(agent, sales, "nvagent", QUESTION)
    assert state.chart is not None and state.query is not None
    assert drawn(agent, sales, state)["mark"]["type"] == "bar"
    assert state.usage.calls == 2


def test_the_processor_names_the_tables_that_the_query_joins(sales: Any) -> None:
    call = ask(sales, form("Tables", tables={"type": "array"}), QUESTION).tool_calls[0]
    assert set(call["args"]["tables"]) == {"customers", "orders"}


@pytest.mark.parametrize(
    ("question", "kind", "columns"),
    [
        ("Show the share of products per category as a pie chart.", "PIE", 2),
        ("Plot unit price per product as horizontal bars.", "BAR", 2),
        ("Show the number of orders per month as a line chart.", "LINE", 2),
        (
            "Show stacked bars of the number of customers per country, coloured by segment.",
            "STACKED BAR",
            3,
        ),
    ],
)
def test_a_statement_has_the_nearest_chart_type_and_its_columns_in_order(
    sales: Any, question: str, kind: str, columns: int
) -> None:
    from multivis.charts.vql import parse_vql

    vql = ask(sales, VQL, question).tool_calls[0]["args"]["vql"]
    found = parse_vql(vql)
    assert found.kind == kind.lower()
    rows = sales.source.execute(found.sql).table
    assert rows.num_columns == columns
    # VQL's second column is the measure.
    assert all(isinstance(value, (int, float)) for value in rows.column(1).to_pylist())


def test_a_statement_that_failed_is_not_written_again(sales: Any) -> None:
    first = ask(sales, VQL, QUESTION).tool_calls[0]["args"]["vql"]
    second = ask(
        sales,
        VQL,
        QUESTION,
        previous_vql=first,
        previous_failure="no such column: customers.country",
    )
    assert not second.tool_calls or second.tool_calls[0]["args"]["vql"] != first


def test_a_form_says_in_words_what_the_data_cannot_answer(sales: Any) -> None:
    tool = form("WholeChart", sql={"type": "string"}, code={"type": "string"})
    answer = ask(sales, tool, "Plot the rainfall of Neptune against its albedo")
    assert not answer.tool_calls
    assert "could not be found" in answer.content


def test_imports_that_nothing_puts_in_front_are_written_after_the_first_failure(
    agent: MultiVis, sales: Any
) -> None:
    state = run(agent, sales, "without-rules", QUESTION)
    assert state.chart is not None
    assert state.chart.code.startswith("import altair as alt\n")
