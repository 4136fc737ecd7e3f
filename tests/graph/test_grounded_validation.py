"""Validation grounded in the view, and questions about a chart that is there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from multivis.errors import InputError, OptionError, QuestionError
from multivis.testing import ScriptedChatModel
from multivis.views import ViewStore

from .conftest import code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


def test_the_result_carries_what_is_drawn_as_evidence(ask_with: Any) -> None:
    result = ask_with([sql_call()], [code_call()]).ask(QUESTION)
    drawn = result.evaluation.evidence[0]
    assert drawn["about"] == "drawn"
    assert drawn["traces"][0]["points"] == 4
    assert drawn["traces"][0]["maximum"] == 123.0


def test_a_question_about_the_chart_is_answered_from_what_it_shows(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()])
    result = agent.ask(QUESTION)
    answer = agent.ask("Which region is the highest?", view=result)
    assert "West" in answer.text
    assert answer.evidence
    assert agent.ask("Which region is the lowest?", view=result.view).value == "North"


def test_an_empty_question_about_a_chart_is_refused(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()])
    result = agent.ask(QUESTION)
    with pytest.raises(QuestionError):
        agent.ask("  ", view=result)


def test_a_result_without_a_chart_cannot_be_asked_about(ask_with: Any) -> None:
    agent = ask_with(["No."] * 20, [])
    with pytest.raises(OptionError, match="no chart"):
        agent.ask("Which is the highest?", view=agent.ask(QUESTION))


def test_a_plot_is_asked_about_by_its_number_alone(ask_with: Any) -> None:
    agent = ask_with([sql_call()] * 2, [code_call()] * 2)
    results = [agent.ask(QUESTION) for _ in range(2)]
    numbers = [result.view.plot_id for result in results]
    assert len(set(numbers)) == 2
    for number, result in zip(numbers, results, strict=True):
        answer = agent.ask("Which region is the lowest?", view=number)
        assert answer == agent.ask("Which region is the lowest?", view=result)
        assert answer.value == "North" and answer.evidence
    own = agent.views.session("mine").add_figure({"data": [{"type": "bar", "x": ["a"], "y": [3]}]})
    assert agent.ask("What is a?", view=own["plot_id"]).value == 3
    assert asyncio.run(agent.aask("What is a?", view=own["plot_id"])).value == 3
    with pytest.raises(InputError, match=f"no plot 99. The plots are {numbers[0]}, {numbers[1]}"):
        agent.ask("Which is the highest?", view=99)
    with pytest.raises(OptionError, match="'1' is no chart"):
        agent.ask("Which is the highest?", view="1")


def test_a_judge_reads_the_chart_with_the_view_tools(ask_with: Any) -> None:
    def look(call: Any) -> Any:
        assert {"get_plot_json", "relayout", "selected"} <= set(call.tool_names)
        return {"name": "get_plot_json", "args": {"plot_id": 1}}

    verdict = {"name": "submit_evaluation", "args": {"passed": True, "recommendations": []}}
    judge = ScriptedChatModel([look, verdict])
    result = ask_with([sql_call()], [code_call()], vision=judge).ask(QUESTION)
    assert result.passed
    assert ("get_plot_json", "ok") in [
        (e.tool, e.outcome) for e in result.trace if e.event == "tool"
    ]


def test_views_in_a_file_outlive_the_agent(ask_with: Any, tmp_path: Any) -> None:
    path = tmp_path / "views.sqlite"
    result = ask_with([sql_call()], [code_call()], views=path).ask(QUESTION)
    with ViewStore(path) as store:
        session = store.session(result.view.session)
        assert session.plots()[0]["plot_id"] == result.view.plot_id


def test_only_the_last_runs_are_kept_in_memory(ask_with: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("multivis.agent._KEPT_RUNS", 2)
    agent = ask_with([sql_call()] * 4, [code_call()] * 4)
    results = [agent.ask(QUESTION) for _ in range(4)]
    assert len(agent.views.sessions()) == 2
    assert agent.ask("Which is the highest?", view=results[-1]).understood
