"""Marks that words single out: a highlighted bar, signs, last values, lines at a place, cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multivis.charts.demands import ColourDemand
from multivis.offline.catalog import Field
from multivis.offline.computed import off_average
from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Condition, Filter, Layer, Plan
from multivis.offline.titles import axis_of_categories, with_layers

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["COLOURS", "singled_numbers", "singled_out", "taken_from_filters"]

COLOURS = (
    r"(?:light|dark|bright|deep|pale)?[ -]?(?:red|blue|green|orange|purple|yellow|gold|black|pink|"
    r"crimson|teal|gr[ae]y|brown|navy|maroon|cyan|magenta|coral|salmon|tomato|steel ?blue|"
    r"firebrick)"
)
_STANDS_OUT = r"(?:highlight\w*|stands? out|standing out|emphasi[sz]e\w*|accent\w*)"


def taken_from_filters(filters: list[Filter], body: str) -> tuple[list[Filter], list[Filter]]:
    """The conditions that hold for all rows, and those that only single some of them out.

    "Highlight Elm Street in orange" leaves the other streets in the chart.
    """
    filters = [f for f in filters if not _is_example(f, body) and not _is_painted(f, body)]
    clauses = [
        c for c in re.split(r"[,.;?!]| but | while ", body) if re.search(_STANDS_OUT, c, re.I)
    ]
    clauses += [m.group(0) for m in _UNLIKE_REST.finditer(body)]
    singled = [
        f for f in filters
        if f.operator in {"=", "in"} and not f.aggregate
        and any(str(v).lower() in c.lower() for c in clauses for v in f.values)
    ]  # fmt: skip
    return [f for f in filters if f not in singled], singled


_NUMBER_PAINTED = re.compile(
    rf"\b(?:highlight|emphasi[sz]e|accent|mark|paint|colou?r|make|turn)(?:ed|ing|s)? (?:the )?"
    rf"(?:year |bar (?:of|for) |one for )?(?:the year )?(\d{{1,4}})(?: (?:in |as )?"
    rf"(?:{COLOURS}|stand out|differently)|(?= (?:bar|in\b))|(?=[.,;!?]|$))",
    re.IGNORECASE,
)


def singled_numbers(concepts: Sequence[Concept], body: str) -> list[Filter]:
    """ "Make 2009 orange": the one bar of a year or a number that is to stand out."""
    found = _NUMBER_PAINTED.search(body)
    if found is None:
        return []
    number = int(found.group(1))
    for concept in concepts:
        column = concept.field
        if column is None or "dimension" not in concept.roles or concept.aggregate:
            continue
        if column.date_style == "year" or (column.is_number_type and column.is_measure):
            low, high = column.column.minimum, column.column.maximum
            if low is None or high is None or float(low) <= number <= float(high):
                return [Filter(*column.key, "=", (number,))]
    return []


_UNLIKE_REST = re.compile(
    rf"\b(?:mark|paint|draw|colou?r)\w* (?:the )?[^.,;?!]{{0,40}} in {COLOURS}|"
    rf"\b(?:mark|paint|colou?r|make|turn|tint)(?:ed|ing|s)? (?!(?:it|them|all|each|every)\b)"
    rf"[^.,;?!]{{1,40}} (?:{COLOURS}|differently|distinct(?:ly)?|special(?:ly)?|apart)\b(?! bars)|"
    rf"[^.,;?!]{{0,40}}\b(?:in|with|gets?|has|have) (?:a|an|its|their) (?:different|another|"
    rf"special|separate|own|contrasting) colou?r\b(?! (?:for|per|by))|"
    r"[^.;?!]*\b(?:the (?:rest|others|remaining)|everything else|all (?:the )?others?|every "
    r"other)\b[^.;?!]*",
    re.IGNORECASE,
)


_OTHERS = r"\b(?:others?|rest|remaining|everything else|otherwise|below|under)\b"


def _is_painted(condition: Filter, body: str) -> bool:
    """ "Those with more than 300 in orange and the others in gray": colours, no condition."""
    if len(condition.values) != 1 or condition.operator not in {">", ">=", "<", "<="}:
        return False
    number = re.escape(str(condition.values[0]))
    painted = rf"\b{number}\b[^.,;?!]{{0,25}}\b(?:in|as) {COLOURS}\b[^.;?!]*{_OTHERS}"
    return re.search(painted, body, re.IGNORECASE) is not None


_EXAMPLES = re.compile(
    r"\b(?:(?<!'d )(?<!’d )(?<!would )(?<!\bi )(?<!\bwe )like(?! (?:to|this|that|these|it|an?|"
    r"the|in|my|our|your)\b)|such as|e\.g\.|for example|for instance|distinguish\w* between|"
    r"differentiat\w* between|labels?)\b ([^.;?!]*)|\(([^)]*)\)",
    re.IGNORECASE,
)


def _is_example(condition: Filter, body: str) -> bool:
    """ "Payment methods like cash and card": values named so that one knows what is meant."""
    if condition.operator not in {"=", "in"} or condition.aggregate:
        return False
    if not all(isinstance(v, str) for v in condition.values):
        return False
    rest = _EXAMPLES.sub(" ", body).lower()
    return not any(str(v).lower()[:-1] in rest for v in condition.values)


def singled_out(plan: Plan, draft: Draft, family: str) -> Plan:
    """Everything of this module, where the words ask for it."""
    plan = _highlighted(plan, draft)
    plan = _differences(plan, draft, family)
    plan = _signs(plan, draft, family)
    plan = _last_values(plan, draft)
    plan = _line_at(plan, draft, family)
    plan = _sorted_segments(plan, draft)
    return _readable_cells(plan, draft)


def _colour_near(draft: Draft, pattern: str, default: str) -> str:
    """The colour named in the clause that a pattern is found in."""
    text = draft.reading.question.lower()
    for order in (
        rf"{pattern}[^.,;?!]{{0,50}}?\b({COLOURS})\b",
        rf"\b({COLOURS})\b[^.,;?!]{{0,30}}?{pattern}",
    ):
        found = re.search(order, text)
        if found:
            return found.group(found.lastindex or 0).replace(" ", "").replace("-", "")
    return default


def _highlighted(plan: Plan, draft: Draft) -> Plan:
    """The marks of a value in a colour of their own, all others in the usual one."""
    if not draft.reading.singled or len(plan.views) != 1 or not plan.layers:
        return plan
    layer = plan.layers[0]
    for condition in draft.reading.singled:
        output = next(
            (o for o in draft.outputs
             if (o.table, o.column) == (condition.table, condition.column) and not o.aggregate),
            None,
        )  # fmt: skip
        color = layer.channel("color")
        if output is None or (color is not None and color.field not in {None, output.name}):
            continue
        values = [f"'{v}'" if isinstance(v, str) else str(v) for v in condition.values]
        values = [v if not v[1:-1].count("'") else '"' + v[1:-1] + '"' for v in values]
        test = " || ".join(f"datum['{output.name}'] == {value}" for value in values)
        chosen = _colour_near(draft, _STANDS_OUT, "orange")
        others = next((w.colour for w in draft.demands.of(ColourDemand) if w.colour != chosen),
                      "steelblue")  # fmt: skip
        made = Channel("color", condition=Condition(test, chosen, others))
        return with_layers(plan, [layer.with_channel(made), *plan.layers[1:]])
    draft.left_out.append("What was to be highlighted is not among what is shown.")
    return plan


# What bars above zero and below it are called.
_SIDES = (
    (r"\bpositive\b", r"\bnegative\b"), (r"\babove zero\b", r"\bbelow zero\b"),
    (r"\bgain\w*", r"\bloss\w*"), (r"\bprofit\w*", r"\bloss\w*"),
    (r"\bgrew|\bgrow\w*|\bincreas\w*", r"\bshr[aiu]nk\w*|\bfell\b|\bdecreas\w*|\bdeclin\w*"),
    (r"\bsurplus\w*", r"\bdeficit\w*"), ("", r"\bnegative\b"),
)  # fmt: skip


def _told_colours(text: str) -> tuple[str, str] | None:
    """ "Green if there are more ships than boats, red if not": the first is above zero."""
    told = re.findall(rf"\b({COLOURS})\b(?: bars?)? (?:if|when|where|for|otherwise)\b", text)
    return (str(told[0]).strip(), str(told[1]).strip()) if len(told) == 2 else None


def _signs(plan: Plan, draft: Draft, family: str) -> Plan:
    """Bars above zero and below it in two colours."""
    text = draft.reading.body.lower()
    sides = next((p for p in _SIDES if all(re.search(one, text) for one in p)), None)
    told = _told_colours(text) if any(o.difference for o in draft.outputs) else None
    if family != "bar" or len(plan.layers) != 1 or (sides is None and told is None):
        return plan
    if not re.search(r"colou?r|" + COLOURS, text) or "stacked" in text:
        return plan
    layer = plan.layers[0]
    _, value = axis_of_categories(layer)
    if value is None or value.field is None or layer.channel("color") is not None:
        return plan
    if told is None and sides is not None:
        told = (
            _colour_near(draft, sides[0], "steelblue"), _colour_near(draft, sides[1], "orange")
        )  # fmt: skip
    assert told is not None
    made = Channel("color", condition=Condition(f"datum['{value.field}'] > 0", *told))
    return with_layers(plan, [layer.with_channel(made)])


_DIFFERENCES = re.compile(
    r"\bdiffer\w*\b[^.?!]{0,40}?\b(?:from|to|between)|\bdifference per\b|"
    r"\bcompar\w*\b[^.?!]{0,80}?\b(?:overall|total|global|general|whole) (?:\w+ )?"
    r"(?:average|mean)\b|\bdeviat\w*|\bresidual|\bhow far\b"
)


def _differences(plan: Plan, draft: Draft, family: str) -> Plan:
    """Bars from zero to how far each value lies from the mean of all."""
    text = draft.reading.body.lower()
    if family != "bar" or not draft.reading.kind.diverge or len(plan.layers) != 1:
        return plan
    layer = plan.layers[0]
    _, value = axis_of_categories(layer)
    if value is None or not value.field or value.aggregate or not _DIFFERENCES.search(text):
        return plan
    if layer.channel("color") is not None or layer.transforms:
        return plan
    steps: tuple[dict[str, Any], ...] = (
        {"joinaggregate": {"average": f"mean({value.field})"}},
        {"calculate": {"difference": f"datum['{value.field}'] - datum.average"}},
    )
    title = f"{value.title}: Difference From Mean" if value.title else None
    made, name = layer.with_channel(replace(value, field="difference", title=title)), "difference"
    if (computed := off_average(plan, draft, value.field)) is not None:
        plan, steps, made = computed, (), computed.layers[0]
        name = next(c.field or "" for c in made.channels if c.name == value.name)
    up = _colour_near(draft, r"\b(?:above|positive|over)\b", "steelblue")
    down = _colour_near(draft, r"\b(?:below|negative|under)\b", "orange")
    test = f"datum.{name} > 0" if name.isidentifier() else f"datum['{name}'] > 0"
    shade = Channel("color", condition=Condition(test, up, down))
    return with_layers(plan, [replace(made.with_channel(shade), transforms=steps)])


def _last_values(plan: Plan, draft: Draft) -> Plan:
    """The end of each line as a dot with a label."""
    text = draft.reading.body.lower()
    asked = re.search(
        r"(?:last|final|latest|most recent|end(?:ing)?) (?:data )?(?:value|point)s?\b[^.?!]{0,60}"
        r"\blabel|label\w*[^.?!]{0,40}\b(?:last|final|latest|most recent|end|right)"
        r"|(?:writ|show|put|print|add|nam|display|mark)\w*[^.?!]{0,60}\b(?:at|beside|next to|on) "
        r"(?:the |each |every |its |their )?(?:last|final|latest|end|right)\b"
        r"|\b(?:highlight|mark|annotat)\w* (?:the |each |every )?(?:\w+ )?(?:last|final|latest|"
        r"most recent) (?:points?|values?)\b"
        r"|\b(?:at|on) the (?:last|final|latest) (?:point|value|year|date|month)"
        r"|\b(?:end(?:s|ing)?|finish(?:es|ing)?|stop(?:s|ping)?) (?:with|in) (?:an?|the) (?:dot|"
        r"point|circle)\b",
        text,
    )
    layer = plan.layers[0] if len(plan.layers) == 1 else None
    if not asked or layer is None or layer.mark != "line":
        return plan
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    if x is None or y is None or not x.field or not y.field or x.time_unit:
        return plan
    by = [color.field] if color is not None and color.field else []
    if (ended := _ends_of_lines(plan, draft)) is not None:
        return ended
    steps = (
        {"joinaggregate": {"last": f"max({x.field})"}, **({"groupby": by} if by else {})},
        {"filter": f"datum['{x.field}'] == datum.last"},
    )
    place = tuple(c for c in layer.channels if c.name in {"x", "y", "color"})
    shown = color.field if color is not None and color.field else y.field
    kind = color.kind if color is not None and color.field else y.kind
    dot = Layer("circle", {}, place, (*layer.transforms, *steps))
    label = replace(dot, mark="text", options={"align": "left", "dx": 5},
                    channels=(*place, Channel("text", shown, kind)))  # fmt: skip
    return plan.with_layers(layer, dot, label)


def _ends_of_lines(plan: Plan, draft: Draft) -> Plan | None:
    """The ends as the library finds them: the largest x, and y where x is largest.

    Only numbers and dates have a largest place; years are numbers on a scale here.
    """
    layer = plan.layers[0]
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    if x is None or y is None or color is None or not color.field or layer.transforms:
        return None
    column = _column(draft, x)
    output = next((o for o in draft.outputs if o.name == x.field), None)
    unit = output.time_unit if output is not None else ""
    yearly = unit == "year" or (column is not None and column.date_style == "year" and not unit)
    if x.kind == "ordinal" and yearly and not (column is not None and _is_text(column)):
        x = replace(x, kind="quantitative", scale={"zero": False, **x.scale},
                    axis={"format": "d", **x.axis})  # fmt: skip
    if x.kind not in {"quantitative", "temporal"} or y.kind != "quantitative" or y.aggregate:
        return None
    ends = (replace(x, aggregate="max"), replace(y, aggregate=f"argmax:{x.field}"), color,
            Channel("text", color.field, color.kind))  # fmt: skip
    return plan.with_layers(
        layer.with_channel(x), Layer("circle", {}, ends),
        Layer("text", {"align": "left", "dx": 4}, ends),
    )  # fmt: skip


def _is_text(column: Field) -> bool:
    """Whether years are written as text, which has no largest number."""
    unitless = column.date_style == "year"
    return unitless and any(isinstance(v, str) for v in column.column.samples)


_AT = re.compile(
    r"(?:reference|threshold|target|horizontal|vertical|dashed|marker|goal) (?:\w+ ){0,3}?"
    r"(?:line|rule)s? (?:\w+ ){0,3}?(?:at|for|of|mark(?:s|ing)?|indicat\w*|show\w*|highlight\w*) "
    r"(?:the )?(?:\w+ ){0,2}?\$?"
    r"(\d[\d,]*(?:\.\d+)?)(?![\d%]| ?(?:px|pixels))"
)


def _line_at(plan: Plan, draft: Draft, family: str) -> Plan:
    """Rules at numbers that the words give ("a reference line at 500, a vertical one at 1990")."""
    text = draft.reading.body.lower()
    if len(plan.views) != 1 or any(la.mark == "rule" for la in plan.layers):
        return plan
    for found in list(_AT.finditer(text))[:2]:
        rule = _rule_at(plan, draft, family, found)
        if rule is not None:
            plan = plan.with_layers(*plan.layers, rule)
    return plan


def _rule_at(plan: Plan, draft: Draft, family: str, found: re.Match[str]) -> Layer | None:
    """The rule at one number; None where the axis has no such place."""
    layer = plan.layers[0]
    category, value = axis_of_categories(layer)
    upright = "vertical" in found.group(0)
    name = value.name if value is not None else ("x" if upright else "y")
    if upright and name == "y" and category is not None:
        name = category.name
    channel = layer.channel(name)
    if channel is None or family in {"arc", "heatmap"}:
        return None
    number = float(found.group(1).replace(",", ""))
    shown: int | float | str = int(number) if number.is_integer() else number
    kind = None
    if channel.kind != "quantitative":
        if channel.kind not in {"ordinal", "nominal"} or layer.mark not in {"line", "area", "bar"}:
            return None
        column = _column(draft, channel)
        samples = column.column.samples if column is not None else ()
        if any(isinstance(v, str) for v in samples):
            shown = found.group(1).replace(",", "")
            if column is not None and column.column.samples and shown not in map(str, samples):
                return None
        elif channel.kind == "ordinal":
            kind = channel.kind
    colour = _colour_near(draft, r"\b(?:line|rule)\b", "black")
    options: dict[str, object] = {"color": colour}
    if "dash" in found.group(0):
        options["strokeDash"] = [4, 4]
    return Layer("rule", options, (Channel(name, datum=shown, kind=kind),))


def _column(draft: Draft, channel: Channel) -> Field | None:
    """The column that a channel shows."""
    output = next((o for o in draft.outputs if o.name == channel.field), None)
    return draft.catalog.fields.get((output.table, output.column)) if output is not None else None


_SEGMENTS = re.compile(
    r"(?:segments?|stacks?|pieces?|parts?|portions?) (?:\S+ ){0,4}?(?:sorted|ordered)|"
    r"(?:sort|order)\w* (?:the )?(?:\w+ ){0,2}(?:segments?|pieces?|stacks?)|"
    r"\bstack\w* (?:\S+ ){0,6}?and (?:sort|order)\w* them|"
    r"(?:order|sorted|ordered|alphabetical\w*) (?:\w+ ){0,2}?(?:inside|within|in) "
    r"(?:the |each |every )(?:bars?|stacks?)|"
    r"\bbars? (?:\S+ ){0,3}?(?:split|divided|broken|stacked)\b[^;.?!]{0,60}?\bin alphabetical "
    r"order|"
    r"\b(?:segments?|pieces?|slices?|stacks?|layers?)\b[^.;?!]{0,60}?\b(?:(?:in|"
    r"follow\w*) (?:\w+ )?"
    r"(?:alphabetic\w*|alphabetical|ascending|descending|rising|falling|increasing|decreasing|"
    r"reverse\w*|name) (?:alphabetic\w* )?(?:order)?|alphabetically|sorted|ordered|arranged|"
    r"(?:from )?(?:the )?(?:largest|biggest|smallest|highest|lowest|most|least)\b[^.;?!]{0,30} to )"
)
_FALLING = re.compile(
    r"\bdescending|\breverse|\bz (?:to|-) a\b|\bfrom (?:the )?(?:largest|biggest|highest|most|"
    r"longest)|\b(?:largest|biggest|highest|most|longest)\b[^.;?!]{0,30}? (?:to|first)\b|falling|"
    r"decreasing"
)


def _sorted_segments(plan: Plan, draft: Draft) -> Plan:
    """The parts of a stack in the order of their size."""
    text = draft.reading.body.lower()
    if not _SEGMENTS.search(text):
        return plan
    layer = plan.layers[0] if plan.layers else None
    _, value = axis_of_categories(layer) if layer is not None else (None, None)
    color = layer.channel("color") if layer is not None else None
    if layer is None or layer.mark not in {"bar", "area"} or value is None or color is None:
        return plan
    if value.field is None or color.field is None or layer.channel("order") is not None:
        return plan
    order = Channel("order", value.field, "quantitative", sort="descending")
    # Only the clause of the segments counts: "…, and the departments from the largest down".
    found = _SEGMENTS.search(text)
    start, end = found.span() if found else (0, 0)
    clause = text[start:end] + re.split(r"[,;.]| and the ", text[end:])[0]
    if not re.search(
        r"\b(?:largest|biggest|smallest|highest|lowest|size|values?|amounts?|counts?)\b", clause
    ):
        falling = "descending" if _FALLING.search(clause) else "ascending"
        order = Channel("order", color.field, sort=falling)
    return plan.with_layers(replace(layer, channels=(*layer.channels, order)), *plan.layers[1:])


def _readable_cells(plan: Plan, draft: Draft) -> Plan:
    """Numbers in cells can be read on dark and on light ones."""
    text = draft.reading.body.lower()
    if len(plan.layers) < 2 or plan.layers[0].mark != "rect" or plan.layers[1].mark != "text":
        return plan
    color = plan.layers[0].channel("color")
    if color is None or not color.field or len(plan.views) != 1:
        return plan
    field = f"datum['{color.field}']"
    found = re.search(
        r"(black|white)(?: text)? (?:\w+ ){0,4}?(above|over|greater than|more than|higher than|"
        r"below|under|less than) (\d+(?:\.\d+)?)",
        text,
    )
    if found:
        sign = "<" if found.group(2) in {"below", "under", "less than"} else ">"
        other = "white" if found.group(1) == "black" else "black"
        condition = Condition(f"{field} {sign} {found.group(3)}", found.group(1), other)
    else:
        bright = f"luminance(scale('color', {field})) > 0.4"
        condition = Condition(bright, "black", "white")
    labels = plan.layers[1].with_channel(Channel("color", condition=condition))
    return plan.with_layers(plan.layers[0], labels, *plan.layers[2:])
