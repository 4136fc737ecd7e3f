"""Pandas statements for what Vega-Lite would do in the chart: transforms and aggregates."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from multivis.offline.plan import Channel, Layer

__all__ = ["frame_statements", "py", "sort_statement"]


def py(value: Any) -> str:
    """A Python literal with double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{py(k)}: {py(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(py(v) for v in value) + "]"
    return repr(value)


_CALL = re.compile(r"^(\w+)\((.*)\)$")
_DATUM = re.compile(r"datum(?:\.(\w+)|\['([^']*)'\])")
_FUNCTIONS = {
    "mean": "mean", "sum": "sum", "min": "min", "max": "max", "median": "median",
    "count": "size", "stdev": "std", "average": "mean", "distinct": "nunique",
}  # fmt: skip


def _columns(expression: str) -> str:
    """A Vega expression with pandas columns in it."""
    return _DATUM.sub(lambda m: f"df[{py(m.group(1) or m.group(2))}]", expression)


def _transform(step: dict[str, Any]) -> list[str]:
    key = next(iter(step))
    value = step[key]
    by = step.get("groupby")
    lines = []
    if key == "window":
        sort = list(step.get("sort") or [])
        names = [name.lstrip("-") for name in sort]
        if names and not sort[0].startswith("-"):
            lines.append(f"df = df.sort_values({py(names)})")
        for name, call in value.items():
            lines.append(f"df[{py(name)}] = {_window(call, by, sort, step.get('frame'))}")
    elif key == "joinaggregate":
        for name, call in value.items():
            found = _CALL.match(call)
            function = _FUNCTIONS.get(found.group(1), "mean") if found else "mean"
            column = found.group(2) if found else ""
            source = f"df[{py(column)}]"
            made = (
                f"df.groupby({py(list(by))})[{py(column)}].transform({py(function)})"
                if by
                else f"{source}.{function}()"
            )
            lines.append(f"df[{py(name)}] = {made}")
    elif key == "calculate":
        for name, expression in value.items():
            lines.append(f"df[{py(name)}] = {_columns(expression)}")
    elif key == "filter" and isinstance(value, str) and "datum" in value:
        lines.append(f"df = df[{_columns(value)}]")
    elif key == "fold":
        name, amount = step["as"]
        lines.append(
            f"df = df.melt(id_vars=[c for c in df.columns if c not in {py(list(value))}], "
            f"value_vars={py(list(value))}, var_name={py(name)}, value_name={py(amount)})"
        )
    return lines


def _window(call: str, by: Any, sort: Sequence[str] = (), frame: Any = None) -> str:
    found = _CALL.match(call)
    name, column = (found.group(1), found.group(2)) if found else ("sum", "")
    group = f".groupby({py(list(by))})" if by else ""
    if name == "sum":
        return f"df{group}[{py(column)}].cumsum()"
    if name == "cume_dist":
        return "[(i + 1) / len(df) for i in range(len(df))]"
    if name in {"count", "row_number"}:
        return f"df{group}.cumcount() + 1" if group else "range(1, len(df) + 1)"
    if name == "mean" and frame:
        size = 1 - int(frame[0])
        if by:
            rolled = f"lambda v: v.rolling({size}, min_periods=1).mean()"
            return f"df{group}[{py(column)}].transform({rolled})"
        return f"df[{py(column)}].rolling({size}, min_periods=1).mean()"
    if name in {"rank", "dense_rank"} and sort:
        method = "min" if name == "rank" else "dense"
        rising = not sort[0].startswith("-")
        ranked = f"df{group}[{py(sort[0].lstrip('-'))}]"
        return f"{ranked}.rank(method={py(method)}, ascending={rising}).astype(int)"
    if name in {"rank", "dense_rank"}:
        return "range(1, len(df) + 1)"
    return f"df{group}[{py(column)}].cumsum()"


def frame_statements(layer: Layer) -> tuple[list[str], Layer]:
    """Statements that do the layer's transforms and aggregates in pandas.

    Returns:
        The statements (they change a copy of ``df``), and the layer with plain fields.
    """
    lines: list[str] = []
    last = next((c for c in layer.channels if c.aggregate.startswith("argmax:")), None)
    if last is not None:  # the rows where another column is largest, one for each group
        other = last.aggregate.partition(":")[2]
        by = [c.field for c in layer.channels if c.field and not c.aggregate]
        lines = [
            "df = df.copy()",
            f"df = df.loc[df.groupby({py(list(dict.fromkeys(by)))})[{py(other)}].idxmax()]",
        ]
        return lines, Layer(
            layer.mark, layer.options, tuple(replace(c, aggregate="") for c in layer.channels), ()
        )
    for step in layer.transforms:
        lines += _transform(step)
    value = next(
        (c for c in layer.channels if c.aggregate and c.name in {"x", "y", "theta", "color"}), None
    )
    channels = layer.channels
    binned = any(c.bin >= 0 for c in layer.channels)
    if value is not None and not binned and layer.mark != "rule":
        keys = [c.field for c in layer.channels if c.field and not c.aggregate
                and c.name not in {"tooltip", "text", "order"}]  # fmt: skip
        keys = list(dict.fromkeys(keys))
        name = value.field or "count"
        function = _FUNCTIONS.get(value.aggregate, value.aggregate)
        if keys and value.aggregate == "count":
            lines.append(f"df = df.groupby({py(keys)}, as_index=False).size()")
            name = "size"
        elif keys:
            lines.append(f"df = df.groupby({py(keys)}, as_index=False)[{py(name)}].{function}()")
        channels = tuple(_plain(c, value, name) for c in layer.channels)
    if lines:
        lines.insert(0, "df = df.copy()")
    return lines, Layer(layer.mark, layer.options, channels, ())


def _plain(channel: Channel, value: Channel, name: str) -> Channel:
    if channel.aggregate and channel.aggregate == value.aggregate and channel.field == value.field:
        return replace(channel, field=name, aggregate="")
    return channel


def sort_statement(category: Channel | None, value: Channel | None) -> str:
    """A statement that puts the rows in the order of the category axis, or nothing."""
    if category is None or not category.sort or category.field is None:
        return ""
    sort = category.sort
    if not isinstance(sort, str):
        return ""
    if sort in {"ascending", "descending"}:
        return f"df = df.sort_values({py(category.field)}, ascending={sort == 'ascending'})"
    if sort == "none" or value is None or value.field is None:
        return ""
    return f"df = df.sort_values({py(value.field)}, ascending={not sort.startswith('-')})"
