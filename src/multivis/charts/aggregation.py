"""The aggregates of a Vega-Lite view, computed beforehand with Vega-Lite's own bins and units.

The view keeps its encodings: grouping fields keep their names and one row stands for each group,
so aggregating once more changes nothing. Only counts become sums of a column of counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from multivis.errors import MultiVisError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NotReducible", "aggregate_leaf", "bin_steps", "column_of", "fields_of"]

_SAME = frozenset({"sum", "mean", "average", "median", "min", "max", "q1", "q3"})
_ADDITIVE = frozenset({"sum", "min", "max", "count"})
_FEW_BINS = frozenset(
    {"row", "column", "facet", "size", "color", "fill", "stroke", "strokeWidth", "opacity"}
    | {"fillOpacity", "strokeOpacity", "shape"}
)
_UNITS = ("year", "quarter", "month", "week", "dayofyear", "date", "day", "hours", "minutes")
_UNIT = re.compile("|".join((*_UNITS, "seconds", "milliseconds")))
_DATUM = re.compile(r"datum\.(\w+)|datum\[['\"](.+?)['\"]\]")


class NotReducible(MultiVisError):
    """A chart cannot be made small without changing what it says."""


def fields_of(encoding: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every definition that reads data: (channel, definition); conditions included."""
    for channel, value in encoding.items():
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                continue
            if "field" in part or "aggregate" in part:
                yield channel, part
            conditions = part.get("condition")
            for condition in conditions if isinstance(conditions, list) else [conditions]:
                if isinstance(condition, dict) and (
                    "field" in condition or "aggregate" in condition
                ):
                    yield channel, condition


def column_of(part: dict[str, Any], frame: pd.DataFrame) -> str:
    """The column that a definition reads.

    Raises:
        NotReducible: The frame has no such column.
    """
    name = part.get("field")
    if isinstance(name, str):
        if name in frame.columns:
            return name
        plain = re.sub(r"\\(.)", r"\1", name)
        if plain in frame.columns:
            return plain
    raise NotReducible(f"the field {name!r} is no column of the frame.")


