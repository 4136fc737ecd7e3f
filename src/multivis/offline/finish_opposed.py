"""Bars that go to both sides of zero: what words send to the left is below zero."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from multivis.offline.altair_code import PYTHON
from multivis.offline.draft import Draft
from multivis.offline.plan import Plan
from multivis.offline.titles import axis_of_categories
from multivis.offline.words import split_name

__all__ = ["with_opposed_sides"]

_LEFT = re.compile(
    r"([^.,;:]*?)\b(?:going|go|goes|point\w*|run\w*|extend\w*|drawn|shown|placed|stretch\w*|to|"
    r"on)\b (?:to )?(?:the )?left\b"
)


def with_opposed_sides(plan: Plan, draft: Draft) -> Plan:
    """ "Losses going left, wins going right": the rows of one colour are turned round zero."""
    found = _LEFT.search(draft.reading.body.lower())
    layer = plan.layers[0] if len(plan.views) == 1 and len(plan.layers) == 1 else None
    if found is None or layer is None or layer.mark != "bar" or layer.data or layer.transforms:
        return plan
    color = layer.channel("color")
    _, value = axis_of_categories(layer)
    if color is None or not color.field or value is None or value.name != "x":
        return plan
    if not value.field or value.aggregate or color.kind == "quantitative":
        return plan
    said = set(split_name(found.group(1).rpartition(" and ")[2] or found.group(1)))
    sides = [label for label in _labels(plan, draft, color.field) if set(split_name(label)) & said]
    if len(sides) != 1:
        return plan
    turned, told = (f"df[{json.dumps(name)}]" for name in (value.field, color.field))
    signed = f"{turned}.where({told} != {json.dumps(sides[0], ensure_ascii=False)}, -{turned})"
    rows: dict[str, Any] = {
        output.name: f"{PYTHON}df[{json.dumps(output.name)}]" for output in draft.outputs
    }
    rows[value.field] = f"{PYTHON}{signed}"
    return plan.with_layers(replace(layer, data=rows))


def _labels(plan: Plan, draft: Draft, name: str) -> list[str]:
    """What the colours stand for: the measures of long rows, or the values of a column."""
    output = next((o for o in draft.outputs if o.name == name), None)
    if output is None:
        return []
    if output.fold == "key":
        return [measure[2] for measure in plan.query.fold]
    column = draft.catalog.fields.get((output.table, output.column))
    samples = column.column.samples if column is not None else ()
    return list(dict.fromkeys(v for v in samples if isinstance(v, str)))
