"""The unit charts of a Vega-Lite specification: named, with what they inherit, repeats written out.

Vega-Lite names a compiled mark after the unit it comes from, so that every drawn mark can be
led back to the part of the specification that made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Unit", "expanded", "mark_type", "structure", "unescaped", "units_of"]

_PARTS = ("layer", "hconcat", "vconcat", "concat")
_DATA = frozenset({"datasets", "values"})


@dataclass
class Unit:
    """A unit chart.

    Attributes:
        name: Its name; marks compiled from it start with it.
        node: Its part of the specification, to be changed in place.
        encoding: Its channels with those of the layers around it.
        layered: Whether it is one of several layers.
    """

    name: str
    node: dict[str, Any]
    encoding: dict[str, Any]
    layered: bool = False

    @property
    def mark(self) -> str:
        """The type of its mark."""
        return mark_type(self.node.get("mark"))


def mark_type(mark: Any) -> str:
    """The type of a mark that is given as a word or as an object."""
    return str(mark.get("type", "")) if isinstance(mark, Mapping) else str(mark or "")


def unescaped(name: str) -> str:
    """The name of a field without the backslashes that protect its dots and brackets."""
    return re.sub(r"\\(.)", r"\1", name)


def structure(node: Any) -> Any:
    """A copy of a specification that shares only its data rows with the original."""
    if isinstance(node, Mapping):
        return {k: v if k in _DATA else structure(v) for k, v in node.items()}
    if isinstance(node, list | tuple):
        return [structure(part) for part in node]
    return node


def expanded(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which every repeat is written out as layers or a concatenation."""
    copy: dict[str, Any] = structure(spec)
    return _expand(copy)


def _expand(node: dict[str, Any]) -> dict[str, Any]:
    for key in _PARTS:
        if isinstance(node.get(key), list):
            node[key] = [_expand(p) if isinstance(p, dict) else p for p in node[key]]
    if isinstance(node.get("spec"), dict):
        node["spec"] = _expand(node["spec"])
    repeat = node.get("repeat")
    inner = node.get("spec")
    if repeat is None or not isinstance(inner, dict):
        return node
    outer = {k: v for k, v in node.items() if k not in {"repeat", "spec", "columns"}}
    if isinstance(repeat, list):
        parts = [_filled(inner, {"repeat": field}) for field in repeat]
        columns = {"columns": node["columns"]} if "columns" in node else {}
        return {**outer, "concat": parts, **columns}
    layers = repeat.get("layer")
    rows, columns_of = repeat.get("row") or [None], repeat.get("column") or [None]
    parts = []
    for row in rows:
        for column in columns_of:
            fields = {k: v for k, v in (("row", row), ("column", column)) if v is not None}
            if layers:
                made = [_filled(inner, {**fields, "layer": field}) for field in layers]
                parts.append({"layer": made})
            else:
                parts.append(_filled(inner, fields))
    if len(parts) == 1 and layers:
        return {**outer, **parts[0]}
    return {**outer, "concat": parts, "columns": len(columns_of)}


def _filled(node: Any, fields: Mapping[str, str]) -> Any:
    """A copy with ``{"repeat": "column"}`` replaced by the field."""
    if isinstance(node, Mapping):
        if set(node) == {"repeat"} and node["repeat"] in fields:
            return fields[str(node["repeat"])]
        return {k: v if k in _DATA else _filled(v, fields) for k, v in node.items()}
    if isinstance(node, list):
        return [_filled(part, fields) for part in node]
    return node


def units_of(spec: dict[str, Any]) -> list[Unit]:
    """The unit charts in drawing order; each is given a name of its own, in place."""
    taken: set[str] = set()
    return list(_walk(spec, {}, taken, False))


def _walk(
    node: dict[str, Any], inherited: Mapping[str, Any], taken: set[str], layered: bool
) -> Iterator[Unit]:
    encoding = dict(inherited)
    own = node.get("encoding")
    for channel, given in (own if isinstance(own, Mapping) else {}).items():
        above = encoding.get(channel)
        both = isinstance(above, Mapping) and isinstance(given, Mapping)
        encoding[channel] = {**above, **given} if both else given  # type: ignore[dict-item]
    if "mark" in node:
        name = str(node.get("name") or "")
        if not name or name in taken:
            name = f"unit_{len(taken)}"
            while name in taken:
                name += "x"
        taken.add(name)
        node["name"] = name
        yield Unit(name, node, encoding, layered)
        return
    for key in _PARTS:
        for part in node.get(key) or []:
            if isinstance(part, dict):
                down = encoding if key == "layer" else {}
                yield from _walk(part, down, taken, key == "layer")
    if isinstance(node.get("spec"), dict):
        yield from _walk(node["spec"], {}, taken, False)
