"""Colours of Matplotlib and Plotly charts: of all marks, of categories, of a scale."""

from __future__ import annotations

import re

from multivis.offline.edit_clauses import Clause
from multivis.offline.edit_colours import Colours, colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_drawing import (
    Drawing,
    axes_object,
    column_of,
    finish_with,
    is_number,
    is_plotly,
    main_drawing,
    schema_values,
    set_layout,
    set_traces,
)
from multivis.offline.edit_script import Script, quoted

__all__ = ["category_colours", "colours"]

#: Vega scheme → the same colours in Matplotlib; Plotly spells them alike.
_MAPS = {
    "blues": "Blues", "greens": "Greens", "reds": "Reds", "oranges": "Oranges",
    "purples": "Purples", "greys": "Greys", "viridis": "viridis", "plasma": "plasma",
    "inferno": "inferno", "magma": "magma", "cividis": "cividis", "turbo": "turbo",
    "rainbow": "rainbow", "spectral": "Spectral", "redblue": "RdBu",
    "redyellowgreen": "RdYlGn", "redyellowblue": "RdYlBu", "yelloworangered": "YlOrRd",
    "orangered": "OrRd", "bluegreen": "BuGn", "greenblue": "GnBu", "bluepurple": "BuPu",
    "redpurple": "RdPu", "yellowgreen": "YlGn", "yellowgreenblue": "YlGnBu",
    "purplebluegreen": "PuBuGn", "purpleorange": "PuOr_r", "purplegreen": "PRGn",
    "pinkyellowgreen": "PiYG", "teals": "GnBu", "tealblues": "GnBu", "browns": "YlOrBr",
    "blueorange": "PuOr", "goldgreen": "YlGn", "goldorange": "YlOrBr", "goldred": "YlOrRd",
    "redgrey": "RdGy",
}  # fmt: skip
_LISTS = {
    "set1": "Set1", "set2": "Set2", "set3": "Set3", "pastel1": "Pastel1", "pastel2": "Pastel2",
    "dark2": "Dark2", "paired": "Paired", "accent": "Accent", "tableau10": "tab10",
    "category10": "tab10", "tableau20": "tab20", "category20": "tab20",
    "category20b": "tab20b", "category20c": "tab20c",
}  # fmt: skip
_PLOTLY_LISTS = {
    "tab10": "px.colors.qualitative.D3", "tab20": "px.colors.qualitative.Dark24",
    "tab20b": "px.colors.qualitative.Dark24", "tab20c": "px.colors.qualitative.Light24",
    "Paired": "px.colors.qualitative.Light24", "Accent": "px.colors.qualitative.Vivid",
}  # fmt: skip


def colours(context: Context) -> bool | None:
    """The colour of what is drawn, of single categories, or the colour scale."""
    low = context.clause.core
    found = colours_in(low)
    scheme = found.scheme or (found.hue_scheme if found.shades or not found.new else None)
    manner = bool(found.kind) and bool(re.search(r"\b(?:colou?rs?|palette|scheme)\b", low))
    if re.search(r"\bbackground\b|\bgrid\b|\b(?:line|rule) (?:at|for|showing)\b", low):
        return None
    if not (found.new or scheme or manner) or _is_of_a_rule(low):
        return None
    if re.search(r"\btitles?\b", low) and not re.search(
        r"\b(?:bars?|lines?|points?|dots?|colou?rs?|slices?|areas?)\b", low
    ):
        return None
    drawing = main_drawing(context.script)
    if drawing is None:
        return False
    column = drawing.colour or drawing.category
    mapping = category_colours(context.clause, schema_values(context, column))
    if mapping and column and drawing.mark != "rect":
        changed = _map(context, drawing, mapping)
    elif is_plotly(context.script):
        changed = _plotly(context, drawing, found, scheme)
    else:
        changed = _matplotlib(context, drawing, found, scheme)
    if changed:
        context.done.append("colours")
    context.satisfied = context.satisfied or context.script.already
    return changed


def _is_of_a_rule(low: str) -> bool:
    """Whether the colour is that of a line that is asked for: "a red average line"."""
    return bool(
        re.search(r"\b(?:mean|average|median|reference|threshold|target|trend)\s+line\b", low)
    )


