"""Whether every table and column that a SELECT names exists.

The check knows the scopes of SQL (CTEs, derived tables, correlated subqueries, aliases) and the
liberties of each engine; where a column list cannot be known (table functions, lateral
joins) it leaves the answer to the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from multivis.data.nearest import nearest
from multivis.errors import UnknownFieldError

if TYPE_CHECKING:
    from sqlglot import exp

    from multivis.protocols import Schema, Table

__all__ = ["check_fields", "mistyped_names", "unknown_column", "unknown_table"]

_PSEUDO = {
    "sqlite": {"rowid", "_rowid_", "oid"},
    "duckdb": {"rowid", "filename"},
    "postgres": {"ctid", "xmin", "xmax", "tableoid"},
    "mysql": set[str](),
}
# Engines in which the name of a table alone stands for its whole row.
_WHOLE_ROW = {"duckdb", "postgres"}
# Engines in which `a.b` may be field b of a struct column a.
_STRUCTS = {"duckdb", "postgres"}

# Before a table's name only these prefixes mean the source itself; another database on the same
# server is not part of it.
_DEFAULT_SCHEMA = {"sqlite": "main", "duckdb": "main", "postgres": "public"}

_MISTYPED = 75.0  # similarity from which a text in double quotes looks like a column's name

_Columns = dict[str, str] | None  # lower-case name → name; None when it cannot be known


def check_fields(tree: exp.Expr, sql: str, dialect: str, schema: Schema) -> None:
    """Raise UnknownFieldError for the first table or column that does not exist.

    Args:
        tree: The parsed SELECT.
        sql: Its text, to tell double-quoted names from other quotes.
        dialect: sqlglot's name of the dialect.
        schema: What exists.
    """
    _Check(tree, sql, dialect, schema).run()


def mistyped_names(sql: str, schema: Schema) -> dict[str, Sequence[str]]:
    """Double-quoted names that SQLite reads as texts though columns are called nearly so.

    Args:
        sql: A SELECT that the guard has let pass.
        schema: What exists.

    Returns:
        Each such name with the columns, as ``table.column``, that may have been meant.
    """
    import sqlglot

    check = _Check(sqlglot.parse_one(sql, dialect="sqlite"), sql, "sqlite", schema)
    check.run()
    return check.mistyped


def unknown_table(name: str, schema: Schema) -> UnknownFieldError:
    """The error for a table that does not exist, with near names."""
    names = [table.name for table in schema.tables]
    suggestions = nearest(name, names)
    listed = ", ".join(repr(item) for item in names[:20]) + (", …" if len(names) > 20 else "")
    hint = f"The tables are {listed}." if names else "The source has no tables."
    if suggestions:
        hint = "Did you mean " + " or ".join(repr(item) for item in suggestions) + f"? {hint}"
    return UnknownFieldError(f"There is no table {name!r}.", suggestions=suggestions, hint=hint)


def unknown_column(name: str, tables: Sequence[Table], schema: Schema) -> UnknownFieldError:
    """The error for a column that does not exist: near names, first in the tables in use."""
    used = {table.name for table in tables}
    here = [f"{table.name}.{column.name}" for table in tables for column in table.columns]
    there = [
        f"{table.name}.{column.name}"
        for table in schema.tables
        if table.name not in used
        for column in table.columns
    ]
    near_here = _near_columns(name, here)
    near_there = _near_columns(name, there, cutoff=75.0)
    suggestions = (*near_here, *near_there)[:5]
    parts = []
    if suggestions:
        parts.append("Did you mean " + " or ".join(repr(item) for item in suggestions) + "?")
    for table in tables[:3]:
        columns = ", ".join(repr(column.name) for column in table.columns[:40])
        parts.append(f"Table {table.name!r} has the columns {columns}.")
    where = f" in {', '.join(repr(item.name) for item in tables)}" if tables else ""
    return UnknownFieldError(
        f"There is no column {name!r}{where}.", suggestions=suggestions, hint=" ".join(parts)
    )


def _near_columns(name: str, dotted: Sequence[str], cutoff: float = 55.0) -> Sequence[str]:
    by_column: dict[str, list[str]] = {}
    for item in dotted:
        by_column.setdefault(item.rpartition(".")[2], []).append(item)
    near = nearest(name, by_column, cutoff=cutoff)
    return [item for column in near for item in by_column[column]]


class _Check:
    """One statement against one schema."""

    def __init__(self, tree: exp.Expr, sql: str, dialect: str, schema: Schema) -> None:
        self.tree = tree
        self.sql = sql
        self.dialect = dialect
        self.schema = schema
        self.tables = {table.name.lower(): table for table in schema.tables}
        self.cache: dict[int, dict[str, _Columns]] = {}
        self.outputs_cache: dict[int, _Columns] = {}
        self.mistyped: dict[str, Sequence[str]] = {}

    def run(self) -> None:
        from sqlglot import exp

        for table in self.tree.find_all(exp.Table):
            self._check_table(table)
        for column in self.tree.find_all(exp.Column):
            self._check_column(column)

    # ── tables ──────────────────────────────────────────────────────────────────────────

    def _check_table(self, table: exp.Table) -> None:
        from sqlglot import exp

        if not isinstance(table.this, exp.Identifier):
            return  # a table function; the list of functions has judged it
        if self._cte(table) is not None:
            return
        if self._known(table) is None:
            raise unknown_table(_dotted(table), self.schema)

    def _known(self, table: exp.Table) -> Table | None:
        """The table of the schema that a reference names."""
        name = table.name.lower()
        prefix = table.db.lower()
        if not prefix:
            return self.tables.get(name)
        dotted = self.tables.get(f"{prefix}.{name}")
        if dotted is None and prefix == _DEFAULT_SCHEMA.get(self.dialect):
            return self.tables.get(name)
        return dotted

    def _cte(self, table: exp.Table) -> exp.CTE | None:
        """The CTE that a plain name refers to, from the inside out."""
        from sqlglot import exp

        if table.db:
            return None
        name = table.name.lower()
        node: exp.Expr | None = table
        while node is not None:
            with_ = node.args.get("with_") or node.args.get("with")
            if isinstance(with_, exp.With):
                for cte in with_.expressions:
                    if cte.alias.lower() == name:
                        found: exp.CTE = cte
                        return found
            node = node.parent
        return None

    # ── columns ─────────────────────────────────────────────────────────────────────────

    def _check_column(self, column: exp.Column) -> None:
        from sqlglot import exp

        if isinstance(column.this, exp.Star) or not column.name:
            if column.table and self._find_source(column, column.table.lower()) is None:
                raise self._unknown_qualifier(column)
            return
        if column.table:
            self._check_qualified(column)
        else:
            self._check_plain(column)

    def _check_qualified(self, column: exp.Column) -> None:
        found = self._find_source(column, column.table.lower())
        name = column.name.lower()
        if found is None:
            if self.dialect in _STRUCTS and self._resolves(column, column.parts[0].name.lower()):
                return
            raise self._unknown_qualifier(column)
        columns = found[0]
        if columns is None or name in columns or name in _PSEUDO.get(self.dialect, set()):
            return
        raise self._unknown(column, column.table.lower())

    def _check_plain(self, column: exp.Column) -> None:
        name = column.name.lower()
        if self._resolves(column, name):
            return
        if self.dialect == "sqlite" and f'"{column.name}"' in self.sql:
            self._note_text(column)  # what SQLite makes of a quoted name that is no column
            return
        raise self._unknown(column)

    def _note_text(self, column: exp.Column) -> None:
        tables = self._tables_around(column)
        here = [f"{table.name}.{item.name}" for table in tables for item in table.columns]
        if near := _near_columns(column.name, here, cutoff=_MISTYPED):
            self.mistyped[column.name] = near

    def _resolves(self, column: exp.Column, name: str) -> bool:
        """Whether an unqualified name is a column, an alias or a parameter in its scopes."""
        from sqlglot import exp

        if name in _PSEUDO.get(self.dialect, set()):
            return True
        for select in _selects_around(column):
            sources = self._sources(select)
            if any(columns is None or name in columns for columns in sources.values()):
                return True
            if self.dialect in _WHOLE_ROW and name in sources:
                return True
            if any(
                isinstance(item, exp.Alias) and item.alias.lower() == name
                for item in select.expressions
            ):
                return True
        node: exp.Expr | None = column.parent
        while node is not None:
            if isinstance(node, exp.Lambda) and any(
                item.name.lower() == name for item in node.expressions
            ):
                return True
            if isinstance(node, exp.SetOperation) and name in (self._outputs(node) or {name: ""}):
                return True  # ORDER BY of a set operation
            node = node.parent
        return False

    def _find_source(self, column: exp.Column, qualifier: str) -> tuple[_Columns] | None:
        for select in _selects_around(column):
            sources = self._sources(select)
            if qualifier in sources:
                return (sources[qualifier],)
        return None

    # ── scopes ──────────────────────────────────────────────────────────────────────────

    def _sources(self, select: exp.Select) -> dict[str, _Columns]:
        """What a SELECT reads: alias → columns."""
        if id(select) not in self.cache:
            self.cache[id(select)] = {}
            found: dict[str, _Columns] = {}
            for item in _from_items(select):
                found.update(self._item(item))
            self.cache[id(select)] = found
        return self.cache[id(select)]

    def _item(self, item: exp.Expr) -> Iterator[tuple[str, _Columns]]:
        """One item of FROM, with the joins inside it."""
        from sqlglot import exp

        for join in item.args.get("joins") or ():
            yield from self._item(join.this)
        if isinstance(item, exp.Paren):
            yield from self._item(item.this)
            return
        alias = item.args.get("alias")
        listed = [part.name for part in alias.args.get("columns") or ()] if alias else []
        columns: _Columns
        if isinstance(item, exp.Subquery):
            if isinstance(item.this, exp.Table | exp.Subquery) and not item.alias:
                yield from self._item(item.this)
                return
            columns = self._outputs(item.this)
        elif isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            columns = self._table_columns(item)
        else:
            columns = None
        if item.args.get("pivots"):
            columns = None
        if listed and columns is not None:
            columns = _renamed(columns, listed)
        yield (item.alias_or_name or "").lower(), columns

    def _table_columns(self, table: exp.Table) -> _Columns:
        cte = self._cte(table)
        if cte is not None:
            alias = cte.args["alias"]
            listed = [part.name for part in alias.args.get("columns") or ()]
            if listed:
                return {name.lower(): name for name in listed}
            return self._outputs(cte.this)
        known = self._known(table)
        return None if known is None else {c.name.lower(): c.name for c in known.columns}

    def _outputs(self, query: exp.Expr) -> _Columns:
        """The output columns of a query, or None when they cannot be known."""
        key = id(query)
        if key not in self.outputs_cache:
            self.outputs_cache[key] = None  # a recursive CTE meets itself here
            self.outputs_cache[key] = self._compute_outputs(query)
        return self.outputs_cache[key]

    def _compute_outputs(self, query: exp.Expr) -> _Columns:
        from sqlglot import exp

        if isinstance(query, exp.Subquery):
            return self._outputs(query.this)
        if isinstance(query, exp.SetOperation):
            return self._outputs(query.left)
        if not isinstance(query, exp.Select):
            return None
        names: dict[str, str] = {}
        for item in query.expressions:
            if isinstance(item, exp.Star) or (
                isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
            ):
                if item.args.get("rename") or item.args.get("except_"):
                    return None
                qualifier = item.table.lower() if isinstance(item, exp.Column) else ""
                for source, columns in self._sources(query).items():
                    if qualifier and source != qualifier:
                        continue
                    if columns is None:
                        return None
                    names.update(columns)
                continue
            if not isinstance(item, exp.Alias | exp.Column):
                return None  # the engine names an expression that has no alias
            names[item.alias_or_name.lower()] = item.alias_or_name
        return names

    # ── errors ──────────────────────────────────────────────────────────────────────────

    def _tables_around(self, column: exp.Column, qualifier: str | None = None) -> list[Table]:
        """The tables of the schema that the scopes around a column read."""
        from sqlglot import exp

        found: dict[str, Table] = {}
        for select in _selects_around(column):
            for table in select.find_all(exp.Table):
                if qualifier and table.alias_or_name.lower() != qualifier:
                    continue
                known = self._known(table) if self._cte(table) is None else None
                if known is not None:
                    found.setdefault(known.name, known)
        return list(found.values())

    def _unknown(self, column: exp.Column, qualifier: str | None = None) -> UnknownFieldError:
        tables = self._tables_around(column, qualifier) or self._tables_around(column)
        return unknown_column(column.name, tables, self.schema)

    def _unknown_qualifier(self, column: exp.Column) -> UnknownFieldError:
        names = [name for select in _selects_around(column) for name in self._sources(select)]
        listed = ", ".join(repr(name) for name in names if name) or "none"
        return UnknownFieldError(
            f"There is no table or alias {column.table!r} in this part of the query.",
            suggestions=nearest(column.table, names),
            hint=f"The tables and aliases in use are {listed}.",
        )


def _dotted(table: exp.Table) -> str:
    return f"{table.db}.{table.name}" if table.db else table.name


def _selects_around(node: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose scopes a node can see, from the inside out."""
    from sqlglot import exp

    parent = node.parent
    while parent is not None:
        if isinstance(parent, exp.Select):
            yield parent
        if isinstance(parent, exp.SetOperation):
            # ORDER BY of a set operation sees the columns of its first part.
            side: exp.Expr = parent
            while isinstance(side, exp.SetOperation | exp.Subquery):
                side = side.this
            if isinstance(side, exp.Select):
                yield side
        parent = parent.parent


def _from_items(select: exp.Select) -> Iterator[exp.Expr]:
    from_ = select.args.get("from_") or select.args.get("from")
    if from_ is not None:
        yield from_.this
    for join in select.args.get("joins") or ():
        yield join.this
    yield from select.args.get("laterals") or ()


def _renamed(columns: dict[str, str], listed: Sequence[str]) -> dict[str, str]:
    rest = list(columns.values())[len(listed) :]
    return {name.lower(): name for name in (*listed, *rest)}
