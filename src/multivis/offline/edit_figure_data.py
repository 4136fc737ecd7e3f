"""Order, rows, reference lines, labels and tooltips of Matplotlib and Plotly charts."""

from __future__ import annotations

import re

from multivis.offline.edit_clauses import number_in
from multivis.offline.edit_colours import colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_drawing import (
    Drawing,
    axes_object,
    before_drawing,
    before_show,
    column_of,
    find_call,
    finish_with,
    is_plotly,
    main_drawing,
    python_name,
    schema_values,
    set_axis,
    set_traces,
)
from multivis.offline.edit_fields import named_fields
from multivis.offline.edit_labels import number_format
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.edit_sql import add_condition, set_limit

__all__ = ["FIGURE_DATA_EDITS"]

_SORT = re.compile(
    r"\b(?:sort\w*|re-?order\w*|ranked (?:from|by|in)|arrang\w+|order(?:ed)? (?:by|from|the|them)"
    r"|highest to lowest|lowest to highest|descending|ascending|alphabetical\w*"
    r"|largest to smallest|smallest to largest)\b"
)


def sort(context: Context) -> bool | None:
    """The order of categories."""
    low = context.clause.low
    if not _SORT.search(low) or re.search(r"\bin order to\b", low):
        return None
    script = context.script
    drawing = main_drawing(script)
    if drawing is None or not drawing.category or drawing.mark in {"rect", "point"}:
        return False
    ascending = bool(
        re.search(
            r"\blowest\b.*\bhighest\b|\bascending\b|\bsmallest (?:to|first)\b|\blowest first", low
        )
    )
    named = named_fields(re.sub(r"\bsort\w*", " ", low), [drawing.category, drawing.measure])
    by_name = bool(re.search(r"\balphabetical\w*|\bby name\b", low)) or (
        named == [drawing.category] and not re.search(r"\bby (?:value|total|amount)", low)
        and not re.search(r"highest|lowest|largest|smallest|descending|ascending", low)
    )  # fmt: skip
    if is_plotly(script) and drawing.mark != "arc":
        order = "ascending" if ascending or by_name else "descending"
        if drawing.lying:  # Plotly counts the y axis from the bottom
            order = "descending" if order == "ascending" else "ascending"
        kind = "category" if by_name else "total"
        told = {"categoryorder": quoted(f"{kind} {order}")}
        changed = set_axis(script, drawing.category_axis, told)
    else:
        changed = _sort_frame(script, drawing, by_name, ascending)
        if changed and is_plotly(script):
            set_traces(script, {"sort": "False"})
    if changed:
        context.done.append("order")
    context.satisfied = context.satisfied or script.already
    return changed


def _sort_frame(script: Script, drawing: Drawing, by_name: bool, ascending: bool) -> bool:
    if drawing.pivot is not None:
        wide = script.segment(drawing.pivot.targets[0])
        line = (
            f"{wide} = {wide}.sort_index()" if by_name
            else f"{wide} = {wide}.loc[{wide}.sum(axis=1).sort_values(ascending={ascending}).index]"
        )  # fmt: skip
        for statement in script.source.statements():
            text = script.segment(statement)
            if text.startswith(
                (f"{wide} = {wide}.loc[{wide}.sum", f"{wide} = {wide}.sort_index()")
            ):
                start, end = script.source.span(statement)
                return script.apply([Splice(start, end, line)])
        splice = script.insert_after(drawing.pivot, line)
        return script.apply([splice] if splice else None)
    if not drawing.frame:
        return False
    frame = drawing.frame
    column = drawing.category if by_name else drawing.measure
    line = f"{frame} = {frame}.sort_values({quoted(column)}, ascending={ascending or by_name})"
    for statement in script.source.statements():
        if script.segment(statement).startswith(f"{frame} = {frame}.sort_values("):
            start, end = script.source.span(statement)
            return script.apply([Splice(start, end, line)])
    return script.apply(before_drawing(script, line))


# ── rows ────────────────────────────────────────────────────────────────────────────────────


