"""Facts of a Matplotlib figure, read from the description that the sandbox makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from multivis.charts.checks.facts import ChartFacts, DrawnMark, LegendFacts

__all__ = ["matplotlib_facts"]

_KINDS = {
    "bars": "bar",
    "line": "line",
    "points": "point",
    "area": "area",
    "pie": "arc",
    "image": "rect",
    "box": "box",
    "errorbar": "error",
    "stem": "rule",
    "text": "text",
}


def matplotlib_facts(description: Mapping[str, Any]) -> ChartFacts:
    """Read a description's facts."""
    axes = [a for a in description.get("axes") or [] if isinstance(a, Mapping)]
    drawn = [a for a in axes if a.get("artists")]
    titles = [description.get("title"), *(a.get("title") for a in axes)]
    legends = tuple(
        LegendFacts(str(a.get("legend_title") or ""), tuple(map(str, a["legend"])))
        for a in axes
        if a.get("legend")
    )
    orders = {}
    for axis in ("x", "y"):
        labels = [str(t) for a in drawn[:1] for t in a.get(f"{axis}ticklabels") or [] if t]
        if labels and not all(_numeric(label) for label in labels):
            upward = axis == "y" and not _falling(drawn[0].get("ylim"))
            orders[axis] = tuple(reversed(labels)) if upward else tuple(labels)
    return ChartFacts(
        marks=tuple(_mark(artist, a) for a in axes for artist in a.get("artists") or []),
        titles=tuple(str(t) for t in titles if t),
        axis_titles={
            axis: tuple(str(a[f"{axis}label"]) for a in axes if a.get(f"{axis}label"))
            for axis in ("x", "y")
        },
        axes={"x": len(drawn), "y": len(drawn)},
        legends=legends,
        panels=max(1, len({tuple(a.get("position") or ()) for a in drawn})),
        tooltip=False,
        scales={
            axis: frozenset(str(a[f"{axis}scale"]) for a in axes if a.get(f"{axis}scale"))
            for axis in ("x", "y")
        },
        domains=_domains(drawn),
        orders=orders,
        width=_size(description.get("width")),
        height=_size(description.get("height")),
    )


def _size(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _numeric(label: str) -> bool:
    """Whether a tick label is a number."""
    try:
        float(label.replace("\u2212", "-").replace(",", "").rstrip("%"))
    except ValueError:
        return False
    return True


def _falling(limits: Any) -> bool:
    """Whether an axis runs downwards."""
    return isinstance(limits, list) and len(limits) == 2 and limits[0] > limits[1]


def _domains(axes: list[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Limits of the axes of the first plotting area."""
    found = {}
    for axis in ("x", "y"):
        for a in axes[:1]:
            limits = a.get(f"{axis}lim")
            if isinstance(limits, list) and len(limits) == 2 and None not in limits:
                found[axis] = (min(limits), max(limits))
    return found


def _mark(artist: Mapping[str, Any], axes: Mapping[str, Any]) -> DrawnMark:
    """A mark from an artist."""
    kind = _KINDS.get(str(artist.get("type")), "other")
    horizontal = artist.get("orientation") == "horizontal"
    rows = _rows(artist, kind, horizontal, axes)
    colours = {*(artist.get("colors") or ()), artist.get("color")}
    return DrawnMark(
        kind=kind,
        rows=tuple(rows),
        count=1 if kind in {"line", "area"} and rows else int(artist.get("count") or 0),
        horizontal=horizontal,
        colours=frozenset(c for c in colours if isinstance(c, str)),
        annotation=kind == "text" or _straight(artist, kind),
        channels=frozenset(key for row in rows[:1] for key in row),
    )


def _straight(artist: Mapping[str, Any], kind: str) -> bool:
    """Whether a line is a reference line: two points in a row or column."""
    x, y = artist.get("x"), artist.get("y")
    if kind != "line" or not isinstance(x, list) or not isinstance(y, list) or len(x) != 2:
        return False
    return len(set(map(str, x))) == 1 or len(set(map(str, y))) == 1


def _rows(
    artist: Mapping[str, Any], kind: str, horizontal: bool, axes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Drawn rows of an artist."""
    if kind == "arc":
        labels = artist.get("labels") or []
        shares = artist.get("shares") or []
        return [
            {"color": labels[i] if i < len(labels) else "", "theta": share}
            for i, share in enumerate(shares)
        ]
    x, y = artist.get("x"), artist.get("y")
    if not isinstance(x, list) or not isinstance(y, list):
        return []
    if kind != "bar":
        return [{"x": a, "y": b} for a, b in zip(x, y, strict=False)]
    lengths = artist.get("width" if horizontal else "height") or []
    names = [str(t) for t in axes.get("yticklabels" if horizontal else "xticklabels") or []]
    place, measure = ("y", "x") if horizontal else ("x", "y")
    positions = y if horizontal else x
    named = len(names) == len(lengths) and not all(_numeric(n) for n in names)
    label = artist.get("label")
    rows = []
    for i, length in enumerate(lengths):
        row = {place: names[i] if named else positions[i], measure: length}
        rows.append({**row, "color": label} if label else row)
    return rows
