"""Edits of what an Altair chart shows: order, marks, stacking, scales, filters, interaction."""

from __future__ import annotations

import ast
import re

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import (
    add_channel,
    add_layer,
    append_method,
    carrier,
    channel_site,
    fresh_chart,
    set_channel_option,
    set_part,
)
from multivis.offline.edit_clauses import number_in
from multivis.offline.edit_colours import colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_fields import (
    category_channel,
    dimension_channel,
    is_measure,
    measure_channel,
    named_fields,
)
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.edit_sql import add_condition, set_limit
from multivis.offline.words import split_name, stem

__all__ = ["DATA_EDITS"]


# ── order ───────────────────────────────────────────────────────────────────────────────────

_SORT = re.compile(
    r"\b(?:sort\w*|re-?order\w*|ranked (?:from|by|in)|arrang\w+|order(?:ed)? (?:by|from|the|them)|highest to lowest|"
    r"lowest to highest|descending|ascending|(?:listed|shown|appear) at the top|alphabetical\w*|largest to smallest|smallest to largest)\b"
)


def sort(context: Context) -> bool | None:
    """The order of categories or slices."""
    low = context.clause.core if _SORT.search(context.clause.core) else context.clause.low
    if not _SORT.search(low) or not context.clause.asks or re.search(r"\bin order to\b", low):
        return None
    ascending = bool(
        re.search(
            r"\blowest to highest\b|\bascending\b|\bsmallest (?:to|first)\b|\blowest first\b|\bleast to most\b",
            low,
        )
    )
    script = context.script
    changed = False
    for index in range(len(script.units)):
        view = script.units[index]
        if view.mark is None or view.mark.kind in {"rule"}:
            continue
        changed = context.apply(_sorted_view(context, view, low, ascending)) or changed
    if changed:
        context.done.append("order")
    return changed


def _sorted_view(context: Context, view: View, low: str, ascending: bool) -> list[Splice] | None:
    script = context.script
    if view.mark and view.mark.kind == "arc":
        theta = view.channels.get("theta") or view.channels.get("radius")
        if theta is None or not theta.field:
            return None
        direction = "ascending" if ascending else "descending"
        return add_channel(
            script,
            view,
            "order",
            f"{script.alias}.Order({quoted(theta.shorthand())}, sort={quoted(direction)})",
        )
    category = category_channel(view)
    if category is None or not category.field:
        return None
    if re.search(r"\balphabetical\w*\b", low) and not re.search(
        r"\binstead of\b[^.]*\balphabetical", low
    ):
        return set_channel_option(script, category, "sort", "'ascending'")
    other = {"x": "y", "y": "x"}.get(category.name, "")
    measure = view.channels.get(other)
    sign = "" if ascending else "-"
    names = [n for n in named_fields(_by_phrase(low), context.fields.all) if n != category.field]
    summary = re.search(r"\b(median|mean|average|total|sum|maximum|minimum)\b", low)
    operation = {"average": "mean", "total": "sum", "maximum": "max", "minimum": "min"}.get(
        summary[1] if summary else "", summary[1] if summary else "sum"
    )
    field = names[0] if names else None
    if (
        measure is not None
        and is_measure(measure)
        and (field is None or measure.field == field or measure.aggregate)
    ):
        named = field is not None and stem(summary[1] if summary else "") in split_name(field)
        if summary is None or named or measure.aggregate or operation == "sum":
            return set_channel_option(script, category, "sort", quoted(f"{sign}{other}"))
        field = field or measure.field
    if field is None:
        return set_channel_option(
            script, category, "sort", quoted("ascending" if ascending else "descending")
        )
    order = "ascending" if ascending else "descending"
    made = f"{script.alias}.EncodingSortField(field={quoted(field)}, op={quoted(operation)}, order={quoted(order)})"
    return set_channel_option(script, category, "sort", made)


def _by_phrase(low: str) -> str:
    match = re.search(r"\b(?:by|based on|on their|according to)\b(.*)", low)
    return match[1] if match else low


