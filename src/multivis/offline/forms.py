"""The offline model under systems that ask for a form: query and code at once, tables, VQL.

Each form is filled from the same plan that the agents' tools are called with, so that what a
system scores with this model says something about the system.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from multivis.offline.database_turn import database_turn
from multivis.offline.plan import Channel, Layer, Plan, Query, loads
from multivis.offline.turns import Answer, Turn
from multivis.offline.visualization_turn import visualization_turn

__all__ = ["form_turn"]


def form_turn(turn: Turn) -> Answer | None:
    """Fill the form that is bound, if it is one of a chart; None for any other form."""
    name = turn.tools[0]
    fields = frozenset(turn.parameters[name].get("properties", {}))
    fill = _FORMS.get(fields)
    return None if fill is None else fill(turn, name)


def _whole_chart(turn: Turn, form: str) -> Answer:
    """One SELECT, and code that draws its rows; existing code is edited and has no SELECT."""
    if turn.section("existing_code"):
        drawn = visualization_turn(_asked(turn, "execute_code"))
        if not drawn.tool:
            return drawn
        return Answer(form, {"sql": "", "code": drawn.arguments["code"]})
    queried = database_turn(_asked(turn, "execute_sql"))
    if queried.tool != "execute_sql":
        return queried
    handoff = str(queried.arguments["handoff"])
    query = {"columns": _columns(_plan(handoff)), "handoff": handoff}
    drawn = visualization_turn(_asked(turn, "execute_code", query=json.dumps(query)))
    if not drawn.tool:
        return drawn
    return Answer(form, {"sql": queried.arguments["sql"], "code": drawn.arguments["code"]})


def _tables(turn: Turn, form: str) -> Answer:
    """The tables of the query that answers the question."""
    queried = database_turn(_asked(turn, "execute_sql"))
    if queried.tool != "execute_sql":
        return queried
    from sqlglot import exp, parse_one

    dialect = turn.section("dialect") or "sqlite"
    tree = parse_one(str(queried.arguments["sql"]), dialect=dialect)
    made = {part.alias for part in tree.find_all(exp.CTE)}
    names = dict.fromkeys(table.name for table in tree.find_all(exp.Table))
    return Answer(form, {"tables": [name for name in names if name not in made]})


def _statement(turn: Turn, form: str) -> Answer:
    """The plan as VQL: its chart type, and its query with x, y and the group in this order."""
    brief = {**turn.brief, "previous_sql": _sql_of(turn.section("previous_vql"))}
    queried = database_turn(_asked(replace(turn, brief=brief), "execute_sql"))
    if queried.tool != "execute_sql":
        return queried
    plan = _plan(str(queried.arguments["handoff"]))
    layer = _drawn(plan)
    if layer is None:
        return Answer(text="This chart has no two columns that VQL could draw.")
    kind, order = _kind(layer)
    dialect = turn.section("dialect") or "sqlite"
    sql = _in_order(str(queried.arguments["sql"]), order, dialect)
    return Answer(form, {"vql": f"VISUALIZE {kind} {sql}"})


_FORMS: Mapping[frozenset[str], Callable[[Turn, str], Answer]] = {
    frozenset({"sql", "code"}): _whole_chart,
    frozenset({"tables"}): _tables,
    frozenset({"vql"}): _statement,
}


def _asked(turn: Turn, tool: str, **sections: str) -> Turn:
    """The same brief as an agent with this tool gets it, before any call."""
    return replace(
        turn, tools=(tool,), brief={**turn.brief, **sections}, attempts=(), remarks=(), spoken=0
    )


def _plan(handoff: str) -> Plan:
    told = json.loads(handoff)
    return loads(json.dumps(told["plan"])) if "plan" in told else Plan(query=Query())


def _columns(plan: Plan) -> list[dict[str, Any]]:
    """The columns of the result, as far as they are known before it is there."""
    return [{"name": output.name, "kind": output.kind} for output in plan.query.outputs]


# ── VQL ─────────────────────────────────────────────────────────────────────────────────────


def _sql_of(vql: str) -> str:
    """The query of a statement that failed, so that it is not written again."""
    from multivis.charts.vql import parse_vql
    from multivis.errors import OptionError

    try:
        return parse_vql(vql).sql if vql else ""
    except OptionError:
        return ""


def _drawn(plan: Plan) -> Layer | None:
    """The first layer with two places that columns of the query fill."""
    names = {output.name for output in plan.query.outputs}
    for view in plan.views:
        for layer in view.layers:
            if sum(_field(layer, name) in names for name in ("x", "y", "theta", "color")) > 1:
                return layer
    return None


def _field(layer: Layer, name: str) -> str:
    return next((c.field or "" for c in layer.channels if c.name == name), "")


def _channel(layer: Layer, name: str) -> Channel | None:
    return next((c for c in layer.channels if c.name == name), None)


def _kind(layer: Layer) -> tuple[str, list[str]]:
    """The chart type of VQL that is nearest, and the columns in its order."""
    if _field(layer, "theta"):
        return "PIE", [_field(layer, "color"), _field(layer, "theta")]
    x, y, group = _field(layer, "x"), _field(layer, "y"), _field(layer, "color")
    across = _channel(layer, "x")
    if layer.mark == "bar" and across is not None and across.kind == "quantitative":
        x, y = y, x  # VQL has no horizontal bars
    kind = {"bar": "BAR", "line": "LINE", "area": "LINE"}.get(layer.mark, "SCATTER")
    if group in {"", x, y}:
        return kind, [x, y]
    return {"BAR": "STACKED BAR"}.get(kind, f"GROUPING {kind}"), [x, y, group]


def _in_order(sql: str, order: list[str], dialect: str) -> str:
    """The query with its columns in the order that VQL reads them; others are left out."""
    from sqlglot import exp, parse_one

    tree = parse_one(sql, dialect=dialect)
    if not isinstance(tree, exp.Select):
        listed = ", ".join(exp.to_identifier(n, quoted=True).sql(dialect=dialect) for n in order)
        return f"SELECT {listed} FROM ({sql}) AS rows_of_chart"
    by_name = {part.alias_or_name: part for part in tree.expressions}
    chosen = [by_name[name] for name in order if name in by_name]
    if len(chosen) >= 2:
        tree.set("expressions", chosen)
    return tree.sql(dialect=dialect)
