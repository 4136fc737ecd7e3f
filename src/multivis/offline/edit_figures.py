"""Edits of Matplotlib and Plotly scripts: titles, labels, size, grid, legend, log, opacity."""

from __future__ import annotations

import ast
import re

from multivis.offline.edit_clauses import number_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_drawing import (
    axes_object,
    axes_of,
    find_call,
    finish_with,
    is_plotly,
    main_drawing,
    set_axis,
    set_layout,
    set_traces,
)
from multivis.offline.edit_figure_colours import background, colours, line_styles
from multivis.offline.edit_figure_data import FIGURE_DATA_EDITS
from multivis.offline.edit_figure_marks import FIGURE_MARK_EDITS
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.edit_words import unquoted_title
from multivis.offline.words import humanise

__all__ = ["FIGURE_EDITS"]


def _set_text(script: Script, names: tuple[str, ...], axes_method: str, text: str) -> bool:
    """Replace the text of a title or label call, or add the call."""
    call = find_call(script, *names)
    if call is not None and call.args:
        start, end = script.source.span(call.args[0])
        return script.apply([Splice(start, end, quoted(text))])
    axes = axes_of(script)
    method = axes_method.removeprefix("set_") if axes == "plt" else axes_method
    return script.apply(finish_with(script, f"{axes}.{method}({quoted(text)})"))


def titles(context: Context) -> bool | None:
    """The title and the axis titles: quoted, else of the chart in capitals, else made."""
    low = context.clause.core
    if not re.search(r"\b(?:titles?|titled|labels?|call|caption|rename|name)\b", low):
        return None
    if re.search(r"\blegend\b.{0,20}\b(?:title|name)|\btitle\b.{0,12}\blegend\b", low):
        return None
    script = context.script
    if not context.clause.quotes:
        return _plain_title(context)
    changed = False
    for number, quote in enumerate(context.clause.quotes):
        spot = low.find(f'"{number}"')
        before, after = low[max(0, spot - 60) : spot], low[spot : spot + 40]
        if re.search(r"(?:instead of|from|rather than)(?: just| the)?\s*$", before):
            continue
        axis = re.match(r'"\d+"\s*(?:for|on|as|to|along)?\s*(?:the )?([xy])[\s-]*axis', after)
        marks = list(re.finditer(r"\b([xy])[\s-]*axis|\b(title|heading)\b(?! of)", before))
        name = axis[1] if axis else ((marks[-1][1] or _kept(marks)) if marks else "")
        changed = _set_title(script, name, quote) or changed
        context.satisfied = context.satisfied or script.already
    if changed:
        context.done.append("titles")
    return changed


def _kept(marks: list[re.Match[str]]) -> str:
    """ "the x-axis title 'A'": a title right after the mention of an axis is that axis's."""
    if len(marks) < 2 or not marks[-2][1]:
        return ""
    return marks[-2][1] if marks[-1].start() - marks[-2].end() < 3 else ""


def _plain_title(context: Context) -> bool | None:
    """A title without quotes: words in capitals, else one made of what the chart shows."""
    low = context.clause.core
    if not re.search(r"\btitled?\b", low) or re.search(
        r"\bax[ei]s\b|\b(?:bigger|larger|bold|font|remove|hide)\b", low
    ):
        return None
    text = unquoted_title(context.clause.text)
    drawing = main_drawing(context.script)
    if not text and drawing is not None and drawing.measure:
        measure = humanise(drawing.measure)
        text = f"{measure} by {humanise(drawing.category)}" if drawing.category else measure
    if not text or not _set_title(context.script, "", text):
        context.satisfied = context.satisfied or (bool(text) and context.script.already)
        return False
    context.done.append(f"title: {text}")
    return True


def _set_title(script: Script, axis: str, text: str) -> bool:
    if is_plotly(script):
        names = {"": "title", "x": "xaxis_title", "y": "yaxis_title"}
        made = [
            a for a in script.facts.artists if a.axes == "plotly.express" and a.node is not None
        ]
        if not axis and made and "title" in made[0].options and made[0].node is not None:
            return script.apply([script.set_keyword(made[0].node, "title", quoted(text))])
        call = find_call(script, f"update_{axis}axes") if axis else None
        if call is not None and script.keyword(call, "title_text") is not None:
            return script.apply([script.set_keyword(call, "title_text", quoted(text))])
        return set_layout(script, {names[axis]: quoted(text)})
    if axis:
        return _set_text(script, (f"set_{axis}label", f"{axis}label"), f"set_{axis}label", text)
    return _set_text(script, ("suptitle", "set_title", "title"), "set_title", text)


