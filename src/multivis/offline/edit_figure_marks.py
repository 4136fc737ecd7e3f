"""What a Matplotlib or Plotly chart is made of: another mark, lying bars, stacked or grouped."""

from __future__ import annotations

import ast
import re

from multivis.offline.edit_context import Context
from multivis.offline.edit_drawing import (
    Drawing,
    axes_object,
    before_drawing,
    find_call,
    finish_with,
    is_plotly,
    main_drawing,
    set_layout,
)
from multivis.offline.edit_script import Script, Splice, quoted

__all__ = ["FIGURE_MARK_EDITS"]

_KINDS = {
    "bar": "bar", "column": "bar", "line": "line", "area": "area", "scatter": "point",
    "point": "point", "dot": "point", "bubble": "point", "pie": "arc", "donut": "arc",
    "box": "boxplot",
}  # fmt: skip
_EXPRESS = {"bar": "bar", "line": "line", "area": "area", "point": "scatter", "arc": "pie",
            "boxplot": "box"}  # fmt: skip
_AXES = {"bar": "bar", "line": "plot", "area": "fill_between", "point": "scatter", "arc": "pie"}
_PANDAS = {"bar": "bar", "line": "line", "area": "area"}

#: Arguments of one kind of call that others do not take.
_OWN = {
    "orientation", "barmode", "text_auto", "nbins", "markers", "line_shape", "hole", "histfunc",
    "marker", "linewidth", "linestyle", "drawstyle", "s", "width", "height", "autopct",
    "wedgeprops", "edgecolor", "stacked", "groupnorm",
}  # fmt: skip


def mark_type(context: Context) -> bool | None:
    """Another mark: "turn this into a line chart"."""
    low = context.clause.core
    kinds = "|".join(sorted(_KINDS, key=len, reverse=True))
    match = re.search(
        rf"\b(?:change|turn|convert|switch|transform|make|redraw|show|draw|use)\b.{{0,40}}?"
        rf"\b(?:to|into|as|it|use)?\s*\b(?:an? )?({kinds})s?\s*(?:chart|plot|graph)\b",
        low,
    )
    match = match or re.search(
        rf"\b(?:use|as|into)\s+(?:an? )?({kinds})s?\b(?:\s+instead\b|\s*[.!]?$)", low
    )
    if match is None or re.search(
        r"\b(?:colou?r\w*|labels?|title|tooltip|bigger|larger|wider|line at)\b", low
    ):
        return None
    wanted = _KINDS[match[1]]
    script = context.script
    drawing = main_drawing(script)
    if drawing is None:
        return False
    if drawing.mark == wanted == "arc" and match[1] == "donut":
        told = {"hole": "0.5"} if is_plotly(script) else {"wedgeprops": "{'width': 0.4}"}
        if script.apply(script.set_keywords(drawing.call, told)):
            context.done.append("donut")
            return True
    if drawing.mark == wanted:
        if "horizontal" in low or "vertical" in low:
            return None
        context.satisfied = True
        return False
    if drawing.is_histogram or drawing.mark in {"rect", "boxplot"} or not drawing.measure:
        return False
    if wanted == "arc" and drawing.colour not in {"", drawing.category}:
        return False
    if is_plotly(script):
        splices = _express_mark(script, drawing, wanted, donut=match[1] == "donut")
    else:
        splices = _matplotlib_mark(script, drawing, wanted)
    if not script.apply(splices):
        return False
    _pivot_upright(script)
    if wanted == "arc" and not is_plotly(script):
        axes = axes_object(script)
        script.apply(finish_with(script, f"{axes}.set(xlabel='', ylabel='')\n{axes}.axis('equal')"))
    if wanted == "line" and drawing.mark in {"bar", "arc"}:
        _order_of_lines(script, drawing)
    context.done.append(f"mark {wanted}")
    return True


def _order_of_lines(script: Script, drawing: Drawing) -> None:
    """A line runs along its axis in order, unless the order was set."""
    if ".sort_values(" in script.text or "ORDER BY" in script.text.upper() or not drawing.frame:
        return
    if drawing.pivot is None:
        frame = drawing.frame
        line = f"{frame} = {frame}.sort_values({quoted(drawing.category)})"
        script.apply(before_drawing(script, line))


