"""Charts over many rows, made small before they leave the sandbox.

A specification never carries more than `Limits.spec_rows` rows. What a careful analyst would
want instead of the rows depends on the chart:

- **Aggregates** (bars of sums, histograms, heat maps, means over months) are computed here, with
  Vega-Lite's own bins and time units. The picture is the same to the last digit.
- **Box plots** get a few rows for each group that have the same quartiles, whiskers and outliers.
- **Lines and areas** keep the first, last, lowest and highest row in each of many steps along the
  axis: at the chart's size the line is the same.
- **Points** are thinned evenly, every k-th row and all extremes, and a note says so.
- **Everything else** (transforms in the browser, thousands of bars) is refused with the advice to
  aggregate in SQL: an arbitrary part of it would mislead.

What was done stands in ``usermeta.multivis_reduction`` (Plotly: ``layout.meta``). This module runs
inside the sandbox, so its memory and time count against the code's own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multivis.charts.aggregation import NotReducible, aggregate_leaf, column_of, fields_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["install", "reduce_figure", "reduce_specification"]

_PREFIX = "multivis_large_"
_LINES = frozenset({"line", "area", "trail"})
_POINTS = frozenset({"point", "circle", "square", "tick", "text", "rule"})
_FEWEST_STEPS = 50
_MOST_OUTLIERS = 100
_ADVICE = "Aggregate, filter or limit the rows in SQL."


def install(most: int) -> None:
    """Make Altair and Plotly give small specifications in this process.

    Args:
        most: Most rows that a specification may carry.
    """
    import altair

    frames: dict[str, pd.DataFrame] = {}
    usual: Any = altair.default_data_transformer

    def transformer(data: Any = None, max_rows: int | None = None) -> Any:
        """Keep a large frame back and name it; other data goes the usual way."""
        if data is None:
            return lambda later: transformer(later, max_rows)
        if type(data).__name__ == "DataFrame" and hasattr(data, "iloc") and len(data) > most:
            for name, frame in frames.items():
                if frame is data:
                    return {"name": name}
            name = f"{_PREFIX}{len(frames)}"
            frames[name] = data
            return {"name": name}
        return usual(data, max_rows=None)

    altair.data_transformers.register("default", transformer)
    altair.data_transformers.enable("default")
    top: Any = altair.TopLevelMixin
    original = top.to_dict

    def to_dict(chart: Any, *arguments: Any, **options: Any) -> Any:
        spec = original(chart, *arguments, **options)
        context = options.get("context") or {}
        if context.get("top_level", True) and frames:
            return reduce_specification(spec, frames, most)
        return spec

    top.to_dict = to_dict
    if "plotly" in sys.modules:
        _install_plotly(most)


def _install_plotly(most: int) -> None:
    import plotly.basedatatypes

    figure: Any = plotly.basedatatypes.BaseFigure
    original = figure.to_plotly_json
    figure.to_plotly_json = lambda chart: reduce_figure(original(chart), most)


# ── Vega-Lite ───────────────────────────────────────────────────────────────────────────────


@dataclass
class _Leaf:
    """A unit view that draws a large frame."""

    spec: dict[str, Any]
    frame: str
    encoding: dict[str, Any]
    transforms: list[Any]
    holder: dict[str, Any]  # where its data has to stand: itself, or the facet around it
    repeated: bool = False

    @property
    def mark(self) -> str:
        mark = self.spec["mark"]
        return str(mark["type"] if isinstance(mark, dict) else mark)


@dataclass
class _Work:
    """What a reduction gathers."""

    most: int
    datasets: dict[str, Any] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    kept: int = 0


def reduce_specification(
    spec: dict[str, Any], frames: dict[str, pd.DataFrame], most: int
) -> dict[str, Any]:
    """Replace named large frames in a Vega-Lite specification by what it needs of them.

    Args:
        spec: Vega-Lite in which ``{"name": key}`` stands for a frame.
        frames: The frames by those names.
        most: Most rows to carry.

    Returns:
        The same specification with data sets of at most `most` rows; ``usermeta`` says what was
        done, or why nothing could be done.
    """
    leaves = list(_leaves(spec, None, {}, [], None, False))
    used = [leaf for leaf in leaves if leaf.frame in frames]
    if not used:
        return spec
    work = _Work(most)
    work.rows = max(len(frames[leaf.frame]) for leaf in used)
    try:
        reduced = [(leaf, _reduce_leaf(leaf, frames[leaf.frame], work, len(used))) for leaf in used]
        _check_holders(reduced)
    except NotReducible as error:
        meta = {"refused": f"The chart draws {work.rows:,} rows: {error} {_ADVICE}"}
        return {**spec, "usermeta": {**(spec.get("usermeta") or {}), "multivis_reduction": meta}}
    _drop_data(spec, set(frames))
    for leaf, frame in reduced:
        _put(leaf, frame, work)
    if work.kept > most:
        text = f"its parts still need {work.kept:,} of at most {most:,} rows."
        meta = {"refused": f"The chart draws {work.rows:,} rows: {text} {_ADVICE}"}
        return {"usermeta": {"multivis_reduction": meta}, "$schema": spec.get("$schema", "")}
    spec["datasets"] = {**(spec.get("datasets") or {}), **work.datasets}
    meta_done = {
        "methods": sorted(set(work.methods)),
        "rows": work.rows,
        "kept": work.kept,
        "notes": list(dict.fromkeys(work.notes)),
    }
    spec["usermeta"] = {**(spec.get("usermeta") or {}), "multivis_reduction": meta_done}
    return spec


def _leaves(
    node: dict[str, Any],
    frame: str | None,
    encoding: dict[str, Any],
    transforms: list[Any],
    holder: dict[str, Any] | None,
    repeated: bool,
) -> Iterator[_Leaf]:
    """Unit views with the data, encodings and transforms that they inherit."""
    data = node.get("data")
    if isinstance(data, dict):
        frame, transforms = data.get("name"), []
    transforms = [*transforms, *(node.get("transform") or [])]
    merged = {**encoding, **(node.get("encoding") or {})}
    if "mark" in node:
        if frame is not None:
            yield _Leaf(node, frame, merged, transforms, holder or node, repeated)
        return
    for key in ("layer", "hconcat", "vconcat", "concat"):
        for part in node.get(key) or []:
            yield from _leaves(part, frame, merged, transforms, holder, repeated)
    inner = node.get("spec")
    if isinstance(inner, dict):
        facet = node.get("facet")
        if isinstance(facet, dict):
            channels = {"facet": facet} if "field" in facet or "bin" in facet else facet
            yield from _leaves(inner, frame, {**merged, **channels}, transforms, node, repeated)
        else:
            yield from _leaves(inner, frame, merged, transforms, holder, True)


def _drop_data(node: Any, names: set[str]) -> None:
    """Take references to the large frames out of a specification."""
    if isinstance(node, list):
        for item in node:
            _drop_data(item, names)
    elif isinstance(node, dict):
        data = node.get("data")
        if isinstance(data, dict) and data.get("name") in names:
            del node["data"]
        for key in ("layer", "hconcat", "vconcat", "concat", "spec"):
            _drop_data(node.get(key), names)


def _check_holders(reduced: list[tuple[_Leaf, pd.DataFrame]]) -> None:
    """Views inside one facet share its data, so they must need the same."""
    for leaf, frame in reduced:
        for other, other_frame in reduced:
            if leaf.holder is other.holder and not frame.equals(other_frame):
                raise NotReducible("the layers of its facets need different summaries.")


def _put(leaf: _Leaf, frame: pd.DataFrame, work: _Work) -> None:
    """Give a view its rows; equal rows are kept once."""
    from altair.utils.data import to_values

    values = to_values(frame)["values"]
    name = next((key for key, rows in work.datasets.items() if rows == values), None)
    if name is None:
        name = f"reduced_{len(work.datasets)}"
        work.datasets[name] = values
        work.kept += len(values)
    leaf.holder["data"] = {"name": name}


def _reduce_leaf(leaf: _Leaf, frame: pd.DataFrame, work: _Work, leaves: int) -> pd.DataFrame:
    """The rows that one view needs."""
    if leaf.transforms:
        raise NotReducible("they would be transformed in the browser.")
    if leaf.mark == "boxplot" and not leaf.repeated:
        work.methods.append("quartiles")
        return _box_rows(leaf, frame, work)
    if leaf.mark in ("boxplot", "errorbar", "errorband"):
        raise NotReducible(f"a mark of type {leaf.mark!r} would be computed in the browser.")
    aggregated = any("aggregate" in part for _, part in fields_of(leaf.encoding))
    if aggregated:
        if leaf.repeated:
            raise NotReducible("they would be aggregated in the browser for each repetition.")
        work.methods.append("aggregates")
        shared = set(leaf.encoding) - set(leaf.spec.get("encoding") or {})
        result, encoding = aggregate_leaf(frame, leaf.encoding)
        if len(result) > work.most:
            raise NotReducible(f"its groups alone are {len(result):,}.")
        own = {key: value for key, value in encoding.items() if key not in shared}
        changed = {key for key in shared if encoding[key] != leaf.encoding[key]}
        leaf.spec["encoding"] = {**own, **{key: encoding[key] for key in changed}}
        return result
    columns = _columns(leaf, frame)
    budget = max(1, work.most // leaves)
    if leaf.mark in _LINES and not leaf.repeated:
        work.methods.append("line")
        return _line_rows(leaf, frame, columns, budget, work)
    if leaf.mark in _POINTS:
        work.methods.append("sample")
        return _sampled(frame[columns], work.most, work)
    raise NotReducible(f"so many marks of type {leaf.mark!r} cannot be told apart.")


def _columns(leaf: _Leaf, frame: pd.DataFrame) -> list[str]:
    """The columns that a view reads; all of them where it cannot be known."""
    if leaf.repeated or _has_test(leaf.encoding):
        return list(frame.columns)
    names = [column_of(part, frame) for _, part in fields_of(leaf.encoding) if "field" in part]
    for _, part in fields_of(leaf.encoding):
        sort = part.get("sort")
        if isinstance(sort, dict) and "field" in sort:
            names.append(column_of(sort, frame))
    return list(dict.fromkeys(names)) or list(frame.columns[:1])


def _has_test(node: Any) -> bool:
    """Whether an expression that may read any column stands somewhere."""
    if isinstance(node, dict):
        return any(key in ("test", "expr") or _has_test(value) for key, value in node.items())
    return isinstance(node, list) and any(_has_test(item) for item in node)


def _sampled(frame: pd.DataFrame, budget: int, work: _Work) -> pd.DataFrame:
    """Every k-th row, and the rows with the lowest and highest values."""
    import numpy as np

    total = len(frame)
    extremes = set()
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind in "iufM" and column.notna().any():
            values = column.to_numpy()
            known = np.flatnonzero(column.notna().to_numpy())
            extremes |= {int(known[values[known].argmin()]), int(known[values[known].argmax()])}
    step = -(-total // max(1, budget - len(extremes)))
    rows = sorted(set(range(0, total, step)) | extremes)
    work.notes.append(
        f"The chart draws {len(rows):,} of {total:,} rows: every {_ordinal(step)} and the extremes."
    )
    return frame.iloc[rows]


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number:,}{ending or 'th'}"


def _line_rows(
    leaf: _Leaf, frame: pd.DataFrame, columns: list[str], budget: int, work: _Work
) -> pd.DataFrame:
    """First, last, lowest and highest row of each series in equal steps along the axis."""
    import numpy as np

    x, y = leaf.encoding.get("x", {}), leaf.encoding.get("y", {})
    sideways = y.get("type") == "temporal"
    along, across = (y, x) if sideways else (x, y)
    if not ({"field"} <= set(along) and {"field"} <= set(across)) or "timeUnit" in along:
        raise NotReducible("their line needs two plain fields.")
    if any("bin" in part or "timeUnit" in part for _, part in fields_of(leaf.encoding)):
        raise NotReducible("their line is binned without an aggregate.")
    place, height = column_of(along, frame), column_of(across, frame)
    series = [
        column_of(part, frame)
        for channel, part in fields_of(leaf.encoding)
        if channel not in ("x", "y", "x2", "y2", "tooltip", "order", "opacity", "size")
        and "field" in part
    ]
    if frame[place].dtype.kind not in "iufM" or frame[height].dtype.kind not in "iuf":
        raise NotReducible("their line does not run over numbers or dates.")
    known = frame[frame[place].notna() & frame[height].notna()][columns].reset_index(drop=True)
    position = known[place].astype("int64" if known[place].dtype.kind == "M" else "float64")
    groups = position * 0
    if series:
        groups = known.groupby(series, dropna=False, sort=False).ngroup()
    steps = budget // (4 * (int(groups.max()) + 1))
    if steps < _FEWEST_STEPS:
        raise NotReducible(f"its {int(groups.max()) + 1:,} lines are too many to thin out.")
    low, high = float(position.min()), float(position.max())
    step = np.minimum(((position - low) / ((high - low) or 1.0) * steps).astype(int), steps - 1)
    keys = [np.asarray(groups), np.asarray(step)]
    by_place, by_height = position.groupby(keys), known[height].groupby(keys)
    rows = np.unique(
        np.concatenate(
            [by_place.idxmin(), by_place.idxmax(), by_height.idxmin(), by_height.idxmax()]
        )
    )
    work.notes.append(
        f"The lines are drawn through {len(rows):,} of {len(frame):,} rows: the first, last, "
        f"lowest and highest in each of {steps:,} steps."
    )
    return known.iloc[rows]


def _box_rows(leaf: _Leaf, frame: pd.DataFrame, work: _Work) -> pd.DataFrame:
    """Rows with the same quartiles, whiskers and outliers, for each group of a box plot."""
    import pandas as pd

    mark = leaf.spec["mark"]
    extent = mark.get("extent", 1.5) if isinstance(mark, dict) else 1.5
    if not (extent == "min-max" or isinstance(extent, int | float)):
        raise NotReducible("the extent of its box plot is not a number.")
    parts = [(channel, part) for channel, part in fields_of(leaf.encoding) if "field" in part]
    measured = [
        column_of(part, frame)
        for channel, part in parts
        if channel in ("x", "y") and part.get("type") == "quantitative"
    ]
    if len(measured) != 1 or any({"bin", "timeUnit", "aggregate"} & set(part) for _, part in parts):
        raise NotReducible("its box plot needs one measure and plain groups.")
    value = measured[0]
    keys = list(
        dict.fromkeys(column_of(p, frame) for _, p in parts if column_of(p, frame) != value)
    )
    if frame[value].dtype.kind not in "iuf":
        raise NotReducible("its box plot needs numbers.")
    known = frame[frame[value].notna()]
    rows: list[dict[str, Any]] = []
    groups = known.groupby(keys, dropna=False, sort=False)[value] if keys else [((), known[value])]
    for key, values in groups:
        sample, thinned = _same_box(values.to_numpy(dtype=float), extent)
        names = dict(zip(keys, key if isinstance(key, tuple) else (key,), strict=True))
        rows += [{**names, value: number} for number in sample]
        if thinned:
            work.notes.append("Box plots show at most 100 outliers on each side of a box.")
    return pd.DataFrame(rows)


def _same_box(values: Any, extent: float | str) -> tuple[list[float], bool]:
    """A few numbers with the same quartiles, whiskers and outliers, and whether some are gone."""
    import numpy as np

    low_quarter, median, high_quarter = np.quantile(values, [0.25, 0.5, 0.75])
    reach = np.inf if extent == "min-max" else float(extent) * (high_quarter - low_quarter)
    inside = values[(values >= low_quarter - reach) & (values <= high_quarter + reach)]
    below = np.unique(values[values < low_quarter - reach])
    above = np.unique(values[values > high_quarter + reach])
    thinned = max(len(below), len(above)) > _MOST_OUTLIERS
    low_ones, high_ones = _thin(below), _thin(above)
    quarter = max(len(low_ones), len(high_ones)) + 2
    # sorted, the quartiles stand at a quarter, a half and three quarters of 4 * quarter + 1 places
    sample = [
        *low_ones,
        float(inside.min()),
        *[low_quarter] * (quarter - len(low_ones)),
        *[median] * (2 * quarter - 1),
        *[high_quarter] * (quarter - len(high_ones)),
        float(inside.max()),
        *high_ones,
    ]
    return [float(number) for number in sample], thinned


def _thin(values: Any) -> list[float]:
    """At most a hundred of some sorted numbers, evenly chosen, ends included."""
    import numpy as np

    if len(values) <= _MOST_OUTLIERS:
        return list(values)
    return list(values[np.linspace(0, len(values) - 1, _MOST_OUTLIERS).astype(int)])


# ── Plotly ──────────────────────────────────────────────────────────────────────────────────


def reduce_figure(figure: dict[str, Any], most: int) -> dict[str, Any]:
    """Thin the traces of a Plotly figure that carry too many points.

    Args:
        figure: From `to_plotly_json`; arrays may be NumPy's.
        most: Most points of all traces together.

    Returns:
        The figure; ``layout.meta`` says what was done, or why nothing could be done.
    """
    traces = [_written_out(trace) for trace in figure.get("data") or []]
    total = sum(_points(trace) for trace in traces)
    if total <= most:
        return figure
    work = _Work(most, rows=total)
    meta: dict[str, Any]
    try:
        figure["data"] = [
            _thinned_trace(trace, max(4, most * _points(trace) // total), work) for trace in traces
        ]
        meta = {"methods": sorted(set(work.methods)), "rows": total, "notes": work.notes}
    except NotReducible as error:
        figure["data"] = []
        meta = {"refused": f"The figure draws {total:,} points: {error} {_ADVICE}"}
    layout = figure.setdefault("layout", {})
    kept = layout.get("meta")
    layout["meta"] = {**(kept if isinstance(kept, dict) else {}), "multivis_reduction": meta}
    return figure


def _written_out(value: Any) -> Any:
    """Plotly's typed arrays (``dtype`` and ``bdata``, base64) as NumPy arrays."""
    import base64

    import numpy as np

    if not isinstance(value, dict):
        return value
    if set(value) >= {"dtype", "bdata"} and isinstance(value["bdata"], str):
        flat = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
        shape = [int(size) for size in str(value.get("shape", "")).split(",") if size.strip()]
        return flat.reshape(shape) if shape else flat
    return {key: _written_out(item) for key, item in value.items()}


