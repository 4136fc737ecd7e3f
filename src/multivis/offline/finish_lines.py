"""Lines over marks, and what lies beyond them: thresholds, means."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.charts.demands import ColourDemand
from multivis.offline.altair_code import PYTHON
from multivis.offline.chart_kinds import selects
from multivis.offline.conditions import parse_number
from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Condition, Layer, Plan
from multivis.offline.titles import axis_of_categories

__all__ = ["is_on_x", "with_mean_line", "with_threshold"]

_NUMBER = r"(\d[\d,]*(?:\.\d+)?) ?(thousand|million|billion|k|m|bn)?"
_COLOURS = "red|blue|green|orange|purple|yellow|gold|black|pink|crimson|teal"


_SIGN = (
    r"(more than|over|above|exceed\w*|greater than|at least|higher than|less than|below|under|"
    r"fewer than|beyond|past)"
)
_OUT = rf"(?:highlight\w*|stand\w* out|colou?red|(?:different|another) colou?r|in (?:{_COLOURS}))"
# "Those above 20 highlighted in red", "highlight in red the part of each bar that is over 20"
_BEYOND = re.compile(
    rf"{_SIGN} (?:a |an |the )?(?:\w+ (?:of )?)?\$?{_NUMBER}[^.?!]{{0,60}}?{_OUT}"
    rf"|{_OUT}[^.?!]{{0,60}}? {_SIGN} (?:a |an |the )?(?:\w+ (?:of )?)?\$?{_NUMBER}"
)

# "A line at 20, and what is above it in red": the number stands beside the line
_RULED_AT = re.compile(
    rf"\b(?:line|rule|limit|target|threshold|mark) (?:\w+ ){{0,4}}?(?:at|of|to|is) \$?{_NUMBER}"
    rf"|\$?{_NUMBER} as (?:the |a |my |its )?(?:\w+ )?(?:line|rule|limit|target|threshold|mark)\b"
)
_PART_BEYOND = re.compile(
    r"\b(?:parts?|portions?|pieces?|sections?|segments?|tops?|tips?|excess|overshoot|everything|"
    r"anything|whatever|what|bits?)\b[^.?!]{0,50}?\b(above|over|beyond|exceed\w*|past|higher|below|"
    r"under|short of)\b"
)


def _beyond(text: str) -> tuple[int, str, list[str]] | None:
    """Where words speak of what lies beyond a threshold, on which side, and the number."""
    if (found := _BEYOND.search(text)) is not None:
        sign, *amount = [group for group in found.groups() if group is not None]
        return found.start(), sign, amount
    ruled, part = _RULED_AT.search(text), _PART_BEYOND.search(text)
    if ruled is None or part is None:
        return None
    return part.start(), part.group(1), [group for group in ruled.groups() if group is not None]


_LABELLED_LINE = re.compile(
    r"\b(?:line|rule)\b[^.?!]{0,30}\blabel|\blabel\w* (?:\w+ ){0,3}(?:line|rule)"
)


def is_on_x(layer: Layer) -> bool:
    """Whether the value lies along x."""
    _, value = axis_of_categories(layer)
    return value is not None and value.name == "x"


def with_threshold(plan: Plan, draft: Draft, family: str) -> Plan:
    """Bars beyond a threshold in another colour, and a line at it."""
    text = draft.reading.body.lower()
    if family != "bar" or len(plan.layers) != 1 or "slider" in text:
        return plan
    found = _beyond(text)
    layer = plan.layers[0]
    name = "x" if is_on_x(layer) else "y"
    value = layer.channel(name)
    if found is None or value is None or value.field is None:
        return plan
    if (color := layer.channel("color")) is not None and color.field not in {None, value.field}:
        return plan  # the colours tell something apart
    layer = layer.without_channel("color")
    at, sign, amount = found
    number = parse_number(amount[0], amount[1] if amount[1:] else None)
    below = re.match(r"less|below|under|fewer", sign)
    test = f"datum['{value.field}'] {'<' if below else '>'} {number}"
    wish = next((c for c in draft.demands.of(ColourDemand) if c.start >= at - 5), None)
    over = Layer(
        "bar", {"color": wish.colour if wish is not None else "red"},
        tuple(c for c in layer.channels if c.name not in {"color", "tooltip"}),
        (*layer.transforms, {"filter": test}),
    )  # fmt: skip
    if not re.search(r"\b(?:line|rule)\b", text):  # nothing but the colour tells them apart
        chosen = over.options["color"]
        wishes = [w.colour for w in draft.demands.of(ColourDemand) if w.colour != chosen]
        usual = wishes[0] if wishes else "steelblue"
        shade = Channel("color", condition=Condition(test, chosen, usual))
        return plan.with_layers(layer.with_channel(shade))
    options: dict[str, Any] = {"color": "black"}
    if "dash" in text:
        options["strokeDash"] = [4, 4]
    rule = Layer("rule", options, (Channel(name, datum=number, kind="quantitative"),))
    # With a line at the threshold, the part of a bar that lies beyond it is what stands out.
    over = over.with_channel(Channel(name + "2", datum=number))
    if not re.search(
        r"\b(?:line|rule)\b[^.?!]{0,30}\blabel|\blabel\w* (?:\w+ ){0,3}(?:line|rule)", text
    ):
        return plan.with_layers(layer, over, rule)
    end: dict[str, Any] = {"align": "left", "dx": 4, "text": f"{number}", "y": 8}
    if name == "y":
        end = {"align": "right", "dy": -6, "text": f"{number}", "x": f"{PYTHON}alt.expr('width')"}
    return plan.with_layers(layer, over, rule, replace(rule, mark="text", options=end))


def with_mean_line(plan: Plan, draft: Draft, family: str) -> Plan:
    """A rule at the mean or median of the value."""
    wanted = draft.reading.kind.mean_line
    marked = r"\b(?:mean|average|median) (?:\w+ ){0,2}?(?:marked|shown|drawn|indicated|highlighted)"
    marked += r"|\b(?:mean|average|median) of (?:the |all )?(?:selected|chosen|brushed|visible)\b"
    marked += r"|\boverlay"
    body = draft.reading.body.lower()
    if (
        not re.search(marked, body)
        and not selects(body)
        and family != "histogram"
        and not re.search(
            r"overall|global|grand|across all|of all|(?:mean|average|median) (?:line|rule|value)"
            r"|\brule\b"
            r"|at the (?:mean|average|median)|reference line|(?:vertical|horizontal) (?:\w+ )?line"
            r"|(?:average|mean|median) (?:\w+ ){1,2}line"
            r"|\bline (?:marking|showing|indicating|at|for|where|through|to mark) (?:the |"
            r"their |its )?(?:average|mean|median)\b",
            draft.reading.body.lower(),
        )
    ):
        return plan
    if not wanted or len(plan.layers) > 2 or family in {"errorbar", "density", "violin"}:
        return plan
    if len(plan.layers) > 1 and plan.layers[1].mark != "text":
        return plan
    if not plan.layers:
        return plan
    layer = plan.layers[0]
    name = "x" if is_on_x(layer) or family == "histogram" else "y"
    value = layer.channel(name)
    if value is None or value.field is None:
        return plan
    made = next((o for o in draft.outputs if o.name == value.field), None)
    if made is not None and made.aggregate == "avg" and selects(draft.reading.body.lower()):
        # The mean of what is selected is that of its rows, so that bars are means of rows, too.
        raw = replace(made, aggregate="", name=made.column)
        draft.outputs[draft.outputs.index(made)] = raw
        value = replace(value, field=raw.name, aggregate="mean")
        layer = layer.with_channel(value)
        plan = plan.with_layers(layer, *plan.layers[1:])
    rule = Layer("rule", {"color": "red"}, (
        replace(value, aggregate=wanted, stack="", sort="", bin=-1, bin_step=0.0),
        *([Channel("size", value=5)] if _is_thick(draft, family) else []),
    ), layer.transforms)  # fmt: skip
    if any(o.name == value.field and o.aggregate for o in draft.outputs):
        draft.assumptions.append(f"The {wanted} line is the {wanted} of the values shown.")
    return plan.with_layers(*plan.layers, rule)


def _is_thick(draft: Draft, family: str) -> bool:
    """Whether the mean must stand out among many bars: over histograms, and where words say so."""
    return family == "histogram" or bool(
        re.search(r"\b(?:thick|bold) (?:\w+ ){0,3}(?:line|rule)", draft.reading.body.lower())
    )
