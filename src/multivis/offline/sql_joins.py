"""Joins over keys that are written with blanks around them on one side."""

from __future__ import annotations

from multivis.offline.catalog import Catalog

__all__ = ["with_trimmed_keys"]


def with_trimmed_keys(sql: str, catalog: Catalog, dialect: str) -> str:
    """The statement with joins over keys without the blanks around them.

    Args:
        sql: A statement that returned no row though every value in it occurs.
        catalog: The schema.
        dialect: Dialect of the statement.

    Returns:
        The statement; empty where no join is over texts.
    """
    from sqlglot import exp, parse_one

    tree = parse_one(sql, dialect=dialect)
    tables = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
    changed = False
    for join in tree.find_all(exp.Join):
        on = join.args.get("on")
        for equal in list(on.find_all(exp.EQ)) if on is not None else []:
            sides = [
                side for side in (equal.this, equal.expression) if isinstance(side, exp.Column)
            ]
            fields = [catalog.fields.get((tables.get(s.table, s.table), s.name)) for s in sides]
            if len(fields) < 2 or any(f is None or f.is_number_type for f in fields):
                continue
            for side in sides:
                side.replace(exp.Trim(this=side.copy()))
            changed = True
    return tree.sql(dialect=dialect, pretty=True) if changed else ""
