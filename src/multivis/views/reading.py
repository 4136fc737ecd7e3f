"""Parts of a specification, within a number of characters: by path, by focus, or shortened."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from multivis.errors import InputError
from multivis.views.arrays import decode_array, decode_tree, is_typed_array, plain
from multivis.views.figure import Figure, ViewState
from multivis.views.focus import focal_context, focused_traces

__all__ = [
    "FOCUS_SHARE",
    "MOST_CHARACTERS",
    "at_path",
    "characters",
    "focus_budget",
    "focused",
    "within",
]

MOST_CHARACTERS = 20_000
"""Size of an answer when the caller asks for none: about 5,000 tokens."""

FOCUS_SHARE = 0.02
"""Part of the whole specification's characters that a focused read costs at most."""

_LEAST = 200
_FEW_POINTS = 1_000
_LITTLE = 2_000
_STEP = re.compile(
    r"\.?([A-Za-z_$][\w$-]*)|\[(-?\d+)\]|\[(-?\d*):(-?\d*)\]|\[\"([^\"]*)\"\]|\['([^']*)'\]"
)


def characters(value: Any) -> int:
    """Length of a value as JSON text."""
    return len(json.dumps(value, ensure_ascii=False, default=str))


# ── a path ──────────────────────────────────────────────────────────────────────────────────


def at_path(spec: Any, path: str) -> Any:
    """The part of a specification at a path, typed arrays decoded.

    Args:
        spec: The specification.
        path: ``data[0].y[10:20]``, ``layout.xaxis.title``, ``datasets["a b"][0]``.

    Raises:
        InputError: The path cannot be read or leads nowhere; the message names what is there.
    """
    node, done = spec, 0
    while done < len(path):
        match = _STEP.match(path, done)
        if match is None:
            raise InputError(
                f"The path {path!r} cannot be read from {path[done : done + 20]!r} on.",
                hint="Write it like data[0].y[10:20] or layout.xaxis.title.",
            )
        node = _step(node, match, path[:done] or "the specification")
        done = match.end()
    return decode_tree(node)


def _step(node: Any, match: re.Match[str], where: str) -> Any:
    if is_typed_array(node):
        node = decode_array(node)
    name = next((g for g in (match[1], match[5], match[6]) if g is not None), None)
    if name is not None:
        if isinstance(node, Mapping) and name in node:
            return node[name]
        there = ", ".join(map(str, list(node)[:30])) if isinstance(node, Mapping) else ""
        raise InputError(
            f"There is no {name!r} in {where}.",
            hint=f"It has {there}." if there else f"It is {_describe(node)}.",
        )
    if not hasattr(node, "__len__") or isinstance(node, str | Mapping):
        raise InputError(f"{where} is no list: it is {_describe(node)}.", hint="Leave out [ ].")
    if match[2] is None:
        return node[slice(_end(match[3]), _end(match[4]))]
    place = int(match[2])
    if not -len(node) <= place < len(node):
        raise InputError(
            f"{where} has no element {place}.",
            hint=f"It has {len(node)}: use 0 to {len(node) - 1}." if len(node) else "It is empty.",
        )
    return node[place]


def _end(text: str) -> int | None:
    return int(text) if text else None


def _describe(node: Any) -> str:
    if hasattr(node, "__len__") and not isinstance(node, str | Mapping):
        return f"a list of {len(node)} elements"
    if isinstance(node, Mapping):
        return "an object with " + ", ".join(list(node)[:20])
    return json.dumps(plain(node))[:80]


# ── a size ──────────────────────────────────────────────────────────────────────────────────


