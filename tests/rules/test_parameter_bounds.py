"""TE-1: bounds are read from the argument model."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from multivis.rules import parameter_bounds


class Mode(StrEnum):
    FAST = "fast"
    SLOW = "slow"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = Field(ge=1, le=10)


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sql: str = Field(min_length=1, max_length=50)
    rows: int | None = Field(None, ge=1, le=100)
    share: float = Field(0.5, gt=0, lt=1)
    step: int = Field(10, ge=10, le=99, multiple_of=10)
    order: Literal["asc", "desc"] = "asc"
    mode: Mode = Mode.FAST
    final: bool = True
    inner: Inner | None = None
    widths: list[Annotated[int, Field(ge=0, le=5)]] = Field(default=[], max_length=3)
    either: int | str = 0


def bound(**arguments):
    return parameter_bounds({"sql": "SELECT 1", **arguments}, Query)


def test_te1_stays_silent_within_the_bounds():
    ruling = bound(rows=5, share=0.25, order="desc", final=False, inner={"size": 3})
    assert not ruling.fired
    assert ruling.value["rows"] == 5


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("rows", 0, 1),
        ("rows", 10**400, 100),
        ("rows", -5, 1),
        ("rows", "5", 5),
        ("rows", " 7.0 ", 7),
        ("rows", "999", 100),
        ("rows", 5.0, 5),
        ("share", 0, math.nextafter(0, 1)),
        ("share", 7, math.nextafter(1, 0)),
        ("share", "0.25", 0.25),
        ("step", 44, 40),
        ("step", 5, 10),
        ("step", 1000, 90),
        ("order", "DESC", "desc"),
        ("mode", "Slow", "slow"),
        ("final", "false", False),
        ("inner", {"size": 99}, {"size": 10}),
        ("widths", [9, -1], [5, 0]),
    ],
)
def test_te1_fires_and_clamps_what_is_in_the_domain(name, given, expected):
    ruling = bound(**{name: given})
    assert ruling.fired
    assert ruling.outcome == "clamped"
    assert ruling.value[name] == expected
    assert type(ruling.value[name]) is type(expected)
    assert name in ruling.why


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("rows", 2.5, "an integer in [1, 100]"),
        ("rows", "many", "an integer in [1, 100]"),
        ("rows", True, "truth value"),
        ("rows", float("nan"), "an integer"),
        ("rows", "1e999", "finite"),
        ("rows", [5], "a list"),
        ("share", float("inf"), "finite number in (0, 1)"),
        ("share", "nan", "finite"),
        ("sql", "x" * 51, "at most 50"),
        ("sql", "", "at least 1"),
        ("sql", 5, "an integer, not text"),
        ("sql", None, "null"),
        ("order", "up", "'asc', 'desc'"),
        ("mode", "medium", "'fast', 'slow'"),
        ("final", "yes", "true or false"),
        ("final", 1, "true or false"),
        ("inner", {"size": "big"}, "In 'inner'"),
        ("inner", {"width": 3}, "'width'"),
        ("inner", 3, "an object"),
        ("widths", [1, 2, 3, 4], "at most 3"),
        ("widths", "1,2", "a list"),
        ("either", [1], "not an integer"),
        ("row_limit", 5, "There is no argument 'row_limit'"),
    ],
)
def test_te1_gives_bottom_and_names_field_value_and_bound(name, given, words):
    ruling = bound(**{name: given})
    assert ruling.fired
    assert ruling.value is None
    assert words in ruling.why
    assert name in ruling.why


def test_a_missing_argument_is_named():
    ruling = parameter_bounds({}, Query)
    assert ruling.value is None
    assert "'sql' is missing" in ruling.why


def test_near_names_are_offered_for_an_unknown_argument():
    assert "Did you mean 'rows'?" in bound(row=5).why


def test_long_values_are_cut_in_the_message():
    assert len(bound(sql="x" * 100_000).why) < 200


@pytest.mark.parametrize("arguments", [None, [], "sql", 5])
def test_arguments_that_are_no_mapping_are_refused(arguments):
    assert parameter_bounds(arguments, Query).value is None


def test_the_models_own_validators_have_the_last_word():
    class Ordered(BaseModel):
        low: int = Field(ge=0, le=10)
        high: int = Field(ge=0, le=10)

        @model_validator(mode="after")
        def check(self):
            if self.low > self.high:
                raise ValueError("low is above high")
            return self

    assert parameter_bounds({"low": 1, "high": 2}, Ordered).value == {"low": 1, "high": 2}
    assert "low is above high" in parameter_bounds({"low": 3, "high": 2}, Ordered).why


def test_a_validator_that_breaks_is_a_refusal_and_not_a_crash():
    class Broken(BaseModel):
        size: int = 1

        @model_validator(mode="after")
        def check(self):
            raise KeyError("oops")

    ruling = parameter_bounds({"size": 1}, Broken)
    assert ruling.value is None
    assert "KeyError" in ruling.why


def test_constrained_types_and_double_bounds_are_read():
    class Sizes(BaseModel):
        count: PositiveInt = 1
        tight: Annotated[int, Field(le=100), Field(le=7)] = 1

    assert parameter_bounds({"count": -4}, Sizes).value == {"count": 1}
    assert parameter_bounds({"tight": 50}, Sizes).value == {"tight": 7}


def test_bounds_without_a_value_between_them_are_refused():
    class Empty(BaseModel):
        size: int = Field(5, gt=4, lt=5)

    assert "no valid value" in parameter_bounds({"size": 4}, Empty).why


def test_a_union_keeps_a_value_that_one_member_takes_as_it_is():
    assert not bound(either="5").fired
    assert bound(either="5").value["either"] == "5"
