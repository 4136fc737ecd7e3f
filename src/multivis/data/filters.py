"""Why a query has no rows: which of its filter values do not occur, and which values do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multivis.data.nearest import nearest
from multivis.errors import MultiVisError
from multivis.protocols import Source, SourceColumn, Table

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["explain_filters"]

_LOOKED_UP = 2_000  # distinct values read to find near ones
_MOST = 5


def explain_filters(sql: str, source: Source) -> list[str]:
    """Sentences on filters that no row can meet, with the real values nearest to theirs.

    Args:
        sql: A statement that the guard has passed.
        source: Where it ran; small look-ups are made in it.
    """
    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError

    try:
        tree = parse_one(sql, dialect=source.dialect)
    except SqlglotError:
        return []
    sentences: list[str] = []
    for column, literals in _comparisons(tree):
        for table, field in _fields(column, tree, source):
            sentence = _explain(column, literals, table, field, source)
            if sentence and sentence not in sentences:
                sentences.append(sentence)
        if len(sentences) >= _MOST:
            break
    return sentences[:_MOST]


def _comparisons(tree: exp.Expr) -> list[tuple[exp.Column, list[exp.Literal]]]:
    """Columns with the literals that they are compared to."""
    from sqlglot import exp

    found = []
    kinds = (exp.EQ, exp.In, exp.Like, exp.ILike, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
    for node in tree.find_all(*kinds):
        if node.find_ancestor(exp.Join) and isinstance(node, exp.EQ) and not node.find(exp.Literal):
            continue
        columns = list(node.this.find_all(exp.Column)) if node.this is not None else []
        others = [value for key, value in node.args.items() if key != "this"]
        flat = [
            item for value in others for item in (value if isinstance(value, list) else [value])
        ]
        literals = [
            item.this if isinstance(item, exp.Neg) else item
            for item in flat
            if isinstance(item, exp.Literal)
        ]
        if len(columns) == 1 and literals:
            found.append((columns[0], literals))
        elif isinstance(node.this, exp.Literal) and isinstance(
            node.args.get("expression"), exp.Column
        ):
            found.append((node.args["expression"], [node.this]))
    return found


def _fields(column: exp.Column, tree: exp.Expr, source: Source) -> list[tuple[Table, SourceColumn]]:
    """The columns of the schema that a column of the statement can mean."""
    from sqlglot import exp

    schema = source.schema()
    result: list[tuple[Table, SourceColumn]] = []
    for reference in tree.find_all(exp.Table):
        if column.table and reference.alias_or_name.lower() != column.table.lower():
            continue
        table = schema.table(reference.name)
        if table is None:
            continue
        name = column.name.lower()
        result += [(table, field) for field in table.columns if field.name.lower() == name]
    return result[:1]


def _explain(
    column: exp.Column,
    literals: list[exp.Literal],
    table: Table,
    field: SourceColumn,
    source: Source,
) -> str:
    """One sentence, or nothing when the filter can be met."""
    where = f"{table.name}.{field.name}"
    texts = [str(item.this) for item in literals]
    if any(not item.is_string for item in literals) or _is_number(field.minimum):
        if field.minimum is None:
            return ""
        return f"Column {where!r} ranges from {field.minimum!r} to {field.maximum!r}."
    values = _values(table, field, source)
    missing = [text for text in texts if text.strip("%") not in values]
    if not missing or not values:
        return ""
    near = [value for text in missing for value in nearest(text.strip("%"), values, cutoff=45.0)]
    shown = list(dict.fromkeys(near)) or values[:5]
    listed = ", ".join(repr(value) for value in shown[:5])
    lead = "the nearest values are" if near else "its values include"
    return f"Column {where!r} has no value {missing[0]!r}; {lead} {listed}."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _values(table: Table, field: SourceColumn, source: Source) -> list[str]:
    """Distinct texts of a column: from the engine, or the samples where that takes too long."""
    from sqlglot import exp

    name = exp.to_identifier(field.name, quoted=True).sql(dialect=source.dialect)
    parts = table.name.split(".", 1) if source.dialect in ("postgres", "mysql") else [table.name]
    from_ = ".".join(
        exp.to_identifier(part, quoted=True).sql(dialect=source.dialect) for part in parts
    )
    try:
        rows = source.execute(
            f"SELECT DISTINCT {name} FROM {from_} LIMIT {_LOOKED_UP}",
            row_limit=_LOOKED_UP,
            seconds=1.0,
        )
    except MultiVisError:
        return [str(value) for value in field.samples if value is not None]
    return [str(value) for value in rows.table.column(0).to_pylist() if value is not None]
