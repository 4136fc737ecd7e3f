"""A Matplotlib figure in words and numbers, so that checks can read it. Runs in the worker.

Matplotlib has no specification; this description takes its place: per axes the titles, scales,
tick labels and legend, and per artist its type, label and data in data coordinates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["describe_figure", "watch_boxes"]

_MAXIMUM_VALUES = 2_000
_MAXIMUM_ARTISTS = 500


def describe_figure(figure: Any) -> dict[str, Any]:
    """Describe a figure.

    Args:
        figure: A `matplotlib.figure.Figure` that has been drawn.

    Returns:
        ``library``, ``width`` and ``height`` (pixels at the figure's own resolution), ``title``,
        and ``axes``: per axes ``title``, ``xlabel``, ``ylabel``, ``xscale``, ``yscale``,
        ``xlim``, ``ylim``, ``xticklabels``, ``yticklabels``, ``legend`` (texts),
        ``legend_title``, ``position`` and ``artists``. An artist has ``type`` (``bars``,
        ``line``, ``points``, ``area``, ``pie``, ``image``, ``box``, ``errorbar``, ``text``,
        ``other``), ``label``, ``count`` (all of its marks) and data lists that are cut at
        2,000 values.
    """
    width, height = (float(size) * float(figure.dpi) for size in figure.get_size_inches())
    suptitle = getattr(figure, "_suptitle", None)
    return {
        "library": "matplotlib",
        "width": round(width),
        "height": round(height),
        "title": suptitle.get_text() if suptitle is not None else "",
        "axes": [_describe_axes(axes) for axes in figure.get_axes()],
    }


def watch_boxes() -> None:
    """Have box plots note what they summarise: their lines alone do not tell it.

    `Axes.bxp` draws every box plot. What it was given is kept on the axes for `describe_figure`.
    """
    from matplotlib.axes import Axes

    top: Any = Axes
    original = top.bxp
    if getattr(original, "notes_boxes", False):
        return

    def bxp(axes: Any, bxpstats: Any, *arguments: Any, **options: Any) -> Any:
        drawn = original(axes, bxpstats, *arguments, **options)
        parts = [part for listed in drawn.values() for part in listed]
        axes.__dict__.setdefault("_multivis_boxes", []).append((list(bxpstats), parts))
        return drawn

    bxp.notes_boxes = True  # type: ignore[attr-defined]
    top.bxp = bxp


def _describe_boxes(statistics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Boxes of one call: medians, quartiles and whiskers."""
    names = {"median": "med", "lower": "q1", "upper": "q3", "low": "whislo", "high": "whishi"}
    return {
        "type": "box",
        "label": "",
        "labels": [str(box.get("label", "")) for box in statistics][:_MAXIMUM_VALUES],
        **{name: _numbers(box.get(key) for box in statistics) for name, key in names.items()},
        "count": len(statistics),
    }


def _describe_axes(axes: Any) -> dict[str, Any]:
    """One axes with everything drawn on it."""
    legend = axes.get_legend()
    box = axes.get_position()
    return {
        "title": axes.get_title() or axes.get_title(loc="left") or axes.get_title(loc="right"),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "xscale": axes.get_xscale(),
        "yscale": axes.get_yscale(),
        "xlim": _numbers(axes.get_xlim()),
        "ylim": _numbers(axes.get_ylim()),
        "xticklabels": _texts(axes.get_xticklabels()),
        "yticklabels": _texts(axes.get_yticklabels()),
        "legend": _texts(legend.get_texts()) if legend is not None else [],
        "legend_title": legend.get_title().get_text() if legend is not None else "",
        "position": _numbers([box.x0, box.y0, box.width, box.height]),
        "projection": getattr(axes, "name", "rectilinear"),
        "artists": _artists(axes)[:_MAXIMUM_ARTISTS],
    }


def _texts(artists: Iterable[Any]) -> list[str]:
    """The texts of labels."""
    return [str(artist.get_text()) for artist in artists][:_MAXIMUM_VALUES]


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _numbers(values: Iterable[Any]) -> list[Any]:
    """Numbers, or texts where they are categories or dates; cut at the limit."""
    listed: list[Any] = []
    for value in values:
        if len(listed) >= _MAXIMUM_VALUES:
            break
        if isinstance(value, str):
            listed.append(value)
        elif hasattr(value, "isoformat"):
            listed.append(value.isoformat())
        elif type(value).__name__ == "datetime64":
            listed.append(str(value))
        else:
            listed.append(_number(value))
    return listed


def _label(artist: Any) -> str:
    """The label that a legend would show; Matplotlib's own placeholders are left out."""
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label


def _colour(value: Any) -> str | None:
    """A colour as ``#rrggbb``."""
    from matplotlib.colors import to_hex

    try:
        return str(to_hex(value))
    except (ValueError, TypeError):
        return None


def _artists(axes: Any) -> list[dict[str, Any]]:
    """Everything drawn on an axes: containers first, then what is not part of one."""
    described: list[dict[str, Any]] = []
    members: set[int] = set()
    for container in axes.containers:
        described.append(_describe_container(container))
        members.update(id(part) for part in _members(container))
    for statistics, parts in axes.__dict__.get("_multivis_boxes", []):
        described.append(_describe_boxes(statistics))
        members.update(id(part) for part in parts)
    wedges = [p for p in axes.patches if type(p).__name__ == "Wedge" and id(p) not in members]
    if wedges:
        described.append(_describe_pie(wedges))
    alone = [p for p in axes.patches if id(p) not in members and type(p).__name__ != "Wedge"]
    described += [_describe_patch(patch) for patch in alone]
    described += [_describe_line(line) for line in axes.lines if id(line) not in members]
    described += [_describe_collection(c) for c in axes.collections if id(c) not in members]
    for image in axes.images:
        shape = getattr(image.get_array(), "shape", ())
        described.append(
            {"type": "image", "label": _label(image), "shape": list(shape), "count": 1}
        )
    described += [_describe_text(text) for text in axes.texts if text.get_text()]
    return described


def _describe_text(text: Any) -> dict[str, Any]:
    """A text and where it stands."""
    x, y = text.get_position()
    return {
        "type": "text",
        "label": "",
        "text": text.get_text(),
        "x": _number(x),
        "y": _number(y),
        "count": 1,
    }


def _members(container: Any) -> list[Any]:
    """The artists in a container, however deep."""
    parts: list[Any] = []
    for part in container:
        if isinstance(part, (tuple, list)):
            parts += list(part)
        elif part is not None:
            parts.append(part)
    return parts


def _describe_container(container: Any) -> dict[str, Any]:
    """Bars, error bars and stems."""
    kind = type(container).__name__
    if kind == "BarContainer":
        return _describe_bars(list(container.patches), _label(container))
    if kind == "ErrorbarContainer":
        data = container.lines[0]
        xy = data.get_xydata() if data is not None else []
        return {"type": "errorbar", "label": _label(container), **_points(xy)}
    if kind == "StemContainer":
        return {
            "type": "stem",
            "label": _label(container),
            **_points(container.markerline.get_xydata()),
        }
    return {"type": "other", "label": _label(container), "count": len(_members(container))}


def _describe_bars(patches: Sequence[Any], label: str) -> dict[str, Any]:
    """Bars of one series: where they stand and how long they are."""
    upright = len({round(patch.get_width(), 9) for patch in patches}) == 1
    lying = len({round(patch.get_height(), 9) for patch in patches}) == 1
    horizontal = lying and not upright
    return {
        "type": "bars",
        "label": label,
        "orientation": "horizontal" if horizontal else "vertical",
        "count": len(patches),
        "x": _numbers(patch.get_x() for patch in patches),
        "y": _numbers(patch.get_y() for patch in patches),
        "width": _numbers(patch.get_width() for patch in patches),
        "height": _numbers(patch.get_height() for patch in patches),
        "colors": sorted({c for p in patches if (c := _colour(p.get_facecolor()))})[:100],
    }


def _describe_pie(wedges: Sequence[Any]) -> dict[str, Any]:
    """Slices, as shares of the full turn."""
    return {
        "type": "pie",
        "label": "",
        "labels": [_label(wedge) for wedge in wedges][:_MAXIMUM_VALUES],
        "shares": _numbers((wedge.theta2 - wedge.theta1) / 360 for wedge in wedges),
        "inner": _number(wedges[0].r - wedges[0].width) if wedges[0].width else 0.0,
        "count": len(wedges),
    }


def _describe_patch(patch: Any) -> dict[str, Any]:
    """A patch that stands alone: a box of a box plot, a span, a step histogram."""
    kind = type(patch).__name__
    path = patch.get_path().transformed(patch.get_patch_transform())
    box = path.get_extents()
    return {
        "type": {"PathPatch": "box", "Polygon": "area", "StepPatch": "area"}.get(kind, "other"),
        "label": _label(patch),
        "shape": kind,
        "x": _numbers([box.x0, box.x1]),
        "y": _numbers([box.y0, box.y1]),
        "color": _colour(patch.get_facecolor()),
        "count": 1,
    }


def _describe_line(line: Any) -> dict[str, Any]:
    """A line, or points when only its markers are drawn."""
    bare = str(line.get_linestyle()).lower() in {"none", "", " "}
    return {
        "type": "points" if bare else "line",
        "label": _label(line),
        "color": _colour(line.get_color()),
        **_points(zip(line.get_xdata(), line.get_ydata(), strict=False)),
    }


def _describe_collection(collection: Any) -> dict[str, Any]:
    """Scattered points, filled areas, meshes and line bundles."""
    kind = type(collection).__name__
    if kind == "PathCollection":
        sizes = collection.get_sizes()
        return {
            "type": "points",
            "label": _label(collection),
            "sizes": _numbers(sizes[:_MAXIMUM_VALUES]),
            "values": _array(collection),
            **_points(collection.get_offsets()),
        }
    if kind in {"QuadMesh", "PolyQuadMesh", "PcolorQuadMesh"}:
        array = collection.get_array()
        return {
            "type": "image",
            "label": _label(collection),
            "shape": list(getattr(array, "shape", ())),
            "values": _array(collection),
            "count": int(getattr(array, "size", 0)),
        }
    paths = collection.get_paths()
    known = {
        "FillBetweenPolyCollection": "area",
        "PolyCollection": "area",
        "LineCollection": "line",
    }
    vertices = [
        point for path in paths[:_MAXIMUM_VALUES] for point in path.vertices[:_MAXIMUM_VALUES]
    ]
    return {
        "type": known.get(kind, "other"),
        "label": _label(collection),
        "shape": kind,
        **_points(vertices),
        "count": len(paths),
    }


def _array(collection: Any) -> list[Any]:
    """The values that a collection is coloured by."""
    array = collection.get_array()
    return [] if array is None else _numbers(array.ravel()[:_MAXIMUM_VALUES])


def _points(pairs: Iterable[Any]) -> dict[str, Any]:
    """Positions as two lists and their number."""
    listed = list(pairs)
    return {
        "x": _numbers(pair[0] for pair in listed),
        "y": _numbers(pair[1] for pair in listed),
        "count": len(listed),
    }
