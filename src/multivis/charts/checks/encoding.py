"""Checks on how fields are encoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from multivis.charts.checks.base import Check, CheckInput, Finding, fail, ok, skip
from multivis.charts.checks.units import Unit, plain_field
from multivis.charts.checks.values import number_of
from multivis.charts.demands import ZeroDemand
from multivis.state import Severity

__all__ = ["CHECKS"]

_ALTAIR = frozenset({"altair"})
_DEFAULTS = {
    "fold": ["key", "value"],
    "density": ["value", "density"],
    "quantile": ["prob", "value"],
}


# ── fields ──────────────────────────────────────────────────────────────────────────────────


def available_fields(unit: Unit) -> set[str] | None:
    """Fields that a unit's channels may use; None where that cannot be told."""
    if unit.rows is None or not unit.rows:
        return None
    names = {name for row in unit.rows[:200] for name in row}
    for transform in unit.transforms:
        if "pivot" in transform:
            return None
        if "aggregate" in transform and "as" not in transform:
            names = set(transform.get("groupby") or ())
        names |= set(_outputs(transform))
    return names


def _outputs(transform: Mapping[str, Any]) -> Iterator[str]:
    """Names that a transform adds."""
    given = transform.get("as")
    for name in given if isinstance(given, list) else [given]:
        if isinstance(name, str):
            yield name
            if "bin" in transform or "timeUnit" in transform:
                yield f"{name}_end"
    for kind, defaults in _DEFAULTS.items():
        if kind in transform and given is None:
            yield from defaults
    for kind in ("aggregate", "joinaggregate", "window"):
        for part in transform.get(kind) or ():
            if isinstance(part, Mapping) and isinstance(part.get("as"), str):
                yield part["as"]
    source = transform.get("from")
    if isinstance(source, Mapping):
        yield from (f for f in source.get("fields") or () if isinstance(f, str))
    for kind in ("regression", "loess", "impute", "key", "on", "flatten"):
        value = transform.get(kind)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str):
                yield name


def _used_fields(unit: Unit) -> Iterator[tuple[str, str]]:
    """(channel, field) of everything that a unit encodes, tooltips and details included."""
    for name, entry in unit.definitions.items():
        for part in entry if isinstance(entry, list) else [entry]:
            if isinstance(part, Mapping) and isinstance(part.get("field"), str):
                yield name, part["field"]


def _fields_exist(given: CheckInput) -> Finding:
    import difflib

    for unit in given.units:
        names = available_fields(unit)
        if names is None or unit.repeated:
            continue
        for channel, written in _used_fields(unit):
            field = plain_field(written)
            if field in names or field.split(".")[0].split("[")[0] in names:
                continue
            near = difflib.get_close_matches(field, sorted(names), n=3, cutoff=0.5)
            hint = f" Did you mean {', '.join(map(repr, near))}?" if near else ""
            return fail(
                f"The channel {channel} uses the field {field!r}, which the data does not have.",
                f"Use a field of the data: {', '.join(sorted(names)[:20])}.{hint}",
                channel=channel,
                field=field,
                available=sorted(names)[:40],
            )
    return ok()


def _field_types_fit(given: CheckInput) -> Finding:
    for unit in given.units:
        if not unit.rows or unit.transforms:
            continue
        for channel in unit.channels.values():
            if channel.field is None or channel.aggregate in {"count", "distinct", "valid"}:
                continue
            values = [v for row in unit.rows[:2000] if (v := row.get(channel.field)) is not None]
            if not values:
                continue
            if channel.type == "quantitative":
                texts = [v for v in values if not isinstance(v, bool) and not _plain_number(v)]
                wrong, kind = texts, "numbers"
            elif channel.type == "temporal":
                wrong, kind = [v for v in values if not _looks_like_date(v)], "dates"
            else:
                continue
            if len(wrong) > len(values) / 2:
                return fail(
                    f"The field {channel.field!r} on {channel.name} is used as {kind}, but holds "
                    f"values such as {str(wrong[0])[:60]!r}.",
                    f"Give {channel.field!r} a fitting type, or turn it into {kind} first.",
                    field=channel.field,
                    type=channel.type,
                    examples=[str(v)[:60] for v in wrong[:5]],
                )
    return ok()


def _plain_number(value: Any) -> bool:
    """Whether Vega reads a value as a number: no thousands separators, no units."""
    if isinstance(value, str):
        return number_of(value) is not None and not set(value) & set(",$%")
    return isinstance(value, int | float)


def _looks_like_date(value: Any) -> bool:
    """Whether JavaScript's Date reads a value."""
    import re

    if isinstance(value, int | float):
        return True
    text = str(value).strip()
    if re.search(r"\d{4}|\d{1,2}[/-]\d{1,2}[/-]\d{2}", text):
        return True
    return bool(re.match(r"\d{1,2}:\d{2}", text))


# ── scales ──────────────────────────────────────────────────────────────────────────────────


def _bars_start_at_zero(given: CheckInput) -> Finding:
    if any(not demand.wanted for demand in given.demands.of(ZeroDemand)):
        return skip("A baseline other than zero was asked for.")
    bars = [mark for mark in given.facts.marks if mark.kind in {"bar", "area"}]
    if not bars:
        return skip("There are no bars or areas.")
    for mark in bars:
        low = _baseline(given, mark.unit, mark.measure_channel)
        if low is not None and low > 0:
            return fail(
                f"The bars begin at {low:g}, not at zero, so their lengths mislead.",
                "Start the scale of the bars at zero.",
                baseline=low,
            )
    return ok()


