"""Edits of an Altair chart's scales, time units, aggregates and rows."""

from __future__ import annotations

import ast
import re

from multivis.charts.reference import View
from multivis.offline.edit_altair import (
    carrier,
    set_channel_option,
    set_part,
)
from multivis.offline.edit_clauses import number_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_fields import (
    dimension_channel,
    measure_channel,
    named_fields,
)
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.edit_sql import add_condition, set_limit

__all__ = ["ROW_EDITS", "filtered"]


# ── scales, time, aggregates ────────────────────────────────────────────────────────────────


def scales(context: Context) -> bool | None:
    """Logarithmic scales, with or without zero."""
    low = context.clause.core
    log = re.search(r"\blog(?:arithmic)?\b[\s-]*(?:scale|ax[ei]s)?", low) if "log" in low else None
    zero = re.search(
        r"\b(?:start|begin)\w*\b.{0,18}\b(?:at|from)\b (?:zero|0)\b|\bzero baseline\b"
        r"|\bfrom zero\b",
        low,
    )
    tight = re.search(
        r"\bfocus\b.{0,25}\bdata\b|\b(?:too much )?empty space\b|\bnot start\w* (?:at|from) "
        r"(?:zero|0)\b|\bdon'?t start (?:at|from) (?:zero|0)\b|\badjust the (?:y[\s-]axis "
        r")?scale\b",
        low,
    )
    if log and not re.search(r"\blog(?:arithmic)?[\s-]*(?:scale|ax[ei]s|y|x)|\blogarithmic\b", low):
        log = None
    if not (log or zero or tight):
        return None
    script = context.script
    named = {m[1] for m in re.finditer(r"\b([xy])[\s-]*ax[ei]s", low)}
    both = bool(re.search(r"\bboth axes\b|\beach axis\b", low))
    values = (
        {"type": "'log'"}
        if log
        else {
            "zero": "False"
            if tight
            and not re.search(r"(?<!not )(?<!n't )start\w*\b.{0,18} (?:at|from) (?:zero|0)", low)
            else "True"
        }
    )
    changed = False
    for index in range(len(script.units)):
        view = script.units[index]
        if view.mark and view.mark.kind in {"text", "rule"} and index:
            continue
        measure = measure_channel(view)
        names = named or ({"x", "y"} if both else ({measure.name} if measure else set()))
        for name in sorted(names):
            channel = script.units[index].channels.get(name)
            if (
                channel is not None
                and channel.datum is None
                and channel.type in {"quantitative", None}
            ):
                changed = context.apply(set_part(script, channel, "scale", values)) or changed
    if changed:
        context.done.append("scale")
    return changed


_UNITS = {
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "month": "yearmonth",
    "monthly": "yearmonth", "quarter": "yearquarter",
    "quarterly": "yearquarter", "week": "yearweek",
    "weekly": "yearweek", "day": "yearmonthdate", "daily": "yearmonthdate", "weekday": "day",
    "hour": "hours", "hourly": "hours",
}  # fmt: skip


def time_units(context: Context) -> bool | None:
    """ "By month": the time unit of a temporal channel."""
    low = context.clause.core
    match = re.search(
        r"\b(?:group(?:ed)?|aggregat\w+|show(?:n)?|display|summari[sz]e\w*|roll\w* up"
        r"|change)\b.{0,40}?\b(?:by|per|to|each)\s+(\w+)\b|\b(monthly|yearly|quarterly|weekly"
        r"|daily|annual)\b",
        low,
    )
    word = (match[1] or match[2]) if match else ""
    if word not in _UNITS:
        return None
    script = context.script
    changed = False
    for index in range(len(script.units)):
        for name in ("x", "y"):
            channel = script.units[index].channels.get(name)
            if channel is not None and channel.type == "temporal":
                changed = (
                    context.apply(
                        set_channel_option(script, channel, "timeUnit", quoted(_UNITS[word]))
                    )
                    or changed
                )
    if changed:
        context.done.append(f"time unit {_UNITS[word]}")
        return True
    return None if not match or match[2] is None else False


def aggregates(context: Context) -> bool | None:
    """ "The average instead of the total": the aggregate of the amount."""
    low = context.clause.core
    words = {
        "average": "mean",
        "mean": "mean",
        "median": "median",
        "sum": "sum",
        "total": "sum",
        "maximum": "max",
        "minimum": "min",
        "count": "count",
    }
    match = re.search(
        r"\b(?:use|show|display|plot|change)\b.{0,25}\b(?:to |the )?(average|mean|median|sum"
        r"|total|maximum|minimum)\b.{0,40}\binstead\b|\binstead of (?:the )?(?:average|mean"
        r"|sum|total|median|count)[^.]*?\b(?:use|show)?\s*(?:the )?(average|mean|median|sum"
        r"|total)\b",
        low,
    )
    if match is None:
        return None
    script = context.script
    view = context.main
    measure = measure_channel(view) if view else None
    wanted = words[match[1] or match[2]]
    if measure is None or not measure.aggregate or not measure.field or measure.node is None:
        return False
    node = carrier(script, measure)
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            if f"{measure.aggregate}(" in inner.value:
                start, end = script.source.span(inner)
                new = inner.value.replace(f"{measure.aggregate}(", f"{wanted}(", 1)
                changed = context.apply([Splice(start, end, quoted(new))])
            elif inner.value == measure.aggregate:
                start, end = script.source.span(inner)
                changed = context.apply([Splice(start, end, quoted(wanted))])
            else:
                continue
            if changed:
                context.done.append(f"aggregate {wanted}")
            return changed
    return False


