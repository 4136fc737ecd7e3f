"""Read one encoding channel: shorthand, channel class, method style, list or condition."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multivis.charts.reference.facts import Channel
from multivis.charts.reference.source import plain

if TYPE_CHECKING:
    from multivis.charts.reference.altair import AltairReader

__all__ = ["CHANNELS", "channel_name", "parse_shorthand", "read_channel", "with_option"]

CHANNELS = (
    "x", "y", "x2", "y2", "xOffset", "yOffset", "xError", "yError", "xError2", "yError2",
    "theta", "theta2", "radius", "radius2", "color", "fill", "stroke", "opacity",
    "fillOpacity", "strokeOpacity", "strokeWidth", "strokeDash", "size", "shape", "angle",
    "text", "tooltip", "detail", "order", "href", "url", "key", "description", "facet", "row",
    "column", "latitude", "longitude", "latitude2", "longitude2", "time",
)  # fmt: skip

_BY_CLASS = {name[0].upper() + name[1:]: name for name in CHANNELS}

_LETTERS = {
    "Q": "quantitative",
    "N": "nominal",
    "O": "ordinal",
    "T": "temporal",
    "G": "geojson",
}

_TIME = "year|quarter|month|week|dayofyear|day|date|hours|minutes|seconds|milliseconds"


def channel_name(class_name: str) -> str:
    """``"XOffset"`` → ``"xOffset"``; an empty string when it is no channel class."""
    return _BY_CLASS.get(class_name, "")


def parse_shorthand(text: str) -> dict[str, Any]:
    """``"sum(Sales):Q"`` → field, type, aggregate or time_unit (Altair's shorthand)."""
    body, colon, letter = text.rpartition(":")
    kind = _LETTERS.get(letter.upper(), letter if letter in _LETTERS.values() else "")
    if not (colon and kind):
        body, kind = text, ""
    result: dict[str, Any] = {"type": kind} if kind else {}
    match = re.fullmatch(r"([A-Za-z_0-9]+)\((.*)\)", body, re.S)
    if match:
        word, body = match[1], match[2]
        is_time = re.fullmatch(rf"(?:binned)?(?:utc)?(?:{_TIME})+", word) is not None
        result["time_unit" if is_time else "aggregate"] = word
    if body:
        result["field"] = body.replace("\\", "")
    if result.get("aggregate") == "count" and not kind:
        result["type"] = "quantitative"
    return result


def read_channel(
    name: str, node: ast.expr, reader: AltairReader, call: ast.Call | None = None
) -> Channel:
    """The channel that the expression `node` gives.

    Args:
        name: The channel's name as used in ``encode``.
        node: The expression: a string, ``alt.X(…)``, a list, a condition or a name.
        reader: Follows names.
        call: The ``encode`` call that holds it.
    """
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and channel_name(node.func.attr)
    ):
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id in reader.aliases:
            return replace(_class_call(name, node, reader), call=call)
    value = reader.value(node)
    return replace(from_value(name, value, node, reader), call=call)


def from_value(name: str, value: Any, node: ast.expr, reader: AltairReader) -> Channel:
    """The channel `name` made of an abstract value."""
    from multivis.charts.reference.altair import Condition, Literal

    if isinstance(value, Channel):
        return replace(value, name=name or value.name, node=value.node or node)
    if isinstance(value, Condition):
        return _conditional(name, value, reader)
    if isinstance(value, list):
        items = tuple(from_value(name, item, node, reader) for item in value)
        return Channel(name, items=items, node=node)
    if isinstance(value, Literal):
        if isinstance(value.value, str):
            return Channel(name, node=value.node, **parse_shorthand(value.value))
        if isinstance(value.value, dict) and "code" not in value.value:
            return Channel(name, options=value.value, node=value.node)
        if isinstance(value.value, list):
            items = tuple(
                Channel(name, **parse_shorthand(item))
                for item in value.value
                if isinstance(item, str)
            )
            return Channel(name, items=items, node=value.node)
        return Channel(name, options={"expression": value.value}, node=value.node)
    return Channel(name, options={"expression": plain(node)}, node=node)


def _class_call(name: str, node: ast.Call, reader: AltairReader) -> Channel:
    """``alt.X("a:Q", title="b")``."""
    channel = Channel(name or channel_name(str(getattr(node.func, "attr", ""))), node=node)
    if node.args:
        first = reader.plain(node.args[0])
        if isinstance(first, str):
            channel = replace(channel, **parse_shorthand(first))
        else:
            channel = replace(channel, options={"expression": first})
    for keyword in node.keywords:
        if keyword.arg:
            channel = _set(channel, keyword.arg, reader.plain(keyword.value))
    return channel


def with_option(channel: Channel, method: str, reader: AltairReader, node: ast.Call) -> Channel:
    """``alt.X("a").title("b")``: the method style of an option."""
    changed = replace(channel, node=node)
    if node.keywords:
        options = {item.arg: reader.plain(item.value) for item in node.keywords if item.arg}
        return _set(changed, method, options)
    if node.args:
        return _set(changed, method, reader.plain(node.args[0]))
    if method in {"mean", "sum", "count", "median", "min", "max"}:
        return replace(changed, aggregate=method)
    if method == "bin":
        return replace(changed, bin=True)
    return changed


def _set(channel: Channel, option: str, value: Any) -> Channel:
    """One option, whatever its style."""
    if option in {"field", "aggregate", "type"} and isinstance(value, str):
        return replace(channel, **_one(option, _LETTERS.get(value, value)))
    if option == "shorthand" and isinstance(value, str):
        return replace(channel, **parse_shorthand(value))
    if option == "timeUnit" and isinstance(value, str):
        return replace(channel, time_unit=value)
    if option == "bin":
        return replace(channel, bin=value)
    return replace(channel, options={**channel.options, option: value})


def _one(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def _conditional(name: str, condition: Any, reader: AltairReader) -> Channel:
    """A conditional channel: the field of the branch that has one is the channel's field."""
    from multivis.charts.reference.altair import _json

    branches = [*condition.branches, condition.otherwise]
    read = [
        from_value(name, branch, condition.node, reader)
        for branch in branches
        if branch is not None
    ]
    carrier = next((one for one in read if one.field or one.aggregate), None)
    base = carrier or Channel(name)
    details = {
        "test": [_json(test) for test in condition.tests],
        "then": [_json(branch) for branch in condition.branches],
        "otherwise": _json(condition.otherwise) if condition.otherwise is not None else None,
    }
    return replace(base, name=name, condition=details, node=condition.node)