def aggregate_leaf(
    frame: pd.DataFrame, encoding: dict[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The groups of a view with their aggregates, and the encodings that draw them.

    Args:
        frame: The rows.
        encoding: The view's encodings, inherited ones included; at least one aggregates.

    Returns:
        One row for each group; and the encodings, changed where a count or a clash of names
        asks for it.

    Raises:
        NotReducible: Something depends on single rows, or is not known here.
    """
    groups = _Groups(frame)
    measures: dict[tuple[str, str | None], str] = {}
    parts = list(fields_of(encoding))
    changed = {id(part): dict(part) for _, part in parts}
    for channel, part in parts:
        if "aggregate" not in part:
            changed[id(part)] |= groups.add(channel, part)
    for _, part in parts:
        if "aggregate" in part:
            changed[id(part)] |= _measure(part, frame, groups, measures, parts)
    _check_sorts(parts, groups, measures, frame)
    _check_tests(encoding, groups)
    return _compute(frame, groups, measures), _rebuilt(encoding, changed)


class _Groups:
    """The keys that rows are grouped by: column → values to group by."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.keys: dict[str, list[Any]] = {}
        self.shown: dict[str, Any] = {}  # what stands for the group in its column
        self.ways: dict[str, str] = {}

    def add(self, channel: str, part: dict[str, Any]) -> dict[str, Any]:
        """Group by a definition; what to change in it."""
        column = column_of(part, self.frame)
        way, change, keys, shown = self._way(channel, part, column)
        if self.ways.setdefault(column, way) != way:
            raise NotReducible(f"the column {column!r} is grouped in two ways.")
        self.keys[column], self.shown[column] = keys, shown
        return change

    def _way(
        self, channel: str, part: dict[str, Any], column: str
    ) -> tuple[str, dict[str, Any], list[Any], Any]:
        values = self.frame[column]
        binned, unit = part.get("bin"), part.get("timeUnit")
        if unit:
            return f"unit {unit}", {}, _unit_keys(values, unit), None
        if binned is None or binned is False or binned == "binned":
            return "plain", {}, [values], None
        start, step, extent = _bins(values, binned, channel)
        place = ((values.clip(upper=extent[1]) - start) / step + 1e-14).map(math.floor, "ignore")
        last = max(0, round((extent[2] - start) / step) - 1)
        place = place.clip(lower=0, upper=last)
        settings = dict(binned) if isinstance(binned, dict) else {}
        settings["extent"] = [extent[0], extent[1]]
        middle = start + (place + 0.5) * step
        return f"bin {start} {step}", {"bin": settings}, [place], middle


def _bins(
    values: pd.Series[Any], binned: Any, channel: str
) -> tuple[float, float, tuple[float, float, float]]:
    settings = binned if isinstance(binned, dict) else {}
    if set(settings) - {"maxbins", "step", "nice", "base", "minstep", "extent"}:
        raise NotReducible("its bins are set in a way that is not known here.")
    if values.dtype.kind not in "iuf":
        raise NotReducible("only numbers can be binned.")
    extent = settings.get("extent") or [float(values.min()), float(values.max())]
    if not (isinstance(extent, list) and all(isinstance(e, int | float) for e in extent)):
        raise NotReducible("the extent of its bins is chosen in the browser.")
    most = settings.get("maxbins") or (6 if channel in _FEW_BINS else 10)
    start, stop, step = bin_steps(
        extent[0],
        extent[1],
        maxbins=most,
        step=settings.get("step"),
        nice=settings.get("nice", True) is not False,
        base=settings.get("base") or 10,
        minstep=settings.get("minstep") or 0,
    )
    return start, step, (extent[0], extent[1], stop)


def bin_steps(
    low: float,
    high: float,
    *,
    maxbins: float = 10,
    step: float | None = None,
    nice: bool = True,
    base: float = 10,
    minstep: float = 0,
) -> tuple[float, float, float]:
    """Start, stop and step of Vega's bins over [low, high] (the ``bin`` transform's method)."""
    span = (high - low) or abs(low) or 1.0
    if not step:
        logarithm = math.log(base)
        level = math.ceil(math.log(maxbins) / logarithm)
        # JavaScript rounds halves up
        power = math.floor(math.log(span) / logarithm + 0.5) - level
        step = max(minstep, base**power)
        while math.ceil(span / step) > maxbins:
            step *= base
        for divisor in (5, 2):
            finer = step / divisor
            if finer >= minstep and span / finer <= maxbins:
                step = finer
    size = math.log(step)
    precision = 0 if size >= 0 else int(-size / math.log(base)) + 1
    if nice:
        floor = math.floor(low / step + base ** (-precision - 1)) * step
        low = floor - step if low < floor else floor
        high = math.ceil(high / step) * step
    return low, low + step if high == low else high, step


def _unit_keys(values: pd.Series[Any], unit: Any) -> list[Any]:
    """The parts of dates that a time unit keeps."""
    import pandas as pd

    if not isinstance(unit, str) or unit.startswith(("utc", "binned")):
        raise NotReducible(f"the time unit {unit!r} is not known here.")
    names = _UNIT.findall(unit)
    if "".join(names) != unit:
        raise NotReducible(f"the time unit {unit!r} is not known here.")
    dates = values
    if values.dtype.kind != "M":
        try:
            dates = pd.to_datetime(values, format="ISO8601")
        except (ValueError, TypeError) as error:
            raise NotReducible("its dates are not written as ISO dates.") from error
    if getattr(dates.dtype, "tz", None) is not None:
        raise NotReducible("its dates have a time zone, which the browser would change.")
    return [_unit_part(dates.dt, name) for name in names]


def _unit_part(dates: Any, name: str) -> Any:
    if name == "week":  # weeks begin on Sunday, as in Vega
        return (dates.day_of_year + 6 - (dates.day_of_week + 1) % 7) // 7
    if name == "milliseconds":
        return dates.microsecond // 1000
    attribute = {"dayofyear": "day_of_year", "date": "day", "day": "day_of_week"}.get(name)
    return getattr(dates, attribute or name.removesuffix("s"))


def _measure(
    part: dict[str, Any],
    frame: pd.DataFrame,
    groups: _Groups,
    measures: dict[tuple[str, str | None], str],
    parts: list[tuple[str, dict[str, Any]]],
) -> dict[str, Any]:
    """Note an aggregate; what to change in its definition."""
    operation = part["aggregate"]
    if not isinstance(operation, str):
        raise NotReducible("it looks for the row with the lowest or highest value.")
    if "bin" in part or "timeUnit" in part:
        raise NotReducible("it bins what it aggregates.")
    if operation == "count":
        measures["count", None] = "__count"
        return {"aggregate": "sum", "field": "__count", "title": part.get("title", _title(part))}
    column = column_of(part, frame)
    if operation not in _SAME and part.get("type") not in (None, "quantitative"):
        raise NotReducible("it draws a number of values as something else than a number.")
    others = {
        other["aggregate"]
        for _, other in parts
        if isinstance(other.get("aggregate"), str) and other.get("field") == part["field"]
    }
    if operation in _SAME and others == {operation} and column not in groups.keys:
        measures[operation, column] = column
        return {}
    name = f"{operation}_{column}"
    measures[operation, column] = name
    kept = operation if operation in _SAME else "max"
    escaped = re.sub(r"([.\[\]\\'\"])", r"\\\1", name)
    return {"aggregate": kept, "field": escaped, "title": part.get("title", _title(part))}


def _title(part: dict[str, Any]) -> str:
    """The title that Vega-Lite would give an aggregate."""
    if part["aggregate"] == "count":
        return "Count of Records"
    return f"{str(part['aggregate']).capitalize()} of {part['field']}"


def _check_sorts(
    parts: list[tuple[str, dict[str, Any]]],
    groups: _Groups,
    measures: dict[tuple[str, str | None], str],
    frame: pd.DataFrame,
) -> None:
    """Sorting by an aggregate over several groups must still give the same order."""
    operations = {operation for operation, _ in measures}
    simple = len(groups.keys) <= 1 or operations <= _ADDITIVE
    for _, part in parts:
        sort = part.get("sort")
        if isinstance(sort, str) and sort.lstrip("-") in ("x", "y", "color", "size") and not simple:
            raise NotReducible("it sorts by a mean over several groups.")
        if isinstance(sort, dict) and "field" in sort:
            operation = sort.get("op", "min")
            kept = measures.get((operation, column_of(sort, frame)))
            if kept != sort["field"] or (operation not in _ADDITIVE and not simple):
                raise NotReducible("it sorts by something else than it draws.")
        elif isinstance(sort, dict) and "encoding" in sort and not simple:
            raise NotReducible("it sorts by a mean over several groups.")


def _check_tests(encoding: dict[str, Any], groups: _Groups) -> None:
    """Conditions may look at grouping columns only."""
    for text in _texts(encoding):
        for found in _DATUM.findall(text):
            name = found[0] or found[1]
            if groups.ways.get(name) != "plain":
                raise NotReducible(f"a condition reads {name!r} of single rows.")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("test", "expr", "labelExpr") and isinstance(value, str):
                yield value if key != "labelExpr" else ""
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from _texts(item)


def _compute(
    frame: pd.DataFrame, groups: _Groups, measures: dict[tuple[str, str | None], str]
) -> pd.DataFrame:
    """One row for each group."""
    import pandas as pd

    if groups.keys:
        columns = [key for keys in groups.keys.values() for key in keys]
        number = (
            pd.concat([pd.Series(column).reset_index(drop=True) for column in columns], axis=1)
            .set_axis(range(len(columns)), axis=1)
            .groupby(list(range(len(columns))), dropna=False, sort=False)
            .ngroup()
        )
    else:
        number = pd.Series(0, index=range(len(frame)))
    rows = frame.reset_index(drop=True)
    grouped = rows.groupby(number, sort=True)
    result: dict[str, Any] = {}
    for column in groups.keys:
        shown = groups.shown[column]
        source = rows[column] if shown is None else shown.reset_index(drop=True)
        result[column] = source.groupby(number).first()
    for (operation, measured), name in measures.items():
        result[name] = _aggregate(grouped, operation, measured)
    return pd.DataFrame(result).reset_index(drop=True)


def _aggregate(grouped: Any, operation: str, column: str | None) -> Any:
    if column is None:
        return grouped.size()
    values = grouped[column]
    if operation == "missing":
        return grouped.size() - values.count()
    if operation == "sum":
        return values.sum(min_count=1)
    if operation in ("q1", "q3"):
        return values.quantile(0.25 if operation == "q1" else 0.75)
    if operation in ("stdevp", "variancep"):
        return getattr(values, "std" if operation == "stdevp" else "var")(ddof=0)
    names = {
        "mean": "mean",
        "average": "mean",
        "median": "median",
        "min": "min",
        "max": "max",
        "valid": "count",
        "stdev": "std",
        "variance": "var",
    }
    if operation == "distinct":
        return values.nunique(dropna=False)
    if operation not in names:
        raise NotReducible(f"the aggregate {operation!r} is not known here.")
    try:
        return getattr(values, names[operation])()
    except TypeError as error:
        raise NotReducible(f"the column {column!r} holds no numbers.") from error


def _rebuilt(node: Any, changed: dict[int, dict[str, Any]]) -> Any:
    """A copy of the encodings with the changed definitions in their places."""
    if isinstance(node, list):
        return [_rebuilt(item, changed) for item in node]
    if not isinstance(node, dict):
        return node
    source = changed.get(id(node), node)
    return {key: _rebuilt(value, changed) for key, value in source.items()}