# ── marks, orientation, stacking ────────────────────────────────────────────────────────────

_MARKS = {
    "bar": "bar", "column": "bar", "line": "line", "area": "area", "scatter": "point", "point": "point",
    "dot": "circle", "bubble": "circle", "pie": "arc", "donut": "arc", "strip": "tick", "tick": "tick",
    "heatmap": "rect", "heat map": "rect", "box": "boxplot", "step": "line", "circle": "circle",
    "square": "square",
}  # fmt: skip


def mark_type(context: Context) -> bool | None:
    """Another mark: "turn this into a line chart"."""
    low = context.clause.core
    kinds = "|".join(sorted(_MARKS, key=len, reverse=True))
    match = re.search(
        rf"\b(?:change|turn|convert|switch|transform|make|redraw|show)\b.{{0,40}}\b(?:to|into|as|it)\s+(?:an? )?(?:simple |stacked |"
        rf"grouped |horizontal |vertical )?({kinds})s?\s*(?:chart|plot|graph|marks?)?\b"
        rf"|\buse\s+(?:an? )?({kinds})s?\s*(?:chart|plot|graph|marks?)?\s+instead\b"
        rf"|\b(?:an? )({kinds})\s+(?:chart|plot|graph)\s+instead\b",
        low,
    )
    if match is None or not context.clause.asks:
        return None
    word = next(group for group in match.groups() if group)
    wanted = _MARKS[word]
    if re.search(
        r"\b(?:colou?r|shade|label|title|tooltip)", low[: match.start(1) if match[1] else None]
    ):
        return None
    script = context.script
    main = next((u for u in script.units if u.mark and u.mark.kind not in {"text", "rule"}), None)
    if main is None or main.mark is None or main.mark.node is None:
        return False
    if main.mark.kind == wanted:
        context.satisfied = True
        return False
    if wanted == "arc" or main.mark.kind == "arc":
        return _pie_change(context, main, wanted, donut=word == "donut")
    function = main.mark.node.func
    if not isinstance(function, ast.Attribute):
        return False
    end = script.source.span(function)[1]
    changed = context.apply([Splice(end - len(function.attr), end, f"mark_{wanted}")])
    if changed:
        context.done.append(f"mark {wanted}")
    return changed


def _pie_change(context: Context, main: View, wanted: str, *, donut: bool) -> bool:
    """Between a pie and a chart with axes, channels change their names."""
    script = context.script
    assert main.mark is not None and main.mark.node is not None
    if wanted == "arc":
        category, measure = category_channel(main), measure_channel(main)
        names = {category.name: "color", measure.name: "theta"} if category and measure else {}
        if "color" in main.channels:
            return False
    else:
        names = {"theta": "y", "color": "x"}
    if not names or any(name not in main.channels for name in names):
        return False
    splices: list[Splice] = []
    for name, new in names.items():
        channel = main.channels[name]
        splices += _renamed(script, channel, new)
    function = main.mark.node.func
    assert isinstance(function, ast.Attribute)
    end = script.source.span(function)[1]
    splices.append(Splice(end - len(function.attr), end, f"mark_{wanted}"))
    if donut and wanted == "arc":
        splices.append(script.set_keyword(main.mark.node, "innerRadius", "50"))
    changed = context.apply(splices)
    if changed:
        context.done.append(f"mark {wanted}")
    return changed


def _renamed(script: Script, channel: Channel, new: str) -> list[Splice]:
    """The channel under another name, its class with it."""
    call, site = channel.call, channel_site(channel)
    if call is None or site is None:
        return []
    splices: list[Splice] = []
    keyword = script.keyword(call, channel.name)
    if keyword is not None:
        start, _ = script.source.span(keyword)
        splices.append(Splice(start, start + len(channel.name), new))
    node = carrier(script, channel)
    current: ast.expr | None = node
    while isinstance(current, ast.Call):
        function = current.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            old = channel.name[0].upper() + channel.name[1:]
            end = script.source.span(function)[1]
            if function.attr == old:
                splices.append(Splice(end - len(old), end, new[0].upper() + new[1:]))
        current = function.value if isinstance(function, ast.Attribute) else None
    return splices


