"""The book: take rules out, put others in, list them, log them."""

from __future__ import annotations

import logging
import pickle

import pytest
from pydantic import BaseModel, Field

from multivis.errors import GraphError, OptionError
from multivis.rules import ImageFacts, RuleBook, Ruling
from multivis.settings import Limits
from multivis.state import (
    Action,
    CodeReference,
    Evaluation,
    Failure,
    FailureKind,
    RuleEvent,
    Scenario,
)

IDS = [
    "CR-1",
    "CR-2",
    "CR-3",
    "TE-1",
    "TE-2",
    "TE-3",
    "EH-1",
    "EH-2",
    "EH-3",
    "RC-1",
    "RC-2",
    "RC-3",
]
LIMITS = Limits()


class Sizes(BaseModel):
    rows: int = Field(5, ge=1, le=10)


def test_the_book_holds_all_twelve_in_order():
    assert [rule.id for rule in RuleBook()] == IDS
    assert len(RuleBook()) == 12
    assert len(RuleBook.none()) == 0


def test_every_rule_says_what_it_is_and_where_it_stands_in_the_paper():
    for number, (rule, row) in enumerate(zip(RuleBook(), RuleBook().table(), strict=True), 1):
        assert row["rule"] == rule.id
        assert row["paper"].endswith(f"Eq. {number}")
        assert all(row.values())


def test_a_rule_or_a_layer_is_taken_out_and_the_first_book_stays_whole():
    book = RuleBook()
    assert "TE-1" not in book.without("TE-1")
    assert [rule.id for rule in book.without("RC", "cr")] == IDS[3:9]
    assert len(book) == 12
    assert book.without("TE-1").without("TE-1") == book.without("TE-1")


@pytest.mark.parametrize("change", [lambda b: b.without("TE-9"), lambda b: b.with_rule("X", str)])
def test_an_unknown_rule_is_refused_with_the_valid_ones(change):
    with pytest.raises(OptionError, match=r"CR-1, CR-2, CR-3.*CR, TE, EH, RC"):
        change(RuleBook())


def always_stop(evaluation):
    return Ruling(Action.STOP, fired=True, outcome="stop")


def test_a_rule_is_replaced_and_a_missing_one_put_back_in_its_place():
    book = RuleBook().with_rule("CR-3", always_stop)
    assert book.evaluation_response(Evaluation(passed=True)).value is Action.STOP
    assert book.admissible(
        Scenario.BASIC, frozenset({"source"}), Evaluation(passed=True), False
    ) == (Action.STOP,)
    put_back = RuleBook().without("CR").with_rule("CR-3", always_stop)
    assert next(iter(put_back)).id == "CR-3"


def test_a_replacement_that_gives_no_ruling_is_named():
    with pytest.raises(GraphError, match="CR-3 gave 'str'"):
        RuleBook().with_rule("CR-3", lambda evaluation: "stop").evaluation_response(
            Evaluation(passed=True)
        )


def test_a_book_survives_pickling():
    book = RuleBook().without("RC-3").with_rule("CR-3", always_stop)
    assert pickle.loads(pickle.dumps(book)) == book


def test_without_its_rule_each_method_gives_the_neutral_ruling():
    none = RuleBook.none()
    failure = Failure(kind=FailureKind.INTERNAL, where="x", message="It broke.")
    facts = ImageFacts("a.png", False)
    neutral = [
        (none.task_type(True, True, True), Scenario.BASIC),
        (none.prerequisites(frozenset({"query"}), frozenset()), frozenset()),
        (none.evaluation_response(Evaluation(passed=False)), Action.COMPLETE),
        (none.parameter_bounds({"rows": 99}, Sizes), {"rows": 99}),
        (none.image_validation(facts, LIMITS), None),
        (none.model_selection("code", True, ()), ""),
        (none.response_format({"rows": 5}, Sizes), Sizes(rows=5)),
        (none.reference_material("code", b"x", "a", LIMITS), CodeReference(text="x", path="a")),
    ]
    for ruling, expected in neutral:
        assert ruling.value == expected
        assert not ruling.fired
    assert none.code_environment("```x```", "altair", environment="e").value.code == "```x```"
    assert none.code_environment("x", "altair", environment="e").value.preset == ""
    assert none.reference_material("image", None, "a", LIMITS).value.format == ""
    assert none.execution_recovery(failure, 99, LIMITS).value.action == "retry"
    assert none.call_parsing("", [], [], {"f"}).value.kind is FailureKind.CONTENT
    assert none.call_parsing("", [{"name": "g", "args": {}}], [], {"f"}).value.name == "g"


def test_without_rc1_only_a_final_answer_ends_a_loop():
    book = RuleBook().without("RC-1")
    spent = {
        "step": 99,
        "max_steps": 1,
        "failures_in_a_row": 9,
        "max_failures": 1,
        "tokens": 9,
        "max_tokens": 1,
        "seconds": 9.0,
        "max_seconds": 1.0,
        "fingerprint": "a",
        "seen": ("a",),
    }
    assert book.iteration_control(**spent).value is None
    assert book.iteration_control(**spent, final=True).value == "final"
    assert RuleBook().iteration_control(**spent).value == "repeat"


def test_without_cr2_every_worker_is_admissible_the_usual_one_first():
    book = RuleBook().without("CR-2")
    workers = {Action.DATABASE, Action.VISUALIZATION, Action.VALIDATION}
    for defined, first in [
        (set(), Action.DATABASE),
        ({"source"}, Action.DATABASE),
        ({"source", "query"}, Action.VISUALIZATION),
        ({"source", "query", "chart"}, Action.VALIDATION),
    ]:
        actions = book.admissible(Scenario.BASIC, frozenset(defined), None, False)
        assert actions[0] is first
        assert set(actions) == workers


def test_a_ruling_becomes_a_line_of_the_trace():
    ruling = RuleBook().parameter_bounds({"rows": 99}, Sizes)
    event = ruling.event("TE-1", "get_table")
    assert isinstance(event, RuleEvent)
    assert (event.rule, event.outcome, event.where) == ("TE-1", "clamped", "get_table")
    assert event.after == {"rows": 10}
    assert RuleEvent.model_validate_json(event.model_dump_json()).why == event.why


def test_a_firing_is_logged_with_the_rules_number(caplog):
    with caplog.at_level(logging.INFO, logger="multivis.rules"):
        RuleBook().parameter_bounds({"rows": 99}, Sizes)
        RuleBook().parameter_bounds({"rows": 9}, Sizes)
    assert [record.__dict__["rule"] for record in caplog.records] == ["TE-1"]
    assert caplog.records[0].getMessage() == "rule fired"


def test_nothing_is_printed_when_nobody_listens(capfd):
    RuleBook().parameter_bounds({"rows": 99}, Sizes)
    assert capfd.readouterr() == ("", "")
