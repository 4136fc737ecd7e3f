"""Checks on the data behind the marks: what is drawn equals what the SQL returned."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from multivis.charts.checks.base import Check, CheckInput, Finding, fail, ok, skip
from multivis.charts.checks.facts import datum_key, scene_marks
from multivis.charts.checks.units import Channel, Unit
from multivis.charts.checks.values import Known, number_of, significant, tokens
from multivis.charts.demands import LimitDemand
from multivis.state import Severity

__all__ = ["CHECKS", "sql_aggregates"]

_ALTAIR = frozenset({"altair"})
_MOST_CELLS = 20_000  # cells of a chart that are compared
_FEW = 2  # rows such as "Begin" and "Total" that a chart may add


def _data_is_not_empty(given: CheckInput) -> Finding:
    if given.rows is None:
        return skip("The code loads its own data.")
    if given.rows.num_rows == 0:
        return fail(
            "The query returned no rows.",
            "Loosen the filters: compare the filter values with those in the tables.",
            target="sql",
        )
    return ok(rows=given.rows.num_rows)


def _query_is_whole(given: CheckInput) -> Finding:
    if given.query is None:
        return skip("The code loads its own data.")
    if given.query.truncated:
        return fail(
            f"A row limit cut the result at {given.query.row_count} rows.",
            "Aggregate in SQL so that all rows count.",
            target="sql",
            rows=given.query.row_count,
        )
    return ok()


def _known(given: CheckInput) -> Known | None:
    """The result's values, or None when there is no result to compare with."""
    rows = given.result
    return Known(rows) if rows else None


# ── drawn equals query ──────────────────────────────────────────────────────────────────────


def _drawn_equals_query(given: CheckInput) -> Finding:
    known = _known(given)
    if known is None:
        return skip("There is no query result to compare with, or it has too many rows.")
    if given.backend != "altair":
        return _drawn_values(given, known)
    compared = 0
    for unit in given.units:
        if unit.rows is None or unit.repeated:
            continue
        problem = (
            _rows_differ(unit, known)
            or _repeated(unit, known)
            or _aggregates_differ(given, unit, known)
        )
        if problem is not None:
            return problem
        compared += 1
    return ok("What is drawn is what the query returned.", units=compared)


