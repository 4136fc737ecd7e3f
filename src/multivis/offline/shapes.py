"""Shapes of charts whose marks stand for groups: bars, lines, areas, slices, cells."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.catalog import Field
from multivis.offline.computed import difference_asked, difference_output
from multivis.offline.concepts import Concept
from multivis.offline.counts import counted_apart
from multivis.offline.draft import Draft
from multivis.offline.grain import is_fine
from multivis.offline.linking import Candidate
from multivis.offline.number_axes import along_numbers, shown
from multivis.offline.pairs import set_side_by_side
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View
from multivis.offline.roles import default_aggregate
from multivis.offline.said_pairs import FIGURES, TWIN, told_names
from multivis.offline.words import humanise, slug

__all__ = [
    "Groups",
    "arc",
    "area",
    "bar",
    "groups",
    "leave_out",
    "line",
    "query_of",
    "resolve_aggregate",
    "single",
    "split",
    "trail",
]


class Groups:
    """The outputs of a grouped query: dimensions, one measure (or several, folded)."""

    def __init__(self) -> None:
        self.dimensions: list[Output] = []
        self.measures: list[Output] = []
        self.key: Output | None = None
        self.fold: list[tuple[str, str, str, str]] = []
        self.concepts: dict[str, Concept] = {}
        self.panels = ""

    @property
    def value(self) -> Output:
        """The leading measure."""
        return self.measures[0]


def single(chart: str, layer: Layer, *more: Layer) -> Plan:
    """A plan with one view."""
    return Plan(chart=chart, views=(View(layers=(layer, *more)),))


def resolve_aggregate(draft: Draft, parts: Parts, concept: Concept, dims: list[Concept]) -> str:
    """The aggregate that a measure needs for these dimensions; empty for plain values."""
    column = concept.field
    if column is None:
        return "count"
    fine = is_fine(dims, concept, draft.catalog, draft.reading.filters)
    if concept.aggregate in {"", "sum?"}:
        if fine or not dims:
            return ""
        if draft.reading.kind.error:
            return "avg"  # errors lie around means
        if concept.aggregate == "sum?":
            return "sum"
        made = default_aggregate(column)
        word = "mean" if made == "avg" else "sum"
        draft.assumptions.append(
            f'"{humanise(column.name)}" is shown as the {word} for each group, because the '
            "question does not say how to combine it."
        )
        return made
    if concept.aggregate == "range":
        return "avg"
    if fine and concept.aggregate in {"sum", "avg", "max", "min", "median"}:
        return ""
    return concept.aggregate


def groups(draft: Draft, parts: Parts, most: int = 2) -> Groups:
    """Choose and add the outputs of a grouped chart."""
    made = Groups()
    dims = list(parts.dimensions)
    measures = list(parts.measures)
    if not measures and not any(c.is_count for c in measures):
        counted = _counted(draft, dims)
        measures = [counted]
    dims = [c for c in dims if c not in measures]
    dims = _most(_distinct_dimensions(draft, dims), most + (1 if parts.facet else 0))
    same = [
        c for c in measures
        if c.field is not None and c.aggregate in {"", "sum?", measures[0].aggregate}
        and not c.field.is_time and c.roles.isdisjoint({"size"})
    ]  # fmt: skip
    twins = [c for c in measures if TWIN in c.roles]
    if len(twins) >= 2:  # "the lowest and the highest price"
        same = twins
    total = [c for c in same if c.field is not None and {"total"} & set(c.field.words)]
    if len(same) > 2 and len(total) == 1 and total[0] is same[0]:
        same = same[1:]  # "total passengers, split into domestic and international"
        measures = [c for c in measures if c is not total[0]]
    for concept in dims:
        output = draft.dimension(concept)
        made.dimensions.append(output)
        made.concepts[output.name] = concept
    pair = difference_asked(draft.reading)
    if pair is not None and {c.candidate.label for c in pair} <= {
        c.candidate.label for c in measures
    }:
        left, right = (c.field for c in pair)
        assert left is not None and right is not None
        aggregate = resolve_aggregate(draft, parts, pair[0], dims)
        made.measures = [difference_output(draft, left, right, aggregate)]
        return made
    panels = [c for c in same if c.roles & {"row", "column", "facet"}]
    apart = len(same) >= 2 and len(panels) == len(same) and parts.facet is None
    wide = (
        len(same) >= 2
        and len(dims) <= 1 + (1 if parts.facet else 0) + apart
        and draft.reading.kind.family in {"bar", "line", "area", "", "arc", "dumbbell"}
        and not draft.reading.kind.overlay
        and not draft.reading.kind.dual_axis
        and (draft.reading.kind.family not in {"line", "area"} or _one_scale(same))
        and not (draft.reading.kind.mean_line and any(c.aggregate == "avg" for c in same))
        and all(c.field is not None and c.field.table == same[0].table for c in same)
    )
    if wide:
        _fold(draft, parts, made, same, dims)
        if apart and len(dims) > 1:  # "separate rows for income and spending"
            made.panels = "column" if "column" in panels[0].roles else "row"
        return made
    apart_counts = counted_apart(measures, dims, draft.catalog)
    if apart_counts and len(dims) == 1 and draft.reading.kind.family in {"bar", "line", "area", ""}:
        made.fold = apart_counts
        value = Output("number", kind="quantitative", fold="value", title="Number")
        key = Output("counted", kind="nominal", fold="key", title="Counted")
        made.measures, made.key = [draft.add(value)], draft.add(key)
        return made
    for concept in measures:
        aggregate = resolve_aggregate(draft, parts, concept, dims)
        output = draft.measure(concept, aggregate)
        if output not in made.measures:
            made.measures.append(output)
            made.concepts[output.name] = concept
    # With one aggregate in the query, every other measure is aggregated too.
    if any(o.aggregate for o in made.measures):
        for index, output in enumerate(made.measures):
            if not output.aggregate and output.column:
                concept = made.concepts[output.name]
                column = concept.field
                assert column is not None
                if dims and is_fine(dims, concept, draft.catalog, draft.reading.filters):
                    continue  # one value for each group: the credit score of the customer
                draft.outputs.remove(output)
                made.measures[index] = draft.measure(concept, default_aggregate(column))
    return made


_FAR_APART = 20.0


def _one_scale(measures: list[Concept]) -> bool:
    """Whether measures can share an axis: alike in name, or of about the same size."""
    columns = [c.field for c in measures if c.field is not None]
    shared = set(columns[0].words)
    for column in columns:
        shared &= set(column.words)
    if shared:
        return True
    largest = [
        abs(float(column.column.maximum))
        for column in columns
        if isinstance(column.column.maximum, (int, float))
    ]
    if len(largest) < len(columns) or min(largest) == 0:
        return True
    return max(largest) / min(largest) <= _FAR_APART


def _most(dims: list[Concept], most: int) -> list[Concept]:
    """At most so many dimensions; those with a place of their own stay."""
    placed = {"x", "y", "color", "row", "column", "facet", "shape"}
    ranked = sorted(dims, key=lambda c: not c.roles & placed)[:most]
    return [c for c in dims if c in ranked]


def _counted(draft: Draft, dims: list[Concept]) -> Concept:
    """What is counted when no measure is named: the entity that is spoken of."""
    for concept in draft.reading.concepts:
        if concept.field is None and concept not in dims:
            return replace(concept, aggregate="count")
    table = dims[0].table if dims else next(iter(draft.catalog.entities))
    return Concept(Candidate(0.6, entity=draft.catalog.entities[table]), 99, aggregate="count")


def _distinct_dimensions(draft: Draft, dims: list[Concept]) -> list[Concept]:
    """Drop a dimension that names the same thing as another (the airport, its name)."""
    kept: list[Concept] = []
    seen: set[tuple[str, ...]] = set()
    for concept in dims:
        column = concept.field or draft.catalog.display(concept.table)
        key = (*(column.key if column is not None else (concept.table, "")), concept.unit)
        if key not in seen:
            kept.append(concept)
            seen.add(key)
    return kept


def _fold(
    draft: Draft, parts: Parts, made: Groups, same: list[Concept], dims: list[Concept]
) -> None:
    """Several measures become one value column and one column that names the measure."""
    columns = [c.field for c in same if c.field is not None]
    shared = set(columns[0].words)
    for column in columns:
        shared &= set(column.words)
    for concept, column in zip(same, columns, strict=True):
        aggregate = resolve_aggregate(draft, parts, concept, dims)
        made.fold.append((column.table, column.name, _fold_label(column, shared), aggregate))
    if len({c.key for c in columns}) == 1:  # figures of one number
        made.fold = [(t, c, FIGURES.get(how, label), how) for t, c, label, how in made.fold]
    labels = told_names(draft.reading.question, [measure[2] for measure in made.fold])
    made.fold = [
        (t, c, label, how) for (t, c, _, how), label in zip(made.fold, labels, strict=True)
    ]
    aggregates = {measure[3] for measure in made.fold}
    if len(aggregates) > 1 and "" in aggregates:
        made.fold = [(t, c, label, a or "sum") for t, c, label, a in made.fold]
    common = [w for w in columns[0].words if w in shared and w not in {"number", "of", "total"}]
    word = " ".join(common)
    spoken = _spoken(columns[0], common)
    value = draft.add(
        Output(slug(word) if word else "value", kind="quantitative", fold="value",
               title=spoken or "Value")
    )  # fmt: skip
    key = draft.add(
        Output(slug(f"{word}_type") if word else "measure", kind="nominal", fold="key",
               title=humanise(f"{word} type") if word else "Measure")
    )  # fmt: skip
    made.key = key
    made.measures = [value]


def _spoken(column: Field, words: list[str]) -> str:
    """Shared words as the column writes them ("Passengers", not the stem "Passenger")."""
    written = [part for part in humanise(column.name).split() if set(_words(part)) & set(words)]
    return " ".join(written) or humanise(" ".join(words))


_COMBINED = frozenset({"total", "number", "count", "sum", "average", "mean"})


def _fold_label(column: Field, shared: set[str]) -> str:
    """What a measure is called among others: its own words, else the whole name as it is."""
    import re

    common = shared - _COMBINED
    parts = [part for part in re.split(r"[\W_]+", humanise(column.name)) if part]
    kept = [part for part in parts if not set(_words(part)) & common]
    if len(kept) == len(parts) or not kept:
        return column.name
    return "_".join(kept)


def _words(text: str) -> tuple[str, ...]:
    from multivis.offline.words import split_name

    return split_name(text)


def query_of(draft: Draft, made: Groups, **more: Any) -> Query:
    """The query of grouped outputs."""
    return Query(outputs=tuple(draft.outputs), fold=tuple(made.fold), **more)


_GROUPS_APART = re.compile(
    r"\bgroups? (?:of bars )?(?:for|per)\b|\bgrouped (?:\w+ )?(?:bar )?charts? (?:for|per)\b"
    r"|\bgrouped (?:inside|within)\b"
)


# ── bars ────────────────────────────────────────────────────────────────────────────────────


def _is_horizontal(draft: Draft, parts: Parts, made: Groups) -> bool:
    measures = [made.concepts.get(o.name) for o in made.measures]
    dims = [made.concepts.get(o.name) for o in made.dimensions]
    if draft.reading.kind.horizontal:
        return True
    on_x = any(c is not None and "x" in c.roles and "y" not in c.roles for c in measures)
    dim_y = any(c is not None and "y" in c.roles and "x" not in c.roles for c in dims)
    return (on_x or dim_y) and not any(
        c is not None and "x" in c.roles and "y" not in c.roles for c in dims
    )


def split(parts: Parts, made: Groups) -> tuple[Output | None, Output | None, Output | None]:
    """Main, colour and facet outputs among the dimensions."""
    rest = list(made.dimensions)
    facet = next(
        (o for o in rest if made.concepts[o.name] is parts.facet and parts.facet is not None), None
    )
    if facet is not None and len(rest) > 1:
        rest.remove(facet)
    else:
        facet = facet if facet is not None and made.fold else None
        if facet is not None:
            rest.remove(facet)
    main = rest.pop(0) if rest else None
    if made.panels:
        return main, (rest.pop(0) if rest else None), made.key
    color = made.key or (rest.pop(0) if rest else None)
    return main, color, facet


def _facet_channel(draft: Draft, parts: Parts, made: Groups, facet: Output) -> Channel:
    return draft.channel(made.panels or parts.facet_direction, facet)


def bar(draft: Draft, parts: Parts) -> Plan:
    """Bars: plain, grouped, stacked, normalised; vertical or horizontal; with an overlay."""
    kind = draft.reading.kind
    made = groups(draft, parts)
    main, color, facet = split(parts, made)
    value = made.value
    horizontal = _is_horizontal(draft, parts, made)
    if _stacks_in_panels(draft, parts, main, color, facet):
        horizontal = True
    if facet is not None:  # bars in panels have a colour each, as nearly all published ones have
        main = main or color
        color = color or main
        if horizontal and _GROUPS_APART.search(draft.reading.body.lower()):
            parts = replace(parts, facet_direction="row")
    if horizontal and kind.stacking == "grouped" and facet is None and main and color:
        # Groups of lying bars are rows, whose bars one colour each tells apart.
        by = re.search(
            r"\bgrouped (?:by|inside|within) (?:\w+ ){0,2}?\[(\d+)", draft.reading.skeleton
        )
        named = draft.reading.placeholders.get(int(by.group(1))) if by else None
        if named is not None and made.concepts.get(color.name) is named:
            main, color = color, main
        facet, main, parts = main, color, replace(parts, facet_direction="row")
    along, up = ("y", "x") if horizontal else ("x", "y")
    channels: list[Channel] = []
    if main is not None:
        channels.append(draft.channel(along, main))
    stack = {"normalize": "normalize", "layered": "none"}.get(kind.stacking, "")
    channels.append(draft.channel(up, value, stack=stack if color is not None else ""))
    if color is not None:
        if kind.stacking == "grouped" and main is not None and main is not color:
            offset = "yOffset" if horizontal else "xOffset"
            channels.append(Channel(offset, color.name, color.kind))
        channels.append(draft.channel("color", color))
    else:
        same = _same_color(draft, parts, made, facet)
        if same is not None:
            channels.append(draft.channel("color", same))
    if facet is not None:
        channels.append(_facet_channel(draft, parts, made, facet))
    channels.sort(key=lambda c: ("x", "y").index(c.name) if c.name in {"x", "y"} else 2)
    base = Layer("bar", channels=tuple(channels))
    plan = single(_bar_name(kind.stacking, horizontal, color is not None), base)
    if len(made.measures) > 1:
        if main is not None and color is None and _wants_second(draft, made):
            plan = _overlay(draft, plan, base, made, horizontal)
        else:
            leave_out(draft, made.measures[1:])
    return replace(plan, query=query_of(draft, made))


def _stacks_in_panels(
    draft: Draft, parts: Parts, main: Output | None, color: Output | None, facet: Output | None
) -> bool:
    """Stacked bars in panels side by side lie, so that their names can be read in narrow panels."""
    if main is None or color is None or facet is None or color is main or facet is color:
        return False
    if draft.reading.kind.stacking not in {"", "stacked"} or parts.facet_direction == "row":
        return False
    placed = any(c.roles & {"x", "y"} for c in [*parts.dimensions, *parts.measures])
    return not placed and main.kind == "nominal" and "vertical" not in draft.reading.body.lower()


def _wants_second(draft: Draft, made: Groups) -> bool:
    """Whether words ask for a second measure over the first."""
    kind = draft.reading.kind
    if kind.overlay or kind.dual_axis:
        return True
    second = made.measures[1]
    return bool(kind.mean_line) and second.aggregate in {"avg", "median"}


def leave_out(draft: Draft, outputs: list[Output]) -> None:
    """Measures that have no place in the chart."""
    for output in outputs:
        if output in draft.outputs:
            draft.outputs.remove(output)
            draft.left_out.append(f'"{output.title}" is not shown: the chart has one value axis.')


def _bar_name(stacking: str, horizontal: bool, colored: bool) -> str:
    words = ["horizontal"] if horizontal else []
    if colored:
        words.append({"grouped": "grouped", "normalize": "normalised stacked"}.get(
            stacking, "stacked"
        ))  # fmt: skip
    return " ".join([*words, "bar chart"])


_BY_VALUE = re.compile(
    r"\b(?:colou?r|shade|tint|darkness|hue)(?:ed|d|s|ing)? (?:(?!\[)\S+ ){0,4}?(?:by|according to|"
    r"based on|follow\w*|show\w*|reflect\w*|tell\w*|giv\w*|with|from|on) (?:to )?(?:the|that|"
    r"this|its|"
    r"their)(?: very| same)? (?:total|sum|number|count|value|amount|average|mean|height|length|"
    r"figure|"
    r"measure|quantity)s?(?=[.,;!?]|$| (?:and|too|as well|again)\b)"
)


def _same_color(draft: Draft, parts: Parts, made: Groups, facet: Output | None) -> Output | None:
    """A dimension that is on an axis and is coloured too, or the value itself."""
    if parts.color is None:
        own = facet is None and _BY_VALUE.search(draft.reading.skeleton)
        return made.measures[0] if own and len(made.measures) == 1 else None
    for output in [*made.dimensions, *made.measures]:
        concept = made.concepts.get(output.name)
        if concept is parts.color or (
            concept is not None and concept.candidate.label == parts.color.candidate.label
        ):
            return output
    return None


def _overlay(draft: Draft, plan: Plan, base: Layer, made: Groups, horizontal: bool) -> Plan:
    """A second measure over bars: a line with its own axis, or ticks."""
    kind = draft.reading.kind
    second = made.measures[1]
    up = "x" if horizontal else "y"
    channels = [c for c in base.channels if c.name in {"x", "y"} and c.name != up]
    over = draft.channel(up, second)
    mark = "tick" if kind.overlay == "tick" else "line"
    layer = Layer(
        mark,
        options={"thickness": 2} if mark == "tick" else {},
        channels=tuple(sorted([*channels, over], key=lambda c: c.name)),
    )
    resolve = {} if mark == "tick" and not kind.dual_axis else {up: "independent"}
    view = replace(plan.views[0], layers=(base.without_channel("color"), layer), resolve=resolve)
    return replace(plan, chart="bar chart with a second measure", views=(view,))


# ── lines and areas ─────────────────────────────────────────────────────────────────────────


def _along_time(draft: Draft, parts: Parts, mark: str, options: dict[str, Any]) -> Plan:
    kind = draft.reading.kind
    scattered = [
        c for c in parts.measures
        if c.field is not None and c.roles & {"first", "x"} and "color" not in c.roles
    ]  # fmt: skip
    if draft.reading.relationship and len(parts.measures) >= 2 and scattered:
        return _line_between_measures(draft, parts, mark, options)
    made = groups(draft, parts)
    main, color, facet = split(parts, made)
    channels: list[Channel] = []
    if main is not None:
        channels.append(along_numbers(draft, draft.channel("x", main), mark))
    stack = {"normalize": "normalize"}.get(kind.stacking, "") if mark == "area" else ""
    channels.append(draft.channel("y", made.value, stack=stack))
    if color is not None:
        channels.append(draft.channel("color", color))
    elif facet is not None and (parts.color is parts.facet or mark == "area"):
        channels.append(draft.channel("color", facet))  # areas in panels are coloured, too
    if facet is not None:
        channels.append(_facet_channel(draft, parts, made, facet))
    layer = Layer(mark, options, tuple(channels))
    plan = single(f"{mark} chart", layer)
    if len(made.measures) > 1 and not set_side_by_side(draft, made.measures[:2], made.concepts):
        leave_out(draft, made.measures[1:])
        del made.measures[1:]
    if len(made.measures) > 1 and color is None and main is not None:
        over = kind.overlay if kind.overlay == "line" else mark
        second = Layer(over, dict(options) if over == mark else {}, (
            draft.channel("x", main), draft.channel("y", made.measures[1]),
        ))  # fmt: skip
        if over != mark:
            layer = replace(layer, options={"opacity": 0.4, **layer.options})
        pair = [c for o in made.measures[:2] if (c := made.concepts.get(o.name)) is not None]
        apart = kind.dual_axis or (all(c.field for c in pair) and not _one_scale(pair))
        if apart:
            layer = replace(layer, options={**layer.options, "color": "steelblue"})
            second = replace(second, options={**second.options, "color": "darkorange"})
        view = View(layers=(layer, second), resolve={"y": "independent"} if apart else {})
        plan = replace(plan, views=(view,))
    order = ((main.name, False),) if main is not None else ()
    return replace(plan, query=query_of(draft, made, order=order))


def _line_between_measures(draft: Draft, parts: Parts, mark: str, options: dict[str, Any]) -> Plan:
    """A line through (measure, measure) pairs, one for each group."""
    made = groups(draft, parts)
    first, second = made.measures[0], made.measures[1] if made.measures[1:] else made.measures[0]
    layer = Layer(mark, options, (draft.channel("x", first), draft.channel("y", second)))
    return replace(
        single(f"{mark} chart", layer),
        query=query_of(draft, made, order=((first.name, False),)),
    )


def line(draft: Draft, parts: Parts) -> Plan:
    """Lines: one, or one for each colour."""
    kind = draft.reading.kind
    options: dict[str, Any] = {}
    if kind.points:
        options["point"] = True
    if kind.step:
        options["interpolate"] = "step-after"
    elif kind.smooth:
        options["interpolate"] = "monotone"
    return _along_time(draft, parts, "line", options)


def area(draft: Draft, parts: Parts) -> Plan:
    """Areas: plain, stacked, normalised."""
    kind = draft.reading.kind
    options: dict[str, Any] = {}
    if kind.step:
        options["interpolate"] = "step-after"
        options["line"] = True
    elif kind.smooth:
        options["interpolate"] = "monotone"
    if parts.color is None and "gradient" in draft.reading.body.lower():
        # The shades run over one area: what is only touched on does not part it.
        parts = replace(parts, dimensions=parts.dimensions[:1])
    return _along_time(draft, parts, "area", options)


def trail(draft: Draft, parts: Parts) -> Plan:
    """A line whose width shows the value."""
    plan = _along_time(draft, parts, "trail", {})
    layer = plan.layers[0]
    value, along = layer.channel("y"), layer.channel("x")
    if along is not None and along.kind == "nominal":
        _, column = shown(draft, along)
        if column is not None and isinstance(column.column.minimum, (int, float)):
            layer = layer.with_channel(replace(along, kind="ordinal"))  # numbers have an order
    if value is not None and layer.channel("size") is None:
        layer = layer.with_channel(replace(value, name="size", stack="", scale={}))
    return replace(plan.with_layers(layer), chart="trail chart")


# ── slices ─────────────────────────────────────────────────────────────────────────────────


def arc(draft: Draft, parts: Parts) -> Plan:
    """Pie, donut, radial chart."""
    kind = draft.reading.kind
    if not kind.radial and len(parts.dimensions) > 1:  # slices are told apart by one thing
        told = parts.color if parts.color in parts.dimensions else parts.dimensions[0]
        tips = [c for c in parts.dimensions if c is not told and "tooltip" in c.roles]
        parts = replace(parts, dimensions=[told, *tips[:1]])
    made = groups(draft, parts)
    main, color, _ = split(parts, made)
    if kind.radial and color is not None and parts.color is not None:
        for output in made.dimensions:
            if made.concepts[output.name] is parts.color:
                main = output
    main = main or color
    value = made.value
    channels = [Channel("theta", value.name, "quantitative", title=value.title)]
    if kind.radial:
        channels.append(
            Channel("radius", value.name, "quantitative",
                    scale={"type": "sqrt", "zero": True, "rangeMin": 20})
        )  # fmt: skip
    if main is not None:
        channels.append(draft.channel("color", main))
    options: dict[str, Any] = {"innerRadius": 50} if kind.donut else {}
    if kind.radial:
        options = {"innerRadius": 20, "stroke": "#fff"}
    name = "radial chart" if kind.radial else "donut chart" if kind.donut else "pie chart"
    return replace(single(name, Layer("arc", options, tuple(channels))),
                   query=query_of(draft, made))  # fmt: skip
