"""Shapes of charts over single rows: points, distributions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.charts.demands import BinsDemand
from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.grain import numbers_of_one_row, owner_of
from multivis.offline.number_axes import measured_year
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, Selection, View
from multivis.offline.roles import Parts
from multivis.offline.shapes import bar, groups, query_of, single
from multivis.offline.shapes_views import (
    beside_the_normal,
    difference_of,
    pairs_side_by_side,
    quantile_step,
    with_marginal_histograms,
)

__all__ = [
    "box",
    "cumulative_distribution",
    "density",
    "histogram",
    "parallel",
    "quantiles",
    "scatter",
    "scatter_matrix",
    "strip",
    "violin",
]


def _with_query(draft: Draft, plan: Plan) -> Plan:
    return replace(plan, query=Query(outputs=tuple(draft.outputs)))


def _numbers(parts: Parts) -> list[Concept]:
    return [c for c in parts.measures if c.field is not None]


def _category(draft: Draft, parts: Parts, *, without: Concept | None = None) -> Output | None:
    placed = {"color", "row", "column", "facet", "x", "y", "dimension"}
    ranked = sorted(parts.dimensions, key=lambda c: not c.roles & placed)
    return next((draft.dimension(c) for c in ranked if c is not without), None)


def _facet(draft: Draft, parts: Parts) -> Channel | None:
    if parts.facet is None:
        return None
    return draft.channel(parts.facet_direction, draft.dimension(parts.facet))


# ── points ──────────────────────────────────────────────────────────────────────────────────


def _axes(draft: Draft, parts: Parts) -> tuple[Concept | None, Concept | None, list[Concept]]:
    """The concepts of x and y, and the measures that are left."""
    listed = [c for c in parts.dimensions if _is_number(c)]  # "planes by length and height"
    pool = [
        c for c in [*parts.measures, *listed]
        if c is not parts.size or len(parts.measures) + len(listed) <= 2
    ]  # fmt: skip
    pool = sorted(pool, key=lambda c: c.order) if listed else pool
    spare = [c for c in parts.dimensions if c.roles & {"x", "y"} or (
        c.field is not None and c.field.is_time
    )]  # fmt: skip
    x = parts.x if parts.x in pool or parts.x in parts.dimensions else None
    y = parts.y if parts.y in pool or parts.y in parts.dimensions else None
    firsts = sorted(
        (c for c in [*parts.measures, *parts.dimensions] if "first" in c.roles),
        key=lambda c: c.order,
    )
    if x is None and y is None and len(firsts) >= 2:
        x, y = firsts[0], firsts[1]
    ranked = sorted(pool, key=lambda c: (bool(c.roles <= {"color"} and c.roles), c.order))
    against = [c for c in ranked if "versus" in c.roles]
    if x is None and y is None and against and "first" not in ranked[0].roles:
        x = against[0]
    if x is None:
        x = next((c for c in [*ranked, *spare] if c is not y), None)
    if y is None:
        y = next((c for c in [*ranked, *spare] if c is not x), None)
    if x is None or y is None:
        rest = [c for c in parts.dimensions if c not in (x, y)]
        if x is None and rest:
            x = rest.pop(0)
        if y is None and rest:
            y = rest.pop(0)
    return x, y, [c for c in parts.measures if c not in (x, y)]


def _is_number(concept: Concept) -> bool:
    """Whether a thing that is listed as a group is a number, which points have on an axis."""
    told = {"color", "shape", "row", "column", "facet", "size"}
    column = concept.field
    return (
        column is not None and column.is_measure and not column.is_time
        and not concept.cases and not concept.roles & told
    )  # fmt: skip


def _is_group(concept: Concept) -> bool:
    """Whether a category has so few values that each can have a colour."""
    column = concept.field
    distinct = column.column.distinct if column is not None else None
    return column is not None and column.is_category and 2 <= (distinct or 0) <= 12


def scatter(draft: Draft, parts: Parts) -> Plan:
    """Points: plain, coloured, sized, with a trend line; grouped when aggregates are asked."""
    if draft.reading.kind.diverge:  # "the average" is what is subtracted, not what is shown
        averaged = [c for c in parts.measures if c.aggregate == "avg" and c.field is not None]
        others = [c for c in parts.measures if c.field is not None and c not in averaged]
        if len(averaged) == 1 and others and parts.y is None:
            parts = replace(parts, y=averaged[0], x=parts.x or others[0])
        plain = [replace(c, aggregate="") if c.aggregate == "avg" else c for c in parts.measures]
        changed = {id(old): new for old, new in zip(parts.measures, plain, strict=True)}
        parts = replace(
            parts, measures=plain,
            x=changed.get(id(parts.x), parts.x), y=changed.get(id(parts.y), parts.y),
        )  # fmt: skip
        listed = [c for c in parts.dimensions if _is_number(c)]
        numbers = [*_numbers(parts), *listed]
        if len({c.candidate.label for c in numbers}) == 1:  # against itself, or along time
            rest = [c for c in parts.dimensions if c not in listed]
            times = [c for c in rest if c.field is not None and c.field.is_time]
            parts = replace(
                parts, measures=numbers[:1], dimensions=rest, y=numbers[0],
                x=next(iter(times), next((c for c in rest if c.roles <= _PLAIN), numbers[0])),
            )  # fmt: skip
    several = pairs_side_by_side(draft, parts)
    if several is not None:
        return several
    x, y, rest = _axes(draft, parts)
    if x is None or y is None:
        return _points_of_groups(draft, parts)
    kind = draft.reading.kind
    grouped = [c for c in (x, y) if c.aggregate not in {"", "sum?"} and c.field is not None]
    counted = [c for c in (x, y) if c.is_count]
    if numbers_of_one_row(x, y, parts.dimensions):
        x, y, grouped = replace(x, aggregate=""), replace(y, aggregate=""), []
    dims = [c for c in parts.dimensions if c not in (x, y)]
    owner = owner_of(x, y, dims, draft.catalog, parts.size)
    if (grouped or counted) and owner is None:
        return _grouped_points(draft, parts, x, y, dims)
    if owner is not None:  # each singer with the total sales of the songs
        draft.dimension(owner)
    outputs = [_value_of(draft, c) for c in (x, y)]
    channels = [
        measured_year(draft, draft.channel(name, output))
        for name, output in zip(("x", "y"), outputs, strict=True)
    ]
    if parts.color is not None and parts.color not in (x, y):
        channels.append(draft.channel("color", _color_output(draft, parts.color)))
    size = parts.size if parts.size not in (x, y, None) else None
    if size is None and kind.bubble and rest and not any("color" in c.roles for c in rest[:1]):
        size = rest[0]
    difference = difference_of(draft, parts, (x, y))
    if difference is not None:
        channels.append(draft.channel("size", difference))
    elif size is not None and (size.field is not None or owner is not None):
        how = size.aggregate if owner is not None else ""
        channels.append(draft.channel("size", draft.measure(size, how)))
    elif kind.bubble and (size is not None or draft.reading.distribution):
        channels.append(Channel("size", kind="quantitative", aggregate="count",
                                title="Count"))  # fmt: skip
    shape = next((c for c in parts.dimensions if "shape" in c.roles), None)
    if shape is not None:
        channels.append(draft.channel("shape", draft.dimension(shape)))
    facet = _facet(draft, parts)
    if facet is not None:
        channels.append(facet)
    elif kind.regression and len(channels) == 2:  # "a smooth line for each class"
        told = next((c for c in dims if "dimension" in c.roles and _is_group(c)), None)
        if told is not None:
            channels.append(draft.channel("color", draft.dimension(told)))
    mark, options = _point_mark(draft)
    layer = Layer(mark, options, tuple(channels))
    plan = single("bubble chart" if kind.bubble else "scatter plot", layer)
    if kind.regression:
        plan = plan.with_layers(layer, _trend(layer, kind.regression))
    if kind.diverge:
        plan = _residuals(draft, plan, outputs[1])
    return _with_query(draft, with_marginal_histograms(plan, draft))


def _value_of(draft: Draft, concept: Concept) -> Output:
    """What an axis of single points shows."""
    if concept.is_count or concept.aggregate not in {"", "sum?"}:
        return draft.measure(concept, concept.aggregate)
    return draft.plain(concept.field) if concept.field is not None else draft.dimension(concept)


def _points_of_groups(draft: Draft, parts: Parts) -> Plan:
    """A point for each group at its value, where there are no two measures."""
    plan = bar(draft, parts)
    mark, options = _point_mark(draft)
    layers = [
        replace(layer, mark=mark, options=options) if layer.mark == "bar" else layer
        for layer in plan.layers
    ]
    return replace(plan.with_layers(*layers), chart="dot plot")


def _point_mark(draft: Draft) -> tuple[str, dict[str, Any]]:
    """Circles when the words say so; points otherwise."""
    text = draft.reading.body.lower()
    if "circle" in text:
        return "circle", {}
    if "filled" in text or "dots" in text:
        return "point", {"filled": True}
    return "point", {}


_TOLD_APART = 7
_PLAIN = frozenset({"dimension", "x", "moment", "said"})


def _color_output(draft: Draft, concept: Concept) -> Output:
    column = concept.field
    if column is not None and column.is_measure and not concept.is_count:
        distinct = column.column.distinct
        if distinct is None or distinct > _TOLD_APART or concept.aggregate:
            return draft.measure(concept)  # else few numbers that name groups
    return draft.dimension(concept)


def _grouped_points(
    draft: Draft, parts: Parts, x: Concept, y: Concept, dims: list[Concept]
) -> Plan:
    """One point for each group, at its aggregates."""
    along = [c for c in (x, y) if not (c.aggregate or c.is_count) and c in parts.dimensions]
    if len(dims) + len(along) == 0:
        plain = [replace(c, aggregate="") for c in (x, y) if c.field is not None]
        if len(plain) == 2:
            outputs = [draft.measure(c) for c in plain]
            return _with_query(draft, single("scatter plot", Layer("point", channels=(
                draft.channel("x", outputs[0]), draft.channel("y", outputs[1]),
            ))))  # fmt: skip
    size = parts.size if parts.size not in (x, y) and parts.size in parts.measures else None
    measured = [c for c in (x, y, size) if c is not None and c not in along]
    made = groups(draft, replace(parts, measures=measured), most=3)
    shown = {id(c): o for o in [*made.dimensions, *made.measures]
             if (c := made.concepts.get(o.name)) is not None}  # fmt: skip
    sized = shown.get(id(size)) if size is not None else None
    values = [o for o in made.measures if o is not sized]
    first = shown.get(id(x)) or (values.pop(0) if values else made.dimensions[0])
    second = shown.get(id(y)) or (values[-1] if values else made.measures[-1])
    channels = [draft.channel("x", first), draft.channel("y", second)]
    color = shown.get(id(parts.color)) if parts.color is not None else None
    if color is not None and color not in (first, second):
        channels.append(draft.channel("color", color))
    if sized is not None and sized not in (first, second):
        channels.append(draft.channel("size", sized))
    mark, options = _point_mark(draft)
    plan = single("scatter plot", Layer(mark, options, tuple(channels)))
    return replace(plan, query=query_of(draft, made))


def _trend(layer: Layer, method: str) -> Layer:
    """A line through the points."""
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    assert x is not None and y is not None
    by = [color.field] if color is not None and color.kind == "nominal" and color.field else []
    if method == "loess":
        transform: dict[str, Any] = {"loess": y.field, "on": x.field}
    else:
        transform = {"regression": y.field, "on": x.field}
        if method == "poly":
            transform["method"] = "poly"
    if by:
        transform["groupby"] = by
    kept = tuple(c for c in layer.channels if c.name in {"x", "y"} or (by and c is color))
    return Layer("line", {}, kept, (transform,))


def _residuals(draft: Draft, plan: Plan, value: Output) -> Plan:
    """Differences from the mean on y."""
    transforms = (
        {"joinaggregate": {"average": f"mean({value.name})"}},
        {"calculate": {"residual": f"datum['{value.name}'] - datum.average"}},
    )
    layer = plan.layers[0]
    y = layer.channel("y")
    assert y is not None
    title = y.title if y.title != value.title else f"{value.title}: Difference From Mean"
    layer = layer.with_channel(replace(y, field="residual", kind="quantitative", title=title))
    if "color" in draft.reading.body.lower() and layer.channel("color") is None:
        layer = layer.with_channel(
            draft.dress(Channel("color", "residual", "quantitative", title="Difference From Mean",
                                scale={"domainMid": 0}))
        )  # fmt: skip
    return plan.with_layers(replace(layer, transforms=transforms))


def scatter_matrix(draft: Draft, parts: Parts) -> Plan:
    """Every measure against every other."""
    measures = [
        c for c in [*parts.measures, *parts.dimensions]
        if c.field is not None and (c.field.is_measure or c.field.date_style == "year")
    ]  # fmt: skip
    if len(measures) < 2:
        return scatter(draft, parts)
    outputs = [draft.plain(c.field) for c in measures if c.field is not None]
    channels = [Channel("x", "repeat:column", "quantitative"),
                Channel("y", "repeat:row", "quantitative")]  # fmt: skip
    color = next((c for c in parts.dimensions if c not in measures), None)
    if color is not None:
        channels.append(draft.channel("color", draft.dimension(color)))
    layer = Layer("circle", {}, tuple(channels), (
        {"repeat": {"row": [o.name for o in outputs],
                    "column": [o.name for o in reversed(outputs)]}},
    ))  # fmt: skip
    plan = single("scatter plot matrix", layer)
    plan = replace(
        plan, width=150, height=150,
        selections=(Selection("zoom", "interval", bind="scales"),)
        if "interact" in draft.reading.body.lower() else (),
    )  # fmt: skip
    return _with_query(draft, plan)


def parallel(draft: Draft, parts: Parts) -> Plan:
    """Parallel coordinates over the measures, each scaled to 0..1."""
    numbers = _numbers(parts)
    if len(numbers) < 2:
        return scatter(draft, parts)
    outputs = [draft.plain(c.field) for c in numbers if c.field is not None]
    color = _category(draft, parts)
    transforms: tuple[dict[str, Any], ...] = (
        {"window": {"index": "count()"}},
        {"fold": [o.name for o in outputs], "as": ["measure", "value"]},
        {"joinaggregate": {"low": "min(value)", "high": "max(value)"}, "groupby": ["measure"]},
        {"calculate": {"scaled": "(datum.value - datum.low) / (datum.high - datum.low)"}},
    )
    channels = [
        Channel("x", "measure", "nominal", title=""),
        Channel("y", "scaled", "quantitative", title="Scaled Value"),
        *([draft.channel("color", color)] if color is not None else []),
        Channel("detail", "index", "nominal"),
        Channel("opacity", value=0.5),
    ]
    return _with_query(
        draft, single("parallel coordinates", Layer("line", {}, tuple(channels), transforms))
    )


# ── distributions ───────────────────────────────────────────────────────────────────────────


def histogram(draft: Draft, parts: Parts) -> Plan:
    """Counts of a binned measure; several measures give several views."""
    numbers = [c for c in _numbers(parts) if not c.is_count]
    numbers += [
        c for c in parts.dimensions
        if c.field is not None and c.field.date_style == "year" and "distribution" in c.roles
    ]  # fmt: skip
    if not numbers:
        return bar(draft, parts)
    bins = draft.demands.first(BinsDemand)
    views = []
    category = parts.color if parts.color not in numbers else None
    if category is None and parts.facet is None and parts.dimensions:
        # "Ages across players": the players are what is counted, they tell nothing apart.
        counted = {n.table for n in numbers}
        category = next(
            (
                c for c in parts.dimensions
                if c.field not in [n.field for n in numbers]
                and not (c.field is None and c.table in counted)
            ),
            None,
        )  # fmt: skip
        if draft.reading.kind.facet and category is not None:
            parts = replace(parts, facet=category, facet_direction="row")
    layered = draft.reading.kind.stacking == "layered"
    facet = _facet(draft, parts)
    for concept in numbers[:4]:
        assert concept.field is not None
        value = draft.plain(concept.field)
        maximum = bins.count or 0 if bins else 0
        step = bins.width or 0.0 if bins else 0.0
        channels = [
            draft.dress(Channel("x", value.name, "quantitative", title=value.title, bin=maximum,
                                bin_step=step)),
            draft.dress(Channel("y", kind="quantitative", aggregate="count", title="Count")),
        ]  # fmt: skip
        shown_color = category is not None and (facet is None or category is not parts.facet)
        if category is not None and shown_color and not category.is_count:
            channels.append(draft.channel("color", draft.dimension(category)))
            if layered:
                channels[1] = replace(channels[1], stack="none")
        elif parts.color is concept:
            channels.append(
                draft.dress(Channel("color", value.name, "quantitative", title=value.title,
                                    bin=maximum))
            )  # fmt: skip
        if facet is not None:
            channels.append(facet)
        options: dict[str, Any] = {"opacity": 0.5} if layered and shown_color else {}
        views.append(View(layers=(Layer("bar", options, tuple(channels)),)))
    plan = Plan("histogram", tuple(views), "hconcat" if len(views) > 1 else "single")
    return _with_query(draft, plan)


def _measure_by_category(draft: Draft, parts: Parts) -> tuple[Output, Output | None, bool] | None:
    numbers = _numbers(parts)
    if not numbers:
        return None
    concept = numbers[0]
    assert concept.field is not None
    value = draft.plain(concept.field)
    category = _category(draft, parts)
    horizontal = draft.reading.kind.horizontal or (
        "x" in concept.roles and "y" not in concept.roles
    )
    return value, category, horizontal


def box(draft: Draft, parts: Parts) -> Plan:
    """Box plots of a measure for each group."""
    found = _measure_by_category(draft, parts)
    if found is None:
        return bar(draft, parts)
    value, category, horizontal = found
    along, up = ("y", "x") if horizontal else ("x", "y")
    channels = [draft.channel(up, value)]
    if category is not None:
        channels.append(draft.channel(along, category))
        if parts.color is not None:
            channels.append(draft.channel("color", draft.dimension(parts.color)))
    channels.sort(key=lambda c: c.name if c.name in {"x", "y"} else "z")
    plan = single("box plot", Layer("boxplot", channels=tuple(channels)))
    if category is not None and _ON_BOXES.search(draft.reading.body.lower()):
        place = tuple(c for c in channels if c.name in {"x", "y"})
        plan = plan.with_layers(plan.layers[0], Layer("circle", {"opacity": 0.4}, place))
    return _with_query(draft, plan)


_ON_BOXES = re.compile(
    r"\b(?:points|dots|circles|observations|values)\b[^.?!]{0,30}(?:on top|over|overlaid|overlay)|"
    r"\b(?:overlaid|overlay|on top)\b[^.?!]{0,40}\b(?:points|dots|circles|observations|values)\b"
)


def strip(draft: Draft, parts: Parts) -> Plan:
    """A tick for each row, or a dot that is pushed aside."""
    own = [c for c in parts.dimensions if c.field is not None or c.roles & {"x", "y", "color"}]
    found = _measure_by_category(draft, replace(parts, dimensions=own or parts.dimensions))
    if found is None:
        return bar(draft, parts)
    value, category, _ = found
    vertical = parts.y is not None and parts.y in parts.measures
    up, along = ("y", "x") if vertical else ("x", "y")
    channels = [draft.channel(up, value)]
    if value.kind == "ordinal":  # years have a distance where they are spread out
        channels = [replace(channels[0], kind="quantitative")]
    if category is not None:
        channels.append(draft.channel(along, category))
    if parts.color is not None and parts.color in parts.dimensions:
        channels.append(draft.channel("color", draft.dimension(parts.color)))
    channels.sort(key=lambda c: c.name if c.name in {"x", "y"} else "z")
    if category is not None and "jitter" in draft.reading.body.lower():
        return _with_query(draft, single("jittered strip plot", _jittered(channels, along)))
    return _with_query(draft, single("strip plot", Layer("tick", channels=tuple(channels))))


def _jittered(channels: list[Channel], along: str) -> Layer:
    """Dots pushed aside at random, so that those at the same place can be told apart."""
    group = next(c for c in channels if c.name == along)
    spread = Channel(f"{along}Offset", "jitter", "quantitative")
    if not any(c.name == "color" for c in channels):
        channels = [*channels, replace(group, name="color", title=None, legend={"none": True})]
    step = {"calculate": {"jitter": "sqrt(-2*log(random()))*cos(2*PI*random())"}}
    placed = [replace(c, kind="nominal") if c is group else c for c in channels]
    return Layer("circle", {"size": 12}, (*placed, spread), (step,))


_EXTENT = re.compile(
    r"\b(?:cover(?:s|ing)?|span(?:s|ning)?|over (?:the )?(?:range|values|extent|interval)|"
    r"rang(?:e|es|ing)|extent|evaluated|estimated)(?: of)?(?: from| between| is| over)? "
    r"(\d[\d,]*(?:\.\d+)?) ?(?:to|and|-|–) ?(\d[\d,]*(?:\.\d+)?)"
)


def _extent(draft: Draft) -> dict[str, Any]:
    """The range that a density is computed for, where the words give one."""
    found = _EXTENT.search(draft.reading.body.lower())
    if found is None:
        return {}
    low, high = (float(group.replace(",", "")) for group in found.groups())
    return {"extent": [int(v) if v.is_integer() else v for v in (low, high)]} if low < high else {}


def density(draft: Draft, parts: Parts) -> Plan:
    """Kernel densities, one for each group or each measure."""
    numbers = _numbers(parts)
    if not numbers:
        return bar(draft, parts)
    total = [c for c in numbers if c.field is not None and "total" in c.field.words]
    if len(numbers) > 2 and total:
        numbers = [c for c in numbers if c not in total]
    outputs = [draft.plain(c.field) for c in numbers if c.field is not None]
    transforms: list[dict[str, Any]] = []
    by: list[str] = []
    value, title = outputs[0].name, outputs[0].title
    split: Channel | None = None
    if len(outputs) > 1:
        transforms.append({"fold": [o.name for o in outputs], "as": ["measure", "value"]})
        value, title, by = "value", "Value", ["measure"]
        apart = re.search(
            r"stacked vertically|\brows?\b|below each other", draft.reading.body.lower()
        )
        name = "row" if draft.reading.kind.facet or apart else "color"
        split = Channel(name, "measure", "nominal", title="Measure")
    elif parts.dimensions:
        category = draft.dimension(parts.dimensions[0])
        by = [category.name]
        name = parts.facet_direction if parts.facet is not None else "color"
        if draft.reading.kind.family == "ridgeline":
            name = "row"
        split = draft.channel(name, category)
    step: dict[str, Any] = {"density": value, "as": [value, "density"], **_extent(draft)}
    if by:
        step["groupby"] = by
    transforms.append(step)
    channels = [
        draft.dress(Channel("x", value, "quantitative", title=title)),
        draft.dress(Channel("y", "density", "quantitative", title="Density")),
        *([split] if split is not None else []),
    ]
    layer = Layer("area", {}, tuple(channels), tuple(transforms))
    return _with_query(draft, single("density plot", layer))


def violin(draft: Draft, parts: Parts) -> Plan:
    """Mirrored densities side by side."""
    found = _measure_by_category(draft, parts)
    if found is None:
        return bar(draft, parts)
    value, category, _ = found
    step: dict[str, Any] = {
        "density": value.name, "as": [value.name, "density"], **_extent(draft)
    }  # fmt: skip
    if category is not None:
        step["groupby"] = [category.name]
    channels = [
        Channel("x", "density", "quantitative", title="", stack="center",
                axis={"labels": False, "values": [0], "grid": False, "ticks": True}),
        draft.channel("y", value),
    ]  # fmt: skip
    if category is not None:
        channels += [draft.channel("color", category), draft.channel("column", category)]
    layer = Layer("area", {"orient": "horizontal"}, tuple(channels), (step,))
    return _with_query(draft, single("violin plot", layer))


def cumulative_distribution(draft: Draft, parts: Parts) -> Plan:
    """The share of rows up to each value."""
    numbers = _numbers(parts)
    if not numbers or numbers[0].field is None:
        return bar(draft, parts)
    value = draft.plain(numbers[0].field)
    step: dict[str, Any] = {"window": {"ecdf": "cume_dist()"}, "sort": [value.name]}
    channels = [
        draft.channel("x", value),
        draft.dress(Channel("y", "ecdf", "quantitative", title="Cumulative Share")),
    ]
    category = _category(draft, parts)
    if category is not None:
        step["groupby"] = [category.name]
        channels.append(draft.channel("color", category))
    layer = Layer("line", {"interpolate": "step-after"}, tuple(channels), (step,))
    return _with_query(draft, single("cumulative distribution", layer))


def quantiles(draft: Draft, parts: Parts) -> Plan:
    """Quantiles of a measure against those of a uniform distribution."""
    found = _measure_by_category(draft, parts)
    if found is None:
        return bar(draft, parts)
    value, category, _ = found
    step: dict[str, Any] = {"quantile": value.name, "step": quantile_step(draft), "as": ["p", "v"]}
    if category is not None:
        step["groupby"] = [category.name]
    channels = [
        Channel("x", "p", "quantitative", title="Uniform Quantile"),
        draft.dress(Channel("y", "v", "quantitative", title=value.title)),
    ]
    if category is not None:
        channels.append(draft.channel("column", category))
    plan = single("quantile-quantile plot", Layer("point", {}, tuple(channels), (step,)))
    return beside_the_normal(_with_query(draft, plan), draft)