def _points(trace: dict[str, Any]) -> int:
    lengths = [len(trace[k]) for k in ("x", "y") if hasattr(trace.get(k), "__len__")]
    return max(lengths, default=0)


def _thinned_trace(trace: dict[str, Any], budget: int, work: _Work) -> dict[str, Any]:
    count = _points(trace)
    if count <= budget:
        return trace
    if trace.get("type", "scatter") not in ("scatter", "scattergl"):
        raise NotReducible(
            f"a trace of type {trace['type']!r} would aggregate them in the browser."
        )
    if "lines" in str(trace.get("mode", "lines")):
        work.methods.append("line")
        rows = _trace_extremes(trace, budget)
        work.notes.append(f"A line is drawn through {len(rows):,} of its {count:,} points.")
    else:
        work.methods.append("sample")
        step = -(-count // budget)
        rows = list(range(0, count, step))
        work.notes.append(f"{len(rows):,} of {count:,} points are drawn: every {_ordinal(step)}.")

    def pick(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: pick(item) for key, item in value.items()}
        if not isinstance(value, str) and hasattr(value, "__len__") and len(value) == count:
            return value[rows].tolist() if hasattr(value, "dtype") else [value[r] for r in rows]
        return value

    picked: dict[str, Any] = pick(trace)
    return picked


def _trace_extremes(trace: dict[str, Any], budget: int) -> list[int]:
    """Positions of the first, last, lowest and highest point of equal runs along a line."""
    import numpy as np

    heights = np.asarray(trace.get("y"), dtype=float)
    rows: set[int] = set()
    for run in np.array_split(np.arange(len(heights)), max(1, budget // 4)):
        known = run[~np.isnan(heights[run])]
        if len(known):
            rows |= {int(run[0]), int(run[-1])}
            rows |= {int(known[heights[known].argmin()]), int(known[heights[known].argmax()])}
    return sorted(rows)