# ── rows ────────────────────────────────────────────────────────────────────────────────────


def top_rows(context: Context) -> bool | None:
    """ "Only the top ten": a limit in the SQL where rows are what is drawn, else a rank."""
    low = context.clause.core
    match = re.search(
        r"\b(top|bottom|first)\s+(\d+|three|five|ten|twenty|fifteen|eight|six|seven|four|nine"
        r"|twelve)\b|\bonly (?:show )?(?:the )?(\d+|three|five|ten|twenty) (highest|largest"
        r"|lowest|smallest|most)",
        low,
    )
    if match is None:
        return None
    count = int(number_in(match[2] or match[3]) or 10)
    descending = not ({match[1], match[4]} & {"bottom", "lowest", "smallest"})
    script = context.script
    view = context.main
    measure = measure_channel(view) if view else None
    if view is None or measure is None or not measure.field:
        return False
    for transform in view.transforms:
        value = (
            transform.arguments[0] if transform.kind == "filter" and transform.arguments else None
        )
        code = value.get("code", "") if isinstance(value, dict) else str(value or "")
        number = re.search(r"rank\w*\s*<=?\s*(\d+)", code)
        if number and transform.node is not None:
            return _new_rank(context, transform.node, number[1], count, code)
    plain = not measure.aggregate and measure.field in context.fields.frame
    if plain and context.apply(set_limit(script, count, measure.field, descending=descending)):
        context.done.append(f"limit {count}")
        return True
    return False


def _new_rank(context: Context, call: ast.Call, old: str, count: int, code: str) -> bool:
    script = context.script
    for inner in ast.walk(call):
        if isinstance(inner, ast.Constant) and str(inner.value) == old:
            start, end = script.source.span(inner)
            number = count + 1 if "<" in code and "<=" not in code else count
            changed = context.apply([Splice(start, end, str(number))])
            if changed:
                context.done.append(f"limit {count}")
            return changed
    return False


def filters(context: Context) -> bool | None:
    """ "Only rows above 100": a filter on a field of the frame, or a condition in the SQL."""
    low = context.clause.core
    if not re.search(r"\b(?:only|exclude|filter|limit|leave out|ignore|drop|without)\b", low):
        return None
    match = re.search(
        r"\b(above|over|more than|greater than|at least|after|since|below|under|less than|at "
        r"most|before|until|equal to|is)\s+\$?(-?\d[\d,]*(?:\.\d+)?)\b",
        low,
    )
    if match is None or re.search(r"\bcolou?r|highlight|opacity\b", low):
        return None
    names = named_fields(low, context.fields.all)
    view = context.main
    if view is None:
        return False
    dimension, measure = dimension_channel(view), measure_channel(view)
    if not names:
        year = match[1] in {"after", "since", "before", "until"}
        channel = dimension if year else measure
        names = [channel.field] if channel is not None and channel.field else []
    if not names:
        return False
    operator = {
        "above": ">",
        "over": ">",
        "more than": ">",
        "greater than": ">",
        "after": ">",
        "at least": ">=",
        "since": ">=",
        "below": "<",
        "under": "<",
        "less than": "<",
        "before": "<",
        "at most": "<=",
        "until": "<=",
        "equal to": "==",
        "is": "==",
    }[match[1]]
    number = match[2].replace(",", "")
    if re.search(r"\b(?:exclude|leave out|ignore|drop|without)\b", low):
        operator = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!="}[operator]
    field = names[0]
    temporal = any(c.field == field and c.type == "temporal" for c in view.channels.values())
    left = f"datum[{quoted(field)}]" if not field.isidentifier() else f"datum.{field}"
    left = f"year({left})" if temporal and len(number) == 4 else left
    grouped = measure is not None and measure.field == field and measure.aggregate
    script = context.script
    if grouped:
        return False
    if field not in context.fields.all:
        changed = context.apply(
            add_condition(script, f"{field} {operator.replace('==', '=')} {number}")
        )
    else:
        expression = f"{left} {operator} {number}"
        quote = '"' if "'" in expression else "'"
        changed = context.each(
            [u for u in script.units if u.data == view.data],
            lambda v: filtered(script, v, f".transform_filter({quote}{expression}{quote})"),
        )
    if changed:
        context.done.append(f"filter {field} {operator} {number}")
    return changed


def filtered(script: Script, view: View, call: str) -> list[Splice] | None:
    """Put the filter right after ``alt.Chart(…)``."""
    chart = next((node for method, node in view.calls if method == "Chart"), None)
    if chart is None or call in script.text:
        return None
    end = script.source.span(chart)[1]
    if script.text[script.source.span(chart)[0] : end + len(call)].endswith(call):
        return None
    return [Splice(end, end, call)]


ROW_EDITS = (top_rows, filters, aggregates, time_units, scales)
