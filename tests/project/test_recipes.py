"""Each recipe of CONTRIBUTING.md runs as it stands, is short, and does what it says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis

ROOT = Path(__file__).parents[2]


def _recipes() -> dict[str, str]:
    """The code under each heading that begins with "Add"."""
    path = Path(__file__).with_name("conftest.py")
    spec = importlib.util.spec_from_file_location("_snippets", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["_snippets"] = module
    spec.loader.exec_module(module)
    found = module.snippets(ROOT / "CONTRIBUTING.md")
    return {s.heading: s.code for s in found if s.language == "python"}


RECIPES = _recipes()


@pytest.fixture
def cook(guide_folder: Path):
    """Run a recipe and give its names; agents are closed at the end."""
    agents: list[MultiVis] = []

    def run(heading: str) -> dict[str, Any]:
        namespace: dict[str, Any] = {}
        exec(compile(RECIPES[heading], heading, "exec"), namespace)
        if "agent" in namespace:
            agents.append(namespace["agent"])
        return namespace

    yield run
    for agent in agents:
        agent.close()


def test_there_are_five_recipes():
    assert list(RECIPES) == [
        "Add a rule",
        "Add a check",
        "Add a source",
        "Add a backend",
        "Add a tool",
    ]


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_has_at_most_ten_lines_besides_its_imports(heading: str):
    lines = [line for line in RECIPES[heading].splitlines() if line.strip()]
    work = [line for line in lines if not line.startswith(("import ", "from "))]
    assert len(work) <= 10, work


def test_a_rule_of_ones_own_takes_effect_and_is_in_the_trace(cook: Any):
    agent = cook("Add a rule")["agent"]
    result = agent.ask("Show amount by date as a scatter plot")
    assert result.state.query.row_count == 100
    assert [e for e in result.trace if e.event == "rule" and "hundred" in e.why]


def test_a_check_of_ones_own_is_made(cook: Any):
    made = cook("Add a check")
    result = made["agent"].ask("Show the total amount by region, titled 'Sales'")
    (check,) = [c for c in result.evaluation.checks if c.id == "short-title"]
    assert check.passed
    from multivis.charts.checks import CheckInput

    found, advice = made["check"](CheckInput.of({"title": "x" * 61}))
    assert not found.passed
    assert advice.text == "Shorten the title."


def test_a_source_of_ones_own_is_asked(cook: Any, guide_folder: Path):
    lines = [
        f"2024-01-{1 + n % 28:02d} /page{n % 3} {200 if n % 5 else 404} {n * 37 % 900}"
        for n in range(200)
    ]
    (guide_folder / "access.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = cook("Add a source")["agent"].ask("Show the number of requests for each page")
    assert result.passed, result.failures
    assert result.state.query.row_count == 3


def test_a_backend_of_ones_own_can_be_asked_for(cook: Any):
    from multivis.charts import backends
    from multivis.protocols import Run

    try:
        made = cook("Add a backend")
        backend = made["get_backend"]("house")
        assert "house" in backends.BACKENDS
        bars = {
            "mark": "bar",
            "data": {"values": [{"a": "x", "b": 1}]},
            "encoding": {"x": {"field": "a", "type": "nominal"}},
        }
        spec = backend.specification(Run(library="altair", spec=bars))
        assert spec["config"]["font"] == "Georgia"
        assert backend.png(spec).startswith(b"\x89PNG")
    finally:
        backends._REGISTERED.pop("house", None)
    with pytest.raises(Exception, match="no chart backend 'house'"):
        backends.get_backend("house")


def test_a_tool_of_ones_own_is_offered_and_runs(cook: Any):
    made = cook("Add a tool")
    from multivis.testing import ScriptedChatModel

    model = ScriptedChatModel(
        [
            {"name": "count_rows", "args": {"table": "sales"}},
            {
                "name": "execute_sql",
                "args": {"sql": "SELECT region, SUM(amount) AS total FROM sales GROUP BY region"},
            },
            {
                "name": "execute_code",
                "args": {"code": "chart = alt.Chart(df).mark_bar().encode(x='region', y='total')"},
            },
        ]
    )
    with MultiVis("sales.csv", model=model, tools={"database": [made["tool"]]}) as agent:
        result = agent.ask("Show the total amount for each region as a bar chart")
    assert "count_rows" in model.calls[0].tool_names
    answers = [m.content for m in model.calls[1].messages if m.type == "tool"]
    assert any("1460" in str(text) for text in answers), answers
    assert result.passed, result.failures
