"""Every rule answers every input, within its codomain, the same way each time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, create_model

from multivis.charts.tools import chart_tools, validation_tools
from multivis.data.tools import data_tools
from multivis.rules import (
    Candidate,
    ImageFacts,
    ParsedCall,
    Recovery,
    RuleBook,
    StandardCode,
    admissible,
    call_parsing,
    code_environment,
    evaluation_response,
    execution_recovery,
    image_validation,
    iteration_control,
    model_selection,
    parameter_bounds,
    prerequisites,
    reference_material,
    response_format,
    task_type,
)
from multivis.rules.syntax import parse
from multivis.settings import Limits
from multivis.state import (
    Action,
    CodeReference,
    Evaluation,
    Failure,
    FailureKind,
    ImageReference,
    Recommendation,
    Scenario,
    Severity,
)

LIMITS = Limits()
TEXT = st.text(max_size=200)
NAMES = st.sampled_from(["source", "query", "chart", "evaluation", "existing", "code", "x"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from(["5", "-3", "1e400", "nan", " 7 ", "true", "asc", "null"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
RECOMMENDATIONS = st.builds(
    Recommendation,
    target=st.sampled_from(["sql", "code"]),
    severity=st.sampled_from(Severity),
    text=TEXT,
)
EVALUATIONS = st.builds(
    Evaluation, passed=st.booleans(), recommendations=st.lists(RECOMMENDATIONS).map(tuple)
)


@given(st.booleans(), st.booleans(), st.booleans())
def test_cr1_gives_a_scenario(existing, code, image):
    assert task_type(existing, code, image).value in Scenario


@given(st.frozensets(NAMES), st.frozensets(NAMES))
def test_cr2_allows_exactly_what_is_defined(requires, defined):
    ruling = prerequisites(requires, defined)
    assert (ruling.value == frozenset()) == requires.issubset(defined)
    assert ruling.fired == bool(ruling.value)


@given(EVALUATIONS)
def test_cr3_gives_one_of_four_actions_and_completes_only_what_passed(evaluation):
    ruling = evaluation_response(evaluation)
    assert ruling.value in (Action.COMPLETE, Action.DATABASE, Action.VISUALIZATION, Action.STOP)
    assert (ruling.value is Action.COMPLETE) == evaluation.passed


@given(st.sampled_from(Scenario), st.frozensets(NAMES), st.none() | EVALUATIONS, st.booleans())
def test_an_action_is_always_admissible_under_every_book(scenario, defined, evaluation, loads):
    assert admissible(scenario, defined, evaluation, loads)
    for book in (RuleBook(), RuleBook.none(), RuleBook().without("CR-2")):
        assert set(book.admissible(scenario, defined, evaluation, loads)) <= set(Action)


# ── TE-1 over generated models ──────────────────────────────────────────────────────────────


@st.composite
def integer_fields(draw: st.DrawFn) -> tuple[Any, Any]:
    low = draw(st.none() | st.integers(-50, 50))
    high = draw(st.none() | st.integers(0 if low is None else low, 100))
    step = draw(st.none() | st.integers(1, 7))
    strict = draw(st.booleans())
    names = ("gt", "lt") if strict else ("ge", "le")
    return int, Field(**{names[0]: low, names[1]: high, "multiple_of": step})


@st.composite
def float_fields(draw: st.DrawFn) -> tuple[Any, Any]:
    low = draw(st.none() | st.floats(-50, 50))
    high = draw(st.none() | st.floats(0 if low is None else low, 100))
    strict = draw(st.booleans())
    names = ("gt", "lt") if strict else ("ge", "le")
    return float, Field(**{names[0]: low, names[1]: high})


@st.composite
def text_fields(draw: st.DrawFn) -> tuple[Any, Any]:
    return str, Field(min_length=draw(st.integers(0, 3)), max_length=draw(st.integers(3, 20)))


FIELDS = (
    integer_fields()
    | float_fields()
    | text_fields()
    | st.just((bool, Field()))
    | st.just((list[int], Field(max_length=3)))
    | st.just((int | None, Field(None, ge=1, le=50)))
)


@st.composite
def models(draw: st.DrawFn) -> type[BaseModel]:
    fields = draw(st.dictionaries(st.sampled_from("abcd"), FIELDS, min_size=1, max_size=4))
    extra = draw(st.sampled_from(["forbid", "ignore", "allow"]))
    return create_model("Generated", __config__=ConfigDict(extra=extra), **fields)


ARGUMENTS = st.dictionaries(st.sampled_from("abcde"), JSON, max_size=5) | JSON


@settings(max_examples=400)
@given(models(), ARGUMENTS)
def test_te1_never_lets_a_value_out_of_its_bounds_through(model, arguments):
    ruling = parameter_bounds(arguments, model)
    if ruling.value is None:
        assert ruling.fired
        assert ruling.why
    else:
        model.model_validate(ruling.value)
        assert set(ruling.value) == set(arguments)


@settings(max_examples=300)
@given(models(), ARGUMENTS)
def test_te1_is_idempotent(model, arguments):
    once = parameter_bounds(arguments, model).value
    if once is not None:
        again = parameter_bounds(once, model)
        assert again.value == once
        assert not again.fired


TOOLS = {tool.name: tool for tool in (*data_tools(), *chart_tools(), *validation_tools())}


@pytest.mark.parametrize("name", TOOLS)
@settings(max_examples=40)
@given(data=st.data())
def test_te1_guards_every_tool_that_there_is(name, data):
    form = TOOLS[name].arguments
    names = st.sampled_from([*form.model_fields, "other"])
    arguments = data.draw(st.dictionaries(names, JSON))
    value = parameter_bounds(arguments, form).value
    if value is not None:
        form.model_validate(value)


class Bounded(BaseModel):
    n: int = Field(ge=-5, le=9)
    x: float = Field(gt=0, le=1)


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_te1_is_the_clamp_of_equation_4(n, x):
    value = parameter_bounds({"n": n, "x": x}, Bounded).value
    assert value is not None
    assert value["n"] == max(min(n, 9), -5)
    assert 0 < value["x"] <= 1
    if 0 < x <= 1:
        assert value["x"] == x


# ── code ────────────────────────────────────────────────────────────────────────────────────

PIECES = st.sampled_from(
    [
        "```python\n",
        "```\n",
        "import altair as alt\n",
        "chart = alt.Chart(df).mark_bar()\n",
        "    x = 1\n",
        "Here is the code\n",
        "%matplotlib inline\n",
        "df = pd.read_csv('a.csv')\n",
        "def f(:\n",
        "\t\n",
        "“quoted”\n",
        "chart\n",
        "\x00",
        "'''",
        "\\",
    ]
)
CODES = TEXT | st.lists(PIECES, max_size=8).map("".join)


@settings(max_examples=300)
@given(CODES)
@example("\ufeff")
@example("x = 1\r\ny = 2\r")
def test_te2_answers_every_text_and_changes_nothing_that_parses(code):
    ruling = code_environment(code, "altair", environment="import altair as alt\n")
    standard = ruling.value
    assert isinstance(standard, StandardCode)
    assert standard == code_environment(code, "altair", environment="import altair as alt\n").value
    if standard.syntax_error is None:
        assert not isinstance(parse(standard.code), str)
        again = code_environment(standard.code, "altair", environment="")
        assert again.value.code == standard.code
        assert not again.fired
    if standard.code != code:
        assert ruling.fired


@given(
    st.sampled_from(["code", "existing", "image"]),
    st.none() | st.binary() | CODES.map(lambda text: text.encode("utf-8", "surrogatepass")),
)
def test_te3_gives_a_reference_or_a_failure(kind, content):
    value = reference_material(kind, content, "name", LIMITS).value
    assert isinstance(value, CodeReference | ImageReference | Failure)
    if isinstance(value, CodeReference):
        assert not isinstance(parse(value.text), str)
    for book in (RuleBook(), RuleBook.none()):
        book.reference_material(kind, content, "name", LIMITS)


# ── what a model wrote ──────────────────────────────────────────────────────────────────────

CALLS = st.lists(
    st.fixed_dictionaries(
        {"name": JSON | st.just("f")}, optional={"args": JSON, "id": st.none() | TEXT}
    ),
    max_size=3,
)
WRITTEN = TEXT | st.lists(
    st.sampled_from(
        [
            "<tool_call>",
            "</tool_call>",
            '{"name": "f", ',
            '"arguments": ',
            "{}",
            "}",
            '{"a": 1}',
            "```json\n",
            "```",
            "Action: f\n",
            "Action Input: ",
            "f(a=1)",
            "'",
            '"',
            ",",
            "[",
            "]",
        ]
    ),
    max_size=10,
).map("".join)


@settings(max_examples=400)
@given(WRITTEN, CALLS, CALLS)
def test_eh1_gives_a_call_of_a_known_tool_or_a_failure(content, calls, invalid):
    ruling = call_parsing(content, calls, invalid, {"f", "g_h"})
    if isinstance(ruling.value, ParsedCall):
        assert ruling.value.name in {"f", "g_h"}
        assert all(isinstance(name, str) for name in ruling.value.arguments)
    else:
        assert ruling.fired
        assert ruling.value.kind in (
            FailureKind.SYNTAX,
            FailureKind.STRUCTURE,
            FailureKind.CONTENT,
        )


@given(st.text(alphabet="abc'\"{}\\ ", max_size=30), st.integers(1, 200))
def test_eh1_never_reads_a_text_that_was_cut_off(value, cut):
    whole = json.dumps({"sql": value + "end"})
    written = whole[:cut]
    ruling = call_parsing("", [], [{"name": "f", "args": written}], {"f"})
    if isinstance(ruling.value, ParsedCall):
        assert ruling.value.arguments == {"sql": value + "end"}


DETAILS = st.dictionaries(
    st.sampled_from(
        ["line", "source_line", "suggestions", "available", "missing", "transient", "retry_after"]
    ),
    st.none() | st.booleans() | st.integers() | st.floats() | st.lists(TEXT, max_size=3),
)
FAILURES = st.builds(
    Failure, kind=st.sampled_from(FailureKind), where=TEXT, message=TEXT, detail=DETAILS
)


@given(FAILURES, st.integers(), st.builds(Limits, max_failures=st.integers(1, 50)))
def test_eh2_gives_a_recovery_that_waits_a_bounded_time(failure, attempt, limits):
    recovery = execution_recovery(failure, attempt, limits).value
    assert isinstance(recovery, Recovery)
    assert 0 <= recovery.wait <= 60
    assert recovery.wait == 0 or recovery.action == "back_off"


@given(FAILURES)
def test_eh2_ends_for_every_failure(failure):
    actions = [execution_recovery(failure, n, LIMITS).value.action for n in range(1, 6)]
    assert actions[-1] == "give_up"
    first = actions.index("give_up")
    assert set(actions[first:]) == {"give_up"}


@given(
    st.builds(
        ImageFacts,
        path=TEXT,
        exists=st.booleans(),
        size=st.integers(),
        format=st.none() | TEXT | st.sampled_from(["PNG", "GIF"]),
        decodes=st.booleans(),
        width=st.integers(),
        height=st.integers(),
        problem=TEXT,
    )
)
def test_eh3_says_yes_or_why_not(facts):
    value = image_validation(facts, LIMITS).value
    assert value is None or value.kind is FailureKind.IMAGE
    if value is None:
        assert facts.exists
        assert facts.decodes
        assert 0 < facts.size <= LIMITS.image_bytes
        assert 0 < facts.width * facts.height <= LIMITS.image_pixels


NUMBERS = st.integers(0, 20)


@given(
    step=NUMBERS,
    max_steps=NUMBERS,
    final=st.booleans(),
    failures_in_a_row=NUMBERS,
    max_failures=NUMBERS,
    tokens=NUMBERS,
    max_tokens=NUMBERS,
    seconds=st.floats(),
    max_seconds=st.floats(),
    fingerprint=st.none() | st.sampled_from("abc"),
    seen=st.lists(st.sampled_from("abc")),
)
def test_rc1_stops_exactly_when_a_reason_holds(**now):
    reason = iteration_control(**now).value
    within = (
        now["step"] < now["max_steps"]
        and now["failures_in_a_row"] < now["max_failures"]
        and now["tokens"] < now["max_tokens"]
        and now["seconds"] < now["max_seconds"]
        and now["fingerprint"] not in now["seen"]
    )
    assert (reason is None) == (within and not now["final"])


@given(st.integers(1, 30))
def test_every_loop_under_rc1_ends_within_t_max(limit):
    step = 0
    while (
        iteration_control(
            step=step,
            max_steps=limit,
            failures_in_a_row=0,
            max_failures=4,
            tokens=0,
            max_tokens=1,
            seconds=0.0,
            max_seconds=1.0,
            fingerprint=str(step),
            seen=[str(n) for n in range(step)],
        ).value
        is None
    ):
        step += 1
    assert step == limit


class Answer(BaseModel):
    action: Action
    why: str = Field(min_length=1)
    parts: list[str] = []


@given(JSON | st.builds(dict, action=st.sampled_from(["stop", "x"]), why=TEXT, parts=JSON))
def test_rc2_gives_an_answer_in_form_or_a_failure(payload):
    value = response_format(payload, Answer).value
    assert isinstance(value, Answer | Failure)
    if isinstance(value, Answer):
        assert value.why.strip()


ROLES = st.frozensets(st.sampled_from(["default", "vision", "code", "fast"]))


@given(TEXT | st.sampled_from(["decide", "code", "query", "judge"]), st.booleans(), st.lists(ROLES))
def test_rc3_gives_a_model_that_was_given(purpose, images, roles):
    candidates = [Candidate(f"m{i}", each) for i, each in enumerate(roles)]
    chosen = model_selection(purpose, images, candidates).value
    assert chosen in [c.name for c in candidates] if candidates else chosen == ""
    if images and any("vision" in c.roles for c in candidates):
        assert "vision" in next(c.roles for c in candidates if c.name == chosen)


@pytest.mark.parametrize("rule", RuleBook(), ids=lambda rule: rule.id)
def test_a_rule_is_taken_out_by_its_number_and_by_its_layer(rule):
    assert rule.id not in RuleBook().without(rule.id)
    assert rule.id not in RuleBook().without(rule.id[:2])