def within(value: Any, most: int) -> tuple[Any, bool]:
    """A value that takes at most `most` characters as JSON, and whether it had to be shortened.

    Long lists keep their ends and say their length and extremes; deep parts are named only.
    """
    if characters(value) <= most:
        return value, False
    for keep, depth in ((50, 9), (20, 8), (8, 7), (4, 6), (3, 5), (2, 4), (1, 3), (1, 2)):
        short = _shortened(value, keep, depth)
        if characters(short) <= most:
            return short, True
    short = _describe(value)[:most]
    while characters(short) > most:  # escaped characters take more room than they have
        short = short[: len(short) * 9 // 10]
    return short, True


def _shortened(node: Any, keep: int, depth: int) -> Any:
    if isinstance(node, str):
        return node if len(node) <= 200 else node[:80] + f"… ({len(node)} characters)"
    if isinstance(node, Mapping):
        if depth <= 0 and node:
            return f"… an object of {len(node)} parts"
        return {key: _shortened(item, keep, depth - 1) for key, item in node.items()}
    if isinstance(node, list):
        if depth <= 0 and node:
            return f"… a list of {len(node)}"
        if len(node) <= 2 * keep + 1:
            return [_shortened(item, keep, depth - 1) for item in node]
        ends = [_shortened(item, keep, depth - 1) for item in (*node[:keep], *node[-keep:])]
        short: dict[str, Any] = {"length": len(node), "first": ends[:keep], "last": ends[keep:]}
        found = [v for v in node if isinstance(v, int | float) and not isinstance(v, bool)]
        if found and all(v is None or isinstance(v, int | float) for v in node):
            short |= {"minimum": min(found), "maximum": max(found)}
        return short
    return node


# ── the focus ───────────────────────────────────────────────────────────────────────────────


def focused(
    figure: Figure, state: ViewState, *, most: int, frame: str | None = None
) -> dict[str, Any]:
    """What is in focus: the points of each visible trace, with their rows in the figure.

    Args:
        figure: The figure.
        state: The state whose focus is read.
        most: Characters that the answer may take.
        frame: A frame of an animation.

    Returns:
        ``{"focus", "data": [{"trace", "name", "points", "of", "index", <columns>}]}``; a
        ``"hint"`` when not all points fitted. ``index`` is ``[first, last]`` where rows follow
        each other.
    """
    traces = focused_traces(figure, state, frame=frame)
    whole = {t.index: len(t) for t in figure.traces(state, frame=frame)}
    titles = {name: axis.title for name, axis in figure.axes().items() if axis.title}
    context = focal_context(figure, state)
    keeps = [10**9, 300, 100, 30, 10, 5, 3, 2, 1, 0]
    largest = max((len(trace) for trace in traces), default=0)
    made: dict[str, Any] = {}
    for keep in [k for k in keeps if k < largest or k == 10**9]:
        if keep == 10**9 and largest > most:  # a point takes more than a character
            continue
        made = {"focus": context, "titles": titles} if titles else {"focus": context}
        made["data"] = [_points(trace, keep, whole.get(trace.index, 0)) for trace in traces]
        if keep < largest:
            made["hint"] = "Not all points are shown: zoom further, or ask a calculator."
        if characters(made) <= most:
            return made
        made.pop("titles", None)
        if characters(made) <= most:
            return made
    return _counted(made, traces, most)


def _points(trace: Any, keep: int, whole: int) -> dict[str, Any]:
    size = len(trace)
    made: dict[str, Any] = {"trace": trace.index}
    if trace.name:
        made["name"] = trace.name
    made |= {"points": size, "of": whole}
    places: Sequence[int] = range(size)
    if size > keep:
        places = range(keep)
    rows = [trace.row(place) for place in places]
    if rows and rows == list(range(rows[0], rows[0] + len(rows))):
        made["index"] = [rows[0], rows[-1]]
    elif rows:
        made["index"] = rows
    for role, column in trace.columns.items():
        if rows:
            made[role] = [plain(column[place]) for place in places if place < len(column)]
    return made


def _counted(made: dict[str, Any], traces: Sequence[Any], most: int) -> dict[str, Any]:
    """The last resort: how many points are in focus, and how to see fewer."""
    short = {
        "focus": made.get("focus", {}),
        "points": sum(len(trace) for trace in traces),
        "traces": [trace.index for trace in traces[:20]],
        "hint": "Zoom further (relayout), or ask a calculator.",
    }
    if characters(short) > most:
        short.pop("focus")
    if characters(short) > most:
        short["traces"] = len(traces)
    return short


def focus_budget(size: int, points: int, asked: int | None) -> int:
    """Characters of a focused read: at most 2 % of the whole specification.

    A figure of under 1,000 points is small in any case: its focus may take 2,000 characters.
    """
    if asked is not None:
        return asked
    if points < _FEW_POINTS:
        return _LITTLE
    return max(_LEAST, min(MOST_CHARACTERS, int(size * FOCUS_SHARE)))
