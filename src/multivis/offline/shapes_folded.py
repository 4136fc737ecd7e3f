"""Several numbers against one: a cloud of points in a colour of its own for each of them."""

from __future__ import annotations

import re

from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Plan, Query
from multivis.offline.shapes import single

__all__ = ["several_against_one"]

_LIST = re.compile(r"\[(\d+(?:\+\d+)+)\]")
_APART = re.compile(
    r"\bcolou?r|\bboth\b|\b(?:lines?|curves?|clouds?) (?:for|per) (?:each|the|every)"
)
_MOST = 5


def several_against_one(draft: Draft, parts: Parts) -> Plan | None:
    """ "Weight against height and reach, in two colours": long rows made in the chart, or None."""
    kind = draft.reading.kind
    loose = [c for c in parts.dimensions if _is_plain(c) and not c.roles & {"color", "shape"}]
    numbers = [c for c in [*parts.measures, *loose] if _is_plain(c)]
    if kind.diverge or kind.bubble or parts.size is not None or parts.facet is not None:
        return None
    if len(numbers) != len(parts.measures) + len(loose) or not 3 <= len(numbers) <= _MOST:
        return None
    if not _APART.search(draft.reading.body.lower()):
        return None
    if any(c.field is not None and c.roles & {"color", "shape"} for c in parts.dimensions):
        return None  # a category has the colours
    if any(c.roles & {"color", "size", "opacity"} for c in numbers):
        return None  # one of the numbers has them
    listed = _listed(draft, numbers)
    others = [c for c in numbers if c not in listed]
    if len(listed) < 2 or len(others) != 1:
        return None
    if "y" in others[0].roles and "x" not in others[0].roles:
        return None
    if any("x" in c.roles for c in listed) or len([c for c in listed if "y" in c.roles]) == 1:
        return None  # an axis each
    along = others[0].field
    assert along is not None
    x = draft.plain(along)
    shown = [draft.plain(c.field) for c in listed if c.field is not None]
    fold = {"fold": [o.name for o in shown], "as": ["measure", "value"]}
    channels = (
        draft.channel("x", x),
        draft.dress(Channel("y", "value", "quantitative", title="Value")),
        Channel("color", "measure", "nominal", title="Measure"),
    )
    points = Layer("circle", {"opacity": 0.5}, channels, (fold,))
    plan = single("scatter plot", points)
    if kind.regression:
        method = "loess" if kind.regression == "loess" else "regression"
        step = {method: "value", "on": x.name, "groupby": ["measure"]}
        if kind.regression == "poly":
            step["method"] = "poly"
        plan = plan.with_layers(points, Layer("line", {}, channels, (fold, step)))
    return Plan(plan.chart, plan.views, query=Query(outputs=tuple(draft.outputs)))


def _is_plain(concept: Concept) -> bool:
    column = concept.field
    return (
        column is not None and column.is_measure and not column.is_time
        and concept.aggregate in {"", "sum?"}
    )  # fmt: skip


def _listed(draft: Draft, numbers: list[Concept]) -> list[Concept]:
    """The numbers that are listed together, in their order."""
    for found in _LIST.finditer(draft.reading.skeleton):
        named = [draft.reading.placeholders.get(int(n)) for n in found.group(1).split("+")]
        labels = [c.candidate.label for c in named if c is not None]
        listed = [c for c in numbers if c.candidate.label in labels]
        if 2 <= len(listed) < len(numbers):
            return listed
    return []