def _baseline(given: CheckInput, unit: Unit | None, axis: str) -> float | None:
    """Where a bar's scale begins, when that is above zero; None if it begins at zero."""
    if unit is None:
        limits = given.facts.domains.get(axis)
        scales = given.facts.scales.get(axis, frozenset())
        return limits[0] if limits and not scales & {"log", "date"} else None
    channel = unit.channels.get(axis)
    if channel is None or not channel.measure or f"{axis}2" in unit.channels:
        return None
    scale = channel.definition.get("scale")
    if not isinstance(scale, Mapping) or scale.get("type", "linear") not in {"linear", "sqrt"}:
        return None
    domain = scale.get("domain")
    low = number_of(domain[0]) if isinstance(domain, list) and domain else None
    if low is not None and low > 0 and scale.get("zero") is not True:
        return low
    if scale.get("zero") is False and domain is None and unit.layered is None:
        values = [
            float(v)
            for mark in given.facts.marks
            if mark.unit is unit
            for row in mark.rows
            if isinstance(v := row.get(axis), int | float)
        ]
        return min(values) if values and min(values) > 0 else None
    return None


def _log_scale_domain(given: CheckInput) -> Finding:
    found = False
    for mark in given.facts.marks:
        for axis in ("x", "y"):
            if mark.unit is not None:
                channel = mark.unit.channels.get(axis)
                scale = channel.definition.get("scale") if channel else None
                logarithmic = isinstance(scale, Mapping) and scale.get("type") == "log"
            else:
                logarithmic = "log" in given.facts.scales.get(axis, frozenset())
            if not logarithmic:
                continue
            found = True
            values = [v for row in mark.rows if isinstance(v := row.get(axis), int | float)]
            bad = sum(v <= 0 for v in values)
            if bad and not (mark.kind in {"bar", "area"} and min(values) == 0):
                return fail(
                    f"{bad} values of the logarithmic {axis} axis are zero or negative.",
                    "Use a symlog or linear scale, or filter those values and say so.",
                    axis=axis,
                    count=bad,
                )
    return ok() if found else skip("There is no logarithmic scale.")


# ── marks ───────────────────────────────────────────────────────────────────────────────────


def _line_has_order(given: CheckInput) -> Finding:
    lines = [m for m in given.facts.data_marks if m.kind in {"line", "area", "trail"}]
    if not lines:
        return skip("There are no lines.")
    for mark in lines:
        series: dict[str, int] = {}
        for row in mark.rows:
            key = str(
                (
                    row.get("color"),
                    row.get("detail"),
                    row.get("row"),
                    row.get("column"),
                    row.get("facet"),
                )
            )
            series[key] = series.get(key, 0) + 1
        if len(series) > 1 and max(series.values()) == 1 and _alone(given, mark.unit):
            return fail(
                "Every line has a single point, so no line can be seen.",
                "Draw bars or points, or group the lines by fewer fields.",
                series=len(series),
            )
    return ok()


def _alone(given: CheckInput, unit: Unit | None) -> bool:
    """Whether points are not drawn with the lines."""
    if unit is not None and unit.mark_definition.get("point"):
        return False
    return not any(mark.kind == "point" for mark in given.facts.marks)


def _stack_of_non_additive(given: CheckInput) -> Finding:
    stacks = [mark for mark in given.facts.marks if mark.stacked]
    if not stacks:
        return skip("Nothing is stacked.")
    from multivis.charts.checks.data import sql_aggregates

    outer = sql_aggregates(given)
    for mark in stacks:
        if mark.unit is None or mark.kind == "arc":
            continue
        channel = mark.unit.channels.get(mark.measure_channel)
        if channel is None:
            continue
        inner = outer.get(channel.field or "")
        if channel.aggregate in {"mean", "average", "median", "min", "max"} or (
            inner in {"avg", "min", "max", "median"} and channel.aggregate in {None, "sum"}
        ):
            if not _piled(mark.rows, mark.category_channel):
                continue
            return fail(
                f"Means or extremes of {channel.field!r} are stacked, but their sum means nothing.",
                "Draw the groups side by side (xOffset or facets), or stack sums or counts.",
                field=channel.field,
            )
    return ok()


def _piled(rows: tuple[Mapping[str, Any], ...], place: str) -> bool:
    """Whether any place holds more than one bar."""
    seen: set[str] = set()
    for row in rows:
        key = str((row.get(place), row.get("row"), row.get("column"), row.get("facet")))
        if key in seen:
            return True
        seen.add(key)
    return False


CHECKS = (
    Check(
        "fields-exist",
        "Every encoded field exists in the data.",
        Severity.ERROR,
        _fields_exist,
        _ALTAIR,
    ),
    Check(
        "field-types-fit",
        "Every field has a type that fits its values.",
        Severity.ERROR,
        _field_types_fit,
        _ALTAIR,
    ),
    Check(
        "bars-start-at-zero", "Bars and areas begin at zero.", Severity.WARNING, _bars_start_at_zero
    ),
    Check(
        "log-scale-domain",
        "A logarithmic scale shows no zero and no negative value.",
        Severity.ERROR,
        _log_scale_domain,
    ),
    Check("line-has-order", "Lines join more than one point.", Severity.WARNING, _line_has_order),
    Check(
        "stack-of-non-additive",
        "Only sums and counts are stacked.",
        Severity.WARNING,
        _stack_of_non_additive,
        _ALTAIR,
    ),
)
