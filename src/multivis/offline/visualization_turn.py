"""The offline model as the visualization agent: from rows to one `execute_code`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from multivis.errors import MultiVisError
from multivis.offline.adapt_call import adapt_to_reference
from multivis.offline.altair_code import write_altair
from multivis.offline.catalog import Catalog
from multivis.offline.intent import read_question
from multivis.offline.matplotlib_code import write_matplotlib
from multivis.offline.mend import mend_plan
from multivis.offline.not_drawn import not_drawn
from multivis.offline.overview import UNSURE
from multivis.offline.plan import Channel, Layer, Plan, View, loads
from multivis.offline.planner import plan_chart
from multivis.offline.plotly_code import write_plotly
from multivis.offline.recovery import is_bounds_failure, mended_by_message, simpler_charts
from multivis.offline.sizes import with_formats, with_room
from multivis.offline.turns import Answer, Turn, as_json
from multivis.protocols import Schema, SourceColumn, Table

__all__ = ["visualization_turn"]

_WRITERS = {"altair": write_altair, "plotly": write_plotly, "matplotlib": write_matplotlib}


def visualization_turn(turn: Turn) -> Answer:
    """The next call: draft the chart, or mend the draft."""
    if turn.section("existing_code"):
        return _refine(turn)
    query = as_json(turn.section("query")) or {}
    columns = [c for c in query.get("columns", []) if isinstance(c, dict) and c.get("name")]
    if not columns:
        return Answer(text="There are no rows to draw: the query gave no columns.")
    backend = turn.section("backend") or "altair"
    writer = _WRITERS.get(backend, write_altair)
    attempts = [a for a in turn.made("execute_code") if not is_bounds_failure(a)]
    tried = [str(a.arguments.get("code", "")) for a in attempts]
    if turn.section("previous_code"):
        tried.append(turn.section("previous_code"))
    code, imports = "", _missing_imports([a.answer for a in attempts])
    for plan in _plans(turn, query, columns, [a.answer for a in attempts]):
        plan = with_formats(plan, columns)
        if backend == "altair" and not turn.section("reference_code"):
            plan = with_room(plan, columns)
        code = imports + writer(plan if backend == "altair" else _without_fill(plan))
        if code not in tried:
            return Answer(
                "execute_code", {"code": code, "final": True, "handoff": _handoff(plan, backend)}
            )
    if turn.spoken and code:  # words were not taken: the plainest chart once more
        return Answer("execute_code", {"code": code, "final": True})
    return Answer(text="I have no other chart to try: the last answers say what failed.")


_IMPORTS = {
    "alt": "import altair as alt", "pd": "import pandas as pd", "np": "import numpy as np",
    "go": "import plotly.graph_objects as go", "px": "import plotly.express as px",
    "plt": "import matplotlib.pyplot as plt",
}  # fmt: skip
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")


def _missing_imports(failures: list[str]) -> str:
    """What earlier tries lacked: under no rule nothing stands in front of the code."""
    lacking = {name for text in failures for name in _UNDEFINED.findall(text)}
    lines = [line for name, line in _IMPORTS.items() if name in lacking]
    return "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")


def _plans(
    turn: Turn, query: dict[str, Any], columns: list[dict[str, Any]], failures: list[str]
) -> list[Plan]:
    """Plans to try, best first: mended by what failed, then simpler and simpler."""
    names = {str(c["name"]) for c in columns}
    told = as_json(str(query.get("handoff", "")))
    first: Plan | None = None
    if isinstance(told, dict) and "plan" in told:
        try:
            first = loads(json.dumps(told["plan"]))
        except ValueError:
            first = None
        if first is not None and not _fits(first, names):
            first = None
    own = plan_columns(turn.section("question"), columns, int(query.get("row_count") or 0))
    if first is not None and first.confidence <= UNSURE:
        own = first  # rows of other things are not drawn as what was asked
    if turn.section("reference_code") and first is None:
        own = adapt_to_reference(turn.section("reference_code"), own, turn.section("question"))
    recommendations = as_json(turn.section("recommendations")) or []
    plans: list[Plan] = []
    for plan in (first, own):
        if plan is None:
            continue
        if recommendations:
            plans.append(mend_plan(plan, recommendations, turn.section("question")))
        plans += [plan, *simpler_charts(plan)]
    plans.append(_plainest(columns))
    if failures:
        mended = plans[0]
        for failure in failures:
            mended = mended_by_message(mended, failure, columns)
        plans = [mended, *plans[1:], plans[0]] if mended != plans[0] else plans
    return [plan for plan in plans if plan.views]


def _without_own_rows(plan: Plan) -> Plan:
    """The plan without layers that bring rows of their own, which only Altair code draws."""
    views = tuple(
        replace(view, layers=tuple(layer for layer in view.layers if not layer.data))
        for view in plan.views
    )
    if views == plan.views:
        return plan
    told = "The shaded range is not drawn."
    return replace(plan, views=views, left_out=(*plan.left_out, told))


def _without_fill(plan: Plan) -> Plan:
    """The plan with colours for fills, which other libraries do not tell apart."""
    views = tuple(
        replace(
            view,
            layers=tuple(
                replace(
                    layer,
                    channels=tuple(
                        replace(c, name="color") if c.name == "fill" else c for c in layer.channels
                    ),
                )
                for layer in view.layers
            ),
        )
        for view in plan.views
    )
    return replace(plan, views=views)


def _fits(plan: Plan, names: set[str]) -> bool:
    """Whether every field of a plan is a column, or made by a transform."""
    made: set[str] = set()
    for view in plan.views:
        for layer in view.layers:
            made |= set(layer.data)
            for step in layer.transforms:
                key = next(iter(step))
                if isinstance(step[key], dict):
                    made |= set(step[key])
                made |= set(step.get("as", ("value", "density") if key == "density" else ()))
            for channel in layer.channels:
                field = channel.field
                if not field or field.startswith(("repeat:", "each:")):
                    continue
                if field not in names | made:
                    return False
    return bool(plan.views)


def plan_columns(question: str, columns: list[dict[str, Any]], rows: int) -> Plan:
    """Plan from the columns of a result alone (another model may have written the query)."""
    table = Table(
        "rows",
        tuple(
            SourceColumn(
                name=str(c["name"]),
                type=str(c.get("type", "")),
                kind=c.get("kind", "nominal"),
                distinct=c.get("distinct"),
                minimum=c.get("minimum"),
                maximum=c.get("maximum"),
                samples=tuple(c.get("samples") or ()),
            )
            for c in columns
        ),
        row_count=rows,
    )
    catalog = Catalog(Schema("duckdb", (table,)))
    plan = plan_chart(read_question(question, catalog), catalog)
    if not plan.views:
        return _plainest(columns)
    return _aggregates_in_chart(plan)


_IN_CHART = {"avg": "mean", "count_distinct": "distinct"}


def _aggregates_in_chart(plan: Plan) -> Plan:
    """Let the chart aggregate what the query no longer can."""
    outputs = {o.name: o for o in plan.query.outputs}
    if plan.query.fold:
        return Plan()

    def change(channel: Channel) -> Channel:
        output = outputs.get(channel.field or "")
        if output is None:
            return channel
        if output.aggregate == "count" and not output.column:
            return replace(channel, field=None, aggregate="count")
        if output.aggregate and not channel.aggregate:
            made = _IN_CHART.get(output.aggregate, output.aggregate)
            return replace(channel, field=output.column, aggregate=made)
        return replace(channel, field=output.column or channel.field)

    views = tuple(
        replace(
            view,
            layers=tuple(
                replace(layer, channels=tuple(change(c) for c in layer.channels))
                for layer in view.layers
            ),
        )
        for view in plan.views
    )
    return replace(plan, views=views)


def _plainest(columns: list[dict[str, Any]]) -> Plan:
    """A chart of the first columns, whatever they are."""
    kinds = [(str(c["name"]), str(c.get("kind", "nominal"))) for c in columns]
    numbers = [n for n, k in kinds if k == "quantitative"]
    others = [(n, k) for n, k in kinds if k != "quantitative"]
    channels: list[Channel] = []
    mark = "bar"
    if others and numbers:
        name, kind = others[0]
        mark = "line" if kind == "temporal" else "bar"
        channels = [Channel("x", name, _kind(kind)), Channel("y", numbers[0], "quantitative")]
        if len(others) > 1:
            channels.append(Channel("color", others[1][0], _kind(others[1][1])))
    elif len(numbers) > 1:
        mark = "point"
        channels = [
            Channel("x", numbers[0], "quantitative"), Channel("y", numbers[1], "quantitative")
        ]  # fmt: skip
    elif numbers:
        channels = [
            Channel("x", numbers[0], "quantitative", bin=0),
            Channel("y", kind="quantitative", aggregate="count"),
        ]
    else:
        channels = [
            Channel("x", others[0][0], _kind(others[0][1])),
            Channel("y", kind="quantitative", aggregate="count"),
        ]
    layer = Layer(mark, {}, tuple(channels))
    return Plan(
        chart=f"{mark} chart",
        views=(View(layers=(layer,)),),
        assumptions=("The chart shows the first columns of the result.",),
    )


def _kind(text: str) -> Any:
    return text if text in {"quantitative", "temporal", "nominal", "ordinal"} else "nominal"


def _handoff(plan: Plan, backend: str) -> str:
    told = {
        "chart": plan.chart,
        "assumptions": list(plan.assumptions),
        "left_out": list(dict.fromkeys([*plan.left_out, *not_drawn(plan, backend)])),
    }
    return json.dumps(told, ensure_ascii=False)[:8_000]


def _refine(turn: Turn) -> Answer:
    """Scenario D: the whole script, edited and otherwise untouched."""
    from multivis.offline.edit import edit_code
    from multivis.offline.edit_fallback import edit_again

    existing = turn.section("existing_code")
    query = as_json(turn.section("query")) or {}
    columns = [str(c.get("name")) for c in query.get("columns", []) if isinstance(c, dict)]
    try:
        result = edit_code(
            existing,
            turn.section("question"),
            columns=columns,
            schema_text=turn.section("schema"),
        )
    except MultiVisError as error:
        return Answer(text=f"The existing code cannot be edited: {error}")
    made = turn.made("execute_code")
    tried = {str(attempt.arguments.get("code")) for attempt in made}
    if result.code in tried:
        told = "\n".join(attempt.answer for attempt in made)
        result = edit_again(
            existing,
            turn.section("question"),
            told,
            columns=columns,
            schema_text=turn.section("schema"),
        )
    code, left_out = result.code, [f"Not done: {wish}." for wish in result.left_out]
    if code in tried or len(made) > 1:
        if existing in tried:
            return Answer(text="The edited script does not run, and neither does the given one.")
        code = existing
        left_out = ["The script could not be changed as asked; it is delivered as it was."]
    handoff = json.dumps(
        {"done": list(result.done), "assumptions": [], "left_out": left_out}, ensure_ascii=False
    )
    return Answer("execute_code", {"code": code, "final": True, "handoff": handoff[:8_000]})
