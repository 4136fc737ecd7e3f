"""Small pieces of SQL: literals, ranges of a number, short names of tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multivis.offline.plan import Output

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["RESERVED", "alias", "literal", "ranges"]

_TEXT = """
ALL AND AS ASC BETWEEN BY CASE CHECK COLUMN CREATE CROSS CURRENT DATE DEFAULT DESC DISTINCT DO
DROP ELSE END EXISTS FALSE FOR FROM FULL GROUP HAVING IF IN INDEX INNER INTO IS JOIN KEY LEFT
LIKE LIMIT MATCH NATURAL NOT NULL OF OFFSET ON OR ORDER OUTER OVER PLAN PRIMARY RANGE RANK
REFERENCES REPLACE RIGHT ROW ROWS SELECT SET TABLE THEN TO TOP TRIGGER TRUE UNION UNIQUE UPDATE
USER USING VALUES VIEW WHEN WHERE WINDOW WITH YEAR MONTH DAY TIME TIMESTAMP INTERVAL T
"""
RESERVED = frozenset(_TEXT.split())


def ranges(column: exp.Expression, output: Output) -> exp.Expression:
    """CASE of the ranges of a number; what lies in none of them is null."""
    from sqlglot import exp

    def compare(kind: Any, bound: float) -> exp.Expression:
        number = int(bound) if float(bound).is_integer() else bound
        made: exp.Expression = kind(this=column.copy(), expression=literal(number, False))
        return made

    ifs = []
    for index, (label, low, high, excluded, *more) in enumerate(output.cases):
        tests = []
        following = output.cases[index + 1][1] if index + 1 < len(output.cases) else None
        if low is not None:
            tests.append(compare(exp.GT if any(more) else exp.GTE, low))
        if high is not None:
            # "18-24, 25-34": 24.5 belongs to the first range, though it ends at 24
            until = following if following is not None and following > high else high
            tests.append(compare(exp.LT if excluded or until != high else exp.LTE, until))
        ifs.append(exp.If(this=exp.and_(*tests), true=literal(label, False)))
    return exp.Case(ifs=ifs)


def literal(value: Any, as_text: bool) -> exp.Expression:
    """A value of the data as SQL."""
    from sqlglot import exp

    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, (int, float)) and not as_text:
        if value < 0:
            return exp.Neg(this=exp.Literal.number(-value))
        return exp.Literal.number(value)
    return exp.Literal.string(str(value))


def alias(name: str, position: int) -> str:
    """A short, readable alias of a table."""
    words = re.findall(r"[A-Za-z]+", name)
    initials = "".join(word[0] for word in words).lower()
    return f"{initials or 't'}{position}" if position else (initials or "t")