def top_rows(context: Context) -> bool | None:
    """ "Only the top five": a limit in the SQL, or of the categories in the frame."""
    low = context.clause.core
    words = r"\d+|three|five|ten|twenty|fifteen|eight|six|seven|four|nine|twelve|two"
    match = re.search(
        rf"\b(top|bottom|first)\s+({words})\b|\bonly (?:show )?(?:the )?({words}) "
        r"(highest|largest|lowest|smallest|most|biggest)",
        low,
    )
    if match is None:
        return None
    count = int(number_in(match[2] or match[3]) or 10)
    descending = not ({match[1], match[4]} & {"bottom", "lowest", "smallest"})
    script = context.script
    drawing = main_drawing(script)
    if drawing is None or not drawing.measure or not drawing.category:
        return False
    split = drawing.colour not in {"", drawing.category} or drawing.pivot is not None
    changed = not split and script.apply(
        set_limit(script, count, drawing.measure, descending=descending)
    )
    if not changed and drawing.frame:
        frame, method = drawing.frame, "nlargest" if descending else "nsmallest"
        category = column_of(frame, drawing.category)
        ranked = f"{frame}.groupby({quoted(drawing.category)})[{quoted(drawing.measure)}].sum()"
        line = f"{frame} = {frame}[{category}.isin({ranked}.{method}({count}).index)]"
        changed = script.apply(before_drawing(script, line))
    if changed:
        context.done.append(f"limit {count}")
    return changed


def filters(context: Context) -> bool | None:
    """ "Only above 100", "without North": rows that are kept."""
    low = context.clause.low
    only = re.search(r"\b(?:only|just|filter|keep|limit)\b", low)
    without = re.search(r"\b(?:exclude|leave out|ignore|drop|without|remove)\b", low)
    script = context.script
    drawing = main_drawing(script)
    if not (only or without) or drawing is None or not drawing.frame:
        return None
    frame = drawing.frame
    values = schema_values(context, drawing.category, drawing.colour)
    text = re.sub(r'"(\d+)"', lambda m: context.clause.quotes[int(m[1])].lower(), low)
    named = [
        value for key, value in values.items() if re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text)
    ]
    bound = re.search(
        r"\b(above|over|more than|greater than|at least|below|under|less than|at most)\s+"
        r"\$?(-?\d[\d,]*(?:\.\d+)?)\b",
        low,
    )
    if named and not colours_in(text).new:
        column = next(
            c for c in (drawing.category, drawing.colour)
            if named[0].lower() in schema_values(context, c)
        )  # fmt: skip
        sign = "~" if without and not only else ""
        line = f"{frame} = {frame}[{sign}{column_of(frame, column)}.isin({named!r})]"
    elif bound is not None and drawing.measure:
        sign = {"at least": ">=", "at most": "<="}.get(
            bound[1], ">" if bound[1] in {"above", "over", "more than", "greater than"} else "<"
        )
        if without and not only:
            sign = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}[sign]
        number = bound[2].replace(",", "")
        fields = named_fields(low, [drawing.category, drawing.measure])
        column = fields[0] if fields else drawing.measure
        if column in drawing.measure and _plain_column(script, column):
            done = script.apply(add_condition(script, f"{column} {sign} {number}"))
            if done:
                context.done.append(f"filter {column} {sign} {number}")
            return done
        line = f"{frame} = {frame}[{column_of(frame, column)} {sign} {number}]"
    else:
        return None
    changed = script.apply(before_drawing(script, line))
    if changed:
        context.done.append("filter")
    return changed


def _plain_column(script: Script, column: str) -> bool:
    """Whether the SQL gives a column of the table as it is, without groups."""
    sql = " ".join(script.facts.data.sql)
    return column.isidentifier() and not re.search(
        rf"\bGROUP BY\b|\bAS\s+[\"`]?{re.escape(column)}\b", sql, re.I
    )


# ── lines across the chart ──────────────────────────────────────────────────────────────────