def _renamed(script: Script, call: ast.Call, name: str) -> Splice | None:
    """The method of `call` under another name."""
    if not isinstance(call.func, ast.Attribute):
        return None
    end = script.source.span(call.func)[1]
    return Splice(end - len(call.func.attr), end, name)


def _without(script: Script, call: ast.Call, kept: set[str]) -> list[ast.keyword]:
    return [one for one in call.keywords if not (one.arg in _OWN and one.arg not in kept)]


def _rewritten(script: Script, call: ast.Call, kept: list[ast.keyword]) -> list[Splice]:
    """Take away the keywords that are not kept, one after the other in the text."""
    gone = [one for one in call.keywords if not any(one is other for other in kept)]
    splices: list[Splice] = []
    for one in gone:
        splices += script.remove_keyword(call, str(one.arg))
    return splices


def _express_mark(
    script: Script, drawing: Drawing, wanted: str, *, donut: bool
) -> list[Splice] | None:
    if drawing.artist.axes != "plotly.express":
        return None
    call = drawing.call
    renamed = _renamed(script, call, _EXPRESS[wanted])
    if renamed is None:
        return None
    splices = [renamed, *_rewritten(script, call, _without(script, call, {"width", "height"}))]
    if wanted == "arc" or drawing.mark == "arc":
        old, new = (("x", "y"), ("names", "values"))
        if drawing.mark == "arc":
            old, new = new, old
        if drawing.lying:
            new = (new[1], new[0])
        for before, after in zip(old, new, strict=True):
            told = script.keyword(call, before)
            if told is None:
                return None
            start, _ = script.source.span(told)
            splices.append(Splice(start, start + len(before), after))
        if donut:
            splices.append(script.add_argument(call, "hole=0.5"))
    elif drawing.lying:  # only bars lie: the category goes back to x
        splices += _swapped_keywords(script, call)
    return splices


def _swapped_keywords(script: Script, call: ast.Call) -> list[Splice]:
    x, y = script.keyword(call, "x"), script.keyword(call, "y")
    splices: list[Splice] = []
    for told, name in ((x, "y"), (y, "x")):
        if told is not None:
            start, _ = script.source.span(told)
            splices.append(Splice(start, start + 1, name))
    return splices


def _matplotlib_mark(script: Script, drawing: Drawing, wanted: str) -> list[Splice] | None:
    call = drawing.call
    if drawing.pivot is not None:
        kind = script.keyword(call, "kind")
        if kind is None or wanted not in _PANDAS:
            return None
        start, end = script.source.span(kind.value)
        kept = {"stacked"} if wanted in {"area", "bar"} else set()
        return [
            Splice(start, end, quoted(_PANDAS[wanted])),
            *_rewritten(script, call, _without(script, call, kept)),
        ]
    if wanted not in _AXES or drawing.method not in {
        "bar", "barh", "plot", "scatter", "fill_between", "pie",
    }:  # fmt: skip
        return None
    renamed = _renamed(script, call, _AXES[wanted])
    if renamed is None or len(call.args) < (1 if drawing.method == "pie" else 2):
        return None
    keep = [
        one for one in _without(script, call, set()) if one.arg not in {"labels", "colors", "c"}
    ]
    if wanted == "arc":
        values, names = (script.segment(call.args[i]) for i in (1, 0))
        start = script.source.span(call.args[0])[0]
        end = script.source.span(call.args[1])[1]
        if call.keywords:
            keep = []
        text = f"{values}, labels={names}, autopct='%.0f%%'"
        return [renamed, Splice(start, end, text), *_rewritten(script, call, keep)]
    if drawing.method == "pie":
        labels = script.keyword(call, "labels")
        if labels is None:
            return None
        names = script.segment(labels.value)
        start, _ = script.source.span(call.args[0])
        first = Splice(start, start, f"{names}, ")
        return [renamed, first, *_rewritten(script, call, keep)]
    return [renamed, *_rewritten(script, call, keep)]


