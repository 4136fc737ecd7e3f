"""Four instructions, one after the other, on one chart: the rest stays byte for byte."""

from __future__ import annotations

import difflib
import json
import sqlite3
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from multivis import MultiVis
from multivis.llm.brief import render_brief
from multivis.offline.turns import read_turn
from multivis.offline.visualization_turn import visualization_turn

CHAINS = {
    "total amount by region as a bar chart": [
        "Make the bars green",
        "Sort from highest to lowest",
        "Change the title to 'Where we sell'",
        "Add an average line",
    ],
    "scatter plot of quantity against amount": [
        "Make the points red",
        "Make the points semi-transparent",
        "Label the x-axis 'Money'",
        "Add grid lines",
    ],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chains") / "shop.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE sales (region TEXT, amount REAL, quantity INTEGER)")
    rows = [(["North", "South", "East"][n % 3], 10.0 + (n * 31) % 80, n % 7 + 1) for n in range(40)]
    connection.executemany("INSERT INTO sales VALUES (?,?,?)", rows)
    connection.commit()
    connection.close()
    return path


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return (
        [line[2:] for line in lines if line.startswith("- ")],
        [line[2:] for line in lines if line.startswith("+ ")],
    )


@pytest.mark.parametrize("backend", ["altair", "plotly", "matplotlib"])
@pytest.mark.parametrize("question", CHAINS)
def test_each_step_of_a_chain_passes_and_leaves_the_rest(
    shop: Path, tmp_path: Path, backend: str, question: str
) -> None:
    with MultiVis(str(shop), backend=backend) as agent:
        result = agent.ask(question)
        for number, wish in enumerate(CHAINS[question]):
            code = result.code or ""
            folder = tmp_path / str(number)
            result.save(folder)
            result = agent.refine(folder, wish)
            assert result.passed, (wish, result.evaluation)
            assert not [note for note in result.notes if note.text.startswith("Not done")]
            gone, come = changed_lines(code, result.code or "")
            assert come and len(gone) <= 3, (wish, gone, come)
    final = result.code or ""
    for kept in ("FROM sales", "connection.close()"):
        assert kept in final
    words = {
        "altair": ("green", "Where we sell", "mean") if "bar" in question else ("red", "Money"),
        "plotly": ("green", "Where we sell", "hline") if "bar" in question else ("red", "Money"),
        "matplotlib": (
            ("green", "Where we sell", "axhline") if "bar" in question else ("red", "Money")
        ),
    }
    assert all(word in final for word in words[backend])


SCRIPT = """import plotly.express as px
import pandas as pd
df = pd.DataFrame({'kind': ['a', 'b'], 'amount': [1, 2]})
fig = px.bar(df, x='kind', y='amount')
fig.show()
"""
WISHES = "Make the bars red. Add an average line. Change the title to 'New'."


def refined(*answers: str) -> list[dict[str, object]]:
    """The calls that the offline model makes when its drafts are answered so."""
    brief = {"question": WISHES, "scenario": "D", "backend": "plotly", "existing_code": SCRIPT}
    messages: list[object] = [HumanMessage(render_brief(brief))]
    calls: list[dict[str, object]] = []
    for number in range(len(answers) + 1):
        answer = visualization_turn(read_turn(messages, []))  # type: ignore[arg-type]
        calls.append(answer.arguments if answer.tool else {"text": answer.text})
        if number == len(answers) or not answer.tool:
            break
        call = {"name": answer.tool, "args": answer.arguments, "id": str(number)}
        messages += [
            AIMessage("", tool_calls=[call]), ToolMessage(answers[number], tool_call_id=str(number))
        ]  # fmt: skip
    return calls


def test_after_a_failure_the_wish_that_broke_the_script_is_left_out() -> None:
    first, second = refined("AttributeError: 'Figure' object has no attribute 'add_hline'")
    assert "add_hline" in str(first["code"])
    code = str(second["code"])
    assert "add_hline" not in code and "'red'" in code and "'New'" in code
    left_out = json.loads(str(second["handoff"]))["left_out"]
    assert left_out == ["Not done: Add an average line."]


def test_the_third_draft_is_the_given_script_and_there_is_no_fourth() -> None:
    calls = refined("ValueError: no", "ValueError: no", "ValueError: no")
    codes = [call.get("code") for call in calls]
    assert len(set(codes[:3])) == 3 and codes[2] == SCRIPT
    assert "neither does the given one" in str(calls[3]["text"])
