"""Edits of Matplotlib and Plotly scripts: titles, labels, colours, size, grid, legend, log."""

from __future__ import annotations

import re

from multivis.charts.reference import Artist
from multivis.offline.edit_clauses import number_in
from multivis.offline.edit_colours import colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_script import Script, Splice, quoted

__all__ = ["FIGURE_EDITS"]


def _is_plotly(script: Script) -> bool:
    return script.facts.library == "plotly"


def _axes(script: Script) -> str:
    """The axes that things are set on: the first artist's, else ``plt``."""
    for artist in script.facts.artists:
        if (
            artist.axes
            and not artist.axes.startswith(("plotly", "sns"))
            and artist.method not in {"text", "annotate"}
        ):
            return artist.axes if not re.search(r"\[\w*[a-z]\w*\]", artist.axes) else "plt"
    return "plt"


def _figure(script: Script) -> str:
    return script.facts.chart_variable or "fig"


def _find_call(script: Script, *names: str):  # type: ignore[no-untyped-def]
    """The last call of one of the methods."""
    import ast

    found = [
        node
        for node in ast.walk(script.source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
    ]
    return max(found, key=lambda node: (node.lineno, node.col_offset), default=None)


def _before_show(script: Script, line: str) -> list[Splice] | None:
    """A statement before ``show`` or ``savefig``, else at the end."""
    shown = None
    import ast

    for statement in script.source.tree.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            name = getattr(statement.value.func, "attr", "")
            if name in {"show", "savefig", "tight_layout", "write_html", "write_image"}:
                shown = statement
                break
        if (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Name)
            and statement is script.source.tree.body[-1]
        ):
            shown = statement
    if shown is not None:
        splice = script.insert_before(shown, line)
        return [splice] if splice else None
    end = len(script.text)
    lead = "" if not script.text or script.text.endswith("\n") else "\n"
    return [Splice(end, end, f"{lead}{line}\n")]


def _set_text(script: Script, names: tuple[str, ...], axes_method: str, text: str) -> bool:
    """Replace the text of a title or label call, or add the call."""
    call = _find_call(script, *names)
    if call is not None and call.args:
        start, end = script.source.span(call.args[0])
        return script.apply([Splice(start, end, quoted(text))])
    axes = _axes(script)
    method = axes_method.removeprefix("set_") if axes == "plt" else axes_method
    return script.apply(_before_show(script, f"{axes}.{method}({quoted(text)})"))


def _layout(script: Script, values: dict[str, str]) -> bool:
    """``fig.update_layout(…)``, once."""
    call = _find_call(script, "update_layout")
    if call is not None:
        return script.apply(script.set_keywords(call, values))
    joined = ", ".join(f"{name}={value}" for name, value in values.items())
    return script.apply(_before_show(script, f"{_figure(script)}.update_layout({joined})"))


def titles(context: Context) -> bool | None:
    """The title and the axis titles."""
    low = context.clause.core
    if (
        not re.search(r"\b(?:titles?|titled|labels?|call|caption)\b", low)
        or not context.clause.quotes
    ):
        return None
    changed = False
    for number, quote in enumerate(context.clause.quotes):
        spot = low.find(f'"{number}"')
        before, after = low[max(0, spot - 60) : spot], low[spot : spot + 40]
        if re.search(r"(?:instead of|from|rather than)(?: just| the)?\s*$", before):
            continue
        axis = re.match(r'"\d+"\s*(?:for|on|as|to|along)?\s*(?:the )?([xy])[\s-]*axis', after)
        marks = list(re.finditer(r"\b([xy])[\s-]*axis", before))
        name = axis[1] if axis else (marks[-1][1] if marks else "")
        changed = _set_title(context.script, name, quote) or changed
    if changed:
        context.done.append("titles")
    return changed


def _set_title(script: Script, axis: str, text: str) -> bool:
    if _is_plotly(script):
        names = {"": "title", "x": "xaxis_title", "y": "yaxis_title"}
        made = [
            a for a in script.facts.artists if a.axes == "plotly.express" and a.node is not None
        ]
        if not axis and made and "title" in made[0].options and made[0].node is not None:
            return script.apply([script.set_keyword(made[0].node, "title", quoted(text))])
        return _layout(script, {names[axis]: quoted(text)})
    if axis:
        return _set_text(script, (f"set_{axis}label", f"{axis}label"), f"set_{axis}label", text)
    return _set_text(script, ("set_title", "title", "suptitle"), "set_title", text)


