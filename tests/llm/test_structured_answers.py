"""Structured answers: asked again with the reason until they fit."""

from __future__ import annotations

import threading
from enum import StrEnum

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, Field

from multivis.errors import CredentialError, ProviderError, StructuredAnswerError
from multivis.llm.structured import ask_structured
from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.testing import ScriptedChatModel


class Choice(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Decision(BaseModel):
    """Where to go."""

    choice: Choice
    why: str = Field(min_length=3)
    remarks: list[str] = []


ASK = [SystemMessage("You decide."), HumanMessage("Left or right?")]
GOOD = {"name": "Decision", "args": {"choice": "left", "why": "It is shorter."}}


def ask(*script, **options):
    model = ScriptedChatModel(list(script))
    return model, ask_structured(model, ASK, Decision, **options)


def test_a_good_answer_is_taken_at_once():
    model, (decision, usage, attempts) = ask(GOOD)
    assert decision == Decision(choice=Choice.LEFT, why="It is shorter.")
    assert type(decision) is Decision
    assert (usage.calls, attempts) == (1, 1)
    assert model.calls[0].tool_names == ("Decision",)
    assert model.calls[0].messages == tuple(ASK)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"name": "Decision", "args": {"choice": "up", "why": "It is."}}, "left"),
        ({"name": "Decision", "args": {"choice": "left"}}, "why"),
        ({"name": "Decision", "args": {"choice": "left", "why": "   "}}, "blank"),
        ({"name": "Decision", "args": {"choice": "left", "why": "..."}}, "placeholder"),
        ({"name": "Decision", "args": '{"choice": "le'}, "choice"),
        ("I would go left.", "choice"),
        ("", "choice"),
    ],
)
def test_a_bad_answer_is_asked_again_with_the_reason(bad, reason):
    model, (decision, usage, attempts) = ask(bad, GOOD)
    assert decision.choice is Choice.LEFT
    assert (usage.calls, attempts) == (2, 2)
    told = model.calls[1].messages
    assert told[:2] == tuple(ASK)
    assert reason in told[-1].text


def test_an_answer_in_json_counts_as_a_call():
    _, (decision, _, attempts) = ask('```json\n{"choice": "right", "why": "The sun."}\n```')
    assert decision.choice is Choice.RIGHT
    assert attempts == 1


def test_arguments_with_a_fault_of_form_are_repaired():
    _, (decision, _, attempts) = ask(
        {"name": "Decision", "args": "{'choice': 'right', 'why': 'The sun.',}"}
    )
    assert decision.choice is Choice.RIGHT
    assert attempts == 1


def test_a_model_that_never_fits_ends_after_the_asks():
    model = ScriptedChatModel(["prose"], repeat=True)
    with pytest.raises(StructuredAnswerError, match="asked 3 times for a Decision"):
        ask_structured(model, ASK, Decision)
    assert len(model.calls) == 3


def test_asked_once_means_once():
    model = ScriptedChatModel(["prose"], repeat=True)
    with pytest.raises(StructuredAnswerError, match="asked once"):
        ask_structured(model, ASK, Decision, asks=1)
    assert len(model.calls) == 1


def test_without_rc2_structure_is_enough():
    _, (decision, _, _) = ask(
        {"name": "Decision", "args": {"choice": "left", "why": "..."}},
        rules=RuleBook().without("RC-2"),
    )
    assert decision.why == "..."


def test_a_provider_fault_is_not_taken_for_a_bad_answer():
    model = ScriptedChatModel([ValueError("broken"), GOOD])
    with pytest.raises(ProviderError, match="broken"):
        ask_structured(model, ASK, Decision)
    assert len(model.calls) == 1


def test_a_refused_key_is_said():
    error = type("AuthenticationError", (Exception,), {"status_code": 401})("bad key")
    with pytest.raises(CredentialError, match="bad key"):
        ask(error)


def test_a_transient_fault_is_asked_again(no_waiting):
    _, (decision, usage, _) = ask(ConnectionError("gone"), GOOD)
    assert decision.choice is Choice.LEFT
    assert usage.calls == 1
    assert no_waiting == [1.0]


def test_a_caller_can_stop_waiting():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ProviderError, match="cancelled"):
        ask(GOOD, cancel=cancel)


def test_a_deterministic_model_is_asked_once_in_the_same_way():
    model = ScriptedChatModel([GOOD], deterministic=True)
    decision, usage, attempts = ask_structured(model, ASK, Decision)
    assert decision == Decision(choice=Choice.LEFT, why="It is shorter.")
    assert (usage.calls, attempts) == (1, 1)
    function = model.calls[0].tools[0]["function"]
    assert function["name"] == "Decision"
    assert function["description"] == "Where to go."


def test_a_deterministic_model_that_does_not_fit_is_not_asked_again():
    model = ScriptedChatModel(["prose", GOOD], deterministic=True)
    with pytest.raises(StructuredAnswerError, match="asked once"):
        ask_structured(model, ASK, Decision)
    assert len(model.calls) == 1


def test_all_asks_together_stay_within_the_time_of_the_question():
    event = threading.Event()

    def slow(call):
        event.wait(30)
        return "prose"

    model = ScriptedChatModel([slow], repeat=True)
    try:
        with pytest.raises(ProviderError, match="did not answer"):
            ask_structured(model, ASK, Decision, limits=Limits(max_seconds=0.2, model_retries=0))
    finally:
        event.set()


def test_nothing_is_printed_about_failed_attempts(capfd):
    ask("prose", GOOD)
    assert capfd.readouterr() == ("", "")
