"""From a `Query` to SQL text, through sqlglot expressions, in the source's dialect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multivis.offline.catalog import Catalog, Field, known_values
from multivis.offline.plan import Filter, Output, Query
from multivis.offline.role_nouns import in_roles, roles_apart
from multivis.offline.sql_dates import (
    TIME_WRITERS,
    both_names,
    labelled,
    sql_call,
    sql_text,
    standard_time,
    written_time,
    written_year,
)
from multivis.offline.sql_medians import NO_MEDIAN, raw_filters, raw_outputs, select_medians
from multivis.offline.sql_rest import of_kept_groups, running_total, with_rest
from multivis.offline.sql_values import RESERVED, literal, ranges
from multivis.offline.sql_values import alias as short_name

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["write_sql"]


class _Writer:
    """Compiles one query."""

    def __init__(self, query: Query, catalog: Catalog, dialect: str) -> None:
        self.query = query
        self.catalog = catalog
        self.dialect = dialect
        self.aliases: dict[str, str] = {}
        self.unreachable: list[str] = []
        self.apart: dict[tuple[str, ...], str] = {}
        self.counted_key: tuple[str, str] | None = None

    # ── names ───────────────────────────────────────────────────────────────────────────

    def column(self, table: str, column: str) -> exp.Expression:
        from sqlglot import exp

        qualifier = self.aliases.get(table) if len(self.aliases) > 1 else None
        return exp.column(column, table=qualifier, quoted=self._needs_quotes(column))

    def _needs_quotes(self, name: str) -> bool:
        from sqlglot.tokens import Tokenizer

        plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is not None
        if not plain or name.upper() in Tokenizer.KEYWORDS or name.upper() in RESERVED:
            return True
        return self.dialect in {"postgres", "snowflake"} and name != name.lower()

    # ── values ──────────────────────────────────────────────────────────────────────────

    def number(
        self, column: exp.Expression, numeric_text: bool, field: Field | None = None
    ) -> exp.Expression:
        """A column as a number; text such as "5,500 ft" is cleaned and cast."""
        from sqlglot import exp

        if not numeric_text:
            return column
        text: exp.Expression = column
        known = "".join(known_values(field.column)) if field is not None else ","
        for sign in (s for s in (",", "$", "%", "€", "£") if s in known):
            text = sql_call("REPLACE", text, sql_text(sign), sql_text(""))
        if self.dialect == "sqlite" and field is not None and field.whole_text:
            return exp.cast(text, "INTEGER")
        if self.dialect == "sqlite" or self.dialect == "mysql":
            return exp.cast(text, "REAL" if self.dialect == "sqlite" else "DOUBLE")
        if self.dialect == "duckdb":
            text = exp.Anonymous(
                this="regexp_extract",
                expressions=[text, exp.Literal.string(r"[-+]?[0-9]*\.?[0-9]+")],
            )
            return exp.TryCast(this=text, to=exp.DataType.build("DOUBLE"))
        text = exp.Anonymous(
            this="substring",
            expressions=[text, exp.Literal.string(r"[-+]?[0-9]*\.?[0-9]+")],
        )
        return exp.cast(text, "DOUBLE PRECISION")

    def date(self, column: exp.Expression, field: Field | None) -> exp.Expression:
        """A date as the engine reads it: with hyphens."""
        if field is None or not field.date_separator:
            return column
        return sql_call("REPLACE", column, sql_text(field.date_separator), sql_text("-"))

    def time_part(self, column: exp.Expression, unit: str, style: str) -> exp.Expression:
        """Part of a date, as a sortable value."""
        if style in {"year", "ends_with_year"} and unit:
            return written_year(column, unit, style, self.dialect)
        if not unit:
            return column
        return TIME_WRITERS.get(self.dialect, standard_time)(column, unit)

    def expression(self, output: Output) -> exp.Expression:
        """The SQL of an output, without its alias."""
        from sqlglot import exp

        if output.aggregate == "share":
            return self.share(output)
        if output.negated:
            return self.net(output)
        if not output.column:
            return self.count_rows()
        field = self.catalog.fields.get((output.table, output.column))
        style = field.date_style if field is not None else ""
        column = self.column(self.apart.get(output.via, output.table), output.column)
        column = self.number(column, output.numeric_text, field)
        if len(output.difference) == 2:
            column = exp.Sub(this=column, expression=self.amount(*output.difference))
        if len(output.whole) == 2:
            percent = exp.Mul(
                this=self.aggregate(column, output.aggregate),
                expression=exp.Literal.number("100.0"),
            )
            whole = self.aggregate(self.amount(*output.whole), output.aggregate)
            return exp.Div(this=percent, expression=whole, typed=True)
        if output.off_average:
            made = self.aggregate(column, output.aggregate)
            return exp.Sub(this=made, expression=self.overall(output, field))
        if output.joined:
            first = self.column(self.apart.get(output.via, output.table), output.joined)
            return both_names(first, column, self.dialect)
        if output.cases:
            if output.time_unit:
                column = self.time_part(self.date(column, field), output.time_unit, style)
            return ranges(column, output)
        if output.labels:
            return labelled(column, output.labels)
        if output.time_unit and self.dialect == "sqlite" and style == "iso":
            column = written_time(self.date(column, field), output.time_unit)
        elif output.time_unit:
            column = self.time_part(self.date(column, field), output.time_unit, style)
        return self.aggregate(column, output.aggregate)

    def amount(self, table: str, name: str) -> exp.Expression:
        """A second column of numbers."""
        field = self.catalog.fields.get((table, name))
        return self.number(self.column(table, name), bool(field and field.numeric_text), field)

    def overall(self, output: Output, field: Field | None) -> exp.Expression:
        """The average of a column over all rows of its table."""
        from sqlglot import exp

        bare = exp.column(output.column, quoted=self._needs_quotes(output.column))
        table = self._bare_table(output.table)
        mean = exp.Avg(this=self.number(bare, output.numeric_text, field))
        return exp.select(mean).from_(table).subquery()

    def aggregate(self, column: exp.Expression, aggregate: str) -> exp.Expression:
        from sqlglot import exp

        if aggregate == "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[column]))
        if aggregate == "median":
            if self.dialect == "postgres":
                return exp.WithinGroup(
                    this=exp.PercentileCont(this=exp.Literal.number("0.5")),
                    expression=exp.Order(expressions=[exp.Ordered(this=column)]),
                )
            return exp.Median(this=column)
        kinds: dict[str, Any] = {
            "count": exp.Count, "sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max,
        }  # fmt: skip
        return kinds[aggregate](this=column) if aggregate in kinds else column

    def count_rows(self) -> exp.Expression:
        """A count of rows; where a table is kept whole, of the rows that joined to it."""
        from sqlglot import exp

        key = self.counted_key
        if key is None:
            return exp.Count(this=exp.Star())
        return exp.Count(this=self.column(*key))

    def net(self, output: Output) -> exp.Expression:
        """A sum or count from which some rows are taken away."""
        from sqlglot import exp

        one: exp.Expression = exp.Literal.number(1)
        amount = self.amount(output.table, output.column) if output.column else one
        tests = [self.condition(condition) for condition in output.negated]
        case = exp.Case(
            ifs=[exp.If(this=exp.and_(*tests), true=exp.Neg(this=amount))], default=amount.copy()
        )
        return exp.Sum(this=case)

    def run_up(
        self, output: Output, total: exp.Expression, outputs: Sequence[Output]
    ) -> exp.Expression:
        """A running total along another output, for each of the series that the rest tell apart.

        Single rows follow each other by their moments, also where only the year is shown.
        """
        along = next(o for o in outputs if o.name == output.along)
        grouped = output.running == "groups"
        series = [self.expression(o) for o in outputs if not o.aggregate and o is not along]
        order = self.expression(along if grouped else replace(along, time_unit=""))
        return running_total(total, series, order, grouped)

    def share(self, output: Output) -> exp.Expression:
        """The part of the rows of a group that meets conditions, 0 to 1."""
        from sqlglot import exp

        tests = [self.condition(condition) for condition in output.part]
        case = exp.Case(
            ifs=[exp.If(this=exp.and_(*tests), true=exp.Literal.number("1.0"))],
            default=exp.Literal.number("0.0"),
        )
        return exp.Avg(this=case)

    # ── clauses ─────────────────────────────────────────────────────────────────────────

    def condition(self, condition: Filter) -> exp.Expression:
        """The SQL of one filter."""
        from sqlglot import exp

        field = self.catalog.fields.get((condition.table, condition.column))
        if not condition.column:
            return self._compare(
                exp.Count(this=exp.Star()), condition.operator,
                [literal(v, False) for v in condition.values],
            )  # fmt: skip
        column = self.number(
            self.column(condition.table, condition.column), condition.numeric_text, field
        )
        if condition.time_unit and field is not None:
            column = self.date(column, field)
            column = self.time_part(column, condition.time_unit, field.date_style)
        column = self.aggregate(column, condition.aggregate)
        as_text = (
            field is not None
            and field.date_style == "year"
            and any(isinstance(v, str) for v in field.column.samples)
        )
        values = [literal(v, as_text) for v in condition.values]
        if condition.operator == "not null" and self.dialect == "sqlite" and not values:
            values = [literal("", True)]  # a number may be an empty text there
        return self._compare(column, condition.operator, values)

    def _compare(
        self, column: exp.Expression, operator: str, values: list[exp.Expression]
    ) -> exp.Expression:
        """One comparison."""
        from sqlglot import exp

        if operator == "not null":
            told: exp.Expression = exp.Not(this=exp.Is(this=column, expression=exp.Null()))
            if values:
                other = exp.NEQ(this=column.copy(), expression=values[0])
                told = exp.And(this=told, expression=other)
            return told
        if operator == "between" and len(values) == 2:
            return exp.Between(this=column, low=values[0], high=values[1])
        if operator in {"in", "not in"}:
            inside = exp.In(this=column, expressions=values)
            return exp.Not(this=inside) if operator == "not in" else inside
        if operator == "like":
            return exp.Like(this=column, expression=values[0])
        kinds: dict[str, Any] = {
            "=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
        }  # fmt: skip
        comparison: exp.Expression = kinds[operator](this=column, expression=values[0])
        return comparison

    def tables(self) -> list[str]:
        """Tables that take part, the one with most outputs first."""
        query = self.query
        names = [o.table for o in query.outputs if o.table and not o.via]
        names += [o.via[0] for o in query.outputs if o.via]
        first = {o.table: o for o in reversed(query.outputs) if o.via}
        names += [table for table, o in first.items() if o.via[0] != table]
        names += [measure[0] for measure in query.fold]
        names += [f.table for f in query.filters if f.table]
        names += [f.table for o in query.outputs for f in o.part]
        names += list(query.tables)
        if query.keep:
            names.insert(0, query.keep)
        return [n for n in dict.fromkeys(names) if n in self.catalog.entities]

    def select(self, outputs: Sequence[tuple[Output, exp.Expression | None]]) -> exp.Select:
        """SELECT … FROM … WHERE … GROUP BY for these outputs."""
        from sqlglot import exp

        first, found, lost = self.catalog.join_tree(self.tables())
        keys = in_roles(found, [output for output, _ in outputs], self.catalog)
        self.unreachable = lost
        involved = [first] + [t for k in keys for t in (k.table, k.to_table)]
        involved = list(dict.fromkeys(involved))
        self.aliases = {}
        for name in involved:
            alias = short_name(name, 0)
            number = 2
            while alias in self.aliases.values() or alias.upper() in RESERVED:
                alias = short_name(name, number)
                number += 1
            self.aliases[name] = alias
        self.aliases |= {name: name for name in lost if name not in self.aliases}
        self.apart = {}
        for output, _ in outputs:
            if output.via and not any((k.table, k.column) == output.via for k in keys):
                name = f"{output.via[0]}.{output.via[1]}"
                self.apart[output.via] = name
                self.aliases[name] = short_name(output.name, len(self.aliases))
        if not keys and not self.apart:
            self.aliases = {first: first}
        self.counted_key = None
        if self.query.keep and keys and first == self.query.keep:
            self.counted_key = keys[-1].table, keys[-1].column
        made = exp.Select()
        groups: list[exp.Expression] = []
        kept: list[exp.Expression] = []
        named = {o.name: o for o, given in outputs if given is None}
        alone: list[Filter] = []
        grouped = self.query.grouped
        for output, given in outputs:
            expression = given if given is not None else self.expression(output)
            if output.running:
                expression = self.run_up(output, expression, [o for o, _ in outputs])
            plain = isinstance(expression, exp.Column) and expression.name == output.name
            made = made.select(
                expression if plain else exp.alias_(
                    expression, output.name, quoted=self._needs_quotes(output.name)
                ),
                copy=False,
            )  # fmt: skip
            if grouped and not output.aggregate and not output.fold and given is None:
                groups.append(expression.copy())
        made = made.from_(self._table(first), copy=False)
        made = self._join(made, first, keys)
        for key in roles_apart(self.apart, self.catalog):
            twin = exp.table_(key.to_table, quoted=self._needs_quotes(key.to_table))
            name = self.apart[key.table, key.column]
            twin.set("alias", exp.TableAlias(this=exp.to_identifier(self.aliases[name])))
            on = exp.EQ(
                this=self.column(key.table, key.column), expression=self.column(name, key.to_column)
            )
            made = made.join(twin, on=on, copy=False)
        for condition in self.query.filters:
            if condition.table in lost:
                continue
            if condition.of in named:
                alone.append(condition)
            elif condition.aggregate and not grouped:
                kept.append(self.condition(condition))
            elif condition.aggregate:
                made = made.having(self.condition(condition), copy=False)
            else:
                made = made.where(self.condition(condition), copy=False)
        told = next((o for o, _ in outputs if not o.aggregate and o.kind != "quantitative"), None)
        if kept and told is not None:
            made = of_kept_groups(made, self.expression(told), kept)
        for condition in alone:
            group = self.expression(named[condition.of])
            made = of_kept_groups(made, group, [self.condition(replace(condition, of=""))])
        if groups:
            made = made.group_by(*groups, copy=False)
        if self.query.distinct:
            made = made.distinct(copy=False)
        return made

    def _bare_table(self, name: str) -> exp.Table:
        from sqlglot import exp

        parts = (
            name.split(".")
            if name not in {""} and self.dialect in {"postgres", "duckdb"}
            else [name]
        )
        if len(parts) == 2 and f"{parts[0]}.{parts[1]}" == name and "." in name:
            table = exp.table_(parts[1], db=parts[0], quoted=True)
        else:
            table = exp.table_(name, quoted=self._needs_quotes(name))
        return table

    def _table(self, name: str) -> exp.Table:
        from sqlglot import exp

        table = self._bare_table(name)
        if len(self.aliases) > 1:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(self.aliases[name])))
        return table

    def _join(self, made: exp.Select, first: str, keys: Sequence[Any]) -> exp.Select:
        from sqlglot import exp

        joined = {first}
        rest = list(keys)
        while rest:
            key = next((k for k in rest if k.table in joined or k.to_table in joined), None)
            if key is None:
                break
            rest.remove(key)
            new = key.to_table if key.table in joined else key.table
            left = self.column(key.table, key.column)
            right = self.column(key.to_table, key.to_column)
            equal: exp.Expression = exp.EQ(this=left, expression=right)
            for other in self.catalog.other_parts(key):
                equal = exp.And(
                    this=equal,
                    expression=exp.EQ(
                        this=self.column(other.table, other.column),
                        expression=self.column(other.to_table, other.to_column),
                    ),
                )
            if new in joined:
                made = made.where(equal, copy=False)
                continue
            joined.add(new)
            side = "left" if self.query.keep else ""
            made = made.join(self._table(new), on=equal, join_type=side, copy=False)
        return made

    def _ordered(self, output: Output, descending: bool) -> exp.Expression:
        """One term of ORDER BY, with the engine's own place for nulls."""
        from sqlglot import exp
        from sqlglot.dialects import Dialect

        plain = output.column and not (output.aggregate or output.time_unit or self.query.fold)
        if plain and len(self.aliases) > 1:
            term = self.expression(output)
        else:
            term = exp.column(output.name, quoted=self._needs_quotes(output.name))
        order = Dialect.get_or_raise(self.dialect or None).NULL_ORDERING
        first = {"nulls_are_small": not descending, "nulls_are_large": descending}.get(
            str(order), False
        )
        return exp.Ordered(this=term, desc=descending, nulls_first=first)

    def folded(self, table: str, column: str, label: str, aggregate: str) -> exp.Select:
        """One measure of a wide-to-long result, with its label as the key."""
        from sqlglot import exp

        field = self.catalog.fields.get((table, column))
        outputs: list[tuple[Output, exp.Expression | None]] = []
        for output in self.query.outputs:
            if output.fold == "key":
                outputs.append((output, exp.Literal.string(label)))
            elif output.fold == "value":
                cast = bool(field and field.numeric_text)
                made = replace(
                    output, table=table, column=column, aggregate=aggregate, numeric_text=cast
                )
                outputs.append((made, None))
            else:
                outputs.append((output, None))
        return self.select_all(outputs)

    def select_all(self, outputs: Sequence[tuple[Output, exp.Expression | None]]) -> exp.Select:
        """`select`, by way of a derived table where a median needs one."""
        from sqlglot import exp

        plain = [output for output, given in outputs if given is None]
        medians = self.dialect in NO_MEDIAN and any(o.aggregate == "median" for o in plain)
        if not medians:
            return self.select(outputs)
        grouped = [f for f in self.query.filters if f.aggregate]
        measured = [
            Output(f"having_{i}", f.table, f.column, f.aggregate, numeric_text=f.numeric_text)
            for i, f in enumerate(grouped)
        ]  # fmt: skip
        raw = raw_outputs([*plain, *measured])
        query = replace(
            self.query, outputs=raw, filters=raw_filters(self.query.filters), fold=(), order=(),
            limit=None, distinct=False,
        )  # fmt: skip
        inner = _Writer(query, self.catalog, self.dialect)
        selected = inner.select([(output, None) for output in raw])
        self.unreachable = inner.unreachable
        self.aliases = {}

        def compare(condition: Filter) -> exp.Expression:
            output = measured[grouped.index(condition)]
            values = [literal(v, False) for v in condition.values]
            value = self.over(output)
            return self._compare(value, condition.operator, values)

        made = select_medians(
            selected, plain, grouped,
            lambda o: inner.expression(replace(o, aggregate="", part=())),
            lambda _, o: self.over(o), compare,
        )  # fmt: skip
        for output, given in outputs:
            if given is not None:
                made = made.select(exp.alias_(given, output.name, quoted=True), copy=False)
        names = [output.name for output, _ in outputs]
        made.expressions.sort(key=lambda e: names.index(e.alias_or_name))
        return made

    def over(self, output: Output) -> exp.Expression:
        """An aggregate over a column of the derived table."""
        from sqlglot import exp

        if not output.column:
            return exp.Count(this=exp.Star())
        return self.aggregate(exp.column(f"{output.name}_value", quoted=True), output.aggregate)

    def write(self) -> str:
        """The whole statement."""
        from sqlglot import exp

        query = self.query
        statement: exp.Query
        if query.fold:
            parts = []
            for measure in query.fold:  # each joins the tables of its own measure
                writer = _Writer(replace(query, fold=(measure,)), self.catalog, self.dialect)
                parts.append(writer.folded(*measure))
                self.unreachable += writer.unreachable
            statement = parts[0]
            for part in parts[1:]:
                statement = exp.union(statement, part, distinct=False, copy=False)
        else:
            statement = self.select_all([(output, None) for output in query.outputs])
        if query.rest and query.limit is not None and len(query.outputs) == 2 and query.order:
            group = next(o for o in query.outputs if not o.aggregate)
            (value, descending), count = query.order[0], query.limit
            assert isinstance(statement, exp.Select)  # a fold has three outputs
            statement = with_rest(statement, group.name, value, count, descending, query.rest)
            return statement.sql(dialect=self.dialect or None, pretty=True)
        named = {output.name: output for output in query.outputs}
        for name, descending in query.order:
            if name in named:
                statement = statement.order_by(self._ordered(named[name], descending), copy=False)
        if query.limit is not None:
            statement = statement.limit(query.limit, copy=False)
        return statement.sql(dialect=self.dialect or None, pretty=True)


def write_sql(query: Query, catalog: Catalog, dialect: str) -> tuple[str, list[str]]:
    """Compile a query.

    Args:
        query: What to ask; at least one output.
        catalog: The schema.
        dialect: sqlglot's name of the dialect.

    Returns:
        The statement, and the tables that could not be joined in.
    """
    writer = _Writer(query, catalog, dialect)
    text = writer.write()
    return text, list(writer.unreachable)