_SWAP = {"x": "y", "y": "x", "x2": "y2", "y2": "x2", "xOffset": "yOffset", "yOffset": "xOffset",
         "xError": "yError", "yError": "xError"}  # fmt: skip


def flip(context: Context) -> bool | None:
    """Swap x and y of every layer; sorts that name an axis are swapped too."""
    low = context.clause.low
    horizontal = re.search(
        r"\bflip\b|\bswap\w*\b.{0,20}\bax[ei]s\b|\btranspose\b|\b(?:make|turn|change)\b.{0,30}\b(?:bars?|chart|graph|it|plot)\b.{0,12}\b(?:horizontal|vertical)\b"
        r"|\b(?:horizontal|vertical) bars?\b|\bbars? (?:horizontal|vertical)(?:ly)?\b|\bhorizontal(?:ly)? (?:bar )?(?:chart|orient\w+)",
        low,
    )
    if not horizontal or re.search(r"\blabels?\b.{0,20}\b(?:horizontal|vertical)", low):
        return None
    if re.search(r"\bstack\w*\b.{0,20}\bvertical", low):
        return None
    script = context.script
    view = context.main
    measure = measure_channel(view) if view else None
    if measure is not None and not re.search(r"\bflip|swap|transpose\b", low):
        already = measure.name == ("x" if "horizontal" in low else "y")
        if already:
            return None
    splices: list[Splice] = []
    seen: set[int] = set()
    for unit in script.units:
        for channel in unit.channels.values():
            site = channel_site(channel)
            if site is None or id(site) in seen:
                continue
            seen.add(id(site))
            if channel.name in _SWAP:
                splices += _renamed(script, channel, _SWAP[channel.name])
                splices += _swapped_sort(script, channel)
        if (
            unit.mark
            and unit.mark.node
            and unit.mark.kind == "text"
            and id(unit.mark.node) not in seen
        ):
            seen.add(id(unit.mark.node))
            splices += _swapped_text(script, unit.mark.node)
    changed = context.apply(splices)
    if changed:
        context.done.append("axes swapped")
    return changed


def _swapped_sort(script: Script, channel: Channel) -> list[Splice]:
    wanted = channel.options.get("sort")
    if not isinstance(wanted, str) or wanted.lstrip("-") not in {"x", "y"}:
        return []
    new = wanted.replace("x", "#").replace("y", "x").replace("#", "y")
    node = carrier(script, channel)
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.Constant) and inner.value == wanted:
            start, end = script.source.span(inner)
            return [Splice(start, end, quoted(new))]
    return []


def _swapped_text(script: Script, call: ast.Call) -> list[Splice]:
    """Offsets of labels that sat above bars now sit beside them."""
    if script.keyword(call, "dy") is None or script.keyword(call, "dx") is not None:
        return []
    return [*script.remove_keyword(call, "dy"), script.add_argument(call, "dx=12")]


