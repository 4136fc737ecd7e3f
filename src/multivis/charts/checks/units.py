"""A Vega-Lite specification as a flat list of units: one for each mark that is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Channel", "Unit", "plain_field", "read_channel", "units_of"]

COMPOSITE = frozenset({"boxplot", "errorbar", "errorband"})
FACETS = ("facet", "row", "column")


@dataclass(frozen=True)
class Channel:
    """One encoding channel.

    Attributes:
        name: ``x``, ``color``, …
        field: The field, or None for values, datums, counts and repeated fields.
        type: ``quantitative``, ``temporal``, ``ordinal``, ``nominal`` or None.
        aggregate: Name of the aggregate, or None (argmin and argmax keep only their name).
        bin: Whether the field is binned here.
        time_unit: The time unit, or None.
        definition: The channel as written.
    """

    name: str
    field: str | None
    type: str | None
    aggregate: str | None
    bin: bool
    time_unit: str | None
    definition: Mapping[str, Any]

    @property
    def discrete(self) -> bool:
        """Whether it shows categories."""
        return self.type in {"nominal", "ordinal"} or self.bin

    @property
    def measure(self) -> bool:
        """Whether it shows numbers on a continuous scale."""
        return (self.type == "quantitative" or self.aggregate is not None) and not self.bin


@dataclass(frozen=True)
class Unit:
    """A mark with everything that applies to it, inherited parts included.

    Attributes:
        name: Begin of the names of its marks in the compiled chart.
        mark: Mark type.
        mark_definition: The mark with its options.
        channels: Its channels with one definition, by name; facet channels too.
        definitions: All channels as written (a tooltip may be a list).
        rows: Its inline rows, or None if the data come by address or from a generator.
        transforms: All transforms on the way from the data.
        parameters: Parameters defined on it or above.
        repeated: Whether it is inside a repeat.
        layered: Number of its layer, or None when it is not in one.
    """

    name: str
    mark: str
    mark_definition: Mapping[str, Any]
    channels: Mapping[str, Channel]
    definitions: Mapping[str, Any]
    rows: list[dict[str, Any]] | None
    transforms: tuple[Mapping[str, Any], ...] = ()
    parameters: tuple[Mapping[str, Any], ...] = ()
    repeated: bool = False
    layered: int | None = None

    @property
    def horizontal(self) -> bool:
        """Whether its bars run from left to right."""
        orientation = self.mark_definition.get("orient")
        if orientation:
            return bool(orientation == "horizontal")
        x, y = self.channels.get("x"), self.channels.get("y")
        if "x2" in self.channels and "y2" not in self.channels:
            return True
        if x is None or y is None:
            return x is not None and y is None and x.measure
        if x.measure != y.measure:
            return x.measure
        return y.type == "temporal" and x.type != "temporal"

    @property
    def measure_axis(self) -> str:
        """The axis along which bars grow."""
        return "x" if self.horizontal else "y"

    @property
    def annotation(self) -> bool:
        """Whether it is a text, rule or image on top of other marks."""
        return self.layered is not None and self.mark in {"text", "rule", "image", "tick"}


@dataclass
class _Context:
    """What a unit inherits."""

    name: str = ""
    encoding: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] | None = None
    transforms: tuple[Mapping[str, Any], ...] = ()
    parameters: tuple[Mapping[str, Any], ...] = ()
    repeated: bool = False
    layered: int | None = None


def units_of(spec: Mapping[str, Any]) -> tuple[Unit, ...]:
    """The units of a specification, in drawing order."""
    datasets = spec.get("datasets")
    return tuple(_walk(spec, _Context(), datasets if isinstance(datasets, Mapping) else {}))


def _walk(spec: Any, outer: _Context, datasets: Mapping[str, Any]) -> Iterator[Unit]:
    """Units of a (sub-)specification; parts of the wrong form are passed over."""
    if not isinstance(spec, Mapping):
        return
    context = _Context(
        name=str(spec.get("name") or outer.name),
        encoding={**outer.encoding, **_mapping(spec.get("encoding"))},
        rows=_rows(spec["data"], datasets) if spec.get("data") else outer.rows,
        transforms=() if spec.get("data") else outer.transforms,
        parameters=(*outer.parameters, *_mappings(spec.get("params"))),
        repeated=outer.repeated,
        layered=outer.layered,
    )
    context.transforms = (*context.transforms, *_mappings(spec.get("transform")))
    for kind, given in (
        ("layer", "layer"),
        ("hconcat", "concat"),
        ("vconcat", "concat"),
        ("concat", "concat"),
    ):
        if isinstance(spec.get(kind), list):
            for number, child in enumerate(spec[kind]):
                yield from _walk(
                    child, _child(context, f"{given}_{number}", kind, number), datasets
                )
            return
    if isinstance(spec.get("spec"), Mapping):
        inner = _child(context, "child", "spec", 0)
        inner.repeated = outer.repeated or "repeat" in spec
        inner.layered = (
            0
            if isinstance(spec.get("repeat"), Mapping) and "layer" in spec["repeat"]
            else outer.layered
        )
        facet = spec.get("facet")
        if isinstance(facet, Mapping):
            fields = facet if "field" not in facet else {"facet": facet}
            inner.encoding = {**inner.encoding, **fields}
        yield from _walk(spec["spec"], inner, datasets)
        return
    if "mark" in spec:
        yield _unit(spec["mark"], context)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    some = value if isinstance(value, list | tuple) else ()
    return tuple(item for item in some if isinstance(item, Mapping))


def _child(context: _Context, given: str, kind: str, number: int) -> _Context:
    """The context of a child."""
    return _Context(
        name=f"{context.name}_{given}" if context.name else given,
        encoding=dict(context.encoding),
        rows=context.rows,
        transforms=context.transforms,
        parameters=context.parameters,
        repeated=context.repeated,
        layered=number if kind == "layer" and context.layered is None else context.layered,
    )


def _rows(data: Any, datasets: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Inline rows of a data definition."""
    if not isinstance(data, Mapping):
        return None
    values = data.get("values")
    if values is None and data.get("name") is not None:
        values = datasets.get(str(data["name"]))
    if isinstance(values, Mapping):
        values = [values]
    if not isinstance(values, list):
        return None
    return [row if isinstance(row, dict) else {"data": row} for row in values]