def rules(context: Context) -> bool | None:
    """A line at the mean, the median or a number."""
    low = context.clause.core
    match = re.search(
        r"\b(mean|average|median|overall|maximum|minimum)\b.{0,14}\b(?:lines?|rule)\b"
        r"|\b(?:lines?|rule)\b.{0,30}\b(mean|average|median|maximum|minimum)\b",
        low,
    )
    number = re.search(
        r"\b(?:reference |horizontal |vertical |threshold |target )?line\b.{0,12}\bat "
        r"\$?(-?\d[\d,]*(?:\.\d+)?)",
        low,
    )
    if not (match or number) or re.search(r"\b(?:line|bar) chart\b.{0,10}instead", low):
        return None
    script = context.script
    drawing = main_drawing(script)
    if drawing is None or drawing.mark in {"arc", "rect"}:
        return False
    value_axis = "x" if drawing.lying != drawing.is_histogram else "y"
    if number:
        code, name = number[1].replace(",", ""), number[1]
        if "vertical" in low:
            value_axis = "x"
    else:
        if not drawing.frame or not drawing.measure or match is None:
            return False
        word = match[1] or match[2]
        method = {"average": "mean", "overall": "mean", "maximum": "max", "minimum": "min"}.get(
            word, word
        )
        name = {"mean": "Mean", "median": "Median"}.get(word, word.capitalize())
        code = _amounts(script, drawing) + f".{method}()"
    colour = next(iter(colours_in(low).new), "red")
    call = {"y": "hline", "x": "vline"}[value_axis]
    if is_plotly(script):
        line = (
            f"{python_name(script)}.add_{call}({value_axis}={code}, line_dash='dash', "
            f"line_color={quoted(colour)}, annotation_text={quoted(name)})"
        )
        changed = script.apply(before_show(script, line))
    else:
        line = (
            f"{axes_object(script)}.ax{call}({code}, color={quoted(colour)}, linestyle='--', "
            f"label={quoted(name)})"
        )
        changed = script.apply(finish_with(script, line))
    if changed:
        context.done.append(f"line at the {name.lower()}")
    return changed


def _amounts(script: Script, drawing: Drawing) -> str:
    """The amounts that are drawn: of stacked bars, the height of the stack."""
    column = column_of(drawing.frame, drawing.measure)
    stacked = (
        drawing.mark in {"bar", "area"}
        and not drawing.is_histogram
        and drawing.colour not in {"", drawing.category}
        and drawing.artist.options.get("barmode") not in {"group", "overlay"}
        and drawing.artist.options.get("stacked") is not False
    )
    if not stacked:
        return column
    return f"{drawing.frame}.groupby({quoted(drawing.category)})[{quoted(drawing.measure)}].sum()"


# ── labels and tooltips ─────────────────────────────────────────────────────────────────────


def value_labels(context: Context) -> bool | None:
    """Numbers on bars, slices and points."""
    low = context.clause.core
    shown = r"(?:labels?|numbers?|values?|percentages?|counts?|amounts?|figures?)"
    if not (
        re.search(
            rf"\b{shown}\b.{{0,40}}\b(?:on|above|atop|over|inside|next to|at the end of)\b\s+"
            r"(?:top of\s+)?(?:each|the|every|all|my)?\s*(?:of the\s+)?(?:\w+\s+)?"
            r"(?:bars?|points?|segments?|slices?|chart|cells?|lines?)\b",
            low,
        )
        or re.search(r"\b(?:data|value|text|percentage|number|bar) labels?\b", low)
        or re.search(r"\blabel (?:the |each |every |all )*(?:bars?|points?|slices?)\b", low)
    ) or re.search(r"tool-?tip|hover|\bax[ie]s\b", low):
        return None
    script = context.script
    drawing = main_drawing(script)
    if drawing is None:
        return False
    wanted = number_format(low)
    if is_plotly(script):
        changed = _plotly_labels(script, drawing, wanted)
    else:
        changed = _matplotlib_labels(script, drawing, wanted)
    if changed:
        context.done.append("value labels")
    context.satisfied = context.satisfied or script.already
    return changed


def _plotly_labels(script: Script, drawing: Drawing, wanted: str) -> bool:
    express = drawing.artist.axes == "plotly.express"
    if drawing.mark == "arc":
        return set_traces(script, {"textinfo": quoted("label+percent+value")})
    if express and drawing.method in {"bar", "histogram", "density_heatmap", "imshow"}:
        code = quoted(wanted) if wanted else "True"
        return script.apply([script.set_keyword(drawing.call, "text_auto", code)])
    if drawing.mark == "bar":
        axis = drawing.value_axis
        form = f"%{{{axis}:{wanted}}}" if wanted else f"%{{{axis}}}"
        return set_traces(script, {"texttemplate": quoted(form), "textposition": "'outside'"})
    if drawing.mark in {"line", "point"}:
        mode = "lines+markers+text" if drawing.mark == "line" else "markers+text"
        form = f"%{{y:{wanted}}}" if wanted else "%{y}"
        return set_traces(
            script,
            {"mode": quoted(mode), "texttemplate": quoted(form), "textposition": "'top center'"},
        )
    return False