def stacking(context: Context) -> bool | None:
    """Stacked, normalised, or side by side."""
    low = context.clause.core
    script = context.script
    views = [u for u in script.units if u.mark and u.mark.kind in {"bar", "area"}]
    normalize = re.search(
        r"\b100\s?%|\bnormali[sz]e\w*\b|\bproportions? instead\b|\bpercentages? instead of\b", low
    )
    grouped = re.search(
        r"\bgroup(?:ed)? (?:the )?bars?\b|\bside[\s-]by[\s-]side\b|\bgrouped\b|\bunstack\w*\b|\binstead of stack",
        low,
    )
    stacked = re.search(
        r"\bstack(?:ed)? (?:the )?(?:bars?|them|areas?)\b|\bas (?:a )?stacked\b|\bmake it stacked\b",
        low,
    )
    top = script.facts.view
    if (
        top is not None
        and top.kind == "vconcat"
        and re.search(r"\bside[\s-]by[\s-]side\b|\bhorizontally\b", low)
    ):
        return _beside(context, "&", "vconcat", "|", "hconcat")
    if (
        top is not None
        and top.kind == "hconcat"
        and re.search(r"\bstack\w*\b|\bvertically\b|\babove each other\b", low)
    ):
        return _beside(context, "|", "hconcat", "&", "vconcat")
    if not (normalize or grouped or stacked) or not views:
        return None
    view = views[0]
    measure = measure_channel(view)
    if measure is None:
        return False
    changed = False
    if normalize:
        changed = context.apply(set_channel_option(script, measure, "stack", "'normalize'"))
    elif stacked and not grouped:
        changed = context.apply(set_channel_option(script, measure, "stack", "'zero'"))
    else:
        dimension, color = dimension_channel(view), view.channels.get("color")
        if dimension is None or color is None or not color.field:
            return False
        offset = f"{dimension.name}Offset"
        if offset in view.channels:
            return None
        changed = context.apply(add_channel(script, view, offset, quoted(f"{color.field}:N")))
    if changed:
        context.done.append("stacking")
    return changed


def _beside(context: Context, old: str, old_call: str, new: str, new_call: str) -> bool:
    """Concatenate in the other direction."""
    script = context.script
    top = script.facts.view
    splices: list[Splice] = []
    if top is None:
        return False
    layout = next((call for method, call in top.calls if method == old_call), None)
    if layout is not None and isinstance(layout.func, ast.Attribute):
        end = script.source.span(layout.func)[1]
        splices.append(Splice(end - len(layout.func.attr), end, new_call))
    node: ast.expr | None = top.node
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    kind = ast.BitAnd if old == "&" else ast.BitOr
    while isinstance(node, ast.BinOp) and isinstance(node.op, kind):
        left, right = script.source.span(node.left)[1], script.source.span(node.right)[0]
        between = script.text[left:right]
        if between.count(old) == 1:
            splices.append(Splice(left, right, between.replace(old, new)))
        node = node.left
    changed = context.apply(splices)
    if changed:
        context.done.append("arrangement")
    return changed


# ── scales, time, aggregates ────────────────────────────────────────────────────────────────


def scales(context: Context) -> bool | None:
    """Logarithmic scales, with or without zero."""
    low = context.clause.core
    log = re.search(r"\blog(?:arithmic)?\b[\s-]*(?:scale|ax[ei]s)?", low) if "log" in low else None
    zero = re.search(
        r"\b(?:start|begin)\w*\b.{0,10}\b(?:at|from)\b (?:zero|0)\b|\bzero baseline\b|\bfrom zero\b",
        low,
    )
    tight = re.search(
        r"\bfocus\b.{0,25}\bdata\b|\b(?:too much )?empty space\b|\bnot start\w* (?:at|from) (?:zero|0)\b|\bdon'?t start (?:at|from) (?:zero|0)\b|\badjust the (?:y[\s-]axis )?scale\b",
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
            if tight and not re.search(r"(?<!not )(?<!n't )start\w* (?:at|from) (?:zero|0)", low)
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
    "monthly": "yearmonth", "quarter": "yearquarter", "quarterly": "yearquarter", "week": "yearweek",
    "weekly": "yearweek", "day": "yearmonthdate", "daily": "yearmonthdate", "weekday": "day",
    "hour": "hours", "hourly": "hours",
}  # fmt: skip


