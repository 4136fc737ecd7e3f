"""RC-1, RC-2, RC-3."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field

from multivis.rules import Candidate, iteration_control, model_selection, response_format
from multivis.state import Action, FailureKind

CALM = {
    "step": 1,
    "max_steps": 10,
    "final": False,
    "failures_in_a_row": 0,
    "max_failures": 4,
    "tokens": 10,
    "max_tokens": 1000,
    "seconds": 1.0,
    "max_seconds": 60.0,
    "fingerprint": "a",
    "seen": ("b",),
}


def test_rc1_stays_silent_while_there_is_reason_to_go_on():
    ruling = iteration_control(**CALM)
    assert ruling.value is None
    assert not ruling.fired


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fingerprint": "b"}, "repeat"),
        ({"failures_in_a_row": 4}, "failures"),
        ({"step": 10}, "steps"),
        ({"step": 11}, "steps"),
        ({"tokens": 1000}, "tokens"),
        ({"seconds": 60.0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
    ],
)
def test_rc1_fires_with_the_reason(changes, reason):
    ruling = iteration_control(**(CALM | changes))
    assert ruling.value == reason
    assert ruling.fired
    assert ruling.why


def test_a_final_answer_goes_before_every_other_reason():
    ruling = iteration_control(**(CALM | {"final": True, "step": 99, "fingerprint": "b"}))
    assert ruling.value == "final"


def test_the_most_telling_reason_is_given_first():
    everything = {"fingerprint": "b", "failures_in_a_row": 9, "step": 99, "tokens": 9999}
    assert iteration_control(**(CALM | everything)).value == "repeat"
    everything["fingerprint"] = "new"
    assert iteration_control(**(CALM | everything)).value == "failures"


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_step_without_a_call_repeats_nothing(nothing):
    assert iteration_control(**(CALM | {"fingerprint": nothing, "seen": (nothing,)})).value is None


class Decision(BaseModel):
    action: Action
    why: str = Field(min_length=1)
    remark: str = ""
    parts: list[str] = []


GOOD = {"action": "database", "why": "It needs another column."}


@pytest.mark.parametrize("payload", [GOOD, Decision(**GOOD), '{"action": "database", "why": "x"}'])
def test_rc2_stays_silent_on_an_answer_in_form(payload):
    ruling = response_format(payload, Decision)
    assert not ruling.fired
    assert ruling.value.action is Action.DATABASE


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"action": "fly", "why": "x"}, "'action'"),
        ({"why": "x"}, "'action'"),
        ("no json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (None, "Decision"),
        ([], "Decision"),
        (5, "Decision"),
    ],
)
def test_rc2_fires_on_a_wrong_structure(payload, words):
    ruling = response_format(payload, Decision)
    assert ruling.fired
    assert ruling.value.kind is FailureKind.STRUCTURE
    assert words in ruling.value.message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"why": "   "}, "'why' is blank"),
        ({"why": "..."}, "placeholder"),
        ({"why": "TODO"}, "placeholder"),
        ({"remark": " string "}, "'remark' holds a placeholder"),
        ({"parts": ["good", ""]}, "'parts[1]' is blank"),
    ],
)
def test_rc2_fires_on_an_answer_without_content(changes, words):
    ruling = response_format(GOOD | changes, Decision)
    assert ruling.fired
    assert ruling.value.kind is FailureKind.CONTENT
    assert words in ruling.value.message


def test_an_optional_text_may_stay_as_it_is():
    assert not response_format(GOOD | {"remark": ""}, Decision).fired


MODELS = (
    Candidate("big", frozenset({"default"})),
    Candidate("coder", frozenset({"code"})),
    Candidate("quick", frozenset({"fast"})),
    Candidate("eye", frozenset({"vision"})),
)


@pytest.mark.parametrize(
    ("purpose", "images", "expected"),
    [
        ("decide", False, "quick"),
        ("query", False, "big"),
        ("code", False, "coder"),
        ("judge", False, "big"),
        ("something else", False, "big"),
        ("code", True, "eye"),
        ("judge", True, "eye"),
    ],
)
def test_rc3_picks_the_most_compatible_model(purpose, images, expected):
    ruling = model_selection(purpose, images, MODELS)
    assert ruling.value == expected
    assert ruling.fired == (expected != "big")


def test_without_a_model_that_sees_pictures_the_purpose_decides():
    assert model_selection("code", True, MODELS[:3]).value == "coder"


def test_rc3_stays_silent_when_there_is_nothing_to_choose():
    ruling = model_selection("code", False, MODELS[:1])
    assert ruling.value == "big"
    assert not ruling.fired


def test_ties_go_to_the_first():
    twins = (Candidate("a", frozenset({"vision"})), Candidate("b", frozenset({"vision"})))
    assert model_selection("judge", True, twins).value == "a"


def test_no_model_at_all_gives_no_name():
    assert model_selection("code", False, ()).value == ""