def size(context: Context) -> bool | None:
    """The size of the figure: numbers that are given, else half as large again."""
    low = context.clause.core
    both = re.search(r"\b(\d{1,4})\s*(?:px|pixels)?\s*(?:x|×|by)\s*(\d{1,4})\b", low)
    width = re.search(r"\bwidth\b\D{0,15}(\d{1,4})|\b(\d{2,4})\s*(?:px|pixels)?\s*wide", low)
    height = re.search(
        r"\bheight\b\D{0,15}(\d{1,4})|\b(\d{2,4})\s*(?:px|pixels)?\s*(?:tall|high)", low
    )
    given: dict[str, float] = {}
    if both:
        given = {"width": float(both[1]), "height": float(both[2])}
    if width and not both:
        given["width"] = float(width[1] or width[2])
    if height and not both:
        given["height"] = float(height[1] or height[2])
    times: dict[str, float] = {}
    if not given:
        if not re.search(
            r"\b(?:bigger|larger|wider|taller|smaller|enlarge|widen)\b", low
        ) or re.search(r"\b(?:points?|dots?|fonts?|lines?|labels?|text|markers?|title)\b", low):
            return None
        if re.search(r"\b(?:bigger|larger|enlarge)\b", low):
            times = {"width": 1.5, "height": 1.5}
        if re.search(r"\bwider|widen\b", low):
            times["width"] = 1.5
        if "taller" in low:
            times["height"] = 1.5
        if "smaller" in low:
            times = {"width": 0.7, "height": 0.7}
    script = context.script
    changed = (_size_plotly if is_plotly(script) else _size_matplotlib)(script, given, times)
    if changed:
        context.done.append("size")
    context.satisfied = context.satisfied or script.already
    return changed


def _size_plotly(script: Script, given: dict[str, float], times: dict[str, float]) -> bool:
    values: dict[str, str] = {}
    call = find_call(script, "update_layout")
    for name, base in (("width", 700.0), ("height", 450.0)):
        told = script.keyword(call, name) if call is not None else None
        if told is not None and isinstance(told.value, ast.Constant):
            base = float(told.value.value) if isinstance(told.value.value, int | float) else base
        if name in given or name in times:
            values[name] = f"{given.get(name, base * times.get(name, 1.0)):.0f}"
    return set_layout(script, values)


def _size_matplotlib(script: Script, given: dict[str, float], times: dict[str, float]) -> bool:
    """Inches; numbers above 60 are pixels."""
    call = find_call(script, "subplots", "figure")
    current = script.keyword(call, "figsize") if call is not None else None
    base = [6.4, 4.8]
    if current is not None and isinstance(current.value, ast.Tuple):
        numbers = [
            n.value
            for n in current.value.elts
            if isinstance(n, ast.Constant) and isinstance(n.value, int | float)
        ]
        if len(numbers) != 2:
            return False
        base = [float(numbers[0]), float(numbers[1])]
    sides = []
    for index, name in enumerate(("width", "height")):
        told = given.get(name)
        inches = told if told is None or told <= 60 else told / 100
        sides.append(f"{inches if inches is not None else base[index] * times.get(name, 1.0):g}")
    if call is not None:
        return script.apply([script.set_keyword(call, "figsize", f"({', '.join(sides)})")])
    line = f"plt.gcf().set_size_inches({', '.join(sides)})"
    return script.apply(finish_with(script, line))


def grid(context: Context) -> bool | None:
    """Grid lines."""
    low = context.clause.core
    if not re.search(r"\bgrid\s?(?:lines?)?\b", low):
        return None
    off = bool(re.search(r"\b(?:remove|hide|no|without|turn off|get rid of)\b", low))
    script = context.script
    if is_plotly(script):
        changed = set_layout(
            script, {"xaxis_showgrid": str(not off), "yaxis_showgrid": str(not off)}
        )
    else:
        call = find_call(script, "grid")
        if call is not None and call.args:
            start, end = script.source.span(call.args[0])
            changed = script.apply([Splice(start, end, str(not off))])
        else:
            alpha = "" if off else ", alpha=0.3"
            changed = script.apply(finish_with(script, f"{axes_of(script)}.grid({not off}{alpha})"))
    if changed:
        context.done.append("grid")
    context.satisfied = context.satisfied or script.already
    return changed


