"""CR-1, CR-2, CR-3 and what they leave the coordinator."""

from __future__ import annotations

import itertools

import pytest

from multivis.rules import (
    admissible,
    evaluation_response,
    maker_of,
    prerequisites,
    task_type,
)
from multivis.state import Action, Evaluation, Recommendation, Scenario, Severity


def recommend(target: str, severity: Severity = Severity.ERROR) -> Recommendation:
    return Recommendation(target=target, severity=severity, text="Change it.")


@pytest.mark.parametrize(
    ("existing", "code", "image", "expected"),
    [
        (False, False, False, "A"),
        (False, False, True, "B"),
        (False, True, False, "C"),
        (False, True, True, "C"),
        (True, False, False, "D"),
        (True, True, True, "D"),
    ],
)
def test_the_scenario_follows_the_priority_of_the_inputs(existing, code, image, expected):
    assert task_type(existing, code, image).value.value == expected


def test_cr1_fires_when_reference_material_is_given_and_says_what_it_goes_before():
    ruling = task_type(True, True, False)
    assert ruling.fired
    assert ruling.why == "Scenario D goes before C."


def test_cr1_stays_silent_on_a_bare_question():
    assert not task_type(False, False, False).fired


def test_cr2_fires_with_the_missing_names():
    ruling = prerequisites(frozenset({"source", "query"}), frozenset({"source"}))
    assert ruling.fired
    assert ruling.value == {"query"}
    assert "query" in ruling.why


def test_cr2_stays_silent_when_everything_is_defined():
    ruling = prerequisites(frozenset({"source"}), frozenset({"source", "query"}))
    assert not ruling.fired
    assert ruling.value == frozenset()


def test_what_is_missing_is_made_where_it_is_made():
    assert maker_of("query") is Action.DATABASE
    assert maker_of("chart") is Action.VISUALIZATION
    assert maker_of("evaluation") is Action.VALIDATION
    assert maker_of("existing") is Action.STOP


def test_cr3_stays_silent_on_a_chart_that_passed():
    ruling = evaluation_response(Evaluation(passed=True, recommendations=(recommend("code"),)))
    assert ruling.value is Action.COMPLETE
    assert not ruling.fired


@pytest.mark.parametrize(
    ("recommendations", "expected"),
    [
        ((), Action.STOP),
        ((recommend("code"),), Action.VISUALIZATION),
        ((recommend("sql"),), Action.DATABASE),
        ((recommend("code"), recommend("sql")), Action.DATABASE),
        ((recommend("sql", Severity.WARNING), recommend("code")), Action.VISUALIZATION),
        ((recommend("sql", Severity.WARNING),), Action.DATABASE),
        ((recommend("code", Severity.WARNING),), Action.VISUALIZATION),
    ],
)
def test_cr3_fires_on_a_failed_evaluation_and_the_gravest_recommendation_decides(
    recommendations, expected
):
    ruling = evaluation_response(Evaluation(passed=False, recommendations=recommendations))
    assert ruling.value is expected
    assert ruling.fired


def test_every_state_has_an_admissible_action_and_only_one_place_asks_a_model():
    evaluations = [
        None,
        Evaluation(passed=True),
        Evaluation(passed=False),
        Evaluation(passed=False, recommendations=(recommend("sql"),)),
    ]
    names = ["source", "query", "chart", "evaluation", "existing", "code", "image"]
    asked = set()
    for size in range(len(names) + 1):
        for defined in itertools.combinations(names, size):
            for scenario, evaluation, loads in itertools.product(
                Scenario, evaluations, (True, False)
            ):
                actions = admissible(scenario, frozenset(defined), evaluation, loads)
                assert actions
                if len(actions) > 1:
                    asked.add((scenario, loads, "existing" in defined, "query" in defined))
    assert asked == {(Scenario.REFINEMENT, True, True, False)}


@pytest.mark.parametrize(
    ("defined", "expected"),
    [
        (set(), (Action.STOP,)),
        ({"source"}, (Action.DATABASE,)),
        ({"source", "query"}, (Action.VISUALIZATION,)),
        ({"source", "query", "chart"}, (Action.VALIDATION,)),
        ({"source", "chart"}, (Action.VALIDATION,)),
    ],
)
def test_the_next_worker_makes_what_is_missing(defined, expected):
    assert admissible(Scenario.BASIC, frozenset(defined), None, False) == expected


def test_existing_code_that_loads_its_data_may_be_edited_at_once():
    defined = frozenset({"source", "existing"})
    assert admissible(Scenario.REFINEMENT, defined, None, True) == (
        Action.DATABASE,
        Action.VISUALIZATION,
    )
    assert admissible(Scenario.REFINEMENT, defined, None, False) == (Action.DATABASE,)
