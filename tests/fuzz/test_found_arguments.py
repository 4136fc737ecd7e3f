"""Arguments and questions that once broke something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from multivis.errors import OptionError, QuestionError

from .world import World, look_at


@pytest.mark.parametrize("question", [None, 3, b"bars", ["bars"], {}])
def test_a_question_that_is_no_text_is_told(question: Any, world: World) -> None:
    with world.agent(world.sales) as agent:
        with pytest.raises(QuestionError):
            agent.ask(question)
        with pytest.raises(QuestionError):
            agent.refine(world.drawn, question)
        with pytest.raises(QuestionError):
            agent.ask(question, view=world.drawn)


def test_a_backend_that_is_no_text_is_told(world: World) -> None:
    with world.agent(world.sales) as agent, pytest.raises(OptionError, match="'backend'"):
        agent.ask("Total amount by region", backend=["plotly"])


def test_half_characters_of_a_question_do_not_keep_a_result_from_being_saved(
    world: World, tmp_path: Path
) -> None:
    with world.agent(world.sales) as agent:
        result = agent.ask("Total amount by region \ud800\udfff")
        assert look_at(result, world) == "complete"
        told = json.loads(result.save(tmp_path)["result"].read_text(encoding="utf-8"))
    assert told["question"] == "Total amount by region ??"


def test_half_characters_in_the_name_of_a_run_are_escaped_in_its_files(
    world: World, tmp_path: Path
) -> None:
    with world.agent(world.sales) as agent:
        result = agent.ask("Total amount by region", thread_id="\ud800")
        told = json.loads(result.save(tmp_path)["result"].read_text(encoding="utf-8"))
    assert told["thread_id"] == "\ud800"