def _pivot_upright(script: Script) -> None:
    """When bars no longer lie, the axis of categories need not be turned round."""
    call = find_call(script, "invert_yaxis")
    drawing = main_drawing(script)
    if call is None or drawing is None or drawing.lying:
        return
    statement = script.statement_of(call)
    if statement is not None:
        start, end = script.source.line_span(statement)
        script.apply([Splice(start, end + (script.text[end : end + 1] == "\n"), "")])


# ── lying and standing ──────────────────────────────────────────────────────────────────────


def flip(context: Context) -> bool | None:
    """Swap the axes: bars that stand lie down."""
    low = context.clause.low
    wanted = re.search(
        r"\bflip\b|\bswap\w*\b.{0,20}\bax[ei]s\b|\btranspose\b|\b(?:make|turn|change|show|draw)\b"
        r".{0,30}\b(?:bars?|chart|graph|it|plot)\b.{0,12}\b(?:horizontal|vertical)\b"
        r"|\b(?:horizontal|vertical) bars?\b|\bbars? (?:horizontal|vertical)(?:ly)?\b",
        low,
    )
    if not wanted or re.search(r"\blabels?\b.{0,20}\b(?:horizontal|vertical)", low):
        return None
    script = context.script
    drawing = main_drawing(script)
    if drawing is None or drawing.mark == "arc":
        return False
    outright = re.search(r"\bflip|swap|transpose\b", low)
    if drawing.mark == "bar" and not outright and drawing.lying == ("horizontal" in low):
        context.satisfied = True
        return False
    if is_plotly(script):
        changed = _flip_plotly(script, drawing)
    else:
        changed = _flip_matplotlib(script, drawing)
    if changed:
        context.done.append("axes swapped")
    return changed


_PLOTLY_PAIRS = {"x": "y", "y": "x", "nbinsx": "nbinsy", "nbinsy": "nbinsx",
                 "log_x": "log_y", "log_y": "log_x", "error_x": "error_y",
                 "error_y": "error_x"}  # fmt: skip


