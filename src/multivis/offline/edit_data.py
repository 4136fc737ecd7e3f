"""Edits of what an Altair chart shows: order, marks, orientation, stacking."""

from __future__ import annotations

import ast
import re

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import (
    add_channel,
    carrier,
    channel_site,
    set_channel_option,
)
from multivis.offline.edit_context import Context
from multivis.offline.edit_fields import (
    category_channel,
    dimension_channel,
    is_measure,
    measure_channel,
    named_fields,
)
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.words import split_name, stem

__all__ = ["DATA_EDITS"]


# ── order ───────────────────────────────────────────────────────────────────────────────────

_SORT = re.compile(
    r"\b(?:sort\w*|re-?order\w*|ranked (?:from|by|in)|arrang\w+|order(?:ed)? (?:by|from|the"
    r"|them)|highest to lowest|"
    r"lowest to highest|descending|ascending|(?:listed|shown|appear) at the top"
    r"|alphabetical\w*|largest to smallest|smallest to largest)\b"
)


def sort(context: Context) -> bool | None:
    """The order of categories or slices."""
    low = context.clause.core if _SORT.search(context.clause.core) else context.clause.low
    if not _SORT.search(low) or not context.clause.asks or re.search(r"\bin order to\b", low):
        return None
    ascending = bool(
        re.search(
            r"\blowest to highest\b|\bascending\b|\bsmallest (?:to|first)\b|\blowest first\b"
            r"|\bleast to most\b",
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
    leading = _leading_measure(script, view, category, other)
    if leading is not None:
        # "-y" would mean another order in every layer: all take one field's
        if field is None or field == leading.field:
            field, operation = leading.field, leading.aggregate or operation
        listed = _listed_order(script, view, category, (field or "", operation), ascending)
        if listed:
            return set_channel_option(script, category, "sort", listed)
    elif (
        measure is not None
        and is_measure(measure)
        and (field is None or measure.field == field or measure.aggregate)
    ):
        named = field is not None and stem(summary[1] if summary else "") in split_name(field)
        if summary is None or named or measure.aggregate or operation == "sum":
            if _shared_without(script, category, other):
                return None
            return set_channel_option(script, category, "sort", quoted(f"{sign}{other}"))
        field = field or measure.field
    if field is None:
        return set_channel_option(
            script, category, "sort", quoted("ascending" if ascending else "descending")
        )
    if _shared_without(script, category, other):
        return None
    order = "ascending" if ascending else "descending"
    told = f"field={quoted(field)}, op={quoted(operation)}, order={quoted(order)}"
    made = f"{script.alias}.EncodingSortField({told})"
    return set_channel_option(script, category, "sort", made)


def _leading_measure(script: Script, view: View, category: Channel, other: str) -> Channel | None:
    """The first layer's measure, where layers on the same categories show different ones."""
    layers = _layers_around(script.facts.view, view) if script.facts.view else ()
    alike = [
        unit
        for unit in layers
        if unit.data == view.data
        and category.name in unit.channels
        and unit.channels[category.name].field == category.field
    ]
    measures = [unit.channels[other] for unit in alike if other in unit.channels]
    measures = [channel for channel in measures if channel.field and is_measure(channel)]
    shown = {(channel.field, channel.aggregate) for channel in measures}
    return measures[0] if len(shown) > 1 else None


_COMPOSITE = frozenset({"errorbar", "errorband", "boxplot"})
_IN_PANDAS = frozenset({"sum", "mean", "median", "min", "max"})


def _listed_order(
    script: Script, view: View, category: Channel, by: tuple[str, str], ascending: bool
) -> str:
    """The order as an expression that lists the categories, or "" where a field's order serves.

    Error bars and boxes are drawn from summaries in which the field to sort by is gone.
    """
    field, operation = by
    layers = _layers_around(script.facts.view, view) if script.facts.view else ()
    composite = any(unit.mark and unit.mark.kind in _COMPOSITE for unit in layers)
    if not composite or not view.data.isidentifier() or operation not in _IN_PANDAS:
        return ""
    if any(unit.transforms for unit in layers):
        return ""  # the field may be no column of the frame
    grouped = f"{view.data}.groupby({quoted(category.field or '')})[{quoted(field)}].{operation}()"
    return f"{grouped}.sort_values(ascending={ascending}).index.tolist()"


def _layers_around(top: View, view: View) -> tuple[View, ...]:
    """The unit views drawn over one another together with a view."""
    if top.kind == "layer" and any(unit is view for unit in top.units()):
        return tuple(top.units())
    found = (_layers_around(child, view) for child in top.children)
    return next((layers for layers in found if layers), ())


def _shared_without(script: Script, category: Channel, other: str) -> bool:
    """Whether a view shares the channel's expression and has nothing on the other axis."""
    return any(
        other not in unit.channels
        for unit in script.units
        if category.name in unit.channels and unit.channels[category.name].node is category.node
    )


def _by_phrase(low: str) -> str:
    match = re.search(r"\b(?:by|based on|on their|according to)\b(.*)", low)
    # "sort" is also a word for a kind of thing, and would be taken for such a field
    plain = re.sub(r"\bsort\w*", " ", match[1] if match else low)
    # nor is "highest to lowest" the maximum of something
    return re.sub(r"\b(?:highest|lowest|largest|smallest|most|least)\b", " ", plain)


# ── marks, orientation, stacking ────────────────────────────────────────────────────────────

_MARKS = {
    "bar": "bar", "column": "bar", "line": "line", "area": "area",
    "scatter": "point", "point": "point",
    "dot": "circle", "bubble": "circle", "pie": "arc", "donut": "arc",
    "strip": "tick", "tick": "tick",
    "heatmap": "rect", "heat map": "rect", "box": "boxplot", "step": "line", "circle": "circle",
    "square": "square",
}  # fmt: skip


def mark_type(context: Context) -> bool | None:
    """Another mark: "turn this into a line chart"."""
    low = context.clause.core
    kinds = "|".join(sorted(_MARKS, key=len, reverse=True))
    match = re.search(
        rf"\b(?:change|turn|convert|switch|transform|make|redraw|show)\b.{{0,40}}\b(?:to|into"
        rf"|as|it)\s+(?:an? )?(?:simple |stacked |"
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
        r"\bflip\b|\bswap\w*\b.{0,20}\bax[ei]s\b|\btranspose\b|\b(?:make|turn"
        r"|change)\b.{0,30}\b(?:bars?|chart|graph|it|plot)\b.{0,12}\b(?:horizontal|vertical)\b"
        r"|\b(?:horizontal|vertical) bars?\b|\bbars? (?:horizontal|vertical)(?:ly)?\b"
        r"|\bhorizontal(?:ly)? (?:bar )?(?:chart|orient\w+)",
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
        r"\bgroup(?:ed)? (?:the )?bars?\b|\bside[\s-]by[\s-]side\b|\bgrouped\b|\bunstack\w*\b"
        r"|\binstead of stack",
        low,
    )
    stacked = re.search(
        r"\bstack(?:ed)? (?:the )?(?:bars?|them|areas?)\b|\bas (?:a )?stacked\b|\bmake it "
        r"stacked\b",
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


DATA_EDITS = (mark_type, flip, stacking, sort)