def category_colours(clause: Clause, values: dict[str, str]) -> dict[str, str]:
    """ "North red and South in blue" → value → colour.

    Args:
        clause: The wish.
        values: Values that there are, in lower case → as they are. Quoted texts and, where no
            value is known, words in capitals count too.
    """
    text = re.sub(r'"(\d+)"', lambda m: clause.quotes[int(m[1])].lower(), clause.low)
    known = dict(values)
    if not known:
        known |= {quote.lower(): quote for quote in clause.quotes}
        words = re.findall(r"(?<=\s)[A-Z][\w-]+(?:\s[A-Z][\w-]+)*", clause.text)
        known |= {word.lower(): word for word in words}
    result: dict[str, str] = {}
    marks = r"(?:\s+(?:bars?|points?|dots?|lines?|slices?|segments?|areas?))?"
    for low in sorted(known, key=len, reverse=True):
        spelt = rf"(?<!\w){re.escape(low)}(?!\w)"
        after = re.search(
            rf"{spelt}{marks}\s*(?:should be|to be|be|is|in|to|as|=|:|→|->)?\s*(?:a )?(.{{3,24}})",
            text,
        )
        if after and not colours_in(low).new:
            named = colours_in(re.split(r"\band\b|,|;", after[1])[0])
            if named.new and re.match(r"(?:light|dark|bright|deep|sky|#|\w+\b)", after[1]):
                first = after[1].split()[:2]
                if colours_in(" ".join(first)).new:
                    result.setdefault(known[low], named.new[0])
                    continue
        before = re.search(rf"([\w# -]{{3,24}}?)\s+(?:for|to|on)\s+(?:the )?{spelt}", text)
        if before and not colours_in(low).new:
            named = colours_in(before[1])
            if named.new:
                result.setdefault(known[low], named.new[-1])
    return result


def _map(context: Context, drawing: Drawing, mapping: dict[str, str]) -> bool:
    """Colours of single categories; the others keep theirs."""
    script = context.script
    if is_plotly(script):
        if drawing.artist.axes != "plotly.express":
            return False
        values = {"color_discrete_map": _dict(mapping)}
        if drawing.colour or drawing.mark == "arc":
            values |= {} if drawing.colour else {"color": quoted(drawing.category)}
            return script.apply(script.set_keywords(drawing.call, values))
        # all marks had one colour: those that are not named keep one
        usual = drawing.artist.options.get("color_discrete_sequence")
        one = usual[0] if isinstance(usual, list) and usual else "#636efa"
        values = {
            "color": quoted(drawing.category),
            **values,
            "color_discrete_sequence": f"[{quoted(str(one))}]",
        }
        return script.apply(script.set_keywords(drawing.call, values)) and (
            set_layout(script, {"showlegend": "False"}) or True
        )
    told = _dict(mapping)
    if drawing.pivot is not None:
        owner = script.segment(drawing.call.func.value)  # type: ignore[attr-defined]
        code = f'[{told}.get(str(one), f"C{{i % 10}}") for i, one in enumerate({owner}.columns)]'
        return script.apply([script.set_keyword(drawing.call, "color", code)])
    if drawing.colour and drawing.artist.repeated:
        return script.apply([script.set_keyword(drawing.call, "color", f"{told}.get(str(name))")])
    if not drawing.frame or drawing.method not in {"bar", "barh", "pie", "scatter"}:
        return False
    column = column_of(drawing.frame, drawing.category)
    if drawing.method == "pie":
        code = f'[{told}.get(str(one), f"C{{i % 10}}") for i, one in enumerate({column})]'
        return script.apply([script.set_keyword(drawing.call, "colors", code)])
    code = f'[{told}.get(str(one), "C0") for one in {column}]'
    return script.apply([script.set_keyword(drawing.call, "color", code)])


def _dict(mapping: dict[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(k)}: {quoted(v)}" for k, v in mapping.items()) + "}"


_EXPRESS_LIST = "px.colors.sequential."