def _unit(mark: Any, context: _Context) -> Unit:
    """A unit from its mark and what it inherits."""
    definition: Mapping[str, Any] = mark if isinstance(mark, Mapping) else {"type": str(mark)}
    channels = {}
    for name, entry in context.encoding.items():
        if isinstance(entry, Mapping):
            channels[name] = read_channel(name, entry)
    return Unit(
        name=context.name,
        mark=str(definition.get("type", "")),
        mark_definition=definition,
        channels=channels,
        definitions=context.encoding,
        rows=context.rows,
        transforms=context.transforms,
        parameters=context.parameters,
        repeated=context.repeated,
        layered=context.layered,
    )


def read_channel(name: str, entry: Mapping[str, Any]) -> Channel:
    """A channel; a condition's field counts where there is no other."""
    source = entry
    condition = entry.get("condition")
    if "field" not in entry and isinstance(condition, Mapping) and "field" in condition:
        source = condition
    field_name = source.get("field")
    aggregate = source.get("aggregate")
    if isinstance(aggregate, Mapping):
        aggregate = next(iter(aggregate), None)
    unit = source.get("timeUnit")
    if isinstance(unit, Mapping):
        unit = unit.get("unit", "binned")
    kind = source.get("type")
    if kind is None and aggregate is not None:
        kind = "quantitative"
    if kind is None and unit is not None:
        kind = "temporal"
    return Channel(
        name=name,
        field=plain_field(field_name) if isinstance(field_name, str) else None,
        type=kind if isinstance(kind, str) else None,
        aggregate=aggregate if isinstance(aggregate, str) else None,
        bin=bool(source.get("bin")) and source.get("bin") != "binned",
        time_unit=unit if isinstance(unit, str) else None,
        definition=entry,
    )


def plain_field(name: str) -> str:
    """A field's name with its escapes removed."""
    return re.sub(r"\\(.)", r"\1", name)