def _matplotlib_labels(script: Script, drawing: Drawing, wanted: str) -> bool:
    axes = axes_object(script)
    form = f", fmt={quoted('{:' + wanted + '}')}" if wanted else ", fmt='{:,g}'"
    if drawing.mark == "bar":
        if find_call(script, "bar_label") is not None:
            return False
        line = f"for container in {axes}.containers:\n    {axes}.bar_label(container{form})"
        return script.apply(finish_with(script, line))
    if drawing.mark == "arc":
        return script.apply([script.set_keyword(drawing.call, "autopct", "'%.0f%%'")])
    if drawing.mark in {"line", "point"} and len(drawing.call.args) >= 2:
        x, y = (script.segment(node) for node in drawing.call.args[:2])
        told = wanted or ",g"
        line = (
            f"for at_x, at_y in zip({x}, {y}):\n"
            f"    {axes}.annotate(f'{{at_y:{told}}}', (at_x, at_y), xytext=(0, 5),\n"
            f"        textcoords='offset points', ha='center')"
        )
        splice = script.insert_after(drawing.call, line)
        return script.apply([splice] if splice else None)
    return False


def tooltips(context: Context) -> bool | None:
    """What Plotly shows over a mark; a Matplotlib picture has no tooltips."""
    low = context.clause.low
    if not re.search(r"\btool-?\s?tips?\b|\bhover\w*\b|\bmous(?:e|ing)[\s-]*over\b", low):
        return None
    script = context.script
    drawing = main_drawing(script)
    if not is_plotly(script) or drawing is None or drawing.artist.axes != "plotly.express":
        return False
    shown = {drawing.category, drawing.measure, drawing.colour}
    wanted = number_format(low)
    from multivis.offline.edit_tips import selected_fields

    added = [name for name in selected_fields(context, low) if name not in shown]
    drawing = main_drawing(script)
    if drawing is None:
        return False
    told = drawing.artist.options.get("hover_data")
    have = [str(one) for one in told] if isinstance(told, list | dict) else []
    if wanted and drawing.measure:
        entries = [f"{quoted(one)}: True" for one in dict.fromkeys([*have, *added])]
        entries.append(f"{quoted(drawing.measure)}: {quoted(':' + wanted)}")
        code = "{" + ", ".join(entries) + "}"
    elif any(name not in have for name in added):
        code = repr(list(dict.fromkeys([*have, *added])))
    else:
        context.satisfied = not re.search(r"\badd\b.*\bto\b", low) or bool(
            named_fields(low, sorted(shown - {""}))
        )
        return None
    changed = script.apply([script.set_keyword(drawing.call, "hover_data", code)])
    if changed:
        context.done.append("tooltips")
    return changed


def tick_formats(context: Context) -> bool | None:
    """Number formats on the axis of the amount."""
    low = context.clause.core
    wanted = number_format(low)
    if re.search(r"\b(?:as|in|to) (?:a )?percent(?:age)?s?\b|\bpercent(?:age)? format", low):
        wanted = wanted or ".0%"
    if not wanted or re.search(r"tool-?tip|hover|\blabels?\b.*\b(?:on|above)\b", low):
        return None
    script = context.script
    drawing = main_drawing(script)
    if drawing is None or drawing.mark in {"arc", "rect"}:
        return False
    axis = drawing.value_axis
    if is_plotly(script):
        changed = set_axis(script, axis, {"tickformat": quoted(wanted)})
    else:
        lead, form = ("$", wanted[1:]) if wanted.startswith("$") else ("", wanted)
        code = quoted(f"{lead}{{x:{form}}}")
        changed = script.apply(
            finish_with(script, f"{axes_object(script)}.{axis}axis.set_major_formatter({code})")
        )
    if changed:
        context.done.append(f"{axis} axis format {wanted}")
    return changed


FIGURE_DATA_EDITS = (top_rows, filters, sort, rules, value_labels, tooltips, tick_formats)