_SIDES = {
    "bottom": {"legend_orientation": "'h'", "legend_x": "0", "legend_y": "-0.25"},
    "top": {"legend_orientation": "'h'", "legend_x": "0", "legend_y": "1.1"},
    "left": {"legend_x": "-0.25", "legend_y": "1", "legend_xanchor": "'right'"},
    "right": {"legend_orientation": "'v'", "legend_x": "1.02", "legend_y": "1"},
}


def legend(context: Context) -> bool | None:
    """The legend: place, title, none."""
    low = context.clause.core
    if not re.search(r"\blegends?\b", low):
        return None
    script = context.script
    off = bool(re.search(r"\b(?:remove|hide|no|without|get rid of|drop|delete)\b", low))
    spot = re.search(
        r"\b(upper|lower|top|bottom)(?:[\s-]*(left|right|center))?\b|\b(left|right)\b", low
    )
    title = context.clause.quotes[-1] if context.clause.quotes else ""
    if not is_plotly(script):
        changed = _matplotlib_legend(script, off, spot, title)
    elif off:
        changed = set_layout(script, {"showlegend": "False"})
        if changed and "color_continuous_scale" in script.text:
            set_layout(script, {"coloraxis_showscale": "False"})
    else:
        values = {"showlegend": "True"}
        if title:
            values["legend_title_text"] = quoted(title)
        if spot:
            vertical = {"upper": "top", "lower": "bottom"}.get(spot[1] or "", spot[1] or "")
            if vertical and spot[2]:
                values |= {
                    "legend_x": {"left": "0.01", "right": "0.99"}.get(spot[2], "0.5"),
                    "legend_y": "0.99" if vertical == "top" else "0.01",
                    "legend_xanchor": quoted(spot[2]),
                }
            else:
                values |= _SIDES[vertical or spot[3]]
        changed = set_layout(script, values)
    if changed:
        context.done.append("legend")
    context.satisfied = context.satisfied or script.already
    return changed


def _matplotlib_legend(script: Script, off: bool, spot: re.Match[str] | None, title: str) -> bool:
    call = find_call(script, "legend")
    if off:
        if call is None:
            return False
        return script.apply(finish_with(script, f"{axes_object(script)}.get_legend().remove()"))
    values: dict[str, str] = {}
    if spot:
        names = {"top": "upper", "bottom": "lower", "upper": "upper", "lower": "lower"}
        vertical = names.get(spot[1] or "", "")
        if vertical and not spot[2] and spot[1] == "bottom":
            values = {"loc": "'upper center'", "bbox_to_anchor": "(0.5, -0.2)", "ncols": "4"}
        elif vertical and not spot[2] and spot[1] == "top":
            values = {"loc": "'lower center'", "bbox_to_anchor": "(0.5, 1.08)", "ncols": "4"}
        else:
            side = spot[2] or spot[3] or "center"
            values = {"loc": quoted(f"{vertical or 'center'} {side}")}
    if title:
        values["title"] = quoted(title)
    if not values:
        values = {"loc": "'best'"}
    if call is not None:
        return script.apply(script.set_keywords(call, values))
    told = ", ".join(f"{name}={value}" for name, value in values.items())
    return script.apply(finish_with(script, f"{axes_of(script)}.legend({told})"))


def scales(context: Context) -> bool | None:
    """Logarithmic axes, and axes that start at zero."""
    low = context.clause.core
    log = re.search(r"\blog(?:arithmic)?[\s-]*(?:scale|ax[ei]s|[xy]\b)|\blogarithmic\b", low)
    zero = re.search(r"\b(?:start|begin)\w*\b.{0,18}\b(?:at|from)\b (?:zero|0)\b", low)
    if not (log or zero):
        return None
    script = context.script
    drawing = main_drawing(script)
    own = drawing.value_axis if drawing is not None else "y"
    names = {m[1] for m in re.finditer(r"\b([xy])[\s-]*axis", low)} or {own}
    if re.search(r"\bboth axes\b", low):
        names = {"x", "y"}
    changed = False
    for name in sorted(names):
        axes = axes_of(script)
        if is_plotly(script):
            values = {"type": "'log'"} if log else {"rangemode": "'tozero'"}
            changed = set_axis(script, name, values) or changed
        elif log:
            method = f"{name}scale" if axes == "plt" else f"set_{name}scale"
            changed = script.apply(finish_with(script, f"{axes}.{method}('log')")) or changed
        else:
            method = f"{name}lim" if axes == "plt" else f"set_{name}lim"
            bound = "left" if name == "x" else "bottom"
            changed = script.apply(finish_with(script, f"{axes}.{method}({bound}=0)")) or changed
    if changed:
        context.done.append("log scale" if log else "scale from zero")
    return changed


