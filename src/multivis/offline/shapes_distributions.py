"""Shapes of charts of distributions: bins, boxes, strips, densities, quantiles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from multivis.charts.demands import BinsDemand
from multivis.offline.catalog import Field
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan, View
from multivis.offline.shapes import bar, single
from multivis.offline.shapes_rows import category_of, facet_of, numbers_of, with_query
from multivis.offline.shapes_views import (
    beside_the_normal,
    quantile_step,
)

__all__ = ["box", "cumulative_distribution", "density", "histogram", "quantiles", "strip", "violin"]


def histogram(draft: Draft, parts: Parts) -> Plan:
    """Counts of a binned measure; several measures give several views."""
    numbers = [c for c in numbers_of(parts) if not c.is_count]
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
    facet = facet_of(draft, parts)
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
    return with_query(draft, plan)


def _measure_by_category(draft: Draft, parts: Parts) -> tuple[Output, Output | None, bool] | None:
    numbers = numbers_of(parts)
    if not numbers:
        return None
    concept = numbers[0]
    assert concept.field is not None
    value = draft.plain(concept.field)
    category = category_of(draft, parts)
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
    return with_query(draft, plan)


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
        return with_query(draft, single("jittered strip plot", _jittered(channels, along)))
    return with_query(draft, single("strip plot", Layer("tick", channels=tuple(channels))))


def _jittered(channels: list[Channel], along: str) -> Layer:
    """Dots pushed aside at random, so that those at the same place can be told apart."""
    group = next(c for c in channels if c.name == along)
    spread = Channel(f"{along}Offset", "jitter", "quantitative")
    if not any(c.name == "color" for c in channels):
        channels = [*channels, replace(group, name="color", title=None, legend={"none": True})]
    step = {"calculate": {"jitter": "sqrt(-2*log(random()))*cos(2*PI*random())"}}
    placed = [replace(c, kind="nominal") if c is group else c for c in channels]
    return Layer("circle", {"size": 12}, (*placed, spread), (step,))


_NUMBER = r"(\d[\d,]*(?:\.\d+)?)"
_EXTENT = re.compile(
    r"\b(?:cover(?:s|ing)?|span(?:s|ning)?|over|rang(?:e|es|ing)|extent|evaluated|estimated|from|"
    r"between|limit\w*|values?|about)\b[\w ]{0,20}? ?"
    rf"\b{_NUMBER} ?(?:to|and|-|–) ?(?:about )?{_NUMBER}"
    r"(?! ?(?:px|pixels?|wide|high|tall|by\b|x\b))"
    rf"|\({_NUMBER} ?(?:to|-|–) ?{_NUMBER}\)"
)
_BANDWIDTH = re.compile(rf"\bbandwidth(?: of| to| at)?(?: about)? {_NUMBER}")


def _smoothing(draft: Draft, measured: Sequence[Field | None]) -> dict[str, Any]:
    """The range and the bandwidth that a density is computed with, where the words give them.

    What words say of the range of the very number that is estimated is how far the curve goes;
    it is taken out of the conditions.
    """
    keys = {field.key for field in measured if field is not None}
    ends: list[float] = []
    kept = []
    for condition in draft.reading.filters:
        of_it = (condition.table, condition.column) in keys and not condition.aggregate
        if of_it and condition.operator == "between" and not condition.time_unit:
            ends = [float(value) for value in condition.values]
        else:
            kept.append(condition)
    body = draft.reading.body.lower()
    found = _EXTENT.search(body)
    if not ends and found is not None:
        ends = [float(group.replace(",", "")) for group in found.groups() if group]
    made: dict[str, Any] = {}
    if len(ends) == 2 and ends[0] < ends[1]:
        draft.reading.filters = kept
        made["extent"] = [_plain(v) for v in ends]
    width = _BANDWIDTH.search(body)
    if width is not None:
        made["bandwidth"] = _plain(float(width.group(1).replace(",", "")))
    return made


def _plain(number: float) -> float:
    return int(number) if number.is_integer() else number


def density(draft: Draft, parts: Parts) -> Plan:
    """Kernel densities, one for each group or each measure."""
    numbers = numbers_of(parts)
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
    step: dict[str, Any] = {"density": value, **_smoothing(draft, [c.field for c in numbers])}
    if by:
        step["groupby"] = by
    if draft.reading.kind.stacking == "stacked":
        # Stacked curves add up to something only as counts; all need the same places along x.
        step.update(counts=True, steps=200)
    transforms.append(step)
    channels = [
        draft.dress(Channel("x", "value", "quantitative", title=title)),
        draft.dress(Channel("y", "density", "quantitative", title="Density")),
        *([split] if split is not None else []),
    ]
    layer = Layer("area", {}, tuple(channels), tuple(transforms))
    return with_query(draft, single("density plot", layer))


def violin(draft: Draft, parts: Parts) -> Plan:
    """Mirrored densities side by side."""
    found = _measure_by_category(draft, parts)
    if found is None:
        return bar(draft, parts)
    value, category, _ = found
    step: dict[str, Any] = {
        "density": value.name, "as": [value.name, "density"],
        **_smoothing(draft, [draft.catalog.fields.get((value.table, value.column))]),
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
    return with_query(draft, single("violin plot", layer))


def cumulative_distribution(draft: Draft, parts: Parts) -> Plan:
    """The share of rows up to each value."""
    numbers = numbers_of(parts)
    if not numbers or numbers[0].field is None:
        return bar(draft, parts)
    value = draft.plain(numbers[0].field)
    step: dict[str, Any] = {"window": {"ecdf": "cume_dist()"}, "sort": [value.name]}
    channels = [
        draft.channel("x", value),
        draft.dress(Channel("y", "ecdf", "quantitative", title="Cumulative Share")),
    ]
    category = category_of(draft, parts)
    if category is not None:
        step["groupby"] = [category.name]
        channels.append(draft.channel("color", category))
    layer = Layer("line", {"interpolate": "step-after"}, tuple(channels), (step,))
    return with_query(draft, single("cumulative distribution", layer))


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
    return beside_the_normal(with_query(draft, plan), draft)