def time_units(context: Context) -> bool | None:
    """ "By month": the time unit of a temporal channel."""
    low = context.clause.core
    match = re.search(
        r"\b(?:group(?:ed)?|aggregat\w+|show(?:n)?|display|summari[sz]e\w*|roll\w* up|change)\b.{0,40}?\b(?:by|per|to|each)\s+(\w+)\b|\b(monthly|yearly|quarterly|weekly|daily|annual)\b",
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
        r"\b(?:use|show|display|plot|change)\b.{0,25}\b(?:to |the )?(average|mean|median|sum|total|maximum|minimum)\b.{0,40}\binstead\b|\binstead of (?:the )?(?:average|mean|sum|total|median|count)[^.]*?\b(?:use|show)?\s*(?:the )?(average|mean|median|sum|total)\b",
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
        r"\b(top|bottom|first)\s+(\d+|three|five|ten|twenty|fifteen|eight|six|seven|four|nine|twelve)\b|\bonly (?:show )?(?:the )?(\d+|three|five|ten|twenty) (highest|largest|lowest|smallest|most)",
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
        r"\b(above|over|more than|greater than|at least|after|since|below|under|less than|at most|before|until|equal to|is)\s+\$?(-?\d[\d,]*(?:\.\d+)?)\b",
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
            lambda v: _filtered(script, v, f".transform_filter({quote}{expression}{quote})"),
        )
    if changed:
        context.done.append(f"filter {field} {operator} {number}")
    return changed


def _filtered(script: Script, view: View, call: str) -> list[Splice] | None:
    """Put the filter right after ``alt.Chart(…)``."""
    chart = next((node for method, node in view.calls if method == "Chart"), None)
    if chart is None or call in script.text:
        return None
    end = script.source.span(chart)[1]
    if script.text[script.source.span(chart)[0] : end + len(call)].endswith(call):
        return None
    return [Splice(end, end, call)]


# ── more layers ─────────────────────────────────────────────────────────────────────────────


def rules_and_trends(context: Context) -> bool | None:
    """A mean line, a threshold, a trend line: one more layer."""
    low = context.clause.core
    mean = re.search(
        r"\b(average|mean|median) line\b|\bline\b.{0,25}\b(?:show\w*|at|for|of|indicat\w*|mark\w*)\b.{0,15}\b(average|mean|median)\b",
        low,
    )
    trend = re.search(
        r"\bline of best fit\b|\btrend\s?lines?\b|\bregression(?: line)?\b|\blinear fit\b|\bbest[\s-]fit line\b",
        low,
    )
    threshold = re.search(
        r"\b(?:threshold|target|reference|goal|horizontal|vertical)\s+line\b.{0,30}?\bat\b\D{0,12}(-?\d[\d,.]*)",
        low,
    )
    if not (mean or trend or threshold) or not re.search(
        r"\badd|include|show|draw|with|put|could|can|possible|overlay\b", low
    ):
        return None
    if re.search(r"\b(?:make|change)\b.{0,20}\b(?:mean|average|trend|regression)\b", low):
        return None
    script = context.script
    if mean and any(u.mark and u.mark.kind == "rule" for u in script.units):
        return None
    view = next(
        (
            u
            for u in script.units
            if u.mark
            and u.mark.kind in {"point", "circle", "square", "bar", "line", "area", "tick"}
        ),
        None,
    )
    if view is None:
        return False
    found = colours_in(low)
    colour = found.new[0] if found.new else "red"
    start = fresh_chart(script, view)
    measure, dimension = measure_channel(view), dimension_channel(view)
    if measure is None:
        return False
    if trend:
        x, y = view.channels.get("x"), view.channels.get("y")
        if x is None or y is None or not x.field or not y.field or x.aggregate or y.aggregate:
            return False
        name = script.free_name("trend", "trend_line")
        code = (
            f"{start}.transform_regression({quoted(x.field)}, {quoted(y.field)}).mark_line(color={quoted(colour)}).encode("
            f"x={_source(script, x)}, y={_source(script, y)})"
        )
        what = "trend line"
    elif mean:
        word = mean[1] or mean[2]
        function = "median" if word == "median" else "mean"
        if not measure.field or measure.aggregate not in {None, "mean", "average", "median"}:
            return False
        name = script.free_name(f"{word}_line", f"{word}_rule")
        code = f"{start}.mark_rule(color={quoted(colour)}, strokeDash=[6, 4]).encode({measure.name}={quoted(f'{function}({measure.field}):Q')})"
        what = f"{word} line"
    else:
        assert threshold is not None
        number = threshold[1].replace(",", "").rstrip(".")
        name = script.free_name("threshold", "threshold_line")
        axis = (
            "x" if "vertical line" in low else ("y" if "horizontal line" in low else measure.name)
        )
        code = f"{start}.mark_rule(color={quoted(colour)}).encode({axis}={script.alias}.datum({number}))"
        what = f"line at {number}"
    _ = dimension
    if add_layer(script, view, name, code):
        context.done.append(what)
        return True
    return False


