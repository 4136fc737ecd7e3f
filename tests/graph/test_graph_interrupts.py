"""Runs that wait for a person, and runs that were killed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from multivis.errors import OptionError

from .conftest import CODE, SQL, code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


def test_an_approved_statement_runs(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()], approve_sql=True)
    waiting = agent.ask(QUESTION)
    assert waiting.interrupt.kind == "approve_sql"
    assert waiting.interrupt.payload == {"sql": SQL}
    assert waiting.sql is None
    result = agent.resume(waiting.thread_id, True)
    assert result.passed


def test_an_edited_statement_runs_instead(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()], approve_sql=True)
    waiting = agent.ask(QUESTION)
    edited = SQL.replace("ORDER BY total DESC", "ORDER BY region")
    result = agent.resume(waiting.thread_id, {"sql": edited})
    assert result.sql == edited


def test_an_edited_statement_passes_the_same_guard(ask_with: Any, sales: Path) -> None:
    agent = ask_with([sql_call(), sql_call()], [code_call()], approve_sql=True)
    waiting = agent.ask(QUESTION)
    again = agent.resume(waiting.thread_id, {"sql": "DELETE FROM sales"})
    assert again.interrupt is not None  # refused; the model wrote another, which waits again
    assert agent.resume(again.thread_id, True).passed


def test_a_rejected_statement_is_told_to_the_model(ask_with: Any) -> None:
    agent = ask_with([sql_call(), sql_call(SQL + " ")], [code_call()], approve_sql=True)
    waiting = agent.ask(QUESTION)
    again = agent.resume(waiting.thread_id, {"approve": False, "reason": "only 2022"})
    assert "only 2022" in agent._models_given["model"].calls[1].messages[-1].content
    assert agent.resume(again.thread_id, "yes").passed


def test_a_chart_that_is_not_accepted_is_drawn_again(ask_with: Any) -> None:
    second = CODE.replace("mark_bar()", "mark_bar(color='teal')")
    agent = ask_with([sql_call()], [code_call(), code_call(second)], approve_chart=True)
    waiting = agent.ask(QUESTION)
    assert waiting.interrupt.kind == "approve_chart"
    again = agent.resume(waiting.thread_id, {"approve": False, "reason": "make it teal"})
    assert again.interrupt.kind == "approve_chart"
    result = agent.resume(again.thread_id, True)
    assert result.passed
    assert "teal" in result.code


def test_a_run_that_waits_needs_a_decision(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()], approve_sql=True)
    waiting = agent.ask(QUESTION)
    with pytest.raises(OptionError, match="waits for a decision"):
        agent.resume(waiting.thread_id)


def test_an_unknown_run_is_named(ask_with: Any) -> None:
    with pytest.raises(OptionError, match="no run 'nobody'"):
        ask_with([], [], approve_sql=True).resume("nobody", True)


KILLED = """
import os, signal, sys
from pathlib import Path
from multivis import MultiVis
from multivis.testing import ScriptedChatModel

log, data, runs, kill_in = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]

def told(role, response):
    def answer(messages):
        with log.open("a") as stream:
            stream.write(role + "\\n")
        if kill_in == role:
            os.kill(os.getpid(), signal.SIGKILL)
        return response
    return answer

sql = {"name": "execute_sql", "args": {"sql": %(sql)r}}
code = {"name": "execute_code", "args": {"code": %(code)r}}
agent = MultiVis(
    data,
    model=ScriptedChatModel([told("database", sql)]),
    code=ScriptedChatModel([told("visualization", code)]),
    checkpointer="sqlite:///" + runs,
)
if kill_in == "nowhere":
    result = agent.resume("the-run")
else:
    result = agent.ask("Show a bar chart of the total amount by region", thread_id="the-run")
print(result.status.value, result.steps)
agent.close()
"""


@pytest.mark.slow
def test_a_run_killed_in_the_middle_resumes_without_repeating_finished_work(
    tmp_path: Path, sales: Path
) -> None:
    script = tmp_path / "run.py"
    script.write_text(textwrap.dedent(KILLED % {"sql": SQL, "code": CODE}))
    log, runs = tmp_path / "log.txt", tmp_path / "runs.sqlite"

    def go(kill_in: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(script), str(log), str(sales), str(runs), kill_in],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )

    killed = go("visualization")
    assert killed.returncode == -9
    assert log.read_text().split() == ["database", "visualization"]
    resumed = go("nowhere")
    assert resumed.stdout.split() == ["complete", "3"], resumed.stderr
    assert log.read_text().split() == ["database", "visualization", "visualization"]