def colours(context: Context) -> bool | None:
    """The colour of what is drawn, or its colour map."""
    low = context.clause.core
    found = colours_in(low)
    if not (found.new or found.scheme) or re.search(r"\bbackground\b|\bgrid\b|\btitle\b", low):
        return None
    script = context.script
    index = next((i for i, artist in enumerate(script.facts.artists) if _drawn(artist)), None)
    if index is None:
        return False
    artist = script.facts.artists[index]
    if artist.node is None:
        return False
    if _is_plotly(script):
        if artist.axes == "plotly.express":
            if "color" in artist.options or len(found.new) > 1:
                values = {"color_discrete_sequence": repr(list(found.new))}
            else:
                values = (
                    {"color_discrete_sequence": f"[{quoted(found.new[0])}]"} if found.new else {}
                )
        else:
            values = {"marker_color": quoted(found.new[0])} if found.new else {}
        changed = bool(values) and script.apply(script.set_keywords(artist.node, values))
    elif artist.mark == "rect" or "cmap" in artist.options or "c" in artist.options:
        names = {
            "blues": "Blues",
            "greens": "Greens",
            "reds": "Reds",
            "oranges": "Oranges",
            "purples": "Purples",
            "greys": "Greys",
        }
        scheme = found.scheme or found.hue_scheme or ""
        scheme = names.get(scheme, scheme)
        if not scheme or scheme not in {
            *names.values(),
            "viridis",
            "plasma",
            "inferno",
            "magma",
            "cividis",
            "turbo",
            "rainbow",
        }:
            return False
        changed = script.apply([script.set_keyword(artist.node, "cmap", quoted(scheme))])
    elif found.new:
        changed = _paint(script, low, found.new)
    else:
        return False
    if changed:
        context.done.append("colours")
    return changed


def _drawn(artist: Artist) -> bool:
    return artist.mark not in {"text", "rule"}


def _paint(script: Script, low: str, wanted: tuple[str, ...]) -> bool:
    """Colours in turn for the artists that draw data; a pie takes them as a list."""
    kinds = {"line": "line", "bar": "bar", "point": "point", "dots": "point", "area": "area"}
    named = {
        kinds[word] for word in kinds if re.search(rf"\b{word}s?\b(?! chart| graph| plot)", low)
    }
    changed = False
    turn = 0
    for index in range(len(script.facts.artists)):
        artist = script.facts.artists[index]
        if not _drawn(artist) or artist.node is None or (named and artist.mark not in named):
            continue
        colour = wanted[min(turn, len(wanted) - 1)]
        turn += 1
        if artist.method in {"pie", "stackplot"}:
            values = {"colors": repr(list(wanted))}
        else:
            values = {"color": quoted(colour)}
        changed = script.apply(script.set_keywords(artist.node, values)) or changed
    return changed


def size(context: Context) -> bool | None:
    """The size of the figure."""
    low = context.clause.core
    if not re.search(r"\b(?:bigger|larger|wider|taller|smaller|size)\b", low) or re.search(
        r"\b(?:points?|dots?|fonts?|lines?|labels?|text|markers?)\b", low
    ):
        return None
    script = context.script
    width, height = (1.5, 1.5) if re.search(r"\b(?:bigger|larger)\b", low) else (1.0, 1.0)
    width = 1.5 if "wider" in low else width
    height = 1.5 if "taller" in low else height
    if "smaller" in low:
        width = height = 0.7
    exact = re.search(r"\b(\d{1,4})\s*(?:x|×|by)\s*(\d{1,4})\b", low)
    if exact is None and (width, height) == (1.0, 1.0):
        return None
    if _is_plotly(script):
        sizes = (
            (exact[1], exact[2]) if exact else (str(round(700 * width)), str(round(450 * height)))
        )
        changed = _layout(script, {"width": sizes[0], "height": sizes[1]})
    else:
        call = _find_call(script, "subplots", "figure")
        current = script.keyword(call, "figsize") if call is not None else None
        import ast

        base = (6.4, 4.8)
        if current is not None and isinstance(current.value, ast.Tuple):
            numbers = [
                n.value
                for n in current.value.elts
                if isinstance(n, ast.Constant) and isinstance(n.value, int | float)
            ]
            base = (float(numbers[0]), float(numbers[1])) if len(numbers) == 2 else base
        made = (
            f"({exact[1]}, {exact[2]})"
            if exact and int(exact[1]) < 60
            else f"({base[0] * width:g}, {base[1] * height:g})"
        )
        if call is not None:
            changed = script.apply([script.set_keyword(call, "figsize", made)])
        else:
            numbers_only = made.strip("()")
            changed = script.apply(
                _before_show(script, f"plt.gcf().set_size_inches({numbers_only})")
            )
    if changed:
        context.done.append("size")
    return changed