def _source(script: Script, channel: Channel) -> str:
    site = channel_site(channel)
    return script.segment(site) if site is not None else quoted(channel.shorthand())


# ── interaction ─────────────────────────────────────────────────────────────────────────────


def interaction(context: Context) -> bool | None:
    """Zoom and pan, a legend that can be clicked, marks that light up, a list to choose from."""
    low = context.clause.low
    script = context.script
    view = script.facts.view
    if view is None:
        return None
    if re.search(r"\b(?:dropdown|drop-down|select(?:ion)? (?:box|menu|list)|slider)\b", low):
        return _bound_filter(context)
    if re.search(
        r"\bclick\w*\b|\bselect\b.{0,20}\b(?:certain|specific|types?)\b|\bhighlight\w*\b.{0,25}\bhover\w*\b|\bhover\w*\b.{0,25}\bhighlight\w*\b|\binteractive legend\b|\bclickable legend\b",
        low,
    ):
        return _highlight(context)
    if re.search(r"\bzoom\w*\b|\bpan(?:ning)?\b|\binteractive\b", low) and not re.search(
        r"\binteractive tool-?tips?\b", low
    ):
        if any(p.bind == "scales" for p in script.facts.parameters) or _interactive(view):
            context.satisfied = True
            return False
        if context.apply(append_method(script, view, ".interactive()")):
            context.done.append("zoom and pan")
            return True
        return False
    return None


def _interactive(view: View) -> bool:
    return view.interactive or any(_interactive(child) for child in view.children)


def _highlight(context: Context) -> bool | None:
    """Marks that are not selected fade out."""
    script = context.script
    low = context.clause.low
    if any(p.bind == "legend" for p in script.facts.parameters) and "legend" in low:
        return None
    if re.search(r"\blinks?\b|\bkeep\b", low):
        return None
    views = [u for u in context.targets() if u.mark and u.mark.kind not in {"text", "rule"}]
    fields = [
        f
        for f in named_fields(low, context.fields.encoded)
        if any(
            f == c.field and c.type in {"nominal", "ordinal", None}
            for v in views
            for c in v.channels.values()
        )
    ]
    view = views[0] if views else None
    if view is None:
        return False
    color = view.channels.get("color")
    category = color if color is not None and color.field else category_channel(view)
    field = fields[0] if fields else (category.field if category is not None else None)
    legend = "legend" in low
    if legend and (color is None or not color.field):
        return False
    hover = re.search(r"\bhover", low) and not re.search(r"\bclick", low)
    options = [f"fields=[{quoted(field)}]"] if field else []
    if legend:
        options.append("bind='legend'")
    if hover:
        options.append("on='pointerover'")
    name = script.free_name("selection", "highlight")
    made = f"{name} = {script.alias}.selection_point({', '.join(options)})\n"
    opacity = (
        f"{script.alias}.condition({name}, {script.alias}.value(1), {script.alias}.value(0.2))"
    )
    wanted = [u for u in views if "opacity" not in u.channels]
    if field:
        wanted = [
            u for u in wanted if any(c.field == field for c in u.channels.values())
        ] or wanted[:1]
    if not wanted and any(u.channels["opacity"].condition for u in views):
        context.satisfied = True
        return False
    if not wanted or wanted[0].node is None:
        return False
    before = script.text
    first = next((n for m, n in wanted[0].calls if m == "Chart"), wanted[0].node)
    if not context.apply([s for s in [script.insert_before(first, made)] if s]):
        return False
    places = [
        i
        for i, u in enumerate(script.units)
        if any(u.mark == w.mark and u.channels == w.channels for w in wanted)
    ]
    changed = False
    for place in places:
        changed = (
            context.apply(add_channel(script, script.units[place], "opacity", opacity, own=True))
            or changed
        )
    unit = script.units[places[0]] if places else None
    top = script.facts.view
    holder = top if top is not None and top.kind in {"unit", "layer"} else unit
    added = False
    if changed and holder is not None:
        for place in places if holder is unit else places[:1]:
            one = script.units[place] if holder is unit else holder
            added = context.apply(append_method(script, one, f".add_params({name})")) or added
    if not (changed and added):
        script.replace_text(before)
        return False
    context.done.append("selection")
    return True


