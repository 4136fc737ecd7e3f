"""Parts of dates, full names, and words for yes and no, in SQL, by dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = [
    "TIME_WRITERS",
    "both_names",
    "labelled",
    "sql_call",
    "sql_text",
    "standard_time",
    "written_time",
    "written_year",
]


def sql_call(name: str, *arguments: Any) -> exp.Expression:
    """A call of a function by its own name."""
    from sqlglot import exp

    return exp.Anonymous(this=name, expressions=list(arguments))


def sql_text(value: str) -> exp.Expression:
    """A string literal."""
    from sqlglot import exp

    return exp.Literal.string(value)


def both_names(first: exp.Expression, last: exp.Expression, dialect: str) -> exp.Expression:
    """First and last name with a space between."""
    from sqlglot import exp

    if dialect == "mysql":
        return sql_call("CONCAT", first, sql_text(" "), last)
    return exp.DPipe(this=exp.DPipe(this=first, expression=sql_text(" ")), expression=last)


def labelled(column: exp.Expression, labels: tuple[tuple[Any, ...], ...]) -> exp.Expression:
    """CASE with a word for each of the values."""
    from sqlglot import exp

    ifs = [
        exp.If(this=exp.EQ(this=column.copy(), expression=exp.convert(value)), true=sql_text(label))
        for value, label in labels
    ]
    return exp.Case(ifs=ifs)


def written_time(column: exp.Expression, unit: str) -> exp.Expression:
    """Part of a date in SQLite as it is shown: ``03`` for March, which also sorts."""
    return _sqlite_time(column, unit, written=unit in {"month", "day", "hour"})


def _sqlite_time(column: exp.Expression, unit: str, *, written: bool = False) -> exp.Expression:
    from sqlglot import exp

    formats = {"yearmonth": "%Y-%m", "date": "%Y-%m-%d"}
    if unit in formats:
        return sql_call("STRFTIME", sql_text(formats[unit]), column)
    if unit == "weekday":
        day = sql_call("STRFTIME", sql_text("%w"), column)
        ifs = [
            exp.If(this=sql_text(str(number)), true=sql_text(name))
            for number, name in enumerate(_DAYS)
        ]
        return exp.Case(this=day, ifs=ifs)
    numbers = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "week": "%W"}
    if unit in numbers:
        part = sql_call("STRFTIME", sql_text(numbers[unit]), column)
        return part if written else exp.cast(part, "INT")
    year = exp.cast(sql_call("STRFTIME", sql_text("%Y"), column), "INT")
    if unit == "decade":
        return _decade(year)
    month = exp.cast(sql_call("STRFTIME", sql_text("%m"), column), "INT")
    # Both are whole numbers: without their types the quotient would become a fraction.
    return exp.Div(
        this=exp.Paren(this=exp.Add(this=month, expression=exp.Literal.number(2))),
        expression=exp.Literal.number(3),
        typed=True,
        safe=True,
    )


def _decade(year: exp.Expression) -> exp.Expression:
    """The first year of the decade, ``1990`` for 1994: the year less its last digit."""
    from sqlglot import exp

    last = exp.Mod(this=year.copy(), expression=exp.Literal.number(10))
    return exp.Sub(this=year, expression=last)


def written_year(column: exp.Expression, unit: str, style: str, dialect: str) -> exp.Expression:
    """The year or decade of a column of years, or of dates that end with one."""
    from sqlglot import exp

    if style == "ends_with_year":
        ours = dialect in {"sqlite", "mysql"}
        tail = sql_call(
            "SUBSTR" if ours else "RIGHT", column, exp.Literal.number(-4 if ours else 4)
        )
        column = exp.cast(tail, "INT")
    elif unit == "decade":
        column = exp.cast(column, "INT")
    return _decade(column) if unit == "decade" else column


def _mysql_time(column: exp.Expression, unit: str) -> exp.Expression:
    if unit == "decade":
        return _decade(sql_call("YEAR", column))
    formats = {"yearmonth": "%Y-%m-01", "date": "%Y-%m-%d"}
    if unit in formats:
        return sql_call("DATE_FORMAT", column, sql_text(formats[unit]))
    names = {"year": "YEAR", "month": "MONTH", "day": "DAYOFMONTH", "hour": "HOUR",
             "weekday": "DAYNAME", "week": "WEEK", "quarter": "QUARTER"}  # fmt: skip
    return sql_call(names.get(unit, "YEAR"), column)


def standard_time(column: exp.Expression, unit: str) -> exp.Expression:
    """Part of a date as standard SQL writes it."""
    from sqlglot import exp

    stamp = exp.cast(column, "TIMESTAMP")
    if unit in {"yearmonth", "date", "week"}:
        name = {"yearmonth": "month", "date": "day", "week": "week"}[unit]
        return sql_call("DATE_TRUNC", sql_text(name), stamp)
    if unit == "weekday":
        return sql_call("TO_CHAR", stamp, sql_text("FMDay"))
    names = {"day": "DAY", "decade": "YEAR"}
    part = exp.Extract(this=exp.var(names.get(unit, unit.upper())), expression=stamp)
    whole = exp.cast(part, "INT")
    return _decade(whole) if unit == "decade" else whole


def _duckdb_time(column: exp.Expression, unit: str) -> exp.Expression:
    from sqlglot import exp

    if unit == "weekday":
        return sql_call("DAYNAME", exp.cast(column, "TIMESTAMP"))
    return standard_time(column, unit)


_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
TIME_WRITERS = {"duckdb": _duckdb_time, "sqlite": _sqlite_time, "mysql": _mysql_time}
