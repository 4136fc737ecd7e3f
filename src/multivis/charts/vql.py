"""VQL, the SQL-like language of nvBench, and its translation to Altair.

``VISUALIZE BAR SELECT kind, COUNT(*) FROM item GROUP BY kind ORDER BY kind``; a temporal column
may end with ``BIN day BY YEAR``. The first column goes to x (or the slices), the second to y, the
third to the colour. It has no titles, styles, layers or interaction: that is what the baseline
nvAgent (Ouyang et al., ACL 2025) can say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multivis.errors import OptionError

if TYPE_CHECKING:
    from multivis.state import Column

__all__ = ["KINDS", "Vql", "parse_vql", "vql_to_altair"]

KINDS = {
    "bar": "mark_bar()",
    "stacked bar": "mark_bar()",
    "line": "mark_line()",
    "grouping line": "mark_line()",
    "scatter": "mark_point()",
    "grouping scatter": "mark_point()",
    "pie": "mark_arc()",
}
"""Chart types of VQL, and Altair's marks for them."""

_UNITS = {"YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEKDAY": "day", "DAY": "date"}
_VQL = re.compile(
    r"^\s*VISUALIZE\s+(?P<kind>[A-Z ]+?)\s+(?P<sql>(?:SELECT|WITH)\b.*?)"
    r"(?:\s+BIN\s+(?P<column>[\w.\"`\[\] ]+?)\s+BY\s+(?P<unit>\w+))?\s*;?\s*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Vql:
    """A parsed statement.

    Attributes:
        kind: A key of `KINDS`.
        sql: The query.
        bin_unit: Altair's time unit for the first column, or None.
    """

    kind: str
    sql: str
    bin_unit: str | None = None


def parse_vql(text: str) -> Vql:
    """Read a VQL statement.

    Raises:
        OptionError: It is none, or its chart type or time unit is not known.
    """
    found = _VQL.match(text)
    if found is None:
        raise OptionError(
            "This is no VQL statement.",
            hint="Write: VISUALIZE BAR SELECT x, y FROM t [BIN x BY YEAR].",
        )
    kind = " ".join(found["kind"].lower().split())
    if kind not in KINDS:
        raise OptionError(
            f"VQL has no chart type {kind.upper()!r}.",
            hint=f"It has {', '.join(name.upper() for name in KINDS)}.",
        )
    unit = None
    if found["unit"]:
        unit = _UNITS.get(found["unit"].upper())
        if unit is None:
            raise OptionError(
                f"VQL cannot bin by {found['unit']!r}.", hint=f"It can by {', '.join(_UNITS)}."
            )
    return Vql(kind, found["sql"].strip(), unit)


def vql_to_altair(vql: Vql, columns: Sequence[Column]) -> str:
    """Altair code that draws the frame ``df`` as the statement says.

    Args:
        vql: The statement.
        columns: The columns of its result, with their measurement kinds.

    Raises:
        OptionError: There are fewer than two columns.
    """
    if len(columns) < 2:
        raise OptionError("A VQL chart needs two columns.", hint="Select x and y.")
    first, second = columns[0], columns[1]
    if vql.kind == "pie":
        channels = [_channel("theta", second), _channel("color", first)]
    else:
        unit = f', timeUnit="{vql.bin_unit}"' if vql.bin_unit else ""
        kind = "temporal" if vql.bin_unit else None
        aggregate = ', aggregate="sum"' if vql.bin_unit else ""
        channels = [
            _channel("x", first, unit, kind, sort="bar" in vql.kind and not unit),
            _channel("y", second, aggregate),
        ]
        if len(columns) > 2:
            channels.append(_channel("color", columns[2]))
    inside = "".join(f"    {channel},\n" for channel in channels)
    return f"chart = alt.Chart(df).{KINDS[vql.kind]}.encode(\n{inside})\n"


def _channel(
    name: str, column: Column, more: str = "", kind: str | None = None, *, sort: bool = False
) -> str:
    """One channel; bars stand in the order of the rows."""
    kind = kind or column.kind
    order = ", sort=None" if sort and kind in {"nominal", "ordinal"} else ""
    return f"{name}=alt.{name.capitalize()}(field={column.name!r}, type={kind!r}{more}{order})"