def grid(context: Context) -> bool | None:
    """Grid lines."""
    low = context.clause.core
    if not re.search(r"\bgrid\s?(?:lines?)?\b", low):
        return None
    off = bool(re.search(r"\b(?:remove|hide|no|without|turn off|get rid of)\b", low))
    script = context.script
    if _is_plotly(script):
        changed = _layout(script, {"xaxis_showgrid": str(not off), "yaxis_showgrid": str(not off)})
    else:
        call = _find_call(script, "grid")
        if call is not None and call.args:
            start, end = script.source.span(call.args[0])
            changed = script.apply([Splice(start, end, str(not off))])
        else:
            alpha = "" if off else ", alpha=0.3"
            changed = script.apply(_before_show(script, f"{_axes(script)}.grid({not off}{alpha})"))
    if changed:
        context.done.append("grid")
    return changed


def legend(context: Context) -> bool | None:
    """The legend: place, title, none."""
    low = context.clause.core
    if "legend" not in low:
        return None
    script = context.script
    off = bool(re.search(r"\b(?:remove|hide|no|without|get rid of)\b", low))
    if _is_plotly(script):
        changed = _layout(script, {"showlegend": str(not off)})
    else:
        spot = re.search(
            r"\b(upper|lower|top|bottom)?[\s-]*(left|right|center)\b|\b(top|bottom)\b", low
        )
        call = _find_call(script, "legend")
        if off:
            if call is None:
                return None
            axes = _axes(script)
            target = axes if axes != "plt" else "plt.gca()"
            changed = script.apply(_before_show(script, f"{target}.get_legend().remove()"))
        else:
            place = "best"
            if spot:
                vertical = {
                    "top": "upper",
                    "bottom": "lower",
                    "upper": "upper",
                    "lower": "lower",
                }.get(spot[1] or spot[3] or "", "")
                side = spot[2] or "center"
                place = (
                    f"{vertical} {side}".strip()
                    if vertical or side == "center"
                    else f"center {side}"
                )
            if call is not None:
                changed = script.apply([script.set_keyword(call, "loc", quoted(place))])
            else:
                changed = script.apply(
                    _before_show(script, f"{_axes(script)}.legend(loc={quoted(place)})")
                )
    if changed:
        context.done.append("legend")
    return changed


def scales(context: Context) -> bool | None:
    """Logarithmic axes."""
    low = context.clause.core
    if not re.search(r"\blog(?:arithmic)?[\s-]*(?:scale|ax[ei]s)|\blogarithmic\b", low):
        return None
    script = context.script
    names = {m[1] for m in re.finditer(r"\b([xy])[\s-]*axis", low)} or {"y"}
    changed = False
    for name in sorted(names):
        if _is_plotly(script):
            changed = _layout(script, {f"{name}axis_type": "'log'"}) or changed
        else:
            axes = _axes(script)
            method = f"{name}scale" if axes == "plt" else f"set_{name}scale"
            changed = script.apply(_before_show(script, f"{axes}.{method}('log')")) or changed
    if changed:
        context.done.append("log scale")
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
    if _is_plotly(script):
        changed = _layout(script, {"xaxis_tickangle": str(-angle)})
    else:
        changed = script.apply(
            _before_show(
                script, f"plt.setp(plt.gca().get_xticklabels(), rotation={angle}, ha='right')"
            )
        )
    if changed:
        context.done.append(f"label angle {angle}")
    return changed


def opacity(context: Context) -> bool | None:
    """Opacity and line width of what is drawn."""
    low = context.clause.core
    values: dict[str, str] = {}
    if re.search(r"\bsee[\s-]?through\b|\b(?:semi-?)?transparen\w+\b|\bopacity\b", low):
        number = number_in(re.sub(r'"\d+"', "", low))
        value = number / 100 if number and number > 1 else number
        values["opacity" if _is_plotly(context.script) else "alpha"] = f"{value or 0.5:g}"
    if (
        re.search(r"\bthick\w*\b|\bbolder\b", low)
        and re.search(r"\blines?\b", low)
        and not _is_plotly(context.script)
    ):
        values["linewidth"] = "3"
    if not values:
        return None
    script = context.script
    changed = False
    for index in range(len(script.facts.artists)):
        artist = script.facts.artists[index]
        if _drawn(artist) and artist.node is not None and artist.method not in {"boxplot", "pie"}:
            fit = {k: v for k, v in values.items() if k != "linewidth" or artist.mark == "line"}
            changed = script.apply(script.set_keywords(artist.node, fit)) or changed
    if changed:
        context.done.append(", ".join(values))
    return changed


FIGURE_EDITS = (colours, size, grid, legend, scales, label_angle, opacity, titles)
