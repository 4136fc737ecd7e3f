"""Several views of the same rows: marginal histograms, pairs of measures side by side."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.demands import BinsDemand
from multivis.offline.computed import difference_asked
from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View

__all__ = ["asks_for_several", "difference_of", "pairs_side_by_side", "with_marginal_histograms"]

_MARGINS = re.compile(
    r"marginal|histograms? (?:\w+ ){0,2}(?:at|on|along|above|to) (?:the )?(?:\w+ ){0,2}(?:top|"
    r"sides?|margins?|right|edges?|scatter)"
)
_SEVERAL = re.compile(
    r"side[- ]by[- ]side|\b(?:two|2|three|3) (?:\S+ ){0,3}(?:plots|charts|panels|scatter)|"
    r"\bsecond (?:plot|chart|panel|one)|next to it\b|another (?:plot|chart|scatter)"
)
_PAIR = re.compile(
    r"\[(\d+)\](?: [^\s\[]+){0,2}? (?:against|versus|vs\.?|compared (?:to|with)) \[(\d+)\]|"
    r"\[(\d+)\+(\d+)\]"
)
_PANEL = 280
_MARGIN = 70


def asks_for_several(text: str) -> bool:
    """Whether words ask for two or more charts beside each other."""
    return bool(_SEVERAL.search(text.lower()))


def with_marginal_histograms(plan: Plan, draft: Draft) -> Plan:
    """A scatter plot with the distribution of x above it and that of y at its right."""
    if not _MARGINS.search(draft.reading.body.lower()) or len(plan.views) != 1:
        return plan
    points = plan.layers[0]
    x, y, color = points.channel("x"), points.channel("y"), points.channel("color")
    if x is None or y is None or x.kind != "quantitative" or y.kind != "quantitative":
        draft.left_out.append("Histograms at the margins need numbers on both axes.")
        return plan
    bins = draft.demands.first(BinsDemand)
    number = bins.count or 20 if bins else 20
    count = Channel("y", kind="quantitative", aggregate="count", title="")
    shared = (color,) if color is not None and color.kind != "quantitative" else ()
    options = {"opacity": 0.7} if shared else {}
    stack = "none" if shared else ""
    top = Layer("bar", options, (
        replace(x, bin=number, title="", scale={}, axis={"labels": False, "ticks": False}),
        replace(count, stack=stack), *shared,
    ))  # fmt: skip
    right = Layer("bar", options, (
        replace(count, name="x", stack=stack),
        replace(y, bin=number, title="", scale={}, axis={"labels": False, "ticks": False}),
        *shared,
    ))  # fmt: skip
    main = replace(plan.views[0], width=_PANEL, height=_PANEL)
    views = (
        main,
        View(layers=(top,), width=_PANEL, height=_MARGIN),
        View(layers=(right,), width=_MARGIN, height=_PANEL),
    )
    return replace(plan, chart="scatter plot with marginal histograms", views=views,
                   arrangement="marginal")  # fmt: skip


def pairs_side_by_side(draft: Draft, parts: Parts) -> Plan | None:
    """ "[a] versus [b] in one plot, [a] versus [c] in the other": a view for each pair."""
    if not _SEVERAL.search(draft.reading.body.lower()):
        return None
    # "a against b and a against c": what stands between the pairs is no list of its own.
    text = re.sub(
        r"\[(\d+)\+(\d+)\](?= (?:against|versus|vs\.?) \[)", r"[\1] and [\2]",
        draft.reading.skeleton,
    )  # fmt: skip
    by_text = [
        (found.group(3), found.group(4)) if found.group(3) else (found.group(2), found.group(1))
        for found in _PAIR.finditer(text)
    ]  # fmt: skip
    pairs = []
    for first, second in by_text:
        pair = _concept(draft, int(first)), _concept(draft, int(second))
        if pair[0] is None or pair[1] is None or pair[0] is pair[1] or pair in pairs:
            continue
        pairs.append(pair)
    if len(pairs) < 2:
        return None
    color = parts.color if parts.color is not None and parts.color in parts.dimensions else None
    shared = (draft.channel("color", draft.dimension(color)),) if color is not None else ()
    views = []
    for across, up in pairs[:4]:
        assert up is not None and across is not None
        outputs = [
            draft.plain(c.field) if c.field is not None else draft.dimension(c)
            for c in (across, up)
        ]
        channels = tuple(
            Channel(name, o.name, o.kind, title=o.title)
            for name, o in zip(("x", "y"), outputs, strict=True)
        )
        views.append(View(layers=(Layer("point", {}, (*channels, *shared)),), width=_PANEL,
                          height=_PANEL))  # fmt: skip
    return Plan(
        chart="scatter plots side by side", views=tuple(views), arrangement="hconcat",
        query=Query(outputs=tuple(draft.outputs)),
    )  # fmt: skip


def quantile_step(draft: Draft) -> float:
    """How far quantiles lie apart, as the words say ("in steps of 0.05")."""
    found = re.search(r"\bsteps? (?:size )?(?:of )?(0?\.\d+)", draft.reading.body.lower())
    return float(found.group(1)) if found else 0.01


def beside_the_normal(plan: Plan, draft: Draft) -> Plan:
    """Quantiles against those of a normal distribution, beside or instead of a uniform one."""
    body = draft.reading.body.lower()
    if not re.search(r"\bnormal\b|\bgaussian\b", body) or len(plan.views) != 1:
        return plan
    layer = plan.layers[0]
    x, panel = layer.channel("x"), layer.channel("column")
    if x is None:
        return plan
    both = {"uniform": "quantileUniform(datum.p)", "normal": "quantileNormal(datum.p)"}
    if "uniform" not in body or panel is not None:
        del both["uniform"]
    base = replace(layer, transforms=(*layer.transforms, {"calculate": both}))
    views = [
        View(
            layers=(base.with_channel(replace(x, field=n, title=f"{n.title()} Quantile")),),
            width=_PANEL if both.keys() - {n} else 0,
            height=_PANEL if both.keys() - {n} else 0,
        )
        for n in both
    ]
    return replace(plan, views=tuple(views), arrangement="hconcat")


def _concept(draft: Draft, number: int) -> Concept | None:
    """The plain column behind a placeholder of the skeleton."""
    found = draft.reading.placeholders.get(number)
    if found is None or found.field is None or found.aggregate not in {"", "sum?"}:
        return None
    return found


def difference_of(draft: Draft, parts: Parts, axes: tuple[Concept, Concept]) -> Output | None:
    """ "the size shows the difference between [a] and [b]"."""
    if not re.search(
        r"\bsiz\w+ (?:[^.]*difference between \[\d+(?:\+\d+| and \[\d+)\]"
        r"|(?:(?!\[)[^.;]){0,40}\[\d+\] (?:minus|less) )",
        draft.reading.skeleton,
    ):
        return None
    told = difference_asked(draft.reading)
    pair = [c.field for c in told or () if c.field is not None]
    pair = pair or [
        c.field for c in parts.measures if c.field is not None and "difference" in c.roles
    ]
    if len(pair) != 2:  # "between claimed and settled amounts": those on the axes
        pair = [c.field for c in axes if c.field is not None and c.field.is_measure]
    if len(pair) != 2 or pair[0] is pair[1]:
        return None
    return draft.add(
        Output(
            "difference", *pair[0].key, kind="quantitative", numeric_text=pair[0].numeric_text,
            difference=pair[1].key, title="Difference",
        )
    )  # fmt: skip