def label_angle(context: Context) -> bool | None:
    """The angle of the tick labels on x."""
    low = context.clause.core
    if not re.search(r"\brotat\w+|\bangled?\b|\btilt\w*", low) or not re.search(
        r"\b(?:labels?|names?|ticks?|text|them)\b", low
    ):
        return None
    number = re.search(r"(-?\d+)\s*(?:°|deg)?", re.sub(r'"\d+"', "", low))
    angle = abs(int(number[1])) if number else 45
    script = context.script
    call = find_call(script, "tick_params")
    if is_plotly(script):
        changed = set_layout(script, {"xaxis_tickangle": str(-angle)})
    elif call is not None and script.keyword(call, "rotation") is not None:
        changed = script.apply([script.set_keyword(call, "rotation", str(angle))])
    else:
        line = f"plt.setp({axes_object(script)}.get_xticklabels(), rotation={angle}, ha='right')"
        changed = script.apply(finish_with(script, line))
    if changed:
        context.done.append(f"label angle {angle}")
    context.satisfied = context.satisfied or script.already
    return changed


def opacity(context: Context) -> bool | None:
    """Opacity of what is drawn."""
    low = context.clause.core
    if not re.search(
        r"\bsee[\s-]?through\b|\b(?:semi-?)?transparen\w+\b|\bopacity\b|\btranslucent\b", low
    ):
        return None
    number = number_in(re.sub(r'"\d+"', "", low))
    value = f"{(number / 100 if number and number > 1 else number) or 0.5:g}"
    script = context.script
    if is_plotly(script):
        changed = set_traces(script, {"opacity": value})
    else:
        changed = False
        for index in range(len(script.facts.artists)):
            artist = script.facts.artists[index]
            node = artist.node
            if node is None or artist.mark in {"text", "rule"} or artist.method == "boxplot":
                continue
            values = {"alpha": value}
            if artist.method == "pie":
                values = {"wedgeprops": f"{{'alpha': {value}}}"}
            changed = script.apply(script.set_keywords(node, values)) or changed
    if changed:
        context.done.append("opacity")
    context.satisfied = context.satisfied or script.already
    return changed


def fonts(context: Context) -> bool | None:
    """The size of text."""
    low = context.clause.core
    if not re.search(r"\bfonts?\b|\btext\b|\blabels?\b|\btitle\b", low) or not re.search(
        r"\b(?:bigger|larger|smaller|size|increase\w*|bold)\b", low
    ):
        return None
    script = context.script
    number = number_in(re.sub(r'"\d+"', "", low))
    small = "smaller" in low
    heading = re.search(r"\btitle\b", low) and not re.search(r"\bax[ei]s\b", low)
    points = f"{number or ((22 if heading else 16) if not small else 9):g}"
    if is_plotly(script):
        name = "title_font_size" if heading else "font_size"
        changed = set_layout(script, {name: points})
    elif heading:
        changed = script.apply(
            finish_with(script, f"{axes_object(script)}.title.set_fontsize({points})")
        )
    else:
        axes = axes_object(script)
        changed = script.apply(
            finish_with(
                script,
                f"{axes}.tick_params(labelsize={points})\n"
                f"{axes}.xaxis.label.set_fontsize({points})\n"
                f"{axes}.yaxis.label.set_fontsize({points})",
            )
        )
    if changed:
        context.done.append("text size")
    return changed


FIGURE_EDITS = (
    *FIGURE_MARK_EDITS,
    *FIGURE_DATA_EDITS,
    colours,
    background,
    line_styles,
    size,
    grid,
    legend,
    scales,
    label_angle,
    opacity,
    fonts,
    titles,
)
