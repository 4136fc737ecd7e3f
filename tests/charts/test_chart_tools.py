"""The tools of the Visualization and the Validation agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from multivis.charts.tools import chart_tools, validation_tools
from multivis.memory import SqliteMemory, schema_fingerprint
from multivis.protocols import Example, Source
from multivis.rules import RuleBook
from multivis.state import FailureKind, QueryResult
from multivis.tool import Dependencies, Outcome, Tool, ToolContext

TOTALS = "SELECT item, SUM(price) AS total FROM sale GROUP BY item"
BAR = (
    "chart = alt.Chart(df, title='Sales').mark_bar().encode("
    "x='item:N', y='total:Q', color='item:N')"
)
MakeQuery = Callable[[Dependencies, str], QueryResult]
MakeContext = Callable[..., ToolContext]


def call(
    tools: tuple[Tool, ...], tool_name: str, context: ToolContext, **arguments: Any
) -> Outcome:
    tool = next(tool for tool in tools if tool.name == tool_name)
    return tool.run(tool.arguments(**arguments), context)


@pytest.fixture()
def context(dependencies: Dependencies, query: MakeQuery, make_context: MakeContext) -> ToolContext:
    return make_context(dependencies, query(dependencies, TOTALS))


def with_chart(context: ToolContext, outcome: Outcome) -> ToolContext:
    state = context.state.model_copy(update=outcome.update)
    return ToolContext(context.dependencies, state)


def test_the_tools_have_the_names_of_the_paper() -> None:
    assert [tool.name for tool in chart_tools()] == [
        "get_code_example_list",
        "get_code_example",
        "execute_code",
    ]
    assert [tool.name for tool in validation_tools()] == [
        "execute_altair_code",
        "execute_matplotlib_code",
    ]
    for tool in (*chart_tools(), *validation_tools()):
        assert tool.definition()["function"]["description"].endswith(".")


def test_arguments_have_bounds() -> None:
    arguments = chart_tools()[2].arguments
    for wrong in ({"code": ""}, {"code": "x" * 200_001}, {"code": "x", "handoff": "x" * 8_001}):
        with pytest.raises(ValidationError):
            arguments(**wrong)
    with pytest.raises(ValidationError):
        arguments(code="x", rows=3)


def test_executing_code_hands_on_a_chart_and_says_what_it_draws(context: ToolContext) -> None:
    outcome = call(chart_tools(), "execute_code", context, code=BAR, handoff="by item")
    assert outcome.failure is None
    assert outcome.final
    assert outcome.update["chart"].handoff == "by item"
    assert "Draws 3 bars." in outcome.text
    assert "Title: 'Sales'." in outcome.text
    assert "X axis: 'item', labels 'cocoa' to 'tea' (3)." in outcome.text
    assert "Legend 'item': 'cocoa', 'coffee', 'tea'." in outcome.text
    assert len(outcome.text) < 1_000


def test_a_trial_is_not_final(context: ToolContext) -> None:
    assert not call(chart_tools(), "execute_code", context, code=BAR, final=False).final


def test_code_that_fails_gives_a_failure_and_no_chart(context: ToolContext) -> None:
    outcome = call(chart_tools(), "execute_code", context, code=BAR.replace("df", "dg", 1))
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.EXECUTION
    assert outcome.update == {}
    assert not outcome.final
    assert "'dg' is not defined" in outcome.text


def test_a_chart_that_the_runtime_cannot_draw_is_a_failure(context: ToolContext) -> None:
    code = BAR + ".transform_filter('foo((')"
    outcome = call(chart_tools(), "execute_code", context, code=code)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.EXECUTION
    assert "cannot be drawn" in outcome.text
    assert outcome.update == {}


def test_a_column_name_that_vega_lite_cannot_read_gets_advice(
    dependencies: Dependencies, query: MakeQuery, make_context: MakeContext
) -> None:
    result = query(dependencies, 'SELECT item AS "it\'s", price FROM sale')
    context = make_context(dependencies, result)
    code = (
        """chart = alt.Chart(df).mark_bar().encode(x=alt.X("it's", type="nominal"), y="price:Q")"""
    )
    outcome = call(chart_tools(), "execute_code", context, code=code)
    assert outcome.failure is not None
    assert "an alias in SQL" in outcome.text


def test_the_trace_says_what_te_2_did(context: ToolContext) -> None:
    fenced = call(chart_tools(), "execute_code", context, code=f"```python\n{BAR}\n```")
    assert [event.outcome for event in fenced.rules] == ["standardised", "environment"]
    assert {event.rule for event in fenced.rules} == {"TE-2"}
    broken = call(chart_tools(), "execute_code", context, code="chart = (")
    assert [event.outcome for event in broken.rules] == ["syntax"]


def test_without_te_2_nothing_is_put_around_the_code(
    make_dependencies: Callable[..., Dependencies], query: MakeQuery, make_context: MakeContext
) -> None:
    dependencies = make_dependencies(rules=RuleBook().without("TE-2"))
    context = make_context(dependencies, query(dependencies, TOTALS))
    outcome = call(chart_tools(), "execute_code", context, code=BAR)
    assert outcome.failure is not None
    assert "'alt' is not defined" in outcome.text
    assert outcome.rules == ()
    whole = call(chart_tools(), "execute_code", context, code="import altair as alt\n" + BAR)
    assert whole.failure is None


def test_a_chart_without_data_says_so(context: ToolContext) -> None:
    code = BAR + ".transform_filter('datum.total < 0')"
    outcome = call(chart_tools(), "execute_code", context, code=code)
    assert "Draws nothing" in outcome.text


def test_plotly_and_matplotlib_charts_are_described(
    dependencies: Dependencies, query: MakeQuery, make_context: MakeContext
) -> None:
    result = query(dependencies, TOTALS)
    plotly = make_context(dependencies, result, backend="plotly")
    code = "fig = px.bar(df, x='item', y='total', title='Sales')"
    outcome = call(chart_tools(), "execute_code", plotly, code=code)
    assert "Trace bar: 3 values." in outcome.text
    assert "Title: 'Sales'." in outcome.text
    matplotlib = make_context(dependencies, result, backend="matplotlib")
    code = "fig, ax = plt.subplots()\nax.bar(df['item'], df['total'])\nax.set_title('Sales')"
    outcome = call(chart_tools(), "execute_code", matplotlib, code=code)
    assert "bars (3)" in outcome.text
    assert "title 'Sales'" in outcome.text


def test_the_list_of_examples_names_categories_and_what_is_closest(context: ToolContext) -> None:
    text = call(chart_tools(), "get_code_example_list", context).text
    assert "Closest to the question: " in text
    assert "Circular Plots: pie_simple" in text
    assert len(text) < context.dependencies.settings.limits.observation_characters


def test_one_category_is_listed_with_descriptions(context: ToolContext) -> None:
    outcome = call(chart_tools(), "get_code_example_list", context, category="maps")
    assert outcome.text.splitlines()[0].startswith("map_points: Places by longitude")
    wrong = call(chart_tools(), "get_code_example_list", context, category="sankey")
    assert wrong.failure is not None
    assert "'Bar Charts'" in wrong.text


def test_an_example_is_given_as_code(context: ToolContext) -> None:
    outcome = call(chart_tools(), "get_code_example", context, name="donut_simple")
    assert "innerRadius" in outcome.text
    wrong = call(chart_tools(), "get_code_example", context, name="donut_simpl")
    assert wrong.failure is not None
    assert "donut_simple" in wrong.text


def test_charts_that_passed_before_on_this_schema_come_first(
    make_dependencies: Callable[..., Dependencies], shop: Source, make_context: MakeContext
) -> None:
    memory = SqliteMemory()
    schema = schema_fingerprint(shop.schema())
    for backend, name in (("altair", "Total sales of each item"), ("plotly", "Total sales")):
        kept = Example(name, "Remembered", name, backend, f"chart = {backend!r}  # own code")
        memory.remember(kept, schema=schema, evidence={"checks": {"runs": True}})
    context = make_context(make_dependencies(memory=memory))
    lines = call(chart_tools(), "get_code_example_list", context).text.splitlines()
    assert lines[0] == "Charts of this database that passed before:"
    assert lines[1] == "  Total sales of each item: Total sales of each item"
    assert not lines[2].startswith("  ")
    found = call(chart_tools(), "get_code_example", context, name="Total sales of each item")
    assert "# own code" in found.text


def test_validation_runs_the_draft_again_and_changes_nothing(context: ToolContext) -> None:
    drafted = with_chart(context, call(chart_tools(), "execute_code", context, code=BAR))
    outcome = call(validation_tools(), "execute_altair_code", drafted)
    assert outcome.failure is None
    assert "Draws 3 bars." in outcome.text
    assert "not deterministic" not in outcome.text
    assert outcome.update == {}
    assert not outcome.final


def test_validation_notes_a_chart_that_changes_from_run_to_run(context: ToolContext) -> None:
    code = "import os\ndf['total'] = int.from_bytes(os.urandom(6), 'big')\n" + BAR
    drafted = with_chart(context, call(chart_tools(), "execute_code", context, code=code))
    outcome = call(validation_tools(), "execute_altair_code", drafted)
    assert "not deterministic" in outcome.text


def test_validation_runs_given_code(context: ToolContext) -> None:
    outcome = call(validation_tools(), "execute_altair_code", context, code=BAR)
    assert "Draws 3 bars." in outcome.text
    code = "fig, ax = plt.subplots()\nax.bar(df['item'], df['total'])"
    outcome = call(validation_tools(), "execute_matplotlib_code", context, code=code)
    assert "bars (3)" in outcome.text


def test_validation_of_the_wrong_library_or_of_nothing_says_so(context: ToolContext) -> None:
    outcome = call(validation_tools(), "execute_altair_code", context)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.PREREQUISITE
    drafted = with_chart(context, call(chart_tools(), "execute_code", context, code=BAR))
    outcome = call(validation_tools(), "execute_matplotlib_code", drafted)
    assert outcome.failure is not None
    assert "drawn with altair" in outcome.text
