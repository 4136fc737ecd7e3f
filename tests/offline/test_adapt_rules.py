"""Rules at constants of a reference stand where the question puts them."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.offline.adapt import adapt_reference
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View

ALTAIR = (
    "import altair as alt\nimport pandas as pd\nsource = pd.DataFrame({'a': [1]})\n"
    "line = alt.Chart(source).mark_line().encode(x='date:T', y='price:Q', color='name:N')\n"
    "up = alt.Chart().mark_rule().encode(x=alt.datum(alt.DateTime(year=2006)))\n"
    "across = alt.Chart().mark_rule(strokeDash=[12, 6]).encode(y=alt.datum(350))\n"
    "line + across + up\n"
)
MATPLOTLIB = (
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
    "ax.plot([1, 2], [3, 4])\nax.axhline(y=350)\nax.axvline(x=5)\nplt.show()\n"
)


def levels(kind: Any = "quantitative", **options: Any) -> Plan:
    """A line of water levels over `kind` of moments."""
    channels = (Channel("x", "moment", kind), Channel("y", "level", "quantitative"))
    outputs = tuple(Output(c.field or "", "water", c.field or "", kind=c.kind) for c in channels)  # type: ignore[arg-type]
    return Plan(
        views=(View(layers=(Layer("line", options, channels),)),), query=Query(outputs=outputs)
    )


def rules(plan: Plan) -> dict[str, Any]:
    return {
        c.name: c.datum for layer in plan.layers if layer.mark == "rule" for c in layer.channels
    }


@pytest.mark.parametrize("reference", [ALTAIR, MATPLOTLIB])
def test_rules_stand_where_the_words_put_them(reference: str) -> None:
    asked = "Water levels; move the vertical rule to 12 and the horizontal rule to 4.5."
    assert rules(adapt_reference(reference, levels(), asked)) == {"x": 12, "y": 4.5}


def test_a_note_behind_a_place_tells_axis_and_colour() -> None:
    asked = "The reference lines belong at moment 12 (vertical, cyan) and at level 4 (dashed)."
    adapted = adapt_reference(ALTAIR, levels(color="cyan", strokeDash=[4, 4]), asked)
    looks = {c.name: la.options for la in adapted.layers[1:] for c in la.channels}
    assert rules(adapted) == {"x": 12, "y": 4}
    assert looks["x"]["color"] == "cyan"
    assert looks["y"]["strokeDash"] == [12, 6]
    assert adapted.layers[0].options == {}  # the line itself is neither cyan nor dashed


def test_a_rule_that_the_words_give_no_place_goes() -> None:
    asked = "I don't need the vertical rule, just a dashed horizontal one at 25."
    assert rules(adapt_reference(ALTAIR, levels(), asked)) == {"y": 25}
    assert rules(adapt_reference(ALTAIR, levels(), "Water levels with our data.")) == {}


def test_a_month_is_a_place_on_an_axis_of_time_only() -> None:
    asked = "Levels by day, with the vertical rule at March 2015."
    timed = rules(adapt_reference(ALTAIR, levels("temporal"), asked))
    assert timed == {"x": "python:alt.DateTime(year=2015, month=3)"}
    assert rules(adapt_reference(ALTAIR, levels("nominal"), asked)) == {}


def test_a_sentence_on_rules_without_a_place_moves_none() -> None:
    asked = "Levels with a dashed rule at 30. I don't need the vertical line from my code."
    assert rules(adapt_reference(ALTAIR, levels(), asked)) == {"y": 30}
    assert rules(adapt_reference(ALTAIR, levels(), "Levels without the vertical rule.")) == {}