def _plotly(context: Context, drawing: Drawing, found: Colours, scheme: str | None) -> bool:
    script = context.script
    if drawing.artist.axes != "plotly.express":
        return bool(found.new) and script.apply(
            script.set_keywords(drawing.call, {"marker_color": quoted(found.new[0])})
        )
    numeric = drawing.mark == "rect" or (
        bool(drawing.colour) and is_number(context, drawing.colour)
    )
    express = script.segment(drawing.call.func.value)  # type: ignore[attr-defined]
    split = drawing.colour or drawing.mark == "arc"
    if scheme is None and len(found.new) == 1 and split and not numeric:
        scheme = found.hue_scheme
    if numeric:
        wanted = _MAPS.get(scheme or found.hue_scheme or "", "")
        if not wanted and len(found.new) > 1:
            code = repr(list(found.new))
        elif wanted or not found.new:
            code = quoted(wanted or "viridis")
        else:
            code = repr(["white", found.new[0]])
        return script.apply([script.set_keyword(drawing.call, "color_continuous_scale", code)])
    if scheme is None and found.new:
        code = (
            f"[{quoted(found.new[0])}]" if len(found.new) == 1 and not split
            else repr(list(found.new))
        )  # fmt: skip
        return _sequence(script, drawing, code)
    if scheme in _MAPS and not split:
        if drawing.mark not in {"bar", "point"} or not drawing.measure or drawing.is_histogram:
            return _sequence(script, drawing, f"[{quoted(found.new[0])}]") if found.new else False
        values = {
            "color": quoted(drawing.measure),
            "color_continuous_scale": quoted(_MAPS[scheme]),
        }
        return script.apply(script.set_keywords(drawing.call, values))
    if scheme in _MAPS:
        name = _MAPS[scheme].removesuffix("_r")
        name = name[0].upper() + name[1:]
        family = "diverging" if name in {"RdBu", "RdYlGn", "RdYlBu", "PuOr", "PRGn", "PiYG",
                                         "Spectral", "RdGy"} else "sequential"  # fmt: skip
        return _sequence(script, drawing, f"{express}.colors.{family}.{name}[::-2]")
    listed = _LISTS.get(scheme or ("pastel1" if found.kind == "muted" else "set1"), "Set1")
    code = _PLOTLY_LISTS.get(listed, f"px.colors.qualitative.{listed}")
    return _sequence(script, drawing, code.replace("px.", f"{express}.", 1))


def _sequence(script: Script, drawing: Drawing, code: str) -> bool:
    return script.apply([script.set_keyword(drawing.call, "color_discrete_sequence", code)])


def _matplotlib(context: Context, drawing: Drawing, found: Colours, scheme: str | None) -> bool:
    script = context.script
    options = drawing.artist.options
    if drawing.mark == "rect" or "cmap" in options or "c" in options:
        wanted = _MAPS.get(scheme or found.hue_scheme or "", "")
        if not wanted and found.kind:
            wanted = "viridis" if options.get("cmap") != "viridis" else "plasma"
        if not wanted:
            return False
        return script.apply([script.set_keyword(drawing.call, "cmap", quoted(wanted))])
    split = drawing.pivot is not None or drawing.method in {"pie", "stackplot"}
    looped = bool(drawing.colour) and drawing.artist.repeated
    if scheme is None and len(found.new) == 1 and (split or looped):
        scheme = found.hue_scheme
    if scheme is None and found.new:
        return _paint(script, context.clause.core, found.new, drawing if looped else None)
    name = _MAPS.get(scheme or "") or _LISTS.get(
        scheme or ("pastel1" if found.kind == "muted" else "Set1"), "Set1"
    )
    ranged = (scheme or "") in _MAPS
    if drawing.pivot is not None:
        return script.apply([script.set_keyword(drawing.call, "colormap", quoted(name))])
    if not (drawing.frame and drawing.category) and not looped:
        return bool(found.new) and _paint(script, context.clause.core, found.new, None)
    column = column_of(drawing.frame, drawing.colour if looped else drawing.category)
    spread = f"0.35 + 0.6 * i / max(1, {column}.nunique() - 1)" if ranged else "i"
    if looped:
        names = f"list({column}.unique())"
        pick = spread.replace(" i ", f" {names}.index(name) ") if ranged else f"{names}.index(name)"
        code = f"plt.get_cmap({quoted(name)})({pick})"
        return script.apply([script.set_keyword(drawing.call, "color", code)])
    if drawing.method not in {"bar", "barh", "pie"}:
        return bool(found.new) and _paint(script, context.clause.core, found.new, None)
    keyword = "colors" if drawing.method == "pie" else "color"
    if ranged and drawing.method != "pie":
        amount = column_of(drawing.frame, drawing.measure)
        code = f"plt.get_cmap({quoted(name)})(0.3 + 0.7 * {amount} / {amount}.max())"
    else:
        code = f"[plt.get_cmap({quoted(name)})({spread}) for i in range(len({column}))]"
    return script.apply([script.set_keyword(drawing.call, keyword, code)])