def _bound_filter(context: Context) -> bool:
    """A drop-down list or a slider that filters."""
    script = context.script
    low = context.clause.low
    view = context.main
    top = script.facts.view
    if view is None or top is None or not view.data.isidentifier():
        return False
    slider = "slider" in low
    names = named_fields(low, context.fields.all)
    channel = (
        measure_channel(view) if slider else (view.channels.get("color") or category_channel(view))
    )
    field = names[0] if names else (channel.field if channel is not None else None)
    if not field or field not in (*context.fields.frame, *context.fields.encoded):
        return False
    alias, frame = script.alias, view.data
    column = f"{frame}[{quoted(field)}]"
    if slider:
        name = script.free_name("cutoff", "slider_value")
        lines = (
            f"{name} = {alias}.param(value=float({column}.min()), bind={alias}.binding_range("
            f"min=float({column}.min()), max=float({column}.max()), name={quoted(field + ' ')}))\n"
        )
        test = f"{alias}.datum[{quoted(field)}] >= {name}"
    else:
        name = script.free_name("choice", "dropdown")
        options = f"[None] + sorted({column}.dropna().unique().tolist())"
        labels = f"['All'] + [str(item) for item in sorted({column}.dropna().unique().tolist())]"
        lines = (
            f"{name} = {alias}.selection_point(fields=[{quoted(field)}], bind={alias}.binding_select(\n"
            f"    options={options},\n    labels={labels},\n    name={quoted(field + ' ')}))\n"
        )
        test = name
    chart = next((n for m, n in view.calls if m == "Chart"), None)
    before = script.text
    if chart is None or not context.apply([s for s in [script.insert_before(chart, lines)] if s]):
        return False
    same = [i for i, u in enumerate(script.units) if u.data == frame]
    done = False
    for place in same:
        done = (
            context.apply(_filtered(script, script.units[place], f".transform_filter({test})"))
            or done
        )
    top = script.facts.view
    if (
        not done
        or top is None
        or not context.apply(append_method(script, top, f".add_params({name})"))
    ):
        script.replace_text(before)
        return False
    context.done.append("slider" if slider else "drop-down list")
    return True


def facets(context: Context) -> bool | None:
    """Small multiples by a field."""
    low = context.clause.core
    match = re.search(
        r"\b(?:facet\w*|split|separate|small multiples?|one (?:chart|panel) (?:for|per)|break (?:it )?(?:out|down))\b.*?\b(?:by|for each|per|into|for every)\s+(.*)",
        low,
    )
    if match is None:
        return None
    names = named_fields(match[1], context.fields.all)
    script = context.script
    view = script.facts.view
    if not names or view is None or view.kind != "unit":
        return False if view is not None and view.kind != "unit" else None
    name = "row" if re.search(r"\brows?\b|\bvertically\b", low) else "column"
    changed = context.apply(add_channel(script, view, name, quoted(f"{names[0]}:N")))
    if changed:
        context.done.append(f"one panel for each {names[0]}")
    return changed


DATA_EDITS = (
    mark_type,
    flip,
    stacking,
    top_rows,
    filters,
    facets,
    aggregates,
    time_units,
    scales,
    rules_and_trends,
    sort,
    interaction,
)
