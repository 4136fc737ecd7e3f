"""The graph from question to checked chart, with scripted models, a real engine and sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multivis import RuleBook, build_graph
from multivis.errors import (
    CodeError,
    GraphError,
    ImageError,
    OptionError,
    ProviderError,
    QuestionError,
    SourceNotFoundError,
)
from multivis.settings import Limits
from multivis.state import Evaluation, Recommendation, Severity, Status
from multivis.testing import ScriptedChatModel

from .conftest import CODE, SQL, code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


def rules_fired(result: Any) -> list[str]:
    return [event.rule for event in result.trace if event.event == "rule"]


def tools_called(result: Any) -> list[tuple[str, str]]:
    return [(e.tool, e.outcome) for e in result.trace if e.event == "tool"]


def nodes_entered(result: Any) -> list[str]:
    return [e.node for e in result.trace if e.event == "node" and e.phase == "entered"]


def test_a_clean_run_costs_two_model_calls_and_passes(ask_with: Any) -> None:
    result = ask_with([sql_call()], [code_call()]).ask(QUESTION)
    assert result.status is Status.COMPLETE
    assert result.usage.calls == 2
    assert result.sql == SQL
    assert result.data.num_rows == 4
    assert nodes_entered(result) == [
        "intake",
        "coordinator",
        "database",
        "coordinator",
        "visualization",
        "coordinator",
        "validation",
        "coordinator",
    ]


def test_a_failed_statement_is_told_why_and_corrected(ask_with: Any) -> None:
    agent = ask_with([sql_call("SELECT regoin FROM sales"), sql_call()], [code_call()])
    result = agent.ask(QUESTION)
    assert result.passed
    assert tools_called(result)[0] == ("execute_sql", "missing_field")
    assert "region" in agent._models_given["model"].calls[1].messages[-1].content


def test_code_that_fails_is_told_the_line_and_corrected(ask_with: Any) -> None:
    broken = CODE.replace("alt.Chart(df)", "alt.Chart(nothing)")
    agent = ask_with([sql_call()], [code_call(broken), code_call()])
    result = agent.ask(QUESTION)
    assert result.passed
    assert ("execute_code", "execution") in tools_called(result)
    assert "nothing" in agent._models_given["code"].calls[1].messages[-1].content


def test_a_parameter_out_of_bounds_is_clamped_and_said(ask_with: Any) -> None:
    agent = ask_with(
        [{"name": "get_table", "args": {"table": "sales", "rows": 900}}, sql_call()],
        [code_call()],
    )
    result = agent.ask(QUESTION)
    assert result.passed
    assert "TE-1" in rules_fired(result)
    called = next(e for e in result.trace if e.event == "tool" and e.tool == "get_table")
    assert called.arguments["rows"] == 20


def test_a_write_statement_never_reaches_the_engine(ask_with: Any, sales: Path) -> None:
    before = sales.read_bytes()
    agent = ask_with([sql_call("DROP TABLE sales"), sql_call()], [code_call()])
    result = agent.ask(QUESTION)
    assert result.passed
    assert tools_called(result)[0] == ("execute_sql", "refused")
    assert sales.read_bytes() == before


def test_prose_instead_of_a_call_is_asked_again(ask_with: Any) -> None:
    agent = ask_with(["I would look at the sales table.", sql_call()], [code_call()])
    result = agent.ask(QUESTION)
    assert result.passed
    assert "EH-1" in rules_fired(result)


def test_the_same_call_for_ever_ends_by_its_fingerprint(ask_with: Any) -> None:
    agent = ask_with([sql_call("SELECT nothing FROM sales")] * 40, [code_call()])
    result = agent.ask(QUESTION)
    assert result.status is Status.FAILED
    assert any(
        e.event == "rule" and e.rule == "RC-1" and e.outcome == "repeat" for e in result.trace
    )
    assert len(tools_called(result)) < 10


def test_the_coordinator_never_takes_more_than_its_steps(ask_with: Any) -> None:
    queries = [sql_call(f"SELECT region, {n} * amount AS total FROM sales") for n in range(1, 60)]
    codes = [code_call(CODE + f"# {n}\n") for n in range(60)]

    counter = iter(range(1_000))

    def never_content(state: Any, runtime: Any) -> dict[str, Any]:
        advice = Recommendation(
            target="sql", severity=Severity.ERROR, text=f"Again, {next(counter)}"
        )
        return {"evaluation": Evaluation(passed=False, recommendations=(advice,))}

    agent = ask_with(
        queries, codes, nodes={"validation": never_content}, limits=Limits(max_steps=7)
    )
    result = agent.ask(QUESTION)
    assert result.status is Status.EXHAUSTED
    assert result.steps == 7
    assert result.code is not None  # the best attempt is kept
    assert "its 7 steps" in result.failures[-1].message  # and why it ended is written down
    assert result.failures[-1].detail == {"stop": "steps"}


def test_a_failed_check_sends_the_recommendation_to_the_visualization_agent(
    ask_with: Any,
) -> None:
    line = CODE.replace("mark_bar", "mark_line")
    agent = ask_with([sql_call()], [code_call(line), code_call()])
    result = agent.ask(QUESTION)
    assert result.passed
    brief = agent._models_given["code"].calls[1].messages[1].content
    assert "<recommendations>" in brief
    assert "<previous_code>" in brief
    assert "CR-3" in rules_fired(result)


def test_a_tool_that_raises_is_a_failure_and_not_the_end(ask_with: Any) -> None:
    from multivis.tool import Arguments, Tool

    def explode(arguments: Any, context: Any) -> Any:
        raise ZeroDivisionError("boom")

    tool = Tool(name="explode", description="Explodes.", arguments=Arguments, run=explode)
    agent = ask_with(
        [{"name": "explode", "args": {}}, sql_call()],
        [code_call()],
        tools={"database": [tool]},
    )
    result = agent.ask(QUESTION)
    assert result.passed
    assert ("explode", "internal") in tools_called(result)


def test_a_node_that_raises_ends_in_a_failed_result(ask_with: Any) -> None:
    def broken(state: Any, runtime: Any) -> dict[str, Any]:
        raise RuntimeError("no engine")

    result = ask_with([], [], nodes={"database": broken}).ask(QUESTION)
    assert result.status is Status.FAILED
    assert "no engine" in result.failures[-1].message


def test_a_provider_that_stays_down_ends_in_a_failed_result(ask_with: Any) -> None:
    down = ProviderError("The provider is down.", transient=False)
    result = ask_with([down] * 20, [code_call()]).ask(QUESTION)
    assert result.status is Status.FAILED
    assert "down" in result.failures[-1].message


def test_node_swapping_is_one_argument(ask_with: Any) -> None:
    def trusting(state: Any, runtime: Any) -> dict[str, Any]:
        return {"evaluation": Evaluation(passed=True, judged_by="nobody")}

    result = ask_with([sql_call()], [code_call()], nodes={"validation": trusting}).ask(QUESTION)
    assert result.passed
    assert result.evaluation.judged_by == "nobody"


def test_an_unknown_node_is_named() -> None:
    with pytest.raises(GraphError, match="validatoin"):
        build_graph(nodes={"validatoin": lambda state, runtime: {}})


def test_without_te1_a_bound_is_no_longer_kept(ask_with: Any) -> None:
    calls = [{"name": "get_table", "args": {"table": "sales", "rows": 900}}, sql_call()]
    result = ask_with(calls, [code_call()], rules=RuleBook().without("TE-1")).ask(QUESTION)
    assert ("get_table", "parameter") in tools_called(result)
    assert "TE-1" not in rules_fired(result)


def test_without_any_rule_a_hopeless_run_still_ends_in_a_result(ask_with: Any) -> None:
    limits = Limits(max_steps=3, max_agent_steps=3)
    agent = ask_with(["Hm."] * 500, ["Hm."] * 500, rules=RuleBook.none(), limits=limits)
    result = agent.ask(QUESTION)
    assert not result.passed
    assert result.failures


def test_a_question_that_the_data_cannot_answer_ends_at_once_with_the_reason(
    ask_with: Any,
) -> None:
    reason = "There is nothing about the weather; the nearest are region and amount."
    agent = ask_with([{"name": "cannot_answer", "args": {"reason": reason}}], [])
    result = agent.ask("Show the temperature by hour")
    assert result.status is Status.FAILED
    assert result.failures[-1].message == reason
    assert result.usage.calls == 1


def test_a_judge_can_make_the_verdict_stricter_but_not_laxer(ask_with: Any) -> None:
    advice = {"target": "code", "severity": "error", "text": "The bars are too thin to read."}
    judge = ScriptedChatModel(
        responses=[
            {"name": "submit_evaluation", "args": {"passed": False, "recommendations": [advice]}},
            {"name": "submit_evaluation", "args": {"passed": True, "recommendations": []}},
        ]
    )
    second = CODE.replace("mark_bar()", "mark_bar(size=40)")
    agent = ask_with([sql_call()], [code_call(), code_call(second)], vision=judge)
    result = agent.ask(QUESTION)
    assert result.passed
    assert "size=40" in result.code
    assert result.evaluation.judged_by == "checks and model"
    assert any(
        block.get("type") == "image_url"
        for block in judge.calls[0].messages[1].content
        if isinstance(block, dict)
    )


def test_an_empty_question_is_the_askers_mistake(ask_with: Any) -> None:
    with pytest.raises(QuestionError, match="empty"):
        ask_with([], []).ask("   ")


def test_a_question_of_100000_characters_is_refused(ask_with: Any) -> None:
    with pytest.raises(QuestionError, match="100,000"):
        ask_with([], []).ask("x" * 100_000)


def test_an_unknown_backend_is_named_with_the_known_ones(ask_with: Any) -> None:
    with pytest.raises(OptionError, match=r"ggplot.*altair"):
        ask_with([], []).ask(QUESTION, backend="ggplot")


def test_reference_code_that_does_not_parse_is_refused(ask_with: Any) -> None:
    with pytest.raises(CodeError):
        ask_with([], []).ask(QUESTION, code="import altair as alt\nchart = alt.Chart(")


def test_reference_code_that_draws_nothing_is_refused(ask_with: Any) -> None:
    with pytest.raises(CodeError):
        ask_with([], []).ask(QUESTION, code="print('hello')\n")


def test_an_empty_reference_file_is_told_and_the_words_are_followed(
    ask_with: Any, tmp_path: Path
) -> None:
    (tmp_path / "empty.py").write_text("\n")
    result = ask_with([sql_call()], [code_call()]).ask(QUESTION, code=tmp_path / "empty.py")
    assert result.code
    assert any("reference code is empty" in note.text for note in result.notes)


def test_a_missing_reference_image_is_refused(ask_with: Any, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"nowhere\.png"):
        ask_with([], []).ask(QUESTION, image=tmp_path / "nowhere.png")


def test_data_that_is_missing_is_named(ask_with: Any, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="gone"):
        ask_with([], []).ask(QUESTION, data=tmp_path / "gone.sqlite")


def test_the_checkpoint_of_a_large_result_stays_small(ask_with: Any) -> None:
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "SELECT i, i % 7 AS value FROM n"
    )
    chart = 'chart = alt.Chart(df).mark_bar().encode(x=alt.X("value:O"), y=alt.Y("count():Q"))\n'
    result = ask_with([sql_call(many)], [code_call(chart)]).ask(
        "Show a bar chart of the number of rows by value"
    )
    assert result.state.query.row_count == 100_000
    assert len(result.state.model_dump_json()) < 200_000
