"""Compile a specification, make its marks say their data, run it, read it back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from multivis.charts.renderer import render
from multivis.charts.scenegraph.descriptions import FIELD, PART
from multivis.charts.scenegraph.model import Scene
from multivis.charts.scenegraph.reading import Reader
from multivis.errors import RenderError

__all__ = ["draw"]

_MOST_FIELDS = 120


def draw(spec: dict[str, Any]) -> Scene:
    """Compile, make marks say their data, run, read."""
    try:
        vega = render("vegalite_to_vega", spec)
    except ValueError as error:
        raise RenderError(
            f"Vega-Lite cannot compile the specification: {_first_line(error)}"
        ) from error
    names = _field_names(vega)
    compiled: dict[str, dict[str, Any]] = {}
    _instrument(vega.get("marks", []), names, compiled)
    try:
        graph = render("vega_to_scenegraph", vega, allowed_base_urls=[])
    except ValueError as error:
        raise RenderError(f"Vega cannot draw the chart: {_first_line(error)}") from error
    return Reader(compiled).read(graph)


def _first_line(error: Exception) -> str:
    """The line of an error's text that says the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if not line.endswith("conversion failed:")] or lines
    return causes[0].removeprefix("Error: ")[:300] if causes else type(error).__name__


_DATUM = re.compile(
    r"""datum\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]|datum\.([A-Za-z_]\w*)"""
)


def _field_names(vega: Mapping[str, Any]) -> list[str]:
    """Every name that a datum may have: of inline rows, of transforms, in expressions."""
    names: dict[str, None] = {}

    def add(value: Any) -> None:
        if isinstance(value, str):
            names.setdefault(re.sub(r"\\(.)", r"\1", value))
        elif isinstance(value, list):
            for part in value:
                add(part)
        elif isinstance(value, dict) and isinstance(value.get("field"), str):
            add(value["field"])

    def walk(value: Any, key: str = "") -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                if name == "values" and isinstance(part, list):
                    for row in part[:50]:
                        if isinstance(row, dict):
                            for column in row:
                                names.setdefault(column)
                elif name in {"as", "groupby", "field", "fields", "x", "y"} and key != "scales":
                    add(part)
                    walk(part, name)
                else:
                    walk(part, name)
        elif isinstance(value, list):
            for part in value:
                walk(part, key)
        elif isinstance(value, str) and "datum" in value:
            for double, single, dotted in _DATUM.findall(value):
                quoted = double or single
                names.setdefault(re.sub(r"\\(.)", r"\1", quoted) if quoted else dotted)

    walk(dict(vega))
    return [name for name in names if name][:_MOST_FIELDS]


def _value_expression(name: str) -> str:
    """A Vega expression that writes one field of the datum with its type."""
    value = f"datum[{json.dumps(name)}]"
    label = json.dumps(name + PART)
    return (
        f"(isDate({value})?{label}+'d'+toNumber({value}):isNumber({value})?{label}+'n'+{value}"
        f":isString({value})?{label}+'s'+{value}:isBoolean({value})?{label}+'b'+{value}"
        f":{value}===null?{label}+'z':isDefined({value})?{label}+'o':'')"
    )


def _instrument(
    marks: Iterable[dict[str, Any]], names: list[str], compiled: dict[str, dict[str, Any]]
) -> None:
    """Make every mark, and every faceted group, describe its datum (in place)."""
    fields = ("+" + json.dumps(FIELD) + "+").join(_value_expression(n) for n in names) or "''"
    for mark in marks:
        if mark.get("type") == "group":
            _instrument(mark.get("marks", []), names, compiled)
            if "from" not in mark:
                continue
        update = mark.setdefault("encode", {}).setdefault("update", {})
        compiled[str(mark.get("name", ""))] = dict(update)
        said = update.get("description")
        said = said if isinstance(said, dict) else {}
        text = said.get("signal") or json.dumps(str(said.get("value", "")))
        update["description"] = {"signal": f"(({text})+{json.dumps(PART * 2)}+{fields})"}