def _flip_plotly(script: Script, drawing: Drawing) -> bool:
    splices: list[Splice] = []
    call = drawing.call
    for told in call.keywords:
        if told.arg in _PLOTLY_PAIRS:
            start, _ = script.source.span(told)
            splices.append(Splice(start, start + len(told.arg), _PLOTLY_PAIRS[told.arg]))
    if not splices:
        return False
    if drawing.mark == "bar" and not drawing.is_histogram:
        if drawing.lying:
            splices += script.remove_keyword(call, "orientation")
        else:
            splices.append(script.set_keyword(call, "orientation", quoted("h")))
    splices += _swapped_methods(
        script, {"update_xaxes": "update_yaxes", "add_hline": "add_vline"}, drawing
    )
    for node in ast.walk(script.source.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "update_layout":
            for told in node.keywords:
                match = re.match(r"([xy])axis_", told.arg or "")
                if match:
                    start, _ = script.source.span(told)
                    splices.append(Splice(start, start + 1, "y" if match[1] == "x" else "x"))
    return script.apply(splices)


def _swapped_methods(script: Script, pairs: dict[str, str], drawing: Drawing) -> list[Splice]:
    """Calls that are about one axis are about the other."""
    both = pairs | {after: before for before, after in pairs.items()}
    splices: list[Splice] = []
    for node in ast.walk(script.source.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        new = both.get(node.func.attr)
        renamed = _renamed(script, node, new) if new else None
        if renamed is None:
            continue
        splices.append(renamed)
        for told in node.keywords:
            if told.arg in {"x", "y"}:
                start, _ = script.source.span(told)
                splices.append(Splice(start, start + 1, "y" if told.arg == "x" else "x"))
            if told.arg == "categoryorder" and isinstance(told.value, ast.Constant):
                start, end = script.source.span(told.value)
                order = str(told.value.value)
                turned = order.translate(str.maketrans({})).replace("ascending", "#")
                turned = turned.replace("descending", "ascending").replace("#", "descending")
                # Plotly counts the y axis from the bottom: the largest stays first
                splices.append(Splice(start, end, quoted(turned)))
    return splices


_AXIS_METHODS = {
    "set_xlabel": "set_ylabel", "xlabel": "ylabel", "set_xscale": "set_yscale",
    "xscale": "yscale", "set_xlim": "set_ylim", "xlim": "ylim", "axhline": "axvline",
}  # fmt: skip


def _flip_matplotlib(script: Script, drawing: Drawing) -> bool:
    call = drawing.call
    splices: list[Splice] = []
    bars = {"bar": "barh", "barh": "bar"}
    if drawing.pivot is not None:
        kind = script.keyword(call, "kind")
        name = str(drawing.artist.options.get("kind", ""))
        if kind is None or name not in bars:
            return False
        start, end = script.source.span(kind.value)
        splices.append(Splice(start, end, quoted(bars[name])))
    elif drawing.method in bars:
        renamed = _renamed(script, call, bars[drawing.method])
        splices += [renamed] if renamed else []
    elif drawing.is_histogram:
        told = "vertical" if drawing.lying else "horizontal"
        splices.append(script.set_keyword(call, "orientation", quoted(told)))
    elif drawing.method in {"plot", "scatter"} and len(call.args) >= 2:
        first, second = call.args[0], call.args[1]
        for here, there in ((first, second), (second, first)):
            start, end = script.source.span(here)
            splices.append(Splice(start, end, script.segment(there)))
    else:
        return False
    splices += _swapped_methods(script, _AXIS_METHODS, drawing)
    splices += _turned_ticks(script)
    lying = drawing.mark == "bar" and not drawing.lying and not drawing.is_histogram
    if not script.apply(splices):
        return False
    _pivot_upright(script)
    if lying and find_call(script, "invert_yaxis") is None:
        script.apply(finish_with(script, f"{axes_object(script)}.invert_yaxis()"))
    return True


def _turned_ticks(script: Script) -> list[Splice]:
    """Turned labels of the x axis are of categories, which are on y now: they need no turn."""
    splices: list[Splice] = []
    for node in ast.walk(script.source.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "tick_params":
            turn = script.keyword(node, "rotation")
            if turn is not None:
                start, end = script.source.span(turn.value)
                splices.append(Splice(start, end, "0"))
    return splices


# ── stacked, grouped, shares ────────────────────────────────────────────────────────────────


def stacking(context: Context) -> bool | None:
    """Stacked, side by side, or as shares of the whole."""
    low = context.clause.core
    shares = re.search(r"\b100\s?%|\bnormali[sz]e\w*\b|\bproportions? instead\b|\bshares\b", low)
    grouped = re.search(
        r"\bgroup(?:ed)? (?:the )?bars?\b|\bside[\s-]by[\s-]side\b|\bgrouped\b|\bunstack\w*\b"
        r"|\binstead of stack",
        low,
    )
    stacked = re.search(r"\bstack(?:ed)?\b", low)
    script = context.script
    drawing = main_drawing(script)
    if not (shares or grouped or stacked) or drawing is None:
        return None
    if drawing.mark not in {"bar", "area"} or not drawing.colour:
        return False
    if is_plotly(script):
        if shares:
            changed = set_layout(script, {"barnorm": quoted("percent")})
        else:
            mode = "group" if grouped else "relative"
            changed = drawing.artist.axes == "plotly.express" and script.apply(
                [script.set_keyword(drawing.call, "barmode", quoted(mode))]
            )
    elif drawing.pivot is None:
        return False
    elif shares:
        wide = script.segment(drawing.pivot.targets[0])
        splice = script.insert_after(
            drawing.pivot, f"{wide} = {wide}.div({wide}.sum(axis=1), axis=0)"
        )
        changed = script.apply([splice] if splice else None)
    else:
        changed = script.apply([script.set_keyword(drawing.call, "stacked", str(not grouped))])
    context.satisfied = context.satisfied or script.already
    if changed:
        context.done.append("stacking")
    return changed


FIGURE_MARK_EDITS = (mark_type, flip, stacking)
