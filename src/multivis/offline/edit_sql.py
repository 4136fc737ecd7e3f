"""Edits of SQL inside a Python string literal: order, limit, condition, one more column.

The SQL keeps its layout: places are found with sqlglot's tokenizer and text is spliced in.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from multivis.offline.edit_script import Script, Splice

__all__ = ["SqlLiteral", "add_column", "add_condition", "find_literal", "set_limit"]


@dataclass(frozen=True)
class SqlLiteral:
    """One SQL literal of a script whose text stands there as it is (no escapes).

    Attributes:
        start: Where the SQL starts in the script, in characters.
        text: The SQL.
    """

    start: int
    text: str


def find_literal(script: Script) -> SqlLiteral | None:
    """The one SQL literal of the script, or None when there are several or it has escapes."""
    nodes = script.facts.data.sql_nodes
    if len(nodes) != 1:
        return None
    node = nodes[0]
    found = [
        inner
        for inner in ast.walk(script.source.tree)
        if isinstance(inner, ast.Constant)
        and isinstance(inner.value, str)
        and inner.value == script.facts.data.sql[0]
        and getattr(node, "lineno", 0) == inner.lineno
    ]
    if len(found) != 1:
        return None
    start, _ = script.source.span(found[0])
    raw = script.segment(found[0])
    value = found[0].value
    assert isinstance(value, str)
    inside = raw.find(value)
    return SqlLiteral(start + inside, value) if inside >= 0 else None


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    depth: int


def _tokens(sql: str) -> list[_Token]:
    """The tokens of `sql` with their depth in brackets; none when it cannot be read."""
    from sqlglot.dialects.sqlite import SQLite
    from sqlglot.errors import SqlglotError

    tokens: list[_Token] = []
    depth = 0
    try:
        raw = SQLite().tokenize(sql)
    except SqlglotError:
        return []
    for token in raw:
        if token.text == ")":
            depth -= 1
        tokens.append(
            _Token(sql[token.start : token.end + 1].upper(), token.start, token.end + 1, depth)
        )
        if token.text == "(":
            depth += 1
    return tokens


def _find(tokens: list[_Token], *words: str) -> _Token | None:
    return next((t for t in tokens if t.depth == 0 and t.text in words), None)


def _is_simple(tokens: list[_Token]) -> bool:
    """One SELECT at the top: no WITH, UNION, INTERSECT, EXCEPT."""
    top = [t.text for t in tokens if t.depth == 0]
    return top.count("SELECT") == 1 and not {
        "WITH",
        "UNION",
        "UNION ALL",
        "INTERSECT",
        "EXCEPT",
    } & set(top)


def _end(sql: str, tokens: list[_Token]) -> int:
    """End of the statement, before a semicolon."""
    last = [t for t in tokens if t.text != ";"]
    return last[-1].end if last else len(sql.rstrip())


def _parses(sql: str) -> bool:
    import sqlglot

    try:
        sqlglot.parse_one(sql, dialect="sqlite")
    except sqlglot.errors.SqlglotError:
        return False
    return True


def _splice(
    script: Script, literal: SqlLiteral, sql: str, start: int, end: int, text: str
) -> list[Splice] | None:
    changed = sql[:start] + text + sql[end:]
    if not _parses(changed) or "\\" in text:
        return None
    return [Splice(literal.start + start, literal.start + end, text)]


def _break(sql: str) -> str:
    """How clauses are parted: a new line when the SQL has several lines."""
    return "\n" if "\n" in sql.strip() else " "


def set_limit(
    script: Script, count: int, order: str = "", *, descending: bool = True
) -> list[Splice] | None:
    """``ORDER BY … LIMIT count``; an order that is there is kept unless another is named.

    Args:
        script: The script.
        count: Rows to keep.
        order: Name of the output column to order by.
        descending: The largest first.
    """
    literal = find_literal(script)
    if literal is None:
        return None
    sql = literal.text
    tokens = _tokens(sql)
    if not tokens or not _is_simple(tokens):
        return None
    limit = _find(tokens, "LIMIT")
    end = limit.start if limit else _end(sql, tokens)
    body_end = max((t.end for t in tokens if t.end <= end and t.text != ";"), default=end)
    ordering = _find(tokens, "ORDER BY")
    direction = "DESC" if descending else "ASC"
    parts: list[str] = []
    start = body_end
    if order and ordering is not None:
        start = max((t.end for t in tokens if t.end <= ordering.start), default=ordering.start)
    if order:
        parts.append(f"ORDER BY {_name(order)} {direction}")
    parts.append(f"LIMIT {count}")
    text = "".join(_break(sql) + part for part in parts)
    return _splice(script, literal, sql, start, _end(sql, tokens), text)


def _name(name: str) -> str:
    if name.isidentifier():
        return name
    return "`" + name + "`"


def add_condition(script: Script, condition: str) -> list[Splice] | None:
    """One more condition in WHERE, all of which must hold."""
    literal = find_literal(script)
    if literal is None:
        return None
    sql = literal.text
    tokens = _tokens(sql)
    if not tokens or not _is_simple(tokens):
        return None
    following = [
        t
        for t in tokens
        if t.depth == 0 and t.text in {"GROUP BY", "HAVING", "ORDER BY", "LIMIT", ";"}
    ]
    end_token = following[0] if following else None
    end = max(
        (t.end for t in tokens if end_token is None or t.end <= end_token.start), default=len(sql)
    )
    where = _find(tokens, "WHERE")
    if where is None:
        return _splice(script, literal, sql, end, end, f"{_break(sql)}WHERE {condition}")
    inner = sql[where.end : end].strip()
    if " or " in f" {inner.lower()} ":
        text = f" ({inner}) AND {condition}"
        return _splice(script, literal, sql, where.end, end, text)
    return _splice(script, literal, sql, end, end, f" AND {condition}")


def add_column(script: Script, expression: str) -> list[Splice] | None:
    """One more expression at the end of the SELECT list of an ungrouped query."""
    literal = find_literal(script)
    if literal is None:
        return None
    sql = literal.text
    tokens = _tokens(sql)
    if not tokens or not _is_simple(tokens) or _find(tokens, "GROUP BY", "DISTINCT") is not None:
        return None
    source = _find(tokens, "FROM")
    if source is None:
        return None
    last = max((t.end for t in tokens if t.end <= source.start), default=source.start)
    line = sql[:last].rsplit("\n", 1)[-1]
    indent = line[: len(line) - len(line.lstrip())]
    multi = "\n" in sql[:last].strip()
    separator = f",\n{indent}" if multi else ", "
    return _splice(script, literal, sql, last, last, separator + expression)
