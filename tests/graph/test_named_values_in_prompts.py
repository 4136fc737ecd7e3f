"""What a question names is looked up in the data before the database agent is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multivis import Limits, MultiVis, Settings
from multivis.llm.brief import parse_brief
from multivis.testing import ScriptedChatModel

TOWNS = [f"Town {number}" for number in range(30)] + ["Ely", "Bude", "Looe"]
QUESTION = "Show the total rain of Ely, Bude and Looe as a bar chart"


@pytest.fixture
def rain(tmp_path: Path) -> Path:
    path = tmp_path / "rain.csv"
    lines = [f"{town},{number + extra}" for number, town in enumerate(TOWNS) for extra in (0, 5)]
    path.write_text("\n".join(["town,rain", *lines]) + "\n")
    return path


def told(rain: Path, sandbox: Any, settings: Settings) -> dict[str, str]:
    """The brief of the database agent."""
    call = {"name": "cannot_answer", "args": {"reason": "Enough was seen."}}
    model = ScriptedChatModel([call, call, call])
    with MultiVis(rain, model=model, settings=settings, sandbox=sandbox) as agent:
        agent.ask(QUESTION)
    return parse_brief(str(model.calls[0].messages[1].content))


def test_the_database_agent_is_told_how_the_data_spell_what_is_named(
    rain: Path, sandbox: Any
) -> None:
    brief = told(rain, sandbox, Settings())
    assert brief["named_values"] == '"rain"."town" has "Ely", "Bude", "Looe"'


@pytest.mark.parametrize(
    "settings", [Settings(limits=Limits(lookup_seconds=0)), Settings(approve_sql=True)]
)
def test_nothing_is_looked_up_where_that_is_off_or_queries_are_approved(
    rain: Path, sandbox: Any, settings: Settings
) -> None:
    assert "named_values" not in told(rain, sandbox, settings)


def test_the_offline_model_filters_by_values_that_no_sample_shows(rain: Path, sandbox: Any) -> None:
    with MultiVis(rain, sandbox=sandbox) as agent:
        result = agent.ask(QUESTION)
    assert result.passed
    assert result.data is not None
    assert sorted(result.data["town"].to_pylist()) == ["Bude", "Ely", "Looe"]
