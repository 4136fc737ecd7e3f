"""Columns that a wish names: those that the script selects, and those that it could select."""

from __future__ import annotations

import re

from multivis.offline.edit_context import Context, titles_of_fields
from multivis.offline.edit_fields import named_fields
from multivis.offline.edit_sql import add_column, find_literal
from multivis.offline.words import split_name

__all__ = ["selected_fields"]


def selected_fields(context: Context, text: str) -> list[str]:
    """Fields that `text` names; columns of the queried tables are added to the SELECT.

    A column is added only to a query without groups: in a grouped one it would change what a
    row stands for.

    Args:
        context: The script, changed in place when a column is added.
        text: The wish in lower case.
    """
    script = context.script
    fields = context.fields
    names = fields.all
    literal = find_literal(script)
    titles = titles_of_fields(context)
    there = named_fields(text, names, titles)
    if literal is None or not context.schema_text or not fields.frame:
        return there  # without a known frame its columns need not be those of the SELECT
    found: list[str] = []
    known = {name.lower() for name in names}
    columns = _columns_of_tables(literal.text, context.schema_text)
    # a column that the SQL uses in some way is in the chart in another form already
    used = set(re.findall(r"\w+", literal.text.lower()))
    new = [name for name in columns if name.lower() not in known and name.lower() not in used]
    # "the affirmative side" speaks of `If_Affirmative_Win`, which is in the chart already
    said = {word for name in there for word in split_name(name)}
    new = [name for name in new if not set(split_name(name)) <= said]
    # "performance types" speaks of no `Performance_ID`: keys are named as such
    if not re.search(r"\b(?:ids?|identifiers?|keys?|codes?|numbers?)\b", text):
        new = [name for name in new if split_name(name)[-1:] not in {("id",), ("key",)}]
    wanted = named_fields(text, [*names, *new], titles)
    for name in wanted:
        known_already = name.lower() in known
        if known_already or context.apply(add_column(script, columns[name])):
            found.append(name)
    return found or there


def _columns_of_tables(sql: str, schema_text: str) -> dict[str, str]:
    """Column of a table that the SQL reads → how to write it there."""
    import sqlglot
    from sqlglot import exp

    from multivis.data.describe import parse_schema
    from multivis.errors import MultiVisError

    try:
        tree = sqlglot.parse_one(sql, dialect="sqlite")
        schema = parse_schema(schema_text)
    except (sqlglot.errors.SqlglotError, MultiVisError, ValueError):
        return {}
    read = [(table.name.lower(), table.alias_or_name) for table in tree.find_all(exp.Table)]
    result: dict[str, str] = {}
    for low, alias in read:
        table = next((one for one in schema.tables if one.name.lower() == low), None)
        for column in table.columns if table is not None else ():
            plain = re.fullmatch(r"[A-Za-z_]\w*", column.name)
            name = column.name if plain else f"`{column.name}`"
            result.setdefault(column.name, f"{alias}.{name}" if len(read) > 1 else name)
    return result