def _rows_differ(unit: Unit, known: Known) -> Finding | None:
    """Whether columns that the chart's data share with the result hold other values."""
    rows = unit.rows or []
    shared = [name for name in known.names if rows and name in rows[0]]
    if not shared or unit.annotation:
        return None
    limit = max(1, _MOST_CELLS // len(shared))
    for name in shared:
        wrong = [value for row in rows[:limit] if not known.holds(name, value := row.get(name))]
        if not wrong or _rescaled(rows, known, name) or _recoded(rows, known, name):
            continue
        loose = [value for value in wrong[:500] if value != 0 and not known.explains(value)]
        if len(loose) <= 0.2 * len(wrong[:500]) or _added(loose, rows):
            continue
        return fail(
            f"{len(wrong)} values of {name!r} in the chart are not in the query's result.",
            f"Draw {name!r} from the frame df as it is; write no values into the code.",
            field=name,
            values=[_shown(value) for value in wrong[:5]],
            count=len(wrong),
        )
    return None


def _added(loose: Sequence[Any], rows: Sequence[Any]) -> bool:
    """Whether the values are names of one or two rows that a chart adds ("Begin", "Total")."""
    return (
        len(loose) <= _FEW
        and len(loose) < 2 / 3 * len(rows)
        and all(number_of(value) is None for value in loose)
    )


def _repeated(unit: Unit, known: Known) -> Finding | None:
    """Whether the chart's rows are the result's rows, some of them more than once."""
    rows = unit.rows or []
    names = tuple(rows[0]) if rows else ()
    if not names or not set(names) <= set(known.names) or len(rows) <= len(known.rows) + _FEW:
        return None
    wanted = Counter(_row_key(row, names) for row in known.rows)
    drawn = Counter(_row_key(row, names) for row in rows)
    if set(drawn) != set(wanted):
        return None
    return fail(
        f"The chart draws {len(rows)} rows, but the result has {len(known.rows)}: rows are "
        "repeated.",
        "Draw the frame df as it is: do not join or repeat its rows.",
        drawn=len(rows),
        rows=len(known.rows),
    )


def _row_key(row: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    """A row in forms that are equal across libraries."""
    key = []
    for name in names:
        forms = dict(tokens(row.get(name)))
        key.append(forms.get("t", forms.get("n", forms.get("s"))))
    return tuple(key)


def _shown(value: Any) -> Any:
    """A value for the evidence."""
    return value if isinstance(value, int | float | bool) else str(value)[:60]


def _rescaled(rows: Sequence[Mapping[str, Any]], known: Known, name: str) -> bool:
    """Whether a column is the result's times or plus a constant, or a nonlinear map in order."""
    chart = [number_of(row.get(name)) for row in rows]
    result = [number_of(row.get(name)) for row in known.rows]
    if len(chart) != len(result) or len(chart) < 3:
        return False
    pairs = [(a, b) for a, b in zip(chart, result, strict=True) if a is not None and b is not None]
    if len(pairs) < 3:
        return False
    ratios = {significant(a / b) for a, b in pairs if b}
    if len(ratios) == 1:
        return True
    shifts = {significant(a - b) for a, b in pairs}
    return len(shifts) == 1


def _recoded(rows: Sequence[Mapping[str, Any]], known: Known, name: str) -> bool:
    """Whether a column is a function of the result's, row by row: "1" → Monday, "11:03" → 663.

    The rows have to be the result's: another column holds the same values in the same order.
    Numbers may come from text (parsing), or from numbers by a logarithm, a root and the like.
    """
    if len(rows) != len(known.rows) or not rows:
        return False
    pairs = list(zip(rows, known.rows, strict=True))
    others = [n for n in known.names if n != name and n in rows[0]]
    if not any(
        all(tokens(a.get(n)) & tokens(b.get(n)) or a.get(n) is b.get(n) for a, b in pairs)
        for n in others
    ):
        return False
    mapping: dict[str, Any] = {}
    for chart, result in pairs:
        if mapping.setdefault(repr(result.get(name)), chart.get(name)) != chart.get(name):
            return False
    numbers = [
        (a, b)
        for chart, result in pairs
        if (a := number_of(result.get(name))) is not None
        and isinstance(b := chart.get(name), int | float)
    ]
    if not numbers:
        return True
    return any(
        all(_maps(function, before, after) for before, after in numbers)
        for function in (math.log, math.log10, math.log2, math.log1p, math.sqrt, abs, _square)
    )


def _square(value: float) -> float:
    return value * value


def _maps(function: Callable[[float], float], before: float, after: float) -> bool:
    """Whether a function takes one number to another (outside its domain: it does not)."""
    try:
        return math.isclose(function(before), after, rel_tol=1e-6, abs_tol=1e-9)
    except ValueError:
        return False


_ADDITIVE = {"sum", "count", "min", "max", "mean", "average", "median", "distinct", "valid"}


def _aggregates_differ(given: CheckInput, unit: Unit, known: Known) -> Finding | None:
    """Whether an aggregate that Vega-Lite drew is not that of the result's rows."""
    if unit.transforms or unit.mark in {"boxplot", "errorbar", "errorband"} or not unit.rows:
        return None
    names = set(known.names)
    measures = [c for c in unit.channels.values() if c.aggregate in _ADDITIVE]
    keys = [
        c
        for c in unit.channels.values()
        if c.field and not c.aggregate and c.name not in {"tooltip", "order"}
    ]
    fields = {c.field for c in (*measures, *keys) if c.field}
    if not measures or not fields <= names or any(c.bin or c.time_unit for c in keys):
        return None
    if {n for row in unit.rows[:1] for n in row} - names:
        return None
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in known.rows:
        groups.setdefault(_group(row, keys), []).append(row)
    if given.demands.of(LimitDemand) or len(unit.rows) < len(known.rows):
        return None
    for mark in scene_marks(unit, given.scene):
        for item in mark.items:
            rows = groups.get(_group(item.datum, keys))
            if rows is None:
                continue
            for channel in measures:
                drawn = item.datum.get(datum_key(channel, item.datum) or "")
                wanted = _aggregate(channel, rows)
                if wanted is None or not isinstance(drawn, int | float):
                    continue
                if not math.isclose(drawn, wanted, rel_tol=1e-6, abs_tol=1e-9):
                    return fail(
                        f"The chart draws {drawn:g} for {channel.aggregate} of "
                        f"{channel.field or 'rows'}, but the result's rows give {wanted:g}.",
                        "Draw the frame df as it is: do not join, repeat or edit its rows.",
                        drawn=drawn,
                        expected=wanted,
                        group=[str(v) for v in _group(item.datum, keys)],
                    )
    return None


def _group(row: Mapping[str, Any], keys: Sequence[Channel]) -> tuple[Any, ...]:
    """The group that a row belongs to, in forms that are equal across libraries."""
    found = []
    for channel in keys:
        forms = tokens(row.get(channel.field or ""))
        tagged = dict(forms)
        found.append(tagged.get("t", tagged.get("n", tagged.get("s"))))
    return tuple(found)


def _aggregate(channel: Channel, rows: Sequence[Mapping[str, Any]]) -> float | None:
    """An aggregate of a channel over rows, as Vega computes it."""
    if channel.aggregate == "count" or channel.field is None:
        return float(len(rows))
    raw = [row.get(channel.field) for row in rows]
    if channel.aggregate == "distinct":
        return float(len({repr(v) for v in raw}))
    if channel.aggregate == "valid":
        return float(sum(v is not None for v in raw))
    if any(isinstance(v, str) for v in raw):
        return None
    values = sorted(n for v in raw if (n := number_of(v)) is not None)
    if not values:
        return None
    middle = len(values) // 2
    return {
        "sum": math.fsum(values),
        "mean": math.fsum(values) / len(values),
        "average": math.fsum(values) / len(values),
        "min": values[0],
        "max": values[-1],
        "median": values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2,
    }[channel.aggregate or "sum"]


def _drawn_values(given: CheckInput, known: Known) -> Finding:
    """Plotly and Matplotlib: most drawn numbers are in the result or follow from it."""
    values = []
    for mark in given.facts.data_marks:
        if mark.kind in {"bar", "line", "point", "arc", "area"}:
            axes = {"arc": ("theta",), "bar": (mark.measure_channel,)}.get(mark.kind, ("x", "y"))
            values += [
                v
                for row in mark.rows[:2000]
                for axis in axes
                if isinstance(v := row.get(axis), int | float)
            ]
    values = [v for v in values if v and math.isfinite(v)]
    if not values:
        return skip("No drawn numbers can be read.")
    if given.backend == "matplotlib":
        values = [v for v in values if not _date_number(v)]
    wrong = [v for v in values if not known.explains(v)]
    if len(wrong) > _FEW and len(wrong) > 0.5 * len(values):
        return fail(
            f"{len(wrong)} of {len(values)} drawn numbers do not come from the query's result.",
            "Draw the frame df as it is; write no values into the code.",
            values=wrong[:5],
        )
    return ok("The drawn numbers come from the query's result.", numbers=len(values))


def _date_number(value: float) -> bool:
    """Whether a Matplotlib coordinate may be a date (days since 1970) or a position."""
    return 3_000 < value < 40_000 or float(value).is_integer()


# ── invention ───────────────────────────────────────────────────────────────────────────────


def _no_invented_data(given: CheckInput) -> Finding:
    known = _known(given)
    if known is None:
        return skip("There is no query result to compare with, or it has too many rows.")
    checked: set[int] = set()
    for unit in given.units:
        if unit.rows is None or id(unit.rows) in checked or unit.annotation:
            continue
        checked.add(id(unit.rows))
        if len(unit.rows) <= _FEW or not (set(_encoded(unit)) & set(unit.rows[0])):
            continue
        wrong, total = _unexplained(unit, known)
        if total >= 3 and len(wrong) > 0.5 * total and not _related(unit, known):
            return fail(
                f"{len(wrong)} of {total} values in the chart's data come neither from the "
                "query's result nor from sums over it.",
                "Draw the frame df; write no data into the code.",
                values=[_shown(v) for v in wrong[:5]],
                columns=sorted(unit.rows[0])[:20],
            )
    return ok()


def _encoded(unit: Unit) -> list[str]:
    """Fields that a unit encodes."""
    return [c.field for c in unit.channels.values() if c.field]


def _unexplained(unit: Unit, known: Known) -> tuple[list[Any], int]:
    """Distinct encoded values that the result does not explain, and the number of them all."""
    values: dict[str, Any] = {}
    for row in (unit.rows or [])[:2000]:
        for name in _encoded(unit):
            value = row.get(name)
            if value is not None and not isinstance(value, bool):
                values.setdefault(repr(value), value)
    listed = list(values.values())[:2000]
    return [value for value in listed if not known.explains(value)], len(listed)


def _related(unit: Unit, known: Known) -> bool:
    """Whether a table keeps a column of the result: its numbers are then computed, not made up."""
    rows = unit.rows or []
    for name in rows[0]:
        texts = {repr(v): v for row in rows[:2000] if isinstance(v := row.get(name), str)}
        if texts and sum(bool(tokens(v) & known.everything) for v in texts.values()) >= 0.8 * len(
            texts
        ):
            return True
    numbers = [
        n for row in rows[:2000] for name in rows[0] if (n := number_of(row.get(name))) is not None
    ]
    if not numbers:
        return False
    explained = sum(known.explains(number) for number in numbers)
    return explained >= 0.3 * len(numbers)


def _nothing_dropped(given: CheckInput) -> Finding:
    known = _known(given)
    if known is None or given.demands.of(LimitDemand):
        return skip("There is nothing to compare, or a limit was asked for.")
    names = set(known.names)
    for unit in given.units:
        if not unit.rows or unit.annotation or not set(unit.rows[0]) <= names:
            continue
        if any("filter" in t or "sample" in t for t in unit.transforms):
            continue
        missing = len(known.rows) - len(unit.rows)
        if missing <= 0 or any(len(u.rows or ()) >= len(known.rows) for u in given.units):
            continue
        fields = [f for f in _encoded(unit) if f in names]
        complete = sum(all(row.get(f) is not None for f in fields) for row in known.rows)
        kept = tuple(unit.rows[0])
        wanted = {_row_key(row, kept) for row in known.rows}
        if not {_row_key(row, kept) for row in unit.rows} <= wanted:
            continue  # the rows are computed from the result's
        if len(unit.rows) < min(complete, len(wanted)):
            return fail(
                f"The chart draws {len(unit.rows)} of the {len(known.rows)} rows of the result.",
                "Draw all rows, or filter in SQL so that the query says what is left out.",
                drawn=len(unit.rows),
                rows=len(known.rows),
            )
    return ok()


# ── aggregates ──────────────────────────────────────────────────────────────────────────────


def sql_aggregates(given: CheckInput) -> dict[str, str]:
    """Result column → the aggregate function (lower case) that the SQL computes it with."""
    if not given.sql or given.query is None:
        return {}
    import sqlglot
    from sqlglot import exp

    try:
        statement = sqlglot.parse_one(given.sql, read=given.query.dialect)
    except sqlglot.errors.SqlglotError:
        return {}
    select = statement.find(exp.Select) if not isinstance(statement, exp.Select) else statement
    if select is None:
        return {}
    found: dict[str, str] = {}
    for column in select.expressions:
        inner = column.this if isinstance(column, exp.Alias) else column
        while isinstance(inner, exp.Round | exp.Cast | exp.Paren | exp.Coalesce):
            inner = inner.this
        if isinstance(inner, exp.AggFunc):
            name = inner.key
            if name == "count" and inner.find(exp.Distinct):
                name = "count_distinct"
            found[column.alias_or_name] = name
    return found


def _no_aggregate_of_aggregate(given: CheckInput) -> Finding:
    inner = sql_aggregates(given)
    if not inner:
        return skip("The query does not aggregate.")
    for unit in given.units:
        for channel in unit.channels.values():
            function = inner.get(channel.field or "")
            if function not in {"avg", "min", "max", "count_distinct", "median"}:
                continue
            if channel.aggregate not in {"sum", "mean", "average", "median"}:
                continue
            if function in {"min", "max", "count_distinct"} and channel.aggregate != "sum":
                continue
            if not _merges(given, unit):
                continue
            return fail(
                f"The chart takes the {channel.aggregate} of {channel.field!r}, which the query "
                f"already computes with {function.upper()}: the groups are not of equal weight.",
                "Return the plain rows and aggregate once, or group the query as the chart does.",
                target="sql",
                field=channel.field,
                inner=function,
                outer=channel.aggregate,
            )
    return ok()


def _merges(given: CheckInput, unit: Unit) -> bool:
    """Whether Vega-Lite really merges rows: fewer items are drawn than rows come in."""
    drawn = sum(len(mark.items) for mark in scene_marks(unit, given.scene))
    return bool(unit.rows) and 0 < drawn < len(unit.rows or ())


def _nulls_are_said(given: CheckInput) -> Finding:
    rows = given.result
    if not rows:
        return skip("There is no query result.")
    names = set(rows[0])
    used = {f for unit in given.units for f in _encoded(unit)} & names
    if given.backend != "altair":
        used = names
    for name in sorted(used):
        nulls = sum(row.get(name) is None for row in rows)
        if nulls > max(1, 0.2 * len(rows)) and not _speaks_of_nulls(given):
            return fail(
                f"{nulls} of {len(rows)} values of {name!r} are missing and are left out silently.",
                f"Filter rows without {name!r} in SQL, or say in a subtitle how many are missing.",
                target="sql",
                field=name,
                nulls=nulls,
                rows=len(rows),
            )
    return ok()


def _speaks_of_nulls(given: CheckInput) -> bool:
    """Whether the SQL or a title says what happens to missing values."""
    words = (given.sql + " " + " ".join(given.facts.titles)).lower()
    return any(
        word in words for word in ("is not null", "coalesce", "ifnull", "missing", "unknown")
    )


CHECKS = (
    Check("data-is-not-empty", "The query returned rows.", Severity.ERROR, _data_is_not_empty),
    Check("query-is-whole", "No row limit cut the result.", Severity.WARNING, _query_is_whole),
    Check(
        "drawn-equals-query",
        "What is drawn equals what the SQL returned.",
        Severity.ERROR,
        _drawn_equals_query,
    ),
    Check(
        "no-invented-data",
        "The chart's data come from the query.",
        Severity.ERROR,
        _no_invented_data,
        _ALTAIR,
    ),
    Check(
        "nothing-dropped",
        "The chart draws every row of the result.",
        Severity.WARNING,
        _nothing_dropped,
        _ALTAIR,
    ),
    Check(
        "no-aggregate-of-aggregate",
        "Nothing is averaged or summed twice.",
        Severity.ERROR,
        _no_aggregate_of_aggregate,
        _ALTAIR,
    ),
    Check(
        "nulls-are-said",
        "Missing values are not left out silently.",
        Severity.WARNING,
        _nulls_are_said,
    ),
)
