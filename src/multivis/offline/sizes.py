"""Room for few categories, and numbers without long tails of decimals.

Altair gives every category 20 pixels: a line over three years would be 60 pixels wide. Where the
question names no size, a discrete axis with few categories gets a total size instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from multivis.offline.plan import Channel, Layer, Plan, View

__all__ = ["with_formats", "with_room"]

_FEW = 15  # categories; more of them fill the axis at the default step
_SERIES = frozenset({"line", "area", "trail"})
_LINE_WIDTH = 400
_ROW_STEP = 28
_ROW_LEAST = 90
_CELL = 40
_ALL_PANELS = 640


def with_room(plan: Plan, columns: Sequence[dict[str, Any]]) -> Plan:
    """Give discrete axes with few categories a total width or height in pixels.

    Args:
        plan: The plan; sizes that it already names stay.
        columns: The columns of the result, each with ``name`` and ``distinct``.
    """
    counts = {str(c.get("name")): c.get("distinct") for c in columns}
    views = []
    for view in plan.views:
        width, height = _room(view, counts)
        views.append(
            replace(
                view,
                width=view.width or (0 if plan.width else width),
                height=view.height or (0 if plan.height else height),
            )
        )
    return replace(plan, views=tuple(views))


def _discrete(layer: Layer, name: str, counts: dict[str, Any]) -> int | None:
    """How many categories an axis has; None for a continuous axis, 0 for "not known"."""
    channel = layer.channel(name)
    if channel is None or channel.kind not in {"nominal", "ordinal"} or channel.bin >= 0:
        return None
    found = counts.get(channel.field or "")
    return found if isinstance(found, int) else 0


def _room(view: View, counts: dict[str, Any]) -> tuple[int, int]:
    """Width and height of a view; 0 where the default is right."""
    if not view.layers:
        return 0, 0
    layer = view.layers[0]
    across, down = _discrete(layer, "x", counts), _discrete(layer, "y", counts)
    if layer.mark in {"rect", "text"} or (across is not None and down is not None):
        return _cells(across, 420), _cells(down, 320)
    width = height = 0
    if across is not None:
        width = _wide(layer, across)
        panels = next((c for c in layer.channels if c.name in {"column", "facet"}), None)
        if panels is not None and width:
            number = counts.get(panels.field or "") or 2
            width = max(20 * across, min(width, _ALL_PANELS // max(1, number)))
    if down is not None and 0 < down < _FEW:
        height = max(_ROW_LEAST, _ROW_STEP * down)
        offset = layer.channel("yOffset")
        if offset is not None:
            height = max(height, 12 * down * (counts.get(offset.field or "") or 1))
    return width, height


def _wide(layer: Layer, number: int) -> int:
    """Width of a discrete x axis."""
    if layer.mark in _SERIES:
        return _LINE_WIDTH if 20 * number < _LINE_WIDTH else 0
    if not 0 < number < _FEW:
        return 0
    return 300 if number <= 6 else 360 if number <= 10 else 420


def _cells(number: int | None, most: int) -> int:
    """Width or height of a grid of cells."""
    if not number or _CELL * number > most:
        return 0
    return max(120, _CELL * number)


# ── numbers ─────────────────────────────────────────────────────────────────────────────────


def with_formats(plan: Plan, columns: Sequence[dict[str, Any]]) -> Plan:
    """Give numbers in labels and tooltips a format where they would show long decimals."""
    facts = {str(c.get("name")): c for c in columns}

    def dress(channel: Channel, layer: Layer) -> Channel:
        if channel.name not in {"text", "tooltip"} or channel.format:
            return channel
        if channel.kind != "quantitative":
            return channel
        return replace(channel, format=_format(channel, layer, plan, facts))

    return _each_channel(plan, dress)


def _each_channel(plan: Plan, change: Callable[[Channel, Layer], Channel]) -> Plan:
    views = tuple(
        replace(
            view,
            layers=tuple(
                replace(layer, channels=tuple(change(c, layer) for c in layer.channels))
                for layer in view.layers
            ),
        )
        for view in plan.views
    )
    return replace(plan, views=views)


def _format(channel: Channel, layer: Layer, plan: Plan, facts: dict[str, dict[str, Any]]) -> str:
    """The d3 format of a number, or empty where it reads well as it is."""
    field = channel.field or ""
    if any(
        c.field == field and "%" in str(c.axis.get("format", ""))
        for each in plan.layers
        for c in each.channels
    ):
        return ".1%"
    column = facts.get(field, {})
    numbers = [
        float(value)
        for value in (column.get("minimum"), column.get("maximum"), *(column.get("samples") or ()))
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    output = plan.output(field)
    averaged = channel.aggregate in {"mean", "average", "median"} or (
        output is not None and output.aggregate in {"avg", "median"}
    )
    largest = max((abs(n) for n in numbers), default=0.0)
    if not (averaged or any(round(n, 3) != n for n in numbers)):
        whole = all(n.is_integer() for n in numbers)
        return "," if largest >= 10_000 and whole and numbers else ""
    if largest >= 1_000:
        return ",.0f"
    if numbers and largest < 0.1:
        return ".3g"
    del layer
    return ".2f"