def _paint(script: Script, low: str, wanted: tuple[str, ...], looped: Drawing | None) -> bool:
    """Colours in turn for the artists that draw data; a pie takes them as a list."""
    if looped is not None:
        column = column_of(looped.frame, looped.colour)
        code = f"{list(wanted)!r}[list({column}.unique()).index(name) % {len(wanted)}]"
        return script.apply([script.set_keyword(looped.call, "color", code)])
    kinds = {"line": "line", "bar": "bar", "point": "point", "dots": "point", "area": "area"}
    named = {
        kinds[word] for word in kinds if re.search(rf"\b{word}s?\b(?! chart| graph| plot)", low)
    }
    changed = False
    turn = 0
    for index in range(len(script.facts.artists)):
        artist = script.facts.artists[index]
        if artist.mark in {"text", "rule"} or artist.node is None:
            continue
        if named and artist.mark not in named:
            continue
        colour = wanted[min(turn, len(wanted) - 1)]
        turn += 1
        wide = script.keyword(artist.node, "ax") is not None and len(wanted) > 1
        if artist.method in {"pie", "stackplot"}:
            values = {"colors": repr(list(wanted))}
        else:
            values = {"color": repr(list(wanted)) if wide else quoted(colour)}
        changed = script.apply(script.set_keywords(artist.node, values)) or changed
    return changed


def background(context: Context) -> bool | None:
    """The colour behind the marks."""
    low = context.clause.core
    found = colours_in(low)
    if "background" not in low or not found.new:
        return None
    script = context.script
    if is_plotly(script):
        changed = set_layout(script, {"plot_bgcolor": quoted(found.new[0])})
    else:
        line = f"{axes_object(script)}.set_facecolor({quoted(found.new[0])})"
        changed = script.apply(finish_with(script, line))
    if changed:
        context.done.append("background")
    return changed


def line_styles(context: Context) -> bool | None:
    """Width, dashes, markers of lines and size of points."""
    low = context.clause.core
    script = context.script
    drawing = main_drawing(script)
    if drawing is None or re.search(r"\bgrid|\b(?:average|mean|median|reference) line", low):
        return None
    plotly = is_plotly(script)
    line: dict[str, str] = {}
    if re.search(r"\bthick\w*\b|\bbolder\b|\bwider lines?\b", low):
        line["line_width" if plotly else "linewidth"] = "4" if plotly else "3"
    if re.search(r"\bthinner\b", low):
        line["line_width" if plotly else "linewidth"] = "1"
    if re.search(r"\bdashed\b|\bdotted\b", low):
        dashed = "dashed" in low
        if plotly:
            line["line_dash"] = "'dash'" if dashed else "'dot'"
        else:
            line["linestyle"] = "'--'" if dashed else "':'"
    if re.search(
        r"\b(?:add|with|show|put)\b.{0,25}\b(?:markers|dots|points|circles)\b", low
    ) and drawing.mark in {"line", "area"}:
        line["mode" if plotly else "marker"] = "'lines+markers'" if plotly else "'o'"
    if line and drawing.mark in {"line", "area"}:
        return _styled(context, drawing, line)
    points = r"(?:points?|dots?|circles?|bubbles?|markers?)"
    grown = re.search(rf"\b(?:bigger|larger|smaller)\b.{{0,12}}\b{points}\b", low) or re.search(
        rf"\b{points}\b.{{0,20}}\b(?:bigger|larger|smaller)\b", low
    )
    if grown and drawing.mark == "point":
        small = "smaller" in low
        if plotly:
            return _styled(context, drawing, {"marker_size": "4" if small else "12"})
        return _styled(context, drawing, {"s": "12" if small else "90"})
    return None


def _styled(context: Context, drawing: Drawing, values: dict[str, str]) -> bool:
    script = context.script
    if is_plotly(script):
        changed = set_traces(script, values)
    else:
        changed = script.apply(script.set_keywords(drawing.call, values))
    if changed:
        context.done.append(", ".join(values))
    context.satisfied = context.satisfied or script.already
    return changed
