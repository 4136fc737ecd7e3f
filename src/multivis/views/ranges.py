"""Bounds that a caller asks for, checked against the axes and traces that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multivis.errors import InputError
from multivis.views.figure import Axis, Bound, Trace, ViewState

__all__ = ["asked_ranges", "axis_of", "box_of", "valid_trace"]


def axis_of(axes: Mapping[str, Axis], letter: str, asked: str = "") -> Axis:
    """The x or y axis that is meant: the one named (``"x2"``, ``"xaxis2"``), else the first.

    Raises:
        InputError: There is none; the message names those that there are.
    """
    known = [name for name in axes if name.startswith(letter)]
    if not known:
        raise InputError(
            f"This figure has no {letter} axis, so it cannot be bounded along {letter}.",
            hint="Pies, maps and tables are read with get_plot_json or the calculators.",
        )
    if not asked:
        return axes[known[0]]
    name = str(asked)
    if "axis" not in name:
        name = f"{name[:1]}axis{'' if name[1:] == '1' else name[1:]}"
    if name not in known:
        shown = ", ".join(repr(one) for one in known)
        raise InputError(f"This figure has no {letter} axis {asked!r}.", hint=f"It has {shown}.")
    return axes[name]


def box_of(
    axes: Mapping[str, Axis],
    x: tuple[Bound, Bound],
    y: tuple[Bound, Bound],
    asked: Sequence[str],
) -> dict[str, tuple[float | None, float | None]]:
    """Axis id → bounds as coordinates, for each side that was given at all.

    Raises:
        InputError: No bound at all, no such axis, no such value, or a minimum above its maximum.
    """
    found: dict[str, tuple[float | None, float | None]] = {}
    for letter, given, name in zip("xy", (x, y), [*asked, "", ""], strict=False):
        if given == (None, None):
            continue
        axis = axis_of(axes, letter, name)
        low, high = axis.bound(given[0], "min"), axis.bound(given[1], "max")
        if low is not None and high is not None and low >= high:
            raise InputError(
                f"{letter}_min = {given[0]!r} is not below {letter}_max = {given[1]!r}.",
                hint="Swap them.",
            )
        found[axis.id] = (low, high)
    if not found:
        raise InputError("No bound was given.", hint="Give x_min, x_max, y_min or y_max.")
    return found


def asked_ranges(
    axes: Mapping[str, Axis],
    state: ViewState,
    x: tuple[Bound, Bound],
    y: tuple[Bound, Bound],
    asked: Sequence[str],
) -> dict[str, tuple[float, float]]:
    """Axis id → whole range; a side that was not given stays where the view has it.

    Raises:
        InputError: See `box_of`; or the other side is unknown or lies the wrong way.
    """
    found: dict[str, tuple[float, float]] = {}
    for name, (low, high) in box_of(axes, x, y, asked).items():
        axis = axes[name]
        around = state.ranges.get(name) or axis.range or axis.extent
        if (low is None or high is None) and around is None:
            raise InputError(
                f"The {name} has no data to take its other bound from.", hint="Give both bounds."
            )
        span = (
            low if low is not None else (around or (0.0, 0.0))[0],
            high if high is not None else (around or (0.0, 0.0))[1],
        )
        if span[0] >= span[1]:
            raise InputError(
                f"The view of {name} ends at {axis.value(span[1] if high is None else span[0])!r}, "
                "so nothing would be shown.",
                hint="Give both bounds.",
            )
        found[name] = span
    return found


def valid_trace(traces: Sequence[Trace], curve_number: int) -> Trace:
    """The trace of that number.

    Raises:
        InputError: There is none; the message names the valid numbers with their names.
    """
    if isinstance(curve_number, int) and not isinstance(curve_number, bool):
        for trace in traces:
            if trace.index == curve_number:
                return trace
    if not traces:
        raise InputError("The figure has no trace.", hint="Show a figure that draws something.")
    shown = ", ".join(f"{t.index} ({t.name or t.kind})" for t in traces[:30])
    more = f" … {traces[-1].index}" if len(traces) > 30 else ""
    raise InputError(
        f"There is no trace {curve_number!r}; valid curve numbers are {shown}{more}.",
        hint="Use one of them.",
    )
