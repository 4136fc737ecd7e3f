"""What a question can be about: a trace, or one bar, slice or point with a name of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from multivis.errors import InputError, UnknownFieldError
from multivis.views.arrays import looks_like_dates
from multivis.views.figure import Trace, word

__all__ = ["Item", "choose", "curve", "find_item", "items", "named"]

_MOST_NAMES = 30


@dataclass(frozen=True)
class Item:
    """A trace, or the point of a trace at position `place`."""

    trace: Trace
    place: int | None = None

    @property
    def name(self) -> str:
        """How a reader names it."""
        if self.place is None:
            return self.trace.name or f"trace {self.trace.index}"
        return self.trace.label(self.place)

    @property
    def value(self) -> float:
        """The value of a point; NaN for a whole trace."""
        return math.nan if self.place is None else float(self.trace.values[self.place])


def choose(traces: Sequence[Trace], wanted: Sequence[int | str] | None) -> tuple[Trace, ...]:
    """The traces named by number or name; by default all that are visible.

    Raises:
        UnknownFieldError: One is not there; the message names those that are.
        InputError: There is nothing to calculate on.
    """
    if wanted is None:
        found = _measured([trace for trace in traces if trace.visible and len(trace)])
        if not found:
            raise InputError(
                "No visible trace holds a point.", hint="Switch a trace on, or zoom out."
            )
        return found
    return tuple(find_trace(traces, one) for one in wanted)


def _measured(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Traces that measure something: no words or rules beside them, none drawn twice over.

    A line and the points on it are often two layers of the same data.
    """
    found = [trace for trace in traces if trace.kind not in {"text", "rule"}] or list(traces)
    kept: list[Trace] = []
    for trace in map(_leaves, found):
        if not any(_same_data(trace, other) for other in kept):
            kept.append(trace)
    return tuple(kept)


def _leaves(trace: Trace) -> Trace:
    """A hierarchy without its inner nodes, whose values are those of their parts again."""
    if trace.kind != "hierarchy" or "parent" not in trace.columns:
        return trace
    from multivis.views.focus import take

    inner = {str(parent) for parent in trace.columns["parent"]}
    names = trace.columns.get("id", trace.columns.get("label", []))
    return take(trace, [i for i, name in enumerate(names) if str(name) not in inner])


def _same_data(a: Trace, b: Trace) -> bool:
    if a.type == b.type or a.name != b.name or a.axes != b.axes or len(a) != len(b):
        return False
    roles = (a.value_role, a.position_role)
    if roles != (b.value_role, b.position_role) or len(a) > 5_000:
        return False
    return all(list(a.columns.get(r, [])) == list(b.columns.get(r, [])) for r in roles)


def find_trace(traces: Sequence[Trace], wanted: int | str) -> Trace:
    """A trace by number or by name (case ignored if need be)."""
    if isinstance(wanted, str):
        for match in (str, str.casefold):
            for trace in traces:
                if trace.name and match(trace.name) == match(wanted):
                    return trace
    if isinstance(wanted, int) or wanted.isdigit():
        for trace in traces:
            if trace.index == int(wanted):
                return trace
    raise UnknownFieldError(
        f"The figure has no trace {wanted!r}.",
        hint="Its traces are "
        + ", ".join(f"{t.index} ({t.name or t.kind})" for t in traces[:_MOST_NAMES])
        + ".",
    )


def named(traces: Sequence[Trace]) -> dict[str, Item]:
    """Every name that the figure shows → what it names; traces before points."""
    found: dict[str, Item] = {}
    for trace in traces:
        if trace.name:
            found.setdefault(trace.name, Item(trace, 0 if len(trace) == 1 else None))
    for trace in traces:
        column = trace.columns.get(trace.position_role)
        if column is None or len(trace) > 5_000 or not _holds_words(column):
            continue
        for place in range(len(trace)):
            found.setdefault(trace.label(place), Item(trace, place))
            found.setdefault(word(column[place]), Item(trace, place))
    return found


def _holds_words(column: Any) -> bool:
    return not hasattr(column, "dtype") and any(isinstance(value, str) for value in column)


def find_item(traces: Sequence[Trace], wanted: int | str) -> Item:
    """A trace by number or name, or a bar, slice or point by its label.

    Raises:
        UnknownFieldError: There is none; the message names the nearest.
    """
    if not isinstance(wanted, int):
        names = named(traces)
        if wanted in names:
            return names[wanted]
        folded = {name.casefold(): item for name, item in names.items()}
        if str(wanted).casefold() in folded:
            return folded[str(wanted).casefold()]
        if not str(wanted).isdigit():
            import difflib

            near = difflib.get_close_matches(str(wanted), list(names), n=5, cutoff=0.5)
            raise UnknownFieldError(
                f"The figure shows nothing named {wanted!r}.",
                suggestions=near,
                hint=""
                if near
                else "It shows " + ", ".join(repr(n) for n in list(names)[:_MOST_NAMES]) + ".",
            )
    return Item(find_trace(traces, wanted))


def items(traces: Sequence[Trace]) -> Iterator[Item]:
    """Every point with a finite value, in drawing order."""
    for trace in traces:
        values = trace.values
        for place in range(len(values)):
            if math.isfinite(values[place]):
                yield Item(trace, place)


def curve(trace: Trace) -> tuple[list[float], list[float], list[int], str]:
    """A trace as a curve in order of x: x, y, positions in the columns, and the unit of x.

    Points without an x or y are left out. Dates count in days; categories as 0, 1, 2 ….
    """
    from multivis.views.arrays import dates, numbers

    positions = trace.positions
    unit = ""
    if not hasattr(positions, "dtype") and looks_like_dates(positions):
        across = dates(positions) / 86_400_000.0
        unit = "days"
    else:
        across = numbers(positions)
        if len(across) and all(math.isnan(v) for v in across):
            across = numbers(range(len(trace)))
            unit = "categories"
    values = trace.values
    kept = [
        i
        for i in range(min(len(across), len(values)))
        if math.isfinite(across[i]) and math.isfinite(values[i])
    ]
    kept.sort(key=lambda i: float(across[i]))
    return [float(across[i]) for i in kept], [float(values[i]) for i in kept], kept, unit
